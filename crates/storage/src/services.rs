//! What volunteers did: what reports count.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{AssignmentState, Service},
    attendance::Attendance,
    festival::Festival,
    volunteer::Volunteer,
};
use sea_orm::{
    ConnectionTrait, ExprTrait, QueryResult,
    sea_query::{Condition, Expr, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{Db, StorageError, assignments::attendance as told};

/// What was done in a festival, or what one volunteer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// In order of time.
    pub services: Vec<Service>,
    /// Whether the roll tells of them. Where nobody called it in the whole festival, every seat counts that was accepted.
    pub roll_taken: bool,
    /// Of how many seats it tells nothing, though their shifts are over.
    pub unknown: usize,
}

/// Every service that is over at `now`, or those of `only` one volunteer: as the roll tells. What is to come is no service.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
    now: DateTime<Utc>,
) -> Result<Served, StorageError> {
    use AssignmentState::{Accepted, CheckedIn, Completed, Excused, NoShow, Offered};
    let called = count(db, &in_states(festival_id, None, &[CheckedIn, Completed, NoShow, Excused])).await?;
    let roll_taken = called > 0;
    let over = |column| Expr::col(("assignments", column)).lte(now);
    let unknown = if roll_taken {
        count(db, in_states(festival_id, only, &[Offered, Accepted]).and_where(over("ends_at"))).await?
    } else {
        0
    };
    let mut query = if roll_taken {
        // Who has gone is credited at once; who is there, when the shift is over.
        let ended = Condition::any()
            .add(Expr::col(("assignments", "state")).eq(Completed.as_str()))
            .add(over("ends_at"));
        in_states(festival_id, only, &[CheckedIn, Completed]).cond_where(ended).to_owned()
    } else {
        in_states(festival_id, only, &[Accepted]).and_where(over("ends_at")).to_owned()
    };
    query
        .columns([("assignments", "volunteer_id"), ("assignments", "shift_id")])
        .columns([("shifts", "venue_id"), ("shifts", "district_id"), ("shifts", "night")])
        .column(("positions", "specialty_id"))
        .columns(
            ["starts_at", "ends_at", "attendance", "minutes_served"].map(|column| ("assignments", column)),
        )
        .inner_join("positions", Expr::col(("positions", "id")).equals(("assignments", "position_id")))
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .order_by(("assignments", "starts_at"), Order::Asc)
        .order_by(("assignments", "id"), Order::Asc);
    let services = db.on().query_all(&query).await?.iter().map(service).collect::<Result<_, _>>()?;
    Ok(Served { services, roll_taken, unknown })
}

/// What the roll tells of the seats whose shifts were over at `now` and, where it is given, not yet at `after`: by night, of how
/// many it tells what.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn attendance(
    db: &Db,
    festival_id: Id<Festival>,
    after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<(i32, Attendance, usize)>, StorageError> {
    use AssignmentState::{Accepted, CheckedIn, Completed, Excused, NoShow};
    let query = in_states(festival_id, None, &[Accepted, CheckedIn, Completed, NoShow, Excused])
        .column(("shifts", "night"))
        .column(("assignments", "attendance"))
        .expr_as(Func::count(Expr::col(("assignments", "id"))), "seats")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .and_where(Expr::col(("assignments", "ends_at")).lte(now))
        .and_where_option(after.map(|after| Expr::col(("assignments", "ends_at")).gt(after)))
        .group_by_columns([("shifts", "night"), ("assignments", "attendance")])
        .order_by(("shifts", "night"), Order::Asc)
        .order_by(("assignments", "attendance"), Order::Asc)
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let seats: i64 = row.try_get("", "seats")?;
            Ok((row.try_get("", "night")?, told(row)?, usize::try_from(seats).unwrap_or_default()))
        })
        .collect()
}

fn in_states(
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
    states: &[AssignmentState],
) -> SelectStatement {
    Query::select()
        .from("assignments")
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("assignments", "state")).is_in(states.iter().map(|state| state.as_str())))
        .and_where_option(only.map(|id| Expr::col(("assignments", "volunteer_id")).eq(id.uuid())))
        .to_owned()
}

async fn count(db: &Db, of: &SelectStatement) -> Result<usize, StorageError> {
    let query = of.clone().expr(Func::count(Expr::col(("assignments", "id")))).to_owned();
    let row = db.on().query_one(&query).await?.ok_or(StorageError::Corrupt("count"))?;
    Ok(usize::try_from(row.try_get_by_index::<i64>(0)?).unwrap_or_default())
}

fn service(row: &QueryResult) -> Result<Service, StorageError> {
    let id = |column| row.try_get::<Uuid>("", column);
    let starts_at: DateTime<Utc> = row.try_get("", "starts_at")?;
    let ends_at: DateTime<Utc> = row.try_get("", "ends_at")?;
    // Nothing was told of who counts by a promise, nor of walk-ins of before the roll was kept.
    let minutes = if told(row)? == Attendance::Unknown {
        (ends_at - starts_at).num_minutes()
    } else {
        row.try_get::<i32>("", "minutes_served")?.into()
    };
    Ok(Service {
        volunteer_id: id("volunteer_id")?.into(),
        shift_id: id("shift_id")?.into(),
        venue_id: id("venue_id")?.into(),
        district_id: id("district_id")?.into(),
        specialty_id: id("specialty_id")?.into(),
        night: row.try_get("", "night")?,
        starts_at,
        ends_at,
        minutes,
    })
}
