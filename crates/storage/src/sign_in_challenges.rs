//! Sign-ins whose password was right and whose second factor is still to come.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, member::User};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Statement, entity::prelude::*};

use crate::{Db, StorageError, refresh_tokens::TokenHash};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_challenges")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub user_id: Uuid,
        pub expires_at: DateTimeUtc,
        pub tries: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// How often the second factor may be tried after one password.
pub const TRIES: i32 = 5;

/// Stores that someone's password was right.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    hash: &TokenHash,
    user_id: Id<User>,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&db.on()).await?;
    let row = ActiveModel {
        hash: Set(hash.to_vec()),
        user_id: Set(user_id.uuid()),
        expires_at: Set(expires_at),
        tries: Set(0),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Takes one of the tries, and tells whose sign-in it is; none where there is none, or it was tried too often. The caller
/// commits before it compares.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn take_try(
    db: &Db,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<Id<User>>, StorageError> {
    let sql = "UPDATE sign_in_challenges SET tries = tries + 1
               WHERE hash = $1 AND tries < $2 AND expires_at > $3 RETURNING user_id";
    let values = [hash.to_vec().into(), TRIES.into(), now.into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let row = db.on().query_one_raw(statement).await?;
    let user_id: Option<Uuid> = row.map(|row| row.try_get("", "user_id")).transpose()?;
    Ok(user_id.map(Id::from))
}

/// Ends a challenge; tells whether it was still there.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn consume(db: &Db, hash: &TokenHash) -> Result<bool, StorageError> {
    Ok(Entity::delete_by_id(hash.to_vec()).exec(&db.on()).await?.rows_affected == 1)
}

/// Ends all challenges of a user, whose password is another now.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn end_all(db: &Db, user_id: Id<User>) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::UserId.eq(user_id.uuid())).exec(&db.on()).await?;
    Ok(())
}
