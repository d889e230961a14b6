//! Proof that seats can't all be filled: the seats, everyone who could hold them, and that these are too few.

use rustc_hash::{FxHashMap, FxHashSet};

use super::most::{Take, most};
use crate::problem::{PositionIndex, Problem, VolunteerIndex};

/// Steps of the ascent for prices, and what prices stay below while it lasts.
const STEPS: usize = 60;
const TOP: f64 = 60.0;
/// Seats looked at for one proof at the most, over all people and steps: a look takes up to a microsecond, and a page asks for
/// dozens of proofs.
const MOST_LOOKS: usize = 100_000;
/// With fewer steps than this there is hardly a proof to be found.
const FEWEST_STEPS: usize = 10;
/// Prices are made as coarse as still proves it, for people to read.
const COARSE: [f64; 5] = [1.0, 2.0, 3.0, 6.0, 12.0];

/// Seats that no valid plan fills all of, and why: whoever could hold any of them is listed, and together these people
/// can collect less than all the seats pay.
///
/// Where every price is 1 this is Hall's condition (1935): so many seats, and people for fewer. Other prices prove the same
/// where limits of nights or rest bind: a linear programme's dual, read as an argument (Farkas, 1902).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The seats, by position.
    pub seats: Vec<PricedSeats>,
    /// Everyone eligible for one of them, in order.
    pub people: Vec<Holder>,
    /// What all the seats pay: more than `most`.
    pub asked: i64,
    /// What all the people can collect.
    pub most: i64,
}

/// Seats of one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedSeats {
    /// Which.
    pub position: PositionIndex,
    /// People that the position asks for.
    pub seats: u32,
    /// What each of them would be paid, above 0.
    pub price: i64,
}

/// Someone who could hold some of the seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub volunteer: VolunteerIndex,
    /// What no roster of theirs that keeps the rules and the locked assignments exceeds: the sum of the prices of its seats.
    pub most: i64,
}

impl Witness {
    /// Whether the number of seats alone proves it.
    #[must_use]
    pub fn is_count(&self) -> bool {
        self.seats.iter().all(|seats| seats.price == 1)
    }

    /// Checks the proof from the problem alone: nobody is missing, nobody can collect more than is said, and it
    /// does not suffice. Then no valid plan fills all of the seats.
    #[must_use]
    pub fn holds(&self, problem: &Problem) -> bool {
        let prices: FxHashMap<u32, i64> = self.seats.iter().map(|s| (s.position, s.price)).collect();
        let people: FxHashMap<u32, i64> = self.people.iter().map(|h| (h.volunteer, h.most)).collect();
        let price = |position: u32| prices.get(&position).copied().unwrap_or(0);
        let asked: i64 = self.seats.iter().map(|s| s.price * i64::from(s.seats)).sum();
        prices.len() == self.seats.len()
            && people.len() == self.people.len()
            && self.seats.iter().all(|seats| {
                seats.price > 0 && problem.candidates(seats.position).iter().all(|v| people.contains_key(v))
            })
            && self.people.iter().all(|holder| most(problem, holder.volunteer, price).sum <= holder.most)
            && self.people.iter().map(|holder| holder.most).sum::<i64>() < asked
            && asked == self.asked
    }
}

/// Seats and everyone who could hold them, in search of a proof.
pub(super) struct Claim<'a> {
    problem: &'a Problem,
    seats: Vec<(PositionIndex, u32)>,
    people: Vec<VolunteerIndex>,
}

impl<'a> Claim<'a> {
    pub(super) fn new(problem: &'a Problem, seats: Vec<(PositionIndex, u32)>) -> Self {
        let mut seats: Vec<_> = seats.into_iter().filter(|seats| seats.1 > 0).collect();
        seats.sort_unstable();
        let people: FxHashSet<u32> =
            seats.iter().flat_map(|seats| problem.candidates(seats.0)).copied().collect();
        let mut people: Vec<u32> = people.into_iter().collect();
        people.sort_unstable();
        Self { problem, seats, people }
    }

    /// The proof by number, if there are too few people.
    pub(super) fn count(&self) -> Option<Witness> {
        self.priced(&vec![1; self.seats.len()])
    }

