//! What must hold of the demo for the rest of the house to take it in.

use std::collections::{BTreeMap, BTreeSet};

use khademyar_domain::{
    Check, Fault,
    district::District,
    pair::PairKind,
    position::AskedGender,
    venue::VenueKind,
    volunteer::{Availability, Gender, Volunteer},
};

use chrono::Timelike;
use uuid::Uuid;

use super::*;

fn faults<T: Check>(list: &[Stored<T>]) -> Vec<Fault> {
    list.iter().flat_map(|stored| stored.value.check()).collect()
}

fn ids<T>(list: &[Stored<T>]) -> Vec<Uuid> {
    list.iter().map(|stored| stored.id.uuid()).collect()
}

#[test]
fn every_value_passes_its_own_check() {
    let demo = set_up(1);
    assert_eq!(demo.festival.value.check(), []);
    assert_eq!(demo.travel.check(), []);
    assert_eq!(faults(&demo.districts), []);
    assert_eq!(faults(&demo.specialties), []);
    assert_eq!(faults(&demo.centres), []);
    assert_eq!(faults(&demo.venues), []);
    assert_eq!(faults(&demo.shifts), []);
    assert_eq!(faults(&demo.positions), []);
    assert_eq!(faults(&demo.volunteers), []);
    assert_eq!(faults(&demo.pairs), []);
    assert_eq!(faults(&demo.partners), []);
    assert_eq!(faults(&demo.contributions), []);
}

#[test]
fn the_festival_is_as_large_as_told() {
    let demo = set_up(1);
    assert_eq!(demo.festival.value.nights.first(), NaiveDate::from_ymd_opt(2027, 4, 8).as_ref());
    assert_eq!(demo.festival.value.nights.last(), NaiveDate::from_ymd_opt(2027, 4, 17).as_ref());
    assert_eq!((demo.districts.len(), demo.specialties.len(), demo.centres.len()), (15, 19, 42));
    let fixed = demo.venues.iter().filter(|venue| venue.value.kind == VenueKind::Fixed).count();
    assert_eq!((fixed, demo.venues.len() - fixed), (4, 12));
    assert!(demo.volunteers.len() >= 1_200);
    let companions = demo.pairs.iter().filter(|pair| pair.value.kind == PairKind::Companions).count();
    assert!((70..=120).contains(&companions), "{companions}");
    for night in 0..10 {
        let venues: BTreeSet<_> =
            demo.shifts.iter().filter(|shift| shift.value.night == night).map(|s| s.value.venue_id).collect();
        assert_eq!(venues.len(), 16, "night {night}");
    }
}

#[test]
fn ids_and_codes_are_unique_and_ids_rise() {
    let demo = set_up(1);
    let all = [
        ids(&demo.districts),
        ids(&demo.specialties),
        ids(&demo.centres),
        ids(&demo.venues),
        ids(&demo.shifts),
        ids(&demo.positions),
        ids(&demo.volunteers),
        ids(&demo.pairs),
        ids(&demo.partners),
        ids(&demo.contributions),
    ];
    for list in &all {
        assert!(list.is_sorted());
    }
    let unique: BTreeSet<Uuid> = all.iter().flatten().copied().collect();
    assert_eq!(unique.len(), all.iter().map(Vec::len).sum::<usize>());
    let codes: BTreeSet<&Code> = demo.positions.iter().map(|position| &position.value.code).collect();
    assert_eq!(codes.len(), demo.positions.len());
    let codes: BTreeSet<&Code> = demo.shifts.iter().map(|shift| &shift.value.code).collect();
    assert_eq!(codes.len(), demo.shifts.len());
    let phones: BTreeSet<_> = demo.volunteers.iter().filter_map(|v| v.value.phone.as_ref()).collect();
    assert_eq!(phones.len(), demo.volunteers.len());
}

#[test]
fn every_reference_is_to_something_in_the_festival() {
    let demo = set_up(1);
    let all: BTreeSet<Uuid> = [
        ids(&demo.districts),
        ids(&demo.specialties),
        ids(&demo.centres),
        ids(&demo.venues),
        ids(&demo.shifts),
        ids(&demo.volunteers),
        ids(&demo.partners),
    ]
    .concat()
    .into_iter()
    .collect();
    let mut named: Vec<Uuid> = demo.travel.districts.iter().map(|id| id.uuid()).collect();
    for shift in &demo.shifts {
        named.push(shift.value.venue_id.uuid());
        named.push(shift.value.district_id.unwrap().uuid());
    }
    for position in &demo.positions {
        named.extend([position.value.shift_id.uuid(), position.value.specialty_id.uuid()]);
    }
    for volunteer in &demo.volunteers {
        named.push(volunteer.value.home_district_id.uuid());
        named.extend(volunteer.value.centre_id.map(Id::uuid));
        named.extend(volunteer.value.skills.iter().map(|skill| skill.specialty_id.uuid()));
        named.extend(volunteer.value.preferred_venue_ids.iter().map(|venue| venue.uuid()));
    }
    for pair in &demo.pairs {
        assert!(pair.value.first_id < pair.value.second_id);
        named.extend([pair.value.first_id.uuid(), pair.value.second_id.uuid()]);
    }
    for contribution in &demo.contributions {
        named.push(contribution.value.partner_id.uuid());
        named.extend(contribution.value.venue_id.map(Id::uuid));
    }
    assert!(named.iter().all(|id| all.contains(id)));
}

