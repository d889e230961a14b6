//! Who sends a message, and what came of it. A message is taken as a job is: for a while, with a token that whoever takes
//! it next makes stale. It is sent at least once: a receiver that honours its id has it once.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khademyar_domain::{Id, festival::Festival, message::MessageKind};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, FromQueryResult, Statement, entity::prelude::*};

use super::{
    Channel,
    row::{ActiveModel, Column, Entity},
};
use crate::{Db, StorageError, Store};

/// For how long a message is taken.
pub const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How often a message is tried before it is dead.
pub const MOST_TRIES: i32 = 8;

/// A message that someone sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which: receivers know by it what they were sent already.
    pub id: Uuid,
    /// In which festival.
    pub festival_id: Id<Festival>,
    /// Of what.
    pub kind: MessageKind,
    /// Which try this is, from 1.
    pub attempt: i32,
    pub(super) volunteer_id: Option<Uuid>,
    pub(super) user_id: Option<Uuid>,
    pub(crate) webhook_id: Option<Uuid>,
    pub(crate) numbers: Option<(i64, i64)>,
    pub(super) assignment_id: Option<Uuid>,
    /// To which reader of weekly reports, and which of them.
    pub(crate) report: Option<(Uuid, NaiveDate)>,
    token: i64,
}

#[derive(FromQueryResult)]
struct Claimed {
    id: Uuid,
    festival_id: Uuid,
    kind: String,
    attempts: i32,
    volunteer_id: Option<Uuid>,
    user_id: Option<Uuid>,
    webhook_id: Option<Uuid>,
    first_number: Option<i64>,
    last_number: Option<i64>,
    assignment_id: Option<Uuid>,
    report_recipient_id: Option<Uuid>,
    report_day: Option<NaiveDate>,
    token: i64,
}

/// Takes messages of one channel that are due, or whose holder vanished, the longest due first; `limit` at the most. Those that every
/// holder vanished with are dead.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn claim(
    store: &Store,
    channel: Channel,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Claim>, StorageError> {
    let db = store.begin().await?;
    let backend = db.on().get_database_backend();
    let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = "UPDATE messages SET state = 'dead', lease_until = NULL, error = 'every worker that tried it vanished'
               WHERE state = 'queued' AND attempts >= $2 AND lease_until < $1";
    let values = [now.into(), MOST_TRIES.into()];
    db.on().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let sql = format!(
        "UPDATE messages SET lease_until = $2, token = token + 1, attempts = attempts + 1
         WHERE id IN (SELECT id FROM messages
                      WHERE state = 'queued' AND next_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
                        AND attempts < $4 AND channel = $5
                      ORDER BY next_at, id LIMIT $3 {skip})
         RETURNING id, festival_id, kind, attempts, volunteer_id, user_id, webhook_id, first_number, last_number,
                   assignment_id, report_recipient_id, report_day, token"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [now.into(), (now + LEASE).into(), limit.into(), MOST_TRIES.into(), channel.as_str().into()];
    let rows = Claimed::find_by_statement(Statement::from_sql_and_values(backend, sql, values))
        .all(&db.on())
        .await?;
    db.commit().await?;
    let mut claims = rows
        .into_iter()
        .map(|row| {
            Ok(Claim {
                id: row.id,
                festival_id: row.festival_id.into(),
                kind: MessageKind::named(&row.kind).ok_or(StorageError::Corrupt("kind of a message"))?,
                attempt: row.attempts,
                volunteer_id: row.volunteer_id,
                user_id: row.user_id,
                webhook_id: row.webhook_id,
                numbers: row.first_number.zip(row.last_number),
                assignment_id: row.assignment_id,
                report: row.report_recipient_id.zip(row.report_day),
                token: row.token,
            })
        })
        .collect::<Result<Vec<_>, StorageError>>()?;
    claims.sort_by_key(|claim| claim.id);
    Ok(claims)
}

impl Claim {
    /// It left. False when someone else holds it now: they send it once more.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn sent(&self, db: &Db, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let change = ActiveModel {
            state: Set("sent".to_owned()),
            sent_at: Set(Some(now)),
            error: Set(None),
            ..Default::default()
        };
        self.end(db, change).await
    }

    /// It did not leave, and is tried again at `next`; after the last try it is dead.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn failed(&self, db: &Db, error: &str, next: DateTime<Utc>) -> Result<bool, StorageError> {
        let state = if self.attempt >= MOST_TRIES { "dead" } else { "queued" };
        let change = ActiveModel {
            state: Set(state.to_owned()),
            next_at: Set(next),
            error: Set(Some(error.to_owned())),
            ..Default::default()
        };
        self.end(db, change).await
    }

    /// It will not leave as it is: no try follows.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn dead(&self, db: &Db, error: &str) -> Result<bool, StorageError> {
        let (state, error) = (Set("dead".to_owned()), Set(Some(error.to_owned())));
        self.end(db, ActiveModel { state, error, ..Default::default() }).await
    }

    /// Nobody is to have it, for `reason`.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn dropped(&self, db: &Db, reason: &str) -> Result<bool, StorageError> {
        let (state, error) = (Set("dropped".to_owned()), Set(Some(reason.to_owned())));
        self.end(db, ActiveModel { state, error, ..Default::default() }).await
    }

    /// It waits until `next`, untried.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn put_off(&self, db: &Db, next: DateTime<Utc>) -> Result<bool, StorageError> {
        let (next_at, attempts) = (Set(next), Set(self.attempt - 1));
        self.end(db, ActiveModel { attempts, next_at, ..Default::default() }).await
    }

    async fn end(&self, db: &Db, change: ActiveModel) -> Result<bool, StorageError> {
        let update = Entity::update_many()
            .set(ActiveModel { lease_until: Set(None), ..change })
            .filter(Column::Id.eq(self.id))
            .filter(Column::Token.eq(self.token))
            .filter(Column::State.eq("queued"))
            .exec(&db.on())
            .await?;
        Ok(update.rows_affected == 1)
    }
}
