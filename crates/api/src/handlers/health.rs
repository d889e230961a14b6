//! Whether the service is well.

use axum::{Json, extract::State};
use khademyar_storage::StorageError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    contract::{Asking, NotReady},
    error::ApiError,
    state::AppState,
};

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub(crate) struct HealthBody {
    /// `ok`.
    status: &'static str,
}

/// Says that the process lives.
#[utoipa::path(get, path = "/healthz", tag = "service", security(()), responses((status = 200, description = "It lives.", body = HealthBody), Asking))]
pub(crate) async fn healthz() -> Json<HealthBody> {
    Json(HealthBody { status: "ok" })
}

/// Says whether requests can be served: the database answers, its schema is up to date, and there was room for whatever
/// this process wrote in the last half minute.
#[utoipa::path(get, path = "/readyz", tag = "service", security(()),
    responses((status = 200, description = "It is ready.", body = HealthBody), NotReady))]
pub(crate) async fn readyz(State(app): State<AppState>) -> Result<Json<HealthBody>, ApiError> {
    if app.metrics.found_no_room(app.clock.now()) {
        return Err(ApiError::Full(StorageError::NotFound("room")));
    }
    let waiting = app.store.pending_migrations().await.map_err(ApiError::Busy)?;
    match waiting.first() {
        None => Ok(Json(HealthBody { status: "ok" })),
        Some(_) => Err(ApiError::Busy(StorageError::NotFound("migration"))),
    }
}
