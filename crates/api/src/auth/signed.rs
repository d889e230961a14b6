//! Whoever sent a request, by the token that came with it.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use khademyar_domain::rights::Actor;
use khademyar_storage::users;

use crate::{error::ApiError, state::AppState};

/// Someone who is signed in.
#[derive(Debug)]
pub struct Signed(pub Actor);

impl FromRequestParts<AppState> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let authorization = parts.headers.get(header::AUTHORIZATION).ok_or(ApiError::Unauthenticated)?;
        let (scheme, token) = authorization
            .to_str()
            .ok()
            .and_then(|value| value.trim().split_once(' '))
            .ok_or(ApiError::Unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(ApiError::Unauthenticated);
        }
        let user_id =
            state.keys.verify(token.trim(), state.clock.now()).map_err(|_| ApiError::Unauthenticated)?;
        // Rights are read anew for each request: what was taken from someone is gone at once.
        let actor = users::actor(&state.store.reader(), user_id).await?;
        actor.map(Self).ok_or(ApiError::Unauthenticated)
    }
}
