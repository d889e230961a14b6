//! A valid plan in the making: who holds what, and its score, kept up to date.
//!
//! Rules and terms are fused here for speed, each volunteer's from their short list of positions; `judge` computes
//! the same from the definitions, and debug builds compare the two.

mod trial;

pub(crate) use trial::Trial;

use crate::judge;
use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, Volunteer, VolunteerIndex};
use crate::rule::nights;
use crate::score::Score;

/// Who holds what. Always valid, apart from locked assignments before they are put in.
#[derive(Clone, Debug)]
pub(crate) struct Roster<'a> {
    pub(crate) problem: &'a Problem,
    /// Positions of each volunteer, sorted.
    held: Vec<Vec<PositionIndex>>,
    /// Volunteers in each position, in no order.
    crew: Vec<Vec<VolunteerIndex>>,
    /// Each volunteer's own cost: travel, venue, wish, idle, fairness, continuity and stability.
    own: Vec<i64>,
    score: Score,
}

impl<'a> Roster<'a> {
    /// Nobody serves, save where locked.
    pub(crate) fn new(problem: &'a Problem) -> Self {
        Self::with(problem, &problem.locked)
    }

    /// Of a valid plan.
    pub(crate) fn with(problem: &'a Problem, assignments: &[(VolunteerIndex, PositionIndex)]) -> Self {
        let mut held = vec![Vec::new(); problem.volunteers.len()];
        let mut crew = vec![Vec::new(); problem.positions.len()];
        for &(volunteer, position) in assignments {
            held[volunteer as usize].push(position);
            crew[position as usize].push(volunteer);
        }
        for list in &mut held {
            list.sort_unstable();
        }
        Self::of(problem, held, crew)
    }

    /// Of sorted lists, everything else counted anew.
    pub(crate) fn from_lists(problem: &'a Problem, held: Vec<Vec<PositionIndex>>) -> Self {
        let mut crew = vec![Vec::new(); problem.positions.len()];
        for (volunteer, list) in held.iter().enumerate() {
            for &position in list {
                crew[position as usize].push(volunteer as u32);
            }
        }
        Self::of(problem, held, crew)
    }

    fn of(problem: &'a Problem, held: Vec<Vec<PositionIndex>>, crew: Vec<Vec<VolunteerIndex>>) -> Self {
        let own: Vec<i64> =
            held.iter().enumerate().map(|(v, list)| own_cost(problem, v as u32, list)).collect();
        let mut score = Score { essential: 0, cost: own.iter().sum() };
        for (p, crew) in crew.iter().enumerate() {
            let missing = shortage(problem, p as u32, crew.len() as u32);
            score.essential += missing.essential;
            score.cost += missing.cost;
        }
        for &[a, b] in &problem.companions {
            score.cost += companion_cost(problem, &held[a as usize], &held[b as usize]);
        }
        Self { problem, held, crew, own, score }
    }

    pub(crate) fn score(&self) -> Score {
        self.score
    }

    /// The volunteer's positions, sorted.
    pub(crate) fn held(&self, volunteer: VolunteerIndex) -> &[PositionIndex] {
        &self.held[volunteer as usize]
    }

    pub(crate) fn crew(&self, position: PositionIndex) -> &[VolunteerIndex] {
        &self.crew[position as usize]
    }

    pub(crate) fn filled(&self, position: PositionIndex) -> u32 {
        self.crew[position as usize].len() as u32
    }

    pub(crate) fn own(&self, volunteer: VolunteerIndex) -> i64 {
        self.own[volunteer as usize]
    }

    pub(crate) fn plan(&self) -> Plan {
        let rows = self.held.iter().enumerate();
        Plan::new(rows.flat_map(|(v, list)| list.iter().map(move |&p| (v as u32, p))).collect())
    }

    /// Whether the score is what a full recount says and no rule is broken.
    pub(crate) fn is_sound(&self) -> bool {
        let judgement = judge::judge(self.problem, &self.plan());
        judgement.breaches.is_empty() && judgement.score == self.score
    }

