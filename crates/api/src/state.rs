//! What every handler can reach.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_reports::paper::Press;
use khademyar_senders::Courier;
use khademyar_storage::Store;
use uuid::Uuid;

use crate::{
    auth::{FestivalKeys, Keys},
    error::ApiError,
    fresh::Fresh,
    gate::Gate,
    live::Live,
    observe::Metrics,
    printing::Letters,
};

/// What every handler can reach; cheap to clone, as is done some twenty times for each request.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Services>);

/// What every handler can reach.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// The keys that tokens are signed and verified with.
    pub keys: Arc<Keys>,
    /// The keys that each festival has for itself.
    pub festival_keys: Arc<FestivalKeys>,
    /// What time it is.
    pub clock: Clock,
    /// What every request asks for.
    pub fresh: Fresh,
    /// What this process keeps for those who follow festivals.
    pub live: Live,
    /// Whether whoever staffs a festival must have a second factor.
    pub staff_need_second_factor: bool,
    /// Whoever sends messages.
    pub courier: Courier,
    /// What letters are printed with, where there are fonts.
    pub press: Option<Arc<Press>>,
    /// What is counted of this process.
    pub metrics: Metrics,
    /// The address people reach this service at, without a slash at its end: `https://roster.example`.
    pub address: Arc<str>,
    /// What is let in, and how often.
    pub gate: Gate,
    /// How long a stream of events lasts: whoever comes back is asked again who they are.
    pub longest_stream: Duration,
}

impl From<Services> for AppState {
    fn from(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for AppState {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.0
    }
}

impl AppState {
    /// Whatever prints letters.
    ///
    /// # Errors
    /// A conflict, where there are no fonts to print with.
    pub(crate) fn letters(&self) -> Result<Letters, ApiError> {
        let press = self.press.clone().ok_or_else(|| {
            ApiError::conflict(
                "no-fonts",
                "Letters cannot be printed here, for their fonts are missing: whoever runs the service fetches them with \
                 `fonts/install` and names their folder as `fonts` in its configuration.",
                "اینجا نامه چاپ نمی‌شود، چون قلم‌های آن نصب نیست: گردانندهٔ سامانه آن‌ها را با fonts/install بگیرد و پوشهٔ آن‌ها را \
                 در پیکربندی با fonts نام ببرد.",
            )
        })?;
        Ok(Letters::new(
            self.store.clone(),
            Arc::clone(&self.festival_keys),
            press,
            Arc::clone(&self.address),
        ))
    }

    /// A new id, which sorts after those made before.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The system's clock, which tests can set ahead.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_seconds: Arc<AtomicI64>,
}

impl Clock {
    /// The instant it is now.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::seconds(self.ahead_seconds.load(Ordering::Relaxed))
    }

    /// Sets the clock ahead of the system's by `ahead` more.
    pub fn advance(&self, ahead: TimeDelta) {
        self.ahead_seconds.fetch_add(ahead.num_seconds(), Ordering::Relaxed);
    }
}
