//! A volunteer's nights as a calendar that phones subscribe to, at a secret address.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono_tz::Tz;
use khademyar_domain::{assignment::AssignmentState, jalali, language::Language};
use khademyar_reports::calendar::{Calendar, Event, Status, to_ics};
use khademyar_storage::{
    calendar_feeds, festivals,
    schedules::{self, Schedule, Service},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::secret::{self, Secret},
    contract::{Own, SecretAddress},
    edit::unchanged,
    error::ApiError,
    handlers::schedules::{address, night_label, when},
    language::Spoken,
    own_part::OwnPart,
    state::AppState,
};

/// How long a subscriber waits before it asks again, in minutes.
const REFRESH_MINUTES: u32 = 60;

/// Where one's calendar is.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarBody {
    /// The secret address: whoever has it can read one's nights, and nothing else.
    #[schema(
        format = "uri",
        example = "https://roster.example/v1/me/calendar.ics?token=q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E"
    )]
    url: String,
}

/// Gives one's nights a secret address for calendars. It is told once; the one before stops working.
#[utoipa::path(post, path = "/v1/me/calendar", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 201, description = "The address.", body = CalendarBody), Own))]
pub(crate) async fn create_my_calendar(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<CalendarBody>), ApiError> {
    let token = Secret::generate()?;
    let db = app.store.begin().await?;
    calendar_feeds::insert(&db, &token.hash(), own.festival_id, own.volunteer_id, app.clock.now()).await?;
    db.commit().await?;
    let url = format!("{}/v1/me/calendar.ics?token={}", app.address, token.as_str());
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(CalendarBody { url })))
}

/// Ends the secret address of one's calendar.
#[utoipa::path(delete, path = "/v1/me/calendar", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 204, description = "There is none any more."), Own))]
pub(crate) async fn revoke_my_calendar(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    calendar_feeds::revoke(&db, own.festival_id, own.volunteer_id, app.clock.now()).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a secret address carries.
#[derive(Deserialize)]
pub(crate) struct Token {
    token: String,
}

/// Reads the calendar at a secret address (RFC 5545). Needs no sign-in.
#[utoipa::path(get, path = "/v1/me/calendar.ics", tag = "me", security(()),
    params(("token" = String, Query, description = "The secret of the address.", min_length = 1, max_length = 200),
           ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what one has: the answer is 304 while that is fresh.")),
    responses((status = 200, description = "The calendar.", body = String, content_type = "text/calendar", headers(("ETag" = String, description = "Changes when the answer may have."))), (status = 304, description = "It is as one has it."), SecretAddress))]
pub(crate) async fn get_my_calendar(
    State(app): State<AppState>,
    token: Result<Query<Token>, QueryRejection>,
    Spoken(language): Spoken,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Query(Token { token }) = token.map_err(|_| ApiError::NotFound("calendar"))?;
    let db = app.store.reader();
    let (festival_id, volunteer_id) = calendar_feeds::get(&db, &secret::hash(&token)).await?;
    let tag = |revision| format!("\"ics-{}-{revision}-{}\"", volunteer_id.uuid().simple(), language.tag());
    if let Some(fresh) = unchanged(&headers, &tag(festivals::revision(&db, festival_id).await?)) {
        return Ok(fresh);
    }
    let schedule = schedules::get(&app.store.snapshot().await?, festival_id, volunteer_id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, "inline; filename=\"khademyar.ics\"".to_owned()),
        (header::ETAG, tag(schedule.revision)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "Accept-Language".to_owned()),
    ];
    Ok((headers, to_ics(&calendar(&schedule, language))).into_response())
}

fn calendar(schedule: &Schedule, language: Language) -> Calendar {
    Calendar {
        name: schedule.festival_name.in_language(language),
        timezone: schedule.timezone.name().to_owned(),
        refresh_minutes: REFRESH_MINUTES,
        events: schedule.services.iter().map(|service| event(service, schedule.timezone, language)).collect(),
    }
}

fn event(service: &Service, timezone: Tz, language: Language) -> Event {
    let place = &service.place;
    let (venue, district) = (place.name.in_language(language), place.district.in_language(language));
    let specialty = service.specialty.in_language(language);
    let comma = match language {
        Language::Persian => "، ",
        Language::English => ", ",
    };
    Event {
        uid: format!("{}@khademyar", service.assignment_id),
        sequence: u32::try_from(service.sequence).unwrap_or_default(),
        status: status(service.state),
        starts_at: service.starts_at,
        ends_at: service.ends_at,
        summary: format!("{specialty} – {venue}"),
        description: description(service, timezone, language),
        location: [Some(venue), Some(district), address(place, language)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(comma),
        geo: place.geo,
        updated_at: service.updated_at,
    }
}

/// Whether the volunteer comes, as things stand before the shift. What happened at it cancels nothing.
fn status(state: AssignmentState) -> Status {
    use AssignmentState as State;
    match state {
        State::Declined | State::Withdrawn | State::Cancelled | State::Replaced => Status::Cancelled,
        State::Offered => Status::Tentative,
        State::Accepted | State::CheckedIn | State::Completed | State::NoShow | State::Excused => {
            Status::Confirmed
        }
    }
}

fn description(service: &Service, timezone: Tz, language: Language) -> String {
    let night = night_label(service.night, language);
    let when = when(service, timezone, language);
    let mut lines = match language {
        Language::Persian => vec![format!("{night}: {when}")],
        Language::English => {
            let local = service.starts_at.with_timezone(&timezone);
            vec![format!("{night}: {when}"), jalali::long(local.date_naive(), Language::Persian)]
        }
    };
    for lead in &service.leads {
        let name = lead.name.in_language(language);
        lines.push(match language {
            Language::Persian => format!("سرپرست: {name}"),
            Language::English => format!("Lead: {name}"),
        });
    }
    lines.join("\n")
}
