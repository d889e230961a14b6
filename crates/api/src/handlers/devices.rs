//! What one is signed in on.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, device::Device};
use khademyar_storage::devices;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::Credential,
    contract::{Acting, Reading},
    error::ApiError,
    extract::{At, Caller},
    state::AppState,
};

/// Something one is signed in on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "description": "Chrome, Android", "address": "192.0.2.7",
    "created_at": "2027-03-01T08:30:00Z", "last_used_at": "2027-03-02T18:10:00Z",
    "expires_at": "2027-04-01T18:10:00Z", "current": true
}))]
pub(crate) struct DeviceBody {
    /// Its id.
    id: Uuid,
    /// Browser and system, as far as they are known.
    description: Option<String>,
    /// The address it last got tokens from.
    address: Option<String>,
    /// When one signed in.
    created_at: DateTime<Utc>,
    /// When it last got tokens.
    last_used_at: DateTime<Utc>,
    /// When it is signed out by itself, if it is not used before.
    expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    current: bool,
}

/// What one is signed in on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DevicesBody {
    /// What was used last comes first.
    items: Vec<DeviceBody>,
}

/// Lists what one is signed in on.
#[utoipa::path(get, path = "/v1/me/devices", tag = "sign-in",
    responses((status = 200, description = "The devices.", body = DevicesBody), Reading))]
pub(crate) async fn list_my_devices(
    State(app): State<AppState>,
    Caller(bearer): Caller,
) -> Result<Json<DevicesBody>, ApiError> {
    let now = app.clock.now();
    let devices = devices::list(&app.store.reader(), bearer.actor.user_id, now).await?;
    let items = devices.into_iter().map(|device| DeviceBody {
        current: bearer.by == Credential::Device(device.id),
        id: device.id.uuid(),
        description: device.description,
        address: device.address,
        created_at: device.created_at,
        last_used_at: device.last_used_at,
        expires_at: device.expires_at,
    });
    Ok(Json(DevicesBody { items: items.collect() }))
}

/// Signs out on one device, at once.
#[utoipa::path(delete, path = "/v1/me/devices/{id}", tag = "sign-in",
    params(("id" = Uuid, Path, description = "The device's id.")),
    responses((status = 204, description = "Signed out."), Acting))]
pub(crate) async fn sign_out_device(
    State(app): State<AppState>,
    Caller(bearer): Caller,
    At(id): At<Id<Device>>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    devices::end(&db, bearer.actor.user_id, id).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out on every device, this one too, at once.
#[utoipa::path(delete, path = "/v1/me/devices", tag = "sign-in",
    responses((status = 204, description = "Signed out."), Acting))]
pub(crate) async fn sign_out_everywhere(
    State(app): State<AppState>,
    Caller(bearer): Caller,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    devices::end_all(&db, bearer.actor.user_id).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
