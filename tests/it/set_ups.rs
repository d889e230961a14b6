//! Whole set-ups, read and replaced at once.

use khademyar_domain::{
    pair::{Pair, PairKind, Pin},
    phone::Phone,
    set_up::SetUp,
    volunteer::{Availability, Skill, Volunteer, Want, Wish},
};
use khademyar_storage::{Db, StorageError, assignments, festivals, listing::Listing, seats::SORTS, set_ups};
use uuid::Uuid;

use crate::{
    sample::{Sample, district, evening, now, shift, stored, three_nights, volunteer},
    store::{TestStore, on_each_engine},
};

/// The sample with pairs, pins, wishes and all.
async fn full(test: &TestStore) -> SetUp {
    let sample = Sample::on(test).await;
    let [first_id, second_id] = sample.volunteers;
    let there = set_ups::load(&test.reader(), sample.festival_id).await.unwrap();
    let mut full = there.clone();
    full.pairs.push(stored(Pair { kind: PairKind::Companions, first_id, second_id }));
    full.pairs.push(stored(Pair { kind: PairKind::Apart, first_id, second_id }));
    full.pins.push(stored(Pin { volunteer_id: first_id, position_id: sample.positions[0] }));
    full.travel.minutes = vec![vec![5, 30], vec![30, 0]];
    let someone = &mut full.volunteers[0].value;
    someone.phone = Some(Phone::parse("09131234567").unwrap());
    someone.available = Some(vec![Availability::Night { night: 2 }]);
    someone.wishes = vec![Wish { night: 2, want: Want::Serve, weight: 3 }];
    someone.preferred_venue_ids = sample.venues.to_vec();
    let db = test.begin().await.unwrap();
    set_ups::replace(&db, &there, &full).await.unwrap();
    db.commit_change(sample.festival_id).await.unwrap();
    loaded(&test.reader(), &full).await
}

async fn loaded(db: &Db, set_up: &SetUp) -> SetUp {
    set_ups::load(db, set_up.festival.id).await.unwrap()
}

/// Replaces what is there and gives what is there then.
async fn replaced(test: &TestStore, there: &SetUp, wanted: &SetUp) -> SetUp {
    let db = test.begin().await.unwrap();
    set_ups::replace(&db, there, wanted).await.unwrap();
    db.commit_change(there.festival.id).await.unwrap();
    loaded(&test.reader(), there).await
}

/// With every version 1.
fn first_versions(mut set_up: SetUp) -> SetUp {
    set_up.festival.version = 1;
    macro_rules! first {
        ($($list:ident),+) => { $(for row in &mut set_up.$list { row.version = 1; })+ };
    }
    first!(
        districts,
        centres,
        specialties,
        venues,
        shifts,
        positions,
        volunteers,
        pairs,
        pins,
        partners,
        contributions
    );
    set_up
}

#[tokio::test]
async fn a_set_up_is_stored_and_read_whole() {
    on_each_engine(async |test| {
        let mut copy = first_versions(full(test).await);
        let db = test.begin().await.unwrap();
        festivals::delete(&db, copy.festival.id, None).await.unwrap();
        copy.festival = stored(three_nights());
        set_ups::insert(&db, &copy, now()).await.unwrap();
        assert_eq!(loaded(&db, &copy).await, copy);
    })
    .await;
}

#[tokio::test]
async fn the_same_again_writes_nothing() {
    on_each_engine(async |test| {
        let there = full(test).await;
        assert_eq!(replaced(test, &there, &there).await, there);
    })
    .await;
}

#[tokio::test]
async fn only_what_differs_is_written() {
    on_each_engine(async |test| {
        let there = full(test).await;
        let mut wanted = there.clone();
        wanted.volunteers[1].value.skills =
            vec![Skill { specialty_id: there.specialties[1].id, level: 3, confirmed: false }];
        wanted.positions[2].value.desired = 5;
        let now = replaced(test, &there, &wanted).await;

        wanted.volunteers[1].version += 1;
        wanted.positions[2].version += 1;
        assert_eq!(now, wanted);
    })
    .await;
}

