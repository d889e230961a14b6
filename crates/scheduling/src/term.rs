//! What a plan costs, one term a file, each from its definition.

mod companion;
mod continuity;
mod desired;
mod fairness;
mod idle;
mod stability;
mod travel;
mod venue;
mod wish;

use serde::Serialize;

use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem};

/// The cost of a plan by term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// Welcome seats left empty.
    pub desired: i64,
    /// Minutes from home.
    pub travel: i64,
    /// Venues that are not preferred ones.
    pub venue: i64,
    /// Wishes not granted.
    pub wish: i64,
    /// Shifts hoped for and not given.
    pub idle: i64,
    /// Squares of the numbers of shifts.
    pub fairness: i64,
    /// Venues beyond the first.
    pub continuity: i64,
    /// Companions not together.
    pub companion: i64,
    /// Published assignments given up.
    pub stability: i64,
}

impl Terms {
    /// The cost.
    #[must_use]
    pub fn total(&self) -> i64 {
        let Self { desired, travel, venue, wish, idle, fairness, continuity, companion, stability } = *self;
        desired + travel + venue + wish + idle + fairness + continuity + companion + stability
    }

    /// Counts every term. `held`: positions of each volunteer; `filled`: people in each position.
    pub(crate) fn count(problem: &Problem, plan: &Plan, held: &[Vec<PositionIndex>], filled: &[u32]) -> Self {
        let w = &problem.weights;
        let mut terms = Self::default();
        for (position, &filled) in problem.positions.iter().zip(filled) {
            terms.desired += desired::cost(position, filled);
        }
        for (who, positions) in problem.volunteers.iter().zip(held) {
            let shifts: Vec<_> = positions.iter().map(|&p| *problem.shift_of(p)).collect();
            terms.travel += w.travel * travel::minutes(problem, who, &shifts);
            terms.venue += w.venue * venue::strange(who, &shifts);
            terms.wish += wish::cost(who, &shifts);
            terms.idle += w.idle * idle::missed(who, &shifts);
            terms.fairness += w.fairness * fairness::square(&shifts);
            terms.continuity += w.continuity * continuity::changes(&shifts);
        }
        let shifts =
            |v: u32| -> Vec<_> { held[v as usize].iter().map(|&p| *problem.shift_of(p)).collect::<Vec<_>>() };
        for &[a, b] in &problem.companions {
            terms.companion += w.companion * companion::nights_apart(&shifts(a), &shifts(b));
        }
        terms.stability = w.stability * stability::given_up(problem, plan);
        terms
    }
}
