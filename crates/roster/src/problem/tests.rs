use std::collections::HashMap;

use khademyar_domain::{
    Fault, Name, Stored, Text,
    festival::{Arrangements, Festival, Weights},
    pair::Pin,
    position::Position,
    set_up::SetUp,
    shift::Shift,
    specialty::{Specialty, default_catalogue},
    venue::VenueKind,
    volunteer::{Availability, Skill, Volunteer, Want},
};
use khademyar_scheduling::{Problem, ProblemFile};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Read, file, read, write};

/// Ids that rise from 1.
fn ids() -> impl FnMut() -> Uuid + Send {
    let mut last = 0;
    move || {
        last += 1;
        Uuid::from_u128(last)
    }
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// A festival of which nothing is known but the catalogue.
fn founded() -> SetUp {
    let mut id = ids();
    let festival = Festival {
        name: Name { fa: text("تازه"), en: None },
        timezone: "Asia/Tehran".parse().unwrap(),
        nights: Vec::new(),
        min_rest_minutes: 0,
        arrangements: Arrangements::default(),
        weights: Weights::default(),
    };
    let stored = |value: Specialty| Stored { id: id().into(), version: 1, value };
    let festival = Stored { id: Uuid::from_u128(1 << 64).into(), version: 1, value: festival };
    SetUp { specialties: default_catalogue().into_iter().map(stored).collect(), ..SetUp::founded(festival) }
}

/// The demo as it is read from the database, with what it lacks: a pin, a skill unconfirmed, all kinds of availability.
fn demo() -> SetUp {
    let mut set_up = khademyar_demo::set_up(1);
    for volunteer in set_up.volunteers.iter_mut().map(|volunteer| &mut volunteer.value) {
        volunteer.skills.sort_by_key(|skill| skill.specialty_id);
        volunteer.preferred_venue_ids.sort();
        volunteer.wishes.sort_by_key(|wish| (wish.night, wish.want == Want::Serve));
    }
    for pair in set_up.pairs.iter_mut().map(|pair| &mut pair.value) {
        if pair.second_id < pair.first_id {
            std::mem::swap(&mut pair.first_id, &mut pair.second_id);
        }
    }
    set_up.pairs.sort_by_key(|pair| pair.value.kind as u8);
    let (from, to) = (set_up.shifts[0].value.starts_at, set_up.shifts[0].value.ends_at);
    let unconfirmed = Skill { specialty_id: set_up.specialties[3].id, level: 2, confirmed: false };
    let volunteers = &mut set_up.volunteers;
    volunteers[0].value.available =
        Some(vec![Availability::Night { night: 9 }, Availability::Window { from, to }]);
    volunteers[1].value.available = Some(Vec::new());
    volunteers[2].value.skills = vec![unconfirmed];
    let pin = pin(&set_up.shifts, &set_up.positions, &set_up.volunteers);
    set_up.pins = vec![Stored { id: Uuid::from_u128(7).into(), version: 3, value: pin }];
    set_up
}

/// Someone who is always free, as what they can do.
fn pin(shifts: &[Stored<Shift>], positions: &[Stored<Position>], volunteers: &[Stored<Volunteer>]) -> Pin {
    let districts: HashMap<_, _> = shifts.iter().map(|shift| (shift.id, shift.value.district_id)).collect();
    positions
        .iter()
        .find_map(|position| {
            let asked = &position.value;
            let fits = |volunteer: &&Stored<Volunteer>| {
                let value = &volunteer.value;
                value.available.is_none()
                    && asked.gender.admits(value.gender)
                    && districts[&asked.shift_id] == Some(value.home_district_id)
                    && value.skills.iter().any(|skill| {
                        skill.confirmed
                            && skill.specialty_id == asked.specialty_id
                            && skill.level >= asked.min_level
                    })
            };
            let volunteer = volunteers.iter().find(fits)?;
            Some(Pin { volunteer_id: volunteer.id, position_id: position.id })
        })
        .unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn what_was_written_is_read_again() {
    let set_up = demo();
    let published = vec![(set_up.volunteers[5].id, set_up.positions[8].id)];
    let written = write(&set_up, &published);
    Problem::read(&bytes(&written)).unwrap();

    let same = read(&bytes(&written), &set_up, &mut ids()).unwrap();
    assert_eq!(same.published, published);
    assert_eq!(same.set_up, set_up);
}

#[test]
fn another_festival_takes_all_of_it_over() {
    let set_up = demo();
    let written = write(&set_up, &[]);
    let copy = read(&bytes(&written), &founded(), &mut Uuid::now_v7).unwrap();

    assert_eq!(copy.set_up.festival.id, founded().festival.id);
    assert_ne!(copy.set_up.volunteers[0].id, set_up.volunteers[0].id);
    let catalogue = founded().specialties.into_iter().map(|specialty| specialty.id);
    assert!(catalogue.eq(copy.set_up.specialties.iter().map(|specialty| specialty.id)));
    assert_eq!(write(&copy.set_up, &[]), written);
}

/// A small file as a program writes it that knows of no names.
fn bare() -> Value {
    json!({
        "format": "festival-problem/1", "name": "hamlet-1", "timezone": "Asia/Tehran",
        "nights": ["2027-04-08", "2027-04-09"],
        "districts": [{"id": "d1", "priority": 2}, {"id": "d2", "priority": 5}],
        "travel_minutes": [[0, 20], [20, 5]],
        "specialties": ["health", "tents"],
        "venues": [{"id": "garden"}, {"id": "base"}],
        "shifts": [
            {"id": "s1", "venue": "garden", "district": "d1", "night": 0,
             "start": "2027-04-08T17:00:00+03:30", "end": "2027-04-08T20:00:00+03:30"},
            {"id": "s2", "venue": "base", "district": "d1", "night": 0,
             "start": "2027-04-08T14:30:20Z", "end": "2027-04-08T16:30:40.5Z"},
            {"id": "s3", "venue": "base", "district": "d2", "night": 1,
             "start": "2027-04-09T17:00:00+03:30", "end": "2027-04-09T20:00:00+03:30"}
        ],
        "positions": [
            {"id": "p1", "shift": "s1", "specialty": "health", "min_level": 1, "gender": "any", "minimum": 1,
             "desired": 2, "weight": 3},
            {"id": "p2", "shift": "s3", "specialty": "tents", "min_level": 2, "gender": "woman", "minimum": 0,
             "desired": 1, "weight": 1}
        ],
        "volunteers": [
            {"id": "v1", "home": "d1", "gender": "woman", "skills": {"health": 2, "tents": 3},
             "available": [{"from": "2027-04-08T12:00:00+03:30", "to": "2027-04-09T12:00:00+03:30"},
                           {"from": "2027-04-09T17:00:00+03:30", "to": "2027-04-09T22:00:00+03:30"},
                           {"from": "2027-04-09T17:00:00+03:30", "to": "2027-04-09T17:00:00+03:30"}],
             "max_travel_minutes": 40, "max_nights": 1, "max_consecutive_nights": 2, "max_shifts_per_night": 1,
             "min_shifts": 1, "preferred_venues": ["base", "base"],
             "wishes": [{"night": 1, "want": "rest", "weight": 2}, {"night": 0, "want": "serve", "weight": 1},
                        {"night": 1, "want": "rest", "weight": 3}]},
            {"id": "v2", "home": "d2", "gender": "man", "skills": {}, "max_nights": 2,
             "max_consecutive_nights": 2, "max_shifts_per_night": 1, "min_shifts": 0, "preferred_venues": [],
             "wishes": []}
        ],
        "companions": [["v2", "v1"], ["v1", "v2"]], "apart": [["v1", "v2"]],
        "locked": [{"volunteer": "v1", "position": "p1"}], "published": [{"volunteer": "v1", "position": "p1"}],
        "rules": {"min_rest_minutes": 600},
        "weights": {"desired": 60, "travel": 1, "venue": 15, "wish": 4, "idle": 40, "fairness": 3,
                    "continuity": 10, "companion": 30, "stability": 40}
    })
}

fn bare_read() -> Read {
    read(&bytes(&bare()), &founded(), &mut Uuid::now_v7).unwrap()
}

#[test]
fn a_file_without_names_is_enough() {
    let Read { set_up, published } = bare_read();
    let specialty = |k: usize| set_up.specialties[k].value.name.fa.as_str();
    assert_eq!((specialty(0), specialty(1)), ("سلامت و درمان", "tents"));
    assert_eq!(set_up.festival.value.name.fa.as_str(), "hamlet-1");
    assert_eq!(set_up.volunteers[0].value.name.fa.as_str(), "v1");
    assert_eq!(published, [(set_up.volunteers[0].id, set_up.positions[0].id)]);
    assert_eq!(set_up.pins.len(), 1);
    assert_eq!(set_up.pairs.len(), 2, "each pair once of each kind");

    let [d1, d2] = [0, 1].map(|k| set_up.districts[k].id);
    let (garden, base) = (&set_up.venues[0].value, &set_up.venues[1].value);
    assert_eq!((garden.kind, garden.district_id), (VenueKind::Fixed, Some(d1)));
    assert_eq!(
        (base.kind, base.district_on(0), base.district_on(1)),
        (VenueKind::Mobile, Some(d1), Some(d2))
    );
}

#[test]
fn null_is_as_good_as_left_out() {
    let mut nulls = bare();
    for (path, keys) in [
        ("", &["name_en", "specialty_names", "centres"][..]),
        ("/districts/0", &["name", "name_en", "mayor"]),
        ("/venues/0", &["name", "name_en", "kind", "district", "stands", "address", "latitude", "longitude"]),
        (
            "/volunteers/1",
            &[
                "name",
                "name_en",
                "phone",
                "centre",
                "birth_year",
                "unconfirmed_skills",
                "available",
                "max_travel_minutes",
            ],
        ),
    ] {
        for key in keys {
            nulls.pointer_mut(path).unwrap()[key] = Value::Null;
        }
    }
    let said = |file: &Value| read(&bytes(file), &founded(), &mut ids());
    assert_eq!(said(&nulls), said(&bare()));
    assert!(said(&nulls).is_ok());
}

#[test]
fn times_are_taken_to_the_minute_and_limits_that_limit_nothing_are_none() {
    let Read { set_up, .. } = bare_read();
    let shift = &set_up.shifts[1].value;
    assert_eq!(shift.starts_at.to_rfc3339(), "2027-04-08T14:30:00+00:00");
    assert_eq!(shift.ends_at.to_rfc3339(), "2027-04-08T16:30:00+00:00");

    let volunteer = &set_up.volunteers[0].value;
    assert_eq!((volunteer.max_nights, volunteer.max_consecutive_nights), (Some(1), None));
    let available = volunteer.available.as_ref().unwrap();
    assert_eq!(available.len(), 2);
    assert_eq!(available[0], Availability::Night { night: 0 });
    assert!(matches!(available[1], Availability::Window { .. }));
    let wishes: Vec<_> = volunteer.wishes.iter().map(|wish| (wish.night, wish.want, wish.weight)).collect();
    assert_eq!(wishes, [(0, Want::Serve, 1), (1, Want::Rest, 5)]);
    assert_eq!(volunteer.preferred_venue_ids, [set_up.venues[1].id]);
}

#[test]
fn the_engine_finds_the_same_festival_in_the_database() {
    let original: ProblemFile = serde_json::from_value(bare()).unwrap();
    let Read { set_up, published } = bare_read();
    let mut again = file(&set_up, &published);

    // What means the same, written otherwise.
    let mut expected = original;
    for shift in &mut expected.shifts {
        shift.start -= chrono::TimeDelta::milliseconds(shift.start.timestamp_millis() % 60_000);
        shift.end -= chrono::TimeDelta::milliseconds(shift.end.timestamp_millis() % 60_000);
    }
    expected.companions = vec![["v1".to_owned(), "v2".to_owned()]];
    let volunteer = &mut expected.volunteers[0];
    volunteer.available.as_mut().unwrap().pop();
    volunteer.preferred_venues.pop();
    volunteer.wishes[0].weight += volunteer.wishes.pop().unwrap().weight;
    volunteer.wishes.reverse();
    again.volunteers[0].wishes.sort_by_key(|wish| wish.night);
    assert_eq!(again, expected);
}

#[test]
fn a_file_without_names_leaves_the_known_ones() {
    let mut there = bare_read().set_up;
    let centre = demo().centres.remove(0);
    let known = &mut there.volunteers[0].value;
    known.name = Name { fa: text("زهرا کریمی"), en: Some(text("Zahra Karimi")) };
    known.phone = Some("09131234567".to_owned().try_into().unwrap());
    known.centre_id = Some(centre.id);
    let mut centre = centre;
    centre.value.district_id = there.districts[1].id;
    there.centres.push(centre);
    there.venues[0].value.address = Some(text("بلوار غدیر"));

    let again = read(&bytes(&bare()), &there, &mut ids()).unwrap();
    assert_eq!(again.set_up, there);

    // Its district goes, and with it the centre.
    let mut smaller = bare();
    smaller["shifts"][2]["district"] = json!("d1");
    smaller["volunteers"][1]["home"] = json!("d1");
    smaller["districts"] = json!([{"id": "d1", "priority": 2}]);
    smaller["travel_minutes"] = json!([[0]]);
    let again = read(&bytes(&smaller), &there, &mut ids()).unwrap();
    assert_eq!(again.set_up.centres, []);
    assert_eq!(again.set_up.volunteers[0].value.centre_id, None);
    assert_eq!(again.set_up.volunteers[0].value.phone, there.volunteers[0].value.phone);
}

/// Where `change` makes the bare file wrong, and how.
#[track_caller]
fn faults(change: impl FnOnce(&mut Value)) -> Vec<(String, String)> {
    let mut file = bare();
    change(&mut file);
    let faults = read(&bytes(&file), &founded(), &mut ids()).unwrap_err();
    for Fault { path, en, fa, .. } in &faults {
        assert!(!en.is_empty() && !fa.is_empty(), "{path} has words");
    }
    faults.into_iter().map(|fault| (fault.path, fault.code)).collect()
}

fn at(path: &str, code: &str) -> (String, String) {
    (path.to_owned(), code.to_owned())
}

#[test]
fn every_fault_is_named_by_its_path() {
    let many = faults(|file| {
        file["positions"][1]["minimum"] = json!(3);
        file["volunteers"][0]["home"] = json!("d9");
        file["volunteers"][1]["min_shifts"] = json!(1_001);
        file["volunteers"][1]["name"] = json!("علی");
        file["volunteers"][1]["phone"] = json!("12");
        file["volunteers"][1]["unconfirmed_skills"] = json!({"health": 4, "swimming": 1});
        file["volunteers"][1]["centre"] = json!("c1");
        file["shifts"][0]["id"] = json!("x".repeat(101));
        file["name"] = json!(" ");
    });
    assert_eq!(
        many,
        [
            at("/positions/0/shift", "unknown_reference"),
            at("/positions/1/minimum", "below_minimum"),
            at("/volunteers/0/home", "unknown_reference"),
            at("/name", "not_readable"),
            at("/shifts/0/id", "not_readable"),
            at("/volunteers/1/centre", "unknown_reference"),
            at("/volunteers/1/unconfirmed_skills/health", "out_of_range"),
            at("/volunteers/1/unconfirmed_skills/swimming", "unknown_reference"),
            at("/volunteers/1/phone", "not_readable"),
            at("/volunteers/1/min_shifts", "out_of_range"),
        ]
    );
}

#[test]
fn what_the_engine_takes_and_the_database_does_not_is_a_fault() {
    let year = |file: &mut Value| file["nights"][1] = json!("2201-01-01");
    assert_eq!(faults(year), [at("/nights/1", "out_of_range")]);
    let travel = |file: &mut Value| {
        file["travel_minutes"] = json!([[0, 100_001], [100_001, 0]]);
        file["volunteers"][0]["max_travel_minutes"] = json!(100_002);
    };
    let ways = [at("/travel_minutes/0/1", "out_of_range"), at("/travel_minutes/1/0", "out_of_range")];
    assert_eq!(faults(travel), ways);
    let wish = |file: &mut Value| file["volunteers"][0]["wishes"][0]["weight"] = json!(999_999);
    assert_eq!(faults(wish), [at("/volunteers/0/wishes/2/weight", "out_of_range")]);
    let phones = |file: &mut Value| {
        for k in 0..2 {
            file["volunteers"][k]["name"] = json!("علی");
            file["volunteers"][k]["phone"] = json!("09131234567");
        }
    };
    assert_eq!(faults(phones), [at("/volunteers/1/phone", "repeated")]);
    let published = |file: &mut Value| {
        let twice = json!({"volunteer": "v2", "position": "p2"});
        file["published"] = json!([{"volunteer": "v1", "position": "p2"}, twice, twice]);
    };
    assert_eq!(faults(published), [at("/published/1", "position_full")]);
    let double = |file: &mut Value| {
        file["positions"][1]["shift"] = json!("s2");
        file["published"] =
            json!([{"volunteer": "v2", "position": "p1"}, {"volunteer": "v2", "position": "p2"}]);
    };
    assert_eq!(faults(double), [at("/published/1", "double_booking")]);
    let stands = |file: &mut Value| {
        let stands = json!([{"night": 0, "district": "d1"}, {"night": 0, "district": "d3"}]);
        file["venues"][0] = json!({"id": "garden", "name": "باغ", "kind": "mobile", "stands": stands});
        file["venues"][1] = json!({"id": "base", "name": "پایگاه", "stands": [{"night": "first"}]});
    };
    let expected = [
        at("/venues/0/stands/1/district", "unknown_reference"),
        at("/venues/1/stands/0/night", "not_readable"),
    ];
    assert_eq!(faults(stands), expected);
}

#[test]
fn a_misshapen_file_is_told_all_its_shapes() {
    let misshapen = faults(|file| {
        file["positions"][0]["desired"] = json!("two");
        file["volunteers"].as_array_mut().unwrap()[1].as_object_mut().unwrap().remove("gender");
    });
    assert_eq!(misshapen, [at("/positions/0/desired", "type"), at("/volunteers/1/gender", "required")]);
    let broken = read(b"{", &founded(), &mut ids()).unwrap_err();
    assert_eq!((broken.len(), broken[0].path.as_str(), broken[0].code.as_str()), (1, "", "not_json"));
}
