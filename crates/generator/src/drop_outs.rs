//! The festival some days later: its plan is published, and some can't come.

use std::collections::BTreeSet;

use khademyar_scheduling::{PlanFile, ProblemFile};

use crate::dice::Dice;

/// Takes so many per cent of those who serve in the plan out of the festival; what the others do in it is published, and
/// nothing is locked any more.
#[must_use]
pub fn after_drop_outs(mut problem: ProblemFile, plan: &PlanFile, percent: u32, seed: u64) -> ProblemFile {
    let serving: BTreeSet<&str> = plan.assignments.iter().map(|entry| entry.volunteer.as_str()).collect();
    let mut serving: Vec<&str> = serving.into_iter().collect();
    let leaving = (serving.len() * percent.min(100) as usize).div_ceil(100);
    let mut dice = Dice::new(seed);
    let gone: BTreeSet<&str> = (0..leaving).map(|_| serving.swap_remove(dice.below(serving.len()))).collect();
    let stays = |id: &String| !gone.contains(id.as_str());
    problem.volunteers.retain(|volunteer| stays(&volunteer.id));
    problem.companions.retain(|pair| pair.iter().all(stays));
    problem.apart.retain(|pair| pair.iter().all(stays));
    problem.published = plan.assignments.iter().filter(|entry| stays(&entry.volunteer)).cloned().collect();
    problem.locked.clear();
    problem.name = format!("{}-without-{leaving}", problem.name);
    problem
}
