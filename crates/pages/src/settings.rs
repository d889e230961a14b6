//! Language and theme, which one chooses and which are kept.

use axum::{Form, extract::State, response::Response};
use serde::Deserialize;

use crate::{
    Pages,
    session::{lead, set},
    visitor::{LANGUAGE, THEME, Theme},
};

/// For how long a choice is kept, in seconds.
const KEPT_SECONDS: i64 = 365 * 24 * 3600;

/// What one chose, and where one was.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: Option<String>,
    theme: Option<String>,
    #[serde(default)]
    back: String,
}

/// Keeps a choice and leads back.
pub(crate) async fn keep(State(pages): State<Pages>, Form(choice): Form<Choice>) -> Response {
    let language = choice.language.map(|tag| if tag == "en" { "en" } else { "fa" });
    let theme = choice.theme.map(|name| Theme::named(&name).as_str());
    let chosen = [(LANGUAGE, language), (THEME, theme)];
    let cookies =
        chosen.into_iter().filter_map(|(name, value)| set(&pages, name, value?, KEPT_SECONDS)).collect();
    lead(local(&choice.back), cookies)
}

/// A path of ours; what another site could be reached by is not one.
pub(crate) fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn one_is_led_back_to_our_own_pages_alone() {
        for path in ["/me", "/me?festival=1", "/"] {
            assert_eq!(local(path), path);
        }
        for path in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/me\nx", "me"] {
            assert_eq!(local(path), "/");
        }
    }
}
