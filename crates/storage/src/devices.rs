//! Devices: what someone is signed in on. Signing out deletes the device, and with it its tokens.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, device::Device, member::User};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};
use serde_json::json;

use crate::{Db, StorageError, audit::Change};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "devices")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: Uuid,
        pub description: Option<String>,
        pub address: Option<String>,
        pub created_at: DateTimeUtc,
        pub last_used_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// The most devices one is signed in on: a sign-in on another ends the one that was used longest ago.
pub const MOST: u64 = 50;

/// Where someone signs in, or is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The device.
    pub id: Id<Device>,
    /// What it is, in a few words.
    pub description: Option<String>,
    /// The address it was last used from.
    pub address: Option<String>,
    /// When one signed in on it.
    pub created_at: DateTime<Utc>,
    /// When it last got new tokens.
    pub last_used_at: DateTime<Utc>,
    /// Until when it can get new tokens.
    pub expires_at: DateTime<Utc>,
}

/// Stores that a user is signed in on a device.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(db: &Db, user_id: Id<User>, device: &SignedIn) -> Result<(), StorageError> {
    let oldest: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::UserId.eq(user_id.uuid()))
        .order_by_desc(Column::LastUsedAt)
        .offset(MOST - 1)
        .limit(MOST)
        .into_tuple()
        .all(&db.on())
        .await?;
    if !oldest.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(oldest)).exec(&db.on()).await?;
    }
    let row = ActiveModel {
        id: Set(device.id.uuid()),
        user_id: Set(user_id.uuid()),
        description: Set(device.description.clone()),
        address: Set(device.address.clone()),
        created_at: Set(device.created_at),
        last_used_at: Set(device.last_used_at),
        expires_at: Set(device.expires_at),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let told = json!({"description": device.description});
    db.record(Change::of("devices", device.id.uuid()).person(user_id.uuid()).after(&told));
    Ok(())
}

/// Says that a device was used.
pub(crate) async fn touch(
    db: &Db,
    id: Uuid,
    address: Option<&str>,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        address: Set(address.map(str::to_owned)),
        last_used_at: Set(now),
        expires_at: Set(expires_at),
        ..Default::default()
    };
    Entity::update_many().set(row).filter(Column::Id.eq(id)).exec(&db.on()).await?;
    Ok(())
}

/// What a user is signed in on, what was used last first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, user_id: Id<User>, now: DateTime<Utc>) -> Result<Vec<SignedIn>, StorageError> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user_id.uuid()))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::LastUsedAt)
        .order_by_asc(Column::Id)
        .all(&db.on())
        .await?;
    let devices = rows.into_iter().map(|row| SignedIn {
        id: row.id.into(),
        description: row.description,
        address: row.address,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    });
    Ok(devices.collect())
}

/// Signs a user out on a device.
///
/// # Errors
/// [`StorageError::NotFound`] when they are not signed in on it.
pub async fn end(db: &Db, user_id: Id<User>, id: Id<Device>) -> Result<(), StorageError> {
    let ended = Entity::delete_many()
        .filter(Column::UserId.eq(user_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    if ended.rows_affected == 0 {
        return Err(StorageError::NotFound("device"));
    }
    let told = json!({"signed_in": true});
    db.record(Change::of("devices", id.uuid()).person(user_id.uuid()).before(&told));
    Ok(())
}

/// Signs a user out everywhere.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn end_all(db: &Db, user_id: Id<User>) -> Result<(), StorageError> {
    let ended = Entity::delete_many().filter(Column::UserId.eq(user_id.uuid())).exec(&db.on()).await?;
    let told = json!({"devices": ended.rows_affected});
    db.record(Change::of("users", user_id.uuid()).person(user_id.uuid()).before(&told));
    Ok(())
}

/// Forgets the devices of a user that can get no tokens any more.
pub(crate) async fn forget(db: &Db, user_id: Uuid, now: DateTime<Utc>) -> Result<(), StorageError> {
    let stale = Entity::delete_many().filter(Column::UserId.eq(user_id)).filter(Column::ExpiresAt.lte(now));
    stale.exec(&db.on()).await?;
    Ok(())
}
