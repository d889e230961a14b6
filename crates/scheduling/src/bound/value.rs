//! Points of the dual and what they are worth, exactly.

use crate::judge::judge;
use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::score::Score;

/// Bounds stay below this, as every score does.
const CEILING: i128 = 1 << 60;

/// What the dual bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Essential alone: all other weights count as 0.
    Essential,
    /// The cost of plans with this much essential.
    Cost(i64),
}

impl Level {
    /// The plan of these assignments, if it is valid and of this level's essential.
    pub(super) fn plan(
        self,
        problem: &Problem,
        mut assignments: Vec<(VolunteerIndex, PositionIndex)>,
    ) -> Option<(Score, Plan)> {
        assignments.sort_unstable();
        assignments.dedup();
        let plan = Plan::new(assignments);
        let judgement = judge(problem, &plan);
        let fits = match self {
            Self::Essential => true,
            Self::Cost(essential) => judgement.score.essential == essential,
        };
        (fits && judgement.breaches.is_empty()).then_some((judgement.score, plan))
    }

    /// The essential of the plans whose cost is bounded; 0 where essential itself is.
    pub(super) fn target(self) -> i64 {
        match self {
            Self::Essential => 0,
            Self::Cost(essential) => essential,
        }
    }
}

/// A point of the dual, in units of cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Point {
    /// By position.
    pub(super) prices: Vec<f64>,
    /// By link.
    pub(super) theta: Vec<f64>,
    /// Of one unit of essential.
    pub(super) mu: f64,
}

/// What the dual is worth at a point, in integers, scaled by `1 << bits`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) bits: u32,
    /// A lower bound of cost plus `mu` times essential, over all plans.
    pub(super) total: i128,
    pub(super) mu: i64,
}

impl Value {
    pub(super) const ZERO: Self = Self { bits: 0, total: 0, mu: 0 };

    /// A lower bound of the cost of plans of this essential, scaled.
    pub(super) fn beyond(self, essential: i64) -> i128 {
        self.total - i128::from(self.mu) * i128::from(essential)
    }

    /// The same, as a whole number: costs are whole, so it may be rounded up.
    pub(super) fn ceiling(self, essential: i64) -> i64 {
        let (value, unit) = (self.beyond(essential), 1_i128 << self.bits);
        (value.div_euclid(unit) + i128::from(value.rem_euclid(unit) > 0)).clamp(0, CEILING) as i64
    }
}
