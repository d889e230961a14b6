//! How a page that is open hears of what happened since it was read.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderValue, request::Parts},
};
use futures::StreamExt;
use khademyar_domain::event::EventKind;
use serde::Deserialize;

use crate::{Pages, frame::asking, trouble::Trouble, visitor::Visitor};

/// Where a script hears of what the page is made anew for.
pub(crate) struct News {
    pub(crate) address: String,
    /// The kinds of events.
    pub(crate) kinds: String,
}

impl News {
    /// What `address` tells behind an event, by its number.
    pub(crate) fn after(number: i64, address: &str) -> Self {
        let kinds = EventKind::ALL.map(EventKind::as_str).join(" ");
        Self { address: asking(address, format_args!("after={number}")), kinds }
    }
}

/// The last event that had arrived: what a browser says that comes again, else what stands in the page's address.
pub(crate) struct Last(pub(crate) Option<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for Last {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        #[derive(Deserialize)]
        struct Address {
            after: Option<u64>,
        }
        if let Some(last) = parts.headers.get("last-event-id") {
            return Ok(Self(Some(last.clone())));
        }
        let address = Query::<Address>::try_from_uri(&parts.uri).ok();
        Ok(Self(address.and_then(|Query(address)| address.after).map(HeaderValue::from)))
    }
}

impl Pages {
    /// What the API tells at `path` from now on, which a page has at `address`. To be asked before the page is read: what
    /// happens meanwhile is told then, and may be shown twice, but is never missed.
    pub(crate) async fn news(&self, visitor: &Visitor, path: &str, address: &str) -> Result<News, Trouble> {
        let stream = self.stream(visitor, path, None).await?;
        let ready = stream.into_body().into_data_stream().next().await;
        let ready = ready.and_then(Result::ok).ok_or(Trouble::Ours)?;
        let number = std::str::from_utf8(&ready).ok().and_then(number_of).ok_or(Trouble::Ours)?;
        Ok(News::after(number, address))
    }
}

/// The number of an event as a stream tells it.
fn number_of(event: &str) -> Option<i64> {
    event.lines().find_map(|line| line.strip_prefix("id:")?.trim().parse().ok())
}
