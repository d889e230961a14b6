//! Answers that were given, kept so that a repeated request gets the same one and has no second effect.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, member::User};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, Statement, entity::prelude::*};

use crate::{Db, StorageError};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub request_hash: Vec<u8>,
    pub status: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub headers: Json,
    pub body: Vec<u8>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// The status of an answer that was erased with whom it told of.
pub const ERASED: i32 = 0;

/// An answer that was given.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of what was asked: SHA-256.
    pub request_hash: Vec<u8>,
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Takes the key for the request at hand. A second transaction that asks for the same key waits for the first one's
/// end.
///
/// # Errors
/// [`StorageError::Refused`] when the key is taken.
pub async fn claim(
    db: &Db,
    user_id: Id<User>,
    key: &str,
    request_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        user_id: Set(user_id.uuid()),
        key: Set(key.to_owned()),
        request_hash: Set(request_hash.to_owned()),
        status: Set(0),
        headers: Set(Json::Array(Vec::new())),
        body: Set(Vec::new()),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Keeps the answer with its key.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn save(
    db: &Db,
    user_id: Id<User>,
    key: &str,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<(), StorageError> {
    let headers = serde_json::to_value(headers).map_err(|_| StorageError::Corrupt("headers"))?;
    Entity::update_many()
        .set(ActiveModel {
            status: Set(status.into()),
            headers: Set(headers),
            body: Set(body.to_owned()),
            ..Default::default()
        })
        .filter(Column::UserId.eq(user_id.uuid()))
        .filter(Column::Key.eq(key))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// The answer that was given under a key.
///
/// # Errors
/// [`StorageError::NotFound`] when none was.
pub async fn get(db: &Db, user_id: Id<User>, key: &str) -> Result<Answer, StorageError> {
    let row = Entity::find_by_id((user_id.uuid(), key.to_owned()))
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("idempotency key"))?;
    Ok(Answer {
        request_hash: row.request_hash,
        status: u16::try_from(row.status).map_err(|_| StorageError::Corrupt("status"))?,
        headers: serde_json::from_value(row.headers).map_err(|_| StorageError::Corrupt("headers"))?,
        body: row.body,
    })
}

/// Takes the bodies out of the answers in which one of `texts` stands, of those given to people with a part in the festival.
/// Their keys stay, so that a repetition has no effect still; its answer is [`ERASED`].
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn erase(db: &Db, festival_id: Id<Festival>, texts: &[String]) -> Result<(), StorageError> {
    let holds = match db.on().get_database_backend() {
        DbBackend::Postgres => "position(convert_to($4, 'UTF8') IN body) > 0",
        _ => "instr(body, CAST($4 AS blob)) > 0",
    };
    for text in texts {
        // As it stands in JSON.
        let quoted = Json::String(text.clone()).to_string();
        empty(db, festival_id, holds, Some(quoted.trim_matches('"'))).await?;
    }
    Ok(())
}

/// Like [`erase`], of all answers.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn erase_all(db: &Db, festival_id: Id<Festival>) -> Result<(), StorageError> {
    empty(db, festival_id, "1 = 1", None).await
}

async fn empty(
    db: &Db,
    festival_id: Id<Festival>,
    which: &str,
    text: Option<&str>,
) -> Result<(), StorageError> {
    let sql = format!(
        "UPDATE idempotency_keys SET status = $1, headers = '[]', body = $2
         WHERE user_id IN (SELECT user_id FROM members WHERE festival_id = $3) AND {which}"
    );
    let mut values = vec![ERASED.into(), Vec::<u8>::new().into(), festival_id.uuid().into()];
    values.extend(text.map(Value::from));
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), &sql, values);
    db.on().execute_raw(statement).await?;
    Ok(())
}

/// Forgets the answers given before `then`; returns how many.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn forget_before(db: &Db, then: DateTime<Utc>) -> Result<u64, StorageError> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(then)).exec(&db.on()).await?.rows_affected)
}
