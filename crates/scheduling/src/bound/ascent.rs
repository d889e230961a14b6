//! Subgradient ascent on the dual: prices rise where seats stay empty and fall where too many come.
//!
//! Volunteers are re-planned a block at a time and the prices move after each block (incremental subgradients: Nedić &
//! Bertsekas 2001), each coordinate with a step of its own from a moving mean and mean square of its subgradients (Kingma
//! & Ba 2015). Where a position's own share of the dual has a kink, the price stops at it. The mean of the prices of a
//! stretch is a better point than any of them.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::model::{Decision, Fate, Model};
use super::pair;
use super::roster::{Offer, Roster, Scratch};

/// Bounds stay below this, as every score does.
const CEILING: i128 = 1 << 60;
/// Prices and multipliers stay within this, scaled.
const MOST_PRICE: f64 = (1_i64 << 44) as f64;
/// The price of one unit of essential stays within this, scaled.
const MOST_MU: f64 = (1_i64 << 38) as f64;
/// Memory of the mean and of the mean square of the subgradients.
const FIRST: f64 = 0.2;
const SECOND: f64 = 0.95;
/// The price of essential goes this much faster: all that scale with it go along.
const MU_STEP: f64 = 3.0;

/// Fewer people than this are not worth a step of the prices.
const PEOPLE_IN_BLOCK: usize = 150;
/// More blocks than this gain nothing.
pub(super) const MOST_BLOCKS: usize = 5;
/// People worth handing to another thread.
const GRAIN: usize = 16;

/// What the dual bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Essential alone: all other weights count as 0.
    Essential,
    /// The cost of plans with this much essential.
    Cost(i64),
}

impl Level {
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

/// Moving mean and mean square of subgradients.
#[derive(Clone, Default)]
struct Steps {
    damping: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Steps {
    fn new(count: usize, damping: f64) -> Self {
        Self { damping, mean: vec![0.0; count], square: vec![0.0; count] }
    }

    /// How far to go along coordinate `at`.
    fn next(&mut self, at: usize, subgradient: f64, step: f64) -> f64 {
        let (mean, square) = (&mut self.mean[at], &mut self.square[at]);
        *mean = FIRST * *mean + (1.0 - FIRST) * subgradient;
        *square = SECOND * *square + (1.0 - SECOND) * subgradient * subgradient;
        step * *mean / (square.sqrt() + self.damping)
    }
}

/// The ascent in hand.
pub(super) struct Ascent {
    level: Level,
    /// People planned by one thread before another may take over.
    grain: usize,
    bits: u32,
    /// One unit of cost, scaled; 0 when only essential counts.
    unit: i64,
    blocks: usize,
    pub(super) point: Point,
    /// What a unit of essential adds to each price: the prices that prove essential.
    shares: Vec<f64>,
    sum: Point,
    summed: f64,
    prices: Vec<i64>,
    theta: Vec<i64>,
    rosters: Vec<Roster>,
    filled: Vec<i32>,
    /// By link: whether its event happens in the person's roster, and in the pair's minimum.
    active: Vec<bool>,
    chosen: Vec<bool>,
    price_steps: Steps,
    theta_steps: Steps,
    mu_steps: Steps,
}

impl Ascent {
    pub(super) fn new(model: &Model<'_>, level: Level, start: Point, shares: Vec<f64>) -> Self {
        let (seats, links, people) = (model.places.len(), model.link_count(), model.people.len());
        // At the essential level all costs are 0, so that the scale need not leave room for them.
        let (bits, unit, damping) = match level {
            Level::Essential => (16, 0, 1e-3),
            Level::Cost(_) => (model.bits, 1 << model.bits, 0.1),
        };
        Self {
            level,
            grain: GRAIN,
            bits,
            unit,
            blocks: Self::blocks(model),
            sum: Point { prices: vec![0.0; seats], theta: vec![0.0; links], mu: 0.0 },
            summed: 0.0,
            prices: vec![0; seats],
            theta: vec![0; links],
            rosters: (0..people).map(|_| Roster::default()).collect(),
            filled: vec![0; seats],
            active: vec![false; links],
            chosen: vec![false; links],
            price_steps: Steps::new(seats, damping),
            theta_steps: Steps::new(links, damping),
            mu_steps: Steps::new(1, damping),
            point: start,
            shares,
        }
    }

