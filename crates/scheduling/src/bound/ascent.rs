//! Subgradient ascent on the dual: prices rise where seats stay empty and fall where too many come.
//!
//! Volunteers are re-planned a block at a time and the prices move after each block (incremental subgradients: Nedić &
//! Bertsekas 2001), each coordinate with a step of its own from a moving mean and mean square of its subgradients (Kingma
//! & Ba 2015). Where a position's own share of the dual has a kink, the price stops at it. The mean of the prices of a
//! stretch is a better point than any of them.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::lagrangian::{Lagrangian, Stop};
use super::model::Model;
use super::pair;
use super::roster::{Roster, Scratch};
use super::steps::{Demand, Steps};
use super::value::{Level, Point, Value};

/// The price of essential goes this much faster: all that scale with it go along.
const MU_STEP: f64 = 3.0;

/// Fewer people than this are not worth a step of the prices.
const PEOPLE_IN_BLOCK: usize = 150;
/// With more eligible pairs passes are so few that hasty ones gain more than exact ones.
const MOST_PAIRS_EXACT: usize = 1_000_000;
/// More blocks than this gain nothing, unless there would be more than so many people in each: then prices hear too late
/// of what the people do, and five times the passes are needed.
pub(super) const MOST_BLOCKS: usize = 5;
const MOST_PEOPLE_IN_BLOCK: usize = 2_000;

/// The ascent in hand.
pub(super) struct Ascent {
    lagrangian: Lagrangian,
    blocks: usize,
    pub(super) point: Point,
    /// What a unit of essential adds to each price: the prices that prove essential.
    shares: Vec<f64>,
    sum: Point,
    summed: f64,
    rosters: Vec<Roster>,
    filled: Vec<i32>,
    price_steps: Steps,
    theta_steps: Steps,
    mu_steps: Steps,
}

impl Ascent {
    pub(super) fn new(model: &Model<'_>, level: Level, start: Point, shares: Vec<f64>) -> Self {
        let (seats, links, people) = (model.places.len(), model.link_count(), model.people.len());
        let damping = if level == Level::Essential { 1e-3 } else { 0.1 };
        Self {
            lagrangian: Lagrangian::new(model, level),
            blocks: Self::blocks(model),
            sum: Point { prices: vec![0.0; seats], theta: vec![0.0; links], mu: 0.0 },
            summed: 0.0,
            rosters: (0..people).map(|_| Roster::default()).collect(),
            filled: vec![0; seats],
            price_steps: Steps::new(seats, damping),
            theta_steps: Steps::new(links, damping),
            mu_steps: Steps::new(1, damping),
            point: start,
            shares,
        }
    }

    /// What prices prove, with the point where they stand. `None` if stopped.
    pub(super) fn try_prices(
        &mut self,
        model: &Model<'_>,
        prices: &[i64],
        stop: &Stop<'_>,
    ) -> Option<(Value, Point)> {
        let prices = prices.iter().map(|&price| price as f64).collect();
        let point = Point { prices, ..self.point.clone() };
        Some((self.lagrangian.evaluate(model, &point, &self.rosters, stop)?, point))
    }

    /// Blocks in a pass.
    pub(super) fn blocks(model: &Model<'_>) -> usize {
        let people = model.people.len();
        (people / PEOPLE_IN_BLOCK).clamp(1, MOST_BLOCKS).max(people / MOST_PEOPLE_IN_BLOCK)
    }

    /// Whether passes look for good rosters only, not for the best ones.
    pub(super) fn is_hasty(model: &Model<'_>) -> bool {
        model.problem.eligible_pairs() > MOST_PAIRS_EXACT
    }

    pub(super) fn level(&self) -> Level {
        self.lagrangian.level
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
    pub(super) fn pass(&mut self, model: &Model<'_>, step: f64, stop: &Stop<'_>) {
        let people = model.people.len();
        let hasty = Self::is_hasty(model);
        for block in 0..self.blocks {
            if stop() {
                return;
            }
            let people = block * people / self.blocks..(block + 1) * people / self.blocks;
            self.lagrangian.set(&self.point);
            let offer = self.lagrangian.offer();
            let rosters = &mut self.rosters[people.clone()];
            for &seat in rosters.iter().flat_map(|roster| &roster.seats) {
                self.filled[seat as usize] -= 1;
            }
            rosters.par_iter_mut().enumerate().with_min_len(self.lagrangian.grain).for_each_init(
                if hasty { Scratch::hasty } else { Scratch::default },
                |scratch, (index, roster)| {
                    // Who is not asked any more keeps the roster they had.
                    if !stop() {
                        scratch.renew_roster(model, people.start + index, offer, roster);
                    }
                },
            );
            for &seat in rosters.iter().flat_map(|roster| &roster.seats) {
                self.filled[seat as usize] += 1;
            }
            let short = self.move_prices(model, step);
            if let Level::Cost(target) = self.lagrangian.level {
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
            let welcome = if self.lagrangian.unit == 0 { 0.0 } else { position.desired_worth as f64 };
            let price = self.point.prices[at];
            let demand = Demand::new(minimum, desired, essential, welcome);
            let asked = demand.asked(price, filled);
            let mut next = price + self.price_steps.next(at, asked - filled, step);
            for kink in demand.kinks {
                if (price < kink && next > kink) || (price > kink && next < kink) {
                    next = kink;
                }
            }
            if self.lagrangian.unit == 0 {
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
            let Lagrangian { theta, unit, chosen, .. } = &mut self.lagrangian;
            pair::least(coupling, theta, *unit, chosen);
        }
        for person in people {
            let first = model.people[person].first_link as usize;
            for (index, &active) in self.rosters[person].active.iter().enumerate() {
                let at = first + index;
                let subgradient =
                    f64::from(u8::from(active)) - f64::from(u8::from(self.lagrangian.chosen[at]));
                self.point.theta[at] += self.theta_steps.next(at, subgradient, step);
            }
        }
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
    /// transportation problem, whose best prices are whole numbers: there the mean is also tried rounded. `None` if stopped.
    pub(super) fn harvest(&mut self, model: &Model<'_>, stop: &Stop<'_>) -> Option<(Value, Point)> {
        let mean = self.take_mean();
        let mut best = (self.lagrangian.evaluate(model, &mean, &self.rosters, stop)?, mean);
        if self.lagrangian.level == Level::Essential {
            let mean = best.1.clone();
            for (parts, up) in [(1.0, 0.25), (1.0, 0.5), (1.0, 0.75), (2.0, 0.5)] {
                let prices = mean.prices.iter().map(|price| (price * parts + up).floor() / parts).collect();
                let point = Point { prices, ..mean.clone() };
                let value = self.lagrangian.evaluate(model, &point, &self.rosters, stop)?;
                if value.total > best.0.total {
                    best = (value, point);
                }
            }
        }
        Some(best)
    }
}
