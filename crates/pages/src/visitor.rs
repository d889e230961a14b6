//! Who asks for a page, as the request tells.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts},
};
use khademyar_domain::language::Language;
use uuid::Uuid;

/// The cookie of the language that somebody chose.
pub(crate) const LANGUAGE: &str = "language";
/// The cookie of the theme that somebody chose.
pub(crate) const THEME: &str = "theme";
/// The cookie of what the page before did.
pub(crate) const TOLD: &str = "told";

/// Light or dark; as the device has it unless somebody chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    Device,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Device,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Who asks for a page. Persian, unless they chose otherwise here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    /// Their access token, where they are signed in.
    pub(crate) access: Option<String>,
    /// The page they asked for, with its query.
    pub(crate) here: String,
    /// The page of ours that they came from, with its query.
    pub(crate) from: Option<String>,
    /// What the page before did, which this one tells.
    pub(crate) told: Option<String>,
    /// What tells the form they sent from all others, so that it is done once however often it comes.
    pub(crate) once: Option<Uuid>,
    /// Whether it is a script that asks, and no page is wanted.
    pub(crate) wants_json: bool,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) address: Option<ConnectInfo<SocketAddr>>,
    /// What the proxies between say of the address; the API knows which of them to believe.
    pub(crate) forwarded: HeaderMap,
}

impl Visitor {
    pub(crate) fn of(parts: &Parts) -> Self {
        let headers = &parts.headers;
        let chosen = |name| cookie(headers, name);
        let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self {
            language: chosen(LANGUAGE).map_or(Language::Persian, |language| language_named(&language)),
            theme: chosen(THEME).map_or(Theme::Device, |theme| Theme::named(&theme)),
            access: None,
            here: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            from: headers.get(header::REFERER).and_then(|from| our_path(from.to_str().ok()?, headers)),
            told: chosen(TOLD),
            once: parts.uri.query().and_then(once),
            wants_json: accepted.starts_with("application/json"),
            user_agent: headers.get(header::USER_AGENT).cloned(),
            address: parts.extensions.get().copied(),
            forwarded: forwarded(headers),
        }
    }

    /// Of two texts the one they read.
    pub(crate) fn say<'a>(&self, fa: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Persian => fa,
            Language::English => en,
        }
    }
}

/// The path of an address of ours, with its query.
fn our_path(address: &str, headers: &HeaderMap) -> Option<String> {
    let address: Uri = address.parse().ok()?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let path = address.path_and_query()?.as_str();
    let is_ours = address.authority().is_some_and(|authority| Some(authority.as_str()) == host);
    // What browsers would take for another host.
    let is_plain = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    (is_ours && is_plain).then(|| path.to_owned())
}

/// The `once` of a query.
fn once(query: &str) -> Option<Uuid> {
    query.split('&').find_map(|pair| pair.strip_prefix("once=")?.parse().ok())
}

pub(crate) fn language_named(tag: &str) -> Language {
    Language::tagged(tag).unwrap_or_default()
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| value.to_owned())
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    /// As [`crate::session::keep`] found them.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::of(parts)))
    }
}

fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let told = |name: &HeaderName| *name == header::FORWARDED || name == "x-forwarded-for";
    headers.iter().filter(|(name, _)| told(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_to_pages_of_ours_alone() {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("roster.example"))]);
        for (from, path) in [
            ("https://roster.example/admin/1?night=2", Some("/admin/1?night=2")),
            ("https://roster.example/", Some("/")),
            ("https://evil.example/admin", None),
            ("https://roster.example//evil.example/x", None),
            ("https://roster.example/\\evil.example", None),
            ("//evil.example/x", None),
            ("/admin", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(our_path(from, &headers).as_deref(), path, "{from}");
        }
    }
}
