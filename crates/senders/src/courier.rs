//! Sends while others go on.

use std::{fmt, sync::Arc};

use tokio::sync::watch;
use tracing::warn;

use crate::{Message, Senders, SmsWay};

/// The most messages that are under way at a time; with more, something is wrong, and they are let fall.
const MOST: usize = 1_000;

/// Sends messages while whoever hands them over goes on; cheap to clone.
#[derive(Clone)]
pub struct Courier {
    senders: Arc<Senders>,
    under_way: Arc<watch::Sender<usize>>,
}

impl Courier {
    /// One that sends by `senders`.
    pub fn new(senders: Senders) -> Self {
        Self { senders: Arc::new(senders), under_way: Arc::new(watch::Sender::new(0)) }
    }

    /// Takes a message and sends it, with patience. What fails is in the log.
    pub fn take(&self, message: Message) {
        let mut full = false;
        self.under_way.send_modify(|count| {
            full = *count >= MOST;
            *count += usize::from(!full);
        });
        if full {
            warn!("too many messages are under way: one is let fall");
            return;
        }
        let (senders, counted) = (Arc::clone(&self.senders), Counted(Arc::clone(&self.under_way)));
        tokio::spawn(async move {
            if let Err(error) = senders.send(&message).await {
                warn!(%error, "a message did not leave");
            }
            drop(counted);
        });
    }

    /// Waits until nothing is under way.
    pub async fn idle(&self) {
        // It fails where the sender is gone, which `self` holds.
        let _ = self.under_way.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Whether there is a way that text messages leave by.
    pub fn sends_texts(&self) -> bool {
        !matches!(self.senders.sms, SmsWay::None)
    }

    /// The ways that messages leave by.
    pub fn senders(&self) -> &Senders {
        &self.senders
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("under_way", &*self.under_way.borrow()).finish_non_exhaustive()
    }
}

/// A message under way, until it is dropped: also where sending it panicked.
struct Counted(Arc<watch::Sender<usize>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
