//! Each list of a set-up: what is stored is read again, in every order and by every filter, and by nobody else.

use std::fmt::Debug;

use khademyar_domain::{
    Id, Name, Stored,
    centre::Centre,
    district::District,
    festival::Festival,
    member::User,
    pair::{Pair, PairKind, Pin},
    partner::{Contribution, ContributionKind, Partner},
    persian,
    phone::Phone,
    position::{AskedGender, Position},
    shift::Shift,
    specialty::Specialty,
    venue::{Stand, Venue, VenueKind},
    volunteer::{Availability, Gender, Skill, Volunteer, Want, Wish},
};
use khademyar_storage::{
    Db, StorageError, Table, batches, festivals,
    listing::{FilterValue, Listing, Sort},
    missing, table, users,
};
use uuid::Uuid;

use crate::{
    refusals::rule,
    sample::{
        Sample, code, district, evening, insert, name, now, position, shift, stored, text, three_nights,
        volunteer,
    },
    store::{TestStore, on_each_engine},
};

/// What is expected of a list.
struct Case<'a, T> {
    /// Three values to store.
    values: [T; 3],
    /// Filters, and which of the values they let through.
    filters: &'a [(&'static str, FilterValue, &'a [usize])],
    /// Which of the values belong to the north, and which to the south; none: they are everyone's.
    within: Option<[&'a [usize]; 2]>,
}

/// Puts a list to the test on a festival that holds rows of it already.
async fn check<T: Table + PartialEq + Debug>(test: &TestStore, sample: &Sample, case: Case<'_, T>) {
    let festival_id = sample.festival_id;
    let rows = case.values.map(stored);
    let db = test.begin().await.unwrap();
    table::insert(&db, festival_id, &rows, None).await.unwrap();
    db.commit_change(festival_id).await.unwrap();

    reads(&test.reader(), festival_id, &rows).await;
    for sort in T::SORTS {
        pages::<T>(&test.reader(), festival_id, *sort).await;
    }
    let tried: Vec<&str> = case.filters.iter().map(|(name, ..)| *name).collect();
    for filter in T::FILTERS {
        assert!(tried.contains(&filter.name), "the filter {} is tried", filter.name);
    }
    for (name, value, expected) in case.filters {
        let listing = Listing { filters: vec![(*name, value.clone())], ..by(T::SORTS[0]) };
        let found = table::list::<T>(&test.reader(), festival_id, None, &listing).await.unwrap().items;
        assert_eq!(places(&rows, &found), *expected, "by {name} = {value:?}");
    }
    for (side, &here) in sample.districts.iter().enumerate() {
        let expected = case.within.map_or(&[0, 1, 2][..], |within| within[side]);
        let districts = Some(&[here][..]);
        let found = table::list(&test.reader(), festival_id, districts, &by(T::SORTS[0])).await.unwrap();
        assert_eq!(places(&rows, &found.items), expected, "of the district {side}");
        for (k, row) in rows.iter().enumerate() {
            let found = table::get(&test.reader(), festival_id, districts, row.id).await;
            assert_eq!(found.is_ok(), expected.contains(&k));
        }
    }
    belongs_to_one_festival(test, &rows).await;
    is_replaced_and_deleted(test, festival_id, &rows).await;
    comes_and_goes_in_batches(test, festival_id, &rows).await;
}

fn by(sort: Sort) -> Listing {
    Listing { filters: Vec::new(), sort, descending: false, limit: 500, after: None }
}

/// Which of `rows` were found.
fn places<T>(rows: &[Stored<T>], found: &[Stored<T>]) -> Vec<usize> {
    found.iter().filter_map(|found| rows.iter().position(|row| row.id == found.id)).collect()
}

async fn reads<T: Table + PartialEq + Debug>(db: &Db, festival_id: Id<Festival>, rows: &[Stored<T>]) {
    for row in rows {
        assert_eq!(table::get(db, festival_id, None, row.id).await.unwrap(), *row);
    }
    let all = table::all::<T>(db, festival_id).await.unwrap();
    assert!(all.ends_with(rows));
}

