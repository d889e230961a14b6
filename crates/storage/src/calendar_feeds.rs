//! The secret addresses that calendars read a volunteer's nights from.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, volunteer::Volunteer};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::{Db, StorageError, audit::Change, refresh_tokens::TokenHash};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "calendar_feeds")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: Vec<u8>,
        pub festival_id: Uuid,
        pub volunteer_id: Uuid,
        pub created_at: DateTimeUtc,
        pub revoked_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// Gives a volunteer's nights a secret address; those they had before no longer lead there.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    token_hash: &TokenHash,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    revoke(db, festival_id, volunteer_id, now).await?;
    let row = ActiveModel {
        token_hash: Set(token_hash.to_vec()),
        festival_id: Set(festival_id.uuid()),
        volunteer_id: Set(volunteer_id.uuid()),
        created_at: Set(now),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Ends the secret addresses of a volunteer's nights.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn revoke(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let change = Change::of("calendars", volunteer_id.uuid()).person(volunteer_id.uuid());
    db.record(change.in_festival(festival_id));
    Entity::update_many()
        .set(ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::VolunteerId.eq(volunteer_id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Whose nights a secret address leads to.
///
/// # Errors
/// [`StorageError::NotFound`] when it is unknown or was revoked.
pub async fn get(db: &Db, token_hash: &TokenHash) -> Result<(Id<Festival>, Id<Volunteer>), StorageError> {
    let row = Entity::find_by_id(token_hash.to_vec())
        .filter(Column::RevokedAt.is_null())
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("calendar"))?;
    Ok((row.festival_id.into(), row.volunteer_id.into()))
}
