//! Does what was asked for in the background: takes jobs, holds them by renewing their lease, and writes what came of
//! them. Any number of workers may run on one database, in any number of processes.

mod archiving;
mod course;
mod delivery;
mod posting;
mod printing;
mod reporting;
mod solving;
mod tending;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_scheduling::{Options, Problem, Progress, Solution};
use khademyar_storage::{
    StorageError, Store, idempotency,
    jobs::{self, Claim, JobKind},
    letter_bundles, plans,
};
use tokio::{sync::watch, time::sleep};
use tracing::{Instrument, Span, error, info_span, warn};

pub use delivery::{Carrier, NotCarried, Parcel};
pub use posting::{Delivery, Poster};
pub use printing::{NotPrinted, Printer};
pub use reporting::{Envelope, Mailer};

/// How long a worker with nothing to do waits before it looks again.
const IDLE: Duration = Duration::from_millis(500);
/// How long it waits when the database is in trouble.
const TROUBLED: Duration = Duration::from_secs(3);
/// How often it looks for jobs whose every holder vanished.
const ROUND: Duration = Duration::from_secs(5);
/// How often it sees to what happens to rosters by itself.
const TEND: Duration = Duration::from_secs(2);
/// How long it lets others write between two steps of an archive.
const BREATH: Duration = Duration::from_millis(50);
/// How often it looks for weekly reports that are due.
const LOOK: Duration = Duration::from_secs(20);
/// How often it forgets what nobody will ask for again.
const SWEEP: Duration = Duration::from_mins(10);
/// How long a request may be repeated and gets the answer it got.
const REPEATABLE: TimeDelta = TimeDelta::days(1);

