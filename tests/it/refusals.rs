//! What the database refuses, whoever writes: doubles, and rows that would refer to nothing or to another festival.

use std::fmt::Debug;

use khademyar_domain::{Id, district::District, festival::Festival, phone::Phone, volunteer::Volunteer};
use khademyar_storage::{StorageError, Table, festivals, missing, table};

use crate::{
    sample::{Sample, district, stored, volunteer},
    store::{TestStore, on_each_engine},
};

/// The rule by which a write was refused.
pub(crate) fn rule<T: Debug>(result: Result<T, StorageError>) -> String {
    match result {
        Err(StorageError::Refused(rule)) => rule,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn codes_and_phones_are_unique_in_a_festival() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let db = test.begin().await.unwrap();
        let again = [stored(district("north", "شمال"))];
        assert_eq!(rule(table::insert(&db, sample.festival_id, &again, None).await), "districts_code");
        drop(db);

        let db = test.begin().await.unwrap();
        let phone = Some(Phone::parse("09131234567").unwrap());
        let both = ["a", "b"]
            .map(|of| stored(Volunteer { phone: phone.clone(), ..volunteer(of, sample.districts[0]) }));
        assert_eq!(rule(table::insert(&db, sample.festival_id, &both, None).await), "volunteers_phone");
        drop(db);

        let elsewhere = Sample::on(test).await;
        assert_ne!(elsewhere.festival_id, sample.festival_id);
        let codes = ["north", "east"].map(str::to_owned);
        let taken = table::taken_codes::<District>(&test.reader(), sample.festival_id, &codes).await;
        assert_eq!(taken.unwrap(), ["north"]);
    })
    .await;
}

async fn refused<T: Table>(test: &TestStore, festival_id: Id<Festival>, id: Id<T>) -> bool {
    let db = test.begin().await.unwrap();
    matches!(table::delete(&db, festival_id, id, None).await, Err(StorageError::InUse))
}

#[tokio::test]
async fn what_others_refer_to_cannot_be_deleted() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let festival_id = sample.festival_id;
        assert!(refused(test, festival_id, sample.districts[1]).await);
        assert!(refused(test, festival_id, sample.specialties[0]).await);
        assert!(refused(test, festival_id, sample.venues[0]).await);
        assert!(refused(test, festival_id, sample.shifts[2]).await);
        assert!(!refused(test, festival_id, sample.positions[0]).await);
        assert!(!refused(test, festival_id, sample.specialties[1]).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_refers_into_another_festival() {
    on_each_engine(async |test| {
        let (here, there) = (Sample::on(test).await, Sample::on(test).await);
        let foreign = volunteer("foreign", there.districts[0]);
        let references = foreign.references();
        let faults = missing(&test.reader(), here.festival_id, &references).await.unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!(
            (faults[0].path.as_str(), faults[0].code.as_str()),
            ("/home_district_id", "unknown_reference")
        );

        let db = test.begin().await.unwrap();
        let stored = table::insert(&db, here.festival_id, &[stored(foreign)], None).await;
        assert!(matches!(stored, Err(StorageError::InUse)));
    })
    .await;
}

#[tokio::test]
async fn a_night_that_is_spoken_of_cannot_go() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let stored = festivals::get(&test.reader(), sample.festival_id).await.unwrap();
        let mut festival = stored.value;

        festival.nights.truncate(2);
        let db = test.begin().await.unwrap();
        let shorter = festivals::replace(&db, sample.festival_id, Some(1), &festival).await.unwrap();
        assert_eq!((shorter.version, &shorter.value), (2, &festival));

        festival.nights.truncate(1);
        let shorter = festivals::replace(&db, sample.festival_id, Some(2), &festival).await;
        assert!(matches!(shorter, Err(StorageError::InUse)));
    })
    .await;
}
