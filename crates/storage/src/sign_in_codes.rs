//! One-time codes that volunteers sign in with. There is one for every phone that asks, whether or not somebody has it.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Statement, entity::prelude::*, sea_query::OnConflict};

use crate::{Db, StorageError, refresh_tokens::TokenHash};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_codes")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub phone_hash: Vec<u8>,
        pub code_hash: String,
        pub expires_at: DateTimeUtc,
        pub tries: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// How often a code may be tried.
pub const TRIES: i32 = 5;

/// Stores the newest code of a phone: the one before is good no longer.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn replace(
    db: &Db,
    phone_hash: &TokenHash,
    code_hash: &str,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&db.on()).await?;
    let row = ActiveModel {
        phone_hash: Set(phone_hash.to_vec()),
        code_hash: Set(code_hash.to_owned()),
        expires_at: Set(expires_at),
        tries: Set(0),
    };
    let newest = OnConflict::column(Column::PhoneHash)
        .update_columns([Column::CodeHash, Column::ExpiresAt, Column::Tries])
        .to_owned();
    Entity::insert(row).on_conflict(newest).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Takes one of the tries at a phone's code, and gives the hash to compare with; none where there is no code that is good,
/// or it was tried too often. The caller commits before it compares.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn take_try(
    db: &Db,
    phone_hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<String>, StorageError> {
    let sql = "UPDATE sign_in_codes SET tries = tries + 1
               WHERE phone_hash = $1 AND tries < $2 AND expires_at > $3 RETURNING code_hash";
    let values = [phone_hash.to_vec().into(), TRIES.into(), now.into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let row = db.on().query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "code_hash")).transpose()?)
}

/// Uses a code up; tells whether it was still there.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn consume(db: &Db, phone_hash: &TokenHash, code_hash: &str) -> Result<bool, StorageError> {
    let used = Entity::delete_many()
        .filter(Column::PhoneHash.eq(phone_hash.to_vec()))
        .filter(Column::CodeHash.eq(code_hash))
        .exec(&db.on())
        .await?;
    Ok(used.rows_affected == 1)
}

/// Forgets the code of a phone.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn forget(db: &Db, phone_hash: &TokenHash) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::PhoneHash.eq(phone_hash.to_vec())).exec(&db.on()).await?;
    Ok(())
}
