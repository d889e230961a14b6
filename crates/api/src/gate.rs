//! The gate: what a request must pass before anyone asks what it wants.

mod allowance;
mod headers;
mod limits;
mod proxies;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{error::ApiError, state::AppState};

pub(crate) use headers::harden;
pub use limits::{Limits, Origins};
pub use proxies::{ProxyHeader, TrustedProxies};

use allowance::{Allowance, Asked};

/// The most that the headers of a request may come to, in bytes.
pub(crate) const LARGEST_HEADERS: usize = 16 * 1024;
/// Whoever asks whether the process lives is answered however many others there are.
const ALIVE: &str = "/healthz";

/// What a process lets through; cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: Limits,
    of_addresses: Option<Allowance<IpAddr>>,
    of_accounts: Option<Allowance<Uuid>>,
    places: Option<Semaphore>,
}

/// The address a request came from, as far as the proxies between are trusted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl Gate {
    /// The gate with these limits.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            of_addresses: Allowance::of("address", limits.address_requests),
            of_accounts: Allowance::of("account", limits.account_requests),
            places: (limits.at_once > 0).then(|| Semaphore::new(limits.at_once)),
            limits,
        }))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Counts a request of an account, or of a token of another system.
    pub(crate) fn count_account(&self, id: Uuid, now: DateTime<Utc>) -> Option<Asked> {
        self.0.of_accounts.as_ref().map(|allowance| allowance.ask(id, now))
    }

    /// Counts a request from an address. Those of this machine are not counted: they are a proxy's that nobody named, and
    /// behind it is everybody.
    fn count_address(&self, address: Option<IpAddr>, now: DateTime<Utc>) -> Option<Asked> {
        let address = address.filter(|address| !address.is_loopback())?;
        self.0.of_addresses.as_ref().map(|allowance| allowance.ask(proxies::network(address), now))
    }
}

/// Lets a request in if its headers are not too large, its address does not ask too often, and there is room.
pub(crate) async fn gate<F: Future<Output = Response>>(
    app: &AppState,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if header_bytes(request.headers()) > LARGEST_HEADERS {
        return ApiError::HeadersTooLarge.into_response();
    }
    let limits = app.gate.limits();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = peer.map(|peer| limits.client(peer, request.headers()));
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    if request.uri().path() == ALIVE {
        return next(request).await;
    }
    let asked = app.gate.count_address(address, app.clock.now());
    let mut response = match asked.as_ref().and_then(Asked::refusal) {
        Some(refusal) => refusal.into_response(),
        None => match app.gate.0.places.as_ref().map(Semaphore::try_acquire) {
            Some(Err(_)) => ApiError::Crowded.into_response(),
            place => {
                let response = next(request).await;
                drop(place);
                response
            }
        },
    };
    if let Some(asked) = asked {
        asked.tell(response.headers_mut());
    }
    response
}

/// What the headers of a request come to, names and values.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
