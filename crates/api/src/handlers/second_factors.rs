//! The second factor: codes of an app, beside the password.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use chrono::TimeDelta;
use khademyar_domain::{Check, Fault, Id, member::User};
use khademyar_storage::{
    Db,
    counts::{self, Limit},
    second_factors::{self, SecondFactor},
    sign_in_challenges,
    sign_ins::Attempt,
    users,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::{
        password,
        second_factor::{AppSecret, recovery_codes, recovery_hash},
        secret::{self, Secret},
    },
    contract::{ChangingPassword, Reading, SigningIn},
    error::ApiError,
    extract::{Body, Signed, Whence},
    handlers::tokens::{TokenBody, Tokens, count_attempt, sign_in, tokens, too_many},
    state::AppState,
};

/// For how many seconds the second factor is waited for.
const CHALLENGE_SECONDS: i64 = 300;
/// How often someone's second factor may be tried in vain.
const TRIES: Limit = Limit { kind: "second factor", most: 10, within: TimeDelta::hours(1) };

/// What comes back where the password was right and a second factor is still to come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "mfa_required": true, "challenge": "q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E", "expires_in": 300
}))]
pub(crate) struct ChallengeBody {
    /// `true`.
    mfa_required: bool,
    /// To be sent with a code to `/v1/auth/token/second-factor`.
    challenge: String,
    /// For how many seconds it can be.
    #[schema(minimum = 1)]
    expires_in: i64,
}

/// A challenge and a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"challenge": "q0Gx7l0m3vRZkT1o6m5YB1nQ0oZ0p4bX9yWcTt3uJ2E", "code": "123456"}))]
pub(crate) struct SecondFactorBody {
    /// As `/v1/auth/token` gave it.
    #[schema(min_length = 1, max_length = 200)]
    challenge: String,
    /// The app's six digits, or a recovery code.
    #[schema(min_length = 6, max_length = 40)]
    code: String,
}

impl Check for SecondFactorBody {}

/// One's password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "سپید و سبز و بهار"}))]
pub(crate) struct OwnPasswordBody {
    /// As it is.
    #[schema(min_length = 1, max_length = 1000)]
    password: String,
}

impl Check for OwnPasswordBody {}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456"}))]
pub(crate) struct FactorCodeBody {
    /// The app's six digits.
    #[schema(min_length = 6, max_length = 40)]
    code: String,
}

impl Check for FactorCodeBody {}

/// One's password and a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "سپید و سبز و بهار", "code": "123456"}))]
pub(crate) struct PasswordAndCodeBody {
    /// As it is.
    #[schema(min_length = 1, max_length = 1000)]
    password: String,
    /// The app's six digits, or a recovery code.
    #[schema(min_length = 6, max_length = 40)]
    code: String,
}

impl Check for PasswordAndCodeBody {}

/// How one's second factor is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"state": "on", "recovery_codes_left": 10}))]
pub(crate) struct SecondFactorStateBody {
    /// Whether it is asked for.
    state: FactorState,
    /// How many recovery codes are left.
    recovery_codes_left: u64,
}

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FactorState {
    /// There is none.
    Off,
    /// An app was given the secret and has not shown yet that it has it.
    Pending,
    /// It is.
    On,
}

/// What an app needs.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "uri": "otpauth://totp/Khademyar:zahra.karimi?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Khademyar"
}))]
pub(crate) struct EnrolmentBody {
    /// To be typed into the app. It is shown here and never again.
    secret: String,
    /// The same, to be shown to the app as a picture.
    uri: String,
}

/// Codes to keep on paper.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"recovery_codes": ["k3zq-7hdm-2v5x-ynta"]}))]
pub(crate) struct RecoveryCodesBody {
    /// Each is good once, where the app is lost. They are shown here and never again.
    recovery_codes: Vec<String>,
}

