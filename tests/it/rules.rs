//! What the database itself forbids, whoever writes and however many at once.

use std::sync::Arc;

use khademyar_domain::{Id, position::Position, set_up::SetUp, shift::Shift, volunteer::Volunteer};
use khademyar_storage::{StorageError, Store, assignments, listing::Listing, seats, set_ups, table};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tokio::{select, sync::Barrier, task::yield_now};
use uuid::Uuid;

use crate::{
    sample::{Sample, evening, insert, now, volunteer},
    store::{TestStore, on_each_engine},
};

type Offer = (Id<Volunteer>, Id<Position>);

/// The sample with `count` more volunteers.
async fn crowded(test: &TestStore, count: usize) -> SetUp {
    let sample = Sample::on(test).await;
    let db = test.begin().await.unwrap();
    for k in 0..count {
        insert(&db, sample.festival_id, volunteer(&format!("more-{k}"), sample.districts[0])).await;
    }
    db.commit().await.unwrap();
    set_ups::load(&test.reader(), sample.festival_id).await.unwrap()
}

async fn offer(store: &Store, set_up: &SetUp, offers: &[Offer]) -> Result<(), StorageError> {
    let db = store.begin().await?;
    assignments::import(&db, set_up, offers, now(), &mut Uuid::now_v7).await?;
    db.commit().await
}

/// Has every offer made by a client of its own, all at once, and gives the rules by which clients were refused.
async fn race(test: &TestStore, set_up: SetUp, offers: Vec<Offer>) -> Vec<String> {
    let (set_up, start) = (Arc::new(set_up), Arc::new(Barrier::new(offers.len())));
    let clients: Vec<_> = offers
        .into_iter()
        .map(|one| {
            let (store, set_up, start) = (Store::clone(test), Arc::clone(&set_up), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                loop {
                    match offer(&store, &set_up, &[one]).await {
                        // Two who wait for each other are told to try again.
                        Err(error) if error.is_passing() => {}
                        outcome => break outcome,
                    }
                }
            })
        })
        .collect();
    let mut refusals = Vec::new();
    for client in clients {
        match client.await.unwrap() {
            Ok(()) => {}
            Err(StorageError::Refused(rule)) => refusals.push(rule),
            Err(error) => panic!("{error}"),
        }
    }
    refusals
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_race_for_the_last_seats_only_so_many_win() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 8).await;
        let position = set_up.positions[0].id;
        let offers = set_up.volunteers[2..].iter().map(|volunteer| (volunteer.id, position)).collect();
        let festival_id = set_up.festival.id;
        let refusals = race(test, set_up, offers).await;

        assert_eq!(refusals, ["assignments_within_desired"; 6]);
        assert_eq!(assignments::pairs(&test.reader(), festival_id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_in_two_places_at_once_however_many_ask() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 0).await;
        let [early, late] = [0, 1].map(|k| set_up.positions[k].id);
        let volunteer = set_up.volunteers[0].id;
        let offers = [early, late].repeat(4).into_iter().map(|position| (volunteer, position)).collect();
        let festival_id = set_up.festival.id;
        let refusals = race(test, set_up, offers).await;

        assert_eq!(refusals.len(), 7);
        assert_eq!(assignments::pairs(&test.reader(), festival_id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_shifts_that_touch_do_not_overlap() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 0).await;
        let [early, late] = [0, 1].map(|k| set_up.positions[k].id);
        let volunteer = set_up.volunteers[0].id;
        let overlapping = offer(test, &set_up, &[(volunteer, early), (volunteer, late)]).await;
        assert!(matches!(overlapping, Err(StorageError::Refused(rule)) if rule == "assignments_no_overlap"));

        let shift = &set_up.shifts[1];
        let later = Shift { starts_at: evening(0, 180), ..shift.value.clone() };
        let db = test.begin().await.unwrap();
        table::replace(&db, set_up.festival.id, shift.id, None, later).await.unwrap();
        db.commit_change(set_up.festival.id).await.unwrap();
        let set_up = set_ups::load(&test.reader(), set_up.festival.id).await.unwrap();
        offer(test, &set_up, &[(volunteer, early), (volunteer, late)]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_shift_takes_its_assignments_along_but_not_over_others() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 0).await;
        let festival_id = set_up.festival.id;
        let volunteer = set_up.volunteers[0].id;
        let held = [(volunteer, set_up.positions[0].id), (volunteer, set_up.positions[2].id)];
        offer(test, &set_up, &held).await.unwrap();
        let shift = &set_up.shifts[2];

        let over = Shift { starts_at: evening(0, 60), ends_at: evening(0, 90), ..shift.value.clone() };
        let db = test.begin().await.unwrap();
        let moved = table::replace(&db, festival_id, shift.id, None, over).await;
        assert!(matches!(moved, Err(StorageError::Refused(rule)) if rule == "assignments_no_overlap"));
        drop(db);

        let beside = Shift { starts_at: evening(1, 60), ends_at: evening(1, 90), ..shift.value.clone() };
        let db = test.begin().await.unwrap();
        table::replace(&db, festival_id, shift.id, None, beside).await.unwrap();
        let everything =
            Listing { filters: Vec::new(), sort: seats::SORTS[0], descending: false, limit: 10, after: None };
        let seats = assignments::list(&db, festival_id, None, &everything).await.unwrap().items;
        let starts: Vec<_> = seats.iter().map(|held| held.seat.starts_at).collect();
        assert!(starts.contains(&evening(1, 60)), "{starts:?}");
    })
    .await;
}

