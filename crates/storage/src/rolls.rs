//! The roll of a shift: who is expected, and what is known of each; and how many stand how in each shift.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Name,
    assignment::{Assignment, AssignmentState},
    attendance::Attendance,
    district::District,
    festival::Festival,
    phone::Phone,
    position::Position,
    rights::Scope,
    shift::Shift,
    venue::Venue,
    volunteer::Volunteer,
};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Expr, Func, Order, Query},
};
use uuid::Uuid;

use crate::{
    Db, StorageError,
    assignments::attendance,
    districts::name,
    listing::{Filter, FilterKind, FilterValue},
    seats::narrow,
    table::uuids,
};

/// Somebody who is on the roll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// By which assignment.
    pub assignment_id: Id<Assignment>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: AssignmentState,
    /// Whether they were there.
    pub attendance: Attendance,
    /// When they came, where somebody saw it.
    pub came_at: Option<DateTime<Utc>>,
    /// When they went, where somebody saw it.
    pub left_at: Option<DateTime<Utc>>,
    /// How many minutes of the shift they are credited with.
    pub minutes: i32,
    /// In which position.
    pub position_id: Id<Position>,
    /// As what.
    pub specialty: Name,
    /// The level the position asks for.
    pub level: i32,
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// Their name.
    pub name: Name,
    /// Where they are called when they are missing.
    pub phone: Option<Phone>,
    /// The district they live in.
    pub home_district_id: Id<District>,
    /// The Gregorian year of their birth.
    pub birth_year: Option<i32>,
}

/// A shift whose roll is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Which.
    pub shift_id: Id<Shift>,
    /// Where.
    pub venue_id: Id<Venue>,
    /// In which district that night.
    pub district_id: Id<District>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// How many are on the roll in each state.
    pub counts: Vec<(AssignmentState, usize)>,
}

/// What lists of rolls can be narrowed by.
pub const FILTERS: &[Filter] =
    &[Filter { name: "night", kind: FilterKind::Integer }, Filter { name: "venue_id", kind: FilterKind::Id }];

/// The shifts within reach, in order of time, with how many stand how.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn called(
    db: &Db,
    festival_id: Id<Festival>,
    scope: &Scope,
    filters: &[(&'static str, FilterValue)],
) -> Result<Vec<Called>, StorageError> {
    let mut shifts = Query::select()
        .columns(["id", "venue_id", "district_id", "night", "starts_at", "ends_at"].map(|c| ("shifts", c)))
        .from("shifts")
        .and_where(Expr::col(("shifts", "festival_id")).eq(festival_id.uuid()))
        .order_by(("shifts", "starts_at"), Order::Asc)
        .order_by(("shifts", "id"), Order::Asc)
        .to_owned();
    match (scope, scope.districts()) {
        (Scope::Venue(venue), _) => shifts.and_where(Expr::col(("shifts", "venue_id")).eq(venue.uuid())),
        (_, Some(districts)) => {
            shifts.and_where(Expr::col(("shifts", "district_id")).is_in(uuids(districts)))
        }
        (_, None) => &mut shifts,
    };
    narrow(&mut shifts, filters, |name| Some(("shifts", name)));
    let shifts = db.on().query_all(&shifts).await?;
    let ids = shifts.iter().map(|row| row.try_get::<Uuid>("", "id")).collect::<Result<Vec<_>, _>>()?;
    let on_roll = AssignmentState::ALL.into_iter().filter(|state| state.is_on_roll());
    let people = Query::select()
        .columns(["shift_id", "state"])
        .expr_as(Func::count(Expr::col("id")), "people")
        .from("assignments")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("shift_id").is_in(ids))
        .and_where(Expr::col("state").is_in(on_roll.map(AssignmentState::as_str)))
        .group_by_columns(["shift_id", "state"])
        .to_owned();
    let mut counts: HashMap<Uuid, Vec<(AssignmentState, usize)>> = HashMap::new();
    for row in db.on().query_all(&people).await? {
        let (state, people): (String, i64) = (row.try_get("", "state")?, row.try_get("", "people")?);
        let state = AssignmentState::named(&state).ok_or(StorageError::Corrupt("state of an assignment"))?;
        let people = usize::try_from(people).unwrap_or(0);
        counts.entry(row.try_get("", "shift_id")?).or_default().push((state, people));
    }
    let shift = |row: &QueryResult| {
        let id = |column| row.try_get::<Uuid>("", column);
        let shift_id = id("id")?;
        Ok(Called {
            shift_id: shift_id.into(),
            venue_id: id("venue_id")?.into(),
            district_id: id("district_id")?.into(),
            night: row.try_get("", "night")?,
            starts_at: row.try_get("", "starts_at")?,
            ends_at: row.try_get("", "ends_at")?,
            counts: counts.remove(&shift_id).unwrap_or_default(),
        })
    };
    shifts.iter().map(shift).collect()
}

