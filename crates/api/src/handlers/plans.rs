//! Rosters: asked for, solved in the background, stopped, published.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Check, Id,
    plan::{Changes, Plan, PlanKind, PlanState, Score, Terms},
};
use khademyar_roster::{
    drafts,
    publish::{self, publish, unpublish},
};
use khademyar_storage::plans::{self, NewPlan, PlanRun};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::drafts::published;
use crate::{
    contract::{Acting, Querying, Reading, Writing},
    error::ApiError,
    extract::{At, Organizer, RosterReader},
    query,
    state::AppState,
    work::{Ended, Post},
};

/// A roster that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seconds": 30, "seed": 1}))]
pub(crate) struct PlanRequestBody {
    /// What it is made for: `solve` looks for the best roster, `repair` for the one that changes the published roster
    /// least, `draft` is the published roster, to be changed by hand.
    #[serde(default = "solve")]
    kind: PlanKind,
    /// How long the solver may take, in seconds.
    #[serde(default = "half_a_minute")]
    #[schema(minimum = 1, maximum = 3_600, default = 30)]
    seconds: i32,
    /// Where the solver's chance begins: another seed gives another roster, perhaps a better one.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, default = 1)]
    seed: i64,
}

fn solve() -> PlanKind {
    PlanKind::Solve
}

fn half_a_minute() -> i32 {
    30
}

fn one() -> i64 {
    1
}

impl Check for PlanRequestBody {}

/// A roster that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "version": 41, "kind": "solve", "changes": null, "state": "completed", "seconds": 30, "seed": 1,
    "cancel_asked": false, "progress": 1.0, "score": {"essential": 0, "cost": 48210},
    "bound": {"essential": 0, "cost": 47903}, "gap": 0.00637,
    "terms": {"desired": 21000, "travel": 14105, "venue": 3300, "wish": 1404, "idle": 2480, "fairness": 4611,
              "continuity": 840, "companion": 470, "stability": 0},
    "error": null, "created_at": "2027-03-20T09:00:00Z", "started_at": "2027-03-20T09:00:00Z",
    "finished_at": "2027-03-20T09:00:31Z", "publication": null
}))]
pub(crate) struct PlanBody {
    /// Its id.
    id: Uuid,
    /// How often it was written.
    version: i64,
    /// What it is made for.
    kind: PlanKind,
    /// How little it changes, where it is a repair that is over.
    changes: Option<Changes>,
    /// How it stands.
    state: PlanState,
    /// How long the solver may take.
    seconds: i32,
    /// Where the solver's chance begins.
    seed: i64,
    /// Whether a person asked to stop it.
    cancel_asked: bool,
    /// How much of its time is spent, from 0 to 1; 1 when it is over.
    #[schema(minimum = 0, maximum = 1)]
    progress: f64,
    /// The score of the best roster until now.
    score: Option<Score>,
    /// What no valid roster beats.
    bound: Option<Score>,
    /// How far the cost may be from the best possible, as a share of it; only where the essential is proven the best.
    #[schema(minimum = 0)]
    gap: Option<f64>,
    /// The cost by term, when it is over.
    terms: Option<Terms>,
    /// Why it failed, or why its last try did.
    error: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When a worker first took it.
    started_at: Option<DateTime<Utc>>,
    /// When it was over.
    finished_at: Option<DateTime<Utc>>,
    /// Its last publication.
    publication: Option<PublicationBody>,
}

/// A plan become the festival's roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicationBody {
    /// When.
    at: DateTime<Utc>,
    /// Assignments that people were offered by it.
    offered: i32,
    /// Assignments that stood before and stand on as they were.
    kept: i32,
    /// Assignments that it took back.
    cancelled: i32,
}

impl PlanBody {
    pub(crate) fn new(run: PlanRun, now: DateTime<Utc>) -> Self {
        let progress = match (run.state, run.started_at) {
            (PlanState::Running, Some(start)) => {
                ((now - start).as_seconds_f64() / f64::from(run.seconds)).clamp(0.0, 1.0)
            }
            (PlanState::Queued | PlanState::Running, _) => 0.0,
            (PlanState::Completed | PlanState::Failed | PlanState::Cancelled, _) => 1.0,
        };
        Self {
            id: run.id.uuid(),
            version: run.version,
            kind: run.kind,
            changes: run.changes,
            state: run.state,
            seconds: run.seconds,
            seed: run.seed,
            cancel_asked: run.cancel_asked,
            progress,
            score: run.best.map(|best| best.score),
            bound: run.best.map(|best| best.bound),
            gap: run.best.and_then(|best| best.score.gap(best.bound)),
            terms: run.best.and_then(|best| best.terms),
            error: run.error,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            publication: run.publication.map(|publication| PublicationBody {
                at: publication.at,
                offered: publication.offered,
                kept: publication.kept,
                cancelled: publication.cancelled,
            }),
        }
    }
}

