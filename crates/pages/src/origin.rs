//! Forms are taken from our own pages alone: a page elsewhere cannot act in the name of who looks at it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{Pages, trouble::Trouble, visitor::Visitor};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses what would change something and does not come from a page of ours.
pub(crate) async fn guard(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_ours(request.headers(), &pages.0.address) {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    Trouble::Foreign.tell(&Visitor::of(&parts))
}

/// Browsers say of every form where its page comes from, in one header or the other; a form that says nothing is refused.
fn is_ours(headers: &HeaderMap, address: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == address || (host.is_some() && host == text(header::HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_ours() {
        let ours = |told: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for &(name, value) in told {
                headers.insert(name, value.parse().unwrap());
            }
            is_ours(&headers, "https://roster.example")
        };
        for (told, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://roster.example")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://roster.example")], true),
            (&[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "roster.example")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[], false),
        ] {
            assert_eq!(ours(told), expected, "{told:?}");
        }
    }
}
