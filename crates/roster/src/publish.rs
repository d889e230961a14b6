//! A plan becomes the festival's roster.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    member::User,
    plan::{Plan, PlanState, PublishError},
};
use khademyar_scheduling::judge;
use khademyar_storage::{
    Db, StorageError, assignments, festivals,
    plans::{self, PlanRun},
    set_ups,
};
use thiserror::Error;
use uuid::Uuid;

use crate::StoredProblem;

/// Why a plan was not published; nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The plan is not one that can be.
    #[error(transparent)]
    Refused(#[from] PublishError),
    /// The database could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Publishes a plan in the transaction `db`, which the caller commits as a change of the festival: the difference to
/// what is published already, and nothing at all when the plan is the festival's roster as it is. The plan as it
/// stands then.
///
/// A plan that was over before somebody changed the set-up is judged by the set-up as it is now: where it breaks a rule
/// it is stale.
///
/// # Errors
/// [`PublishError`] for a plan that is not over, has no roster, or is stale; [`StorageError::NotFound`].
pub async fn publish(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<PlanRun, Error> {
    plans::lock(db, festival_id, plan_id).await?;
    let run = plans::get(db, festival_id, plan_id).await?;
    match run.state {
        PlanState::Queued | PlanState::Running => return Err(PublishError::NotOver(run.state).into()),
        PlanState::Failed => return Err(PublishError::Failed.into()),
        PlanState::Completed | PlanState::Cancelled => {}
    }
    if festivals::published_plan(db, festival_id).await? == Some(plan_id) {
        return Ok(run);
    }
    let roster = plans::pairs(db, festival_id, plan_id).await?;
    if roster.is_empty() {
        return Err(PublishError::Failed.into());
    }
    let set_up = set_ups::load(db, festival_id).await?;
    let stored = StoredProblem::new(&set_up, &[]).map_err(|_| PublishError::Stale)?;
    if !judge(stored.problem(), &stored.plan(&roster)).breaches.is_empty() {
        return Err(PublishError::Stale.into());
    }
    match assignments::publish(db, festival_id, plan_id, by, now, new_id).await {
        Ok(_) => Ok(plans::get(db, festival_id, plan_id).await?),
        // Someone is there already, where the plan wants others: it was solved before that.
        Err(StorageError::Refused(rule)) if rule.starts_with("assignments_") => {
            Err(PublishError::Stale.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the publication of a plan back in the transaction `db`, which the caller commits as a change of the festival: what
/// it offered is cancelled, what it took is given back. The plan as it stands then.
///
/// # Errors
/// [`PublishError::NotPublished`] for a plan that is not the festival's roster, [`PublishError::Answered`] when somebody
/// answered what it offered, [`PublishError::Stale`] when what happened since leaves no room for what was there.
pub async fn unpublish(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<PlanRun, Error> {
    plans::lock(db, festival_id, plan_id).await?;
    let run = plans::get(db, festival_id, plan_id).await?;
    let publication = run.publication.ok_or(PublishError::NotPublished)?;
    if festivals::published_plan(db, festival_id).await? != Some(plan_id) {
        return Err(PublishError::NotPublished.into());
    }
    match assignments::undo(db, festival_id, &run, &publication, by, now, new_id).await {
        Ok(true) => Ok(plans::get(db, festival_id, plan_id).await?),
        Ok(false) => Err(PublishError::Answered.into()),
        Err(StorageError::Refused(rule)) if rule.starts_with("assignments_") => {
            Err(PublishError::Stale.into())
        }
        Err(error) => Err(error.into()),
    }
}
