//! The roster by hand: seats given, changed, taken away, pinned.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::SubsecRound;
use khademyar_domain::{
    Check, Fault, Id, Name, Stored, Text,
    assignment::{Assignment, AssignmentState, Reason, Source},
    attendance::{Hours, Presence, Saying, SeenBy, Told},
    event::NewEvent,
    pair::Pin,
    phone::Phone,
    position::Position,
    rights::{Action, may},
    volunteer::{Gender, Skill, Volunteer},
};
use khademyar_roster::{
    candidates::ScoreChange,
    placements::{self, Wanted, place, worth},
    reason::EligibilityReason,
};
use khademyar_storage::{
    Db, StorageError, assignments,
    assignments::{Placement, Published},
    attendance::{self, Teller},
    events,
    listing::{FilterValue, Listing},
    pins, seats, table,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Writing},
    error::ApiError,
    extract::{At, RosterManager},
    handlers::assignments::AssignmentBody,
    query,
    state::AppState,
    work::{Ended, Post},
};

/// A seat that a volunteer is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"volunteer_id": "0190d1a0-5e6c-7a3b-8c1d-000000000001", "position_id": "0190d1a0-5e6c-7a3b-8c1d-000000000002"}))]
pub(crate) struct PlacementBody {
    /// Who.
    volunteer_id: Uuid,
    /// In which position.
    position_id: Uuid,
    /// Why it is to be though rules are against it; only organizers may. The note stays visible.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "تنها پزشک این منطقه است")]
    force: Option<Text>,
    /// Only says what would come of it.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

impl Check for PlacementBody {}

/// A seat that a volunteer is to have for the one they leave.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"position_id": "0190d1a0-5e6c-7a3b-8c1d-000000000002"}))]
pub(crate) struct MoveBody {
    /// In which position.
    position_id: Uuid,
    /// Why it is to be though rules are against it; only organizers may. The note stays visible.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, example = "تنها پزشک این منطقه است")]
    force: Option<Text>,
    /// Only says what would come of it.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

impl Check for MoveBody {}

/// What came of a change by hand, or would.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacedBody {
    /// The assignment; null where it was only asked what would come of it.
    assignment: Option<AssignmentBody>,
    /// What it adds to the roster's score; null where rules are against it.
    change: Option<ScoreChange>,
    /// The rules that are against it.
    against: Vec<EligibilityReason>,
}

/// Someone who came without being asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": {"fa": "زهرا کریمی"}, "gender": "woman", "position_id": "0190d1a0-5e6c-7a3b-8c1d-000000000002"}))]
pub(crate) struct WalkInBody {
    /// Their name.
    name: Name,
    /// Their mobile phone.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40, example = "+989131234567")]
    phone: Option<Phone>,
    /// Whether they serve in women's or men's places.
    gender: Gender,
    /// Where they serve.
    position_id: Uuid,
}

impl Check for WalkInBody {}

/// Gives a seat of the published roster to a volunteer, who is asked. Refused with every rule that is against it, unless an
/// organizer forces it with a note; a preference that it goes against shows in what it adds to the score. A coordinator
/// does so in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/assignments", tag = "roster", request_body = PlacementBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "The seat is given.", body = PlacedBody),
              (status = 200, description = "What would come of it.", body = PlacedBody), Writing))]
pub(crate) async fn assign_volunteer(
    State(app): State<AppState>,
    manager: RosterManager,
    Post { body, work }: Post<PlacementBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (manager.festival_id, app.clock.now());
    may_force(&manager, body.force.as_ref())?;
    let known = app.live.known(&work.db, festival_id).await?;
    let (volunteer_id, position_id) = (body.volunteer_id.into(), body.position_id.into());
    let seat = assignments::vacancy(&work.db, festival_id, position_id).await?;
    manager.reaches(seat.district_id)?;
    if known.volunteer(volunteer_id).is_none() {
        return Err(unknown_volunteer().into());
    }
    let wanted = Wanted { volunteer_id, position_id, note: body.force.as_ref().map(Text::as_str) };
    let placed = place(&work.db, &known, festival_id, wanted, None, now, &mut || app.new_id()).await?;
    if body.dry_run {
        let told = PlacedBody { assignment: None, change: placed.change, against: placed.against };
        return Ok(Json(told).into_response());
    }
    let assignment = one(&work.db, &manager, placed.standing.id).await?;
    append(&app, &work.db, &manager, placed.events).await?;
    let told = PlacedBody { assignment: Some(assignment), change: placed.change, against: placed.against };
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Gives a volunteer another seat for the one they have, under the same conditions as a seat is given; they are asked
/// anew.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/assignments/{assignment_id}/move", tag = "roster", request_body = MoveBody,
    params(("festival_id" = Uuid, Path, description = "The festival."), ("assignment_id" = Uuid, Path, description = "The assignment that they leave."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "The seat is given.", body = PlacedBody),
              (status = 200, description = "What would come of it.", body = PlacedBody), Writing))]
