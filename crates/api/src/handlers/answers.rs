//! What volunteers say to being asked: yes, no, or that they cannot come after all.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use khademyar_domain::{
    Check, Id,
    assignment::{Assignment, AssignmentState, Change, Excuse, Reason, Standing},
    festival::Festival,
    rights::Actor,
};
use khademyar_storage::{Db, StorageError, assignments, events};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Writing},
    error::ApiError,
    extract::{At, Signed},
    state::AppState,
    work::{Ended, Post},
};

/// Why one cannot come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "ill"}))]
pub(crate) struct ExcuseBody {
    /// Why; `other` when nothing is said.
    #[serde(default = "other")]
    reason: Excuse,
}

fn other() -> Excuse {
    Excuse::Other
}

impl Check for ExcuseBody {}

/// How an assignment stands after an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerBody {
    /// The assignment.
    assignment_id: Uuid,
    /// How often it was written.
    version: i64,
    /// How it stands.
    state: AssignmentState,
    /// Why it ended, if it did.
    reason: Option<Reason>,
}

/// Says that one comes. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/assignments/{assignment_id}/accept", tag = "me",
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it.")),
    responses((status = 200, description = "How it stands now.", body = AnswerBody), Acting))]
pub(crate) async fn accept_assignment(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
) -> Result<Json<AnswerBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let (festival_id, standing) = own(&db, &actor, id).await?;
    let change = standing.accept(now)?;
    let body = AnswerBody::new(&standing, change.as_ref());
    if let Some(change) = change {
        apply(&app, &db, festival_id, &actor, &change).await?;
        db.commit_roster(festival_id).await?;
    }
    Ok(Json(body))
}

/// Says that one does not come, where one was asked and has not accepted. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/assignments/{assignment_id}/decline", tag = "me", request_body = ExcuseBody,
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 200, description = "How it stands now.", body = AnswerBody), Writing))]
pub(crate) async fn decline_assignment(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
    Post { body, work }: Post<ExcuseBody>,
) -> Result<Response, Ended> {
    let (festival_id, standing) = own(&work.db, &actor, id).await?;
    let change = standing.decline(body.reason, app.clock.now()).map_err(ApiError::from)?;
    let answer = AnswerBody::new(&standing, change.as_ref());
    if let Some(change) = change {
        apply(&app, &work.db, festival_id, &actor, &change).await?;
    }
    Ok(work.answer_roster(festival_id, StatusCode::OK, &answer).await?)
}

/// Says that one cannot attend, however it stands: an offer is declined, what was accepted is withdrawn. The coordinator
/// of the district is told at once. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/assignments/{assignment_id}/withdraw", tag = "me", request_body = ExcuseBody,
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 200, description = "How it stands now.", body = AnswerBody), Writing))]
pub(crate) async fn withdraw_assignment(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
    Post { body, work }: Post<ExcuseBody>,
) -> Result<Response, Ended> {
    let (festival_id, standing) = own(&work.db, &actor, id).await?;
    let change = standing.withdraw(body.reason, app.clock.now()).map_err(ApiError::from)?;
    let answer = AnswerBody::new(&standing, change.as_ref());
    if let Some(change) = change {
        apply(&app, &work.db, festival_id, &actor, &change).await?;
    }
    Ok(work.answer_roster(festival_id, StatusCode::OK, &answer).await?)
}

impl AnswerBody {
    fn new(standing: &Standing, change: Option<&Change>) -> Self {
        let after = change.map_or_else(|| standing.clone(), Change::after);
        Self {
            assignment_id: after.id.uuid(),
            version: after.version,
            state: after.state,
            reason: after.reason,
        }
    }
}

/// One's own assignment, which nobody else changes until the transaction ends.
pub(crate) async fn own(
    db: &Db,
    actor: &Actor,
    id: Id<Assignment>,
) -> Result<(Id<Festival>, Standing), ApiError> {
    for (festival_id, volunteer_id) in actor.volunteers() {
        match assignments::lock(db, festival_id, id).await {
            Ok(standing) if standing.volunteer_id == volunteer_id => return Ok((festival_id, standing)),
            Ok(_) | Err(StorageError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::NotFound("assignment"))
}

async fn apply(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    actor: &Actor,
    change: &Change,
) -> Result<(), ApiError> {
    assignments::save(db, festival_id, change).await?;
    let (events, by) = (vec![change.event()], Some(actor.user_id));
    events::append(db, festival_id, events, by, change.at, &mut || app.new_id()).await?;
    Ok(())
}
