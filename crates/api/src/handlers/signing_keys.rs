//! The public keys that access tokens are checked by.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{contract::NotReady, error::ApiError, state::AppState};

/// Public keys (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"keys": [{
    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
}]}))]
pub(crate) struct JwksBody {
    /// The newest first: it signs; the others only verify.
    #[schema(value_type = Vec<Object>)]
    pub(crate) keys: Vec<Value>,
}

/// Lists the public keys that access tokens are checked by, as a JWK set.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "sign-in", security(()),
    responses((status = 200, description = "The keys.", body = JwksBody), NotReady))]
pub(crate) async fn list_signing_keys(
    State(app): State<AppState>,
) -> Result<([(HeaderName, &'static str); 1], Json<JwksBody>), ApiError> {
    let keys = app.keys.public(app.clock.now()).await?;
    let keys = keys.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    let keys = keys.map_err(|error| ApiError::Internal(error.to_string()))?;
    // A new key signs within a minute of its making.
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(JwksBody { keys })))
}
