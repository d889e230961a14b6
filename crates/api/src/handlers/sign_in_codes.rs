//! Signing in by phone and one-time code, as volunteers do.
//!
//! What is answered, what is done and how long it takes do not tell whether somebody has the phone: a code is made, hashed
//! and stored for every phone that asks, and the message leaves after the answer.

use axum::{Json, extract::State, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use khademyar_domain::{
    Check, Id,
    member::User,
    persian,
    phone::Phone,
    phone_owner::{Known, Owner},
};
use khademyar_senders::{Message, Sms};
use khademyar_storage::{
    Db,
    counts::{self, Limit},
    phones, sign_in_codes,
    sign_ins::Attempt,
    users::{self, NewUser},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::{
        password,
        secret::{self, random},
    },
    contract::{AskingForCode, SigningIn},
    error::ApiError,
    extract::{Body, Whence},
    handlers::tokens::{TokenBody, Tokens, sign_in, tokens, too_many},
    state::AppState,
};

/// For how many seconds a code is good.
const GOOD_SECONDS: i64 = 120;
/// After how many seconds another may be asked for.
const RESEND_SECONDS: i64 = 60;

/// How often codes are sent to a phone.
const OF_PHONE: [Limit; 2] = [
    Limit { kind: "code of phone, soon", most: 1, within: TimeDelta::seconds(RESEND_SECONDS) },
    Limit { kind: "code of phone", most: 5, within: TimeDelta::hours(1) },
];
/// How often codes are asked for from an address; behind one there may be all the phones of an evening.
const OF_ADDRESS: Limit = Limit { kind: "code of address", most: 60, within: TimeDelta::hours(1) };
/// How often codes are tried from an address.
const TRIES_OF_ADDRESS: Limit = Limit { kind: "try of address", most: 200, within: TimeDelta::hours(1) };

/// A phone that a code is wanted for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "09121234567"}))]
pub(crate) struct CodeRequestBody {
    /// As it is registered, however it is typed.
    #[schema(max_length = 40)]
    phone: Phone,
}

impl Check for CodeRequestBody {}

/// What was done for every phone alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"good_seconds": 120, "resend_seconds": 60}))]
pub(crate) struct CodeSentBody {
    /// For how many seconds the code is good.
    good_seconds: i64,
    /// After how many seconds another can be asked for.
    resend_seconds: i64,
}

/// A phone and the code that was sent to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "09121234567", "code": "123456"}))]
pub(crate) struct CodeBody {
    /// As it is registered, however it is typed.
    #[schema(max_length = 40)]
    phone: Phone,
    /// Six digits, Persian or Latin.
    #[schema(min_length = 6, max_length = 20)]
    code: String,
}

impl Check for CodeBody {}

/// Sends a code to a phone, if a volunteer has it; the answer is the same if none has. Good for two minutes and five tries.
/// Where no text messages leave, it is refused for every phone alike.
#[utoipa::path(post, path = "/v1/auth/codes", tag = "sign-in", security(()), request_body = CodeRequestBody,
    responses((status = 202, description = "Sent, if a volunteer has the phone.", body = CodeSentBody), AskingForCode))]
pub(crate) async fn create_sign_in_code(
    State(app): State<AppState>,
    whence: Whence,
    Body(body): Body<CodeRequestBody>,
) -> Result<(StatusCode, Json<CodeSentBody>), ApiError> {
    if !app.courier.sends_texts() {
        return Err(ApiError::conflict(
            "no-text-messages",
            "No text messages leave from here, so nobody gets a code: sign in by username and password.",
            "از اینجا پیامکی نمی‌رود و کدی به کسی نمی‌رسد: با نام کاربری و گذرواژه وارد شوید.",
        ));
    }
    let now = app.clock.now();
    let phone_hash = phone_hash(&body.phone);
    let db = app.store.begin().await?;
    counts::forget(&db, now).await?;
    let mut limits = vec![(OF_ADDRESS, address(&whence))];
    limits.extend(OF_PHONE.map(|limit| (limit, Some(URL_SAFE_NO_PAD.encode(phone_hash)))));
    count(&app, db, limits).await?;

    let code = six_digits()?;
    let code_hash = password::hash(code.clone()).await?;
    let db = app.store.begin().await?;
    let expires_at = now + TimeDelta::seconds(GOOD_SECONDS);
    sign_in_codes::replace(&db, &phone_hash, &code_hash, expires_at, now).await?;
    let known = phones::known(&db, &body.phone).await?;
    db.commit().await?;
    if known.owner().is_some() {
        app.courier.take(message(body.phone, code));
    }
    let sent = CodeSentBody { good_seconds: GOOD_SECONDS, resend_seconds: RESEND_SECONDS };
    Ok((StatusCode::ACCEPTED, Json(sent)))
}