pub(crate) async fn move_assignment(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Assignment>)>,
    Post { body, work }: Post<MoveBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (manager.festival_id, app.clock.now());
    may_force(&manager, body.force.as_ref())?;
    let known = app.live.known(&work.db, festival_id).await?;
    let left = assignments::lock(&work.db, festival_id, id).await?;
    let position_id = body.position_id.into();
    let seat = assignments::vacancy(&work.db, festival_id, position_id).await?;
    manager.reaches(left.district_id)?;
    manager.reaches(seat.district_id)?;
    let note = body.force.as_ref().map(Text::as_str);
    let wanted = Wanted { volunteer_id: left.volunteer_id, position_id, note };
    let placed = place(&work.db, &known, festival_id, wanted, Some(&left), now, &mut || app.new_id()).await?;
    if body.dry_run {
        let told = PlacedBody { assignment: None, change: placed.change, against: placed.against };
        return Ok(Json(told).into_response());
    }
    let assignment = one(&work.db, &manager, placed.standing.id).await?;
    append(&app, &work.db, &manager, placed.events).await?;
    let told = PlacedBody { assignment: Some(assignment), change: placed.change, against: placed.against };
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Takes a seat away from a volunteer. A coordinator does so in her districts.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/assignments/{assignment_id}", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("assignment_id" = Uuid, Path, description = "The assignment."),
           ("dry_run" = Option<bool>, Query, description = "With `true`, only says what would come of it.")),
    responses((status = 200, description = "What came of it.", body = PlacedBody), Acting))]
pub(crate) async fn remove_assignment(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Assignment>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<PlacedBody>, ApiError> {
    let [dry_run] = query::choices(query.as_deref(), [("dry_run", &["true", "false"])])?;
    let (festival_id, now) = (manager.festival_id, app.clock.now());
    let known = app.live.known(&app.store.snapshot().await?, festival_id).await?;
    let db = app.store.begin().await?;
    let standing = assignments::lock(&db, festival_id, id).await?;
    manager.reaches(standing.district_id)?;
    let change = standing.cancel(Reason::Removed, now)?;
    let held = assignments::pairs(&db, festival_id).await?;
    let worth = worth(&known, &held, (standing.volunteer_id, standing.position_id));
    if dry_run == Some("true") {
        return Ok(Json(PlacedBody { assignment: None, change: Some(worth), against: Vec::new() }));
    }
    assignments::save(&db, festival_id, &change).await?;
    let assignment = one(&db, &manager, id).await?;
    append(&app, &db, &manager, vec![change.event()]).await?;
    db.commit_roster(festival_id).await?;
    Ok(Json(PlacedBody { assignment: Some(assignment), change: Some(worth), against: Vec::new() }))
}

/// Pins an assignment: every plan keeps it. Pinning it again changes nothing.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/assignments/{assignment_id}/pin", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("assignment_id" = Uuid, Path, description = "The assignment.")),
    responses((status = 204, description = "It is pinned."), Acting))]
