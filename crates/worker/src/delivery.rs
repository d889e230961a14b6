//! Sends what people are written: at least once, with an id by which a receiver knows what it has already.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{message, phone::Phone};
use khademyar_storage::{
    StorageError, Store,
    messages::{self, Channel, Claim, Letter},
};
use thiserror::Error;
use tokio::{task::JoinSet, time::timeout};
use tracing::{Instrument, info, info_span, warn};
use uuid::Uuid;

/// How many are under way at a time.
pub(crate) const AT_ONCE: u64 = 10;
/// How long one may take: less than it is taken for, so that nobody else sends it meanwhile.
pub(crate) const LONGEST: Duration = Duration::from_secs(20);
/// How long is waited after the first try that failed; after each next, twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// A text message as it leaves. Debug output shows neither the phone nor the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The same however often it is sent.
    pub id: Uuid,
    /// Whose phone it is for.
    pub to: Phone,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a message did not leave, without anything personal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotCarried {
    /// It may later.
    #[error("{0}")]
    Later(String),
    /// It will not as it is.
    #[error("{0}")]
    Never(String),
}

/// Whatever carries text messages to phones.
#[async_trait]
pub trait Carrier: fmt::Debug + Send + Sync {
    /// Hands a message over.
    ///
    /// # Errors
    /// [`NotCarried`] when it did not leave.
    async fn carry(&self, parcel: &Parcel) -> Result<(), NotCarried>;
}

/// What is to be done with a message.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Send(Parcel),
    /// Nobody is to have it.
    Drop(&'static str),
    /// It waits until then.
    Wait(DateTime<Utc>),
}

/// Sends some of what is due; how many messages were seen to.
pub(crate) async fn deliver(
    store: &Store,
    carrier: &Arc<dyn Carrier>,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    several(store, Channel::Sms, now, |store, claim| {
        let carrier = Arc::clone(carrier);
        let span = info_span!("message", id = %claim.id, attempt = claim.attempt);
        async move { see_to(&store, carrier.as_ref(), &claim, now).await }.instrument(span)
    })
    .await
}

/// Has some of what is due on a channel seen to at the same time; how many were.
pub(crate) async fn several<F>(
    store: &Store,
    channel: Channel,
    now: DateTime<Utc>,
    see_to: impl Fn(Store, Claim) -> F,
) -> Result<usize, StorageError>
where
    F: Future<Output = Result<(), StorageError>> + Send + 'static,
{
    let claims = messages::claim(store, channel, now, AT_ONCE).await?;
    let count = claims.len();
    let mut under_way: JoinSet<_> = claims.into_iter().map(|claim| see_to(store.clone(), claim)).collect();
    while let Some(done) = under_way.join_next().await {
        match done {
            Ok(done) => done?,
            // Its lease runs out, and it is tried again.
            Err(error) => warn!(%error, channel = channel.as_str(), "a message was left halfway"),
        }
    }
    Ok(count)
}

/// What comes of handing something over, for which there is not for ever.
pub(crate) async fn in_time(
    handing_over: impl Future<Output = Result<(), NotCarried>>,
) -> Result<(), NotCarried> {
    let late = |_| Err(NotCarried::Later("it took too long".to_owned()));
    timeout(LONGEST, handing_over).await.unwrap_or_else(late)
}

/// Writes the reminders that are due; how many.
pub(crate) async fn remind(store: &Store, now: DateTime<Utc>) -> Result<u64, StorageError> {
    let db = store.begin().await?;
    let written = messages::remind(&db, now, &mut Uuid::now_v7).await?;
    db.commit().await?;
    Ok(written)
}

async fn see_to(
    store: &Store,
    carrier: &dyn Carrier,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let snapshot = store.snapshot().await?;
    let letter = messages::letter(&snapshot, claim).await?;
    drop(snapshot);
    let carried = match verdict(claim.id, letter, now) {
        Verdict::Send(parcel) => in_time(carrier.carry(&parcel)).await,
        Verdict::Drop(reason) => {
            let db = store.begin().await?;
            claim.dropped(&db, reason).await?;
            return db.commit().await;
        }
        Verdict::Wait(until) => {
            let db = store.begin().await?;
            claim.put_off(&db, until).await?;
            return db.commit().await;
        }
    };
    mark(store, claim, carried, now).await
}

/// Writes down what came of a try.
pub(crate) async fn mark(
    store: &Store,
    claim: &Claim,
    carried: Result<(), NotCarried>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let db = store.begin().await?;
    let marked = match &carried {
        Ok(()) => claim.sent(&db, now).await?,
        Err(NotCarried::Later(error)) => claim.failed(&db, error, now + wait_after(claim.attempt)).await?,
        Err(NotCarried::Never(error)) => claim.dead(&db, error).await?,
    };
    db.commit().await?;
    match carried {
        Ok(()) if marked => info!(message = %claim.id, attempt = claim.attempt, "sent"),
        Ok(()) => warn!(message = %claim.id, "sent, and taken by somebody else meanwhile"),
        Err(error) => warn!(message = %claim.id, attempt = claim.attempt, %error, "not sent"),
    }
    Ok(())
}

/// How long is waited after so many tries.
fn wait_after(tries: i32) -> TimeDelta {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
    (FIRST_WAIT * (1 << doublings)).min(LONGEST_WAIT)
}

fn verdict(id: Uuid, letter: Letter, now: DateTime<Utc>) -> Verdict {
    if letter.told.iter().all(|told| told.is_over(now)) {
        return Verdict::Drop("too_late");
    }
    if !letter.wanted {
        return Verdict::Drop("unwanted");
    }
    let Some(to) = letter.phone else { return Verdict::Drop("no_phone") };
    let quiet_until = letter.quiet_hours.and_then(|quiet| quiet.end(now, letter.timezone));
    if let Some(until) =
        quiet_until.filter(|until| letter.told.iter().all(|told| told.can_wait_until(*until)))
    {
        return Verdict::Wait(until);
    }
    let text = message::text(&letter.festival, &letter.told, letter.timezone, letter.language);
    Verdict::Send(Parcel { id, to, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_as_long_up_to_an_hour() {
        let waits: Vec<i64> = (1..=8).map(|tries| wait_after(tries).num_seconds()).collect();

        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600]);
    }
}
