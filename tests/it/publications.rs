//! A plan becomes the festival's roster, as the difference to the one before.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use khademyar_domain::{
    Id, Stored,
    assignment::AssignmentState,
    event::EventKind,
    plan::{Plan, PlanState, PublishError, Score},
    volunteer::{Skill, Volunteer},
};
use khademyar_roster::publish::{Error, publish};
use khademyar_storage::{
    StorageError, Store,
    assignments::{self, Published},
    festivals,
    jobs::{self, JobKind},
    listing::Listing,
    plans::{self, Best, Pair, PlanRun, Publication},
    seats::{self, Roster},
    table,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::on_each_api,
    erasure::go_to,
    evening::Evening,
    plans::{ask, run_of},
    sample::{Sample, code, insert, now, volunteer},
    store::on_each_engine,
};

/// A plan that came out as `roster`.
async fn solved(store: &Store, sample: &Sample, roster: &[Pair]) -> Id<Plan> {
    let plan = ask(store, sample, 1).await;
    let claim =
        jobs::claim(store, JobKind::Solve, Utc::now(), TimeDelta::seconds(15)).await.unwrap().unwrap();
    let zero = Score { essential: 0, cost: 0 };
    let db = store.begin().await.unwrap();
    plans::start(&db, &claim, now()).await.unwrap();
    let best = Best { score: zero, bound: zero, terms: None };
    plans::finish(&db, &claim, PlanState::Completed, &best, roster, now()).await.unwrap();
    db.commit().await.unwrap();
    plan
}

async fn publishing(store: &Store, sample: &Sample, plan: Id<Plan>) -> Result<PlanRun, Error> {
    let db = store.begin().await.unwrap();
    let run = publish(&db, sample.festival_id, plan, None, now(), &mut Uuid::now_v7).await?;
    db.commit_change(sample.festival_id).await.unwrap();
    Ok(run)
}

fn everything() -> Listing {
    Listing { filters: Vec::new(), sort: seats::SORTS[0], descending: false, limit: 1_000, after: None }
}

async fn published(store: &Store, sample: &Sample) -> Vec<Published> {
    assignments::list(&store.reader(), sample.festival_id, None, &everything()).await.unwrap().items
}

async fn held(store: &Store, sample: &Sample) -> BTreeSet<Pair> {
    assignments::pairs(&store.reader(), sample.festival_id).await.unwrap().into_iter().collect()
}

/// Three more people with a skill in health.
async fn three_more(store: &Store, sample: &Sample) -> [Id<Volunteer>; 3] {
    let db = store.begin().await.unwrap();
    let mut ids = Vec::new();
    for k in 2..5 {
        let skills = vec![Skill { specialty_id: sample.specialties[0], level: 1, confirmed: true }];
        let volunteer = Volunteer { skills, ..volunteer(&format!("v{k}"), sample.districts[0]) };
        ids.push(insert(&db, sample.festival_id, volunteer).await);
    }
    db.commit_change(sample.festival_id).await.unwrap();
    ids.try_into().unwrap()
}

#[tokio::test]
async fn a_publication_is_the_difference_to_the_one_before() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let [_, _, p2] = sample.positions;
        let p0 = sample.positions[0];
        let [a, b, c] = three_more(store, &sample).await;
        let first = solved(store, &sample, &[(a, p0), (b, p0), (a, p2)]).await;
        let second = solved(store, &sample, &[(a, p0), (c, p0), (a, p2)]).await;
        let before = festivals::revision(&store.reader(), sample.festival_id).await.unwrap();

        let run = publishing(store, &sample, first).await.unwrap();
        assert_eq!(run.publication, Some(Publication { at: now(), offered: 3, kept: 0, cancelled: 0 }));
        assert!(festivals::revision(&store.reader(), sample.festival_id).await.unwrap() > before);
        let firsts = published(store, &sample).await;
        assert!(firsts.iter().all(|row| row.state == AssignmentState::Offered && row.plan_id == Some(first)));

        // The position is full: who leaves goes before who comes.
        let run = publishing(store, &sample, second).await.unwrap();
        assert_eq!(run.publication, Some(Publication { at: now(), offered: 1, kept: 2, cancelled: 1 }));
        assert_eq!(held(store, &sample).await, BTreeSet::from([(a, p0), (c, p0), (a, p2)]));
        let seconds = published(store, &sample).await;
        assert_eq!(seconds.len(), 4);
        let of_b = seconds.iter().find(|row| row.seat.volunteer_id == b).unwrap();
        assert_eq!((of_b.state, of_b.sequence, of_b.version), (AssignmentState::Cancelled, 1, 2));
        for kept in firsts.iter().filter(|row| row.seat.volunteer_id == a) {
            assert!(seconds.contains(kept));
        }

        // And back: b is offered the place anew.
        let run = publishing(store, &sample, first).await.unwrap();
        assert_eq!(run.publication, Some(Publication { at: now(), offered: 1, kept: 2, cancelled: 1 }));
        assert_eq!(held(store, &sample).await, BTreeSet::from([(a, p0), (b, p0), (a, p2)]));
    })
    .await;
}

