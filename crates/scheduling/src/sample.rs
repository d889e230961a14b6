//! A small festival for tests: two people, two venues, three nights of which the last stands apart.

use serde_json::json;

use crate::format::ProblemFile;
use crate::judge::{Judgement, Rule, judge};
use crate::plan::Plan;
use crate::problem::Problem;

/// Nights 0 and 1 are adjacent, night 2 is not. Shifts and positions `K-V` are of night K at venue `garden` (district
/// `near`, 18:00 to 22:00) or `base` (district `far`, 22:30 to 24:00): `0-garden`, … Amir lives in `near`, Zahra in `far`.
pub(crate) fn file() -> ProblemFile {
    let (mut shifts, mut positions) = (Vec::new(), Vec::new());
    for (night, date) in ["2027-04-08", "2027-04-09", "2027-04-11"].iter().enumerate() {
        for (venue, district, start, end) in
            [("garden", "near", "18:00", "22:00"), ("base", "far", "22:30", "23:59")]
        {
            let id = format!("{night}-{venue}");
            shifts.push(json!({
                "id": id, "venue": venue, "district": district, "night": night,
                "start": format!("{date}T{start}:00+03:30"), "end": format!("{date}T{end}:00+03:30"),
            }));
            positions.push(json!({
                "id": id, "shift": id, "specialty": "health", "min_level": 1, "gender": "any",
                "minimum": 1, "desired": 2, "weight": 3,
            }));
        }
    }
    let volunteer = |id: &str, home: &str, gender: &str| {
        json!({
            "id": id, "home": home, "gender": gender, "skills": {"health": 2}, "max_nights": 3,
            "max_consecutive_nights": 3, "max_shifts_per_night": 2, "min_shifts": 0, "preferred_venues": [],
            "wishes": [],
        })
    };
    let file = json!({
        "format": "festival-problem/1", "name": "sample", "timezone": "Asia/Tehran",
        "nights": ["2027-04-08", "2027-04-09", "2027-04-11"],
        "districts": [{"id": "near", "priority": 1}, {"id": "far", "priority": 4}],
        "travel_minutes": [[5, 20], [20, 5]],
        "specialties": ["health", "quran"], "venues": [{"id": "garden"}, {"id": "base"}],
        "shifts": shifts, "positions": positions,
        "volunteers": [volunteer("amir", "near", "man"), volunteer("zahra", "far", "woman")],
        "companions": [], "apart": [], "locked": [], "published": [],
        "rules": {"min_rest_minutes": 600},
        "weights": {
            "desired": 100, "travel": 1, "venue": 10, "wish": 7, "idle": 40, "fairness": 3, "continuity": 11,
            "companion": 30, "stability": 50,
        },
    });
    serde_json::from_value(file).expect("the sample has the right shape")
}

/// The sample, changed.
pub(crate) fn problem(change: impl FnOnce(&mut ProblemFile)) -> Problem {
    let mut file = file();
    change(&mut file);
    Problem::new(&file).expect("a festival without faults")
}

/// A plan by ids, `("amir", "0-garden")`.
pub(crate) fn plan(problem: &Problem, assignments: &[(&str, &str)]) -> Plan {
    let index =
        |ids: &[String], id: &str| ids.iter().position(|known| known == id).expect("a known id") as u32;
    let find = |&(volunteer, position): &(&str, &str)| {
        (index(problem.volunteer_ids(), volunteer), index(problem.position_ids(), position))
    };
    Plan::new(assignments.iter().map(find).collect())
}

/// What is true of these assignments.
pub(crate) fn judged(problem: &Problem, assignments: &[(&str, &str)]) -> Judgement {
    judge(problem, &plan(problem, assignments))
}

/// Asserts that the assignments break just these rules of the changed sample.
#[track_caller]
pub(crate) fn check(change: impl FnOnce(&mut ProblemFile), assignments: &[(&str, &str)], broken: &[Rule]) {
    let judgement = judged(&problem(change), assignments);
    let found: Vec<Rule> = judgement.breaches.iter().map(|breach| breach.rule).collect();
    assert_eq!(found, broken);
}
