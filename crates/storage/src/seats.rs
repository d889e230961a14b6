//! Taken seats, of a plan or of the published roster, with what a reader of a roster asks next: whose, where, when.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Code, Id, Name, assignment::AssignmentState, district::District, festival::Festival, plan::Plan,
    position::Position, shift::Shift, specialty::Specialty, venue::Venue, volunteer::Volunteer,
};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Expr, Func, JoinType, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Db, StorageError,
    districts::{code, name},
    listing::{Cursor, Filter, FilterKind, FilterValue, Listing, Page, Sort},
    table::uuids,
};

/// A seat that a volunteer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// What files call them.
    pub volunteer_code: Code,
    /// Their name.
    pub volunteer_name: Name,
    /// As what.
    pub position_id: Id<Position>,
    /// What files call it.
    pub position_code: Code,
    /// In which field of service.
    pub specialty_id: Id<Specialty>,
    /// In which shift.
    pub shift_id: Id<Shift>,
    /// Where.
    pub venue_id: Id<Venue>,
    /// The district the venue stands in that night.
    pub district_id: Id<District>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

/// What lists of seats can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter { name: "night", kind: FilterKind::Integer },
    Filter { name: "district_id", kind: FilterKind::Id },
    Filter { name: "venue_id", kind: FilterKind::Id },
    Filter { name: "shift_id", kind: FilterKind::Id },
    Filter { name: "specialty_id", kind: FilterKind::Id },
    Filter { name: "position_id", kind: FilterKind::Id },
    Filter { name: "volunteer_id", kind: FilterKind::Id },
];

/// What lists of seats can be sorted by.
pub const SORTS: &[Sort] = &[Sort { name: "position", column: "position_id" }];

/// Where seats are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roster {
    /// In a plan.
    Plan(Id<Plan>),
    /// In the published roster.
    Live,
}

impl Roster {
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Plan(_) => "plan_assignments",
            Self::Live => "assignments",
        }
    }

    /// The assignments of this roster that take a seat.
    pub(crate) fn within(self, query: &mut SelectStatement) {
        match self {
            Self::Plan(plan_id) => query.and_where(Expr::col((self.table(), "plan_id")).eq(plan_id.uuid())),
            Self::Live => query.and_where(Expr::col((self.table(), "state")).is_in(holding())),
        };
    }
}

/// The states in which an assignment takes a seat.
pub(crate) fn holding() -> impl Iterator<Item = &'static str> {
    AssignmentState::ALL.into_iter().filter(|state| state.holds_seat()).map(AssignmentState::as_str)
}

/// What a position asks for, where and when, and how many people it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Which.
    pub position_id: Id<Position>,
    /// What files call it.
    pub position_code: Code,
    /// In which field of service.
    pub specialty_id: Id<Specialty>,
    /// In which shift.
    pub shift_id: Id<Shift>,
    /// Where.
    pub venue_id: Id<Venue>,
    /// The district the venue stands in that night.
    pub district_id: Id<District>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// How many are essential.
    pub minimum: u32,
    /// How many are welcome, at the most.
    pub desired: u32,
    /// How many there are.
    pub filled: u32,
}

/// What coverage can be narrowed by.
pub const COVERAGE_FILTERS: &[Filter] = &[FILTERS[0], FILTERS[1], FILTERS[2], FILTERS[4]];

/// What lists of unfilled positions can be narrowed by.
pub const UNFILLED_FILTERS: &[Filter] = &[
    FILTERS[0],
    FILTERS[1],
    FILTERS[2],
    FILTERS[3],
    FILTERS[4],
    FILTERS[5],
    // Only those that lack people who are essential.
    Filter { name: "essential", kind: FilterKind::Word(&["true", "false"]) },
];

/// What lists of unfilled positions can be sorted by.
pub const UNFILLED_SORTS: &[Sort] = &[Sort { name: "starts_at", column: "starts_at" }];

