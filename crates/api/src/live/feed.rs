//! One look at the database for everybody in this process who follows a festival.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use khademyar_domain::{
    Id, district::District, event::Event, festival::Festival, position::Position, volunteer::Volunteer,
};
use khademyar_storage::{
    StorageError, Store,
    events::{self, Audience},
};
use tokio::{
    sync::{
        Mutex,
        broadcast::{self, error::RecvError},
    },
    time::sleep,
};
use tracing::warn;

use super::Live;

/// How often the database is asked what happened, whichever process did it.
const LOOK: Duration = Duration::from_millis(200);
/// How long one waits when the database is in trouble.
const TROUBLED: Duration = Duration::from_secs(2);
/// Events read at once.
const BATCH: u64 = 500;
/// Events that a follower may be behind before they read them from the database again.
const BEHIND: usize = 4_096;

/// A festival that is followed.
type Feed = broadcast::Sender<Arc<Event>>;

/// Every festival that is followed.
#[derive(Debug, Default)]
pub(super) struct Feeds(Mutex<HashMap<Id<Festival>, Feed>>);

/// Whose events one follows.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    /// The festival's.
    Festival,
    /// Those of districts.
    Districts(Vec<Id<District>>),
    /// Those of positions.
    Positions(Vec<Id<Position>>),
    /// A volunteer's own.
    Volunteer(Id<Volunteer>),
}

impl Whose {
    fn audience(&self) -> Audience<'_> {
        match self {
            Self::Festival => Audience::Festival,
            Self::Districts(districts) => Audience::Districts(districts),
            Self::Positions(positions) => Audience::Positions(positions),
            Self::Volunteer(id) => Audience::Volunteer(*id),
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        match self {
            Self::Festival => true,
            Self::Districts(districts) => event.event.district_id.is_some_and(|id| districts.contains(&id)),
            Self::Positions(positions) => event.event.position_id.is_some_and(|id| positions.contains(&id)),
            Self::Volunteer(id) => event.event.volunteer_id == Some(*id),
        }
    }
}

/// Someone who follows a festival: they get each event that concerns them once, in order.
#[derive(Debug)]
pub(crate) struct Follower {
    store: Store,
    festival_id: Id<Festival>,
    whose: Whose,
    /// The number of the last event that was given, or that nothing is asked before.
    seen: i64,
    news: broadcast::Receiver<Arc<Event>>,
    /// Events from the database that are yet to be given.
    read: VecDeque<Arc<Event>>,
    /// Whether the database has more than was read from it.
    behind: bool,
}

impl Live {
    /// Follows a festival after event `number`, or from now on.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub(crate) async fn follow(
        &self,
        store: &Store,
        festival_id: Id<Festival>,
        whose: Whose,
        number: Option<i64>,
    ) -> Result<Follower, StorageError> {
        let mut feeds = self.feeds.0.lock().await;
        let news = if let Some(feed) = feeds.get(&festival_id) {
            feed.subscribe()
        } else {
            let from = events::last_number(&store.reader(), festival_id).await?;
            let (feed, news) = broadcast::channel(BEHIND);
            feeds.insert(festival_id, feed);
            tokio::spawn(look(Arc::clone(&self.feeds), store.clone(), festival_id, from));
            news
        };
        drop(feeds);
        // Read after the feed was joined: what is committed from here on comes by the feed.
        let last = events::last_number(&store.reader(), festival_id).await?;
        let seen = number.map_or(last, |number| number.min(last));
        let behind = seen < last;
        Ok(Follower { store: store.clone(), festival_id, whose, seen, news, read: VecDeque::new(), behind })
    }
}

/// Tells everyone who follows a festival what happens there, until nobody does.
async fn look(feeds: Arc<Feeds>, store: Store, festival_id: Id<Festival>, mut seen: i64) {
    loop {
        let mut open = feeds.0.lock().await;
        let Some(feed) = open.get(&festival_id).cloned() else { return };
        if feed.receiver_count() == 0 {
            open.remove(&festival_id);
            return;
        }
        drop(open);
        let wait = match events::after(&store.reader(), festival_id, Audience::Festival, seen, BATCH).await {
            Ok(news) => {
                let more = news.len() as u64 == BATCH;
                for event in news {
                    seen = event.number;
                    // Nobody may be left to hear it; that is found out at the next look.
                    feed.send(Arc::new(event)).unwrap_or_default();
                }
                if more { Duration::ZERO } else { LOOK }
            }
            Err(error) => {
                warn!(%error, "what happens cannot be followed");
                TROUBLED
            }
        };
        sleep(wait).await;
    }
}

impl Follower {
    /// The number of the last event that was given, or that nothing was asked before.
    pub(crate) fn seen(&self) -> i64 {
        self.seen
    }

    /// The next event; none when the feed has ended and one must come again.
    pub(crate) async fn next(&mut self) -> Option<Arc<Event>> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.seen = event.number;
                return Some(event);
            }
            if self.behind {
                self.catch_up().await.ok()?;
                continue;
            }
            match self.news.recv().await {
                Ok(event) if event.number > self.seen && self.whose.concerns(&event) => {
                    self.seen = event.number;
                    return Some(event);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.behind = true,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), StorageError> {
        let (db, audience) = (self.store.reader(), self.whose.audience());
        let read = events::after(&db, self.festival_id, audience, self.seen, BATCH).await?;
        self.behind = read.len() as u64 == BATCH;
        self.read.extend(read.into_iter().map(Arc::new));
        Ok(())
    }
}
