//! The bound's side of a solve.

use super::{Pool, Solution};
use crate::bound::Dual;
use crate::construct::follow;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::roster::Roster;
use crate::search::{Guide, Tally, fill, losses};

/// The dual, and what its rosters tell the search.
pub(super) struct Proving<'a> {
    problem: &'a Problem,
    dual: Dual<'a>,
    /// Of rounds about the same as the last one: essential or cost.
    tally: Tally<'a>,
    at_cost: bool,
}

impl<'a> Proving<'a> {
    pub(super) fn new(problem: &'a Problem, seed: u64) -> Self {
        Self { problem, dual: Dual::new(problem, seed), tally: Tally::new(problem), at_cost: false }
    }

    pub(super) fn at_cost(&self) -> bool {
        self.dual.at_cost()
    }

    /// Whether better plans are looked for between good ones.
    pub(super) fn wants_others(&self) -> bool {
        self.dual.is_listed()
    }

    pub(super) fn know_other(&mut self, plan: Plan) {
        self.dual.know_other(plan);
    }

    pub(super) fn is_branching(&self) -> bool {
        self.dual.is_branching()
    }

    pub(super) fn rounds_at_cost(&self) -> u32 {
        if self.at_cost { self.tally.rounds() } else { 0 }
    }

    pub(super) fn guide(&self) -> Guide {
        self.tally.guide()
    }

    /// The plan that the volunteers' bids for seats lead to.
    pub(super) fn auctioned(&self, pool: &Pool, stop: &(dyn Fn() -> bool + Sync)) -> Roster<'a> {
        let mut roster = Roster::new(self.problem);
        pool.run(|| self.dual.auction(&mut roster, stop));
        roster
    }

    /// Fills what alternating paths can fill, and lets what is left show the bound where to begin.
    pub(super) fn fill(&mut self, pool: &Pool, roster: &mut Roster<'_>, stop: &(dyn Fn() -> bool + Sync)) {
        let gains = pool.run(|| fill(roster, stop));
        if roster.score().essential > 0 && !stop() {
            self.dual.suggest(gains);
            self.dual.suggest(losses(roster));
        }
    }

    /// The plan that the dual's rosters lead to.
    pub(super) fn followed(&self) -> Roster<'a> {
        follow(self.problem, &self.tally.ranked())
    }

    /// One round, which may come by a better plan; true if the bound rose or the plan is another.
    pub(super) fn round(
        &mut self,
        pool: &Pool,
        best: &mut Solution,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> bool {
        self.dual.know(best.score, &best.plan);
        if self.dual.at_cost() && !self.at_cost {
            self.at_cost = true;
            self.tally = Tally::new(self.problem);
        }
        // Once the search is after cost, what the dual does for essential is of no use to it.
        let counts = self.dual.at_cost() == self.at_cost;
        let dual = &mut self.dual;
        pool.run(|| dual.round_until(stop));
        if stop() {
            // The rosters at hand are not those of a whole round, and nobody will be guided by them.
            return false;
        }
        if counts && !self.dual.is_listing() {
            self.tally.add(&self.dual);
        }
        let rose = self.dual.bound() > best.bound;
        best.bound = best.bound.max(self.dual.bound());
        let plan = self.dual.take_plan().filter(|(score, _)| *score < best.score);
        let found = plan.is_some();
        if let Some((score, plan)) = plan {
            (best.score, best.plan) = (score, plan);
        }
        rose || found
    }
}
