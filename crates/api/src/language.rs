//! The language a reader asked for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use khademyar_domain::language::Language;

use crate::accept::weighted;

/// The language of `Accept-Language`: English where it is weighed above Persian, else Persian.
pub(crate) fn spoken(headers: &HeaderMap) -> Language {
    let asked =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |language: &str| {
        weighted(asked)
            .filter(|(tag, _)| {
                let tag = tag.to_ascii_lowercase();
                tag == language || tag.strip_prefix(language).is_some_and(|rest| rest.starts_with('-'))
            })
            .map(|(_, weight)| weight)
            .fold(0.0, f32::max)
    };
    if weight("en") > weight("fa") { Language::English } else { Language::Persian }
}

/// The reader's language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken(pub Language);

impl<S: Sync> FromRequestParts<S> for Spoken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(spoken(&parts.headers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persian_unless_english_is_asked_for_more() {
        let spoken = |asked: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            super::spoken(&headers)
        };
        assert_eq!(spoken(""), Language::Persian);
        assert_eq!(spoken("en"), Language::English);
        assert_eq!(spoken("en-GB,fa;q=0.5"), Language::English);
        assert_eq!(spoken("fa-IR,en;q=0.9"), Language::Persian);
        assert_eq!(spoken("de"), Language::Persian);
        assert_eq!(spoken("english"), Language::Persian);
    }
}
