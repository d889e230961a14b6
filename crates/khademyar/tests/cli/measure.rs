//! `generate` and `bench`.

use std::fs;

use serde_json::Value;

use crate::{Folder, assert_code, err, out};

fn read(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
}

#[test]
fn a_festival_is_made_up_solved_and_loses_people() {
    let folder = Folder::new();
    assert_code(&folder.run(&["generate", "hamlet", "5", "-o", "hamlet.json"]), 0);
    let printed = folder.run(&["generate", "hamlet", "5"]);
    assert_eq!(serde_json::from_str::<Value>(&out(&printed)).unwrap(), read(&folder, "hamlet.json"));
    assert_code(&folder.run(&["solve", "hamlet.json", "-o", "plan.json", "--seconds", "1"]), 0);
    assert_code(&folder.run(&["check", "hamlet.json", "plan.json"]), 0);

    let later = ["generate", "hamlet", "5", "--drop-out", "10", "--plan", "plan.json", "-o", "later.json"];
    assert_code(&folder.run(&later), 0);

    let (before, after) = (read(&folder, "hamlet.json"), read(&folder, "later.json"));
    let people = |problem: &Value| problem["volunteers"].as_array().unwrap().len();
    assert!(people(&after) < people(&before));
    assert!(!after["published"].as_array().unwrap().is_empty());
    let unknown = folder.run(&["generate", "village", "1"]);
    assert_code(&unknown, 2);
    assert!(err(&unknown).contains("hamlet, quarter"), "{}", err(&unknown));
}

#[test]
fn a_bench_prints_a_table_and_draws_a_chart() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("peers")).unwrap();
    let bench = ["bench", "hamlet", "--seconds", "1", "--peers", "peers", "-o", "results"];
    let done = folder.run(&bench);
    assert_code(&done, 0);
    assert!(out(&done).contains("| hamlet-1 | khademyar | 0."), "{}", out(&done));
    let table = fs::read_to_string(folder.path().join("results/table.md")).unwrap();
    assert_eq!(table.trim(), out(&done).trim());
    let chart = fs::read_to_string(folder.path().join("results/hamlet-1.svg")).unwrap();
    assert!(chart.starts_with("<svg") && chart.contains("stroke-dasharray"), "{chart}");
}
