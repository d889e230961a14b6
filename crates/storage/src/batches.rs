//! Bulk creations, which can be undone.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, member::User};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, entity::prelude::*};
use uuid::Uuid;

use crate::{Db, StorageError};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "batches")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub festival_id: Uuid,
    pub resource: String,
    pub rows_created: i32,
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub undone_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A bulk creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id, which its rows carry.
    pub id: Uuid,
    /// The collection its rows are in: `volunteers`.
    pub resource: String,
    /// How many rows it created.
    pub rows_created: i32,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was undone.
    pub undone_at: Option<DateTime<Utc>>,
}

impl From<Model> for Batch {
    fn from(row: Model) -> Self {
        let Model { id, resource, rows_created, created_at, undone_at, .. } = row;
        Self { id, resource, rows_created, created_at, undone_at }
    }
}

pub(crate) async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    id: Uuid,
    resource: &'static str,
    rows: usize,
    by: Id<User>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(id),
        festival_id: Set(festival_id.uuid()),
        resource: Set(resource.to_owned()),
        rows_created: Set(i32::try_from(rows).unwrap_or(i32::MAX)),
        created_by: Set(Some(by.uuid())),
        created_at: Set(now),
        undone_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// The festival's bulk creations, the newest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Batch>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    Ok(rows.into_iter().map(Batch::from).collect())
}

/// One bulk creation.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn get(db: &Db, festival_id: Id<Festival>, id: Uuid) -> Result<Batch, StorageError> {
    Entity::find_by_id(id)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .one(&db.on())
        .await?
        .map(Batch::from)
        .ok_or(StorageError::NotFound("batch"))
}

/// Notes that a batch is undone; its rows are deleted by [`crate::table::delete_batch`] in the same transaction.
///
/// # Errors
/// [`StorageError::Stale`] when it was undone already.
pub async fn mark_undone(
    db: &Db,
    festival_id: Id<Festival>,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let update = Entity::update_many()
        .set(ActiveModel { undone_at: Set(Some(now)), ..Default::default() })
        .filter(Column::Id.eq(id))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::UndoneAt.is_null())
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 {
        return Err(StorageError::Stale("batch", 0));
    }
    Ok(())
}
