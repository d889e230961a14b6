//! Who is asked to take a seat over, in which order, and what they say.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    cover::{AskState, Cover},
    festival::Festival,
    volunteer::Volunteer,
};
use sea_orm::{ActiveValue::Set, PaginatorTrait, QueryOrder, QuerySelect, entity::prelude::*};

use super::{locked, set_next_wave};
use crate::{Db, StorageError, table::insert_rows};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cover_asks")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub cover_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        pub ordinal: i32,
        pub state: String,
        pub asked_at: Option<DateTimeUtc>,
        pub answered_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// Writes down who is to be asked, in this order. Nobody is asked yet.
///
/// # Errors
/// [`StorageError::InUse`] for somebody who is not in the festival.
pub async fn insert_asks(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    volunteers: &[Id<Volunteer>],
) -> Result<(), StorageError> {
    let rows = (0..).zip(volunteers).map(|(ordinal, volunteer)| ActiveModel {
        festival_id: Set(festival_id.uuid()),
        cover_id: Set(id.uuid()),
        volunteer_id: Set(volunteer.uuid()),
        ordinal: Set(ordinal),
        state: Set(AskState::Waiting.as_str().to_owned()),
        asked_at: Set(None),
        answered_at: Set(None),
    });
    insert_rows(db, rows.collect()).await
}

/// Asks those whose turn is next, and notes when the turn after that comes; whom.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no such request.
pub async fn ask_next(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    now: DateTime<Utc>,
) -> Result<Vec<Id<Volunteer>>, StorageError> {
    let cover = locked(db, festival_id, id).await?;
    let size = u64::from(cover.wave_size.unsigned_abs());
    let mut next: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::VolunteerId)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::State.eq(AskState::Waiting.as_str()))
        .order_by_asc(Column::Ordinal)
        .limit(size + 1)
        .into_tuple()
        .all(&db.on())
        .await?;
    let more = next.len() as u64 > size;
    next.truncate(size as usize);
    set_next_wave(db, &cover, more, now).await?;
    Entity::update_many()
        .set(ActiveModel {
            state: Set(AskState::Asked.as_str().to_owned()),
            asked_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::VolunteerId.is_in(next.iter().copied()))
        .exec(&db.on())
        .await?;
    Ok(next.into_iter().map(Id::from).collect())
}

/// How a volunteer stands to a request; none where they are not to be asked.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn ask_of(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    volunteer_id: Id<Volunteer>,
) -> Result<Option<AskState>, StorageError> {
    let ask = Entity::find_by_id((id.uuid(), volunteer_id.uuid()))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .one(&db.on())
        .await?;
    ask.map(|ask| AskState::named(&ask.state).ok_or(StorageError::Corrupt("state of an ask"))).transpose()
}

/// How many are asked and have not answered.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn asked(db: &Db, festival_id: Id<Festival>, id: Id<Cover>) -> Result<u64, StorageError> {
    let asked = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::State.eq(AskState::Asked.as_str()));
    Ok(asked.count(&db.on()).await?)
}

/// Notes what somebody who is asked says; whether they were.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn answer(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    volunteer_id: Id<Volunteer>,
    answer: AskState,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let update = Entity::update_many()
        .set(ActiveModel {
            state: Set(answer.as_str().to_owned()),
            answered_at: Set(Some(now)),
            ..Default::default()
        })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::VolunteerId.eq(volunteer_id.uuid()))
        .filter(Column::State.eq(AskState::Asked.as_str()))
        .exec(&db.on())
        .await?;
    Ok(update.rows_affected == 1)
}

/// Nobody need answer any more; who was waited for, and is to be told so.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn close(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
) -> Result<Vec<Id<Volunteer>>, StorageError> {
    let asked: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::VolunteerId)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::State.eq(AskState::Asked.as_str()))
        .order_by_asc(Column::Ordinal)
        .into_tuple()
        .all(&db.on())
        .await?;
    Entity::update_many()
        .set(ActiveModel { state: Set(AskState::Told.as_str().to_owned()), ..Default::default() })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::CoverId.eq(id.uuid()))
        .filter(Column::State.eq(AskState::Asked.as_str()))
        .exec(&db.on())
        .await?;
    Ok(asked.into_iter().map(Id::from).collect())
}
