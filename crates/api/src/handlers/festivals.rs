//! Festivals, and the ways between their districts.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use chrono::NaiveDate;
use khademyar_domain::{
    Check, Fault, Id, Name, Stored,
    district::TravelMinutes,
    festival::{Arrangements, Festival, Weights},
    rights::Action,
};
use khademyar_storage::{Reference, districts, festivals, members, missing, table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    contract::{Acting, Reading, Writing},
    edit::Versioned,
    error::ApiError,
    extract::{Body, IfMatch, InFestival, Organizer, Signed},
    state::AppState,
    work::{Ended, Post},
};

/// A festival to be founded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": {"fa": "دههٔ کرامت", "en": "Ten Days of Karamat"}, "first_night": "2027-04-08"}))]
pub(crate) struct NewFestivalBody {
    /// What people call it.
    name: Name,
    /// The IANA zone its evenings are counted in; `Asia/Tehran` when nothing is said.
    #[serde(default)]
    #[schema(pattern = r"^[A-Za-z0-9_+\-/]+$", example = "Asia/Tehran")]
    timezone: Option<String>,
    /// The dates of its evenings, in order.
    #[serde(default)]
    #[schema(max_items = 400)]
    nights: Option<Vec<NaiveDate>>,
    /// Instead of `nights`: the first of ten consecutive evenings.
    #[serde(default)]
    first_night: Option<NaiveDate>,
    /// The shortest rest between shifts of different nights, in minutes; 600 when nothing is said.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000)]
    min_rest_minutes: Option<i32>,
    /// How much each term of a roster's cost counts.
    #[serde(default)]
    weights: Weights,
    /// What volunteers arrange by themselves once a roster is published.
    #[serde(default)]
    arrangements: Arrangements,
    /// Whether it starts with the default catalogue of nineteen specialty fields.
    #[serde(default = "yes")]
    #[schema(default = true)]
    default_specialties: bool,
}

fn yes() -> bool {
    true
}

impl NewFestivalBody {
    fn festival(&self) -> Result<Festival, Fault> {
        let timezone = self.timezone.as_deref().unwrap_or("Asia/Tehran").parse().map_err(|_| {
            Fault::new(
                "/timezone",
                "unknown_zone",
                "Give an IANA time zone such as `Asia/Tehran`.",
                "یک منطقهٔ زمانی IANA مانند «Asia/Tehran» بدهید.",
            )
        })?;
        let nights = match (&self.nights, self.first_night) {
            (Some(nights), None) => nights.clone(),
            (None, Some(first)) => Festival::usual_nights(first),
            (None, None) | (Some(_), Some(_)) => {
                return Err(Fault::new(
                    "/nights",
                    "nights_or_first_night",
                    "Give either `nights` or `first_night`.",
                    "یکی از «nights» و «first_night» را بدهید.",
                ));
            }
        };
        Ok(Festival {
            name: self.name.clone(),
            timezone,
            nights,
            min_rest_minutes: self.min_rest_minutes.unwrap_or(600),
            weights: self.weights,
            arrangements: self.arrangements,
        })
    }
}

impl Check for NewFestivalBody {
    fn check(&self) -> Vec<Fault> {
        match self.festival() {
            Ok(festival) => festival.check(),
            Err(fault) => vec![fault],
        }
    }
}

/// Festivals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FestivalsBody {
    /// The newest first.
    items: Vec<Stored<Festival>>,
}

/// Lists the festivals one has a part in, the newest first.
#[utoipa::path(get, path = "/v1/festivals", tag = "festivals",
    responses((status = 200, description = "The festivals.", body = FestivalsBody), Reading))]
pub(crate) async fn list_festivals(
    State(app): State<AppState>,
    Signed(actor): Signed,
) -> Result<Json<FestivalsBody>, ApiError> {
    let ids: Vec<Id<Festival>> = actor.parts.iter().map(|part| part.festival_id).collect();
    Ok(Json(FestivalsBody { items: festivals::list(&app.store.reader(), &ids).await? }))
}

