//! Whether the locked assignments can stand together in any plan.

use rustc_hash::FxHashMap;

use crate::format::Fault;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::rule::{availability, gap, gender, nights, reach, skill};

/// What rules the locked assignments break, each fault at the entry that breaks it; `locked` in the file's order.
pub(crate) fn faults(problem: &Problem, locked: &[(VolunteerIndex, PositionIndex)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut filled: FxHashMap<PositionIndex, u32> = FxHashMap::default();
    let mut held: FxHashMap<VolunteerIndex, Vec<PositionIndex>> = FxHashMap::default();
    for (i, &(v, p)) in locked.iter().enumerate() {
        let mut add = |message: &str| faults.push(Fault::new(format!("$.locked[{i}]"), message));
        let (who, position, shift) = (problem.volunteer(v), problem.position(p), problem.shift_of(p));
        let mine = held.entry(v).or_default();
        if mine.contains(&p) {
            continue; // said twice, meant once
        }
        if !skill::holds(who, position) {
            add("the volunteer has not the position's specialty at its level");
        }
        if !gender::holds(who, position) {
            add("the position asks for the other gender");
        }
        if !availability::holds(who, shift) {
            add("the volunteer is not available");
        }
        if !reach::holds(problem, who, shift.district) {
            add("the shift is further from home than the volunteer goes");
        }
        if mine.iter().any(|&other| !gap::holds(problem, shift, problem.shift_of(other))) {
            add("there is no time between it and another locked assignment of the volunteer");
        }
        mine.push(p);
        let mut on: Vec<u32> = mine.iter().map(|&p| problem.shift_of(p).night).collect();
        on.sort_unstable();
        let broken = nights::broken(who, &problem.follows, on.iter().copied());
        if broken.shifts_per_night {
            add("the volunteer's locked shifts on the night are more than they take");
        }
        if broken.nights {
            add("the volunteer's locked nights are more than they take");
        }
        if broken.consecutive {
            add("the volunteer's locked nights on consecutive dates are more than they take");
        }
        let count = filled.entry(p).or_default();
        *count += 1;
        if *count > position.desired {
            add("the position's locked assignments are more than it desires");
        }
        let meets = |other: &VolunteerIndex| {
            held.get(other)
                .is_some_and(|theirs| theirs.iter().any(|&q| problem.position(q).shift == position.shift))
        };
        if who.apart.iter().any(meets) {
            faults.push(Fault::new(
                format!("$.locked[{i}]"),
                "another locked assignment puts someone who must be kept apart into the shift",
            ));
        }
    }
    faults
}
