//! Being signed in, as cookies that no script can read: the API's own tokens, renewed here when they run out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::{
    Pages,
    trouble::Trouble,
    visitor::{TOLD, Visitor, cookie},
};

const ACCESS: &str = "access";
const REFRESH: &str = "refresh";
/// For how long a refresh token lasts, in seconds.
const REFRESH_SECONDS: i64 = 30 * 24 * 3600;
/// How much earlier the browser lets go of an access token than the API does, in seconds.
const EARLY_SECONDS: i64 = 60;
/// For how long the next page may tell what was done, in seconds.
const TOLD_SECONDS: i64 = 60;
/// For how long a renewal is remembered: whoever did not hear of it, on a bad network, asks again with the token before.
const REMEMBERED: Duration = Duration::from_mins(10);

/// What the API signs people in with.
#[derive(Clone, Deserialize)]
pub(crate) struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: String,
}

type Renewal = Arc<OnceCell<Tokens>>;

/// The latest renewals by the refresh token that was used up. A page and what it loads may bring the same one at once, and
/// the API takes a second use for theft.
#[derive(Default)]
pub(crate) struct Renewals(Mutex<HashMap<String, (Instant, Renewal)>>);

impl Renewals {
    fn of(&self, refresh_token: &str) -> Renewal {
        let mut renewals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        renewals.retain(|_, (begun, _)| begun.elapsed() < REMEMBERED);
        let (_, renewal) =
            renewals.entry(refresh_token.to_owned()).or_insert_with(|| (Instant::now(), Renewal::default()));
        Arc::clone(renewal)
    }
}

/// Finds out who asks, renews what they are signed in with where it ran out, and puts [`Trouble`] into their words.
pub(crate) async fn keep(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut visitor = Visitor::of(&parts);
    visitor.access = cookie(&parts.headers, ACCESS);
    let mut cookies = Vec::new();
    if let (None, Some(refresh)) = (&visitor.access, cookie(&parts.headers, REFRESH)) {
        match renew(&pages, &visitor, &refresh).await {
            Ok(tokens) => {
                cookies = sign_in(&pages, &tokens);
                visitor.access = Some(tokens.access_token);
            }
            Err(Trouble::Problem(problem)) if problem.status == 401 => cookies = sign_out(&pages),
            Err(trouble) => return trouble.tell(&visitor),
        }
    }
    parts.extensions.insert(visitor.clone());
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let trouble = response.extensions_mut().remove::<Trouble>();
    if let Some(trouble) = trouble.or_else(|| Trouble::of_router(&response, is_read)) {
        if matches!(&trouble, Trouble::Problem(problem) if problem.status == 401) {
            cookies = sign_out(&pages);
        }
        response = trouble.tell(&visitor);
    }
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn renew(pages: &Pages, visitor: &Visitor, refresh: &str) -> Result<Tokens, Trouble> {
    let renewal = pages.0.renewals.of(refresh);
    let asked = async {
        let body = json!({"refresh_token": refresh});
        pages.ask(visitor, Method::POST, "/v1/auth/refresh", Some(body), None).await?.read::<Tokens>()
    };
    renewal.get_or_try_init(|| asked).await.cloned()
}

/// The refresh token that came with a request.
pub(crate) fn refresh_token(headers: &axum::http::HeaderMap) -> Option<String> {
    cookie(headers, REFRESH)
}

/// The cookies of somebody who is signed in.
pub(crate) fn sign_in(pages: &Pages, tokens: &Tokens) -> Vec<HeaderValue> {
    let access_seconds = (tokens.expires_in - EARLY_SECONDS).max(1);
    [(ACCESS, &tokens.access_token, access_seconds), (REFRESH, &tokens.refresh_token, REFRESH_SECONDS)]
        .into_iter()
        .filter_map(|(name, value, seconds)| set(pages, name, value, seconds))
        .collect()
}

/// The cookies of somebody who no longer is.
pub(crate) fn sign_out(pages: &Pages) -> Vec<HeaderValue> {
    [ACCESS, REFRESH].into_iter().filter_map(|name| set(pages, name, "", 0)).collect()
}

/// A cookie for so many seconds.
pub(crate) fn set(pages: &Pages, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if pages.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// Leads to another page, with cookies.
pub(crate) fn lead(to: &str, cookies: Vec<HeaderValue>) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Leads to a page, which tells what was done.
pub(crate) fn done(pages: &Pages, to: &str, told: &str) -> Response {
    lead(to, set(pages, TOLD, told, TOLD_SECONDS).into_iter().collect())
}
