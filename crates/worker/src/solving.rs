//! Solves a plan, holding its job meanwhile.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use khademyar_domain::plan::{Changes, PlanKind, PlanState};
use khademyar_roster::{frozen, score};
use khademyar_scheduling::{Fault, Options, Progress, judge, solve_with_fewest_changes};
use khademyar_storage::{
    StorageError, assignments,
    jobs::Claim,
    plans::{self, Best, Pair, PlanRun},
    set_ups,
};
use tokio::{
    sync::watch,
    task::{JoinError, spawn_blocking},
    time::{MissedTickBehavior, interval, sleep},
};
use tracing::{info, warn};

use crate::{Worker, course::Course, stopped};

/// How often whoever watches over a solve looks at it: the curve has a point for each time at the most.
const LOOK: Duration = Duration::from_millis(500);
/// How long the lease is left to run before it is renewed, where no progress has renewed it.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// How often the end of a job is tried again when the database is busy.
const TRIES: u32 = 5;
/// How many faults an error names.
const SAID: usize = 20;

/// Why a solve was left before its end.
enum Left {
    /// Someone else holds the job, or may.
    Lost,
    /// This worker must stop.
    Stopped,
}

/// What came of a solve.
enum Outcome {
    Solved(Best, Vec<Pair>, Option<Changes>),
    /// No repetition mends this.
    Hopeless(String),
    /// The next try may do better.
    Broken(String),
}

/// Solves the plan that `claim` is for, and writes what came of it. A job that someone else took over is left alone.
pub(crate) async fn work_on(
    worker: &Worker,
    claim: &Claim,
    stop: &watch::Receiver<bool>,
) -> Result<(), StorageError> {
    match attempt(worker, claim, stop).await {
        Err(StorageError::Stale("job", _)) => {
            warn!(job = %claim.id, "the job is someone else's now");
            Ok(())
        }
        done => done,
    }
}

async fn attempt(worker: &Worker, claim: &Claim, stop: &watch::Receiver<bool>) -> Result<(), StorageError> {
    let db = worker.store.begin().await?;
    let run = plans::start(&db, claim, Utc::now()).await?;
    if run.state.is_over() {
        plans::pass(&db, claim, Utc::now()).await?;
        return db.commit().await;
    }
    db.commit().await?;
    info!(job = %claim.id, plan = %run.id, attempt = claim.attempt, "solving");

    let course = Arc::new(Course::default());
    let outcome = tokio::select! {
        outcome = solve(worker, claim, &run, &course) => outcome?,
        left = watch_over(worker, claim, &run, &course, stop.clone()) => {
            // The solver's thread comes to its end unheard.
            course.halt();
            return leave(worker, claim, &left).await;
        }
    };
    let end = if course.is_halted() { PlanState::Cancelled } else { PlanState::Completed };
    for _ in 1..TRIES {
        match write(worker, claim, end, &outcome).await {
            // Of a volunteer who is deleted at this very moment, too: the next try leaves them out.
            Err(error) if error.is_passing() || matches!(error, StorageError::InUse) => sleep(LOOK).await,
            done => return done,
        }
    }
    write(worker, claim, end, &outcome).await
}

async fn write(
    worker: &Worker,
    claim: &Claim,
    end: PlanState,
    outcome: &Outcome,
) -> Result<(), StorageError> {
    let (db, now) = (worker.store.begin().await?, Utc::now());
    match outcome {
        Outcome::Solved(best, roster, changes) => {
            plans::finish(&db, claim, end, best, roster, now).await?;
            if let Some(changes) = *changes {
                plans::note_changes(&db, claim, changes).await?;
            }
        }
        Outcome::Hopeless(error) => plans::fail_try(&db, claim, error, true, now).await?,
        Outcome::Broken(error) => plans::fail_try(&db, claim, error, false, now).await?,
    }
    db.commit().await?;
    match outcome {
        Outcome::Solved(best, roster, _) => {
            let (essential, cost) = (best.score.essential, best.score.cost);
            info!(job = %claim.id, state = end.as_str(), essential, cost, assignments = roster.len(), "solved");
        }
        Outcome::Hopeless(error) | Outcome::Broken(error) => warn!(job = %claim.id, error, "not solved"),
    }
    Ok(())
}

async fn leave(worker: &Worker, claim: &Claim, left: &Left) -> Result<(), StorageError> {
    match left {
        Left::Lost => warn!(job = %claim.id, "lost"),
        Left::Stopped => {
            let db = worker.store.begin().await?;
            plans::release(&db, claim, Utc::now()).await?;
            db.commit().await?;
            info!(job = %claim.id, "given back");
        }
    }
    Ok(())
}