#[tokio::test]
async fn publishing_what_is_published_changes_nothing() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let plan = solved(store, &sample, &[(sample.volunteers[0], sample.positions[0])]).await;
        let run = publishing(store, &sample, plan).await.unwrap();
        let rows = published(store, &sample).await;

        assert_eq!(publishing(store, &sample, plan).await.unwrap(), run);

        assert_eq!(published(store, &sample).await, rows);
        assert_eq!(run_of(store, &sample, plan).await, run);
        let seats =
            seats::of_plan(&store.reader(), sample.festival_id, plan, None, &everything()).await.unwrap();
        assert_eq!(seats.items, rows.into_iter().map(|row| row.seat).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_not_over_or_has_no_roster_is_not_published() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let waiting = ask(store, &sample, 1).await;
        let refused = publishing(store, &sample, waiting).await;
        assert!(matches!(refused, Err(Error::Refused(PublishError::NotOver(PlanState::Queued)))));
        let db = store.begin().await.unwrap();
        plans::ask_cancel(&db, sample.festival_id, waiting, now()).await.unwrap();
        db.commit().await.unwrap();
        let refused = publishing(store, &sample, waiting).await;
        assert!(matches!(refused, Err(Error::Refused(PublishError::Failed))));

        let other = Sample::on(store).await;
        let refused = publishing(store, &other, waiting).await;
        assert!(matches!(refused, Err(Error::Storage(StorageError::NotFound("plan")))));
        assert!(published(store, &sample).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_does_not_fit_the_festival_any_more_is_stale() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let [v0, _] = sample.volunteers;
        let plan = solved(store, &sample, &[(v0, sample.positions[0]), (v0, sample.positions[2])]).await;
        let db = store.begin().await.unwrap();
        let who: Stored<Volunteer> = table::get(&db, sample.festival_id, None, v0).await.unwrap();
        let tired = Volunteer { max_nights: Some(1), ..who.value };
        table::replace(&db, sample.festival_id, v0, None, tired).await.unwrap();
        db.commit_change(sample.festival_id).await.unwrap();

        let refused = publishing(store, &sample, plan).await;

        assert!(matches!(refused, Err(Error::Refused(PublishError::Stale))));
        assert!(published(store, &sample).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_plan_asks_nobody_again_who_left_a_shift_that_has_begun() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        for position in ["early-team", "late-team"] {
            let who = if position == "early-team" {
                ("Narges", &evening.narges)
            } else {
                ("Maryam", &evening.maryam)
            };
            let seat = evening.assignment(app, who.0, position).await["id"].as_str().unwrap().to_owned();
            let left =
                app.post(format!("/v1/me/assignments/{seat}/withdraw"), json!({"reason": "ill"})).by(who.1);
            left.await.expect(StatusCode::OK);
        }
        // The early shift has begun, the late one not.
        go_to(app, "2027-04-08T17:00:00Z");
        evening.sign_in_again(app).await;

        evening.publish(app, &evening.roster).await;

        let early: Vec<Value> = evening.assignments(app, "Narges").await;
        assert_eq!(early.iter().map(|row| row["state"].clone()).collect::<Vec<_>>(), ["declined"]);
        assert_eq!(evening.assignment(app, "Maryam", "late-team").await["state"], "offered");
        evening.withdraw_the_base(app).await;
        let told = evening.events(app, 0).await;
        let told = told.iter().find(|event| event.event.kind == EventKind::AssignmentCancelled).unwrap();
        assert_eq!(told.event.body["from"], "offered");
    })
    .await;
}

