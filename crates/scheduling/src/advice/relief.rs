//! Empty seats, and the seats whose filling would fill them.

use rustc_hash::FxHashSet;

use super::MOST_PEOPLE;
use crate::bound::Dual;
use crate::problem::{PositionIndex, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;

/// Empty seats that are looked at, those worth most first.
const MOST_SEATS: usize = 1_000;

/// A way to fill an empty seat with one more person.
#[derive(Clone, Debug)]
pub(super) struct Relief {
    /// The position with the empty seat, and which of its empty seats.
    pub(super) fills: PositionIndex,
    pub(super) seat: u32,
    /// The position that the newcomer takes.
    pub(super) takes: PositionIndex,
    /// Who leaves it for the empty seat; none where the newcomer takes that one.
    pub(super) mover: Option<VolunteerIndex>,
    /// What the seat counts for: essential, then its price.
    pub(super) worth: Score,
    /// What the empty seat adds to the cost, where it is a desired one.
    pub(super) amount: i64,
}

/// Every empty seat that people are wanting for, with all kinds of seats that lead to it.
pub(super) fn reliefs(roster: &Roster<'_>, dual: &Dual<'_>) -> Vec<Relief> {
    let problem = roster.problem;
    let (essential, prices) = (dual.essential_prices(), dual.prices());
    let mut empty: Vec<(Score, PositionIndex, u32)> = Vec::new();
    for (p, position) in problem.positions.iter().enumerate() {
        for seat in (roster.filled(p as u32)..position.desired).take(MOST_PEOPLE as usize) {
            let worth = if seat < position.minimum {
                Score { essential: position.essential_worth, cost: 0 }
            } else {
                Score { essential: 0, cost: prices[p].min(position.desired_worth) }
            };
            if worth > Score::default() {
                empty.push((worth, p as u32, seat));
            }
        }
    }
    empty.sort_unstable_by_key(|&(worth, p, seat)| (std::cmp::Reverse(worth), p, seat));
    empty.truncate(MOST_SEATS);
    let mut reliefs = Vec::new();
    for (worth, fills, seat) in empty {
        let amount = problem.position(fills).desired_worth;
        let relief = |takes, mover| Relief { fills, seat, takes, mover, worth, amount };
        reliefs.push(relief(fills, None));
        let dear = |p: PositionIndex| {
            if worth.essential > 0 { essential[p as usize] > 0 } else { prices[p as usize] > 0 }
        };
        let mut kinds = FxHashSet::from_iter([kind(roster, fills)]);
        for &who in problem.candidates(fills) {
            for &held in roster.held(who) {
                let here = problem.shift_of(held).night == problem.shift_of(fills).night;
                if here
                    && dear(held)
                    && !kinds.contains(&kind(roster, held))
                    && moves(roster, who, held, fills)
                {
                    kinds.insert(kind(roster, held));
                    reliefs.push(relief(held, Some(who)));
                }
            }
        }
    }
    reliefs
}

/// What a seat asks of a newcomer.
fn kind(roster: &Roster<'_>, position: PositionIndex) -> (u32, u8, [bool; 2], u32) {
    use crate::format::Gender::{Man, Woman};
    let (asked, shift) = (roster.problem.position(position), roster.problem.shift_of(position));
    let genders = [Woman, Man].map(|gender| asked.gender.admits(gender));
    (asked.specialty, asked.min_level, genders, shift.district)
}

fn moves(roster: &Roster<'_>, who: VolunteerIndex, from: PositionIndex, to: PositionIndex) -> bool {
    let locked = roster.problem.locked.binary_search(&(who, from)).is_ok();
    if locked || from == to || roster.held(who).contains(&to) {
        return false;
    }
    let mut trial = Trial::default();
    trial.remove(roster, who, from);
    trial.fits(roster, who, to)
}
