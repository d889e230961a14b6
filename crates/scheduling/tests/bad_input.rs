//! Problems that were damaged by chance: refused with the path of each fault, or solved; never a panic, never an
//! overflow. The same is fuzzed without end under `fuzz/`.

use khademyar_scheduling::{
    Options, Problem,
    advice::recruit,
    bound::Dual,
    explain::{Answer, Explainer},
    judge, solve,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Two nights at one venue, five people who differ in everything, a pair of each kind.
fn festival() -> Value {
    let shift = |id: &str, night: usize, start: &str, end: &str| {
        let date = ["2027-04-08", "2027-04-09"][night];
        json!({"id": id, "venue": "garden", "district": "d1", "night": night,
               "start": format!("{date}T{start}:00+03:30"), "end": format!("{date}T{end}:00+03:30")})
    };
    let position = |id: &str, shift: &str, gender: &str, minimum: u32| {
        json!({"id": id, "shift": shift, "specialty": "tea", "min_level": 1, "gender": gender,
               "minimum": minimum, "desired": minimum + 1, "weight": 2})
    };
    let volunteer = |number: usize| {
        json!({"id": format!("v{number}"), "home": (["d1", "d2"][number % 2]),
               "gender": (["woman", "man"][number % 2]), "skills": {"tea": 1 + number % 3},
               "available": [{"from": "2027-04-08T12:00:00+03:30", "to": "2027-04-10T02:00:00+03:30"}],
               "max_travel_minutes": 60, "max_nights": 1 + number % 2, "max_consecutive_nights": 2,
               "max_shifts_per_night": 1 + number % 2, "min_shifts": 1, "preferred_venues": ["garden"],
               "wishes": [{"night": 0, "want": "rest", "weight": 3}]})
    };
    json!({
        "format": "festival-problem/1", "name": "damaged", "timezone": "Asia/Tehran",
        "nights": ["2027-04-08", "2027-04-09"],
        "districts": [{"id": "d1", "priority": 3}, {"id": "d2", "priority": 5}],
        "travel_minutes": [[5, 20], [20, 5]], "specialties": ["tea", "health"],
        "venues": [{"id": "garden"}, {"id": "base"}],
        "shifts": [shift("early", 0, "17:00", "20:00"), shift("late", 0, "20:00", "23:00"),
                   shift("next", 1, "18:00", "22:00")],
        "positions": [position("p0", "early", "any", 2), position("p1", "late", "woman", 1),
                      position("p2", "next", "any", 3)],
        "volunteers": (0..5).map(volunteer).collect::<Vec<_>>(),
        "companions": [["v0", "v2"]], "apart": [["v1", "v3"]],
        "locked": [{"volunteer": "v4", "position": "p1"}],
        "published": [{"volunteer": "v0", "position": "p0"}, {"volunteer": "v3", "position": "p2"}],
        "rules": {"min_rest_minutes": 600},
        "weights": {"desired": 60, "travel": 1, "venue": 15, "wish": 4, "idle": 40, "fairness": 3,
                    "continuity": 10, "companion": 30, "stability": 40},
    })
}

/// Pointers to everything in a value, itself left out.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(i, part)| (i.to_string(), part)).collect(),
        Value::Object(map) => map.iter().map(|(key, part)| (key.clone(), part)).collect(),
        _ => vec![],
    };
    for (key, part) in parts {
        let place = format!("{at}/{key}");
        places(part, &place, found);
        found.push(place);
    }
}

/// What can be done to a value.
#[derive(Clone, Debug)]
enum Damage {
    Put(Value),
    Remove,
    Repeat,
    Move,
}

fn damage() -> impl Strategy<Value = Damage> {
    let number = prop::sample::select(vec![
        0,
        1,
        2,
        3,
        10,
        -1,
        255,
        1_000,
        999_999_999,
        1_000_000_000,
        1_000_000_001,
        i64::MAX,
        i64::MIN,
    ]);
    let word = prop::sample::select(vec!["", "v0", "p0", "d2", "health", "early", "any", "1", "Asia/Tehran"]);
    let time = prop::sample::select(vec![
        "2027-04-08T17:00:00+03:30",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2027-04-09",
        "1970-01-01",
    ]);
    prop_oneof![
        6 => number.prop_map(|number| Damage::Put(json!(number))),
        2 => word.prop_map(|word| Damage::Put(json!(word))),
        2 => time.prop_map(|time| Damage::Put(json!(time))),
        1 => prop::sample::select(vec![json!(null), json!([]), json!({}), json!(1.5), json!(true)]).prop_map(Damage::Put),
        3 => Just(Damage::Remove),
        2 => Just(Damage::Repeat),
        2 => Just(Damage::Move),
    ]
}

