//! What comes as `Authorization: Bearer …`: an access token of someone who is signed in, or the token of another system.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use khademyar_domain::{
    Id,
    api_token::{ApiToken, Grant},
    device::Device,
    rights::Actor,
};
use khademyar_storage::{
    api_tokens,
    users::{self, SignedIn},
};
use uuid::Uuid;

use super::{VerifyError, secret};
use crate::{error::ApiError, extract::header_text, state::AppState};

/// What the token of another system begins with, so that one that was published by mistake is found.
pub(crate) const API_TOKEN_PREFIX: &str = "khademyar_";

/// Who a request is from, and by what that is known.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    /// Who, with the parts that the token is good for.
    pub actor: Actor,
    /// By what.
    pub by: Credential,
    /// How whoever signed in stands, as it was when that was found out.
    pub standing: Option<Arc<SignedIn>>,
}

/// What a request is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An access token of someone who is signed in on this device.
    Device(Id<Device>),
    /// The token of another system, for this alone.
    ApiToken(Id<ApiToken>, Vec<Grant>),
}

impl Bearer {
    /// By what its requests are counted: whoever signed in, whatever their devices, and each token by itself.
    pub(crate) fn counted_as(&self) -> Uuid {
        match self.by {
            Credential::Device(_) => self.actor.user_id.uuid(),
            Credential::ApiToken(id, _) => id.uuid(),
        }
    }

    /// Who sent these headers.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] where they hold no token that is good.
    pub(crate) async fn of(headers: &HeaderMap, app: &AppState) -> Result<Self, ApiError> {
        let token = token(headers).ok_or(ApiError::Unauthenticated)?;
        let bearer = if token.starts_with(API_TOKEN_PREFIX) {
            of_system(token, app).await?
        } else {
            signed_in(token, app).await?
        };
        bearer.ok_or(ApiError::Unauthenticated)
    }
}

/// The token in these headers, whatever it is good for.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header_text(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn signed_in(token: &str, app: &AppState) -> Result<Option<Bearer>, ApiError> {
    let holder = match app.keys.verify(token, app.clock.now()).await {
        Ok(holder) => holder,
        Err(VerifyError::Invalid) => return Ok(None),
        Err(VerifyError::Storage(error)) => return Err(error.into()),
    };
    let signed_in = app.fresh.signed_in(&app.store, holder.user_id, holder.device_id).await?;
    let by = Credential::Device(holder.device_id);
    Ok(signed_in.map(|standing| Bearer { actor: standing.actor.clone(), by, standing: Some(standing) }))
}

async fn of_system(token: &str, app: &AppState) -> Result<Option<Bearer>, ApiError> {
    let now = app.clock.now();
    let db = app.store.reader();
    let Some(token) = api_tokens::find(&db, &secret::hash(token), now).await? else { return Ok(None) };
    let Some(mut actor) = users::actor(&db, token.user_id).await? else { return Ok(None) };
    // It does what its maker may do there still, and nothing elsewhere.
    actor.operator = false;
    actor.parts.retain(|part| part.festival_id == token.festival_id);
    if token.last_used_at.is_none_or(|at| (now - at).num_seconds() >= 60) {
        let db = app.store.begin().await?;
        api_tokens::touch(&db, token.id, now).await?;
        db.commit().await?;
    }
    let by = Credential::ApiToken(token.id, token.grants);
    Ok(Some(Bearer { actor, by, standing: None }))
}
