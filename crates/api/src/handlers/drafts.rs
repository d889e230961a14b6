//! What if: drafts changed by hand, and rosters compared.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{
    Check, Fault, Id,
    festival::Festival,
    plan::{Plan, PlanKind, PlanState, PublishError},
};
use khademyar_roster::drafts::{BrokenRule, Comparison, compare, count};
use khademyar_storage::{
    Db, assignments,
    listing::{Filter, FilterKind, FilterValue},
    plans::{self, Pair},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::plans::PlanBody;
use crate::{
    blocking::blocking,
    contract::{Querying, Writing},
    error::ApiError,
    extract::{At, Organizer},
    query,
    state::AppState,
    work::{Ended, Post},
};

const FILTERS: &[Filter] = &[Filter { name: "with", kind: FilterKind::Id }];

/// A volunteer in a position.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairBody {
    /// Who.
    volunteer_id: Uuid,
    /// Where.
    position_id: Uuid,
}

/// What is to be changed in a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "add": [{"volunteer_id": "0190d1a0-5e6c-7a3b-8c1d-000000000001", "position_id": "0190d1a0-5e6c-7a3b-8c1d-000000000002"}],
    "remove": []
}))]
pub(crate) struct DraftChangesBody {
    /// What is put in.
    #[serde(default)]
    #[schema(max_items = 1000)]
    add: Vec<PairBody>,
    /// What is taken out.
    #[serde(default)]
    #[schema(max_items = 1000)]
    remove: Vec<PairBody>,
}

impl Check for DraftChangesBody {}

/// A draft, and what stands in the way of its publication.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftBody {
    /// The draft.
    plan: PlanBody,
    /// Every rule that it breaks: as long as there is one, it cannot be published.
    broken_rules: Vec<BrokenRule>,
}

/// Changes a draft by hand and counts it anew. What is in it is not put in twice, what is not in it not taken out.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/plans/{plan_id}/changes", tag = "plans", request_body = DraftChangesBody,
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The draft."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 200, description = "The draft as it is now.", body = DraftBody), Writing))]
pub(crate) async fn change_draft(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    Post { body, work }: Post<DraftChangesBody>,
) -> Result<Response, Ended> {
    let (db, festival_id) = (&work.db, organizer.festival_id);
    plans::lock(db, festival_id, plan_id).await?;
    let run = plans::get(db, festival_id, plan_id).await?;
    if run.kind != PlanKind::Draft || run.state != PlanState::Completed || run.publication.is_some() {
        return Err(ApiError::from(PublishError::NotADraft).into());
    }
    let known = app.live.known(db, festival_id).await?;
    let mut faults = Vec::new();
    let pairs = |list: &'static str, pairs: &[PairBody], faults: &mut Vec<Fault>| -> Vec<Pair> {
        for (k, pair) in pairs.iter().enumerate() {
            if known.volunteer(pair.volunteer_id.into()).is_none()
                || known.position(pair.position_id.into()).is_none()
            {
                faults.push(Fault::new(
                    format!("/{list}/{k}"),
                    "unknown_pair",
                    "There is no such volunteer or position in the festival.",
                    "چنین خادمیار یا جایگاهی در این رویداد نیست.",
                ));
            }
        }
        pairs.iter().map(|pair| (pair.volunteer_id.into(), pair.position_id.into())).collect()
    };
    let (add, remove) = (pairs("add", &body.add, &mut faults), pairs("remove", &body.remove, &mut faults));
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults).into());
    }
    let mut roster = plans::pairs(db, festival_id, plan_id).await?;
    roster.retain(|pair| !remove.contains(pair));
    roster.extend(&add);
    let published = published(db, festival_id).await?;
    let (best, broken_rules) = blocking(move || count(&known, &roster, &published)).await?;
    plans::change_draft(db, festival_id, plan_id, &best, &remove, &add).await?;
    let plan = PlanBody::new(plans::get(db, festival_id, plan_id).await?, app.clock.now());
    let draft = DraftBody { plan, broken_rules };
    Ok(work.answer(None, StatusCode::OK, &[], &draft).await?)
}

/// Who sits where in the published roster, but for those who were put there against the rules.
pub(super) async fn published(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Pair>, ApiError> {
    Ok(assignments::planned(&assignments::live(db, festival_id).await?))
}

/// Compares a plan with another, or with the published roster: term by term, and person by person.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/comparison", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan."),
           ("with" = Option<Uuid>, Query, description = "Another plan; left out: the published roster.")),
    responses((status = 200, description = "The comparison.", body = Comparison), Querying))]
pub(crate) async fn compare_plan(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Comparison>, ApiError> {
    let festival_id = organizer.festival_id;
    let filters = query::filters(FILTERS, query.as_deref())?;
    let db = app.store.snapshot().await?;
    plans::get(&db, festival_id, plan_id).await?;
    let this = plans::pairs(&db, festival_id, plan_id).await?;
    let published = published(&db, festival_id).await?;
    let other = if let Some((_, FilterValue::Id(id))) = filters.first() {
        let other = Id::from(*id);
        plans::get(&db, festival_id, other).await?;
        plans::pairs(&db, festival_id, other).await?
    } else {
        published.clone()
    };
    let known = app.live.known(&db, festival_id).await?;
    drop(db);
    Ok(Json(blocking(move || compare(&known, &this, &other, &published)).await?))
}