pub(crate) async fn pin_assignment(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Assignment>)>,
) -> Result<StatusCode, ApiError> {
    let (festival_id, db) = (manager.festival_id, app.store.begin().await?);
    let standing = assignments::lock(&db, festival_id, id).await?;
    manager.reaches(standing.district_id)?;
    if !standing.state.holds_seat() {
        return Err(ApiError::NotFound("assignment"));
    }
    let value = Pin { volunteer_id: standing.volunteer_id, position_id: standing.position_id };
    if pins::find(&db, festival_id, &value).await?.is_none() {
        let pin = Stored { id: app.new_id().into(), version: 1, value };
        table::insert(&db, festival_id, std::slice::from_ref(&pin), None).await?;
        db.commit_change(festival_id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Lets plans change an assignment again.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/assignments/{assignment_id}/pin", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("assignment_id" = Uuid, Path, description = "The assignment.")),
    responses((status = 204, description = "It is not pinned."), Acting))]
pub(crate) async fn unpin_assignment(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Assignment>)>,
) -> Result<StatusCode, ApiError> {
    let (festival_id, db) = (manager.festival_id, app.store.begin().await?);
    let standing = assignments::lock(&db, festival_id, id).await?;
    manager.reaches(standing.district_id)?;
    let value = Pin { volunteer_id: standing.volunteer_id, position_id: standing.position_id };
    if let Some(pin) = pins::find(&db, festival_id, &value).await? {
        table::delete::<Pin>(&db, festival_id, pin, None).await?;
        db.commit_change(festival_id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Takes in somebody who came on the night without being asked: they are a volunteer of the festival from now on, and are
/// there. A coordinator does so in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/walk-ins", tag = "roster", request_body = WalkInBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "They are there.", body = AssignmentBody), Writing))]
pub(crate) async fn create_walk_in(
    State(app): State<AppState>,
    manager: RosterManager,
    Post { body, work }: Post<WalkInBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (manager.festival_id, app.clock.now());
    let position_id = body.position_id.into();
    let seat = assignments::vacancy(&work.db, festival_id, position_id).await?;
    manager.reaches(seat.district_id)?;
    let position: Stored<Position> = table::get(&work.db, festival_id, None, position_id).await?;
    if seat.ends_at <= now {
        return Err(ApiError::Ineligible(vec![EligibilityReason::Ended]).into());
    }
    if !position.value.gender.admits(body.gender) {
        return Err(ApiError::Ineligible(vec![EligibilityReason::Gender]).into());
    }
    let id = app.new_id();
    let code = format!("walk-in-{}", id.simple());
    let code = code.try_into().map_err(|_| ApiError::Internal("the code of a walk-in".to_owned()))?;
    let volunteer = Volunteer {
        phone: body.phone,
        // They are seen to do it; whether they can is for somebody else to confirm.
        skills: vec![Skill {
            specialty_id: position.value.specialty_id,
            level: position.value.min_level,
            confirmed: false,
        }],
        ..Volunteer::new(code, body.name, seat.district_id, body.gender)
    };
    let volunteer = Stored { id: id.into(), version: 1, value: volunteer };
    table::insert(&work.db, festival_id, std::slice::from_ref(&volunteer), None).await?;
    let standing = seat.given(app.new_id().into(), volunteer.id, AssignmentState::CheckedIn, None);
    let placement =
        Placement { shift_id: seat.shift_id, source: Source::Coordinator, note: None, against: None };
    assignments::insert(&work.db, festival_id, &standing, &placement, now).await?;
    let came = Told { at: now.trunc_subsecs(6), id: app.new_id().into(), saying: Saying::CheckIn };
    let hours = Hours { starts_at: standing.starts_at, ends_at: standing.ends_at };
    let teller = Teller { by: manager.actor.user_id, device_id: None, now };
    attendance::insert(&work.db, festival_id, &standing, &[(came, SeenBy::Name)], teller).await?;
    assignments::attend(&work.db, festival_id, &standing, None, &Presence::of([came], hours), now).await?;
    let told = one(&work.db, &manager, standing.id).await?;
    let event = standing.event(serde_json::json!({"source": Source::Coordinator, "walk_in": true}));
    append(&app, &work.db, &manager, vec![event]).await?;
    Ok(work.answer(Some(festival_id), StatusCode::CREATED, &[], &told).await?)
}

/// Force is for organizers.
fn may_force(manager: &RosterManager, force: Option<&Text>) -> Result<(), ApiError> {
    if force.is_some() {
        may(&manager.actor, Action::Organize, manager.festival_id)?;
    }
    Ok(())
}

fn unknown_volunteer() -> ApiError {
    ApiError::Invalid(vec![Fault::new(
        "/volunteer_id",
        "unknown_volunteer",
        "There is no such volunteer in the festival.",
        "چنین خادمیاری در این رویداد نیست.",
    )])
}

async fn one(db: &Db, manager: &RosterManager, id: Id<Assignment>) -> Result<AssignmentBody, ApiError> {
    let listing = Listing {
        filters: vec![("id", FilterValue::Id(id.uuid()))],
        sort: seats::SORTS[0],
        descending: false,
        limit: 1,
        after: None,
    };
    let found: Option<Published> =
        assignments::list(db, manager.festival_id, None, &listing).await?.items.pop();
    Ok(found.ok_or(StorageError::NotFound("assignment"))?.into())
}

async fn append(
    app: &AppState,
    db: &Db,
    manager: &RosterManager,
    events: Vec<NewEvent>,
) -> Result<(), ApiError> {
    let (by, now) = (Some(manager.actor.user_id), app.clock.now());
    Ok(events::append(db, manager.festival_id, events, by, now, &mut || app.new_id()).await?)
}

impl From<placements::Error> for ApiError {
    fn from(error: placements::Error) -> Self {
        match error {
            placements::Error::Against(reasons) => Self::Ineligible(reasons),
            placements::Error::Assignment(error) => error.into(),
            placements::Error::Storage(error) => error.into(),
        }
    }
}
