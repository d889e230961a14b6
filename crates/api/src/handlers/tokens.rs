//! Signing in and out: access tokens that last minutes, refresh tokens that are used once.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use chrono::TimeDelta;
use khademyar_domain::{Check, Id, member::User};
use khademyar_storage::{
    Db, refresh_tokens,
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
    extract::Body,
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

fn tokens(app: &AppState, user_id: Id<User>, refresh: &Secret) -> Result<Tokens, ApiError> {
    let tokens = TokenBody {
        access_token: app.keys.sign(user_id, app.clock.now())?,
        token_type: "Bearer",
        expires_in: ACCESS_SECONDS,
        refresh_token: refresh.as_str().to_owned(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(tokens)))
}

/// Gives a password for tokens. After ten failures within a quarter of an hour, a username has to wait.
#[utoipa::path(post, path = "/v1/auth/token", tag = "sign-in", security(()), request_body = CredentialsBody,
    responses((status = 200, description = "Signed in.", body = TokenBody), SigningIn))]
pub(crate) async fn create_token(
    State(app): State<AppState>,
    Body(body): Body<CredentialsBody>,
) -> Result<Tokens, ApiError> {
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
    let refresh = sign_in(&app, &db, &account).await?;
    db.commit().await?;
    tokens(&app, account.id, &refresh)
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
        Attempt::Blocked(until) => {
            Err(ApiError::TooMany(u32::try_from((until - now).num_seconds() + 1).unwrap_or(1)))
        }
    }
}

/// Forgets the attempts of someone whose password was right, and begins a family of refresh tokens.
async fn sign_in(app: &AppState, db: &Db, account: &Account) -> Result<Secret, ApiError> {
    let now = app.clock.now();
    sign_ins::forget(db, &account.username, now).await?;
    let refresh = Secret::generate()?;
    let expires_at = now + TimeDelta::days(REFRESH_DAYS);
    refresh_tokens::insert(db, &refresh.hash(), app.new_id(), account.id, expires_at).await?;
    Ok(refresh)
}

/// Replaces a user's password, ends what they were signed in with, and signs them in anew.
pub(crate) async fn replace_password(
    app: &AppState,
    account: &Account,
    new_password: String,
) -> Result<Tokens, ApiError> {
    let hash = password::hash(new_password).await?;
    let db = app.store.begin().await?;
    if users::lock(&db, account.id).await?.password_hash != account.password_hash {
        return Err(ApiError::Stale("password"));
    }
    users::set_password_hash(&db, account.id, &hash).await?;
    refresh_tokens::revoke_all(&db, account.id, app.clock.now()).await?;
    let refresh = sign_in(app, &db, account).await?;
    db.commit().await?;
    tokens(app, account.id, &refresh)
}

/// Gives a refresh token for new tokens. It works once: a second use ends all that came of the same sign-in.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "sign-in", security(()), request_body = RefreshBody,
    responses((status = 200, description = "The next tokens.", body = TokenBody), SigningIn))]
pub(crate) async fn refresh_token(
    State(app): State<AppState>,
    Body(body): Body<RefreshBody>,
) -> Result<Tokens, ApiError> {
    let now = app.clock.now();
    let refresh = Secret::generate()?;
    let expires_at = now + TimeDelta::days(REFRESH_DAYS);
    let db = app.store.begin().await?;
    let used = secret::hash(&body.refresh_token);
    let user_id = refresh_tokens::rotate(&db, &used, &refresh.hash(), expires_at, now).await?;
    db.commit().await?;
    tokens(&app, user_id.ok_or(ApiError::WrongRefreshToken)?, &refresh)
}

/// Signs out: ends all refresh tokens of the same sign-in. The access token runs out by itself.
#[utoipa::path(post, path = "/v1/auth/revoke", tag = "sign-in", security(()), request_body = RefreshBody,
    responses((status = 204, description = "Signed out, if it was a token of ours."), Open))]
pub(crate) async fn revoke_token(
    State(app): State<AppState>,
    Body(body): Body<RefreshBody>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    refresh_tokens::revoke_family(&db, &secret::hash(&body.refresh_token), app.clock.now()).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
