//! One assignment at a time: how it stands, and its changes.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Change, Reason, Source, Standing},
    attendance::{Attendance, Presence},
    festival::Festival,
    shift::Shift,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DbBackend, ExprTrait, FromQueryResult, QueryResult,
    entity::prelude::*,
    sea_query::{Expr, LockType, Order, Query, SelectStatement},
};
use serde_json::json;

use super::{
    named_reason,
    row::{ActiveModel, Column, Entity},
};
use crate::{Db, StorageError, audit::Change as Record, table::uuids};

/// An assignment as it stands, kept so until the transaction ends: whoever else would change it waits.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn lock(db: &Db, festival_id: Id<Festival>, id: Id<Assignment>) -> Result<Standing, StorageError> {
    let mut query = select_one(festival_id, id);
    if db.on().get_database_backend() == DbBackend::Postgres {
        query.lock_with_tables(LockType::NoKeyUpdate, ["assignments"]);
    }
    one(db, &query).await
}

/// Those of these assignments that the festival has, locked as by [`lock`], in the order of their ids: whoever locks many
/// does so in this order.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn lock_all(
    db: &Db,
    festival_id: Id<Festival>,
    ids: &[Id<Assignment>],
) -> Result<Vec<Standing>, StorageError> {
    let mut query = select(festival_id)
        .and_where(Expr::col(("assignments", "id")).is_in(uuids(ids)))
        .order_by(("assignments", "id"), Order::Asc)
        .to_owned();
    if db.on().get_database_backend() == DbBackend::Postgres {
        query.lock_with_tables(LockType::NoKeyUpdate, ["assignments"]);
    }
    db.on().query_all(&query).await?.iter().map(standing).collect()
}

/// An assignment as it stands.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn find(db: &Db, festival_id: Id<Festival>, id: Id<Assignment>) -> Result<Standing, StorageError> {
    one(db, &select_one(festival_id, id)).await
}

fn select_one(festival_id: Id<Festival>, id: Id<Assignment>) -> SelectStatement {
    select(festival_id).and_where(Expr::col(("assignments", "id")).eq(id.uuid())).to_owned()
}

