//! Who asks, where a proxy asks for them.

use std::{net::IpAddr, str::FromStr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The part of an IPv6 address that a household shares.
const V6_NETWORK: u8 = 64;

/// Proxies that are believed, as addresses and networks with blanks or commas between.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// That it is no list of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNetworks;

impl FromStr for TrustedProxies {
    type Err = NoNetworks;

    fn from_str(text: &str) -> Result<Self, NoNetworks> {
        let words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let network = |word: &str| word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        words.map(|word| network(word).map_err(|_| NoNetworks)).collect::<Result<_, _>>().map(Self)
    }
}

/// The header in which a proxy says for whom it asks. One alone is read: in the other, which the proxy does not write,
/// anybody could say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The last address that a proxy of ours wrote down and that is no proxy of ours itself: what stands before it may be
    /// anyone's invention.
    pub(super) fn client(&self, peer: IpAddr, header: ProxyHeader, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match header {
            ProxyHeader::XForwardedFor => (X_FORWARDED_FOR, written),
            ProxyHeader::Forwarded => (header::FORWARDED, forwarded_for),
        };
        let told: Vec<&str> =
            headers.get_all(name).iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).collect();
        for hop in told.into_iter().rev() {
            let Some(address) = read(hop.trim()).filter(|_| self.trusts(client)) else { break };
            client = address.to_canonical();
        }
        client
    }
}

/// The address in an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| written(value.trim().trim_matches('"'))).flatten()
    })
}

/// An address as proxies write it: with or without brackets and a port.
fn written(text: &str) -> Option<IpAddr> {
    let bare = || match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(address, _)| address),
        None => text.split_once(':').map(|(address, _)| address),
    };
    text.parse().ok().or_else(|| bare()?.parse().ok())
}

/// What an address is counted as: whoever has one IPv6 address has billions.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(_) => IpNet::new(address, V6_NETWORK).map_or(address, |network| network.network()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, header: ProxyHeader, values: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        let name = match header {
            ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
            ProxyHeader::Forwarded => header::FORWARDED,
        };
        for value in values {
            headers.append(&name, value.parse().unwrap());
        }
        let trusted: TrustedProxies = trusted.parse().unwrap();
        trusted.client(peer.parse().unwrap(), header, &headers).to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let ours = "10.0.0.0/8, 192.0.2.1 2001:db8::/32";
        for (peer, values, who) in [
            // Nobody of ours: what they say of others is nothing to us.
            ("203.0.113.9", &["198.51.100.7"][..], "203.0.113.9"),
            ("10.1.1.1", &["198.51.100.7"], "198.51.100.7"),
            ("192.0.2.1", &["198.51.100.7"], "198.51.100.7"),
            ("192.0.2.2", &["198.51.100.7"], "192.0.2.2"),
            // What the client sent itself stands before what the proxy wrote.
            ("10.1.1.1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["127.0.0.1", "198.51.100.7"], "198.51.100.7"),
            // Two proxies of ours, one behind the other.
            ("10.1.1.1", &["1.2.3.4, 198.51.100.7, 10.2.2.2"], "198.51.100.7"),
            ("10.1.1.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("2001:db8::5", &["[2a00::7]:4711"], "2a00::7"),
            ("::ffff:10.1.1.1", &["::ffff:198.51.100.7"], "198.51.100.7"),
            ("10.1.1.1", &["nonsense"], "10.1.1.1"),
            ("10.1.1.1", &["1.2.3.4, nonsense"], "10.1.1.1"),
            ("10.1.1.1", &[""], "10.1.1.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
        ] {
            assert_eq!(client(ours, peer, ProxyHeader::XForwardedFor, values), who, "{peer} {values:?}");
        }
        assert_eq!(client("", "10.1.1.1", ProxyHeader::XForwardedFor, &["198.51.100.7"]), "10.1.1.1");
    }

    #[test]
    fn the_header_of_the_standard_is_read_as_well() {
        for (values, who) in [
            (&["for=198.51.100.7;proto=https"][..], "198.51.100.7"),
            (&["for=127.0.0.1, For=\"198.51.100.7:4711\";by=10.1.1.1"], "198.51.100.7"),
            (&["proto=https;for=\"[2a00::7]:4711\""], "2a00::7"),
            (&["for=unknown"], "10.1.1.1"),
            (&["for=\"1.2.3.4, 5.6.7.8\""], "10.1.1.1"),
            (&["by=198.51.100.7"], "10.1.1.1"),
        ] {
            assert_eq!(client("10.0.0.0/8", "10.1.1.1", ProxyHeader::Forwarded, values), who, "{values:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["everyone", "10.0.0.0/33", "10.0.0"] {
            assert_eq!(wrong.parse::<TrustedProxies>().unwrap_err(), NoNetworks, "{wrong}");
        }
    }

    #[test]
    fn an_ipv6_address_is_counted_by_its_network() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("2a00:1:2:3:4:5:6:7"), "2a00:1:2:3::");
        assert_eq!(of("198.51.100.7"), "198.51.100.7");
    }
}
