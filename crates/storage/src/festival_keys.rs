//! The seed that the festivals' own keys are made from.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{Db, StorageError};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "festival_key_seed")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub only_one: i32,
        pub seed: Vec<u8>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// The seed, if there is one.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn seed(db: &Db) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(Entity::find().one(&db.on()).await?.map(|row| row.seed))
}

/// Stores a seed unless there is one already. Of several processes that start at once, one succeeds.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert_first(db: &Db, seed: &[u8], now: DateTime<Utc>) -> Result<(), StorageError> {
    let row = ActiveModel { only_one: Set(1), seed: Set(seed.to_vec()), created_at: Set(now) };
    let or_nothing = OnConflict::column(Column::OnlyOne).do_nothing().to_owned();
    Entity::insert(row).on_conflict(or_nothing).exec_without_returning(&db.on()).await?;
    Ok(())
}
