//! Festivals, the tenants of the system.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Stored, Text,
    festival::{Arrangements, Festival, Weights},
    plan::Plan,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, ExprTrait, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, Query},
};

use crate::{
    Db, StorageError,
    audit::{self, Change},
    districts::name,
    nights,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "festivals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub version: i64,
    pub revision: i64,
    pub set_up_revision: i64,
    pub name_fa: String,
    pub name_en: Option<String>,
    pub timezone: String,
    pub min_rest_minutes: i32,
    pub weight_desired: i64,
    pub weight_travel: i64,
    pub weight_venue: i64,
    pub weight_wish: i64,
    pub weight_idle: i64,
    pub weight_fairness: i64,
    pub weight_continuity: i64,
    pub weight_companion: i64,
    pub weight_stability: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub arrangements: Json,
    pub published_plan_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

fn to_row(festival: &Festival) -> ActiveModel {
    let weights = festival.weights;
    ActiveModel {
        name_fa: Set(festival.name.fa.to_string()),
        name_en: Set(festival.name.en.as_ref().map(Text::to_string)),
        timezone: Set(festival.timezone.name().to_owned()),
        min_rest_minutes: Set(festival.min_rest_minutes),
        weight_desired: Set(weights.desired),
        weight_travel: Set(weights.travel),
        weight_venue: Set(weights.venue),
        weight_wish: Set(weights.wish),
        weight_idle: Set(weights.idle),
        weight_fairness: Set(weights.fairness),
        weight_continuity: Set(weights.continuity),
        weight_companion: Set(weights.companion),
        weight_stability: Set(weights.stability),
        arrangements: Set(serde_json::to_value(festival.arrangements).unwrap_or_default()),
        ..Default::default()
    }
}

fn from_row(row: Model, nights: Vec<chrono::NaiveDate>) -> Result<Stored<Festival>, StorageError> {
    let value = Festival {
        name: name(row.name_fa, row.name_en)?,
        timezone: row.timezone.parse().map_err(|_| StorageError::Corrupt("time zone"))?,
        nights,
        min_rest_minutes: row.min_rest_minutes,
        weights: Weights {
            desired: row.weight_desired,
            travel: row.weight_travel,
            venue: row.weight_venue,
            wish: row.weight_wish,
            idle: row.weight_idle,
            fairness: row.weight_fairness,
            continuity: row.weight_continuity,
            companion: row.weight_companion,
            stability: row.weight_stability,
        },
        arrangements: serde_json::from_value(row.arrangements)
            .map_err(|_| StorageError::Corrupt("arrangements of a festival"))?,
    };
    Ok(Stored { id: row.id.into(), version: row.version, value })
}

/// The festivals of these ids, the newest first, with their nights.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, ids: &[Id<Festival>]) -> Result<Vec<Stored<Festival>>, StorageError> {
    let ids = crate::table::uuids(ids);
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    let mut dates: std::collections::HashMap<Uuid, Vec<chrono::NaiveDate>> = std::collections::HashMap::new();
    let nights = nights::Entity::find()
        .filter(nights::Column::FestivalId.is_in(ids))
        .order_by_asc(nights::Column::Night)
        .all(&db.on())
        .await?;
    for night in nights {
        dates.entry(night.festival_id).or_default().push(night.date);
    }
    rows.into_iter()
        .map(|row| {
            let nights = dates.remove(&row.id).unwrap_or_default();
            from_row(row, nights)
        })
        .collect()
}

/// One festival.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn get(db: &Db, id: Id<Festival>) -> Result<Stored<Festival>, StorageError> {
    list(db, &[id]).await?.pop().ok_or(StorageError::NotFound("festival"))
}

/// The ids of all festivals, the newest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn ids(db: &Db) -> Result<Vec<Id<Festival>>, StorageError> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(ids.into_iter().map(Id::from).collect())
}

/// Founds a festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(db: &Db, festival: &Stored<Festival>, now: DateTime<Utc>) -> Result<(), StorageError> {
    let mut row = to_row(&festival.value);
    row.id = Set(festival.id.uuid());
    row.version = Set(festival.version);
    row.revision = Set(1);
    row.set_up_revision = Set(1);
    row.created_at = Set(now);
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let change = Change::of("festivals", festival.id.uuid()).in_festival(festival.id);
    db.record(change.after(&festival.value));
    nights::save(db, festival.id, &festival.value.nights).await
}

/// Replaces a festival's own values and its nights.
///
/// # Errors
/// [`StorageError::NotFound`], [`StorageError::Stale`], and [`StorageError::InUse`] when a night that would go is spoken
/// of.
pub async fn replace(
    db: &Db,
    id: Id<Festival>,
    expected: Option<i64>,
    festival: &Festival,
) -> Result<Stored<Festival>, StorageError> {
    let before = get(db, id).await?;
    update(db, id, expected, festival).await?;
    nights::save(db, id, &festival.nights).await?;
    let after = get(db, id).await?;
    db.record(Change::of("festivals", id.uuid()).before(&before.value).after(&after.value));
    Ok(after)
}

