//! Tells other systems what happened: at least once, with an id by which they know what they have already.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    event::{Event, EventKind},
    festival::Festival,
};
use khademyar_storage::{
    StorageError, Store,
    messages::{Channel, Claim},
    webhooks,
};
use serde::Serialize;
use tracing::{Instrument, info_span};
use uuid::Uuid;

use crate::delivery::{NotCarried, in_time, mark, several};

/// What another system is told, ready to be signed and sent. Debug output does not show the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The same however often it is sent.
    pub id: Uuid,
    /// When it is sent this time.
    pub at: DateTime<Utc>,
    /// Where to.
    pub url: String,
    /// What it is signed with.
    pub secret: Vec<u8>,
    /// JSON.
    pub body: String,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("id", &self.id).field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whatever tells other systems.
#[async_trait]
pub trait Poster: fmt::Debug + Send + Sync {
    /// Hands a delivery over.
    ///
    /// # Errors
    /// [`NotCarried`] when the other system did not take it.
    async fn post(&self, delivery: &Delivery) -> Result<(), NotCarried>;
}

/// What is posted: ids and what happened, nothing that somebody said.
#[derive(Serialize)]
struct Body {
    festival_id: Id<Festival>,
    events: Vec<Happening>,
}

#[derive(Serialize)]
struct Happening {
    number: i64,
    kind: EventKind,
    at: DateTime<Utc>,
    district_id: Option<Uuid>,
    volunteer_id: Option<Uuid>,
    assignment_id: Option<Uuid>,
    assignment_version: Option<i64>,
    position_id: Option<Uuid>,
}

impl From<Event> for Happening {
    fn from(Event { number, at, event, .. }: Event) -> Self {
        Self {
            number,
            kind: event.kind,
            at,
            district_id: event.district_id.map(Id::uuid),
            volunteer_id: event.volunteer_id.map(Id::uuid),
            assignment_id: event.assignment.map(|(id, _)| id.uuid()),
            assignment_version: event.assignment.map(|(_, version)| version),
            position_id: event.position_id.map(Id::uuid),
        }
    }
}

/// Tells some of what is due; how many deliveries were seen to.
pub(crate) async fn post(
    store: &Store,
    poster: &Arc<dyn Poster>,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    several(store, Channel::Webhook, now, |store, claim| {
        let poster = Arc::clone(poster);
        let span = info_span!("delivery", id = %claim.id, attempt = claim.attempt);
        async move { see_to(&store, poster.as_ref(), &claim, now).await }.instrument(span)
    })
    .await
}

async fn see_to(
    store: &Store,
    poster: &dyn Poster,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let snapshot = store.snapshot().await?;
    let posting = match webhooks::posting(&snapshot, claim).await {
        // It went with its subscription.
        Err(StorageError::NotFound(_)) => return Ok(()),
        posting => posting?,
    };
    drop(snapshot);
    let events = posting.events.into_iter().map(Happening::from).collect();
    let body = serde_json::to_string(&Body { festival_id: claim.festival_id, events })
        .map_err(|_| StorageError::Corrupt("body of a delivery"))?;
    let delivery = Delivery { id: claim.id, at: now, url: posting.url, secret: posting.secret, body };
    let posted = in_time(poster.post(&delivery)).await;
    mark(store, claim, posted, now).await
}
