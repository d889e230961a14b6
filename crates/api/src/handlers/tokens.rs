//! Signing in and out: access tokens that last minutes, refresh tokens that are used once.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::Check;
use khademyar_storage::{
    Db,
    devices::{self, SignedIn},
    refresh_tokens::{self, Holder, Successor},
    second_factors, sign_in_challenges,
    sign_ins::{self, Attempt},
    users::{self, Account},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::{
        ACCESS_SECONDS, password,
        secret::{self, Secret},
    },
    contract::{Open, SigningIn},
    error::ApiError,
    extract::{Body, Whence},
    handlers::second_factors::{ChallengeBody, challenge},
    state::AppState,
};

/// For how long a refresh token can be used.
const REFRESH_DAYS: i64 = 30;

/// A username and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "zahra.karimi", "password": "سپید و سبز و بهار"}))]
pub(crate) struct CredentialsBody {
    /// In any case and digits.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\u0000-\u001F]+$")]
    username: String,
    /// To the letter.
    #[schema(min_length = 1, max_length = 1000)]
    password: String,
}

impl Check for CredentialsBody {}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E"}))]
pub(crate) struct RefreshBody {
    /// The newest one that was handed out.
    #[schema(min_length = 1, max_length = 200)]
    refresh_token: String,
}

impl Check for RefreshBody {}

/// What one is signed in with.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJhbGciOiJFZERTQSIsImtpZCI6Il…", "token_type": "Bearer", "expires_in": 900,
    "refresh_token": "q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E"
}))]
pub(crate) struct TokenBody {
    /// A JWT, to be sent as `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(minimum = 1)]
    expires_in: i64,
    /// Good for one use, within 30 days: for the next pair of tokens.
    refresh_token: String,
}