/// The positions of a shift.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn positions(
    db: &Db,
    festival_id: Id<Festival>,
    shift_id: Id<Shift>,
) -> Result<Vec<Id<Position>>, StorageError> {
    let query = Query::select()
        .column("id")
        .from("positions")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("shift_id").eq(shift_id.uuid()))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get::<Uuid>("", "id")?.into())).collect()
}

/// Everyone on the roll of a shift: leaders first, then in the order of their names.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    shift_id: Id<Shift>,
) -> Result<Vec<Expected>, StorageError> {
    let on_roll = AssignmentState::ALL.into_iter().filter(|state| state.is_on_roll());
    let query = Query::select()
        .columns(
            ["id", "version", "state", "attendance", "came_at", "left_at", "minutes_served"]
                .map(|column| ("assignments", column)),
        )
        .columns([
            ("assignments", "position_id"),
            ("assignments", "volunteer_id"),
            ("positions", "min_level"),
        ])
        .columns(
            ["name_fa", "name_en", "phone", "birth_year", "home_district_id"]
                .map(|column| ("volunteers", column)),
        )
        .expr_as(Expr::col(("specialties", "name_fa")), "specialty_fa")
        .expr_as(Expr::col(("specialties", "name_en")), "specialty_en")
        .from("assignments")
        .inner_join("positions", Expr::col(("positions", "id")).equals(("assignments", "position_id")))
        .inner_join("specialties", Expr::col(("specialties", "id")).equals(("positions", "specialty_id")))
        .inner_join("volunteers", Expr::col(("volunteers", "id")).equals(("assignments", "volunteer_id")))
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("assignments", "shift_id")).eq(shift_id.uuid()))
        .and_where(Expr::col(("assignments", "state")).is_in(on_roll.map(AssignmentState::as_str)))
        .order_by(("positions", "min_level"), Order::Desc)
        .order_by(("volunteers", "name_sort"), Order::Asc)
        .order_by(("assignments", "id"), Order::Asc)
        .to_owned();
    db.on().query_all(&query).await?.iter().map(expected).collect()
}

fn expected(row: &QueryResult) -> Result<Expected, StorageError> {
    let id = |column| row.try_get::<Uuid>("", column);
    let state: String = row.try_get("", "state")?;
    let phone: Option<String> = row.try_get("", "phone")?;
    let phone = phone.map(Phone::try_from).transpose();
    Ok(Expected {
        assignment_id: id("id")?.into(),
        version: row.try_get("", "version")?,
        state: AssignmentState::named(&state).ok_or(StorageError::Corrupt("state of an assignment"))?,
        attendance: attendance(row)?,
        came_at: row.try_get("", "came_at")?,
        left_at: row.try_get("", "left_at")?,
        minutes: row.try_get("", "minutes_served")?,
        position_id: id("position_id")?.into(),
        specialty: name(row.try_get("", "specialty_fa")?, row.try_get("", "specialty_en")?)?,
        level: row.try_get("", "min_level")?,
        volunteer_id: id("volunteer_id")?.into(),
        name: name(row.try_get("", "name_fa")?, row.try_get("", "name_en")?)?,
        phone: phone.map_err(|_| StorageError::Corrupt("phone"))?,
        home_district_id: id("home_district_id")?.into(),
        birth_year: row.try_get("", "birth_year")?,
    })
}