/// Turns the pages forward and backward: each row comes once, and backward is forward reversed.
async fn pages<T: Table>(db: &Db, festival_id: Id<Festival>, sort: Sort) {
    let mut orders = Vec::new();
    for descending in [false, true] {
        let mut listing = Listing { descending, limit: 2, ..by(sort) };
        let mut ids = Vec::new();
        loop {
            let page = table::list::<T>(db, festival_id, None, &listing).await.unwrap();
            assert!(page.items.len() <= 2);
            ids.extend(page.items.iter().map(|row| row.id));
            if page.next.is_none() {
                break;
            }
            listing.after = page.next;
        }
        orders.push(ids);
    }
    let mut all: Vec<_> = table::all::<T>(db, festival_id).await.unwrap().iter().map(|row| row.id).collect();
    let backward: Vec<_> = orders[1].iter().rev().copied().collect();
    assert_eq!(orders[0], backward, "by {}", sort.name);
    all.sort();
    orders[0].sort();
    assert_eq!(orders[0], all, "by {}", sort.name);
}

async fn belongs_to_one_festival<T: Table + Debug>(test: &TestStore, rows: &[Stored<T>]) {
    let other = stored(three_nights());
    let db = test.begin().await.unwrap();
    festivals::insert(&db, &other, now()).await.unwrap();

    assert!(table::all::<T>(&db, other.id).await.unwrap().is_empty());
    for row in rows {
        let (id, value) = (row.id, row.value.clone());
        assert!(is_not_found(table::get(&db, other.id, None, id).await));
        assert!(is_not_found(table::replace(&db, other.id, id, None, value).await));
        assert!(is_not_found(table::delete(&db, other.id, id, None).await));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "callers hand the result over in place")]
fn is_not_found<T>(result: Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::NotFound(_)))
}

async fn is_replaced_and_deleted<T: Table + PartialEq + Debug>(
    test: &TestStore,
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
) {
    let [first, second, last] = rows else { unreachable!("there are three") };
    let db = test.begin().await.unwrap();
    table::delete(&db, festival_id, last.id, Some(1)).await.unwrap();
    assert!(is_not_found(table::get(&db, festival_id, None, last.id).await));

    // The second becomes what the third was.
    let value = last.value.clone();
    let replaced = table::replace(&db, festival_id, second.id, Some(1), value.clone()).await.unwrap();
    assert_eq!(replaced, Stored { id: second.id, version: 2, value });
    let late = table::replace(&db, festival_id, second.id, Some(1), second.value.clone()).await;
    assert!(matches!(late, Err(StorageError::Stale(_, 2))));
    let late = table::delete(&db, festival_id, second.id, Some(1)).await;
    assert!(matches!(late, Err(StorageError::Stale(_, 2))));
    table::delete(&db, festival_id, second.id, None).await.unwrap();
    table::delete(&db, festival_id, first.id, None).await.unwrap();
    db.commit_change(festival_id).await.unwrap();
}

async fn comes_and_goes_in_batches<T: Table + PartialEq + Debug>(
    test: &TestStore,
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
) {
    let before = table::all::<T>(&test.reader(), festival_id).await.unwrap();
    let batch_id = Uuid::now_v7();
    let db = test.begin().await.unwrap();
    let user = user(&db).await;
    table::insert_batch(&db, festival_id, rows, batch_id, user, now()).await.unwrap();
    db.commit_change(festival_id).await.unwrap();
    assert_eq!(batches::get(&test.reader(), festival_id, batch_id).await.unwrap().rows_created, 3);

    let db = test.begin().await.unwrap();
    table::replace(&db, festival_id, rows[0].id, None, rows[0].value.clone()).await.unwrap();
    assert!(matches!(
        table::delete_batch::<T>(&db, festival_id, batch_id).await,
        Err(StorageError::Stale(_, 2))
    ));
    drop(db);

    let db = test.begin().await.unwrap();
    assert_eq!(table::delete_batch::<T>(&db, festival_id, batch_id).await.unwrap(), 3);
    batches::mark_undone(&db, festival_id, batch_id, now()).await.unwrap();
    let again = batches::mark_undone(&db, festival_id, batch_id, now()).await;
    assert!(matches!(again, Err(StorageError::Stale(..))));
    db.commit_change(festival_id).await.unwrap();
    assert_eq!(table::all::<T>(&test.reader(), festival_id).await.unwrap(), before);
}

