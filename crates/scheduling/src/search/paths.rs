//! Essential seats filled along alternating paths: someone takes the seat, someone takes what they leave, and so on, until
//! nobody leaves anything that matters as much.
//!
//! Seats worth most come first, and from all empty seats of one worth the search goes breadth first at once (Berge 1957;
//! Hopcroft & Karp 1973). What a search without success has met can be reached by nobody who is free: it is not looked
//! at again for seats worth less. Where a person's seats depend on each other by more than their number, paths are missed
//! that change two of them at once.

use rayon::prelude::*;

use crate::problem::{PositionIndex, Problem, Volunteer, VolunteerIndex};
use crate::roster::{Roster, Trial, has_time};

/// Positions worth handing to another thread.
const GRAIN: usize = 4;

/// Fills what can be filled, until `stop`. Returns by position what one more person there would be worth in essential, as far
/// as is known: 0 where people are to be had.
pub(crate) fn fill(roster: &mut Roster<'_>, stop: &(dyn Fn() -> bool + Sync)) -> Vec<i64> {
    let mut filling = Filling::new(roster.problem);
    for worth in worths(roster.problem).into_iter().rev() {
        while !stop() && filling.search(roster, worth) {}
        if stop() {
            break;
        }
        filling.close(worth);
    }
    debug_assert!(roster.is_sound());
    filling.gains
}

/// By position what essential is lost at least when someone leaves a seat of it and all others move up along alternating
/// paths as best they can.
pub(crate) fn losses(roster: &Roster<'_>) -> Vec<i64> {
    let problem = roster.problem;
    let mut losing = Losing { losses: vec![None; problem.positions.len()], fresh: Vec::new() };
    for position in 0..problem.positions.len() as u32 {
        if !is_needed(roster, position) {
            losing.label(position, 0);
        }
    }
    for volunteer in 0..problem.volunteers.len() as u32 {
        let who = problem.volunteer(volunteer);
        if !is_busy(roster, volunteer) {
            losing.spread(problem, who, roster.held(volunteer), problem.options(volunteer), 0);
        }
    }
    let mut rest = Vec::new();
    for loss in [0].into_iter().chain(worths(problem)) {
        for (position, wanted) in (0..).zip(&problem.positions) {
            if wanted.essential_worth == loss {
                losing.label(position, loss);
            }
        }
        while let Some(left) = losing.fresh.pop() {
            for &volunteer in
                roster.crew(left).iter().filter(|&&volunteer| may_leave(problem, volunteer, left))
            {
                rest.clear();
                rest.extend(roster.held(volunteer).iter().copied().filter(|&position| position != left));
                let who = problem.volunteer(volunteer);
                losing.spread(problem, who, &rest, problem.options(volunteer), loss);
            }
        }
    }
    losing.losses.into_iter().map(Option::unwrap_or_default).collect()
}

/// What essential seats are worth, rising.
fn worths(problem: &Problem) -> Vec<i64> {
    let mut worths: Vec<i64> = problem.positions.iter().map(|position| position.essential_worth).collect();
    worths.retain(|&worth| worth > 0);
    worths.sort_unstable();
    worths.dedup();
    worths
}

/// Whether something essential is lost when someone leaves it.
fn is_needed(roster: &Roster<'_>, position: PositionIndex) -> bool {
    let wanted = roster.problem.position(position);
    wanted.essential_worth > 0 && roster.filled(position) <= wanted.minimum
}

fn may_leave(problem: &Problem, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
    problem.locked.binary_search(&(volunteer, position)).is_err()
}

/// Whether they serve as often as they may, whatever the nights.
fn is_busy(roster: &Roster<'_>, volunteer: VolunteerIndex) -> bool {
    let who = roster.problem.volunteer(volunteer);
    roster.held(volunteer).len() as u64 >= u64::from(who.max_nights) * u64::from(who.max_per_night)
}

/// Positions by what is lost at them, the least first.
struct Losing {
    losses: Vec<Option<i64>>,
    /// Labelled, and not yet looked at.
    fresh: Vec<PositionIndex>,
}

impl Losing {
    fn label(&mut self, position: PositionIndex, loss: i64) {
        let known = &mut self.losses[position as usize];
        if known.is_none() {
            *known = Some(loss);
            self.fresh.push(position);
        }
    }

