//! Tokens for other systems.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Check, Fault, Id, Text,
    api_token::{ApiToken, Grant},
};
use khademyar_storage::api_tokens::{self, NewApiToken, StoredApiToken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{API_TOKEN_PREFIX, secret::Secret},
    contract::{Acting, Reading, Writing},
    error::ApiError,
    extract::{At, Body, Organizer},
    state::AppState,
};

/// A token about to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "سامانهٔ شهرداری", "grants": [{"data": "roster", "access": "read"}], "days": 30}))]
pub(crate) struct NewApiTokenBody {
    /// What it is called, so that one knows later which system has it.
    name: Text,
    /// What it is for.
    #[schema(min_items = 1, max_items = 16)]
    grants: Vec<Grant>,
    /// For how many days it is good.
    #[schema(minimum = 1, maximum = 366)]
    days: i32,
}

impl Check for NewApiTokenBody {
    fn check(&self) -> Vec<Fault> {
        let twice = (0..).zip(&self.grants).filter(|(k, grant)| self.grants[..*k].contains(grant));
        let fault = |(k, _): (usize, &Grant)| {
            Fault::new(
                format!("/grants/{k}"),
                "twice",
                "The same grant stands there before: leave it out.",
                "همین اجازه پیش‌تر آمده است: آن را بردارید.",
            )
        };
        twice.map(fault).collect()
    }
}

/// A token, without what is secret of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "name": "سامانهٔ شهرداری",
    "grants": [{"data": "roster", "access": "read"}], "user_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7f",
    "created_at": "2027-03-01T08:30:00Z", "expires_at": "2027-03-31T08:30:00Z", "last_used_at": null,
    "revoked_at": null
}))]
pub(crate) struct ApiTokenBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: Text,
    /// What it is for.
    grants: Vec<Grant>,
    /// Who made it: it can do no more than they may.
    user_id: Uuid,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// When it was last used, to the minute; null: never.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked; null: it was not.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<StoredApiToken> for ApiTokenBody {
    fn from(token: StoredApiToken) -> Self {
        Self {
            id: token.id.uuid(),
            name: token.name,
            grants: token.grants,
            user_id: token.user_id.uuid(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "token": "khademyar_q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E",
    "expires_at": "2027-03-31T08:30:00Z"
}))]
pub(crate) struct MadeApiTokenBody {
    /// Its id.
    id: Uuid,
    /// The token, to be sent as `Authorization: Bearer …`. It is shown here and never again.
    token: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
}

/// The festival's tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiTokensBody {
    /// The newest first, with those that are good no longer.
    items: Vec<ApiTokenBody>,
}

/// Lists the tokens that other systems have for the festival.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/api-tokens", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The tokens.", body = ApiTokensBody), Reading))]
pub(crate) async fn list_api_tokens(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<ApiTokensBody>, ApiError> {
    let tokens = api_tokens::list(&app.store.reader(), organizer.festival_id).await?;
    Ok(Json(ApiTokensBody { items: tokens.into_iter().map(ApiTokenBody::from).collect() }))
}

/// Makes a token for another system: for certain data of this festival, and no more than its maker may do. No token can
/// change who has a part in the festival, or make tokens.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/api-tokens", tag = "festivals", request_body = NewApiTokenBody,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 201, description = "Made; the token is shown this once.", body = MadeApiTokenBody), Writing))]
pub(crate) async fn create_api_token(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(body): Body<NewApiTokenBody>,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<MadeApiTokenBody>), ApiError> {
    let now = app.clock.now();
    let secret = Secret::with_prefix(API_TOKEN_PREFIX)?;
    let token = NewApiToken {
        id: app.new_id().into(),
        festival_id: organizer.festival_id,
        user_id: organizer.actor.user_id,
        name: body.name,
        grants: body.grants,
        hash: secret.hash(),
        expires_at: now + TimeDelta::days(body.days.into()),
    };
    let db = app.store.begin().await?;
    api_tokens::insert(&db, &token, now).await?;
    db.commit().await?;
    let made = MadeApiTokenBody {
        id: token.id.uuid(),
        token: secret.as_str().to_owned(),
        expires_at: token.expires_at,
    };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(made)))
}

/// Ends a token, at once.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/api-tokens/{id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("id" = Uuid, Path, description = "Its id.")),
    responses((status = 204, description = "Revoked."), Acting))]
pub(crate) async fn revoke_api_token(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Uuid, Id<ApiToken>)>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    api_tokens::revoke(&db, organizer.festival_id, id, app.clock.now()).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
