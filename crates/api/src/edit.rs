//! Answers that carry the version of what they show.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::Stored;
use serde::Serialize;

use crate::extract::header_text;

/// A row with its version as `ETag`.
#[derive(Debug)]
pub(crate) struct Versioned<T>(pub(crate) Stored<T>);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, format!("\"{}\"", self.0.version))], Json(self.0)).into_response()
    }
}

/// 304 when `If-None-Match` holds `tag`, which is in quotes.
pub(crate) fn unchanged(headers: &HeaderMap, tag: &str) -> Option<Response> {
    let known = header_text(headers, &header::IF_NONE_MATCH)?;
    let same = known == "*"
        || known.split(',').any(|known| {
            let known = known.trim();
            known.strip_prefix("W/").unwrap_or(known) == tag
        });
    same.then(|| (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.to_owned())]).into_response())
}
