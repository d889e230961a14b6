//! Tokens for other systems.

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id, Text,
    api_token::{ApiToken, Grant},
    festival::Festival,
    member::User,
};
use sea_orm::{ActiveValue::Set, Condition, QueryOrder, entity::prelude::*};
use serde_json::json;

use crate::{Db, StorageError, audit::Change, districts::text, refresh_tokens::TokenHash};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_tokens")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub user_id: Uuid,
        pub name: String,
        pub grants: String,
        pub hash: Vec<u8>,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub last_used_at: Option<DateTimeUtc>,
        pub revoked_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// A token about to be created.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// Its id.
    pub id: Id<ApiToken>,
    /// Whose data it is for.
    pub festival_id: Id<Festival>,
    /// Who makes it.
    pub user_id: Id<User>,
    /// What it is called.
    pub name: Text,
    /// What it is for.
    pub grants: Vec<Grant>,
    /// Its hash; the token itself is not stored.
    pub hash: TokenHash,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
}

/// A token, without what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApiToken {
    /// Its id.
    pub id: Id<ApiToken>,
    /// Whose data it is for.
    pub festival_id: Id<Festival>,
    /// Who made it.
    pub user_id: Id<User>,
    /// What it is called.
    pub name: Text,
    /// What it is for.
    pub grants: Vec<Grant>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Stores a token.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(db: &Db, token: &NewApiToken, now: DateTime<Utc>) -> Result<(), StorageError> {
    let grants: Vec<String> = token.grants.iter().map(Grant::to_string).collect();
    let row = ActiveModel {
        id: Set(token.id.uuid()),
        festival_id: Set(token.festival_id.uuid()),
        user_id: Set(token.user_id.uuid()),
        name: Set(token.name.to_string()),
        grants: Set(grants.join(" ")),
        hash: Set(token.hash.to_vec()),
        created_at: Set(now),
        expires_at: Set(token.expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let told = json!({"name": token.name, "grants": grants, "expires_at": token.expires_at});
    db.record(Change::of("api_tokens", token.id.uuid()).after(&told));
    Ok(())
}

/// The festival's tokens, the newest first; also those that are good no longer.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>) -> Result<Vec<StoredApiToken>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    rows.into_iter().map(stored).collect()
}

/// The token of this hash, if it is good at `now`.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn find(
    db: &Db,
    hash: &TokenHash,
    now: DateTime<Utc>,
) -> Result<Option<StoredApiToken>, StorageError> {
    let row = Entity::find()
        .filter(Column::Hash.eq(hash.to_vec()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(&db.on())
        .await?;
    row.map(stored).transpose()
}

/// Says that a token is used, to the minute.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn touch(db: &Db, id: Id<ApiToken>, now: DateTime<Utc>) -> Result<(), StorageError> {
    let earlier = Condition::any()
        .add(Column::LastUsedAt.is_null())
        .add(Column::LastUsedAt.lte(now - TimeDelta::minutes(1)));
    Entity::update_many()
        .set(ActiveModel { last_used_at: Set(Some(now)), ..Default::default() })
        .filter(Column::Id.eq(id.uuid()))
        .filter(earlier)
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Ends a token of the festival.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none, or it was revoked before.
pub async fn revoke(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<ApiToken>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let revoked = Entity::update_many()
        .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(&db.on())
        .await?;
    if revoked.rows_affected == 0 {
        return Err(StorageError::NotFound("API token"));
    }
    db.record(Change::of("api_tokens", id.uuid()).after(&json!({"revoked_at": now})));
    Ok(())
}

fn stored(row: Model) -> Result<StoredApiToken, StorageError> {
    let grants = row.grants.split(' ').map(str::parse).collect::<Result<_, _>>();
    Ok(StoredApiToken {
        id: row.id.into(),
        festival_id: row.festival_id.into(),
        user_id: row.user_id.into(),
        name: text(row.name)?,
        grants: grants.map_err(|_| StorageError::Corrupt("grants of a token"))?,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    })
}
