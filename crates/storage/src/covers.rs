//! Seats that are to be taken over, and who is asked to.

mod asks;
mod told;

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    cover::{Cover, CoverChange, CoverState},
    festival::Festival,
};
use sea_orm::{
    ActiveValue::Set,
    Condition, ExprTrait, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, LockType},
};

pub use asks::{answer, ask_next, ask_of, asked, close, insert_asks};
pub use told::{Seat, Told, Which, list};

use crate::{Db, StorageError};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "covers")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub state: String,
        pub volunteer_id: Option<Uuid>,
        pub assignment_id: Option<Uuid>,
        pub return_assignment_id: Option<Uuid>,
        pub position_id: Uuid,
        pub district_id: Uuid,
        pub starts_at: DateTimeUtc,
        pub wave_size: i32,
        pub wave_minutes: i32,
        pub next_wave_at: Option<DateTimeUtc>,
        pub taken_by_id: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// How people are asked: so many at a time, and the next so many minutes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waves {
    /// How many at a time.
    pub size: i32,
    /// How many minutes later.
    pub minutes: i32,
}

fn from_row(row: &Model) -> Result<Cover, StorageError> {
    Ok(Cover {
        id: row.id.into(),
        version: row.version,
        state: CoverState::named(&row.state).ok_or(StorageError::Corrupt("state of a cover"))?,
        asker: row.volunteer_id.map(Id::from).zip(row.assignment_id.map(Id::from)),
        in_return: row.return_assignment_id.map(Id::from),
        position_id: row.position_id.into(),
        district_id: row.district_id.into(),
        taken_by: row.taken_by_id.map(Id::from),
        starts_at: row.starts_at,
    })
}

/// Writes a request down. Whom it asks is written by [`insert_asks`].
///
/// # Errors
/// [`StorageError::Refused`] by the rule `covers_assignment_id` when the same seat is offered to be taken over already.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    waves: Waves,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(cover.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        version: Set(cover.version),
        state: Set(cover.state.as_str().to_owned()),
        volunteer_id: Set(cover.asker.map(|(volunteer, _)| volunteer.uuid())),
        assignment_id: Set(cover.asker.map(|(_, assignment)| assignment.uuid())),
        return_assignment_id: Set(cover.in_return.map(Id::uuid)),
        position_id: Set(cover.position_id.uuid()),
        district_id: Set(cover.district_id.uuid()),
        starts_at: Set(cover.starts_at),
        wave_size: Set(waves.size),
        wave_minutes: Set(waves.minutes),
        next_wave_at: Set(None),
        taken_by_id: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// A request as it stands, kept so until the transaction ends: whoever else would change it waits.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn lock(db: &Db, festival_id: Id<Festival>, id: Id<Cover>) -> Result<Cover, StorageError> {
    from_row(&locked(db, festival_id, id).await?)
}

async fn locked(db: &Db, festival_id: Id<Festival>, id: Id<Cover>) -> Result<Model, StorageError> {
    Entity::find_by_id(id.uuid())
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("cover"))
}

/// Writes a change, if the request still stands as it was decided by. The events of it are the caller's to append.
///
/// # Errors
/// [`StorageError::Stale`] when someone else was faster.
pub async fn save(db: &Db, festival_id: Id<Festival>, change: &CoverChange) -> Result<(), StorageError> {
    let before = &change.before;
    let update = Entity::update_many()
        .set(ActiveModel {
            state: Set(change.to.as_str().to_owned()),
            taken_by_id: Set(change.taken_by.map(Id::uuid)),
            next_wave_at: Set(None),
            updated_at: Set(change.at),
            ..Default::default()
        })
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(before.id.uuid()))
        .filter(Column::Version.eq(before.version))
        .filter(Column::State.eq(before.state.as_str()))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 { Err(StorageError::Stale("cover", before.version)) } else { Ok(()) }
}

/// The requests whose next wave is due, or whose shift starts, of any festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn due(
    db: &Db,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(Id<Festival>, Id<Cover>)>, StorageError> {
    let due: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::FestivalId, Column::Id])
        .filter(Column::State.is_in([CoverState::Open.as_str(), CoverState::Taken.as_str()]))
        .filter(Condition::any().add(Column::NextWaveAt.lte(now)).add(Column::StartsAt.lte(now)))
        .order_by_asc(Column::StartsAt)
        .limit(limit)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(due.into_iter().map(|(festival, cover)| (festival.into(), cover.into())).collect())
}

/// Whether the next wave of a request is due.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_due(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let due = Entity::find_by_id(id.uuid())
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::NextWaveAt.lte(now))
        .one(&db.on())
        .await?;
    Ok(due.is_some())
}

/// When the wave after one at `now` is due.
async fn set_next_wave(db: &Db, row: &Model, more: bool, now: DateTime<Utc>) -> Result<(), StorageError> {
    let next = more.then(|| now + TimeDelta::minutes(row.wave_minutes.into()));
    Entity::update_many()
        .set(ActiveModel { next_wave_at: Set(next), ..Default::default() })
        .filter(Column::Id.eq(row.id))
        .exec(&db.on())
        .await?;
    Ok(())
}