#[tokio::test]
async fn no_position_shrinks_below_its_taken_seats() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 0).await;
        let position = &set_up.positions[0];
        let offers: Vec<Offer> =
            set_up.volunteers.iter().map(|volunteer| (volunteer.id, position.id)).collect();
        offer(test, &set_up, &offers).await.unwrap();

        let with = |desired| Position { desired, ..position.value.clone() };
        let db = test.begin().await.unwrap();
        let smaller = table::replace(&db, set_up.festival.id, position.id, None, with(1)).await;
        assert!(matches!(smaller, Err(StorageError::Refused(rule)) if rule == "positions_seats_taken"));
        drop(db);
        let db = test.begin().await.unwrap();
        table::replace(&db, set_up.festival.id, position.id, None, with(3)).await.unwrap();
        table::replace(&db, set_up.festival.id, position.id, None, with(2)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn who_was_asked_to_serve_is_not_deleted() {
    on_each_engine(async |test| {
        let set_up = crowded(test, 0).await;
        let (volunteer, position) = (set_up.volunteers[0].id, set_up.positions[0].id);
        offer(test, &set_up, &[(volunteer, position)]).await.unwrap();
        let db = test.begin().await.unwrap();
        let deleted = table::delete(&db, set_up.festival.id, volunteer, None).await;
        assert!(matches!(deleted, Err(StorageError::InUse)));
        drop(db);
        let db = test.begin().await.unwrap();
        let deleted = table::delete(&db, set_up.festival.id, position, None).await;
        assert!(matches!(deleted, Err(StorageError::InUse)));
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_while_a_transaction_begins_leaves_none_behind() {
    on_each_engine(async |test| {
        for turns in 0..200 {
            let patience = async {
                for _ in 0..turns {
                    yield_now().await;
                }
            };
            select! {
                biased;
                _ = test.begin() => {}
                () = patience => {}
            }
        }

        let database = Database::connect(&test.url).await.unwrap();
        let ask = async |question: String| {
            let question = Statement::from_string(database.get_database_backend(), question);
            database.query_one_raw(question).await.unwrap().unwrap()
        };
        if database.get_database_backend() == DbBackend::Postgres {
            let now: String = ask("SELECT clock_timestamp()::text".to_owned()).await.try_get_by_index(0).unwrap();
            // As many as a process has, so that it is seen of each in what it is.
            let mut all = Vec::new();
            for _ in 0..16 {
                all.push(test.snapshot().await.unwrap());
            }
            let older = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < '{now}'"
            );
            let older: i64 = ask(older).await.try_get_by_index(0).unwrap();
            assert_eq!(older, 0, "transactions that nobody ends");
        }
        test.begin().await.unwrap().commit().await.unwrap();
    })
    .await;
}