type Secretly<T> = ([(HeaderName, &'static str); 1], Json<T>);

fn secretly<T>(body: T) -> Secretly<T> {
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// Says that someone's password was right, and asks for their second factor.
pub(crate) async fn challenge(app: &AppState, db: &Db, user_id: Id<User>) -> Result<ChallengeBody, ApiError> {
    let now = app.clock.now();
    let secret = Secret::generate()?;
    let expires_at = now + TimeDelta::seconds(CHALLENGE_SECONDS);
    sign_in_challenges::insert(db, &secret.hash(), user_id, expires_at, now).await?;
    let challenge = secret.as_str().to_owned();
    Ok(ChallengeBody { mfa_required: true, challenge, expires_in: CHALLENGE_SECONDS })
}

/// Gives the second factor after the password, for tokens: a code of the app, or a recovery code. There are five tries.
#[utoipa::path(post, path = "/v1/auth/token/second-factor", tag = "sign-in", security(()), request_body = SecondFactorBody,
    responses((status = 200, description = "Signed in.", body = TokenBody), SigningIn))]
pub(crate) async fn create_token_by_second_factor(
    State(app): State<AppState>,
    whence: Whence,
    Body(body): Body<SecondFactorBody>,
) -> Result<Tokens, ApiError> {
    let hash = secret::hash(&body.challenge);
    let db = app.store.begin().await?;
    let user_id = sign_in_challenges::take_try(&db, &hash, app.clock.now()).await?;
    db.commit().await?;
    let user_id = user_id.ok_or(ApiError::WrongSecondFactor)?;
    count_try(&app, user_id).await?;

    let db = app.store.begin().await?;
    let account = users::lock(&db, user_id).await?;
    let fits = fits(&app, &db, user_id, &body.code).await?;
    if !fits || !sign_in_challenges::consume(&db, &hash).await? {
        return Err(ApiError::WrongSecondFactor);
    }
    counts::clear(&db, TRIES.kind, &user_id.to_string()).await?;
    let (holder, refresh) = sign_in(&app, &db, &account, whence).await?;
    db.commit().await?;
    tokens(&app, holder, &refresh).await
}

/// Tells how one's second factor is.
#[utoipa::path(get, path = "/v1/me/second-factor", tag = "sign-in",
    responses((status = 200, description = "How it is.", body = SecondFactorStateBody), Reading))]
pub(crate) async fn get_my_second_factor(
    State(app): State<AppState>,
    Signed(actor): Signed,
) -> Result<Json<SecondFactorStateBody>, ApiError> {
    let db = app.store.reader();
    let state = match second_factors::get(&db, actor.user_id).await? {
        None => FactorState::Off,
        Some(SecondFactor { confirmed: false, .. }) => FactorState::Pending,
        Some(SecondFactor { confirmed: true, .. }) => FactorState::On,
    };
    let recovery_codes_left = second_factors::recovery_codes_left(&db, actor.user_id).await?;
    Ok(Json(SecondFactorStateBody { state, recovery_codes_left }))
}

/// Begins to add a second factor: what is answered goes into an app, which then shows by a code that it has it.
#[utoipa::path(post, path = "/v1/me/second-factor", tag = "sign-in", request_body = OwnPasswordBody,
    responses((status = 200, description = "What an app needs.", body = EnrolmentBody), ChangingPassword))]
pub(crate) async fn enrol_second_factor(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Body(body): Body<OwnPasswordBody>,
) -> Result<Secretly<EnrolmentBody>, ApiError> {
    let username = own_password(&app, actor.user_id, body.password).await?;
    let secret = AppSecret::generate()?;
    let db = app.store.begin().await?;
    second_factors::begin(&db, actor.user_id, secret.bytes(), app.clock.now()).await?;
    db.commit().await?;
    Ok(secretly(EnrolmentBody { secret: secret.text(), uri: secret.uri(&username) }))
}

/// Turns the second factor on, by a code of the app. The recovery codes that come back are to be kept on paper.
#[utoipa::path(post, path = "/v1/me/second-factor/confirm", tag = "sign-in", request_body = FactorCodeBody,
    responses((status = 200, description = "It is on.", body = RecoveryCodesBody), ChangingPassword))]
pub(crate) async fn confirm_second_factor(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Body(body): Body<FactorCodeBody>,
) -> Result<Secretly<RecoveryCodesBody>, ApiError> {
    let now = app.clock.now();
    count_try(&app, actor.user_id).await?;
    let db = app.store.begin().await?;
    users::lock(&db, actor.user_id).await?;
    let pending = second_factors::get(&db, actor.user_id).await?.filter(|factor| !factor.confirmed);
    let pending = pending.ok_or_else(|| {
        ApiError::conflict(
            "no-enrolment",
            "No enrolment is under way: begin one by POST /v1/me/second-factor.",
            "افزودن عامل دوم آغاز نشده است: نخست POST /v1/me/second-factor را بفرستید.",
        )
    })?;
    let step = AppSecret::stored(pending.secret).step(&body.code, now);
    let step = step.ok_or_else(|| ApiError::Invalid(vec![wrong_code()]))?;
    second_factors::use_step(&db, actor.user_id, step).await?;
    let codes = recovery_codes()?;
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(code)).collect();
    second_factors::confirm(&db, actor.user_id, &hashes, now).await?;
    counts::clear(&db, TRIES.kind, &actor.user_id.to_string()).await?;
    db.commit().await?;
    Ok(secretly(RecoveryCodesBody { recovery_codes: codes }))
}

