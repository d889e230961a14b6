//! The nights of a festival.

use std::collections::HashMap;

use chrono::{Months, NaiveDate};
use khademyar_domain::{Id, festival::Festival};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*, sea_query::OnConflict};

use crate::{Db, StorageError, table::uuids};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "nights")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub festival_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub night: i32,
    pub date: Date,
}

impl ActiveModelBehavior for ActiveModel {}

/// The dates of a festival's nights, in order.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>) -> Result<Vec<NaiveDate>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_asc(Column::Night)
        .all(&db.on())
        .await?;
    Ok(rows.into_iter().map(|row| row.date).collect())
}

/// The date of the last night of each of these festivals that has nights.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn last_dates(
    db: &Db,
    festival_ids: &[Id<Festival>],
) -> Result<HashMap<Id<Festival>, NaiveDate>, StorageError> {
    let rows: Vec<(Uuid, NaiveDate)> = Entity::find()
        .select_only()
        .column(Column::FestivalId)
        .column_as(Column::Date.max(), "last")
        .filter(Column::FestivalId.is_in(uuids(festival_ids)))
        .group_by(Column::FestivalId)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(rows.into_iter().map(|(festival_id, last)| (festival_id.into(), last)).collect())
}

/// Sets the dates of a festival's nights.
///
/// # Errors
/// [`StorageError::InUse`] when a night that would go is spoken of by shifts, wishes or availabilities.
pub(crate) async fn save(
    db: &Db,
    festival_id: Id<Festival>,
    dates: &[NaiveDate],
) -> Result<(), StorageError> {
    set(db, festival_id, dates).await?;
    cut(db, festival_id, dates.len()).await
}

/// Sets the dates of the first nights. The others stay, out of their places, until they are [`cut`].
pub(crate) async fn set(db: &Db, festival_id: Id<Festival>, dates: &[NaiveDate]) -> Result<(), StorageError> {
    let there = list(db, festival_id).await?;
    if there == dates {
        return Ok(());
    }
    // Two nights may swap their dates, which are unique: all step aside first, a thousand years back.
    let aside: Vec<NaiveDate> = there.iter().map(|&date| date - Months::new(12_000)).collect();
    overwrite(db, festival_id, &aside).await?;
    overwrite(db, festival_id, dates).await
}

async fn overwrite(db: &Db, festival_id: Id<Festival>, dates: &[NaiveDate]) -> Result<(), StorageError> {
    let rows = dates.iter().zip(0..).map(|(&date, night)| ActiveModel {
        festival_id: Set(festival_id.uuid()),
        night: Set(night),
        date: Set(date),
    });
    let rows: Vec<ActiveModel> = rows.collect();
    if !rows.is_empty() {
        let overwrite =
            OnConflict::columns([Column::FestivalId, Column::Night]).update_column(Column::Date).to_owned();
        Entity::insert_many(rows).on_conflict(overwrite).exec_without_returning(&db.on()).await?;
    }
    Ok(())
}

/// Leaves the first `count` nights.
///
/// # Errors
/// [`StorageError::InUse`] when a night that would go is spoken of.
pub(crate) async fn cut(db: &Db, festival_id: Id<Festival>, count: usize) -> Result<(), StorageError> {
    Entity::delete_many()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Night.gte(i32::try_from(count).unwrap_or(i32::MAX)))
        .exec(&db.on())
        .await?;
    Ok(())
}
