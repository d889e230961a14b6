//! What must be known of a seat to give it to somebody, and who is around it.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Standing},
    district::District,
    festival::Festival,
    position::Position,
    shift::Shift,
    volunteer::Volunteer,
};
use sea_orm::{
    Condition, ConnectionTrait, ExprTrait, FromQueryResult, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Expr, Func, Order, Query},
};

use super::row::{Column, Entity};
use crate::{
    Db, StorageError,
    plans::Pair,
    seats::{Roster, holding},
    table::uuids,
};

/// A seat, as far as giving it to somebody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// In which position.
    pub position_id: Id<Position>,
    /// In which shift.
    pub shift_id: Id<Shift>,
    /// In which district.
    pub district_id: Id<District>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

impl Vacancy {
    /// The first version of an assignment that gives the seat to somebody.
    #[must_use]
    pub fn given(
        &self,
        id: Id<Assignment>,
        volunteer_id: Id<Volunteer>,
        state: AssignmentState,
        answer_until: Option<DateTime<Utc>>,
    ) -> Standing {
        Standing {
            id,
            version: 1,
            state,
            volunteer_id,
            position_id: self.position_id,
            district_id: self.district_id,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            answer_until,
            answered_at: None,
            reason: None,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    shift_id: Uuid,
    district_id: Uuid,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

/// A seat of a position.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no such position.
pub async fn vacancy(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
) -> Result<Vacancy, StorageError> {
    let query = Query::select()
        .column(("positions", "shift_id"))
        .columns(["district_id", "night", "starts_at", "ends_at"].map(|column| ("shifts", column)))
        .from("positions")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("positions", "shift_id")))
        .and_where(Expr::col(("positions", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("positions", "id")).eq(position_id.uuid()))
        .to_owned();
    let row = db.on().query_one(&query).await?.ok_or(StorageError::NotFound("position"))?;
    let row = Row::from_query_result(&row, "")?;
    Ok(Vacancy {
        position_id,
        shift_id: row.shift_id.into(),
        district_id: row.district_id.into(),
        night: row.night,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
    })
}

/// How far a position is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Filling {
    /// How many are essential.
    pub minimum: i32,
    /// How many are welcome, at the most.
    pub desired: i32,
    /// How many there are.
    pub filled: i64,
}

/// How far a position is filled.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no such position.
pub async fn filling(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
) -> Result<Filling, StorageError> {
    let mut taken = Query::select()
        .expr(Func::count(Expr::col(("assignments", "id"))))
        .from("assignments")
        .and_where(Expr::col(("assignments", "position_id")).eq(position_id.uuid()))
        .to_owned();
    Roster::Live.within(&mut taken);
    let query = Query::select()
        .columns(["minimum", "desired"])
        .expr_as(Expr::SubQuery(None, Box::new(taken.into())), "filled")
        .from("positions")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("id").eq(position_id.uuid()))
        .to_owned();
    let row = db.on().query_one(&query).await?.ok_or(StorageError::NotFound("position"))?;
    Ok(Filling::from_query_result(&row, "")?)
}

/// Whether the volunteer has another seat in the time of an assignment.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_elsewhere(
    db: &Db,
    festival_id: Id<Festival>,
    standing: &Standing,
) -> Result<bool, StorageError> {
    let others = seats_between(festival_id, standing.volunteer_id, standing.starts_at, standing.ends_at)
        .filter(Column::Id.ne(standing.id.uuid()));
    Ok(others.into_tuple::<Uuid>().one(&db.on()).await?.is_some())
}

/// Whether the volunteer has a seat in a shift that is on between two instants.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn serves_between(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let seats = seats_between(festival_id, volunteer_id, from, to);
    Ok(seats.into_tuple::<Uuid>().one(&db.on()).await?.is_some())
}

/// The ids of the seats that a volunteer has between two instants.
fn seats_between(
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::VolunteerId.eq(volunteer_id.uuid()))
        .filter(Column::StartsAt.lt(to))
        .filter(Column::EndsAt.gt(from))
        .filter(Column::State.is_in(holding()))
}

/// What these volunteers hold, and who serves in these shifts: all that the rules of a roster look at when one of them is
/// to have a seat there.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn around(
    db: &Db,
    festival_id: Id<Festival>,
    volunteers: &[Id<Volunteer>],
    shifts: &[Id<Shift>],
) -> Result<Vec<Pair>, StorageError> {
    let mut query = Query::select()
        .columns(["volunteer_id", "position_id"])
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .cond_where(
            Condition::any()
                .add(Expr::col("volunteer_id").is_in(uuids(volunteers)))
                .add(Expr::col("shift_id").is_in(uuids(shifts))),
        )
        .to_owned();
    Roster::Live.within(&mut query);
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index::<Uuid>(0)?.into(), row.try_get_by_index::<Uuid>(1)?.into())))
        .collect()
}

/// An assignment that takes a seat, as far as plans are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Which.
    pub id: Id<Assignment>,
    /// Who, where.
    pub pair: Pair,
    /// When the shift starts.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Whether an organizer forced it against the rules.
    pub forced: bool,
}

/// Those that plans make: all but what was forced against the rules.
pub fn planned(live: &[Live]) -> Vec<Pair> {
    live.iter().filter(|live| !live.forced).map(|live| live.pair).collect()
}

/// Every assignment that takes a seat, in order of positions.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn live(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Live>, StorageError> {
    let mut query = Query::select()
        .columns(["id", "volunteer_id", "position_id", "starts_at", "ends_at"])
        .expr_as(Expr::col("forced_against").is_not_null(), "forced")
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .order_by("position_id", Order::Asc)
        .order_by("volunteer_id", Order::Asc)
        .to_owned();
    Roster::Live.within(&mut query);
    let rows = db.on().query_all(&query).await?;
    let id = |row: &sea_orm::QueryResult, column| row.try_get::<Uuid>("", column);
    rows.iter()
        .map(|row| {
            Ok(Live {
                id: id(row, "id")?.into(),
                pair: (id(row, "volunteer_id")?.into(), id(row, "position_id")?.into()),
                starts_at: row.try_get("", "starts_at")?,
                ends_at: row.try_get("", "ends_at")?,
                forced: row.try_get("", "forced")?,
            })
        })
        .collect()
}

/// Offers of any festival that were to be accepted before `now` and were not, `limit` at the most.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn unanswered(
    db: &Db,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(Id<Festival>, Id<Assignment>)>, StorageError> {
    let rows: Vec<(Uuid, Uuid)> = Entity::find()
        .select_only()
        .columns([Column::FestivalId, Column::Id])
        .filter(Column::State.eq(AssignmentState::Offered.as_str()))
        .filter(Column::AnswerUntil.lte(now))
        .order_by_asc(Column::AnswerUntil)
        .limit(limit)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(rows.into_iter().map(|(festival, assignment)| (festival.into(), assignment.into())).collect())
}
