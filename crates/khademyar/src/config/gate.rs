//! What the server lets in, and how it is reached, as it is configured.

use std::{num::NonZeroU32, time::Duration};

use anyhow::{Context, bail};
use khademyar_api::{
    gate::{Limits, ProxyHeader},
    serving::Tls,
};

use super::layers::Layers;

const COUNT: &str = "a whole number from 0";

/// What is limited, and how much.
pub(super) fn limits(layers: &Layers) -> anyhow::Result<Limits> {
    let seconds = |key| -> anyhow::Result<Duration> {
        let seconds: NonZeroU32 = layers.parse(key, "a whole number from 1")?;
        Ok(Duration::from_secs(u64::from(seconds.get())))
    };
    Ok(Limits {
        address_requests: layers.parse("address_requests", COUNT)?,
        account_requests: layers.parse("account_requests", COUNT)?,
        at_once: usize::from(layers.parse::<u16>("requests_at_once", "a whole number from 0 to 65535")?),
        silence: seconds("silence_seconds")?,
        longest_request: seconds("request_seconds")?,
        trusted_proxies: layers
            .parse("trusted_proxies", "addresses and networks, such as `127.0.0.1 10.0.0.0/8`")?,
        proxy_header: match layers.text("proxy_header") {
            "x-forwarded-for" => ProxyHeader::XForwardedFor,
            "forwarded" => ProxyHeader::Forwarded,
            _ => return Err(layers.refused("proxy_header", "x-forwarded-for or forwarded")),
        },
        cors_origins: layers.parse("cors_origins", "origins, such as `https://pages.example`")?,
    })
}

/// The certificate that is shown, where TLS is spoken.
pub(super) fn tls(layers: &Layers) -> anyhow::Result<Option<Tls>> {
    match (layers.text("tls_cert"), layers.text("tls_key")) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => bail!("tls_cert and tls_key belong together: give both, or neither"),
        (certificate, key) => {
            Tls::read(certificate.into(), key.into()).map(Some).context("TLS cannot be spoken")
        }
    }
}
