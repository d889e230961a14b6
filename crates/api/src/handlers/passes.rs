//! The pass that a volunteer shows on the night, and the public key that it is checked by where there is no network.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use chrono::{DateTime, Days, NaiveTime, Utc};
use khademyar_domain::{Id, festival::Festival};
use khademyar_reports::qr;
use khademyar_storage::{festivals, nights};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Own, SecretAddress},
    error::ApiError,
    extract::At,
    handlers::signing_keys::JwksBody,
    own_part::OwnPart,
    state::AppState,
};

/// What one shows on the night.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PassBody {
    /// The festival.
    festival_id: Uuid,
    /// The volunteer.
    volunteer_id: Uuid,
    /// To be shown as a QR code: a JWT of the type `khademyar-pass+jwt`, signed with the festival's key. `aud` is the
    /// festival, `sub` the volunteer; it names nobody.
    #[schema(
        example = "eyJ0eXAiOiJraGFkZW15YXItcGFzcytqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl"
    )]
    token: String,
    /// To be said where no camera reads the token: six digits.
    #[schema(example = "048213")]
    code: String,
    /// Until when it is good: two days after the festival's last evening began.
    good_until: DateTime<Utc>,
}

/// Reads one's own pass: a signed token for the camera of whoever calls the roll, and a code for their ears. It stays the
/// same as long as the festival's dates do, so that a phone without a network keeps it.
#[utoipa::path(get, path = "/v1/me/pass", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The pass.", body = PassBody), Own))]
pub(crate) async fn get_my_pass(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<([(HeaderName, &'static str); 1], Json<PassBody>), ApiError> {
    Ok(([(header::CACHE_CONTROL, "private, no-cache")], Json(pass(&app, &own).await?)))
}

/// Reads the token of one's own pass as a QR code.
#[utoipa::path(get, path = "/v1/me/pass.svg", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"), Own))]
pub(crate) async fn draw_my_pass(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<([(HeaderName, &'static str); 2], String), ApiError> {
    let picture = qr::svg(&pass(&app, &own).await?.token);
    let picture = picture.map_err(|error| ApiError::Internal(error.to_string()))?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, no-cache")];
    Ok((headers, picture))
}

/// Lists the public key of a festival, as a JWK set (RFC 7517): passes are checked by it.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/keys", tag = "sign-in", security(()),
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The key.", body = JwksBody), SecretAddress))]
pub(crate) async fn list_festival_keys(
    State(app): State<AppState>,
    At(festival_id): At<Id<Festival>>,
) -> Result<([(HeaderName, &'static str); 1], Json<JwksBody>), ApiError> {
    festivals::revision(&app.store.reader(), festival_id).await?;
    let key = app.festival_keys.of(festival_id)?;
    let keys: Vec<Value> =
        vec![serde_json::to_value(key.public()?).map_err(|error| ApiError::Internal(error.to_string()))?];
    Ok(([(header::CACHE_CONTROL, "public, max-age=86400")], Json(JwksBody { keys })))
}

async fn pass(app: &AppState, own: &OwnPart) -> Result<PassBody, ApiError> {
    let last = nights::last_dates(&app.store.reader(), &[own.festival_id]).await?;
    let last = last.get(&own.festival_id).ok_or(ApiError::NotFound("pass"))?;
    let end = last.checked_add_days(Days::new(2)).unwrap_or(*last);
    let good_until = end.and_time(NaiveTime::MIN).and_utc();
    let key = app.festival_keys.of(own.festival_id)?;
    Ok(PassBody {
        festival_id: own.festival_id.uuid(),
        volunteer_id: own.volunteer_id.uuid(),
        token: key.pass(own.volunteer_id, good_until)?,
        code: key.code(own.volunteer_id)?,
        good_until,
    })
}