    /// The positions of each volunteer.
    pub(crate) fn into_lists(self) -> Vec<Vec<PositionIndex>> {
        self.held
    }
}

/// What a position with `filled` people lacks.
pub(crate) fn shortage(problem: &Problem, position: PositionIndex, filled: u32) -> Score {
    let position = problem.position(position);
    Score {
        essential: position.essential_worth * i64::from(position.minimum.saturating_sub(filled)),
        cost: position.desired_worth
            * (i64::from(position.desired) - i64::from(filled.max(position.minimum))),
    }
}

/// What a volunteer with these positions (sorted) costs by themselves.
pub(crate) fn own_cost(problem: &Problem, volunteer: VolunteerIndex, list: &[PositionIndex]) -> i64 {
    let (who, weights) = (problem.volunteer(volunteer), &problem.weights);
    let n = list.len() as i64;
    let mut cost = who.wish_base + weights.idle * (who.min_shifts - n).max(0) + weights.fairness * n * n;
    let mut last_night = u32::MAX;
    let mut venues = 0;
    for (i, &position) in list.iter().enumerate() {
        let shift = problem.shift_of(position);
        cost += weights.travel * problem.travel(who.home, shift.district);
        if !who.preferred.is_empty() && !who.preferred.contains(&shift.venue) {
            cost += weights.venue;
        }
        if shift.night != last_night {
            last_night = shift.night;
            cost += who.wishes.iter().find(|wish| wish.0 == shift.night).map_or(0, |wish| wish.1);
        }
        if !list[..i].iter().any(|&other| problem.shift_of(other).venue == shift.venue) {
            venues += 1;
        }
    }
    cost + weights.continuity * (venues - 1).max(0) + stability_cost(problem, volunteer, list)
}

fn stability_cost(problem: &Problem, volunteer: VolunteerIndex, list: &[PositionIndex]) -> i64 {
    if problem.published.is_empty() {
        return 0;
    }
    let from = problem.published.partition_point(|entry| entry.0 < volunteer);
    let theirs = problem.published[from..].iter().take_while(|entry| entry.0 == volunteer);
    problem.weights.stability * theirs.filter(|entry| list.binary_search(&entry.1).is_err()).count() as i64
}

/// What a pair of companions costs, from the sorted lists of both.
pub(crate) fn companion_cost(problem: &Problem, a: &[PositionIndex], b: &[PositionIndex]) -> i64 {
    let night = |list: &[u32], i: usize| list.get(i).map_or(u32::MAX, |&p| problem.shift_of(p).night);
    let end = |list: &[u32], mut i: usize, on: u32| {
        while night(list, i) == on {
            i += 1;
        }
        i
    };
    let (mut i, mut j, mut nights) = (0, 0, 0);
    while i < a.len() || j < b.len() {
        let on = night(a, i).min(night(b, j));
        let (to_i, to_j) = (end(a, i, on), end(b, j, on));
        let venue = |p: u32| problem.shift_of(p).venue;
        let together = a[i..to_i].iter().any(|&p| b[j..to_j].iter().any(|&q| venue(p) == venue(q)));
        nights += i64::from(!together);
        (i, j) = (to_i, to_j);
    }
    problem.weights.companion * nights
}

/// Whether a volunteer with these positions (sorted) can take one more: time between shifts, and limits of nights.
/// Not whether they are eligible, kept apart, or the position full.
pub(crate) fn has_time(
    problem: &Problem,
    who: &Volunteer,
    list: &[PositionIndex],
    more: PositionIndex,
) -> bool {
    let shift = problem.shift_of(more);
    if list.iter().any(|&held| problem.clash(problem.shift_of(held), shift)) {
        return false;
    }
    let at = list.partition_point(|&held| held < more);
    let all = list[..at].iter().chain([&more]).chain(&list[at..]);
    !nights::broken(who, &problem.follows, all.map(|&p| problem.shift_of(p).night)).any()
}
