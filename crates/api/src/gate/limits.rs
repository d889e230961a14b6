//! What is limited, and how much.

use std::{net::IpAddr, str::FromStr, time::Duration};

use axum::http::{HeaderMap, HeaderValue};

use super::proxies::{ProxyHeader, TrustedProxies};

/// What is limited, and how much. Where a count is 0, as many as come.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many requests a minute come from an address.
    pub address_requests: u32,
    /// How many requests a minute an account makes, or a token of another system.
    pub account_requests: u32,
    /// How many requests are answered at once.
    pub at_once: usize,
    /// How long a client may be silent while it sends a request.
    pub silence: Duration,
    /// How long a request may take. Event streams are answered at once and go on past it.
    pub longest_request: Duration,
    /// Who is believed when they say for whom they ask.
    pub trusted_proxies: TrustedProxies,
    /// In which header they say so.
    pub proxy_header: ProxyHeader,
    /// Whose pages may ask from a browser, beside our own.
    pub cors_origins: Origins,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address_requests: 0,
            account_requests: 0,
            at_once: 0,
            silence: Duration::from_secs(30),
            longest_request: Duration::from_mins(2),
            trusted_proxies: TrustedProxies::default(),
            proxy_header: ProxyHeader::XForwardedFor,
            cors_origins: Origins::default(),
        }
    }
}

impl Limits {
    /// Who asks, where `peer` is who connected.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.trusted_proxies.client(peer, self.proxy_header, headers)
    }
}

/// Origins of pages, such as `https://pages.example`; with blanks or commas between.
#[derive(Clone, Debug, Default)]
pub struct Origins(pub(crate) Vec<HeaderValue>);

/// That it is no list of origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoOrigins;

impl FromStr for Origins {
    type Err = NoOrigins;

    fn from_str(text: &str) -> Result<Self, NoOrigins> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        words.map(|word| origin(word).ok_or(NoOrigins)).collect::<Result<_, _>>().map(Self)
    }
}

/// A scheme, a host and perhaps a port, and nothing after them: an origin as browsers send it.
fn origin(word: &str) -> Option<HeaderValue> {
    let host = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"))?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
    (!host.is_empty() && host.bytes().all(plain)).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        let read = |text: &str| text.parse::<Origins>().map(|origins| origins.0.len());
        assert_eq!(read(""), Ok(0));
        assert_eq!(read("https://pages.example, http://localhost:3000"), Ok(2));
        for wrong in ["*", "pages.example", "https://", "https://pages.example/", "null"] {
            assert_eq!(read(wrong), Err(NoOrigins), "{wrong}");
        }
    }
}