    /// Labels what someone who holds only `rest` could take.
    fn spread(&mut self, problem: &Problem, who: &Volunteer, rest: &[u32], options: &[u32], loss: i64) {
        for &position in options {
            if self.losses[position as usize].is_none() && has_time(problem, who, rest, position) {
                self.label(position, loss);
            }
        }
    }
}

/// A seat that is empty, or that someone would leave.
#[derive(Clone, Copy)]
struct Hole {
    position: PositionIndex,
    /// Who leaves it, for which hole.
    left: Option<(u32, VolunteerIndex)>,
    /// The empty seat that it leads to.
    root: u32,
}

/// How someone could take a seat: by leaving this one, or none.
type Way = (VolunteerIndex, Option<PositionIndex>);

struct Filling {
    gains: Vec<i64>,
    /// By position: met in this search, or where nobody is to be had.
    met: Vec<bool>,
    /// Met in this search, in order.
    holes: Vec<Hole>,
    /// By volunteer: how many of their seats were not met.
    unmet: Vec<u32>,
    trial: Trial,
}

impl Filling {
    fn new(problem: &Problem) -> Self {
        let positions = problem.positions.len();
        Self {
            gains: vec![0; positions],
            met: vec![false; positions],
            holes: Vec::new(),
            unmet: Vec::new(),
            trial: Trial::default(),
        }
    }

    /// Nobody is to be had for what was met.
    fn close(&mut self, worth: i64) {
        for hole in self.holes.drain(..) {
            self.gains[hole.position as usize] = worth;
        }
    }

    /// Searches once from all empty seats of this worth; true if any was filled.
    fn search(&mut self, roster: &mut Roster<'_>, worth: i64) -> bool {
        let problem = roster.problem;
        for hole in self.holes.drain(..) {
            self.met[hole.position as usize] = false;
        }
        let met = &self.met;
        let unmet = |v| roster.held(v).iter().filter(|&&position| !met[position as usize]).count() as u32;
        self.unmet = (0..problem.volunteers.len() as u32).map(unmet).collect();
        for (position, wanted) in (0..).zip(&problem.positions) {
            let is_short = wanted.essential_worth == worth && roster.filled(position) < wanted.minimum;
            if is_short && !self.met[position as usize] {
                let root = self.holes.len() as u32;
                self.meet(roster, Hole { position, left: None, root });
            }
        }
        let mut is_filled = vec![false; self.holes.len()];
        let mut level = 0..self.holes.len();
        while !level.is_empty() {
            let next = level.end;
            let open: Vec<usize> = level.filter(|&at| !is_filled[self.holes[at].root as usize]).collect();
            let ways = |&at: &usize| self.ways(roster, self.holes[at].position);
            let found: Vec<Vec<Way>> = open.par_iter().with_min_len(GRAIN).map(ways).collect();
            for (at, ways) in open.into_iter().zip(found) {
                let root = self.holes[at].root;
                if is_filled[root as usize] {
                    continue;
                }
                for (volunteer, left) in ways {
                    let needed = left.filter(|&position| {
                        problem.position(position).essential_worth >= worth && is_needed(roster, position)
                    });
                    match needed {
                        Some(position) if self.met[position as usize] => {}
                        Some(position) => {
                            self.meet(roster, Hole { position, left: Some((at as u32, volunteer)), root });
                        }
                        None if self.take(roster, at, volunteer, left) => {
                            is_filled[root as usize] = true;
                            break;
                        }
                        None => {}
                    }
                }
            }
            level = next..self.holes.len();
        }
        is_filled.contains(&true)
    }

    fn meet(&mut self, roster: &Roster<'_>, hole: Hole) {
        self.met[hole.position as usize] = true;
        for &volunteer in roster.crew(hole.position) {
            let unmet = &mut self.unmet[volunteer as usize];
            *unmet = unmet.saturating_sub(1);
        }
        self.holes.push(hole);
    }

