//! Why a seat is empty, why someone is not in it, and what it would take.

mod answer;
mod chain;
mod force;
mod funnel;
mod most;
mod reason;
#[cfg(test)]
mod tests;
mod witness;

pub use answer::Answer;
pub use chain::{Chain, Move};
pub use force::Forced;
pub use funnel::Funnel;
pub use reason::Reason;
pub use witness::{Holder, PricedSeats, Witness};

use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;

/// A valid plan, ready to be asked about.
#[derive(Clone, Debug)]
pub struct Explainer<'a> {
    roster: Roster<'a>,
    /// By position; all 0 where nothing is known.
    prices: Vec<i64>,
}

/// A position with fewer people than it desires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// Which.
    pub position: PositionIndex,
    /// People in it.
    pub filled: u32,
    /// People who are essential.
    pub minimum: u32,
    /// People who are welcome in all.
    pub desired: u32,
    /// How many people are left after each rule.
    pub funnel: Funnel,
}

/// Someone who may hold a position, and what stands between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub volunteer: VolunteerIndex,
    /// What rules it out as the plan stands; empty = they could be assigned at once.
    pub reasons: Vec<Reason>,
    /// What it would take and what it would change.
    pub forced: Forced,
}

impl<'a> Explainer<'a> {
    /// Of a plan that [`judge`](crate::judge) finds valid.
    #[must_use]
    pub fn new(problem: &'a Problem, plan: &Plan) -> Self {
        let prices = vec![0; problem.positions.len()];
        Self { roster: Roster::with(problem, plan.assignments()), prices }
    }

    /// With [`Dual::essential_prices`](crate::bound::Dual::essential_prices), which prove of large festivals what a
    /// search for each seat would take too long to prove. Prices that prove nothing do no harm.
    #[must_use]
    pub fn with_prices(mut self, mut prices: Vec<i64>) -> Self {
        prices.resize(self.prices.len(), 0);
        self.prices = prices;
        self
    }

    /// Everything that rules the volunteer out of the position as the plan stands, in the order of [`Reason`].
    #[must_use]
    pub fn reasons(&self, volunteer: VolunteerIndex, position: PositionIndex) -> Vec<Reason> {
        reason::reasons(&self.roster, volunteer, position)
    }

    /// Positions with fewer people than desired, in order of time. Looks at every volunteer for each.
    #[must_use]
    pub fn unfilled(&self) -> Vec<Unfilled> {
        let problem = self.roster.problem;
        let open = |&p: &PositionIndex| self.roster.filled(p) < problem.position(p).desired;
        let unfilled = |position: PositionIndex| {
            let &crate::problem::Position { minimum, desired, .. } = problem.position(position);
            let filled = self.roster.filled(position);
            Unfilled { position, filled, minimum, desired, funnel: self.funnel(position) }
        };
        (0..problem.positions.len() as u32).filter(open).map(unfilled).collect()
    }

    /// How many people are left for one more seat of the position after each rule.
    #[must_use]
    pub fn funnel(&self, position: PositionIndex) -> Funnel {
        funnel::count(&self.roster, position)
    }

    /// Why a seat of the position is empty: a proof that people are too few, or the changes that would fill it. `None`
    /// if the position has everyone it desires.
    ///
    /// Looks at the eligible pairs of all positions that compete for the same people; with many of them the search for
    /// prices is cut short, and the answer is then a chain that empties another seat.
    #[must_use]
    pub fn answer(&self, position: PositionIndex) -> Option<Answer> {
        let open = self.roster.filled(position) < self.roster.problem.position(position).desired;
        open.then(|| answer::answer(&self.roster, position, &self.prices))
    }

    /// What it would take to put the volunteer into the position, and what the score would change by, everything else
    /// staying as it is. `None` if no plan can have it (skill, gender, availability, reach, a lock), or has it.
    #[must_use]
    pub fn force(&self, volunteer: VolunteerIndex, position: PositionIndex) -> Option<Forced> {
        force::force(&self.roster, volunteer, position)
    }

    /// Everyone who may hold the position and does not, who costs the roster least first.
    #[must_use]
    pub fn candidates(&self, position: PositionIndex) -> Vec<Candidate> {
        let candidates = self.roster.problem.candidates(position).iter();
        let mut ranked: Vec<Candidate> = candidates
            .filter_map(|&volunteer| {
                let forced = self.force(volunteer, position)?;
                Some(Candidate { volunteer, reasons: self.reasons(volunteer, position), forced })
            })
            .collect();
        ranked.sort_by_key(|candidate| (candidate.forced.change, candidate.volunteer));
        ranked
    }

    /// What the score would change by if the assignment were taken out; `None` if it is not in the plan.
    #[must_use]
    pub fn worth(&self, volunteer: VolunteerIndex, position: PositionIndex) -> Option<Score> {
        self.roster.held(volunteer).contains(&position).then(|| {
            let mut trial = Trial::default();
            trial.remove(&self.roster, volunteer, position);
            trial.weigh(&self.roster)
        })
    }
}
