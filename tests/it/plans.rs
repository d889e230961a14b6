//! Plans: asked for, solved by workers that come and go, stopped, published.

use std::{thread, time::Duration};

use chrono::{TimeDelta, Utc};
use khademyar_domain::{
    Id,
    pair::Pin,
    plan::{Plan, PlanKind, PlanState, Score},
    volunteer::Volunteer,
};
use khademyar_scheduling::{Options, Problem, Progress, Solution};
use khademyar_storage::{
    StorageError, Store,
    jobs::{self, Claim, JobKind},
    plans::{self, Best, NewPlan, PlanRun},
};
use khademyar_worker::Worker;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    sample::{Sample, insert, now},
    store::on_each_engine,
};

/// Asks for a plan.
pub(crate) async fn ask(store: &Store, sample: &Sample, seconds: i32) -> Id<Plan> {
    let plan = NewPlan {
        id: Uuid::now_v7().into(),
        kind: PlanKind::Solve,
        job_id: Uuid::now_v7(),
        seconds,
        seed: 1,
        by: None,
    };
    let db = store.begin().await.unwrap();
    // Workers go by the real clock.
    let yesterday = Utc::now() - TimeDelta::days(1);
    plans::insert(&db, sample.festival_id, &plan, yesterday).await.unwrap();
    db.commit().await.unwrap();
    plan.id
}

pub(crate) async fn run_of(store: &Store, sample: &Sample, plan: Id<Plan>) -> PlanRun {
    plans::get(&store.reader(), sample.festival_id, plan).await.unwrap()
}

pub(crate) fn unstopped() -> watch::Receiver<bool> {
    watch::channel(false).1
}

/// Solves, and then goes on until it is halted.
fn tireless(
    problem: &Problem,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    let solution = khademyar_scheduling::solve(
        problem,
        &Options { max_steps: Some(1), ..options.clone() },
        spent,
        progress,
    );
    while spent() < 1.0 {
        thread::sleep(Duration::from_millis(5));
    }
    solution
}

fn broken(
    _: &Problem,
    _: &Options,
    _: &(dyn Fn() -> f64 + Sync),
    _: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    panic!("division by zero");
}