/// Renews the lease, notes progress, and halts the solver when a person asks for it; comes back when the job is to be
/// left.
async fn watch_over(
    worker: &Worker,
    claim: &Claim,
    run: &PlanRun,
    course: &Course,
    mut stop: watch::Receiver<bool>,
) -> Left {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut renewed = Instant::now();
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = stopped(&mut stop) => return Left::Stopped,
        }
        match look(worker, claim, run, course, renewed.elapsed() >= HEARTBEAT).await {
            Ok(true) => renewed = Instant::now(),
            Ok(false) => {}
            // The job went to another worker, or away with its festival.
            Err(StorageError::Stale(..) | StorageError::NotFound(_) | StorageError::InUse) => {
                return Left::Lost;
            }
            Err(error) => warn!(job = %claim.id, %error, "the lease could not be renewed"),
        }
        if TimeDelta::from_std(renewed.elapsed()).is_ok_and(|since| since >= plans::LEASE) {
            return Left::Lost;
        }
    }
}

/// One look at a solve; whether the lease was renewed.
async fn look(
    worker: &Worker,
    claim: &Claim,
    run: &PlanRun,
    course: &Course,
    due: bool,
) -> Result<bool, StorageError> {
    if plans::get(&worker.store.reader(), claim.festival_id, run.id).await?.cancel_asked {
        course.halt();
    }
    let news = course.news();
    if news.is_none() && !due {
        return Ok(false);
    }
    let (db, now) = (worker.store.begin().await?, Utc::now());
    match news {
        Some((score, bound)) => {
            let at = now - run.started_at.unwrap_or(now);
            let best = Best { score: score::of(score), bound: score::of(bound), terms: None };
            plans::save_progress(&db, claim, at.num_milliseconds().max(0), &best, now).await?;
        }
        None => claim.hold(&db, now, plans::LEASE).await?,
    }
    db.commit().await?;
    Ok(true)
}

async fn solve(
    worker: &Worker,
    claim: &Claim,
    run: &PlanRun,
    course: &Arc<Course>,
) -> Result<Outcome, StorageError> {
    let snapshot = worker.store.snapshot().await?;
    let set_up = set_ups::load(&snapshot, claim.festival_id).await?;
    let live = assignments::live(&snapshot, claim.festival_id).await?;
    drop(snapshot);
    let options = Options { seed: run.seed.cast_unsigned(), threads: worker.threads, ..Options::default() };
    let (engine, seconds, course) = (worker.engine, f64::from(run.seconds), Arc::clone(course));
    let (kind, now) = (run.kind, Utc::now());
    let solved = spawn_blocking(move || {
        let stored = match frozen::changeable(&set_up, &live, now) {
            Ok(stored) => stored,
            Err(faults) => return Outcome::Hopeless(listed(&faults)),
        };
        let begun = Instant::now();
        let spent = || if course.is_halted() { 1.0 } else { begun.elapsed().as_secs_f64() / seconds };
        let mut tell = |progress: &Progress<'_>| course.tell(progress.score, progress.bound);
        let (solution, changes) = match kind {
            PlanKind::Repair => {
                let (solution, changes) =
                    solve_with_fewest_changes(stored.problem(), &options, &spent, &mut tell);
                (solution, Some(Changes { dropped: changes.dropped, bound: changes.bound }))
            }
            PlanKind::Solve | PlanKind::Draft => {
                (engine(stored.problem(), &options, &spent, &mut tell), None)
            }
        };
        let judgement = judge(stored.problem(), &solution.plan);
        if !judgement.breaches.is_empty() {
            let breaches = &judgement.breaches[..judgement.breaches.len().min(SAID)];
            return Outcome::Broken(format!("the solver broke rules: {breaches:?}"));
        }
        let best = Best {
            score: score::of(judgement.score),
            bound: score::of(solution.bound),
            terms: Some(score::terms(judgement.terms)),
        };
        Outcome::Solved(best, stored.pairs(&solution.plan), changes)
    });
    Ok(solved
        .await
        .unwrap_or_else(|error| Outcome::Broken(format!("the solver failed: {}", panicked(error)))))
}

/// The words a thread panicked with.
fn panicked(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "it was stopped".to_owned() };
    match panic.downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => {
            panic.downcast::<&str>().map_or_else(|_| "it panicked".to_owned(), |words| words.to_string())
        }
    }
}

/// The first faults of a festival that cannot be solved.
fn listed(faults: &[Fault]) -> String {
    let said: Vec<String> = faults.iter().take(SAID).map(Fault::to_string).collect();
    let more = faults.len() - said.len();
    if more == 0 { said.join("; ") } else { format!("{}; and {more} more", said.join("; ")) }
}
