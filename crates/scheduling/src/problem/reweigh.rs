//! The same festival under other weights.

use super::{Problem, build};
use crate::format::Weights;

impl Problem {
    /// Nothing costs anything but a published assignment given up, which costs 1.
    pub(crate) fn counting_changes(&self) -> Self {
        let mut problem = self.clone();
        problem.weights = Weights {
            desired: 0,
            travel: 0,
            venue: 0,
            wish: 0,
            idle: 0,
            fairness: 0,
            continuity: 0,
            companion: 0,
            stability: 1,
        };
        for position in &mut problem.positions {
            position.desired_worth = 0;
        }
        for who in &mut problem.volunteers {
            who.wish_base = 0;
            who.wishes.clear();
        }
        problem
    }

    /// A published assignment given up costs more than all else together, as far as scores can hold it.
    pub(crate) fn clinging(&self) -> Self {
        let mut problem = self.clone();
        problem.weights.stability = 0;
        let (_, others) = build::ceilings(&problem);
        let room = (build::CEILING - others) / (self.published.len() as i128).max(1);
        // Both bounds are below 2^60.
        problem.weights.stability = (others + 1).min(room) as i64;
        problem
    }
}
