//! Plan runs: asked for, solved by whoever holds the job, stopped, kept.
//!
//! Whatever a worker writes takes its [`Claim`] and renews it in the same transaction: a worker that has lost the job
//! is told so ([`StorageError::Stale`]) and writes nothing.

mod draft;
mod held;
mod progress;

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    member::User,
    plan::{Changes, Plan, PlanKind, PlanState, Score, Terms},
};
use sea_orm::{ActiveValue::Set, ExprTrait, QueryOrder, QuerySelect, entity::prelude::*, sea_query::Expr};

pub use draft::{change_draft, drop_draft, insert_draft};
pub use held::{Pair, pairs};
pub use progress::{Point, progress_after, save_progress};

use crate::{
    Db, StorageError,
    audit::Change,
    jobs::{self, Claim, JobKind},
    letter_bundles,
    listing::{self, Filter, FilterKind, Listing, Page, Sort},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "plans")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub state: String,
        pub seconds: i32,
        pub seed: i64,
        pub cancel_asked: bool,
        pub essential: Option<i64>,
        pub cost: Option<i64>,
        pub bound_essential: Option<i64>,
        pub bound_cost: Option<i64>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub terms: Option<Json>,
        pub error: Option<String>,
        pub created_by: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub started_at: Option<DateTimeUtc>,
        pub finished_at: Option<DateTimeUtc>,
        pub published_at: Option<DateTimeUtc>,
        pub published_offered: Option<i32>,
        pub published_kept: Option<i32>,
        pub published_cancelled: Option<i32>,
        pub kind: String,
        pub changes_dropped: Option<i64>,
        pub changes_bound: Option<i64>,
        pub published_after_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// What lists of plans can be narrowed by.
pub const FILTERS: &[Filter] = &[Filter {
    name: "state",
    kind: FilterKind::Word(&["queued", "running", "completed", "failed", "cancelled"]),
}];

/// What lists of plans can be sorted by; ids rise with time.
pub const SORTS: &[Sort] = &[Sort { name: "created_at", column: "created_at" }];

/// A plan run as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRun {
    /// Which.
    pub id: Id<Plan>,
    /// What it is made for.
    pub kind: PlanKind,
    /// How little it changes, where it is a repair that is over.
    pub changes: Option<Changes>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: PlanState,
    /// How long the solver may take.
    pub seconds: i32,
    /// Where the solver's chance begins.
    pub seed: i64,
    /// Whether a person asked to stop it.
    pub cancel_asked: bool,
    /// The best roster until now.
    pub best: Option<Best>,
    /// Why it failed, or its last try did.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When a worker first took it.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its last publication.
    pub publication: Option<Publication>,
    /// The plan that was the roster before that.
    pub published_after: Option<Id<Plan>>,
}

/// How good the best roster of a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Best {
    /// Its score.
    pub score: Score,
    /// What no valid roster beats.
    pub bound: Score,
    /// The cost by term, counted when the plan is over.
    pub terms: Option<Terms>,
}

/// A plan become the festival's roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// When.
    pub at: DateTime<Utc>,
    /// Assignments that people were offered by it.
    pub offered: i32,
    /// Assignments that stood before and stand on.
    pub kept: i32,
    /// Assignments that it took back.
    pub cancelled: i32,
}

/// A plan to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPlan {
    /// Its id.
    pub id: Id<Plan>,
    /// What it is made for.
    pub kind: PlanKind,
    /// The id of the job that solves it.
    pub job_id: Uuid,
    /// How long the solver may take.
    pub seconds: i32,
    /// Where the solver's chance begins.
    pub seed: i64,
    /// Who asks, where it is someone who signs in.
    pub by: Option<Id<User>>,
}

fn from_row(row: Model) -> Result<PlanRun, StorageError> {
    let score = |essential, cost| Some(Score { essential: essential?, cost: cost? });
    let terms = match row.terms {
        Some(terms) => {
            Some(serde_json::from_value(terms).map_err(|_| StorageError::Corrupt("terms of a plan"))?)
        }
        None => None,
    };
    let best = (|| {
        Some(Best {
            score: score(row.essential, row.cost)?,
            bound: score(row.bound_essential, row.bound_cost)?,
            terms,
        })
    })();
    let publication = (|| {
        Some(Publication {
            at: row.published_at?,
            offered: row.published_offered?,
            kept: row.published_kept?,
            cancelled: row.published_cancelled?,
        })
    })();
    let changes = row.changes_dropped.zip(row.changes_bound);
    Ok(PlanRun {
        id: row.id.into(),
        kind: PlanKind::named(&row.kind).ok_or(StorageError::Corrupt("kind of a plan"))?,
        changes: changes.map(|(dropped, bound)| Changes { dropped, bound }),
        version: row.version,
        state: PlanState::named(&row.state).ok_or(StorageError::Corrupt("state of a plan"))?,
        seconds: row.seconds,
        seed: row.seed,
        cancel_asked: row.cancel_asked,
        best,
        error: row.error,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        publication,
        published_after: row.published_after_id.map(Id::from),
    })
}

