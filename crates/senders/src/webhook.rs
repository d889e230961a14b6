//! Other systems are told by an HTTPS request that is signed as Standard Webhooks describes. What runs beside this service is
//! reached by none of them, unless it is named.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{
    Client, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::CONTENT_TYPE,
    redirect::Policy,
};
use sha2::Sha256;
use thiserror::Error;
use tokio::net::lookup_host;
use uuid::Uuid;

use crate::{SendError, WrongSetting};

/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(15);
/// The longest address.
const LONGEST_URL: usize = 500;
/// What a secret begins with as it is handed out.
const SECRET_PREFIX: &str = "whsec_";

/// Why nobody is told at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadAddress {
    /// It is no address, or holds what has no place in one: a name and a password, a fragment.
    #[error("it is no address")]
    Unreadable,
    /// Only `https` is.
    #[error("it does not begin with https://")]
    NotHttps,
    /// It leads to this machine or into a network that is nobody else's business.
    #[error("it is not a public address")]
    Private,
}

/// Tells other systems. Debug output shows which hosts are trusted.
pub struct Webhooks {
    public: Client,
    trusted: Client,
    /// Hosts, or hosts with a port, that may be reached though they are private or speak plain HTTP.
    trusted_hosts: Vec<String>,
}

impl Webhooks {
    /// Tells at public addresses, and at the hosts that `trusted_hosts` names, parted by blanks: `crm.internal:8443`.
    ///
    /// # Errors
    /// [`WrongSetting`] when requests cannot be sent at all.
    pub fn new(trusted_hosts: &str) -> Result<Self, WrongSetting> {
        let build = |client: reqwest::ClientBuilder| {
            // Whoever answers sends us nowhere else, and no proxy looks names up in our place.
            let client = client.timeout(LONGEST).redirect(Policy::none()).no_proxy().build();
            client.map_err(|error| WrongSetting(format!("webhook_trusted_hosts: {}", error.without_url())))
        };
        Ok(Self {
            public: build(Client::builder().dns_resolver(PublicNames))?,
            trusted: build(Client::builder())?,
            trusted_hosts: trusted_hosts.split_whitespace().map(str::to_lowercase).collect(),
        })
    }

    /// Whether others may be told at this address. Where its name leads is looked at each time.
    ///
    /// # Errors
    /// [`BadAddress`] when not.
    pub fn check(&self, address: &str) -> Result<(), BadAddress> {
        self.client(address).map(|_| ())
    }

    /// The client that reaches the address.
    fn client(&self, address: &str) -> Result<(&Client, Url), BadAddress> {
        let url = Url::parse(address).map_err(|_| BadAddress::Unreadable)?;
        let host = url.host_str().ok_or(BadAddress::Unreadable)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if !bare || address.len() > LONGEST_URL || !matches!(url.scheme(), "http" | "https") {
            return Err(BadAddress::Unreadable);
        }
        let named = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if self.trusted_hosts.iter().any(|trusted| *trusted == named || trusted == host) {
            return Ok((&self.trusted, url));
        }
        if url.scheme() != "https" {
            return Err(BadAddress::NotHttps);
        }
        // An address of numbers is looked up by nobody.
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if !is_public(address) => Err(BadAddress::Private),
            Ok(_) | Err(_) => Ok((&self.public, url)),
        }
    }

    /// Posts `body`, JSON, to `address`, signed with `secret` for the message `id` at `timestamp`, in seconds since 1970.
    ///
    /// # Errors
    /// [`SendError`] when it was not taken.
    pub async fn post(
        &self,
        address: &str,
        secret: &[u8],
        id: Uuid,
        timestamp: i64,
        body: String,
    ) -> Result<(), SendError> {
        let (client, url) = self.client(address).map_err(|error| SendError::Refused(error.to_string()))?;
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature(secret, id, timestamp, &body))
            .body(body);
        let status = match request.send().await {
            Ok(answer) => answer.status(),
            Err(error) if error.is_timeout() => {
                return Err(SendError::Passing("it took too long".to_owned()));
            }
            Err(_) => return Err(SendError::Passing("it cannot be reached".to_owned())),
        };
        match status {
            status if status.is_success() => Ok(()),
            // Whoever says so wants nothing any more.
            StatusCode::GONE => Err(SendError::Refused("it answered 410".to_owned())),
            status => Err(SendError::Passing(format!("it answered {}", status.as_u16()))),
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("trusted_hosts", &self.trusted_hosts).finish_non_exhaustive()
    }
}

/// A secret as it is handed out.
pub fn written_secret(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// `v1,` and the HMAC-SHA256 of id, timestamp and body, parted by dots.
fn signature(secret: &[u8], id: Uuid, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// Looks names up, and knows of no address that is not public. What it answers is what is connected to, so that a name cannot
/// lead elsewhere between a look and the next.
#[derive(Debug)]
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(BadAddress::Private.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet's, and not of this machine, a local network or a purpose of its own
/// (RFC 6890 and its successors).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 224
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        // Teredo and others, documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        // What is assigned to anybody begins with 001.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_signed_as_the_standard_has_it() {
        let id = "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e".parse().unwrap();

        let signed = signature(b"a secret of twenty-four.", id, 1_800_000_000, r#"{"events":[]}"#);

        // By `openssl dgst -sha256 -hmac` over `ID.TIMESTAMP.BODY`.
        assert_eq!(signed, "v1,W6XsIqflzayy/FBofEIpVUt7T/tn3FLyNNKm7i3JcP8=");
        assert_eq!(written_secret(b"abc"), "whsec_YWJj");
    }

    #[test]
    fn what_is_near_us_is_not_public() {
        let near = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff:1::",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in near {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in
            ["1.1.1.1", "100.63.0.1", "172.32.0.1", "2a00:1450::1", "2606:4700::1111", "2002:101:101::"]
        {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn others_are_told_at_public_addresses_or_where_it_is_configured() {
        let webhooks = Webhooks::new("crm.local:8443 127.0.0.1:9000 localhost").unwrap();
        for (address, expected) in [
            ("https://roster.example/hook?x=1", Ok(())),
            ("https://1.1.1.1/", Ok(())),
            ("http://crm.local:8443/", Ok(())),
            ("https://CRM.local:8443/", Ok(())),
            ("http://127.0.0.1:9000/", Ok(())),
            ("http://localhost:1/", Ok(())),
            ("http://roster.example/", Err(BadAddress::NotHttps)),
            ("http://crm.local/", Err(BadAddress::NotHttps)),
            ("https://127.0.0.1:9001/", Err(BadAddress::Private)),
            ("https://2130706433/", Err(BadAddress::Private)),
            ("https://0x7f.1/", Err(BadAddress::Private)),
            ("https://[::1]/", Err(BadAddress::Private)),
            ("https://[::ffff:169.254.169.254]/", Err(BadAddress::Private)),
            ("https://name:word@roster.example/", Err(BadAddress::Unreadable)),
            ("https://roster.example/#there", Err(BadAddress::Unreadable)),
            ("ftp://roster.example/", Err(BadAddress::Unreadable)),
            ("roster.example", Err(BadAddress::Unreadable)),
        ] {
            assert_eq!(webhooks.check(address), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_followed() {
        let webhooks = Webhooks::new("").unwrap();

        let told = webhooks.post("https://localhost:9/", b"secret", Uuid::nil(), 0, String::new()).await;

        assert_eq!(told, Err(SendError::Passing("it cannot be reached".to_owned())));
        let found = PublicNames.resolve("localhost".parse().unwrap()).await;
        assert!(found.err().unwrap().to_string().contains("not a public address"));
    }
}