    /// Who could take the position, leaving one seat not met yet, or none.
    fn ways(&self, roster: &Roster<'_>, position: PositionIndex) -> Vec<Way> {
        let problem = roster.problem;
        let shift = problem.shift_of(position);
        let (mut found, mut rest) = (Vec::new(), Vec::new());
        for &volunteer in problem.candidates(position) {
            if self.unmet[volunteer as usize] == 0 && is_busy(roster, volunteer) {
                continue;
            }
            let (who, held) = (problem.volunteer(volunteer), roster.held(volunteer));
            let mut clashing = held.iter().filter(|&&p| problem.clash(problem.shift_of(p), shift));
            let mut leave = |left: PositionIndex| {
                rest.clear();
                rest.extend(held.iter().copied().filter(|&p| p != left));
                let may = left != position
                    && !self.met[left as usize]
                    && may_leave(problem, volunteer, left)
                    && has_time(problem, who, &rest, position);
                if may {
                    found.push((volunteer, Some(left)));
                }
            };
            match (clashing.next(), clashing.next()) {
                (Some(&left), None) => leave(left),
                (Some(_), Some(_)) => {}
                (None, _) if has_time(problem, who, held, position) => found.push((volunteer, None)),
                (None, _) => held.iter().for_each(|&left| leave(left)),
            }
        }
        found
    }

    /// Goes the path back from a hole that someone can fill; false if its rosters do not fit together.
    fn take(
        &mut self,
        roster: &mut Roster<'_>,
        hole: usize,
        last: VolunteerIndex,
        left: Option<PositionIndex>,
    ) -> bool {
        let mut moves = vec![(last, self.holes[hole].position, left)];
        let mut at = hole;
        while let Some((before, volunteer)) = self.holes[at].left {
            if moves.iter().any(|&(other, ..)| other == volunteer) {
                return false;
            }
            let left = self.holes[at].position;
            at = before as usize;
            moves.push((volunteer, self.holes[at].position, Some(left)));
        }
        self.trial.clear();
        for &(volunteer, _, left) in &moves {
            let Some(left) = left else { continue };
            if roster.held(volunteer).binary_search(&left).is_err() {
                return false;
            }
            self.trial.remove(roster, volunteer, left);
        }
        for &(volunteer, position, _) in moves.iter().rev() {
            let is_full = self.trial.filled(roster, position) >= roster.problem.position(position).desired;
            if is_full || !self.trial.fits(roster, volunteer, position) {
                return false;
            }
            self.trial.insert(roster, volunteer, position);
        }
        let more = self.trial.weigh(roster);
        if more.essential >= 0 {
            return false;
        }
        roster.take_over(&self.trial, more);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::Dual;
    use crate::bound::tests::{all_scores, festival, file};

    #[test]
    fn filling_keeps_a_plan_valid_and_lacks_no_more() {
        for number in 0..2_000 {
            let problem = festival(number);
            let mut roster = Roster::new(&problem);
            let before = roster.score().essential;
            fill(&mut roster, &|| false);
            assert!(roster.is_sound() && roster.score().essential <= before, "festival {number}");
        }
    }

    /// People who only differ in how many nights they serve are a matroid: paths lead to the best, and its prices prove it
    /// (Rado 1942; Edmonds 1970).
    #[test]
    fn where_only_numbers_of_nights_bind_the_least_is_reached_and_proven() {
        let mut checked = 0;
        for number in 0..3_000 {
            let mut file = file(number);
            file.apart.clear();
            file.rules.min_rest_minutes = 0;
            for volunteer in &mut file.volunteers {
                (volunteer.max_shifts_per_night, volunteer.max_consecutive_nights) = (1, 10);
            }
            // Locks may not be able to stand together any more.
            let Ok(problem) = Problem::new(&file) else { continue };
            let Some(least) = all_scores(&problem).and_then(|scores| scores.into_iter().min()) else {
                continue;
            };
            let mut roster = Roster::new(&problem);
            let gains = fill(&mut roster, &|| false);
            assert_eq!(roster.score().essential, least.essential, "festival {number}");
            for prices in [gains, losses(&roster)] {
                let mut dual = Dual::new(&problem, number);
                dual.suggest(prices);
                dual.round();
                assert_eq!(dual.bound().essential, least.essential, "festival {number}");
            }
            checked += usize::from(least.essential > 0);
        }
        assert!(checked > 500, "{checked} festivals are short of people");
    }
}
