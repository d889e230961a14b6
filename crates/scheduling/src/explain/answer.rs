//! What is to be said of a seat that is empty.

#[cfg(test)]
mod tests;

use super::chain::{self, Chain};
use super::witness::{Claim, Witness};
use crate::problem::PositionIndex;
use crate::roster::Roster;

/// Why a seat is empty: it can't be helped, or this is what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// People are too few for it and others like it, whatever the plan.
    TooFew(Witness),
    /// These changes fill it.
    Chain(Chain),
    /// Locked assignments or people to be kept apart stand in the way, and more can't be said.
    Bound,
}

/// Below its minimum, a position is explained by essential seats alone; above, by all that are desired.
pub(super) fn answer(roster: &Roster<'_>, position: PositionIndex, prices: &[i64]) -> Answer {
    let problem = roster.problem;
    let essential = roster.filled(position) < problem.position(position).minimum;
    let found = chain::search(roster, position, essential);
    if let Some(chain) = found.chain {
        return Answer::Chain(chain);
    }
    let asked = |p: PositionIndex| {
        let position = problem.position(p);
        (p, if essential { position.minimum } else { position.desired })
    };
    // As few seats as will do: this one, those of its shift, of its night, all.
    let all: Vec<(PositionIndex, u32)> = found.stuck.into_iter().map(asked).collect();
    let within = |near: &dyn Fn(PositionIndex) -> bool| {
        Claim::new(problem, all.iter().copied().filter(|seats| near(seats.0)).collect())
    };
    let (shift, night) = (problem.position(position).shift, problem.shift_of(position).night);
    let by_count = within(&|p| p == position)
        .count()
        .or_else(|| within(&|p| problem.position(p).shift == shift).count())
        .or_else(|| within(&|p| problem.shift_of(p).night == night).count());
    let everywhere = within(&|_| true);
    let by_dual = || Claim::at(problem, position, prices).filter(|_| essential);
    let witness = by_count.or_else(|| everywhere.count()).or_else(by_dual).or_else(|| everywhere.prices());
    // A proof about other seats alone says nothing of this one.
    match witness.filter(|witness| witness.seats.iter().any(|seats| seats.position == position)) {
        Some(witness) => Answer::TooFew(witness),
        None => chain::forced(roster, position).map_or(Answer::Bound, Answer::Chain),
    }
}
