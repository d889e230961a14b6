//! Someone who is not registered yet, and where they would be of most use.

use super::relief::Relief;
use crate::format::Gender;
use crate::problem::{PositionIndex, Problem, Volunteer};
use crate::roster::has_time;
use crate::score::Score;

/// Limits that half of the registered people would accept.
pub(super) struct Typical {
    nights: u32,
    consecutive: u32,
    travel: i64,
}

impl Typical {
    pub(super) fn of(problem: &Problem) -> Self {
        let nights = problem.night_count() as u32;
        let people = &problem.volunteers;
        Self {
            nights: median(people.iter().map(|v| v.max_nights)).unwrap_or(nights),
            consecutive: median(people.iter().map(|v| v.max_consecutive)).unwrap_or(nights),
            travel: median(people.iter().map(|v| v.max_travel)).unwrap_or(i64::MAX),
        }
    }
}

fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let middle = values.len() / 2;
    values.into_iter().nth(middle)
}

/// A kind of person and what they would take.
pub(super) struct Newcomer {
    pub(super) specialty: u32,
    pub(super) gender: Gender,
    pub(super) home: u32,
    level: u8,
    worth: Score,
    /// Indices of the reliefs, one a night.
    pub(super) chosen: Vec<usize>,
}

/// The kind of person who is worth most; of equals one of low level.
pub(super) fn best(problem: &Problem, typical: &Typical, reliefs: &[Relief]) -> Option<Newcomer> {
    let mut best: Option<Newcomer> = None;
    let mut specialties: Vec<u32> = reliefs.iter().map(|r| problem.position(r.takes).specialty).collect();
    specialties.sort_unstable();
    specialties.dedup();
    for specialty in specialties {
        let asked = |r: &Relief| problem.position(r.takes).specialty == specialty;
        let all: Vec<usize> = (0..reliefs.len()).filter(|&i| asked(&reliefs[i])).collect();
        let mut homes: Vec<u32> = all.iter().map(|&i| problem.shift_of(reliefs[i].takes).district).collect();
        homes.sort_unstable();
        homes.dedup();
        for home in homes {
            for gender in [Gender::Woman, Gender::Man] {
                for level in 1..=3 {
                    let who = volunteer(typical, specialty, level, gender, home);
                    let (chosen, worth) = choose(problem, &who, &all, reliefs);
                    if !chosen.is_empty() && best.as_ref().is_none_or(|b| (worth, b.level) > (b.worth, level))
                    {
                        best = Some(Newcomer { specialty, gender, home, level, worth, chosen });
                    }
                }
            }
        }
    }
    best
}

fn volunteer(typical: &Typical, specialty: u32, level: u8, gender: Gender, home: u32) -> Volunteer {
    Volunteer {
        home,
        gender,
        skills: vec![(specialty, level)],
        windows: None,
        max_travel: typical.travel,
        max_nights: typical.nights,
        max_consecutive: typical.consecutive,
        max_per_night: 1,
        min_shifts: 0,
        preferred: vec![],
        wish_base: 0,
        wishes: vec![],
        companions: vec![],
        apart: vec![],
    }
}

/// Of each night the seat that is worth most, nights that are worth most first, as limits and rest allow.
fn choose(problem: &Problem, who: &Volunteer, among: &[usize], reliefs: &[Relief]) -> (Vec<usize>, Score) {
    let mut by_night: Vec<Option<usize>> = vec![None; problem.night_count()];
    for &i in among {
        let (relief, shift) = (&reliefs[i], problem.shift_of(reliefs[i].takes));
        if !crate::rule::skill::holds(who, problem.position(relief.takes))
            || !crate::rule::gender::holds(who, problem.position(relief.takes))
            || !crate::rule::reach::holds(problem, who, shift.district)
        {
            continue;
        }
        let best = &mut by_night[shift.night as usize];
        // Nobody has to move for an equal.
        let rank = |i: usize| (reliefs[i].worth, reliefs[i].mover.is_none());
        if best.is_none_or(|best| rank(i) > rank(best)) {
            *best = Some(i);
        }
    }
    let mut nights: Vec<usize> = by_night.into_iter().flatten().collect();
    nights.sort_by_key(|&i| std::cmp::Reverse(reliefs[i].worth));
    let (mut chosen, mut worth) = (Vec::new(), Score::default());
    let mut held: Vec<PositionIndex> = Vec::new();
    let mut movers = Vec::new();
    for i in nights {
        let relief = &reliefs[i];
        let moved = relief.mover.is_some_and(|mover| movers.contains(&mover));
        if moved || !has_time(problem, who, &held, relief.takes) {
            continue;
        }
        held.insert(held.partition_point(|&p| p < relief.takes), relief.takes);
        movers.extend(relief.mover);
        worth.essential += relief.worth.essential;
        worth.cost += relief.worth.cost;
        chosen.push(i);
    }
    (chosen, worth)
}