/// Waits until the plan is as `wanted`.
async fn until(store: &Store, sample: &Sample, plan: Id<Plan>, wanted: impl Fn(&PlanRun) -> bool) -> PlanRun {
    loop {
        let run = run_of(store, sample, plan).await;
        if wanted(&run) {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes the next job as a worker that has vanished did: its lease was over `minutes` after an hour ago.
async fn claim_and_vanish(store: &Store, minutes: i64) -> Claim {
    let then = Utc::now() - TimeDelta::hours(1) + TimeDelta::minutes(minutes);
    let claim = jobs::claim(store, JobKind::Solve, then, TimeDelta::seconds(15))
        .await
        .unwrap()
        .expect("a job is due");
    let db = store.begin().await.unwrap();
    assert_eq!(plans::start(&db, &claim, then).await.unwrap().state, PlanState::Running);
    db.commit().await.unwrap();
    claim
}

#[tokio::test]
async fn a_plan_is_solved_and_its_job_is_done() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        assert_eq!(run_of(store, &sample, plan).await.state, PlanState::Queued);

        let worker = Worker::new(Store::clone(store), 1);
        assert!(worker.turn(&unstopped()).await.unwrap());

        let run = run_of(store, &sample, plan).await;
        assert_eq!((run.state, run.error.as_deref()), (PlanState::Completed, None));
        let best = run.best.unwrap();
        assert_eq!(best.score.essential, 0);
        assert!(best.bound <= best.score && run.started_at <= run.finished_at);
        assert_eq!(best.terms.unwrap().desired, 60 * 3 * 4);
        let pairs = plans::pairs(&store.reader(), sample.festival_id, plan).await.unwrap();
        assert_eq!(pairs.len(), 2);
        assert!(pairs.contains(&(sample.volunteers[0], sample.positions[2])));
        assert!(!worker.turn(&unstopped()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn progress_is_a_curve_whose_last_point_is_the_best() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 600).await;
        let worker = Worker::new(Store::clone(store), 1).with_engine(tireless);
        let working = tokio::spawn(async move { worker.turn(&unstopped()).await.unwrap() });

        let run = until(store, &sample, plan, |run| run.best.is_some()).await;

        assert_eq!(run.state, PlanState::Running);
        let curve = plans::progress_after(&store.reader(), sample.festival_id, plan, None).await.unwrap();
        assert_eq!((curve[0].step, curve[0].at_millis >= 0), (0, true));
        assert_eq!(curve.last().unwrap().score, run.best.unwrap().score);
        let last = curve.last().unwrap().step;
        let rest =
            plans::progress_after(&store.reader(), sample.festival_id, plan, Some(last)).await.unwrap();
        assert!(rest.is_empty());
        let db = store.begin().await.unwrap();
        plans::ask_cancel(&db, sample.festival_id, plan, now()).await.unwrap();
        db.commit().await.unwrap();
        working.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_running_plan_that_is_stopped_keeps_its_best() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 3600).await;
        let worker = Worker::new(Store::clone(store), 1).with_engine(tireless);
        let working = tokio::spawn(async move { worker.turn(&unstopped()).await.unwrap() });
        until(store, &sample, plan, |run| run.state == PlanState::Running).await;

        let db = store.begin().await.unwrap();
        let asked = plans::ask_cancel(&db, sample.festival_id, plan, now()).await.unwrap();
        db.commit().await.unwrap();
        assert_eq!((asked.state, asked.cancel_asked), (PlanState::Running, true));
        working.await.unwrap();

        let run = run_of(store, &sample, plan).await;
        assert_eq!(run.state, PlanState::Cancelled);
        assert!(run.best.unwrap().terms.is_some());
        let pairs = plans::pairs(&store.reader(), sample.festival_id, plan).await.unwrap();
        assert_eq!(pairs.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_waiting_plan_that_is_stopped_is_never_solved() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        for _ in 0..2 {
            let db = store.begin().await.unwrap();
            let run = plans::ask_cancel(&db, sample.festival_id, plan, now()).await.unwrap();
            db.commit().await.unwrap();
            assert_eq!(run.state, PlanState::Cancelled);
        }

        let worker = Worker::new(Store::clone(store), 1).with_engine(broken);
        assert!(worker.turn(&unstopped()).await.unwrap());

        assert_eq!(run_of(store, &sample, plan).await.state, PlanState::Cancelled);
        assert!(!worker.turn(&unstopped()).await.unwrap());
        let db = store.begin().await.unwrap();
        let missing = plans::ask_cancel(&db, sample.festival_id, Uuid::now_v7().into(), now()).await;
        assert!(matches!(missing, Err(StorageError::NotFound("plan"))));
    })
    .await;
}

#[tokio::test]
async fn the_job_of_a_worker_that_vanished_is_taken_over_and_nothing_is_doubled() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        let vanished = claim_and_vanish(store, 0).await;
        let db = store.begin().await.unwrap();
        let early = Best {
            score: Score { essential: 9, cost: 9 },
            bound: Score { essential: 0, cost: 0 },
            terms: None,
        };
        plans::save_progress(&db, &vanished, 5, &early, Utc::now() - TimeDelta::hours(1)).await.unwrap();
        db.commit().await.unwrap();

        let worker = Worker::new(Store::clone(store), 1);
        assert!(worker.turn(&unstopped()).await.unwrap());
        let run = run_of(store, &sample, plan).await;

        // Its first holder comes back from wherever it was.
        let db = store.begin().await.unwrap();
        let late = plans::finish(&db, &vanished, PlanState::Completed, &early, &[], Utc::now()).await;
        assert!(matches!(late, Err(StorageError::Stale("job", _))));
        drop(db);
        let db = store.begin().await.unwrap();
        let late = plans::save_progress(&db, &vanished, 6, &early, Utc::now()).await;
        assert!(matches!(late, Err(StorageError::Stale("job", _))));
        drop(db);
        assert_eq!(run_of(store, &sample, plan).await, run);
        assert_eq!((run.state, run.best.unwrap().score.essential), (PlanState::Completed, 0));
        assert_eq!(plans::pairs(&store.reader(), sample.festival_id, plan).await.unwrap().len(), 2);
        let curve = plans::progress_after(&store.reader(), sample.festival_id, plan, None).await.unwrap();
        assert_eq!(curve[0].score.essential, 9);
    })
    .await;
}