/// Tokens, with the header that keeps them out of caches.
pub(crate) type Tokens = ([(HeaderName, &'static str); 1], Json<TokenBody>);

pub(crate) async fn tokens(app: &AppState, holder: Holder, refresh: &Secret) -> Result<Tokens, ApiError> {
    let tokens = TokenBody {
        access_token: app.keys.sign(holder, app.clock.now()).await?,
        token_type: "Bearer",
        expires_in: ACCESS_SECONDS,
        refresh_token: refresh.as_str().to_owned(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(tokens)))
}

/// What the right password is answered.
pub(crate) enum PasswordAnswer {
    /// One is signed in.
    Tokens(Tokens),
    /// A second factor is still to come.
    Challenge(ChallengeBody),
}

impl IntoResponse for PasswordAnswer {
    fn into_response(self) -> Response {
        let no_store = [(header::CACHE_CONTROL, "no-store")];
        match self {
            Self::Tokens(tokens) => tokens.into_response(),
            Self::Challenge(challenge) => (StatusCode::ACCEPTED, no_store, Json(challenge)).into_response(),
        }
    }
}

/// Gives a password for tokens, or, where one has a second factor, for a challenge to it. After ten failures within a
/// quarter of an hour, a username has to wait.
#[utoipa::path(post, path = "/v1/auth/token", tag = "sign-in", security(()), request_body = CredentialsBody,
    responses((status = 200, description = "Signed in.", body = TokenBody),
              (status = 202, description = "The password is right; the second factor is still to come.", body = ChallengeBody),
              SigningIn))]
pub(crate) async fn create_token(
    State(app): State<AppState>,
    whence: Whence,
    Body(body): Body<CredentialsBody>,
) -> Result<PasswordAnswer, ApiError> {
    count_attempt(&app, &body.username).await?;
    let account = users::find(&app.store.reader(), &body.username).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let fits = password::verify(body.password, hash).await?;
    let account = account.filter(|_| fits).ok_or(ApiError::WrongCredentials)?;

    let db = app.store.begin().await?;
    // The password may have been changed while it was compared.
    if users::lock(&db, account.id).await?.password_hash != account.password_hash {
        return Err(ApiError::WrongCredentials);
    }
    if second_factors::is_on(&db, account.id).await? {
        let challenge = challenge(&app, &db, account.id).await?;
        db.commit().await?;
        return Ok(PasswordAnswer::Challenge(challenge));
    }
    let (holder, refresh) = sign_in(&app, &db, &account, whence).await?;
    db.commit().await?;
    tokens(&app, holder, &refresh).await.map(PasswordAnswer::Tokens)
}

/// Counts an attempt at a password.
///
/// # Errors
/// [`ApiError::TooMany`] when it must wait.
pub(crate) async fn count_attempt(app: &AppState, username: &str) -> Result<(), ApiError> {
    let now = app.clock.now();
    let db = app.store.begin().await?;
    let attempt = sign_ins::attempt(&db, username, now).await?;
    db.commit().await?;
    match attempt {
        Attempt::Counted => Ok(()),
        Attempt::Blocked(until) => Err(too_many(until, now)),
    }
}

/// Says that what was tried too often may be tried again `until` then.
pub(crate) fn too_many(until: DateTime<Utc>, now: DateTime<Utc>) -> ApiError {
    ApiError::TooMany(u32::try_from((until - now).num_seconds() + 1).unwrap_or(1))
}

/// Forgets the attempts of someone who proved who they are, and signs them in on the device they ask from.
pub(crate) async fn sign_in(
    app: &AppState,
    db: &Db,
    account: &Account,
    whence: Whence,
) -> Result<(Holder, Secret), ApiError> {
    let now = app.clock.now();
    sign_ins::forget(db, &account.username, now).await?;
    let refresh = Secret::generate()?;
    let device = SignedIn {
        id: app.new_id().into(),
        description: whence.device,
        address: whence.address.map(|address| address.to_string()),
        created_at: now,
        last_used_at: now,
        expires_at: now + TimeDelta::days(REFRESH_DAYS),
    };
    devices::insert(db, account.id, &device).await?;
    let holder = Holder { user_id: account.id, device_id: device.id };
    refresh_tokens::insert(db, &refresh.hash(), holder, device.expires_at).await?;
    Ok((holder, refresh))
}

/// Replaces a user's password, ends what they were signed in with, and signs them in anew.
pub(crate) async fn replace_password(
    app: &AppState,
    account: &Account,
    new_password: String,
    whence: Whence,
) -> Result<Tokens, ApiError> {
    let hash = password::hash(new_password).await?;
    let db = app.store.begin().await?;
    if users::lock(&db, account.id).await?.password_hash != account.password_hash {
        return Err(ApiError::Stale("password"));
    }
    users::set_password_hash(&db, account.id, &hash).await?;
    devices::end_all(&db, account.id).await?;
    sign_in_challenges::end_all(&db, account.id).await?;
    let (holder, refresh) = sign_in(app, &db, account, whence).await?;
    db.commit().await?;
    tokens(app, holder, &refresh).await
}

/// Gives a refresh token for new tokens. It works once: a second use signs the device out.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "sign-in", security(()), request_body = RefreshBody,
    responses((status = 200, description = "The next tokens.", body = TokenBody), SigningIn))]
pub(crate) async fn refresh_token(
    State(app): State<AppState>,
    whence: Whence,
    Body(body): Body<RefreshBody>,
) -> Result<Tokens, ApiError> {
    let now = app.clock.now();
    let refresh = Secret::generate()?;
    let (hash, address) = (refresh.hash(), whence.address.map(|address| address.to_string()));
    let expires_at = now + TimeDelta::days(REFRESH_DAYS);
    let successor = Successor { hash: &hash, expires_at, address: address.as_deref() };
    let db = app.store.begin().await?;
    let used = secret::hash(&body.refresh_token);
    let holder = refresh_tokens::rotate(&db, &used, successor, now).await?;
    db.commit().await?;
    tokens(&app, holder.ok_or(ApiError::WrongRefreshToken)?, &refresh).await
}

/// Signs out on the device that has this token, at once.
#[utoipa::path(post, path = "/v1/auth/revoke", tag = "sign-in", security(()), request_body = RefreshBody,
    responses((status = 204, description = "Signed out, if it was a token of ours."), Open))]
pub(crate) async fn revoke_token(
    State(app): State<AppState>,
    Body(body): Body<RefreshBody>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    refresh_tokens::sign_out(&db, &secret::hash(&body.refresh_token)).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