/// Replaces a festival's own values, but not its nights.
pub(crate) async fn update(
    db: &Db,
    id: Id<Festival>,
    expected: Option<i64>,
    festival: &Festival,
) -> Result<(), StorageError> {
    let mut update = Entity::update_many()
        .set(to_row(festival))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()));
    if let Some(expected) = expected {
        update = update.filter(Column::Version.eq(expected));
    }
    if update.exec(&db.on()).await?.rows_affected == 0 {
        return Err(StorageError::Stale("festival", get(db, id).await?.version));
    }
    Ok(())
}

/// What is in a festival, each before what it refers to. One cascade over all of it would trip over its own references:
/// neither engine promises an order.
const CONTENTS: [&str; 19] = [
    "standbys",
    "waiting",
    "cover_asks",
    "covers",
    "assignments",
    "plans",
    "members",
    "contributions",
    "partners",
    "pins",
    "pairs",
    "volunteers",
    "positions",
    "shifts",
    "venues",
    "specialties",
    "centres",
    "districts",
    "nights",
];

/// Deletes a festival with everything in it, and what its audit tells of people: that it was there, and who did what, stays.
///
/// # Errors
/// [`StorageError::NotFound`], [`StorageError::Stale`].
pub async fn delete(db: &Db, id: Id<Festival>, expected: Option<i64>) -> Result<(), StorageError> {
    db.record(Change::of("festivals", id.uuid()).before(&get(db, id).await?.value).in_festival(id));
    for table in CONTENTS {
        let contents =
            Query::delete().from_table(table).and_where(Expr::col("festival_id").eq(id.uuid())).to_owned();
        db.on().execute(&contents).await?;
    }
    audit::erase_all(db, id).await?;
    let mut delete = Entity::delete_many().filter(Column::Id.eq(id.uuid()));
    if let Some(expected) = expected {
        delete = delete.filter(Column::Version.eq(expected));
    }
    if delete.exec(&db.on()).await?.rows_affected == 0 {
        return Err(StorageError::Stale("festival", get(db, id).await?.version));
    }
    Ok(())
}

/// The festival's revision: it rises with every write that concerns the festival.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn revision(db: &Db, id: Id<Festival>) -> Result<i64, StorageError> {
    Entity::find_by_id(id.uuid())
        .select_only()
        .column(Column::Revision)
        .into_tuple()
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("festival"))
}

/// The revision of what rosters are made from: it stands while only the roster itself changes.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn set_up_revision(db: &Db, id: Id<Festival>) -> Result<i64, StorageError> {
    Entity::find_by_id(id.uuid())
        .select_only()
        .column(Column::SetUpRevision)
        .into_tuple()
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("festival"))
}

/// What volunteers of the festival arrange by themselves.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such festival.
pub async fn arrangements(db: &Db, id: Id<Festival>) -> Result<Arrangements, StorageError> {
    let stored: Option<serde_json::Value> = Entity::find_by_id(id.uuid())
        .select_only()
        .column(Column::Arrangements)
        .into_tuple()
        .one(&db.on())
        .await?;
    serde_json::from_value(stored.ok_or(StorageError::NotFound("festival"))?)
        .map_err(|_| StorageError::Corrupt("arrangements of a festival"))
}

/// The plan that was published last.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such festival.
pub async fn published_plan(db: &Db, id: Id<Festival>) -> Result<Option<Id<Plan>>, StorageError> {
    let plan: Option<Option<Uuid>> = Entity::find_by_id(id.uuid())
        .select_only()
        .column(Column::PublishedPlanId)
        .into_tuple()
        .one(&db.on())
        .await?;
    Ok(plan.ok_or(StorageError::NotFound("festival"))?.map(Id::from))
}

pub(crate) async fn set_published(
    db: &Db,
    id: Id<Festival>,
    plan_id: Option<Id<Plan>>,
) -> Result<(), StorageError> {
    Entity::update_many()
        .set(ActiveModel { published_plan_id: Set(plan_id.map(Id::uuid)), ..Default::default() })
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Raises the revision, if it is still `from`.
pub(crate) async fn raise_revision_from(db: &Db, id: Id<Festival>, from: i64) -> Result<(), StorageError> {
    let update = Entity::update_many()
        .set(ActiveModel { revision: Set(from + 1), ..Default::default() })
        .col_expr(Column::SetUpRevision, Expr::col(Column::SetUpRevision).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Revision.eq(from))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 {
        return Err(StorageError::Stale("festival", revision(db, id).await?));
    }
    Ok(())
}

pub(crate) async fn raise_revision(db: &Db, id: Id<Festival>) -> Result<(), StorageError> {
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .col_expr(Column::SetUpRevision, Expr::col(Column::SetUpRevision).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

pub(crate) async fn raise_roster_revision(db: &Db, id: Id<Festival>) -> Result<(), StorageError> {
    Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}