#[tokio::test]
async fn workers_at_once_share_the_plans_and_solve_each_once() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let mut asked = Vec::new();
        for _ in 0..6 {
            asked.push(ask(store, &sample, 1).await);
        }

        let workers: Vec<_> = (0..3)
            .map(|_| {
                let worker = Worker::new(Store::clone(store), 1);
                tokio::spawn(async move {
                    let mut turns = 0;
                    while worker.turn(&unstopped()).await.unwrap() {
                        turns += 1;
                    }
                    turns
                })
            })
            .collect();
        let mut turns = 0;
        for worker in workers {
            turns += worker.await.unwrap();
        }

        assert_eq!(turns, 6);
        for plan in asked {
            let run = run_of(store, &sample, plan).await;
            assert_eq!(run.state, PlanState::Completed);
            assert_eq!(plans::pairs(&store.reader(), sample.festival_id, plan).await.unwrap().len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_that_takes_every_worker_with_it_comes_to_an_end() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let claim = claim_and_vanish(store, attempts.into()).await;
            assert_eq!(claim.attempt, attempts);
            if claim.last_attempt {
                break;
            }
        }

        let worker = Worker::new(Store::clone(store), 1);
        assert!(!worker.turn(&unstopped()).await.unwrap());
        assert_eq!(worker.bury_once().await.unwrap(), 1);
        assert_eq!(worker.bury_once().await.unwrap(), 0);

        let run = run_of(store, &sample, plan).await;
        assert_eq!(run.state, PlanState::Failed);
        assert!(run.error.unwrap().contains("vanished"));
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_panics_is_tried_again_later_and_later_until_the_plan_fails() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        let worker = Worker::new(Store::clone(store), 1).with_engine(broken);

        assert!(worker.turn(&unstopped()).await.unwrap());
        let run = run_of(store, &sample, plan).await;
        assert_eq!(run.state, PlanState::Queued);
        assert!(run.error.unwrap().contains("division by zero"));
        // Not due yet: the backoff is in the database.
        assert!(!worker.turn(&unstopped()).await.unwrap());

        let later = Utc::now() + TimeDelta::days(1);
        loop {
            let claim = jobs::claim(store, JobKind::Solve, later, TimeDelta::days(1)).await.unwrap().unwrap();
            let db = store.begin().await.unwrap();
            plans::start(&db, &claim, later).await.unwrap();
            plans::fail_try(&db, &claim, "division by zero", false, Utc::now()).await.unwrap();
            db.commit().await.unwrap();
            if claim.last_attempt {
                break;
            }
        }
        assert_eq!(run_of(store, &sample, plan).await.state, PlanState::Failed);
        let none =
            jobs::claim(store, JobKind::Solve, later + TimeDelta::days(9), TimeDelta::days(1)).await.unwrap();
        assert_eq!(none, None);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_must_stop_gives_its_job_back_untried() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 3600).await;
        let (stop, stopped) = watch::channel(false);
        let worker = Worker::new(Store::clone(store), 1).with_engine(tireless);
        let working = tokio::spawn(async move { worker.run(stopped).await });
        until(store, &sample, plan, |run| run.state == PlanState::Running).await;

        stop.send(true).unwrap();
        working.await.unwrap();

        assert_eq!(run_of(store, &sample, plan).await.state, PlanState::Queued);
        let claim =
            jobs::claim(store, JobKind::Solve, Utc::now(), TimeDelta::seconds(15)).await.unwrap().unwrap();
        assert_eq!(claim.attempt, 1);
    })
    .await;
}

#[tokio::test]
async fn a_festival_that_cannot_be_solved_fails_at_once_and_says_why() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let db = store.begin().await.unwrap();
        let pin = Pin { volunteer_id: sample.volunteers[1], position_id: sample.positions[0] };
        insert(&db, sample.festival_id, pin).await;
        db.commit_change(sample.festival_id).await.unwrap();
        let plan = ask(store, &sample, 1).await;

        let worker = Worker::new(Store::clone(store), 1);
        assert!(worker.turn(&unstopped()).await.unwrap());

        let run = run_of(store, &sample, plan).await;
        assert_eq!(run.state, PlanState::Failed);
        assert!(run.error.unwrap().contains("$.locked[0]"));
        let later = Utc::now() + TimeDelta::days(1);
        assert_eq!(jobs::claim(store, JobKind::Solve, later, TimeDelta::days(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn assignments_of_people_who_left_meanwhile_are_left_out() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = ask(store, &sample, 1).await;
        let claim =
            jobs::claim(store, JobKind::Solve, Utc::now(), TimeDelta::seconds(15)).await.unwrap().unwrap();
        let db = store.begin().await.unwrap();
        plans::start(&db, &claim, Utc::now()).await.unwrap();
        let best = Best {
            score: Score { essential: 0, cost: 1 },
            bound: Score { essential: 0, cost: 0 },
            terms: None,
        };
        let gone: Id<Volunteer> = Uuid::now_v7().into();
        let roster = [(gone, sample.positions[0]), (sample.volunteers[0], sample.positions[2])];
        plans::finish(&db, &claim, PlanState::Completed, &best, &roster, Utc::now()).await.unwrap();
        db.commit().await.unwrap();

        let pairs = plans::pairs(&store.reader(), sample.festival_id, plan).await.unwrap();
        assert_eq!(pairs, roster[1..]);
    })
    .await;
}
