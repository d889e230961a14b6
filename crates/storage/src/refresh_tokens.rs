//! Refresh tokens: each is used once, and a second use signs the device out.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, device::Device, member::User};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::{Db, StorageError, devices, users};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_tokens")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub device_id: Uuid,
        pub user_id: Uuid,
        pub expires_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// SHA-256 of a token; the token itself is not stored.
pub type TokenHash = [u8; 32];

/// Who is signed in, and on what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub user_id: Id<User>,
    /// On what.
    pub device_id: Id<Device>,
}

/// Stores a token of a device.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    hash: &TokenHash,
    holder: Holder,
    expires_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        hash: Set(hash.to_vec()),
        device_id: Set(holder.device_id.uuid()),
        user_id: Set(holder.user_id.uuid()),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// The next token of a device, and from where it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Successor<'a> {
    /// Its hash.
    pub hash: &'a TokenHash,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// The address that asks for it.
    pub address: Option<&'a str>,
}

/// Uses a token up and stores its successor; tells whose it is.
///
/// None when it cannot be used: unknown, expired, of a device that was signed out, or used before. Someone who brings a
/// used one has stolen it, or was stolen from: the device is signed out. The caller commits in either case.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn rotate(
    db: &Db,
    hash: &TokenHash,
    successor: Successor<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Holder>, StorageError> {
    let Some(holder) = holder(db, hash).await? else { return Ok(None) };
    // One at a time for each user: a successor that is stored meanwhile would else outlive the sign-out.
    users::lock(db, holder.user_id).await?;
    let Some(token) = Entity::find_by_id(hash.to_vec()).one(&db.on()).await? else { return Ok(None) };
    if token.used_at.is_some() {
        devices::end(db, holder.user_id, holder.device_id).await?;
        return Ok(None);
    }
    if token.expires_at <= now {
        return Ok(None);
    }
    Entity::update_many()
        .set(ActiveModel { used_at: Set(Some(now)), ..Default::default() })
        .filter(Column::Hash.eq(hash.to_vec()))
        .exec(&db.on())
        .await?;
    insert(db, successor.hash, holder, successor.expires_at).await?;
    devices::touch(db, token.device_id, successor.address, now, successor.expires_at).await?;
    // What nobody can use any more, and no thief could be told by, goes.
    Entity::delete_many()
        .filter(Column::UserId.eq(token.user_id))
        .filter(Column::ExpiresAt.lte(now))
        .exec(&db.on())
        .await?;
    devices::forget(db, token.user_id, now).await?;
    Ok(Some(holder))
}

async fn holder(db: &Db, hash: &TokenHash) -> Result<Option<Holder>, StorageError> {
    let token = Entity::find_by_id(hash.to_vec()).one(&db.on()).await?;
    Ok(token.map(|token| Holder { user_id: token.user_id.into(), device_id: token.device_id.into() }))
}

/// Signs the device of a token out, if there is such a token.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn sign_out(db: &Db, hash: &TokenHash) -> Result<(), StorageError> {
    let Some(Holder { user_id, device_id }) = holder(db, hash).await? else { return Ok(()) };
    users::lock(db, user_id).await?;
    match devices::end(db, user_id, device_id).await {
        // Somebody else was faster.
        Err(StorageError::NotFound(_)) => Ok(()),
        ended => ended,
    }
}
