//! The keys that access tokens are signed with.

use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, QueryOrder, entity::prelude::*};

use crate::{Db, StorageError};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "signing_keys")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kid: String,
        pub private_der: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// A key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id.
    pub kid: String,
    /// The private key in DER.
    pub private_der: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The keys, the newest first: it signs.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db) -> Result<Vec<SigningKey>, StorageError> {
    let rows =
        Entity::find().order_by_desc(Column::CreatedAt).order_by_asc(Column::Kid).all(&db.on()).await?;
    Ok(rows
        .into_iter()
        .map(|Model { kid, private_der, created_at }| SigningKey { kid, private_der, created_at })
        .collect())
}

/// Stores a key unless there is one already. Of several processes that start at once, one succeeds.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert_first(db: &Db, key: SigningKey) -> Result<(), StorageError> {
    lock(db).await?;
    if Entity::find().one(&db.on()).await?.is_some() {
        return Ok(());
    }
    store(db, key).await
}

/// Stores a key that signs from now on, and deletes those whose successor was there by `stale`.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn rotate(db: &Db, key: SigningKey, stale: DateTime<Utc>) -> Result<(), StorageError> {
    lock(db).await?;
    store(db, key).await?;
    let keys = list(db).await?;
    let successors = keys.iter().map(|key| key.created_at);
    let stale: Vec<&str> = keys
        .iter()
        .skip(1)
        .zip(successors)
        .filter(|(_, successor)| *successor <= stale)
        .map(|(key, _)| key.kid.as_str())
        .collect();
    Entity::delete_many().filter(Column::Kid.is_in(stale)).exec(&db.on()).await?;
    Ok(())
}

/// Lets one process at a time change the keys.
async fn lock(db: &Db) -> Result<(), StorageError> {
    // On SQLite the transaction has the database to itself.
    if db.on().get_database_backend() == DbBackend::Postgres {
        db.on().execute_unprepared("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}

async fn store(db: &Db, key: SigningKey) -> Result<(), StorageError> {
    let row =
        ActiveModel { kid: Set(key.kid), private_der: Set(key.private_der), created_at: Set(key.created_at) };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}