    /// Blocks in a pass.
    pub(super) fn blocks(model: &Model<'_>) -> usize {
        (model.people.len() / PEOPLE_IN_BLOCK).clamp(1, MOST_BLOCKS)
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// The same on one thread, for callers that have others to do.
    pub(super) fn alone(mut self) -> Self {
        self.grain = usize::MAX;
        self
    }

    /// Goes on from another point. Subgradients of less than about `damping` seats count as small from now on: without
    /// that the ascent stalls beside the summit.
    pub(super) fn restart(&mut self, point: Point, damping: f64) {
        self.point = point;
        for steps in [&mut self.price_steps, &mut self.theta_steps, &mut self.mu_steps] {
            steps.damping = damping;
        }
    }

    /// The rosters of the dual's solution, by person.
    pub(super) fn rosters(&self) -> &[Roster] {
        &self.rosters
    }

    /// Re-plans everyone once, a block at a time, with steps of the length `step` (in units of cost).
    pub(super) fn pass(&mut self, model: &Model<'_>, step: f64) {
        let people = model.people.len();
        for block in 0..self.blocks {
            let people = block * people / self.blocks..(block + 1) * people / self.blocks;
            self.round_point();
            let offer = Offer { prices: &self.prices, companion: &self.theta, unit: self.unit };
            let rosters = &mut self.rosters[people.clone()];
            for &seat in rosters.iter().flat_map(|roster| &roster.seats) {
                self.filled[seat as usize] -= 1;
            }
            rosters.par_iter_mut().enumerate().with_min_len(self.grain).for_each_init(
                Scratch::default,
                |scratch, (index, roster)| {
                    scratch.best_roster(model, people.start + index, offer, roster);
                },
            );
            for &seat in rosters.iter().flat_map(|roster| &roster.seats) {
                self.filled[seat as usize] += 1;
            }
            let short = self.move_prices(model, step);
            if let Level::Cost(target) = self.level {
                let further = self.mu_steps.next(0, short - target as f64, step * MU_STEP);
                self.move_mu(model, further);
                self.move_theta(model, people, step);
            }
            self.add_to_sum();
        }
    }

    /// Returns the essential of the positions' share.
    fn move_prices(&mut self, model: &Model<'_>, step: f64) -> f64 {
        let mut short = 0.0;
        for (at, position) in model.problem.positions.iter().enumerate() {
            let filled = f64::from(self.filled[at]);
            let (minimum, desired) = (f64::from(position.minimum), f64::from(position.desired));
            let essential = self.point.mu * position.essential_worth as f64;
            let welcome = if self.unit == 0 { 0.0 } else { position.desired_worth as f64 };
            let price = self.point.prices[at];
            let demand = Demand::new(minimum, desired, essential, welcome);
            let asked = demand.asked(price, filled);
            let mut next = price + self.price_steps.next(at, asked - filled, step);
            for kink in demand.kinks {
                if (price < kink && next > kink) || (price > kink && next < kink) {
                    next = kink;
                }
            }
            if self.unit == 0 {
                // Nobody pays to serve when only essential counts.
                next = next.max(0.0);
            }
            self.point.prices[at] = next;
            let missing = (minimum - demand.asked(next, filled)).max(0.0);
            short += missing * position.essential_worth as f64 + self.shares[at] * (asked - filled);
        }
        short
    }

    /// Moves the price of essential by `further`, and with it the prices, each by its share.
    fn move_mu(&mut self, model: &Model<'_>, further: f64) {
        let before = self.point.mu;
        self.point.mu = (before + further).max(0.0);
        let moved = self.point.mu - before;
        for ((position, price), share) in
            model.problem.positions.iter().zip(&mut self.point.prices).zip(&self.shares)
        {
            let worth = position.essential_worth as f64;
            if price.total_cmp(&(before * worth)) == Ordering::Equal {
                *price = self.point.mu * worth;
            } else {
                *price += moved * share;
            }
        }
    }

    fn move_theta(&mut self, model: &Model<'_>, people: std::ops::Range<usize>, step: f64) {
        for coupling in &model.couplings {
            pair::least(coupling, &self.theta, self.unit, &mut self.chosen);
        }
        for person in people {
            let first = model.people[person].first_link as usize;
            for (index, &active) in self.rosters[person].active.iter().enumerate() {
                let at = first + index;
                self.active[at] = active;
                let subgradient = f64::from(u8::from(active)) - f64::from(u8::from(self.chosen[at]));
                self.point.theta[at] += self.theta_steps.next(at, subgradient, step);
            }
        }
    }

    fn round_point(&mut self) {
        round(&self.point.prices, self.bits, &mut self.prices);
        round(&self.point.theta, self.bits, &mut self.theta);
    }

    fn add_to_sum(&mut self) {
        let add = |sum: &mut [f64], part: &[f64]| {
            for (sum, part) in sum.iter_mut().zip(part) {
                *sum += part;
            }
        };
        add(&mut self.sum.prices, &self.point.prices);
        add(&mut self.sum.theta, &self.point.theta);
        self.sum.mu += self.point.mu;
        self.summed += 1.0;
    }

    /// The mean of the points since it was last asked for.
    fn take_mean(&mut self) -> Point {
        let count = self.summed.max(1.0);
        let mean = |values: &mut [f64]| {
            let mean = values.iter().map(|sum| sum / count).collect();
            values.fill(0.0);
            mean
        };
        let point = Point {
            prices: mean(&mut self.sum.prices),
            theta: mean(&mut self.sum.theta),
            mu: self.sum.mu / count,
        };
        self.sum.mu = 0.0;
        self.summed = 0.0;
        point
    }

    /// The best point that the passes since the last call lead to, and its value. The essential level is nearly a
    /// transportation problem, whose best prices are whole numbers: there the mean is also tried rounded.
    pub(super) fn harvest(&mut self, model: &Model<'_>) -> (Value, Point) {
        let mean = self.take_mean();
        let mut best = (self.evaluate(model, &mean), mean);
        if self.level == Level::Essential {
            let mean = best.1.clone();
            for (parts, up) in [(1.0, 0.25), (1.0, 0.5), (1.0, 0.75), (2.0, 0.5)] {
                let prices = mean.prices.iter().map(|price| (price * parts + up).floor() / parts).collect();
                let point = Point { prices, ..mean.clone() };
                let value = self.evaluate(model, &point);
                if value.total > best.0.total {
                    best = (value, point);
                }
            }
        }
        best
    }

    /// The open options that no plan below `limit` (scaled) can take, or can do without: forcing one on its volunteer, or
    /// taking away one they hold, would lift the dual at `point` that far (reduced cost fixing).
    pub(super) fn fix(&mut self, model: &Model<'_>, point: &Point, limit: i128) -> Vec<Decision> {
        let room = limit - self.evaluate(model, point).beyond(self.level.target());
        let offer = Offer { prices: &self.prices, companion: &self.theta, unit: self.unit };
        let decisions: Vec<Vec<Decision>> = (0..model.people.len())
            .into_par_iter()
            .with_min_len(self.grain)
            .map_init(
                || (model.clone(), Scratch::default(), Roster::default(), Roster::default()),
                |(model, scratch, best, other), person| {
                    let least = scratch.best_roster(model, person, offer, best);
                    let mut found = Vec::new();
                    for (option, seat) in model.options(person).iter().enumerate() {
                        if model.fate(person, option) != Fate::Open {
                            continue;
                        }
                        let [usual, against] = if best.seats.contains(seat) {
                            [Fate::Always, Fate::Never]
                        } else {
                            [Fate::Never, Fate::Always]
                        };
                        let forced = model.supposing(Decision { person, option, fate: against }, |model| {
                            scratch.best_roster(model, person, offer, other)
                        });
                        if i128::from(forced) - i128::from(least) >= room {
                            found.push(Decision { person, option, fate: usual });
                        }
                    }
                    found
                },
            )
            .collect();
        decisions.concat()
    }

    /// The dual at a point, exactly.
    pub(super) fn evaluate(&mut self, model: &Model<'_>, point: &Point) -> Value {
        round(&point.prices, self.bits, &mut self.prices);
        round(&point.theta, self.bits, &mut self.theta);
        let scale = (1_i64 << self.bits) as f64;
        // At the essential level a unit of essential is what is measured.
        let mu = if self.unit == 0 {
            1 << self.bits
        } else {
            (point.mu * scale).round().clamp(0.0, MOST_MU) as i64
        };
        let offer = Offer { prices: &self.prices, companion: &self.theta, unit: self.unit };
        let mut total: i128 = (0..model.people.len())
            .into_par_iter()
            .with_min_len(self.grain)
            .map_init(
                || (Scratch::default(), Roster::default()),
                |(scratch, roster), person| i128::from(scratch.best_roster(model, person, offer, roster)),
            )
            .sum();
        for (position, &price) in model.problem.positions.iter().zip(&self.prices) {
            let price = i128::from(price);
            let (minimum, desired) = (i128::from(position.minimum), i128::from(position.desired));
            let essential = i128::from(mu) * i128::from(position.essential_worth) * minimum;
            let lacking = i128::from(position.desired_worth) * i128::from(self.unit) * (desired - minimum);
            // Convex or not, the least is where a piece begins or ends.
            total += (essential + lacking).min(lacking + price * minimum).min(price * desired);
        }
        for coupling in &model.couplings {
            total += i128::from(pair::least(coupling, &self.theta, self.unit, &mut self.chosen));
        }
        total += model.constant * i128::from(self.unit);
        Value { bits: self.bits, total, mu }
    }
}

/// How many seats a position asks for at a price: more below each kink.
struct Demand {
    /// Never rising.
    kinks: [f64; 2],
    /// Seats asked above the first kink, between the two and below the second.
    seats: [f64; 3],
}

impl Demand {
    fn new(minimum: f64, desired: f64, essential: f64, welcome: f64) -> Self {
        if essential >= welcome {
            Self { kinks: [essential, welcome], seats: [0.0, minimum, desired] }
        } else {
            // Essential is worth less than what is desired beyond it: all or nothing.
            let worth = (essential * minimum + welcome * (desired - minimum)) / desired.max(1.0);
            Self { kinks: [worth, worth], seats: [0.0, 0.0, desired] }
        }
    }

    /// The subgradient nearest to what is filled.
    fn asked(&self, price: f64, filled: f64) -> f64 {
        let (mut least, mut most) = (self.seats[0], self.seats[2]);
        for (index, &kink) in self.kinks.iter().enumerate() {
            match price.total_cmp(&kink) {
                Ordering::Greater => most = most.min(self.seats[index]),
                Ordering::Equal => {}
                Ordering::Less => least = least.max(self.seats[index + 1]),
            }
        }
        filled.clamp(least, most)
    }
}

fn round(values: &[f64], bits: u32, into: &mut [i64]) {
    let scale = (1_i64 << bits) as f64;
    for (value, into) in values.iter().zip(into) {
        *into = (value * scale).round().clamp(-MOST_PRICE, MOST_PRICE) as i64;
    }
}