/// Gives a phone and its code for tokens. The code is good once.
#[utoipa::path(post, path = "/v1/auth/codes/verify", tag = "sign-in", security(()), request_body = CodeBody,
    responses((status = 200, description = "Signed in.", body = TokenBody), SigningIn))]
pub(crate) async fn verify_sign_in_code(
    State(app): State<AppState>,
    whence: Whence,
    Body(body): Body<CodeBody>,
) -> Result<Tokens, ApiError> {
    let now = app.clock.now();
    let phone_hash = phone_hash(&body.phone);
    count(&app, app.store.begin().await?, vec![(TRIES_OF_ADDRESS, address(&whence))]).await?;
    let db = app.store.begin().await?;
    let code_hash = sign_in_codes::take_try(&db, &phone_hash, now).await?;
    db.commit().await?;

    let fits = password::verify(persian::normalise(&body.code), code_hash.clone()).await?;
    let code_hash = code_hash.filter(|_| fits).ok_or(ApiError::WrongCode)?;
    let db = app.store.begin().await?;
    if !sign_in_codes::consume(&db, &phone_hash, &code_hash).await? {
        return Err(ApiError::WrongCode);
    }
    let known = phones::known(&db, &body.phone).await?;
    let user_id = match known.owner() {
        Some(Owner::User(user_id)) => Some(user_id),
        Some(Owner::New) => Some(create_user(&app, &db, &known).await?),
        None => None,
    };
    if let Some(user_id) = user_id {
        phones::prove(&db, user_id, &body.phone).await?;
    }
    db.commit().await?;
    let user_id = user_id.ok_or(ApiError::WrongCode)?;
    for bearer in known.becomes(user_id) {
        // Each festival has its own audit.
        let db = app.store.begin().await?;
        phones::link(&db, app.new_id().into(), user_id, bearer).await?;
        db.commit().await?;
    }

    let db = app.store.begin().await?;
    let account = users::lock(&db, user_id).await?;
    let (holder, refresh) = sign_in(&app, &db, &account, whence).await?;
    db.commit().await?;
    tokens(&app, holder, &refresh).await
}

/// A user for volunteers who are none yet. They sign in by their phone, so that nobody needs to know the username.
async fn create_user(app: &AppState, db: &Db, known: &Known) -> Result<Id<User>, ApiError> {
    let id = app.new_id();
    let name = known.bearers.first().map(|bearer| bearer.name.clone()).ok_or(ApiError::WrongCode)?;
    let user = NewUser {
        id: id.into(),
        username: format!("volunteer-{}", id.simple()),
        name,
        password_hash: password::NONE.to_owned(),
        operator: false,
    };
    users::insert(db, &user, app.clock.now()).await?;
    Ok(user.id)
}

/// Counts what is about to be done.
async fn count(app: &AppState, db: Db, limits: Vec<(Limit, Option<String>)>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut blocked = None;
    for (limit, of_whom) in limits {
        let Some(of_whom) = of_whom else { continue };
        if let Attempt::Blocked(until) = counts::add(&db, limit, &of_whom, now).await? {
            blocked = blocked.max(Some(until));
            break;
        }
    }
    db.commit().await?;
    match blocked {
        None => Ok(()),
        Some(until) => Err(too_many(until, now)),
    }
}

fn address(whence: &Whence) -> Option<String> {
    whence.address.map(|address| address.to_string())
}

/// A phone as it is counted and looked up here: its owner may be a stranger.
/// Forgets that a code was asked for by this phone.
pub(crate) async fn forget_phone(db: &Db, phone: &Phone) -> Result<(), ApiError> {
    let phone_hash = phone_hash(phone);
    sign_in_codes::forget(db, &phone_hash).await?;
    for limit in OF_PHONE {
        counts::clear(db, limit.kind, &URL_SAFE_NO_PAD.encode(phone_hash)).await?;
    }
    Ok(())
}

fn phone_hash(phone: &Phone) -> [u8; 32] {
    secret::hash(phone.as_str())
}

/// Six random digits.
fn six_digits() -> Result<String, ApiError> {
    let bytes = random()?;
    let number = bytes.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    // Of so many numbers no remainder is likelier than another by anything that could be noticed.
    Ok(format!("{:06}", number % 1_000_000))
}

fn message(to: Phone, code: String) -> Message {
    let text = format!("کد ورود شما به خادمیار: {code}\nتا دو دقیقه اعتبار دارد؛ آن را به هیچ‌کس نگویید.");
    Message::Sms(Sms { id: None, to, text, code: Some(code) })
}
