//! Tiny festivals by number.

use serde_json::{Value as Json, json};

use super::super::model::mix;
use crate::format::ProblemFile;
use crate::problem::Problem;

/// Repeatable chance.
pub(in crate::bound) struct Dice(pub(in crate::bound) u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = mix(self.0);
        self.0 % below
    }

    pub(in crate::bound) fn number(&mut self, from: i64, to: i64) -> i64 {
        from + self.roll((to - from + 1) as u64) as i64
    }

    pub(in crate::bound) fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }
}

const TERMS: [&str; 9] =
    ["desired", "travel", "venue", "wish", "idle", "fairness", "continuity", "companion", "stability"];

fn time(night: u64, hour: u64) -> String {
    format!("2026-04-{:02}T{:02}:00:00+03:30", 10 + night + hour / 24, hour % 24)
}

/// A tiny festival; by its number a single term counts, or all of them, or some.
pub(crate) fn festival(number: u64) -> Problem {
    Problem::new(&file(number)).expect("a festival without faults")
}

/// Its file.
pub(crate) fn file(number: u64) -> ProblemFile {
    let files =
        (0..).map(|attempt| serde_json::from_value(draw(number, attempt)).expect("a well-formed file"));
    // Locks may not be able to stand together.
    files.into_iter().find(|file| Problem::new(file).is_ok()).expect("an attempt without locks")
}

pub(crate) fn draw(number: u64, attempt: u64) -> Json {
    let mut dice = Dice(mix(number) ^ attempt);
    let dice = &mut dice;
    let people = dice.roll(3) + 1;
    let mut dates = Vec::new();
    let mut date = 0;
    for _ in 0..dice.number(1, 4) {
        dates.push(date);
        date += if dice.chance(25) { 2 } else { 1 };
    }
    let nights = dates.len() as u64;
    let districts = dice.roll(3) + 1;
    let minutes: Vec<i64> = (0..districts * districts).map(|_| dice.number(0, 90)).collect();
    let travel: Vec<Vec<i64>> = (0..districts)
        .map(|a| (0..districts).map(|b| minutes[(a.min(b) * districts + a.max(b)) as usize]).collect())
        .collect();
    let venues = dice.roll(3) + 1;
    let mut shifts = Vec::new();
    let mut positions = Vec::new();
    for night in 0..nights {
        for _ in 0..dice.roll(4) {
            let hour = 17 + dice.roll(7);
            let id = format!("s{}", shifts.len());
            shifts.push(json!({
                "id": id, "venue": format!("b{}", dice.roll(venues)), "district": format!("d{}", dice.roll(districts)),
                "night": night, "start": time(dates[night as usize], hour),
                "end": time(dates[night as usize], hour + 1 + dice.roll(4)),
            }));
            for _ in 0..=u64::from(dice.chance(30)) {
                let minimum = dice.roll(3);
                positions.push(json!({
                    "id": format!("p{}", positions.len()), "shift": id, "specialty": format!("k{}", dice.roll(2)),
                    "min_level": dice.number(1, 2), "gender": (["any", "any", "woman", "man"][dice.roll(4) as usize]),
                    "minimum": minimum, "desired": minimum + dice.roll(2), "weight": dice.number(1, 4),
                }));
            }
        }
    }
    let volunteers: Vec<Json> = (0..people)
        .map(|v| {
            let mut volunteer = json!({
                "id": format!("v{v}"), "home": format!("d{}", dice.roll(districts)),
                "gender": (["woman", "man"][dice.roll(2) as usize]),
                "skills": { "k0": dice.number(1, 3), "k1": dice.number(1, 3) },
                "max_nights": dice.number(1, nights as i64), "max_consecutive_nights": dice.number(1, 3),
                "max_shifts_per_night": dice.number(1, 3), "min_shifts": dice.roll(3),
                "preferred_venues": (0..dice.roll(2)).map(|_| format!("b{}", dice.roll(venues))).collect::<Vec<_>>(),
                "wishes": (0..dice.roll(3)).map(|_| json!({
                    "night": dice.roll(nights), "want": (["serve", "rest"][dice.roll(2) as usize]),
                    "weight": dice.number(1, 5),
                })).collect::<Vec<_>>(),
            });
            if dice.chance(40) {
                volunteer["max_travel_minutes"] = json!(dice.number(10, 90));
            }
            if dice.chance(50) {
                let windows = (0..nights).filter(|_| dice.chance(80)).collect::<Vec<_>>();
                volunteer["available"] = windows
                    .into_iter()
                    .map(|night| {
                        let from = 16 + dice.roll(3);
                        json!({ "from": time(dates[night as usize], from), "to": time(dates[night as usize], from + 5 + dice.roll(5)) })
                    })
                    .collect();
            }
            volunteer
        })
        .collect();
    let any_pair = |dice: &mut Dice| {
        let a = dice.roll(people);
        let b = (a + 1 + dice.roll(people - 1)) % people;
        json!([format!("v{a}"), format!("v{b}")])
    };
    let pairs = |dice: &mut Dice, most: u64| -> Vec<Json> {
        if people < 2 { vec![] } else { (0..dice.roll(most + 1)).map(|_| any_pair(dice)).collect() }
    };
    let assignment = |dice: &mut Dice| json!({ "volunteer": format!("v{}", dice.roll(people)), "position": format!("p{}", dice.roll(positions.len() as u64)) });
    let some = |dice: &mut Dice, most: u64| -> Vec<Json> {
        if positions.is_empty() {
            vec![]
        } else {
            (0..dice.roll(most + 1)).map(|_| assignment(dice)).collect()
        }
    };
    let locked = if attempt < 8 && dice.chance(25) { some(dice, 2) } else { vec![] };
    let alone = number % 12;
    let mut weights = serde_json::Map::new();
    for (index, term) in TERMS.into_iter().enumerate() {
        let counts = match alone {
            0..9 => alone == index as u64,
            9 => true,
            _ => dice.chance(60),
        };
        weights.insert(term.into(), json!(if counts { dice.number(1, 30) } else { 0 }));
    }
    json!({
        "format": "festival-problem/1", "name": "tiny", "timezone": "Asia/Tehran",
        "nights": dates.iter().map(|date| format!("2026-04-{:02}", 10 + date)).collect::<Vec<_>>(),
        "districts": (0..districts).map(|d| json!({ "id": format!("d{d}"), "priority": dice.number(1, 5) })).collect::<Vec<_>>(),
        "travel_minutes": travel, "specialties": ["k0", "k1"],
        "venues": (0..venues).map(|b| json!({ "id": format!("b{b}") })).collect::<Vec<_>>(),
        "shifts": shifts, "positions": positions, "volunteers": volunteers,
        "companions": pairs(dice, 3), "apart": if dice.chance(30) { pairs(dice, 1) } else { vec![] },
        "locked": locked, "published": some(dice, 3),
        "rules": { "min_rest_minutes": ([0, 600, 1_200][dice.roll(3) as usize]) }, "weights": weights,
    })
}
