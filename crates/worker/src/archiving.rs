//! Festivals that have been over for as long as they wish their people remembered are archived.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival};
use khademyar_storage::{
    StorageError, Store,
    archives::{self, Step},
    audit::{self, Origin},
    festivals,
};
use tracing::{error, info};
use uuid::Uuid;

/// Begins what is due, and does one step of all that is under way; how many steps were done.
pub(crate) async fn archive(store: &Store, now: DateTime<Utc>) -> Result<usize, StorageError> {
    for festival_id in archives::over(&store.reader(), now).await? {
        let db = store.snapshot().await?;
        let festival = festivals::get(&db, festival_id).await?.value;
        let last = archives::get(&db, festival_id).await?.last_at;
        drop(db);
        if festival.archive_due(last).is_some_and(|due| due <= now) {
            audit::within(origin(festival_id, now), begin(store, festival_id, now)).await?;
        }
    }
    let mut done = 0;
    for festival_id in archives::under_way(&store.reader()).await? {
        match audit::within(origin(festival_id, now), Box::pin(step(store, festival_id, now))).await {
            // Or it was deleted meanwhile, or somebody of it was erased.
            Ok(Step::NotOurs) | Err(StorageError::NotFound(_)) => {}
            Ok(Step::Erased) => done += 1,
            Ok(Step::Archived) => {
                done += 1;
                store.compact().await?;
                info!(festival = %festival_id, "the festival is archived: nobody in it has a name any more");
            }
            // Whoever wrote at the same time is done by the next round.
            Err(error) if error.is_passing() => {}
            // The others are not to wait for this one.
            Err(error) => error!(festival = %festival_id, %error, "the festival cannot be archived"),
        }
    }
    Ok(done)
}

async fn begin(store: &Store, festival_id: Id<Festival>, now: DateTime<Utc>) -> Result<(), StorageError> {
    let db = store.begin().await?;
    archives::begin(&db, festival_id, now).await?;
    db.commit().await
}

async fn step(store: &Store, festival_id: Id<Festival>, now: DateTime<Utc>) -> Result<Step, StorageError> {
    let db = store.begin().await?;
    let step = archives::step(&db, festival_id, now, &mut Uuid::now_v7).await?;
    if step != Step::NotOurs {
        db.commit().await?;
    }
    Ok(step)
}

/// The service does it by itself.
fn origin(festival_id: Id<Festival>, now: DateTime<Utc>) -> Origin {
    let mut secret = [0; 32];
    secret[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    secret[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    Origin {
        by: None,
        address: None,
        api_token: None,
        operation: "archive".into(),
        festival_id: Some(festival_id),
        object_id: Some(festival_id.uuid()),
        at: now,
        secret,
    }
}
