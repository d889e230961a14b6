//! Every fault by its path, and none where there is none.

use serde_json::{Value, json};

use crate::Problem;
use crate::format::ProblemFile;
use crate::sample;

/// Sets a value deep in the sample, by JSON pointer; `null` stands for taking the key out.
fn sample_with(changes: &[(&str, Value)]) -> Vec<u8> {
    let mut file = serde_json::to_value(sample::file()).expect("JSON");
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = file.pointer_mut(parent).expect("a place");
        match (parent, value) {
            (Value::Object(map), Value::Null) => drop(map.remove(key)),
            (Value::Object(map), value) => drop(map.insert(key.to_owned(), value.clone())),
            (Value::Array(list), value) if key == "-" => list.push(value.clone()),
            (Value::Array(list), value) => list[key.parse::<usize>().expect("an index")] = value.clone(),
            _ => panic!("{pointer} is no place"),
        }
    }
    serde_json::to_vec(&file).expect("JSON")
}

/// Asserts that the changed sample has faults at these paths and no others.
#[track_caller]
fn check(changes: &[(&str, Value)], paths: &[&str]) {
    let found = match Problem::read(&sample_with(changes)) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>(),
    };
    assert_eq!(found, paths);
}

#[test]
fn the_sample_and_what_the_format_allows_are_right() {
    check(&[], &[]);
    check(&[("/unknown", json!(1)), ("/positions/0/note", json!("later"))], &[]);
    check(&[("/volunteers/0/skills", json!({})), ("/volunteers/0/available", json!([]))], &[]);
    check(&[("/volunteers", json!([]))], &[]);
    check(&[("/positions/0/minimum", json!(0)), ("/positions/0/desired", json!(0))], &[]);
    let nothing = [("/nights", json!([])), ("/shifts", json!([])), ("/positions", json!([]))];
    check(&nothing, &["$.volunteers[0].max_nights", "$.volunteers[1].max_nights"]);
    check(&[&nothing[..], &[("/volunteers", json!([]))]].concat(), &[]);
}

#[test]
fn what_is_missing_or_misshapen_is_named() {
    check(&[("/weights", Value::Null)], &["$.weights"]);
    check(&[("/weights/idle", Value::Null)], &["$.weights.idle"]);
    check(&[("/positions/3/minimum", json!("two"))], &["$.positions[3].minimum"]);
    check(&[("/positions/3/minimum", json!(1.5))], &["$.positions[3].minimum"]);
    check(&[("/positions/3/gender", json!("child"))], &["$.positions[3].gender"]);
    check(&[("/shifts/1/start", json!("2027-04-08 18:00"))], &["$.shifts[1].start"]);
    check(&[("/nights/1", json!("9 April"))], &["$.nights[1]"]);
    check(&[("/companions/-", json!(["amir"]))], &["$.companions[0]"]);
    check(&[("/volunteers/0/skills", json!({"health": "good"}))], &["$.volunteers[0].skills.health"]);
    check(&[("/volunteers/1", json!(7))], &["$.volunteers[1]"]);
    assert!(Problem::read(b"{\"format\":").is_err());
    assert!(Problem::read(b"[]").is_err());
}

