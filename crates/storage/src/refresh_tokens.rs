//! Refresh tokens: each is used once, and a second use ends the whole family.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, member::User};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::{Db, StorageError, users};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "refresh_tokens")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub family: Uuid,
        pub user_id: Uuid,
        pub expires_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
        pub revoked_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// SHA-256 of a token; the token itself is not stored.
pub type TokenHash = [u8; 32];

/// Stores the first token of a new family.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    hash: &TokenHash,
    family: Uuid,
    user_id: Id<User>,
    expires_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        hash: Set(hash.to_vec()),
        family: Set(family),
        user_id: Set(user_id.uuid()),
        expires_at: Set(expires_at),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Uses a token up and stores its successor; tells whose it is.
///
/// None when it cannot be used: unknown, expired, revoked, or used before. Someone who brings a used one has stolen it,
/// or was stolen from: the family ends. The caller commits in either case.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn rotate(
    db: &Db,
    hash: &TokenHash,
    successor: &TokenHash,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Id<User>>, StorageError> {
    let Some(user_id) = owner(db, hash).await? else { return Ok(None) };
    // One at a time for each user: a successor that is stored meanwhile would else outlive its family's end.
    users::lock(db, user_id.into()).await?;
    let Some(token) = Entity::find_by_id(hash.to_vec()).one(&db.on()).await? else { return Ok(None) };
    if token.used_at.is_some() {
        revoke(db, Column::Family.eq(token.family), now).await?;
        return Ok(None);
    }
    if token.revoked_at.is_some() || token.expires_at <= now {
        return Ok(None);
    }
    Entity::update_many()
        .set(ActiveModel { used_at: Set(Some(now)), ..Default::default() })
        .filter(Column::Hash.eq(hash.to_vec()))
        .exec(&db.on())
        .await?;
    insert(db, successor, token.family, user_id.into(), expires_at).await?;
    // What nobody can use any more, and no thief could be told by, goes.
    Entity::delete_many()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::ExpiresAt.lte(now))
        .exec(&db.on())
        .await?;
    Ok(Some(user_id.into()))
}

async fn owner(db: &Db, hash: &TokenHash) -> Result<Option<Uuid>, StorageError> {
    Ok(Entity::find_by_id(hash.to_vec()).one(&db.on()).await?.map(|token| token.user_id))
}

/// Ends the family of a token, if there is such a token.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn revoke_family(db: &Db, hash: &TokenHash, now: DateTime<Utc>) -> Result<(), StorageError> {
    let Some(user_id) = owner(db, hash).await? else { return Ok(()) };
    users::lock(db, user_id.into()).await?;
    let Some(token) = Entity::find_by_id(hash.to_vec()).one(&db.on()).await? else { return Ok(()) };
    revoke(db, Column::Family.eq(token.family), now).await
}

/// Ends every family of a user.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn revoke_all(db: &Db, user_id: Id<User>, now: DateTime<Utc>) -> Result<(), StorageError> {
    users::lock(db, user_id).await?;
    revoke(db, Column::UserId.eq(user_id.uuid()), now).await
}

async fn revoke(db: &Db, which: sea_orm::sea_query::Expr, now: DateTime<Utc>) -> Result<(), StorageError> {
    Entity::update_many()
        .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .exec(&db.on())
        .await?;
    Ok(())
}