/// What solves, as [`khademyar_scheduling::solve`] does.
pub type Engine =
    fn(&Problem, &Options, &(dyn Fn() -> f64 + Sync), &mut dyn FnMut(&Progress<'_>)) -> Solution;

/// Takes one job after the other; cheap to clone.
#[derive(Clone, Debug)]
pub struct Worker {
    store: Store,
    threads: usize,
    engine: Engine,
    memory: tending::Memory,
    carrier: Option<Arc<dyn Carrier>>,
    poster: Option<Arc<dyn Poster>>,
    printer: Option<Arc<dyn Printer>>,
    mailer: Option<Arc<dyn Mailer>>,
}

impl Worker {
    /// A worker whose solver has so many threads.
    pub fn new(store: Store, threads: usize) -> Self {
        let (engine, memory) = (khademyar_scheduling::solve as Engine, tending::Memory::default());
        Self { store, threads, engine, memory, carrier: None, poster: None, printer: None, mailer: None }
    }

    /// The same, which has messages carried by `carrier`; without one they wait.
    #[must_use]
    pub fn with_carrier(self, carrier: Arc<dyn Carrier>) -> Self {
        Self { carrier: Some(carrier), ..self }
    }

    /// The same, which has other systems told by `poster`; without one deliveries wait.
    #[must_use]
    pub fn with_poster(self, poster: Arc<dyn Poster>) -> Self {
        Self { poster: Some(poster), ..self }
    }

    /// The same, which has letters printed by `printer`; without one they wait for a worker that has one.
    #[must_use]
    pub fn with_printer(self, printer: Arc<dyn Printer>) -> Self {
        Self { printer: Some(printer), ..self }
    }

    /// The same, which has weekly reports mailed by `mailer`; without one their mails wait.
    #[must_use]
    pub fn with_mailer(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer: Some(mailer), ..self }
    }

    /// The same with another engine.
    #[must_use]
    pub fn with_engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// Works until `stop` becomes true. The job in hand is given back then, and is due at once for another worker.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        tokio::join!(
            // Whoever waits for a roster does not wait for letters.
            Box::pin(one_by_one(&stop, || self.solve_next(&stop))),
            Box::pin(one_by_one(&stop, || self.print_next(&stop))),
            self.bury(stop.clone()),
            self.tend(stop.clone()),
            Box::pin(self.deliver(stop.clone())),
            Box::pin(self.post(stop.clone())),
            Box::pin(self.report(stop.clone())),
            Box::pin(self.mail(stop.clone())),
            self.archive(stop.clone()),
            self.forget(stop.clone())
        );
    }

    async fn bury(&self, stop: watch::Receiver<bool>) {
        again(stop, ROUND, "the worker cannot look for jobs left behind", || async {
            match self.bury_once().await? {
                0 => {}
                buried => warn!(buried, "plans failed: every worker that tried them vanished"),
            }
            Ok(ROUND)
        })
        .await;
    }

    async fn tend(&self, stop: watch::Receiver<bool>) {
        again(stop, TEND, "the worker cannot see to the published rosters", || async {
            self.tend_once(Utc::now()).await.map(|_| TEND)
        })
        .await;
    }

    /// Sees to what happens to published rosters by itself: offers that ran out, requests whose next wave is due or whose
    /// shift starts, waiting lists with an empty seat; how many events came of it.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn tend_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        Box::pin(tending::tend(&self.store, &self.memory, now)).await
    }

    async fn deliver(&self, stop: watch::Receiver<bool>) {
        again(stop, TROUBLED, "the worker cannot see to messages", || async {
            self.deliver_once(Utc::now()).await.map(until_none)
        })
        .await;
    }

    /// Writes the reminders that are due and, where there is a carrier, sends some of the messages that are due; how many
    /// messages were seen to.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn deliver_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        delivery::remind(&self.store, now).await?;
        match &self.carrier {
            Some(carrier) => delivery::deliver(&self.store, carrier, now).await,
            None => Ok(0),
        }
    }

    async fn post(&self, stop: watch::Receiver<bool>) {
        again(stop, TROUBLED, "the worker cannot see to deliveries", || async {
            self.post_once(Utc::now()).await.map(until_none)
        })
        .await;
    }

    /// Tells other systems some of what is due, where there is a poster; how many deliveries were seen to.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn post_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        match &self.poster {
            Some(poster) => posting::post(&self.store, poster, now).await,
            None => Ok(0),
        }
    }

    async fn report(&self, stop: watch::Receiver<bool>) {
        again(stop, LOOK, "the worker cannot make weekly reports", || async {
            self.report_once(Utc::now()).await.map(|_| LOOK)
        })
        .await;
    }

    /// Makes the weekly reports that are due, each once; how many.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn report_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        reporting::report(&self.store, now).await
    }

    async fn mail(&self, stop: watch::Receiver<bool>) {
        again(stop, TROUBLED, "the worker cannot see to mails", || async {
            self.mail_once(Utc::now()).await.map(until_none)
        })
        .await;
    }

    /// Mails some of what is due, where there is a mailer; how many mails were seen to.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn mail_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        match &self.mailer {
            Some(mailer) => reporting::mail(&self.store, mailer, now).await,
            None => Ok(0),
        }
    }

    async fn archive(&self, stop: watch::Receiver<bool>) {
        // Others write between two steps.
        let wait = |done| if done == 0 { ROUND } else { BREATH };
        again(stop, TROUBLED, "the worker cannot archive festivals", || async {
            self.archive_once(Utc::now()).await.map(wait)
        })
        .await;
    }

    /// Begins to archive the festivals that were over long enough ago, and makes some people of each that is being archived
    /// nameless; how many festivals were seen to.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn archive_once(&self, now: DateTime<Utc>) -> Result<usize, StorageError> {
        archiving::archive(&self.store, now).await
    }

    async fn forget(&self, stop: watch::Receiver<bool>) {
        again(stop, SWEEP, "the worker cannot forget old answers", || async {
            self.forget_once(Utc::now()).await.map(|_| SWEEP)
        })
        .await;
    }

    /// Forgets the answers that were kept for requests repeated within a day, and letters that were printed long ago; how many
    /// answers.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn forget_once(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let db = self.store.begin().await?;
        let forgotten = idempotency::forget_before(&db, now - REPEATABLE).await?;
        letter_bundles::forget_before(&db, now - letter_bundles::KEPT).await?;
        db.commit().await?;
        Ok(forgotten)
    }

    /// Ends the jobs whose every holder vanished; how many.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn bury_once(&self) -> Result<usize, StorageError> {
        let db = self.store.begin().await?;
        let buried = plans::bury(&db, Utc::now()).await?;
        db.commit().await?;
        Ok(buried)
    }

    /// Takes one job, if one is due, and works on it until it is over, lost, or given back; whether there was one.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn turn(&self, stop: &watch::Receiver<bool>) -> Result<bool, StorageError> {
        Ok(self.solve_next(stop).await? || self.print_next(stop).await?)
    }

    async fn solve_next(&self, stop: &watch::Receiver<bool>) -> Result<bool, StorageError> {
        let claim = jobs::claim(&self.store, JobKind::Solve, Utc::now(), plans::LEASE).await?;
        let Some(claim) = claim else { return Ok(false) };
        solving::work_on(self, &claim, stop).instrument(span(&claim)).await?;
        Ok(true)
    }

    async fn print_next(&self, stop: &watch::Receiver<bool>) -> Result<bool, StorageError> {
        let Some(printer) = &self.printer else { return Ok(false) };
        let claim = jobs::claim(&self.store, JobKind::Print, Utc::now(), letter_bundles::LEASE).await?;
        let Some(claim) = claim else { return Ok(false) };
        printing::work_on(&self.store, printer, &claim, stop).instrument(span(&claim)).await?;
        Ok(true)
    }
}

/// Does one job after the other; `turn` says whether it found one.
async fn one_by_one<F: Future<Output = Result<bool, StorageError>>>(
    stop: &watch::Receiver<bool>,
    turn: impl Fn() -> F,
) {
    let wait = |found| if found { Duration::ZERO } else { IDLE };
    again(stop.clone(), TROUBLED, "the worker cannot reach its jobs", || async { turn().await.map(wait) })
        .await;
}

/// What is logged while a job is done stands in this.
fn span(claim: &Claim) -> Span {
    info_span!("job", id = %claim.id, attempt = claim.attempt)
}

/// Does `turn` again and again, after as long as it says, or as `troubled` says where it failed, until `stop` is true.
async fn again<F: Future<Output = Result<Duration, StorageError>>>(
    mut stop: watch::Receiver<bool>,
    troubled: Duration,
    trouble: &str,
    turn: impl Fn() -> F,
) {
    while !*stop.borrow() {
        let wait = turn().await.unwrap_or_else(|error| {
            error!(%error, "{trouble}");
            troubled
        });
        if wait.is_zero() {
            continue;
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = stopped(&mut stop) => {}
        }
    }
}

/// How long to wait after so many of a kind were seen to: not at all until there are none.
fn until_none(done: usize) -> Duration {
    if done == 0 { TEND } else { Duration::ZERO }
}

/// Comes back when `stop` is true; never, when nobody is left to make it so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
