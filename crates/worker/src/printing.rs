//! Prints a bundle of letters, holding its job meanwhile.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, letter::LetterBundle};
use khademyar_storage::{
    StorageError, Store,
    jobs::Claim,
    letter_bundles::{self, BundleRun, LEASE, Piece},
};
use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};
use tracing::{info, warn};

use crate::stopped;

/// How long the lease is left to run before it is renewed, where no piece has renewed it.
const HEARTBEAT: Duration = Duration::from_secs(8);
/// How many pieces may wait to be written: the printer waits then.
const AHEAD: usize = 2;

/// Why letters were not printed, without anything personal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotPrinted(pub String);

/// Whatever prints letters.
#[async_trait]
pub trait Printer: fmt::Debug + Send + Sync {
    /// Prints all letters of a bundle and tells their file piece by piece, until it is done or nobody listens any more.
    ///
    /// # Errors
    /// [`NotPrinted`] when there is no file of it.
    async fn print(
        &self,
        festival_id: Id<Festival>,
        bundle: LetterBundle,
        now: DateTime<Utc>,
        tell: mpsc::Sender<Piece>,
    ) -> Result<(), NotPrinted>;
}

/// Prints the bundle that `claim` is for, and writes its file. A job that someone else took over, or that went with its
/// festival, is left alone.
pub(crate) async fn work_on(
    store: &Store,
    printer: &Arc<dyn Printer>,
    claim: &Claim,
    stop: &watch::Receiver<bool>,
) -> Result<(), StorageError> {
    match attempt(store, printer, claim, stop.clone()).await {
        Err(StorageError::Stale("job", _) | StorageError::NotFound(_) | StorageError::InUse) => {
            warn!(job = %claim.id, "the job is someone else's now, or gone");
            Ok(())
        }
        done => done,
    }
}

async fn attempt(
    store: &Store,
    printer: &Arc<dyn Printer>,
    claim: &Claim,
    mut stop: watch::Receiver<bool>,
) -> Result<(), StorageError> {
    let db = store.begin().await?;
    let BundleRun { bundle, .. } = match letter_bundles::start(&db, claim, Utc::now()).await {
        // It was erased while it waited.
        Err(StorageError::NotFound(_)) => {
            claim.give_up(&db, Utc::now(), "the bundle is gone").await?;
            return db.commit().await;
        }
        run => run?,
    };
    db.commit().await?;
    info!(job = %claim.id, attempt = claim.attempt, "printing");

    let (tell, mut told) = mpsc::channel(AHEAD);
    let (printer, festival_id) = (Arc::clone(printer), claim.festival_id);
    let printing = tokio::spawn(async move { printer.print(festival_id, bundle, Utc::now(), tell).await });
    let mut number = 0;
    loop {
        // Whoever leaves here listens no more, and the printer ends.
        let piece = tokio::select! {
            piece = told.recv() => piece,
            () = sleep(HEARTBEAT) => {
                let db = store.begin().await?;
                claim.hold(&db, Utc::now(), LEASE).await?;
                db.commit().await?;
                continue;
            }
            () = stopped(&mut stop) => {
                let db = store.begin().await?;
                letter_bundles::release(&db, claim, Utc::now()).await?;
                info!(job = %claim.id, "given back");
                return db.commit().await;
            }
        };
        let Some(piece) = piece else { break };
        let db = store.begin().await?;
        letter_bundles::add(&db, claim, number, piece, Utc::now()).await?;
        db.commit().await?;
        number += 1;
    }
    let printed = match printing.await {
        Ok(printed) => printed.map_err(|error| error.to_string()),
        Err(_) => Err("the printer failed".to_owned()),
    };
    let db = store.begin().await?;
    match &printed {
        Ok(()) => letter_bundles::finish(&db, claim, Utc::now()).await?,
        Err(error) => letter_bundles::fail_try(&db, claim, error, Utc::now()).await?,
    }
    db.commit().await?;
    match printed {
        Ok(()) => info!(job = %claim.id, pieces = number, "printed"),
        Err(error) => warn!(job = %claim.id, error, "not printed"),
    }
    Ok(())
}
