//! Users' parts in festivals.

use khademyar_domain::{Id, festival::Festival, member::User};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use crate::{Db, StorageError};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "members")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub festival_id: Uuid,
    pub version: i64,
    pub user_id: Uuid,
    pub role: String,
    pub volunteer_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes a user an organizer of a festival.
///
/// # Errors
/// [`StorageError::Refused`] when they are one already.
pub async fn add_organizer(
    db: &Db,
    festival_id: Id<Festival>,
    user_id: Id<User>,
    id: Uuid,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(id),
        festival_id: Set(festival_id.uuid()),
        version: Set(1),
        user_id: Set(user_id.uuid()),
        role: Set("organizer".to_owned()),
        volunteer_id: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}
