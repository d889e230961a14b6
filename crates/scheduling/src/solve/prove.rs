//! The bound's side of a solve.

use super::{Pool, Solution};
use crate::bound::Dual;
use crate::problem::Problem;
use crate::search::{Guide, Tally};

/// The dual, and what its rosters tell the search.
pub(super) struct Proving<'a> {
    dual: Dual<'a>,
    tally: Tally<'a>,
}

impl<'a> Proving<'a> {
    pub(super) fn new(problem: &'a Problem, seed: u64) -> Self {
        Self { dual: Dual::new(problem, seed), tally: Tally::new(problem) }
    }

    pub(super) fn rounds_at_cost(&self) -> u32 {
        self.tally.rounds()
    }

    pub(super) fn guide(&self) -> Guide {
        self.tally.guide()
    }

    /// One round; true if the bound rose.
    pub(super) fn round(&mut self, pool: &Pool, best: &mut Solution) -> bool {
        self.dual.reach(best.score);
        let dual = &mut self.dual;
        pool.run(|| dual.round());
        if self.dual.at_cost() {
            self.tally.add(&self.dual);
        }
        let rose = self.dual.bound() > best.bound;
        best.bound = best.bound.max(self.dual.bound());
        rose
    }
}
