//! Every valid plan of a tiny festival, from the definitions.

use crate::problem::{Problem, Shift};
use crate::score::Score;

/// Every roster the rules allow one volunteer; rest between nights counts only if asked for.
pub(crate) fn rosters(problem: &Problem, volunteer: u32, rest: bool) -> Vec<Vec<u32>> {
    let mut all = vec![vec![]];
    for &seat in problem.options(volunteer) {
        for index in 0..all.len() {
            let held: &Vec<u32> = &all[index];
            let shift = problem.shift_of(seat);
            let free = held.iter().all(|&other| {
                let other = problem.shift_of(other);
                (!rest && other.night != shift.night) || !problem.clash(shift, other)
            });
            if free {
                let mut more = held.clone();
                more.push(seat);
                all.push(more);
            }
        }
    }
    let who = problem.volunteer(volunteer);
    let locked: Vec<u32> =
        problem.locked.iter().filter(|entry| entry.0 == volunteer).map(|entry| entry.1).collect();
    all.retain(|held| {
        let mut nights: Vec<u32> = held.iter().map(|&seat| problem.shift_of(seat).night).collect();
        let fullest = nights.iter().map(|night| nights.iter().filter(|other| *other == night).count()).max();
        nights.dedup();
        let (mut run, mut longest, mut before) = (0, 0, None);
        for &night in &nights {
            let follows = before.is_some_and(|before| before + 1 == night) && problem.follows[night as usize];
            run = if follows { run + 1 } else { 1 };
            longest = longest.max(run);
            before = Some(night);
        }
        fullest.unwrap_or(0) <= who.max_per_night as usize
            && nights.len() <= who.max_nights as usize
            && longest <= who.max_consecutive
            && locked.iter().all(|seat| held.contains(seat))
    });
    all
}

/// What one volunteer's roster costs by itself; stability as what it saves.
pub(super) fn own_cost(problem: &Problem, volunteer: u32, held: &[u32]) -> i64 {
    let (who, w) = (problem.volunteer(volunteer), &problem.weights);
    let shifts: Vec<&Shift> = held.iter().map(|&seat| problem.shift_of(seat)).collect();
    let mut cost: i64 = who.wish_base;
    cost += who
        .wishes
        .iter()
        .filter(|wish| shifts.iter().any(|s| s.night == wish.0))
        .map(|wish| wish.1)
        .sum::<i64>();
    for shift in &shifts {
        cost += w.travel * problem.travel(who.home, shift.district);
        if !who.preferred.is_empty() && !who.preferred.contains(&shift.venue) {
            cost += w.venue;
        }
    }
    let count = held.len() as i64;
    cost += w.idle * (who.min_shifts - count).max(0) + w.fairness * count * count;
    let mut venues: Vec<u32> = shifts.iter().map(|shift| shift.venue).collect();
    venues.sort_unstable();
    venues.dedup();
    cost += w.continuity * (venues.len() as i64 - 1).max(0);
    let kept =
        problem.published.iter().filter(|entry| entry.0 == volunteer && held.contains(&entry.1)).count();
    cost - w.stability * kept as i64
}

fn apart(problem: &Problem, plan: &[Vec<u32>]) -> bool {
    problem.apart.iter().all(|&[a, b]| {
        let shift = |&seat: &u32| problem.position(seat).shift;
        !plan[a as usize].iter().any(|seat| plan[b as usize].iter().any(|other| shift(other) == shift(seat)))
    })
}

fn score(problem: &Problem, plan: &[Vec<u32>]) -> Option<Score> {
    let w = &problem.weights;
    let mut score = Score { essential: 0, cost: w.stability * problem.published.len() as i64 };
    for (at, position) in problem.positions.iter().enumerate() {
        let filled = plan.iter().flatten().filter(|&&seat| seat as usize == at).count() as i64;
        let (minimum, desired) = (i64::from(position.minimum), i64::from(position.desired));
        if filled > desired {
            return None;
        }
        score.essential += position.essential_worth * (minimum - filled).max(0);
        score.cost += position.desired_worth * (desired - filled.max(minimum));
    }
    for (volunteer, held) in plan.iter().enumerate() {
        score.cost += own_cost(problem, volunteer as u32, held);
    }
    for &[a, b] in &problem.companions {
        for night in 0..problem.night_count() as u32 {
            let at = |v: u32| -> Vec<u32> {
                let shifts = plan[v as usize].iter().map(|&seat| problem.shift_of(seat));
                shifts.filter(|shift| shift.night == night).map(|shift| shift.venue).collect()
            };
            let (a, b) = (at(a), at(b));
            let together = a.iter().any(|venue| b.contains(venue));
            if a.len() + b.len() > 0 && !together {
                score.cost += w.companion;
            }
        }
    }
    Some(score)
}

/// Every valid plan's score, or `None` if there are too many plans.
pub(crate) fn all_scores(problem: &Problem) -> Option<Vec<Score>> {
    Some(all_plans(problem)?.iter().filter_map(|plan| score(problem, plan)).collect())
}

/// The rosters of every valid plan, volunteer by volunteer, or `None` if there are too many plans.
pub(crate) fn all_plans(problem: &Problem) -> Option<Vec<Vec<Vec<u32>>>> {
    let people = problem.volunteers.len();
    let choices: Vec<Vec<Vec<u32>>> = (0..people as u32).map(|v| rosters(problem, v, true)).collect();
    if choices.iter().map(Vec::len).product::<usize>() > 20_000 {
        return None;
    }
    let mut plans: Vec<Vec<Vec<u32>>> = vec![vec![]];
    for mine in &choices {
        plans = plans
            .iter()
            .flat_map(|plan| mine.iter().map(|held| [plan.clone(), vec![held.clone()]].concat()))
            .collect();
    }
    plans.retain(|plan| apart(problem, plan) && score(problem, plan).is_some());
    Some(plans)
}
