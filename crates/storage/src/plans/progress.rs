//! The curve of score and bound while a plan is solved.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    plan::{Plan, PlanState, Score},
};
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, entity::prelude::*};

use super::{Best, LEASE, best_row, update};
use crate::{Db, StorageError, jobs::Claim};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan_progress")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub step: i32,
        pub at_millis: i64,
        pub essential: i64,
        pub cost: i64,
        pub bound_essential: i64,
        pub bound_cost: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// How far a solve had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its place on the curve, from 0.
    pub step: i32,
    /// Milliseconds since the plan was first taken.
    pub at_millis: i64,
    /// The best score until then.
    pub score: Score,
    /// What no valid roster beats.
    pub bound: Score,
}

/// The points of a plan's curve after `step`, or all, in order: 10,000 at the most.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn progress_after(
    db: &Db,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    step: Option<i32>,
) -> Result<Vec<Point>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::PlanId.eq(plan_id.uuid()))
        .filter(Column::Step.gt(step.unwrap_or(-1)))
        .order_by_asc(Column::Step)
        .limit(10_000)
        .all(&db.on())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Point {
            step: row.step,
            at_millis: row.at_millis,
            score: Score { essential: row.essential, cost: row.cost },
            bound: Score { essential: row.bound_essential, cost: row.bound_cost },
        })
        .collect())
}

/// Adds the next point to the curve of the plan that `claim` is for, and notes the best.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn save_progress(
    db: &Db,
    claim: &Claim,
    at_millis: i64,
    best: &Best,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    claim.hold(db, now, LEASE).await?;
    let last: Option<Option<i32>> = Entity::find()
        .select_only()
        .expr(Column::Step.max())
        .filter(Column::PlanId.eq(claim.subject_id))
        .into_tuple()
        .one(&db.on())
        .await?;
    let point = ActiveModel {
        festival_id: Set(claim.festival_id.uuid()),
        plan_id: Set(claim.subject_id),
        step: Set(last.flatten().map_or(0, |last| last.saturating_add(1))),
        at_millis: Set(at_millis),
        essential: Set(best.score.essential),
        cost: Set(best.score.cost),
        bound_essential: Set(best.bound.essential),
        bound_cost: Set(best.bound.cost),
    };
    Entity::insert(point).exec_without_returning(&db.on()).await?;
    update(db, claim.festival_id, claim.subject_id.into(), &[PlanState::Running], best_row(best)?).await?;
    Ok(())
}