#[tokio::test]
async fn rows_may_go_while_others_move_to_new_ones() {
    on_each_engine(async |test| {
        let there = full(test).await;
        let mut wanted = there.clone();
        let far = stored(district("far", "دور"));
        // The south, the base and the culture go; who lived there, or was there, moves.
        wanted.districts[1] = far.clone();
        wanted.travel.districts[1] = far.id;
        wanted.venues.truncate(1);
        wanted.specialties.truncate(1);
        let garden = there.venues[0].id;
        wanted.shifts[2].value.venue_id = garden;
        wanted.shifts[2].value.district_id = Some(far.id);
        wanted.volunteers[0].value.preferred_venue_ids = vec![garden];
        wanted.volunteers[1].value.home_district_id = far.id;
        let now = replaced(test, &there, &wanted).await;

        assert_eq!(first_versions(now), first_versions(wanted));
    })
    .await;
}

#[tokio::test]
async fn phones_may_pass_from_one_to_another() {
    on_each_engine(async |test| {
        let mut there = full(test).await;
        let phone = there.volunteers[0].value.phone.clone();
        let mut wanted = there.clone();
        wanted.volunteers[0].value.phone = None;
        wanted.volunteers[1].value.phone.clone_from(&phone);
        there = replaced(test, &there, &wanted).await;
        assert_eq!(there.volunteers[1].value.phone, phone);

        let mut wanted = there.clone();
        let heir = Volunteer { phone, ..volunteer("heir", there.districts[0].id) };
        wanted.pairs.clear();
        wanted.volunteers[1] = stored(heir);
        let now = replaced(test, &there, &wanted).await;
        assert_eq!(first_versions(now), first_versions(wanted));
    })
    .await;
}

#[tokio::test]
async fn nights_may_come_go_and_change_their_dates() {
    on_each_engine(async |test| {
        let there = full(test).await;
        let mut wanted = there.clone();
        let nights = &mut wanted.festival.value.nights;
        *nights = nights[0].iter_days().skip(1).take(4).collect();
        let garden = there.venues[0].id;
        let late = shift("garden-3", garden, 3, (0, 180));
        let late =
            stored(khademyar_domain::shift::Shift { district_id: Some(there.districts[0].id), ..late });
        wanted.shifts.push(late);
        let there = replaced(test, &there, &wanted).await;
        assert_eq!(first_versions(there.clone()), first_versions(wanted));

        let mut wanted = there.clone();
        wanted.festival.value.nights.truncate(2);
        wanted.festival.value.nights[0] -= chrono::TimeDelta::days(3);
        wanted.shifts.pop();
        wanted.volunteers[0].value.available = None;
        wanted.volunteers[0].value.wishes.clear();
        let now = replaced(test, &there, &wanted).await;
        assert_eq!(first_versions(now), first_versions(wanted));
    })
    .await;
}

#[tokio::test]
async fn a_roster_that_people_know_of_is_not_pulled_from_under_them() {
    on_each_engine(async |test| {
        let there = full(test).await;
        let offers = [(there.volunteers[0].id, there.positions[2].id)];
        let db = test.begin().await.unwrap();
        assignments::import(&db, &there, &offers, now(), &mut Uuid::now_v7).await.unwrap();
        assert_eq!(assignments::pairs(&db, there.festival.id).await.unwrap(), offers);
        let everything =
            Listing { filters: Vec::new(), sort: SORTS[0], descending: false, limit: 9, after: None };
        let listed = assignments::list(&db, there.festival.id, None, &everything).await.unwrap();
        assert_eq!(listed.items[0].seat.starts_at, evening(1, 0));

        let refused = set_ups::replace(&db, &there, &there).await;
        assert!(matches!(refused, Err(StorageError::Refused(rule)) if rule == "assignments_stand"));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_replace_what_both_read_one_is_told() {
    on_each_engine(async |test| {
        let there = full(test).await;
        let festival_id = there.festival.id;
        let revision = festivals::revision(&test.reader(), festival_id).await.unwrap();

        let db = test.begin().await.unwrap();
        set_ups::replace(&db, &there, &there).await.unwrap();
        db.commit_change_since(festival_id, revision).await.unwrap();
        let db = test.begin().await.unwrap();
        let late = db.commit_change_since(festival_id, revision).await;
        assert!(matches!(late, Err(StorageError::Stale("festival", now)) if now == revision + 1));
    })
    .await;
}