async fn user(db: &Db) -> Id<User> {
    let user = users::NewUser {
        id: Uuid::now_v7().into(),
        username: "zahra.karimi".to_owned(),
        name: text("زهرا کریمی"),
        password_hash: "none".to_owned(),
        operator: false,
    };
    assert!(users::insert(db, &user, now()).await.unwrap());
    user.id
}

fn is(text: &str) -> FilterValue {
    FilterValue::Text(text.to_owned())
}

fn id<T>(id: Id<T>) -> FilterValue {
    FilterValue::Id(id.uuid())
}

#[tokio::test]
async fn districts() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let values = [
            District {
                priority: 5, mayor: Some(text("رضا امینی")), ..district("d14", "منطقهٔ ۱۴")
            },
            District {
                name: Name { fa: text("منطقهٔ ۲"), en: Some(text("District 2")) },
                ..district("d2", "منطقه")
            },
            district("D2", "پردیس"),
        ];
        let filters = [("code", is("d2"), &[1][..]), ("priority", FilterValue::Integer(5), &[0])];
        check(test, &sample, Case { values, filters: &filters, within: None }).await;
    })
    .await;
}

#[tokio::test]
async fn centres() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let centre = |of: &str, district_id| Centre {
            code: code(of),
            name: name("کانون"),
            district_id,
            secretary: None,
        };
        let values = [
            centre("a", north),
            Centre { secretary: Some(text("مریم رضایی")), ..centre("b", south) },
            centre("c", north),
        ];
        let filters = [("code", is("c"), &[2][..]), ("district_id", id(north), &[0, 2])];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0, 2], &[1]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn specialties() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let values = ["media", "arts", "sports"].map(|of| Specialty { code: code(of), name: name("هنر") });
        let filters = [("code", is("arts"), &[1][..])];
        check(test, &sample, Case { values, filters: &filters, within: None }).await;
    })
    .await;
}

#[tokio::test]
async fn venues() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let fixed = Venue {
            code: code("v1"),
            name: name("میدان نقش جهان"),
            kind: VenueKind::Fixed,
            district_id: Some(north),
            stands: Vec::new(),
            address: Some(text("اصفهان، میدان نقش جهان")),
            latitude: Some(32.6577),
            longitude: Some(51.6776),
        };
        let stand = |night, district_id| Stand { night, district_id };
        let mobile = Venue {
            code: code("v2"),
            kind: VenueKind::Mobile,
            district_id: Some(south),
            stands: vec![stand(0, north), stand(2, south)],
            address: None,
            ..fixed.clone()
        };
        let wandering = Venue { code: code("v3"), district_id: None, latitude: None, ..mobile.clone() };
        let filters =
            [("code", is("v3"), &[2][..]), ("kind", is("mobile"), &[1, 2]), ("district_id", id(south), &[1])];
        let values = [fixed, mobile, wandering];
        check(test, &sample, Case { values, filters: &filters, within: None }).await;
    })
    .await;
}

#[tokio::test]
async fn shifts() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let [garden, base] = sample.venues;
        let at = |of: &str, venue_id, night, district_id| Shift {
            district_id: Some(district_id),
            ..shift(of, venue_id, night, (0, 60))
        };
        let values = [at("a", garden, 1, north), at("b", base, 1, south), at("c", base, 2, south)];
        let filters = [
            ("code", is("b"), &[1][..]),
            ("venue_id", id(base), &[1, 2]),
            ("district_id", id(north), &[0]),
            ("night", FilterValue::Integer(1), &[0, 1]),
        ];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[1, 2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn a_shift_is_where_its_venue_stands_that_night() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let [garden, base] = sample.venues;
        let mut shifts = [
            shift("a", garden, 2, (0, 60)),
            shift("b", base, 0, (0, 60)),
            shift("c", base, 1, (0, 60)),
            shift("d", base, 2, (0, 60)),
            Shift { district_id: Some(south), ..shift("e", garden, 2, (0, 60)) },
        ];
        Shift::complete(&test.reader(), sample.festival_id, &mut shifts).await.unwrap();

        let districts = shifts.each_ref().map(|shift| shift.district_id);
        assert_eq!(districts, [Some(north), Some(north), Some(south), None, Some(south)]);
        let references: Vec<_> = shifts.iter().flat_map(Shift::references).collect();
        let faults = missing(&test.reader(), sample.festival_id, &references).await.unwrap();
        let faults: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(faults, [("/district_id", "no_stand")]);
    })
    .await;
}