/// Asks for a plan: its row and the job that solves it, in one transaction.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such festival.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    plan: &NewPlan,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(plan.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        version: Set(1),
        state: Set(PlanState::Queued.as_str().to_owned()),
        seconds: Set(plan.seconds),
        seed: Set(plan.seed),
        cancel_asked: Set(false),
        created_by: Set(plan.by.map(Id::uuid)),
        created_at: Set(now),
        kind: Set(plan.kind.as_str().to_owned()),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let asked = serde_json::json!({"seconds": plan.seconds, "seed": plan.seed});
    db.record(Change::of("plans", plan.id.uuid()).after(&asked));
    jobs::enqueue(db, plan.job_id, JobKind::Solve, festival_id, plan.id.uuid(), now).await
}

/// One page of a festival's plans.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    listing: &Listing,
) -> Result<Page<PlanRun>, StorageError> {
    let rows = Entity::find().filter(Column::FestivalId.eq(festival_id.uuid()));
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    let items = page.items.into_iter().map(from_row).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}

/// One plan.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn get(db: &Db, festival_id: Id<Festival>, id: Id<Plan>) -> Result<PlanRun, StorageError> {
    Entity::find_by_id(id.uuid())
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .one(&db.on())
        .await?
        .map(from_row)
        .transpose()?
        .ok_or(StorageError::NotFound("plan"))
}

/// Writes to a plan that is in one of `states`; whether it was.
pub(crate) async fn update(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
    states: &[PlanState],
    change: ActiveModel,
) -> Result<bool, StorageError> {
    let update = Entity::update_many()
        .set(change)
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::State.is_in(states.iter().map(|state| state.as_str())))
        .exec(&db.on())
        .await?;
    Ok(update.rows_affected == 1)
}

fn state(state: PlanState) -> ActiveModel {
    ActiveModel { state: Set(state.as_str().to_owned()), ..Default::default() }
}

/// A person stops a plan: one that waits is cancelled at once, one that runs will be by its worker, which keeps the
/// best; one that is over stays as it is. The plan as it stands then.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn ask_cancel(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
    now: DateTime<Utc>,
) -> Result<PlanRun, StorageError> {
    let asked = ActiveModel { cancel_asked: Set(true), ..Default::default() };
    let cancelled =
        ActiveModel { cancel_asked: Set(true), finished_at: Set(Some(now)), ..state(PlanState::Cancelled) };
    if !update(db, festival_id, id, &[PlanState::Queued], cancelled).await? {
        update(db, festival_id, id, &[PlanState::Running], asked).await?;
    }
    get(db, festival_id, id).await
}

/// How long a worker holds a job that it does not renew.
pub const LEASE: TimeDelta = TimeDelta::seconds(15);

/// A worker begins, or begins again after another one vanished. The plan as it stands then: running, or over.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn start(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<PlanRun, StorageError> {
    claim.hold(db, now, LEASE).await?;
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    if update(db, festival_id, id, &[PlanState::Queued], state(PlanState::Running)).await? {
        Entity::update_many()
            .set(ActiveModel { started_at: Set(Some(now)), ..Default::default() })
            .filter(Column::Id.eq(claim.subject_id))
            .filter(Column::StartedAt.is_null())
            .exec(&db.on())
            .await?;
    }
    get(db, festival_id, id).await
}

fn best_row(best: &Best) -> Result<ActiveModel, StorageError> {
    let terms = best.terms.map(serde_json::to_value).transpose();
    let terms = terms.map_err(|_| StorageError::Corrupt("terms of a plan"))?;
    Ok(ActiveModel {
        essential: Set(Some(best.score.essential)),
        cost: Set(Some(best.score.cost)),
        bound_essential: Set(Some(best.bound.essential)),
        bound_cost: Set(Some(best.bound.cost)),
        terms: Set(terms),
        ..Default::default()
    })
}

/// Ends a plan with its roster, and the job with it. Assignments whose volunteer or position was deleted meanwhile are
/// left out, as they would have gone with them a moment later.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn finish(
    db: &Db,
    claim: &Claim,
    end: PlanState,
    best: &Best,
    roster: &[Pair],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if !claim.finish(db, now).await? {
        return Err(claim.lost());
    }
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    held::save(db, festival_id, id, roster).await?;
    let change = ActiveModel {
        state: Set(end.as_str().to_owned()),
        finished_at: Set(Some(now)),
        error: Set(None),
        ..best_row(best)?
    };
    update(db, festival_id, id, &[PlanState::Running], change).await?;
    Ok(())
}

