//! A festival's whole set-up as one file, out and in.

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::set_up::SetUp;
use khademyar_roster::problem::{self, Read};
use khademyar_storage::{StorageError, assignments, festivals, set_ups};
use serde::Serialize;
use utoipa::{
    __dev::ComposeSchema,
    ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use crate::{
    blocking::blocking,
    contract::{Reading, Writing},
    edit::unchanged,
    error::ApiError,
    extract::{IfMatch, Organizer, json_bytes},
    state::AppState,
};

/// A `festival-problem/1` file: only its shape, for the contract.
#[derive(Debug)]
pub(crate) struct FestivalProblem;

impl ComposeSchema for FestivalProblem {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        serde_json::from_str(include_str!("festival_problem.schema.json")).expect("the file is a schema")
    }
}

impl ToSchema for FestivalProblem {}

/// How much a file brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"nights": 10, "districts": 15, "centres": 19, "specialties": 19, "venues": 16, "shifts": 320,
    "positions": 3620, "volunteers": 5000, "companions_and_apart": 1200, "locked": 12, "published": 0}))]
pub(crate) struct FestivalProblemSummary {
    nights: usize,
    districts: usize,
    centres: usize,
    specialties: usize,
    venues: usize,
    shifts: usize,
    positions: usize,
    volunteers: usize,
    /// Pairs of both kinds.
    companions_and_apart: usize,
    locked: usize,
    /// Assignments that were imported as published.
    published: usize,
}

impl FestivalProblemSummary {
    fn of(set_up: &SetUp, published: usize) -> Self {
        Self {
            nights: set_up.festival.value.nights.len(),
            districts: set_up.districts.len(),
            centres: set_up.centres.len(),
            specialties: set_up.specialties.len(),
            venues: set_up.venues.len(),
            shifts: set_up.shifts.len(),
            positions: set_up.positions.len(),
            volunteers: set_up.volunteers.len(),
            companions_and_apart: set_up.pairs.len(),
            locked: set_up.pins.len(),
            published,
        }
    }
}

fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// Reads the festival's whole set-up as one file.
///
/// The engine's keys, and names, phones and centres beside them; another system is told neither phones nor years of birth.
/// Partners are no part of it.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/problem", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the file one has.")),
    responses(
        (status = 200, description = "The file.", body = FestivalProblem,
            headers(("ETag" = String, description = "The festival's revision, in quotes."))),
        (status = 304, description = "Nothing was written since.",
            headers(("ETag" = String, description = "The festival's revision, in quotes."))),
        Reading))]
pub(crate) async fn get_festival_problem(
    State(app): State<AppState>,
    organizer: Organizer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let db = app.store.snapshot().await?;
    let tag = tag(festivals::revision(&db, organizer.festival_id).await?);
    if let Some(unchanged) = unchanged(&headers, &tag) {
        return Ok(unchanged);
    }
    let mut set_up = set_ups::load(&db, organizer.festival_id).await?;
    let reader = organizer.reader;
    for volunteer in &mut set_up.volunteers {
        volunteer.value = reader.volunteer(volunteer.value.clone());
    }
    let published = assignments::pairs(&db, organizer.festival_id).await?;
    drop(db);
    let file = blocking(move || serde_json::to_vec(&problem::write(&set_up, &published)))
        .await?
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    let headers = [(header::ETAG, tag), (header::CONTENT_TYPE, "application/json".to_owned())];
    Ok((headers, Body::from(file)).into_response())
}

/// Replaces the festival's whole set-up by a file, or changes nothing and names every fault.
///
/// Rows whose codes the file has keep their ids; others go. An entry with a `name` says everything of its row; of one
/// without, what is known besides stays. Refused once people were asked to serve.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/problem", tag = "set-up", request_body = FestivalProblem,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when the festival was written since.")),
    responses(
        (status = 200, description = "What there is now.", body = FestivalProblemSummary,
            headers(("ETag" = String, description = "The festival's revision, in quotes."))),
        Writing))]
pub(crate) async fn replace_festival_problem(
    State(app): State<AppState>,
    organizer: Organizer,
    IfMatch(expected): IfMatch,
    request: Request,
) -> Result<Response, ApiError> {
    let festival_id = organizer.festival_id;
    let json = json_bytes(request, &app).await?;
    let db = app.store.begin().await?;
    let revision = festivals::revision(&db, festival_id).await?;
    let there = set_ups::load(&db, festival_id).await?;
    let (read, there) = blocking(move || (problem::read(&json, &there, &mut Uuid::now_v7), there)).await?;
    let Read { set_up, published } = read.map_err(|mut faults| match faults.pop() {
        Some(fault) if fault.code == "not_json" => ApiError::Unreadable(fault),
        last => {
            faults.extend(last);
            ApiError::Invalid(faults)
        }
    })?;
    if expected.is_some_and(|expected| expected != revision) {
        return Err(ApiError::Stale("festival"));
    }
    set_ups::replace(&db, &there, &set_up).await?;
    assignments::import(&db, &set_up, &published, app.clock.now(), &mut || app.new_id()).await?;
    db.commit_change_since(festival_id, revision).await.map_err(|error| match error {
        // Without a condition, the same request would succeed now.
        error @ StorageError::Stale(..) if expected.is_none() => ApiError::Busy(error),
        error => error.into(),
    })?;
    let headers = [(header::ETAG, tag(revision + 1))];
    Ok((headers, Json(FestivalProblemSummary::of(&set_up, published.len()))).into_response())
}
