//! What happens to a published roster by itself: offers run out, the next are asked to take a seat over, requests expire
//! when their shift starts, waiting lists move up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, event::NewEvent, festival::Festival};
use khademyar_roster::{Known, covers as seats, waiting as lists};
use khademyar_storage::{Db, StorageError, Store, assignments, covers, events, festivals, set_ups, waiting};
use tokio::task::spawn_blocking;
use tracing::warn;
use uuid::Uuid;

/// How many of a kind are seen to in one round.
const ROUND: u64 = 200;

/// Set-ups that waiting lists were moved up by, with their revisions.
pub(crate) type Memory = Arc<Mutex<HashMap<Id<Festival>, (i64, Arc<Known>)>>>;

/// Sees to everything that is due; how much was done.
pub(crate) async fn tend(store: &Store, memory: &Memory, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let mut done = 0;
    for (festival_id, id) in assignments::unanswered(&store.reader(), now, ROUND).await? {
        let db = store.begin().await?;
        let lapsed = lists::lapse(&db, festival_id, id, now).await;
        done += finish(db, festival_id, lapsed.map(|event| event.into_iter().collect()), now).await?;
    }
    for (festival_id, id) in covers::due(&store.reader(), now, ROUND).await? {
        let db = store.begin().await?;
        let tended = match seats::tend(&db, festival_id, id, now).await {
            Ok(events) => Ok(events),
            Err(seats::Error::Storage(error)) => Err(error),
            // What a rule of the request forbids was done by somebody else.
            Err(_) => Ok(Vec::new()),
        };
        done += finish(db, festival_id, tended, now).await?;
    }
    for (festival_id, position_id) in waiting::with_seats(&store.reader(), now).await? {
        let Some(known) = known(store, memory, festival_id).await? else { continue };
        let db = store.begin().await?;
        let moved = lists::move_up(&db, &known, festival_id, position_id, now, &mut Uuid::now_v7).await;
        done += finish(db, festival_id, moved.map(|event| event.into_iter().collect()), now).await?;
    }
    Ok(done)
}

/// Commits what was done with its events; what somebody else was faster with is left.
async fn finish(
    db: Db,
    festival_id: Id<Festival>,
    done: Result<Vec<NewEvent>, StorageError>,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let events = match done {
        Ok(events) if events.is_empty() => return Ok(0),
        Ok(events) => events,
        Err(StorageError::Refused(_) | StorageError::Stale(..) | StorageError::NotFound(_)) => return Ok(0),
        Err(error) if error.is_passing() => return Ok(0),
        Err(error) => return Err(error),
    };
    let count = events.len();
    events::append(&db, festival_id, events, None, now, &mut Uuid::now_v7).await?;
    db.commit_roster(festival_id).await?;
    Ok(count)
}

async fn known(
    store: &Store,
    memory: &Memory,
    festival_id: Id<Festival>,
) -> Result<Option<Arc<Known>>, StorageError> {
    let db = store.snapshot().await?;
    let revision = festivals::set_up_revision(&db, festival_id).await?;
    let kept = memory.lock().unwrap_or_else(PoisonError::into_inner).get(&festival_id).cloned();
    if let Some((_, known)) = kept.filter(|(of, _)| *of == revision) {
        return Ok(Some(known));
    }
    let set_up = set_ups::load(&db, festival_id).await?;
    drop(db);
    let Ok(Ok(known)) = spawn_blocking(move || Known::new(set_up)).await else {
        warn!(festival = %festival_id, "a waiting list cannot move up: the festival's set-up is at fault");
        return Ok(None);
    };
    let known = Arc::new(known);
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    memory.insert(festival_id, (revision, Arc::clone(&known)));
    Ok(Some(known))
}
