//! The roll of a shift: who is expected, and what is known of each.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Name,
    assignment::{Assignment, AssignmentState},
    attendance::Attendance,
    district::District,
    festival::Festival,
    phone::Phone,
    position::Position,
    shift::Shift,
    volunteer::Volunteer,
};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Expr, Order, Query},
};
use uuid::Uuid;

use crate::{Db, StorageError, assignments::attendance, districts::name};

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