fn hurt(festival: &mut Value, place: prop::sample::Index, damage: Damage) {
    let mut all = Vec::new();
    places(festival, "", &mut all);
    let Some(chosen) = (!all.is_empty()).then(|| &all[place.index(all.len())]) else { return };
    let (parent, key) = chosen.rsplit_once('/').expect("a pointer has a slash");
    let Some(parent) = festival.pointer_mut(parent) else { return };
    match (parent, damage) {
        (Value::Object(map), Damage::Put(value)) => drop(map.insert(key.to_owned(), value)),
        (Value::Object(map), _) => drop(map.remove(key)),
        (Value::Array(list), damage) => {
            let i: usize = key.parse().expect("a list is pointed into by numbers");
            match damage {
                Damage::Put(value) => list[i] = value,
                Damage::Remove => drop(list.remove(i)),
                Damage::Repeat => list.push(list[i].clone()),
                Damage::Move => list.rotate_left(1),
            }
        }
        _ => {}
    }
}

/// Everything that the engine does with a problem.
fn use_it(json: &[u8]) -> Result<(), TestCaseError> {
    let problem = match Problem::read(json) {
        Ok(problem) => problem,
        Err(faults) => {
            prop_assert!(!faults.is_empty() && faults.iter().all(|fault| fault.path.starts_with('$')));
            return Ok(());
        }
    };
    let options = Options { seed: 1, threads: 1, max_steps: Some(100) };
    let solution = solve(&problem, &options, &|| 0.0, &mut |_| {});
    let judgement = judge(&problem, &solution.plan);
    prop_assert_eq!(&judgement.breaches, &vec![]);
    prop_assert_eq!(judgement.score, solution.score);
    prop_assert!(solution.bound <= solution.score);
    let explainer = Explainer::new(&problem, &solution.plan);
    for unfilled in explainer.unfilled() {
        if let Some(Answer::TooFew(witness)) = explainer.answer(unfilled.position) {
            prop_assert!(witness.holds(&problem));
        }
    }
    let mut dual = Dual::new(&problem, 1);
    (0..20).for_each(|_| dual.round());
    prop_assert!(recruit(&problem, &solution.plan, &dual, 3).len() <= 3);
    Ok(())
}

#[test]
fn the_festival_is_sound_before_it_is_damaged() {
    Problem::read(festival().to_string().as_bytes()).expect("no faults");
}

#[test]
fn the_first_seed_of_fuzzing_is_sound() {
    let seed = include_bytes!("../../../fuzz/seeds/two-nights.json");
    Problem::read(seed).expect("no faults");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_damaged_is_refused_or_solved(
        damages in prop::collection::vec((any::<prop::sample::Index>(), damage()), 1..5),
    ) {
        let mut festival = festival();
        for (place, damage) in damages {
            hurt(&mut festival, place, damage);
        }
        use_it(festival.to_string().as_bytes())?;
    }

    #[test]
    fn numbers_as_large_as_may_be_do_not_overflow(
        weights in prop::collection::vec(prop::sample::select(vec![0_i64, 1, 1_000, 1_000_000, 1_000_000_000]), 9),
        seats in prop::sample::select(vec![0_i64, 1, 5, 100, 1_000_000, 1_000_000_000]),
        travel in prop::sample::select(vec![0_i64, 1, 59, 1_000_000_000]),
        rest in prop::sample::select(vec![0_i64, 600, 5_000, 1_000_000_000]),
    ) {
        let mut festival = festival();
        for (weight, put) in festival["weights"].as_object_mut().expect("weights").values_mut().zip(weights) {
            *weight = json!(put);
        }
        for position in festival["positions"].as_array_mut().expect("positions") {
            position["minimum"] = json!(seats / 2);
            position["desired"] = json!(seats.max(1));
        }
        festival["travel_minutes"] = json!([[0, travel], [travel, 0]]);
        festival["rules"]["min_rest_minutes"] = json!(rest);
        use_it(festival.to_string().as_bytes())?;
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use_it(&bytes)?;
    }
}