/// What positions ask for and what of it `roster` gives them, in order of time; only those of `districts` where they
/// are given, and of those whose values the filters name.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn demands(
    db: &Db,
    festival_id: Id<Festival>,
    roster: Roster,
    districts: Option<&[Id<District>]>,
    filters: &[(&'static str, FilterValue)],
) -> Result<Vec<Demand>, StorageError> {
    let mut query = asked(festival_id, roster, districts, filters);
    query.order_by(("shifts", "starts_at"), Order::Asc).order_by(("positions", "id"), Order::Asc);
    db.on().query_all(&query).await?.iter().map(demand).collect()
}

/// A page of the positions that have fewer people than they desire, in order of time.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn unfilled(
    db: &Db,
    festival_id: Id<Festival>,
    roster: Roster,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<Page<Demand>, StorageError> {
    let essential = ("essential", FilterValue::Text("true".to_owned()));
    let asked_for = if listing.filters.contains(&essential) { "minimum" } else { "desired" };
    let mut query = asked(festival_id, roster, districts, &listing.filters);
    query.and_where(people().lt(Expr::col(("positions", asked_for))));
    let keys = [("shifts", "starts_at"), ("positions", "id")];
    if let Some(cursor) = &listing.after {
        let (time, id) = cursor.time().ok_or(StorageError::NotFound("cursor"))?;
        let (keys, after) = (Expr::tuple(keys.map(Expr::col)), Expr::tuple([Expr::val(time), Expr::val(id)]));
        query.and_where(if listing.descending { keys.lt(after) } else { keys.gt(after) });
    }
    for key in keys {
        query.order_by(key, if listing.descending { Order::Desc } else { Order::Asc });
    }
    let rows = db.on().query_all(query.limit(listing.limit + 1)).await?;
    let mut items = rows.iter().map(demand).collect::<Result<Vec<_>, _>>()?;
    let more = items.len() as u64 > listing.limit;
    items.truncate(listing.limit as usize);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| Cursor::of_time(last.starts_at, last.position_id.uuid()));
    Ok(Page { items, next })
}

/// How many people a position has in the roster that [`asked`] counts.
fn people() -> Expr {
    Func::coalesce([Expr::col(("taken", "people")), Expr::val(0)]).into()
}

fn asked(
    festival_id: Id<Festival>,
    roster: Roster,
    districts: Option<&[Id<District>]>,
    filters: &[(&'static str, FilterValue)],
) -> SelectStatement {
    let mut taken = Query::select()
        .column("position_id")
        .expr_as(Func::count(Expr::col("volunteer_id")), "people")
        .from(roster.table())
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .group_by_col("position_id")
        .to_owned();
    roster.within(&mut taken);
    let mut query = Query::select()
        .columns(["id", "code", "specialty_id", "shift_id", "minimum", "desired"].map(|c| ("positions", c)))
        .columns(["venue_id", "district_id", "night", "starts_at", "ends_at"].map(|c| ("shifts", c)))
        .expr_as(people(), "filled")
        .from("positions")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("positions", "shift_id")))
        .join_subquery(
            JoinType::LeftJoin,
            taken,
            "taken",
            Expr::col(("taken", "position_id")).equals(("positions", "id")),
        )
        .and_where(Expr::col(("positions", "festival_id")).eq(festival_id.uuid()))
        .to_owned();
    if let Some(districts) = districts {
        query.and_where(Expr::col(("shifts", "district_id")).is_in(uuids(districts)));
    }
    narrow(&mut query, filters, |name| match name {
        "night" | "district_id" | "venue_id" => Some(("shifts", name)),
        "shift_id" | "specialty_id" => Some(("positions", name)),
        "position_id" => Some(("positions", "id")),
        _ => None,
    });
    query
}