/// Makes new recovery codes; those before are good no longer.
#[utoipa::path(post, path = "/v1/me/second-factor/recovery-codes", tag = "sign-in", request_body = PasswordAndCodeBody,
    responses((status = 200, description = "The new ones.", body = RecoveryCodesBody), ChangingPassword))]
pub(crate) async fn renew_recovery_codes(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Body(body): Body<PasswordAndCodeBody>,
) -> Result<Secretly<RecoveryCodesBody>, ApiError> {
    let db = proved(&app, actor.user_id, body).await?;
    let codes = recovery_codes()?;
    let hashes: Vec<_> = codes.iter().map(|code| recovery_hash(code)).collect();
    second_factors::confirm(&db, actor.user_id, &hashes, app.clock.now()).await?;
    db.commit().await?;
    Ok(secretly(RecoveryCodesBody { recovery_codes: codes }))
}

/// Takes one's second factor away.
#[utoipa::path(post, path = "/v1/me/second-factor/remove", tag = "sign-in", request_body = PasswordAndCodeBody,
    responses((status = 204, description = "There is none any more."), ChangingPassword))]
pub(crate) async fn remove_second_factor(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Body(body): Body<PasswordAndCodeBody>,
) -> Result<StatusCode, ApiError> {
    let db = proved(&app, actor.user_id, body).await?;
    second_factors::remove(&db, actor.user_id).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A transaction of someone who gave their password and their second factor.
async fn proved(app: &AppState, user_id: Id<User>, body: PasswordAndCodeBody) -> Result<Db, ApiError> {
    own_password(app, user_id, body.password).await?;
    count_try(app, user_id).await?;
    let db = app.store.begin().await?;
    users::lock(&db, user_id).await?;
    if !second_factors::is_on(&db, user_id).await? {
        return Err(ApiError::conflict(
            "no-second-factor",
            "There is no second factor: it is off.",
            "عامل دومی در کار نیست: خاموش است.",
        ));
    }
    if !fits(app, &db, user_id, &body.code).await? {
        return Err(ApiError::Invalid(vec![wrong_code()]));
    }
    counts::clear(&db, TRIES.kind, &user_id.to_string()).await?;
    Ok(db)
}

/// Uses a code up, if it is one of the app's or a recovery code.
async fn fits(app: &AppState, db: &Db, user_id: Id<User>, code: &str) -> Result<bool, ApiError> {
    let Some(factor) = second_factors::get(db, user_id).await?.filter(|factor| factor.confirmed) else {
        return Ok(false);
    };
    match AppSecret::stored(factor.secret).step(code, app.clock.now()) {
        Some(step) => Ok(second_factors::use_step(db, user_id, step).await?),
        None => Ok(second_factors::use_recovery(db, user_id, &recovery_hash(code)).await?),
    }
}

/// Counts a try at someone's second factor, before it is looked at.
async fn count_try(app: &AppState, user_id: Id<User>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let db = app.store.begin().await?;
    let attempt = counts::add(&db, TRIES, &user_id.to_string(), now).await?;
    db.commit().await?;
    match attempt {
        Attempt::Counted => Ok(()),
        Attempt::Blocked(until) => Err(too_many(until, now)),
    }
}

/// Whether someone knows their password; their username then. A stolen access token must not serve to guess it.
async fn own_password(app: &AppState, user_id: Id<User>, given: String) -> Result<String, ApiError> {
    let account = users::get(&app.store.reader(), user_id).await?;
    count_attempt(app, &account.username).await?;
    if !password::verify(given, Some(account.password_hash)).await? {
        return Err(ApiError::Invalid(vec![Fault::new(
            "/password",
            "wrong_password",
            "This is not your password.",
            "این گذرواژهٔ شما نیست.",
        )]));
    }
    Ok(account.username)
}

fn wrong_code() -> Fault {
    Fault::new(
        "/code",
        "wrong_code",
        "This is not the app's code now; each is good once. Look at the clock of your phone.",
        "این کد کنونی برنامه نیست؛ هر کد یک بار پذیرفته می‌شود. ساعت گوشی خود را ببینید.",
    )
}