#[tokio::test]
async fn positions() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [health, culture] = sample.specialties;
        let [early, _, at_base] = sample.shifts;
        let values = [
            Position { min_level: 2, gender: AskedGender::Woman, ..position("a", early, culture, 4) },
            Position { minimum: 1, weight: 7, ..position("b", at_base, health, 1) },
            position("c", at_base, culture, 0),
        ];
        let filters = [
            ("code", is("a"), &[0][..]),
            ("shift_id", id(at_base), &[1, 2]),
            ("specialty_id", id(culture), &[0, 2]),
            ("gender", is("woman"), &[0]),
        ];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[1, 2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn volunteers() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let [health, culture] = sample.specialties;
        let full = Volunteer {
            name: Name { fa: text("سیده‌مریم کاظمی"), en: Some(text("Maryam Kazemi")) },
            phone: Some(Phone::parse("09131234567").unwrap()),
            centre_id: Some(sample.centre),
            birth_year: Some(1996),
            skills: vec![
                Skill { specialty_id: health, level: 3, confirmed: true },
                Skill { specialty_id: culture, level: 1, confirmed: false },
            ],
            available: Some(vec![
                Availability::Night { night: 2 },
                Availability::Window { from: evening(0, 0), to: evening(0, 240) },
            ]),
            max_travel_minutes: Some(0),
            max_nights: Some(6),
            max_consecutive_nights: Some(3),
            max_shifts_per_night: 2,
            min_shifts: 1,
            preferred_venue_ids: sample.venues.to_vec(),
            wishes: vec![
                Wish { night: 0, want: Want::Serve, weight: 5 },
                Wish { night: 1, want: Want::Rest, weight: 0 },
                Wish { night: 1, want: Want::Serve, weight: 1 },
            ],
            ..volunteer("a", north)
        };
        let never = Volunteer {
            name: name("علی مریمی"),
            gender: Gender::Man,
            available: Some(Vec::new()),
            skills: vec![Skill { specialty_id: culture, level: 2, confirmed: true }],
            ..volunteer("b", south)
        };
        let values = [full, never, volunteer("c", south)];
        let filters = [
            ("code", is("c"), &[2][..]),
            ("name", FilterValue::Part(persian::search_key("مريم")), &[0, 1]),
            ("name", FilterValue::Part(persian::search_key("سیده مریم")), &[0]),
            ("name", FilterValue::Part(persian::search_key("KAZEMI")), &[0]),
            ("phone", is("+989131234567"), &[0]),
            ("phone", is("۰۹۱۳ ۱۲۳ ۴۵۶۷"), &[0]),
            ("phone", is("never"), &[]),
            ("home_district_id", id(south), &[1, 2]),
            ("centre_id", id(sample.centre), &[0]),
            ("gender", is("man"), &[1]),
            ("specialty_id", id(culture), &[0, 1]),
        ];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[1, 2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn volunteers_are_sorted_as_persians_sort() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let names = ["پرویز", "آرش", "ژاله", "احمد", "گلی", "کاظم"];
        let rows = names.map(|fa| stored(Volunteer { name: name(fa), ..volunteer(fa, sample.districts[0]) }));
        let db = test.begin().await.unwrap();
        table::insert(&db, sample.festival_id, &rows, None).await.unwrap();

        let sort = Volunteer::SORTS.iter().find(|sort| sort.name == "name").unwrap();
        let listing = Listing { filters: vec![("gender", is("woman"))], ..by(*sort) };
        let page = table::list::<Volunteer>(&db, sample.festival_id, None, &listing).await.unwrap();
        let sorted: Vec<_> = page.items.iter().map(|row| row.value.name.fa.as_str()).collect();
        assert_eq!(sorted, ["آرش", "احمد", "پرویز", "زهرا کریمی", "زهرا کریمی", "ژاله", "کاظم", "گلی"]);
    })
    .await;
}