/// Narrows a query to what the filters name, each in the column that `column` says.
pub(crate) fn narrow(
    query: &mut SelectStatement,
    filters: &[(&'static str, FilterValue)],
    column: impl Fn(&'static str) -> Option<(&'static str, &'static str)>,
) {
    for (name, value) in filters {
        let Some(column) = column(name).map(Expr::col) else { continue };
        query.and_where(match value {
            FilterValue::Id(id) => column.eq(*id),
            FilterValue::Integer(n) => column.eq(*n),
            FilterValue::Text(text) | FilterValue::Part(text) => column.eq(text.as_str()),
        });
    }
}

fn demand(row: &QueryResult) -> Result<Demand, StorageError> {
    let id = |column| row.try_get::<Uuid>("", column);
    let count = |column| row.try_get::<i32>("", column).map(|n| u32::try_from(n).unwrap_or(0));
    Ok(Demand {
        position_id: id("id")?.into(),
        position_code: code(row.try_get("", "code")?)?,
        specialty_id: id("specialty_id")?.into(),
        shift_id: id("shift_id")?.into(),
        venue_id: id("venue_id")?.into(),
        district_id: id("district_id")?.into(),
        night: row.try_get("", "night")?,
        starts_at: row.try_get("", "starts_at")?,
        ends_at: row.try_get("", "ends_at")?,
        minimum: count("minimum")?,
        desired: count("desired")?,
        filled: u32::try_from(row.try_get::<i64>("", "filled")?).unwrap_or(u32::MAX),
    })
}

/// A page of a plan's seats; only those of `districts` where they are given.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn of_plan(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<Page<Seat>, StorageError> {
    let mut query = select(festival_id, "plan_assignments", "volunteer_id", districts, listing)?;
    Roster::Plan(plan_id).within(&mut query);
    let mut rows = db.on().query_all(&query).await?;
    let next = next(&mut rows, listing, "volunteer_id")?;
    Ok(Page { items: rows.iter().map(seat).collect::<Result<_, _>>()?, next })
}

/// The seats in `table`, with all that [`seat`] reads.
pub(crate) fn joined(festival_id: Id<Festival>, table: &'static str) -> SelectStatement {
    Query::select()
        .columns([(table, "position_id"), (table, "volunteer_id")])
        .columns([("shifts", "venue_id"), ("shifts", "district_id"), ("shifts", "night")])
        .columns([("shifts", "starts_at"), ("shifts", "ends_at")])
        .columns([("positions", "shift_id"), ("positions", "specialty_id")])
        .columns([("volunteers", "name_fa"), ("volunteers", "name_en")])
        .expr_as(Expr::col(("positions", "code")), "position_code")
        .expr_as(Expr::col(("volunteers", "code")), "volunteer_code")
        .from(table)
        .inner_join("positions", Expr::col(("positions", "id")).equals((table, "position_id")))
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("positions", "shift_id")))
        .inner_join("volunteers", Expr::col(("volunteers", "id")).equals((table, "volunteer_id")))
        .and_where(Expr::col((table, "festival_id")).eq(festival_id.uuid()))
        .to_owned()
}

/// The seats in `table`, ordered by position, then by the column `then`, narrowed as `listing` asks, one more than its
/// limit.
pub(crate) fn select(
    festival_id: Id<Festival>,
    table: &'static str,
    then: &'static str,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<SelectStatement, StorageError> {
    let mut query = joined(festival_id, table);
    if let Some(districts) = districts {
        query.and_where(Expr::col(("shifts", "district_id")).is_in(uuids(districts)));
    }
    narrow(&mut query, &listing.filters, |name| match name {
        "night" | "district_id" | "venue_id" => Some(("shifts", name)),
        "shift_id" | "specialty_id" => Some(("positions", name)),
        _ => Some((table, name)),
    });
    let keys = [(table, "position_id"), (table, then)];
    if let Some(cursor) = &listing.after {
        let after = cursor.ids().ok_or(StorageError::NotFound("cursor"))?;
        let (keys, after) =
            (Expr::tuple(keys.map(Expr::col)), Expr::tuple([Expr::val(after.0), Expr::val(after.1)]));
        query.and_where(if listing.descending { keys.lt(after) } else { keys.gt(after) });
    }
    for key in keys {
        query.order_by(key, if listing.descending { Order::Desc } else { Order::Asc });
    }
    Ok(query.limit(listing.limit + 1).to_owned())
}

/// Cuts the one row too many off and says where the next page begins.
pub(crate) fn next(
    rows: &mut Vec<QueryResult>,
    listing: &Listing,
    then: &'static str,
) -> Result<Option<Cursor>, StorageError> {
    let more = rows.len() as u64 > listing.limit;
    rows.truncate(listing.limit as usize);
    match rows.last() {
        Some(last) if more => {
            Ok(Some(Cursor::of_ids(last.try_get("", "position_id")?, last.try_get("", then)?)))
        }
        _ => Ok(None),
    }
}

pub(crate) fn seat(row: &QueryResult) -> Result<Seat, StorageError> {
    let id = |column| row.try_get::<Uuid>("", column);
    Ok(Seat {
        volunteer_id: id("volunteer_id")?.into(),
        volunteer_code: code(row.try_get("", "volunteer_code")?)?,
        volunteer_name: name(row.try_get("", "name_fa")?, row.try_get("", "name_en")?)?,
        position_id: id("position_id")?.into(),
        position_code: code(row.try_get("", "position_code")?)?,
        specialty_id: id("specialty_id")?.into(),
        shift_id: id("shift_id")?.into(),
        venue_id: id("venue_id")?.into(),
        district_id: id("district_id")?.into(),
        night: row.try_get("", "night")?,
        starts_at: row.try_get("", "starts_at")?,
        ends_at: row.try_get("", "ends_at")?,
    })
}
