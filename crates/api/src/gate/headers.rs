//! What browsers are told not to do with an answer.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

use crate::state::AppState;

/// Of every answer that says nothing else itself.
const STRICT: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    // Nearly every answer is somebody's own.
    (header::CACHE_CONTROL, "no-store"),
];

/// A year: whoever came by https once comes by nothing else.
const HTTPS_ALONE: &str = "max-age=31536000";

/// Adds to every answer what browsers are told not to do with it.
pub(crate) async fn harden<F: Future<Output = Response>>(
    app: &AppState,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let mut response = next(request).await;
    let headers = response.headers_mut();
    headers.reserve(STRICT.len());
    for (name, value) in STRICT {
        add(headers, name, value);
    }
    if app.address.starts_with("https://") {
        add(headers, header::STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    response
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