/// A page of plans.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlansBody {
    /// The newest first, where nothing else is asked for.
    items: Vec<PlanBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Asks for a roster of the festival as it is set up. It is solved in the background, save for a draft, which is there at
/// once. What has begun is never changed.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/plans", tag = "plans", request_body = PlanRequestBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 202, description = "It waits for a worker.", body = PlanBody,
               headers(("Location" = String, description = "Where the plan can be read."))), Writing))]
pub(crate) async fn create_plan(
    State(app): State<AppState>,
    organizer: Organizer,
    Post { body, work }: Post<PlanRequestBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (organizer.festival_id, app.clock.now());
    let plan = NewPlan {
        kind: body.kind,
        id: app.new_id().into(),
        job_id: app.new_id(),
        seconds: body.seconds,
        seed: body.seed,
        by: Some(organizer.actor.user_id),
    };
    if body.kind == PlanKind::Draft {
        let known = app.live.known(&work.db, festival_id).await?;
        let roster = published(&work.db, festival_id).await?;
        let (best, _) = drafts::count(&known, &roster, &roster);
        plans::insert_draft(&work.db, festival_id, &plan, &best, &roster, now).await?;
    } else {
        plans::insert(&work.db, festival_id, &plan, now).await?;
    }
    let run = plans::get(&work.db, festival_id, plan.id).await?;
    let location = format!("/v1/festivals/{festival_id}/plans/{}", plan.id);
    let body = PlanBody::new(run, now);
    Ok(work.answer(None, StatusCode::ACCEPTED, &[(header::LOCATION, location)], &body).await?)
}

/// Lists the festival's plans.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the newest first, as when nothing is said.", pattern = "^-?created_at$"),
           ("state" = Option<PlanState>, Query, description = "Only plans in this state.")),
    responses((status = 200, description = "A page.", body = PlansBody), Querying))]
pub(crate) async fn list_plans(
    State(app): State<AppState>,
    reader: RosterReader,
    RawQuery(query): RawQuery,
) -> Result<Json<PlansBody>, ApiError> {
    let listing = query::newest_first(plans::FILTERS, plans::SORTS, query.as_deref())?;
    let page = plans::list(&app.store.reader(), reader.festival_id, &listing).await?;
    let now = app.clock.now();
    let items = page.items.into_iter().map(|run| PlanBody::new(run, now)).collect();
    Ok(Json(PlansBody { items, next_cursor: page.next.map(|cursor| cursor.encode()) }))
}

/// Reads a plan: its state, its progress, the best score and bound until now.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, description = "The plan.", body = PlanBody), Reading))]
pub(crate) async fn get_plan(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
) -> Result<Json<PlanBody>, ApiError> {
    let run = plans::get(&app.store.reader(), reader.festival_id, plan_id).await?;
    Ok(Json(PlanBody::new(run, app.clock.now())))
}

/// Stops a plan and keeps its best roster; the plan itself stays. One that waits is `cancelled` at once, one that runs
/// within a moment; one that is over stays as it is, save for a draft that was not published: its roster is dropped.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/plans/{plan_id}", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, description = "The plan as it stands now.", body = PlanBody), Acting))]
pub(crate) async fn stop_plan(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
) -> Result<Json<PlanBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let mut run = plans::ask_cancel(&db, organizer.festival_id, plan_id, now).await?;
    if run.kind == PlanKind::Draft && run.publication.is_none() {
        plans::drop_draft(&db, organizer.festival_id, plan_id).await?;
        run = plans::get(&db, organizer.festival_id, plan_id).await?;
    }
    db.commit().await?;
    Ok(Json(PlanBody::new(run, now)))
}

/// Makes a plan the festival's roster. What people hold already stays as it stands, what the plan does not have is
/// cancelled, the rest is offered. Publishing what is published changes nothing and answers the same.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/plans/{plan_id}/publish", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, description = "The plan, published.", body = PlanBody), Acting))]
pub(crate) async fn publish_plan(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
) -> Result<Json<PlanBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let by = Some(organizer.actor.user_id);
    let run = publish(&db, organizer.festival_id, plan_id, by, now, &mut || app.new_id()).await?;
    db.commit_roster(organizer.festival_id).await?;
    Ok(Json(PlanBody::new(run, now)))
}

/// Takes the publication of the festival's roster back, as long as nobody has answered: what it offered is cancelled, what
/// it took is given back as it stood.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/plans/{plan_id}/unpublish", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, description = "The plan, not published.", body = PlanBody), Acting))]
pub(crate) async fn unpublish_plan(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
) -> Result<Json<PlanBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let by = Some(organizer.actor.user_id);
    let run = unpublish(&db, organizer.festival_id, plan_id, by, now, &mut || app.new_id()).await?;
    db.commit_roster(organizer.festival_id).await?;
    Ok(Json(PlanBody::new(run, now)))
}

impl From<publish::Error> for ApiError {
    fn from(error: publish::Error) -> Self {
        match error {
            publish::Error::Refused(refusal) => refusal.into(),
            publish::Error::Storage(error) => error.into(),
        }
    }
}