#[tokio::test]
async fn pairs() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.volunteers;
        let db = test.begin().await.unwrap();
        let third = insert(&db, sample.festival_id, volunteer("v2", sample.districts[1])).await;
        db.commit().await.unwrap();
        let pair = |kind, first_id, second_id| Pair { kind, first_id, second_id };
        let values = [
            pair(PairKind::Companions, north, south),
            pair(PairKind::Apart, north, third),
            pair(PairKind::Apart, south, third),
        ];
        let filters = [("kind", is("apart"), &[1, 2][..]), ("volunteer_id", id(south), &[0, 2])];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0, 1], &[0, 1, 2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn a_pair_is_there_once_in_either_order() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [first_id, second_id] = sample.volunteers;
        let pair = Pair { kind: PairKind::Companions, first_id, second_id };
        let reversed = Pair { first_id: second_id, second_id: first_id, ..pair };
        let db = test.begin().await.unwrap();
        insert(&db, sample.festival_id, pair).await;
        let again = table::insert(&db, sample.festival_id, &[stored(reversed)], None).await;
        assert_eq!(rule(again), "pairs_second_id");
    })
    .await;
}

#[tokio::test]
async fn pins() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [one, other] = sample.volunteers;
        let [early, _, at_base] = sample.positions;
        let pin = |volunteer_id, position_id| Pin { volunteer_id, position_id };
        let values = [pin(one, early), pin(one, at_base), pin(other, at_base)];
        let filters = [("volunteer_id", id(one), &[0, 1][..]), ("position_id", id(at_base), &[1, 2])];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[1, 2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn partners() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let [north, south] = sample.districts;
        let partner = |of: &str, district_id| Partner {
            code: code(of),
            name: name("شهرداری"),
            district_id,
            contact: None,
        };
        let values = [
            Partner { contact: Some(text("شهردار")), ..partner("a", Some(north)) },
            partner("b", None),
            partner("c", Some(south)),
        ];
        let filters = [("code", is("b"), &[1][..]), ("district_id", id(north), &[0])];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[2]]) }).await;
    })
    .await;
}

#[tokio::test]
async fn contributions() {
    on_each_engine(async |test| {
        let sample = Sample::on(test).await;
        let db = test.begin().await.unwrap();
        let partner = |of: &str, district| Partner {
            code: code(of),
            name: name("شهرداری"),
            district_id: Some(district),
            contact: None,
        };
        let north = insert(&db, sample.festival_id, partner("north", sample.districts[0])).await;
        let south = insert(&db, sample.festival_id, partner("south", sample.districts[1])).await;
        db.commit().await.unwrap();
        let chairs = Contribution {
            partner_id: north,
            kind: ContributionKind::Equipment,
            description: text("صندلی"),
            amount: Some(120),
            unit: Some(text("صندلی")),
            venue_id: Some(sample.venues[1]),
        };
        let money = Contribution {
            partner_id: south,
            kind: ContributionKind::Money,
            amount: Some(1_000_000_000_000_000),
            venue_id: None,
            ..chairs.clone()
        };
        let people =
            Contribution { kind: ContributionKind::People, amount: None, unit: None, ..money.clone() };
        let filters = [
            ("partner_id", id(south), &[1, 2][..]),
            ("kind", is("money"), &[1]),
            ("venue_id", id(sample.venues[1]), &[0]),
        ];
        let values = [chairs, money, people];
        check(test, &sample, Case { values, filters: &filters, within: Some([&[0], &[1, 2]]) }).await;
    })
    .await;
}