#[tokio::test]
async fn publications_at_once_never_interleave() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let [p0, p1, p2] = sample.positions;
        let [a, b, c] = three_more(store, &sample).await;
        // Each would double-book someone or overfill a position beside either of the others.
        let rosters = [
            vec![(a, p0), (b, p0), (c, p1), (a, p2), (b, p2)],
            vec![(a, p1), (b, p1), (c, p0), (b, p2), (c, p2)],
            vec![(c, p0), (a, p0), (b, p1), (c, p2), (a, p2)],
        ];
        let mut plans = Vec::new();
        for roster in &rosters {
            plans.push(solved(store, &sample, roster).await);
        }

        let publishers: Vec<_> = plans
            .iter()
            .cycle()
            .take(12)
            .map(|&plan| {
                let (store, festival_id) = (Store::clone(store), sample.festival_id);
                tokio::spawn(async move {
                    let db = store.begin().await.unwrap();
                    publish(&db, festival_id, plan, None, now(), &mut Uuid::now_v7).await.unwrap();
                    db.commit_change(festival_id).await.unwrap();
                })
            })
            .collect();
        for publisher in publishers {
            publisher.await.unwrap();
        }

        let last = festivals::published_plan(&store.reader(), sample.festival_id).await.unwrap().unwrap();
        let k = plans.iter().position(|&plan| plan == last).unwrap();
        assert_eq!(held(store, &sample).await, rosters[k].iter().copied().collect());
    })
    .await;
}

#[tokio::test]
async fn figures_are_of_the_plan_or_the_roster_that_is_asked_for_and_of_ones_districts() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let [north, south] = sample.districts;
        let [v0, _] = sample.volunteers;
        let plan = solved(store, &sample, &[(v0, sample.positions[0]), (v0, sample.positions[2])]).await;
        let demands = async |roster, districts: Option<&[_]>| {
            let demands = seats::demands(&store.reader(), sample.festival_id, roster, districts, &[]).await;
            demands.unwrap().into_iter().map(|demand| (demand.position_id, demand.filled)).collect::<Vec<_>>()
        };
        let [p0, p1, p2] = sample.positions;

        assert_eq!(demands(Roster::Plan(plan), None).await, [(p0, 1), (p1, 0), (p2, 1)]);
        assert_eq!(demands(Roster::Plan(plan), Some(&[south])).await, [(p2, 1)]);
        assert_eq!(demands(Roster::Plan(plan), Some(&[])).await, []);
        assert_eq!(demands(Roster::Live, None).await, [(p0, 0), (p1, 0), (p2, 0)]);
        publishing(store, &sample, plan).await.unwrap();
        assert_eq!(demands(Roster::Live, Some(&[north])).await, [(p0, 1), (p1, 0)]);
    })
    .await;
}

#[tokio::test]
async fn unfilled_positions_and_seats_come_page_by_page() {
    on_each_engine(async |store| {
        let sample = Sample::on(store).await;
        let [a, b, c] = three_more(store, &sample).await;
        let [p0, p1, p2] = sample.positions;
        let plan = solved(store, &sample, &[(a, p0), (b, p0), (c, p1)]).await;
        let db = store.reader();
        let mut listing = Listing {
            filters: Vec::new(),
            sort: seats::UNFILLED_SORTS[0],
            descending: false,
            limit: 1,
            after: None,
        };

        let first =
            seats::unfilled(&db, sample.festival_id, Roster::Plan(plan), None, &listing).await.unwrap();
        assert_eq!((first.items[0].position_id, first.items[0].filled), (p1, 1));
        listing.after = first.next;
        let second =
            seats::unfilled(&db, sample.festival_id, Roster::Plan(plan), None, &listing).await.unwrap();
        assert_eq!((second.items[0].position_id, second.next), (p2, None));
        listing.after = None;
        listing.descending = true;
        let last =
            seats::unfilled(&db, sample.festival_id, Roster::Plan(plan), None, &listing).await.unwrap();
        assert_eq!(last.items[0].position_id, p2);

        let mut listing = Listing { limit: 2, ..everything() };
        let first = seats::of_plan(&db, sample.festival_id, plan, None, &listing).await.unwrap();
        assert_eq!(first.items.iter().map(|seat| seat.position_id).collect::<Vec<_>>(), [p0, p0]);
        assert_eq!(first.items[0].volunteer_code, code("v2"));
        listing.after = first.next;
        let rest = seats::of_plan(&db, sample.festival_id, plan, None, &listing).await.unwrap();
        assert_eq!(rest.items.iter().map(|seat| seat.volunteer_id).collect::<Vec<_>>(), [c]);
        assert_eq!(rest.next, None);
    })
    .await;
}