fn select(festival_id: Id<Festival>) -> SelectStatement {
    Query::select()
        .columns(
            ["id", "version", "state", "volunteer_id", "position_id", "starts_at", "ends_at"]
                .map(|column| ("assignments", column)),
        )
        .columns(["answer_until", "answered_at", "reason"].map(|column| ("assignments", column)))
        .column(("shifts", "district_id"))
        .from("assignments")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .to_owned()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    version: i64,
    state: String,
    volunteer_id: Uuid,
    position_id: Uuid,
    district_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    answer_until: Option<DateTime<Utc>>,
    answered_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

async fn one(db: &Db, query: &SelectStatement) -> Result<Standing, StorageError> {
    standing(&db.on().query_one(query).await?.ok_or(StorageError::NotFound("assignment"))?)
}

fn standing(row: &QueryResult) -> Result<Standing, StorageError> {
    let row = Row::from_query_result(row, "")?;
    Ok(Standing {
        id: row.id.into(),
        version: row.version,
        state: AssignmentState::named(&row.state).ok_or(StorageError::Corrupt("state of an assignment"))?,
        volunteer_id: row.volunteer_id.into(),
        position_id: row.position_id.into(),
        district_id: row.district_id.into(),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        answer_until: row.answer_until,
        answered_at: row.answered_at,
        reason: row.reason.map(named_reason).transpose()?,
    })
}

/// Writes a change, if the assignment still stands as it was decided by. The event of it is the caller's to append.
///
/// # Errors
/// [`StorageError::Stale`] when someone else changed it since.
pub async fn save(db: &Db, festival_id: Id<Festival>, change: &Change) -> Result<(), StorageError> {
    let mut row = changed(change);
    if matches!(change.to, AssignmentState::Accepted | AssignmentState::Declined | AssignmentState::Withdrawn)
    {
        row.answered_at = Set(Some(change.at));
    }
    write(db, festival_id, &change.before, row).await?;
    record(db, change);
    Ok(())
}

/// Writes what the roll says, and the change of the assignment by it, where there is one. The event of it is the caller's
/// to append.
///
/// # Errors
/// [`StorageError::Stale`] when someone else changed it since, [`StorageError::Refused`] when there is no seat for it.
pub async fn attend(
    db: &Db,
    festival_id: Id<Festival>,
    standing: &Standing,
    change: Option<&Change>,
    presence: &Presence,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        updated_at: Set(now),
        attendance: Set(presence.attendance.as_str().to_owned()),
        came_at: Set(presence.came_at),
        left_at: Set(presence.left_at),
        minutes_served: Set(i32::try_from(presence.minutes).unwrap_or(i32::MAX)),
        ..change.map(changed).unwrap_or_default()
    };
    if let Some(change) = change {
        write(db, festival_id, standing, row).await?;
        record(db, change);
        return Ok(());
    }
    // The assignment is as it was: no calendar needs to hear of it.
    Entity::update_many()
        .set(row)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(standing.id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

fn changed(change: &Change) -> ActiveModel {
    ActiveModel {
        state: Set(change.to.as_str().to_owned()),
        updated_at: Set(change.at),
        reason: Set(change.reason.map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    }
}

/// Writes the next version of an assignment.
async fn write(
    db: &Db,
    festival_id: Id<Festival>,
    before: &Standing,
    row: ActiveModel,
) -> Result<(), StorageError> {
    let update = Entity::update_many()
        .set(row)
        .col_expr(Column::Sequence, Expr::col(Column::Sequence).add(1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(before.id.uuid()))
        .filter(Column::Version.eq(before.version))
        .filter(Column::State.eq(before.state.as_str()))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 {
        return Err(StorageError::Stale("assignment", find(db, festival_id, before.id).await?.version));
    }
    Ok(())
}

fn record(db: &Db, change: &Change) {
    let before = &change.before;
    let told = |state: AssignmentState, reason: Option<Reason>| json!({"state": state.as_str(), "reason": reason.map(Reason::as_str)});
    let told_before = told(before.state, before.reason);
    let record = Record::of("assignments", before.id.uuid()).person(before.volunteer_id.uuid());
    db.record(record.before(&told_before).after(&told(change.to, change.reason)));
}

/// How somebody comes to a seat.
#[derive(Clone, Debug)]
pub struct Placement<'a> {
    /// The shift that the position is of.
    pub shift_id: Id<Shift>,
    /// Who put them there.
    pub source: Source,
    /// Why, where rules were against it.
    pub note: Option<&'a str>,
    /// Which rules were against it.
    pub against: Option<Json>,
}

/// Gives a seat to a volunteer. The event of it is the caller's to append.
///
/// # Errors
/// [`StorageError::Refused`] when the volunteer is elsewhere at that time or every seat is taken.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    standing: &Standing,
    placement: &Placement<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(standing.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        version: Set(standing.version),
        volunteer_id: Set(standing.volunteer_id.uuid()),
        position_id: Set(standing.position_id.uuid()),
        shift_id: Set(placement.shift_id.uuid()),
        starts_at: Set(standing.starts_at),
        ends_at: Set(standing.ends_at),
        state: Set(standing.state.as_str().to_owned()),
        source: Set(placement.source.as_str().to_owned()),
        plan_id: Set(None),
        sequence: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
        answer_until: Set(standing.answer_until),
        // Who is there has said by it that they come.
        answered_at: Set(
            matches!(standing.state, AssignmentState::Accepted | AssignmentState::CheckedIn).then_some(now)
        ),
        reason: Set(standing.reason.map(|reason| reason.as_str().to_owned())),
        note: Set(placement.note.map(str::to_owned)),
        forced_against: Set(placement.against.clone()),
        attendance: Set(Attendance::Unknown.as_str().to_owned()),
        came_at: Set(None),
        left_at: Set(None),
        minutes_served: Set(0),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let record = Record::of("assignments", standing.id.uuid()).person(standing.volunteer_id.uuid());
    let told = json!({
        "position_id": standing.position_id,
        "state": standing.state.as_str(),
        "source": placement.source.as_str(),
        "note": placement.note,
        "against": placement.against,
    });
    db.record(record.after(&told));
    Ok(())
}
