//! `solve` and `check`, which know nothing but files.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{Folder, assert_code, err, out};

/// Two nights at one venue: on each a pair of cooks is needed and a third is welcome; Reza can cook on both nights,
/// Zahra and Ali on one each.
pub(crate) fn problem() -> Value {
    let shift = |night: usize, date: &str| {
        json!({"id": format!("s{night}"), "venue": "garden", "district": "d1", "night": night,
               "start": format!("{date}T18:00:00+03:30"), "end": format!("{date}T22:00:00+03:30")})
    };
    let position = |night: usize| {
        json!({"id": format!("p{night}"), "shift": format!("s{night}"), "specialty": "cook", "min_level": 1,
               "gender": "any", "minimum": 2, "desired": 3, "weight": 2})
    };
    let volunteer = |id: &str, nights: &[&str]| {
        let windows: Vec<Value> = nights
            .iter()
            .map(|date| json!({"from": format!("{date}T12:00:00+03:30"), "to": format!("{date}T23:00:00+03:30")}))
            .collect();
        json!({"id": id, "home": "d1", "gender": "man", "skills": {"cook": 1}, "available": windows,
               "max_nights": 2, "max_consecutive_nights": 2, "max_shifts_per_night": 1, "min_shifts": 1,
               "preferred_venues": [], "wishes": []})
    };
    json!({
        "format": "festival-problem/1", "name": "two nights", "timezone": "Asia/Tehran",
        "nights": ["2027-04-08", "2027-04-09"], "districts": [{"id": "d1", "priority": 3}],
        "travel_minutes": [[5]], "specialties": ["cook"], "venues": [{"id": "garden"}],
        "shifts": [shift(0, "2027-04-08"), shift(1, "2027-04-09")], "positions": [position(0), position(1)],
        "volunteers": [volunteer("reza", &["2027-04-08", "2027-04-09"]), volunteer("zahra", &["2027-04-08"]),
                       volunteer("ali", &["2027-04-09"])],
        "companions": [], "apart": [], "locked": [], "published": [], "rules": {"min_rest_minutes": 600},
        "weights": {"desired": 60, "travel": 1, "venue": 15, "wish": 4, "idle": 40, "fairness": 3,
                    "continuity": 10, "companion": 30, "stability": 40},
    })
}

/// The essential seats are taken; of the cost, 120 × 3 are two welcome seats, 20 travel, 18 the squares of 2, 1, 1.
const BEST: (i64, i64) = (0, 398);

fn folder(problem: &Value) -> Folder {
    let folder = Folder::new();
    fs::write(folder.path().join("problem.json"), problem.to_string()).unwrap();
    folder
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_plan_is_solved_written_and_found_valid() {
    let folder = folder(&problem());

    assert_code(&folder.run(&["solve", "problem.json", "-o", "plan.json", "--seconds", "0.5"]), 0);

    let plan = json_of(&fs::read_to_string(folder.path().join("plan.json")).unwrap());
    assert_eq!(plan["format"], "festival-plan/1");
    assert_eq!(plan["assignments"].as_array().unwrap().len(), 4);
    let checked = folder.run(&["check", "problem.json", "plan.json", "--json"]);
    assert_code(&checked, 0);
    let findings = json_of(&out(&checked));
    assert_eq!(findings["valid"], true);
    assert_eq!((&findings["essential"], &findings["cost"]), (&json!(BEST.0), &json!(BEST.1)));
    assert_code(&folder.run(&["check", "problem.json", "plan.json"]), 0);
}

#[test]
fn packed_files_are_read_and_written() {
    let folder = Folder::new();
    let packed = fs::File::create(folder.path().join("problem.json.gz")).unwrap();
    let mut packed = GzEncoder::new(packed, Compression::fast());
    serde_json::to_writer(&mut packed, &problem()).unwrap();
    packed.finish().unwrap();

    assert_code(&folder.run(&["solve", "problem.json.gz", "-o", "plan.json.gz", "--seconds", "0.5"]), 0);

    assert_eq!(fs::read(folder.path().join("plan.json.gz")).unwrap()[..2], [0x1f, 0x8b]);
    assert_code(&folder.run(&["check", "problem.json.gz", "plan.json.gz"]), 0);
}

#[test]
fn a_file_that_begins_with_the_mark_of_an_editor_is_read() {
    let folder = Folder::new();
    fs::write(folder.path().join("problem.json"), format!("\u{feff}{}", problem())).unwrap();

    assert_code(&folder.run(&["solve", "problem.json", "-o", "plan.json", "--seconds", "0.5"]), 0);
}

#[cfg(unix)]
#[test]
fn a_plan_is_written_to_where_a_link_leads_and_for_its_owner_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&problem());
    symlink("plan.json", folder.path().join("link.json")).unwrap();

    assert_code(&folder.run(&["solve", "problem.json", "-o", "link.json", "--seconds", "0.5"]), 0);

    assert!(fs::symlink_metadata(folder.path().join("link.json")).unwrap().is_symlink());
    let plan = fs::metadata(folder.path().join("plan.json")).unwrap();
    assert_eq!(plan.permissions().mode() & 0o777, 0o600);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = folder(&problem());
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();

    let into_a_device = folder.run(&["solve", "problem.json", "-o", "/dev/full", "--seconds", "0.5"]);
    fs::create_dir(folder.path().join("plan.json")).unwrap();
    let into_a_folder = folder.run(&["solve", "problem.json", "-o", "plan.json", "--seconds", "0.5"]);
    let unheard = folder.command(&["openapi"]).stdout(full).output().unwrap();

    for (failed, said) in [
        (&into_a_device, "cannot write /dev/full"),
        (&into_a_folder, "cannot write plan.json"),
        (&unheard, "No space"),
    ] {
        assert_code(failed, 2);
        assert!(err(failed).contains(said), "{}", err(failed));
    }
    let mut left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["plan.json", "problem.json"]);
}