#[test]
fn what_contradicts_itself_is_named() {
    check(&[("/format", json!("festival-problem/2"))], &["$.format"]);
    check(&[("/timezone", json!("Asia/Isfahan"))], &["$.timezone"]);
    check(&[("/nights/2", json!("2027-04-09"))], &["$.nights[2]"]);
    check(&[("/districts/0/priority", json!(6))], &["$.districts[0].priority"]);
    check(&[("/travel_minutes/1", json!([20]))], &["$.travel_minutes[1]"]);
    check(&[("/travel_minutes/1/0", json!(21))], &["$.travel_minutes[1][0]"]);
    check(&[("/travel_minutes/0/0", json!(-1))], &["$.travel_minutes[0][0]"]);
    check(
        &[("/venues/1/id", json!("garden"))],
        &["$.venues[1].id", "$.shifts[1].venue", "$.shifts[3].venue", "$.shifts[5].venue"],
    );
    check(&[("/shifts/0/night", json!(3))], &["$.shifts[0].night"]);
    check(&[("/shifts/0/end", json!("2027-04-08T17:00:00+03:30"))], &["$.shifts[0].end"]);
    check(&[("/positions/0/minimum", json!(3))], &["$.positions[0].minimum"]);
    check(&[("/positions/0/min_level", json!(0))], &["$.positions[0].min_level"]);
    check(&[("/positions/0/weight", json!(11))], &["$.positions[0].weight"]);
    check(&[("/positions/0/shift", json!("9-garden"))], &["$.positions[0].shift"]);
    check(&[("/volunteers/0/home", json!("nowhere"))], &["$.volunteers[0].home"]);
    check(&[("/volunteers/0/max_nights", json!(4))], &["$.volunteers[0].max_nights"]);
    check(&[("/volunteers/0/max_shifts_per_night", json!(0))], &["$.volunteers[0].max_shifts_per_night"]);
    check(&[("/volunteers/0/skills", json!({"singing": 1}))], &["$.volunteers[0].skills.singing"]);
    check(
        &[("/volunteers/0/preferred_venues", json!(["garden", "tent"]))],
        &["$.volunteers[0].preferred_venues[1]"],
    );
    let wish = json!([{"night": 3, "want": "rest", "weight": 1}]);
    check(&[("/volunteers/0/wishes", wish)], &["$.volunteers[0].wishes[0].night"]);
    let window = json!([{"from": "2027-04-08T18:00:00Z", "to": "2027-04-08T17:00:00Z"}]);
    check(&[("/volunteers/0/available", window)], &["$.volunteers[0].available[0].to"]);
    check(&[("/apart/-", json!(["amir", "amir"]))], &["$.apart[0]"]);
    check(&[("/companions/-", json!(["amir", "reza"]))], &["$.companions[0][1]"]);
    check(&[("/published/-", json!({"volunteer": "amir", "position": "x"}))], &["$.published[0].position"]);
    check(&[("/rules/min_rest_minutes", json!(-1))], &["$.rules.min_rest_minutes"]);
}

#[test]
fn all_faults_are_told_at_once() {
    check(
        &[
            ("/weights/idle", Value::Null),
            ("/shifts/1/start", json!("soon")),
            ("/positions/0/minimum", json!(3)),
            ("/volunteers/0/home", json!("nowhere")),
        ],
        &["$.shifts[1].start", "$.weights.idle", "$.positions[0].minimum", "$.volunteers[0].home"],
    );
}

#[test]
fn locks_that_cannot_stand_are_named() {
    let lock = |position: &str| json!({"volunteer": "amir", "position": position});
    let locks = |positions: &[&str]| ("/locked", positions.iter().map(|p| lock(p)).collect::<Value>());
    check(&[locks(&["0-garden", "0-base", "0-garden"])], &[]);
    check(&[locks(&["0-garden"]), ("/positions/0/min_level", json!(3))], &["$.locked[0]"]);
    check(
        &[locks(&["0-garden", "0-base"]), ("/volunteers/0/max_shifts_per_night", json!(1))],
        &["$.locked[1]"],
    );
    check(&[locks(&["0-garden", "2-base"]), ("/volunteers/0/max_nights", json!(1))], &["$.locked[1]"]);
    check(&[locks(&["0-garden", "1-garden"]), ("/rules/min_rest_minutes", json!(2_000))], &["$.locked[1]"]);
    check(
        &[locks(&["0-garden"]), ("/positions/0/minimum", json!(0)), ("/positions/0/desired", json!(0))],
        &["$.locked[0]"],
    );
}

#[test]
fn weights_may_be_nothing_or_a_thousand_million_but_never_overflow() {
    for weight in [0, 1_000_000_000_i64] {
        let weights = sample::file().weights;
        let all = serde_json::to_value(weights).expect("JSON");
        let all: Value = all
            .as_object()
            .expect("an object")
            .keys()
            .map(|key| (key.clone(), json!(weight)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        check(&[("/weights", all)], &[]);
    }
    check(&[("/weights/idle", json!(1_000_000_001_i64))], &["$.weights.idle"]);
    check(
        &[("/weights/idle", json!(1_000_000_000)), ("/volunteers/0/min_shifts", json!(1_000_000_000))],
        &[],
    );
    let many: Vec<Value> =
        (0..1_000).map(|_| json!({"night": 0, "want": "rest", "weight": 1_000_000_000})).collect();
    check(&[("/weights/wish", json!(1_000_000_000)), ("/volunteers/0/wishes", many.into())], &["$.weights"]);
}

#[test]
fn a_file_is_written_as_it_was_read() {
    let bytes = sample_with(&[]);
    let file: ProblemFile = serde_json::from_slice(&bytes).expect("a problem");
    assert_eq!(serde_json::to_vec(&file).expect("JSON"), serde_json::to_vec(&sample::file()).expect("JSON"));
}