/// Founds a festival; whoever does becomes its organizer. Operators and organizers may.
#[utoipa::path(post, path = "/v1/festivals", tag = "festivals", request_body = NewFestivalBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "Founded.", body = Stored<Festival>), Writing))]
pub(crate) async fn create_festival(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Post { body, work }: Post<NewFestivalBody>,
) -> Result<Response, Ended> {
    if !actor.may_found_festivals() {
        return Err(ApiError::Denied.into());
    }
    let value = body.festival().map_err(|fault| ApiError::Invalid(vec![fault]))?;
    let festival = Stored { id: app.new_id().into(), version: 1, value };
    festivals::insert(&work.db, &festival, app.clock.now()).await?;
    members::add_organizer(&work.db, festival.id, actor.user_id, app.new_id()).await?;
    if body.default_specialties {
        let catalogue: Vec<_> = khademyar_domain::specialty::default_catalogue()
            .into_iter()
            .map(|value| Stored { id: app.new_id().into(), version: 1, value })
            .collect();
        table::insert(&work.db, festival.id, &catalogue, None).await?;
    }
    let headers = [
        (header::LOCATION, format!("/v1/festivals/{}", festival.id)),
        (header::ETAG, format!("\"{}\"", festival.version)),
    ];
    Ok(work.answer(None, StatusCode::CREATED, &headers, &festival).await?)
}

/// Reads a festival.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The festival.", body = Stored<Festival>), Reading))]
pub(crate) async fn get_festival(
    State(app): State<AppState>,
    here: InFestival,
) -> Result<Versioned<Festival>, ApiError> {
    here.may(Action::ReadFestival)?;
    Ok(Versioned(festivals::get(&app.store.reader(), here.festival_id).await?))
}

/// Replaces a festival's name, zone, nights, rules, weights and arrangements. A night that is spoken of cannot go.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}", tag = "festivals", request_body = Festival,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when it is older than the row.")),
    responses((status = 200, description = "As it is now.", body = Stored<Festival>), Writing))]
pub(crate) async fn replace_festival(
    State(app): State<AppState>,
    organizer: Organizer,
    IfMatch(expected): IfMatch,
    Body(festival): Body<Festival>,
) -> Result<Versioned<Festival>, ApiError> {
    let db = app.store.begin().await?;
    let stored = festivals::replace(&db, organizer.festival_id, expected, &festival).await?;
    db.commit_change(organizer.festival_id).await?;
    Ok(Versioned(stored))
}

/// Deletes a festival with everything in it.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when it is older than the row.")),
    responses((status = 204, description = "Deleted."), Acting))]
pub(crate) async fn delete_festival(
    State(app): State<AppState>,
    organizer: Organizer,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    festivals::delete(&db, organizer.festival_id, expected).await?;
    db.commit().await?;
    app.store.empty_log().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the minutes of travel between the festival's districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/travel-minutes", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The matrix.", body = TravelMinutes), Reading))]
pub(crate) async fn get_travel_minutes(
    State(app): State<AppState>,
    here: InFestival,
) -> Result<Json<TravelMinutes>, ApiError> {
    here.may(Action::ReadFestival)?;
    let db = app.store.snapshot().await?;
    Ok(Json(districts::travel_minutes(&db, here.festival_id).await?))
}

/// Replaces the minutes of travel between all of the festival's districts.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/travel-minutes", tag = "festivals", request_body = TravelMinutes,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The matrix as it is now.", body = TravelMinutes), Writing))]
pub(crate) async fn replace_travel_minutes(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(matrix): Body<TravelMinutes>,
) -> Result<Json<TravelMinutes>, ApiError> {
    let db = app.store.begin().await?;
    let references: Vec<Reference> = matrix
        .districts
        .iter()
        .enumerate()
        .map(|(k, &id)| Reference::row(format!("/districts/{k}"), "districts", id))
        .collect();
    let mut faults = missing(&db, organizer.festival_id, &references).await?;
    let there = table::all::<khademyar_domain::district::District>(&db, organizer.festival_id).await?;
    let distinct: std::collections::HashSet<_> = matrix.districts.iter().collect();
    if faults.is_empty() && (distinct.len() != there.len() || matrix.districts.len() != there.len()) {
        faults.push(Fault::new(
            "/districts",
            "not_every_district",
            format!("Name each of the festival's {} districts once.", there.len()),
            format!("هر یک از {} منطقهٔ رویداد را یک بار نام ببرید.", there.len()),
        ));
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    districts::save_travel_minutes(&db, organizer.festival_id, &matrix).await?;
    let saved = districts::travel_minutes(&db, organizer.festival_id).await?;
    db.commit_change(organizer.festival_id).await?;
    Ok(Json(saved))
}