#[test]
fn progress_is_told_in_lines_of_json() {
    let folder = folder(&problem());

    let solved =
        folder.run(&["solve", "problem.json", "-o", "plan.json", "--seconds", "0.5", "--progress", "json"]);

    assert_code(&solved, 0);
    let lines: Vec<Value> = out(&solved).lines().map(json_of).collect();
    let (last, others) = lines.split_last().unwrap();
    assert!(!others.is_empty() && others.iter().all(|line| line["event"] == "better"));
    assert_eq!(last["event"], "done");
    assert_eq!(last["score"], json!({"essential": BEST.0, "cost": BEST.1}));
    assert_eq!((&last["assignments"], &last["plan"]), (&json!(4), &json!("plan.json")));
    assert!(last["bound"]["essential"].is_i64());
}

#[test]
fn every_fault_of_a_bad_problem_is_named_by_its_path() {
    let mut bad = problem();
    bad["positions"][1]["minimum"] = json!(9);
    bad["volunteers"][0]["home"] = json!("nowhere");
    bad["timezone"] = json!("Mars/Olympus");
    bad["positions"][0]["id"] = json!("");
    let folder = folder(&bad);

    let solved = folder.run(&["solve", "problem.json", "-o", "plan.json", "--seconds", "0.5"]);

    assert_code(&solved, 2);
    for path in ["$.positions[1].minimum", "$.volunteers[0].home", "$.timezone", "$.positions[0].id"] {
        assert!(err(&solved).contains(path), "{path} is not in: {}", err(&solved));
    }
    assert!(!folder.path().join("plan.json").exists());
}

#[test]
fn a_plan_that_breaks_rules_or_lies_is_refused() {
    let folder = folder(&problem());
    let check = |plan: Value| {
        fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
        let checked = folder.run(&["check", "problem.json", "plan.json", "--json"]);
        (checked.status.code(), json_of(&out(&checked)))
    };
    let assigned = |volunteer: &str, position: &str| json!({"volunteer": volunteer, "position": position});
    let pair = [assigned("reza", "p0"), assigned("zahra", "p0")];

    let (code, findings) =
        check(json!({"format": "festival-plan/1", "assignments": [assigned("zahra", "p1")]}));
    assert_eq!((code, &findings["valid"]), (Some(1), &json!(false)));
    assert_eq!(findings["first_faults"], json!(["availability: zahra in p1"]));

    let (code, findings) =
        check(json!({"format": "festival-plan/1", "assignments": [assigned("nobody", "p1")]}));
    assert_eq!((code, &findings["valid"], &findings["faults"]), (Some(1), &json!(false), &json!(1)));

    let (code, findings) = check(json!({"format": "festival-plan/1", "assignments": pair,
        "score": {"essential": 0, "cost": 1}, "bound": {"essential": 99, "cost": 0}}));
    assert_eq!((code, &findings["valid"], &findings["faults"]), (Some(1), &json!(true), &json!(2)));

    let below_nothing =
        json!({"format": "festival-plan/1", "assignments": [], "bound": {"essential": -1, "cost": 0}});
    fs::write(folder.path().join("plan.json"), below_nothing.to_string()).unwrap();
    assert_code(&folder.run(&["check", "problem.json", "plan.json"]), 2);
    fs::write(folder.path().join("plan.json"), "{}").unwrap();
    assert_code(&folder.run(&["check", "problem.json", "plan.json"]), 2);
    assert_code(&folder.run(&["check", "problem.json", "missing.json"]), 2);
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_the_plan_in_hand() {
    // Enough people who hang together that no search is through with them within a test.
    let mut hard = problem();
    for k in 0..400 {
        let mut volunteer = hard["volunteers"][k % 3].clone();
        volunteer["id"] = json!(format!("v{k}"));
        volunteer["wishes"] = json!([{"night": k % 2, "want": "rest", "weight": k % 7}]);
        hard["volunteers"].as_array_mut().unwrap().push(volunteer);
    }
    hard["companions"] =
        json!((0..390).map(|k| [format!("v{k}"), format!("v{}", k + 7)]).collect::<Vec<_>>());
    let folder = folder(&hard);
    let mut solving = folder
        .command(&["solve", "problem.json", "-o", "plan.json", "--seconds", "600", "--progress", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(solving.stdout.take().unwrap()).lines();

    assert_eq!(json_of(&lines.next().unwrap().unwrap())["event"], "better");
    Command::new("kill").args(["-INT", &solving.id().to_string()]).status().unwrap();

    assert!(solving.wait().unwrap().success());
    assert_code(&folder.run(&["check", "problem.json", "plan.json"]), 0);
}
