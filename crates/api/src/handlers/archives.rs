//! What is kept of a festival that is over: figures, and nobody's name.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use khademyar_domain::{Check, Fault, Text, festival::Festival};
use khademyar_storage::{
    archives::{self, Archive},
    festivals,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    contract::{Reading, Writing},
    error::ApiError,
    extract::{Body, Organizer},
    state::AppState,
};

/// How far the archive of a festival is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"due_at": "2028-04-17T08:30:00Z", "since": null, "archived_at": null, "named": 4812}))]
pub(crate) struct ArchiveBody {
    /// When it begins by itself; null: never.
    due_at: Option<DateTime<Utc>>,
    /// Since when volunteers are made nameless; null: that has not begun. Nothing in the festival changes from then on.
    since: Option<DateTime<Utc>>,
    /// Since when all of them are; null: they are not.
    archived_at: Option<DateTime<Utc>>,
    /// How many volunteers have a name.
    #[schema(minimum = 0)]
    named: i64,
}

impl ArchiveBody {
    fn of(festival: &Festival, archive: &Archive) -> Self {
        Self {
            due_at: festival.archive_due(archive.last_at).filter(|_| archive.since.is_none()),
            since: archive.since,
            archived_at: archive.archived_at,
            named: archive.named,
        }
    }
}

/// That somebody means it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"festival_name": "دههٔ کرامت"}))]
pub(crate) struct ArchiveRequestBody {
    /// What the festival is called in Persian, so that it is not another one that is archived: it cannot be undone.
    festival_name: Text,
}

impl Check for ArchiveRequestBody {}

/// Tells when the festival is archived, or how far that is.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/archive", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "How far it is.", body = ArchiveBody), Reading))]
pub(crate) async fn get_archive(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<ArchiveBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let festival = festivals::get(&db, organizer.festival_id).await?.value;
    Ok(Json(ArchiveBody::of(&festival, &archives::get(&db, organizer.festival_id).await?)))
}

/// Archives a festival that is over: all its volunteers are made nameless, as if each had been erased, and figures stay. It is
/// done in the background within minutes, cannot be undone, and nothing in the festival can be changed afterwards.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/archive", tag = "festivals", request_body = ArchiveRequestBody,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 202, description = "It has begun, or is done.", body = ArchiveBody), Writing))]
pub(crate) async fn archive_festival(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(asked): Body<ArchiveRequestBody>,
) -> Result<(StatusCode, Json<ArchiveBody>), ApiError> {
    let now = app.clock.now();
    let db = app.store.begin().await?;
    let festival = festivals::get(&db, organizer.festival_id).await?.value;
    if asked.festival_name != festival.name.fa {
        return Err(ApiError::Invalid(vec![Fault::new(
            "/festival_name",
            "another_name",
            "The festival is called otherwise: give its Persian name as it stands there, if it is this one you mean.",
            "نام رویداد این نیست: اگر همین رویداد را می‌خواهید، نام آن را همان‌گونه که ثبت شده است بنویسید.",
        )]));
    }
    let last = archives::get(&db, organizer.festival_id).await?.last_at;
    if festival.end().is_none_or(|end| now < end.max(last)) {
        return Err(ApiError::conflict(
            "festival-not-over",
            "The festival is not over yet: archive it after its last night.",
            "رویداد هنوز پایان نیافته است: پس از آخرین شب آن را بایگانی کنید.",
        ));
    }
    archives::begin(&db, organizer.festival_id, now).await?;
    let body = ArchiveBody::of(&festival, &archives::get(&db, organizer.festival_id).await?);
    db.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(body)))
}
