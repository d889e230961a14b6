//! The keys that access tokens are signed with.

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
use row::{ActiveModel, Column, Entity};

/// The private keys in DER, the newest first: it signs, and all of them verify.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db) -> Result<Vec<Vec<u8>>, StorageError> {
    let rows =
        Entity::find().order_by_desc(Column::CreatedAt).order_by_asc(Column::Kid).all(&db.on()).await?;
    Ok(rows.into_iter().map(|row| row.private_der).collect())
}

/// Stores a key unless there is one already. Of several processes that start at once, one succeeds.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert_first(
    db: &Db,
    kid: &str,
    private_der: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    // On SQLite the transaction has the database to itself.
    if db.on().get_database_backend() == DbBackend::Postgres {
        db.on().execute_unprepared("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    if Entity::find().one(&db.on()).await?.is_some() {
        return Ok(());
    }
    let row = ActiveModel {
        kid: Set(kid.to_owned()),
        private_der: Set(private_der.to_vec()),
        created_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}