/// Notes how little a repair changes, in the transaction that ends it.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn note_changes(db: &Db, claim: &Claim, changes: Changes) -> Result<(), StorageError> {
    let row = ActiveModel {
        changes_dropped: Set(Some(changes.dropped)),
        changes_bound: Set(Some(changes.bound)),
        ..Default::default()
    };
    let over = [PlanState::Completed, PlanState::Cancelled];
    update(db, claim.festival_id, claim.subject_id.into(), &over, row).await.map(|_| ())
}

/// Ends a job whose plan is over already.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn pass(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<(), StorageError> {
    if claim.finish(db, now).await? { Ok(()) } else { Err(claim.lost()) }
}

/// A worker that must stop gives the plan back.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn release(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<(), StorageError> {
    if !claim.release(db, now).await? {
        return Err(claim.lost());
    }
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    update(db, festival_id, id, &[PlanState::Running], state(PlanState::Queued)).await?;
    Ok(())
}

/// A try that failed: the plan waits for the next, or has failed with the last, or with one that no repetition mends.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now.
pub async fn fail_try(
    db: &Db,
    claim: &Claim,
    error: &str,
    hopeless: bool,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let over = claim.last_attempt || hopeless;
    let written =
        if hopeless { claim.give_up(db, now, error).await? } else { claim.fail(db, now, error).await? };
    if !written {
        return Err(claim.lost());
    }
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    if over {
        return fail(db, festival_id, id, error, now).await;
    }
    // A person who asked to stop need not wait for another try.
    let waits = ActiveModel { error: Set(Some(error.to_owned())), ..state(PlanState::Queued) };
    update(db, festival_id, id, &[PlanState::Running], waits).await?;
    let run = get(db, festival_id, id).await?;
    if run.cancel_asked {
        ask_cancel(db, festival_id, id, now).await?;
    }
    Ok(())
}

/// A plan of which nothing comes: it says why, and has no roster.
async fn fail(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let failed = ActiveModel {
        error: Set(Some(error.to_owned())),
        finished_at: Set(Some(now)),
        essential: Set(None),
        cost: Set(None),
        bound_essential: Set(None),
        bound_cost: Set(None),
        terms: Set(None),
        ..state(PlanState::Failed)
    };
    update(db, festival_id, id, &[PlanState::Queued, PlanState::Running], failed).await?;
    held::clear(db, festival_id, id).await
}

/// Keeps other publications of the festival's plans waiting until the transaction ends.
/// On SQLite writers take turns anyway.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no plan of that id.
pub async fn lock(db: &Db, festival_id: Id<Festival>, id: Id<Plan>) -> Result<(), StorageError> {
    // Not the festival's row: every writer takes that one last, and whoever takes it first may wait for them for ever.
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(&db.on())
        .await?;
    if ids.contains(&id.uuid()) { Ok(()) } else { Err(StorageError::NotFound("plan")) }
}

pub(crate) async fn note_publication(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
    publication: &Publication,
    after: Option<Id<Plan>>,
) -> Result<(), StorageError> {
    let change = ActiveModel {
        published_after_id: Set(after.map(Id::uuid)),
        published_at: Set(Some(publication.at)),
        published_offered: Set(Some(publication.offered)),
        published_kept: Set(Some(publication.kept)),
        published_cancelled: Set(Some(publication.cancelled)),
        ..Default::default()
    };
    update(db, festival_id, id, &[PlanState::Completed, PlanState::Cancelled], change).await?;
    let Publication { offered, kept, cancelled, .. } = publication;
    let told = serde_json::json!({"published": {"offered": offered, "kept": kept, "cancelled": cancelled}});
    db.record(Change::of("plans", id.uuid()).after(&told));
    Ok(())
}

pub(crate) async fn forget_publication(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Plan>,
) -> Result<(), StorageError> {
    let change = ActiveModel {
        published_after_id: Set(None),
        published_at: Set(None),
        published_offered: Set(None),
        published_kept: Set(None),
        published_cancelled: Set(None),
        ..Default::default()
    };
    update(db, festival_id, id, &[PlanState::Completed, PlanState::Cancelled], change).await?;
    Ok(())
}

/// Marks as failed the plans, and the bundles of letters, whose every try ended with a worker that vanished; how many.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn bury(db: &Db, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let buried = jobs::bury(db, now).await?;
    for &(kind, festival_id, subject_id) in &buried {
        match kind {
            JobKind::Solve => {
                fail(db, festival_id, subject_id.into(), "every worker that tried it vanished", now).await?;
            }
            JobKind::Print => letter_bundles::bury(db, festival_id, subject_id.into(), now).await?,
        }
    }
    Ok(buried.len())
}
