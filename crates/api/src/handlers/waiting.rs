//! Waiting for a seat, standing by for a night.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, position::Position};
use khademyar_roster::{candidates::obstacles, reason::EligibilityReason};
use khademyar_storage::{assignments, waiting};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Own},
    error::ApiError,
    extract::At,
    handlers::candidates::Place,
    language::Spoken,
    own_part::OwnPart,
    state::AppState,
};

/// A position that one waits for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingBody {
    /// The position.
    position_id: Uuid,
    /// Since when.
    since: DateTime<Utc>,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// Which, in words.
    #[schema(example = "شب سوم")]
    night_label: String,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Where.
    #[schema(example = "باغ غدیر")]
    venue: String,
    /// The field of service.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
}

/// What one waits for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingListBody {
    /// The longest first.
    items: Vec<WaitingBody>,
    /// The nights on which one stands by, from 0, in order.
    #[schema(example = json!([2, 3]))]
    standby_nights: Vec<i32>,
}

/// Lists the positions that one waits for, and the nights on which one stands by.
#[utoipa::path(get, path = "/v1/me/waiting", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The positions.", body = WaitingListBody), Own))]
pub(crate) async fn list_my_waiting(
    State(app): State<AppState>,
    own: OwnPart,
    Spoken(language): Spoken,
) -> Result<Json<WaitingListBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let rows = waiting::of_volunteer(&db, own.festival_id, own.volunteer_id).await?;
    let standby_nights = waiting::standby_nights(&db, own.festival_id, own.volunteer_id).await?;
    let known = app.live.known(&db, own.festival_id).await?;
    let item = |(position_id, since): (Id<Position>, _)| {
        let place = Place::of(&known, position_id, language)?;
        Some(WaitingBody {
            position_id: position_id.uuid(),
            since,
            night: place.night,
            night_label: place.night_label,
            starts_at: place.starts_at,
            ends_at: place.ends_at,
            venue: place.venue,
            specialty: place.specialty,
        })
    };
    Ok(Json(WaitingListBody { items: rows.into_iter().filter_map(item).collect(), standby_nights }))
}

/// Waits for a seat in a position. As soon as one is free, it is offered to whoever waits the longest and may have it:
/// then one confirms, or makes room for the next.
#[utoipa::path(put, path = "/v1/me/waiting/{position_id}", tag = "me",
    params(("position_id" = Uuid, Path, description = "The position."),
           ("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 204, description = "One waits."), Acting))]
pub(crate) async fn join_waiting(
    State(app): State<AppState>,
    own: OwnPart,
    At(position_id): At<Id<Position>>,
) -> Result<StatusCode, ApiError> {
    let (festival_id, now) = (own.festival_id, app.clock.now());
    let known = app.live.known(&app.store.snapshot().await?, festival_id).await?;
    let db = app.store.begin().await?;
    let seat = assignments::vacancy(&db, festival_id, position_id).await?;
    let held = assignments::around(&db, festival_id, &[own.volunteer_id], &[seat.shift_id]).await?;
    let mut reasons = obstacles(&known, &held, own.volunteer_id, position_id, now);
    reasons.retain(|reason| *reason != EligibilityReason::Full);
    if seat.starts_at <= now && seat.ends_at > now {
        reasons.push(EligibilityReason::Started);
    }
    if !reasons.is_empty() {
        return Err(ApiError::Ineligible(reasons));
    }
    waiting::join(&db, festival_id, position_id, own.volunteer_id, now).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Waits for a position no longer.
#[utoipa::path(delete, path = "/v1/me/waiting/{position_id}", tag = "me",
    params(("position_id" = Uuid, Path, description = "The position."),
           ("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 204, description = "One does not wait."), Own))]
pub(crate) async fn leave_waiting(
    State(app): State<AppState>,
    own: OwnPart,
    At(position_id): At<Id<Position>>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    waiting::leave(&db, own.festival_id, position_id, own.volunteer_id).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stands by for a night: where somebody is missing, one is asked before others.
#[utoipa::path(put, path = "/v1/me/standbys/{night}", tag = "me",
    params(("night" = i32, Path, description = "The night, from 0.", minimum = 0, maximum = 399),
           ("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 204, description = "One stands by."), Acting))]
pub(crate) async fn stand_by(
    State(app): State<AppState>,
    own: OwnPart,
    At(night): At<i32>,
) -> Result<StatusCode, ApiError> {
    set_standby(&app, &own, night, true).await
}

/// Stands by for a night no longer.
#[utoipa::path(delete, path = "/v1/me/standbys/{night}", tag = "me",
    params(("night" = i32, Path, description = "The night, from 0.", minimum = 0, maximum = 399),
           ("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 204, description = "One does not stand by."), Own))]
pub(crate) async fn stand_down(
    State(app): State<AppState>,
    own: OwnPart,
    At(night): At<i32>,
) -> Result<StatusCode, ApiError> {
    set_standby(&app, &own, night, false).await
}

async fn set_standby(
    app: &AppState,
    own: &OwnPart,
    night: i32,
    stands_by: bool,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    let set = waiting::set_standby(&db, own.festival_id, own.volunteer_id, night, stands_by, app.clock.now());
    match set.await {
        Err(khademyar_storage::StorageError::InUse) => return Err(ApiError::NotFound("night")),
        set => set?,
    }
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
