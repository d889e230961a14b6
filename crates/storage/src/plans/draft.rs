//! Plans that people make by hand, from a roster that is there.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    plan::{Plan, PlanState},
};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use super::{
    Best, NewPlan, Pair, best_row, held,
    row::{ActiveModel, Entity},
    update,
};
use crate::{Db, StorageError};

/// Stores a draft with its roster.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such festival.
pub async fn insert_draft(
    db: &Db,
    festival_id: Id<Festival>,
    plan: &NewPlan,
    best: &Best,
    roster: &[Pair],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(plan.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        version: Set(1),
        state: Set(PlanState::Completed.as_str().to_owned()),
        kind: Set(plan.kind.as_str().to_owned()),
        seconds: Set(plan.seconds),
        seed: Set(plan.seed),
        cancel_asked: Set(false),
        created_by: Set(plan.by.map(Id::uuid)),
        created_at: Set(now),
        started_at: Set(Some(now)),
        finished_at: Set(Some(now)),
        ..best_row(best)?
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    held::save(db, festival_id, plan.id, roster).await
}

/// Takes assignments out of a draft and puts others in; the caller has [`lock`](super::lock)ed it and counted it anew.
///
/// # Errors
/// [`StorageError::InUse`] for a volunteer or a position that is not in the festival.
pub async fn change_draft(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
    best: &Best,
    remove: &[Pair],
    add: &[Pair],
) -> Result<(), StorageError> {
    held::remove(db, festival_id, id, remove).await?;
    held::add(db, festival_id, id, add).await?;
    update(db, festival_id, id, &[PlanState::Completed], best_row(best)?).await?;
    Ok(())
}

/// Ends a draft and forgets its roster.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn drop_draft(db: &Db, festival_id: Id<Festival>, id: Id<Plan>) -> Result<(), StorageError> {
    held::clear(db, festival_id, id).await?;
    let dropped = ActiveModel { state: Set(PlanState::Cancelled.as_str().to_owned()), ..Default::default() };
    update(db, festival_id, id, &[PlanState::Completed], dropped).await?;
    Ok(())
}
