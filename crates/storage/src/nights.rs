//! The nights of a festival.

use std::collections::HashMap;

use chrono::NaiveDate;
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
    let festival = Column::FestivalId.eq(festival_id.uuid());
    if list(db, festival_id).await? == dates {
        return Ok(());
    }
    let kept = i32::try_from(dates.len()).unwrap_or(i32::MAX);
    Entity::delete_many().filter(festival.clone()).filter(Column::Night.gte(kept)).exec(&db.on()).await?;
    // Two nights may swap their dates, which are unique: they step aside first, a thousand years back.
    for (night, date) in list(db, festival_id).await?.into_iter().enumerate() {
        let aside = date - chrono::Months::new(12_000);
        Entity::update_many()
            .set(ActiveModel { date: Set(aside), ..Default::default() })
            .filter(festival.clone())
            .filter(Column::Night.eq(night as i32))
            .exec(&db.on())
            .await?;
    }
    let rows = dates.iter().zip(0..).map(|(&date, night)| ActiveModel {
        festival_id: Set(festival_id.uuid()),
        night: Set(night),
        date: Set(date),
    });
    let overwrite =
        OnConflict::columns([Column::FestivalId, Column::Night]).update_column(Column::Date).to_owned();
    let rows: Vec<ActiveModel> = rows.collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).on_conflict(overwrite).exec_without_returning(&db.on()).await?;
    }
    Ok(())
}