#[test]
fn the_same_seed_makes_the_same_festival_and_another_brings_other_people() {
    assert_eq!(set_up(1), set_up(1));
    let (one, two) = (set_up(1), set_up(2));
    assert_eq!(one.venues.len(), two.venues.len());
    assert_ne!(one.volunteers[0].id, two.volunteers[0].id);
    let names = |demo: &SetUp| demo.volunteers.iter().map(|v| v.value.name.clone()).collect::<Vec<_>>();
    assert_ne!(names(&one), names(&two));
}

#[test]
fn bases_stand_where_need_is_greatest() {
    let demo = set_up(1);
    let mut nights: BTreeMap<Id<District>, usize> = BTreeMap::new();
    let mut bases = 0;
    for venue in demo.venues.iter().filter(|venue| venue.value.kind == VenueKind::Mobile) {
        bases += 1;
        for night in 0..10 {
            *nights.entry(venue.value.district_on(night).unwrap()).or_default() += 1;
        }
    }
    let needy: usize = [14, 10, 15].iter().map(|number| nights[&demo.districts[number - 1].id]).sum();
    assert!(needy * 2 > bases * 10, "{needy} of {} nights", bases * 10);
    assert!(
        demo.venues.iter().any(|v| v.value.stands.windows(2).any(|s| s[0].district_id != s[1].district_id))
    );
}

#[test]
fn a_shift_after_midnight_belongs_to_the_evening_before() {
    let demo = set_up(1);
    let late = demo.shifts.iter().find(|shift| shift.value.code.as_str() == "chaharbagh-n1-late").unwrap();
    assert_eq!(late.value.night, 0);
    assert_eq!(late.value.starts_at.to_rfc3339(), "2027-04-08T19:30:00+00:00");
    assert_eq!(late.value.ends_at.to_rfc3339(), "2027-04-08T21:30:00+00:00");
}

#[test]
fn teenagers_are_never_out_late() {
    let demo = set_up(1);
    let teenagers: Vec<_> =
        demo.volunteers.iter().filter(|v| v.value.birth_year.is_some_and(|year| year > 2008)).collect();
    assert!(teenagers.len() > 20, "{}", teenagers.len());
    for teenager in teenagers {
        for window in teenager.value.available.as_deref().unwrap() {
            let Availability::Window { to, .. } = window else { panic!("a whole night") };
            assert!(to.with_timezone(&Tz::Asia__Tehran).hour() <= 22);
        }
    }
}

#[test]
fn people_are_as_unlike_as_people_are() {
    let demo = set_up(1);
    let share = |fits: &dyn Fn(&Volunteer) -> bool| {
        demo.volunteers.iter().filter(|v| fits(&v.value)).count() * 100 / demo.volunteers.len()
    };
    assert!((35..=45).contains(&share(&|v| v.gender == Gender::Woman)));
    assert!((10..=20).contains(&share(&|v| v.available.is_none())));
    assert!((1..=10).contains(&share(&|v| v.skills.iter().any(|skill| !skill.confirmed))));
    assert!((15..=40).contains(&share(&|v| v.skills.iter().any(|skill| skill.level == 3))));
    assert!((30..=50).contains(&share(&|v| !v.preferred_venue_ids.is_empty())));
    assert!((40..=60).contains(&share(&|v| v.wishes.is_empty())));
    let names: BTreeSet<_> = demo.volunteers.iter().map(|v| v.value.name.fa.clone()).collect();
    assert!(names.len() * 10 > demo.volunteers.len() * 8, "{} names", names.len());
    assert!(names.iter().any(|name| name.as_str().contains('\u{200C}')));
    assert!(names.iter().any(|name| name.as_str().contains('ؤ')));
}

#[test]
fn each_shift_is_led_and_women_and_men_are_asked_for_apart() {
    let demo = set_up(1);
    let led: BTreeSet<_> =
        demo.positions.iter().filter(|p| p.value.min_level == 3).map(|p| p.value.shift_id).collect();
    assert_eq!(led.len(), demo.shifts.len());
    let of = |gender| demo.positions.iter().filter(|p| p.value.gender == gender).count();
    assert!(of(AskedGender::Woman) > 500 && of(AskedGender::Man) > 500);
}
