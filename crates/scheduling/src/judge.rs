//! Judges any plan from the definitions: an oracle for the search, and what `check` prints.

use serde::Serialize;

use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::rule::{apart, availability, gap, gender, nights, reach, skill};
use crate::score::Score;
use crate::term::Terms;

/// A rule that a plan can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The volunteer has not the specialty at the level.
    Skill,
    /// The position asks for the other gender.
    Gender,
    /// The shift lies outside the volunteer's windows.
    Availability,
    /// The shift is further from home than the volunteer goes.
    Reach,
    /// The position holds more than it desires.
    Capacity,
    /// There is no time between two shifts of the volunteer.
    Gap,
    /// A limit of the volunteer's: shifts on a night, nights, or consecutive nights.
    Nights,
    /// Two who must be kept apart share a shift.
    Apart,
    /// A locked assignment is missing.
    Locked,
}

/// A broken rule and an assignment that breaks it (of [`Rule::Locked`]: that is missing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// Who.
    pub volunteer: VolunteerIndex,
    /// Where.
    pub position: PositionIndex,
}

/// What is true of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Every broken rule; empty = the plan is valid.
    pub breaches: Vec<Breach>,
    /// The plan's score, valid or not.
    pub score: Score,
    /// The cost by term.
    pub terms: Terms,
}

/// Counts a plan's score and finds every broken rule. Takes time proportional to the plan, and to the square of each
/// volunteer's shifts.
#[must_use]
pub fn judge(problem: &Problem, plan: &Plan) -> Judgement {
    let mut held = vec![Vec::new(); problem.volunteers.len()];
    let mut filled = vec![0_u32; problem.positions.len()];
    let mut breaches = Vec::new();
    for &(volunteer, position) in plan.assignments() {
        let add = |rule| breaches.push(Breach { rule, volunteer, position });
        seat_rules(problem, volunteer, position).into_iter().for_each(add);
        held[volunteer as usize].push(position);
        filled[position as usize] += 1;
        if filled[position as usize] > problem.position(position).desired {
            breaches.push(Breach { rule: Rule::Capacity, volunteer, position });
        }
    }
    for (volunteer, positions) in held.iter().enumerate() {
        own_rules(problem, volunteer as u32, positions, &mut breaches);
    }
    let shifts =
        |v: u32| -> Vec<u32> { held[v as usize].iter().map(|&p| problem.position(p).shift).collect() };
    for &[a, b] in &problem.apart {
        if let Some(shift) = apart::shared(&shifts(a), &shifts(b)) {
            let mut here = held[a as usize].iter().filter(|&&p| problem.position(p).shift == shift);
            breaches.extend(here.next().map(|&position| Breach {
                rule: Rule::Apart,
                volunteer: a,
                position,
            }));
        }
    }
    let missing = problem.locked.iter().filter(|&&(v, p)| !plan.contains(v, p));
    breaches.extend(missing.map(|&(volunteer, position)| Breach { rule: Rule::Locked, volunteer, position }));
    let terms = Terms::count(problem, plan, &held, &filled);
    let lacking = |(position, &filled): (&crate::problem::Position, &u32)| {
        position.essential_worth * i64::from(position.minimum.saturating_sub(filled))
    };
    let essential = problem.positions.iter().zip(&filled).map(lacking).sum();
    Judgement { breaches, score: Score { essential, cost: terms.total() }, terms }
}

/// The rules about a single volunteer and position that are broken.
fn seat_rules(problem: &Problem, volunteer: VolunteerIndex, position: PositionIndex) -> Vec<Rule> {
    let (who, position, shift) =
        (problem.volunteer(volunteer), problem.position(position), problem.shift_of(position));
    let held = [
        (Rule::Skill, skill::holds(who, position)),
        (Rule::Gender, gender::holds(who, position)),
        (Rule::Availability, availability::holds(who, shift)),
        (Rule::Reach, reach::holds(problem, who, shift.district)),
    ];
    held.into_iter().filter(|rule| !rule.1).map(|rule| rule.0).collect()
}

/// The rules about all positions of one volunteer, sorted, that are broken.
fn own_rules(
    problem: &Problem,
    volunteer: VolunteerIndex,
    positions: &[PositionIndex],
    breaches: &mut Vec<Breach>,
) {
    for (i, &position) in positions.iter().enumerate() {
        let shift = problem.shift_of(position);
        if positions[..i].iter().any(|&other| !gap::holds(problem, shift, problem.shift_of(other))) {
            breaches.push(Breach { rule: Rule::Gap, volunteer, position });
        }
    }
    let on = positions.iter().map(|&p| problem.shift_of(p).night);
    let broken = nights::broken(problem.volunteer(volunteer), &problem.follows, on);
    if let Some(&position) = positions.last().filter(|_| broken.any()) {
        breaches.push(Breach { rule: Rule::Nights, volunteer, position });
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;
    use crate::format::AssignmentEntry;
    use crate::sample::{check, judged, problem};

    #[test]
    fn a_position_holds_no_more_than_it_desires() {
        let both = [("amir", "0-garden"), ("zahra", "0-garden")];
        check(|file| file.positions[0].desired = 1, &both, &[Rule::Capacity]);
    }

    #[test]
    fn a_locked_assignment_is_in_the_plan() {
        let lock = |file: &mut crate::ProblemFile| {
            file.locked.push(AssignmentEntry { volunteer: "amir".into(), position: "0-garden".into() });
        };
        check(lock, &[], &[Rule::Locked]);
        check(lock, &[("amir", "0-garden")], &[]);
    }

    #[test]
    fn essential_counts_missing_people_by_priority_and_weight() {
        let problem = problem(|file| file.positions[0].minimum = 2);
        let essential = |assignments: &[(&str, &str)]| judged(&problem, assignments).score.essential;
        assert_eq!(essential(&[]), 3 * (2 + 1 + 1) + 3 * 4 * 3);
        assert_eq!(essential(&[("amir", "0-garden"), ("amir", "1-base")]), 3 * (1 + 1 + 1) + 3 * 4 * 2);
    }
}
