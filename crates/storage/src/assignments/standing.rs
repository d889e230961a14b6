//! One assignment at a time: how it stands, and its changes.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Change, Source, Standing},
    festival::Festival,
    shift::Shift,
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DbBackend, ExprTrait, FromQueryResult,
    entity::prelude::*,
    sea_query::{Expr, LockType, Query, SelectStatement},
};

use super::{
    named_reason,
    row::{ActiveModel, Column, Entity},
};
use crate::{Db, StorageError};

/// An assignment as it stands, kept so until the transaction ends: whoever else would change it waits.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn lock(db: &Db, festival_id: Id<Festival>, id: Id<Assignment>) -> Result<Standing, StorageError> {
    let mut query = select(festival_id, id);
    if db.on().get_database_backend() == DbBackend::Postgres {
        query.lock_with_tables(LockType::NoKeyUpdate, ["assignments"]);
    }
    one(db, &query).await
}

/// An assignment as it stands.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn find(db: &Db, festival_id: Id<Festival>, id: Id<Assignment>) -> Result<Standing, StorageError> {
    one(db, &select(festival_id, id)).await
}

fn select(festival_id: Id<Festival>, id: Id<Assignment>) -> SelectStatement {
    Query::select()
        .columns(
            ["id", "version", "state", "volunteer_id", "position_id", "starts_at", "ends_at"]
                .map(|column| ("assignments", column)),
        )
        .columns(["answer_until", "reason"].map(|column| ("assignments", column)))
        .column(("shifts", "district_id"))
        .from("assignments")
        .inner_join("shifts", Expr::col(("shifts", "id")).equals(("assignments", "shift_id")))
        .and_where(Expr::col(("assignments", "festival_id")).eq(festival_id.uuid()))
        .and_where(Expr::col(("assignments", "id")).eq(id.uuid()))
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
    reason: Option<String>,
}

async fn one(db: &Db, query: &SelectStatement) -> Result<Standing, StorageError> {
    let row = db.on().query_one(query).await?.ok_or(StorageError::NotFound("assignment"))?;
    let row = Row::from_query_result(&row, "")?;
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
        reason: row.reason.map(named_reason).transpose()?,
    })
}

/// Writes a change, if the assignment still stands as it was decided by. The event of it is the caller's to append.
///
/// # Errors
/// [`StorageError::Stale`] when someone else changed it since.
pub async fn save(db: &Db, festival_id: Id<Festival>, change: &Change) -> Result<(), StorageError> {
    let before = &change.before;
    let mut row = ActiveModel {
        state: Set(change.to.as_str().to_owned()),
        updated_at: Set(change.at),
        reason: Set(change.reason.map(|reason| reason.as_str().to_owned())),
        ..Default::default()
    };
    if matches!(change.to, AssignmentState::Accepted | AssignmentState::Declined | AssignmentState::Withdrawn)
    {
        row.answered_at = Set(Some(change.at));
    }
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
        answered_at: Set((standing.state == AssignmentState::Accepted).then_some(now)),
        reason: Set(standing.reason.map(|reason| reason.as_str().to_owned())),
        note: Set(placement.note.map(str::to_owned)),
        forced_against: Set(placement.against.clone()),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}