    /// The proof by prices: subgradient ascent (Held and Karp, 1971) on what the seats pay beyond what people can collect.
    /// None is found where there is none, where the search would be long, or where only whole people are too few.
    pub(super) fn prices(&self) -> Option<Witness> {
        let pairs: usize = self.seats.iter().map(|seats| self.problem.candidates(seats.0).len()).sum();
        let steps = (MOST_LOOKS / pairs.max(1)).min(STEPS);
        if steps < FEWEST_STEPS {
            return None;
        }
        let mut prices = vec![TOP / 2.0; self.seats.len()];
        for step in 0..steps {
            let whole: Vec<i64> = prices.iter().map(|price: &f64| price.round() as i64).collect();
            let (takes, people) = self.takes(&whole);
            if self.beyond(&whole, people) > 0 {
                return COARSE
                    .iter()
                    .find_map(|scale| {
                        let coarse: Vec<i64> =
                            prices.iter().map(|price| (price / TOP * scale).round() as i64).collect();
                        self.priced(&coarse)
                    })
                    .or_else(|| self.priced(&whole));
            }
            let mut filled: FxHashMap<u32, i64> = FxHashMap::default();
            for &seat in takes.iter().flat_map(|take| &take.seats) {
                *filled.entry(seat).or_default() += 1;
            }
            let pace = TOP / 8.0 * 0.95_f64.powi(step as i32);
            for (price, &(position, seats)) in prices.iter_mut().zip(&self.seats) {
                let missing = i64::from(seats) - filled.get(&position).copied().unwrap_or(0);
                *price = (*price + pace * (missing as f64).clamp(-3.0, 3.0)).clamp(0.0, TOP);
            }
        }
        None
    }

    /// The proof by prices found elsewhere, by position: of those seats that compete for the same people as the one.
    pub(super) fn at(problem: &'a Problem, one: PositionIndex, prices: &[i64]) -> Option<Witness> {
        let priced = |&p: &PositionIndex| prices[p as usize] > 0 && problem.position(p).minimum > 0;
        if !priced(&one) {
            return None;
        }
        let mut seen: FxHashSet<PositionIndex> = FxHashSet::from_iter([one]);
        let mut people: FxHashSet<VolunteerIndex> = FxHashSet::default();
        let mut open = vec![one];
        while let Some(position) = open.pop() {
            for &volunteer in problem.candidates(position).iter().filter(|&&v| people.insert(v)) {
                let others = problem.options(volunteer).iter().copied().filter(priced);
                open.extend(others.filter(|&other| seen.insert(other)));
            }
        }
        let claim = Self::new(problem, seen.into_iter().map(|p| (p, problem.position(p).minimum)).collect());
        let paid: Vec<i64> = claim.seats.iter().map(|seats| prices[seats.0 as usize]).collect();
        claim.priced(&paid)
    }

    fn takes(&self, prices: &[i64]) -> (Vec<Take>, i64) {
        let paid: FxHashMap<u32, i64> =
            self.seats.iter().zip(prices).map(|(seats, &price)| (seats.0, price)).collect();
        let price = |position: u32| paid.get(&position).copied().unwrap_or(0);
        let takes: Vec<Take> = self.people.iter().map(|&v| most(self.problem, v, price)).collect();
        let sum = takes.iter().map(|take| take.sum).sum();
        (takes, sum)
    }

    fn beyond(&self, prices: &[i64], people: i64) -> i64 {
        self.asked(prices) - people
    }

    fn asked(&self, prices: &[i64]) -> i64 {
        self.seats.iter().zip(prices).map(|(seats, price)| i64::from(seats.1) * price).sum()
    }

    /// The witness at these prices, if they prove it.
    fn priced(&self, prices: &[i64]) -> Option<Witness> {
        let (takes, most) = self.takes(prices);
        let asked = self.asked(prices);
        if most >= asked {
            return None;
        }
        let priced = self.seats.iter().zip(prices).filter(|(_, price)| **price > 0);
        let seats: Vec<PricedSeats> =
            priced.map(|(&(position, seats), &price)| PricedSeats { position, seats, price }).collect();
        let held = |v: u32| seats.iter().any(|s| self.problem.is_eligible(v, s.position));
        let people = self.people.iter().zip(&takes).filter(|(v, take)| take.sum > 0 || held(**v));
        let people = people.map(|(&volunteer, take)| Holder { volunteer, most: take.sum }).collect();
        Some(Witness { seats, people, asked, most })
    }
}
