//! The dual function, in integers: what volunteers, positions and companions lose at their best, apart.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::model::{Coupling, Decision, Fate, Model};
use super::pair;
use super::roster::{Offer, Roster, Scratch};
use super::value::{Level, Point, Value};
use crate::problem::Position;

/// Prices and multipliers stay within this, scaled.
pub(super) const MOST_PRICE: i64 = 1 << 44;
/// The price of one unit of essential stays within this, scaled.
const MOST_MU: f64 = (1_i64 << 38) as f64;
/// People worth handing to another thread.
const GRAIN: usize = 16;

/// How many people a position has, at least and at most.
pub(super) type Heads = [u32; 2];

/// Whether to stop; it is asked often, from any thread.
pub(super) type Stop<'a> = dyn Fn() -> bool + Sync + 'a;

/// The dual function of one level, with the prices at which it is being looked at.
pub(super) struct Lagrangian {
    pub(super) level: Level,
    /// People planned by one thread before another may take over.
    pub(super) grain: usize,
    bits: u32,
    /// One unit of cost, scaled; 0 when only essential counts.
    pub(super) unit: i64,
    prices: Vec<i64>,
    pub(super) theta: Vec<i64>,
    /// By link: whether its event happens in the pair's minimum.
    pub(super) chosen: Vec<bool>,
}

impl Lagrangian {
    pub(super) fn new(model: &Model<'_>, level: Level) -> Self {
        // At the essential level all costs are 0, so that the scale need not leave room for them.
        let (bits, unit) = match level {
            Level::Essential => (16, 0),
            Level::Cost(_) => (model.bits, 1 << model.bits),
        };
        let links = model.link_count();
        Self {
            level,
            grain: GRAIN,
            bits,
            unit,
            prices: vec![0; model.places.len()],
            theta: vec![0; links],
            chosen: vec![false; links],
        }
    }

    /// The same on one thread, for callers that have others to do.
    pub(super) fn alone(model: &Model<'_>, level: Level) -> Self {
        Self { grain: usize::MAX, ..Self::new(model, level) }
    }

    /// Looks at a point.
    pub(super) fn set(&mut self, point: &Point) {
        round(&point.prices, self.bits, &mut self.prices);
        round(&point.theta, self.bits, &mut self.theta);
    }

    /// What is offered at the point looked at.
    pub(super) fn offer(&self) -> Offer<'_> {
        Offer { prices: &self.prices, companion: &self.theta, unit: self.unit }
    }

    /// The open options that no plan below `limit` (scaled) can take, or can do without: forcing one on its volunteer, or
    /// taking away one they hold, would lift the dual from its value at the point that far (reduced cost fixing).
    pub(super) fn fix(
        &mut self,
        model: &Model<'_>,
        (point, value): (&Point, Value),
        limit: i128,
    ) -> Vec<Decision> {
        let room = limit - value.beyond(self.level.target());
        self.set(point);
        let offer = self.offer();
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

    /// The dual at a point, exactly; `None` if it was stopped before everyone was asked. `held` are rosters of the people
    /// that were best nearby.
    pub(super) fn evaluate(
        &mut self,
        model: &Model<'_>,
        point: &Point,
        held: &[Roster],
        stop: &Stop<'_>,
    ) -> Option<Value> {
        self.set(point);
        let offer = self.offer();
        // Whoever is left out must show, whatever `stop` says later.
        let skipped = AtomicBool::new(false);
        let people: i128 = (0..model.people.len())
            .into_par_iter()
            .with_min_len(self.grain)
            .map_init(
                || (Scratch::default(), Roster::default()),
                |(scratch, roster), person| {
                    if stop() {
                        skipped.store(true, Ordering::Relaxed);
                        return 0;
                    }
                    roster.seats.clone_from(&held[person].seats);
                    i128::from(scratch.renew_roster(model, person, offer, roster))
                },
            )
            .sum();
        (!skipped.into_inner()).then(|| self.value(model, point.mu, people))
    }

    /// The same, with everyone's best roster, sorted, and what it costs by itself. Of people of whom nothing is open
    /// the roster at hand is kept, if there is one.
    pub(super) fn respond(
        &mut self,
        model: &Model<'_>,
        point: &Point,
        rosters: &mut Vec<(Roster, i64)>,
    ) -> Value {
        self.set(point);
        let offer = self.offer();
        rosters.resize_with(model.people.len(), Default::default);
        let mut scratch = Scratch::default();
        let mut people = 0;
        for (person, (roster, cost)) in rosters.iter_mut().enumerate() {
            let kept =
                !roster.seats.is_empty() && !model.is_open(person) && model.allows(person, &roster.seats);
            let least = (!kept).then(|| scratch.best_roster(model, person, offer, roster));
            let paid: i64 = roster.seats.iter().map(|&seat| self.prices[seat as usize]).sum();
            let links = self.theta[model.people[person].first_link as usize..].iter().zip(&roster.active);
            let linked: i64 = links.filter(|&(_, &active)| active).map(|(theta, _)| theta).sum();
            if let Some(least) = least {
                *cost = least + paid - linked;
                roster.seats.sort_unstable();
            }
            people += i128::from(*cost + linked - paid);
        }
        self.value(model, point.mu, people)
    }

    /// The whole, given what the people add to it.
    pub(super) fn value(&mut self, model: &Model<'_>, mu: f64, people: i128) -> Value {
        self.value_within(model, mu, people, None)
    }

    /// The same for plans in which each position has so many people, at least and at most, and loses so much more for each.
    pub(super) fn value_within(
        &mut self,
        model: &Model<'_>,
        mu: f64,
        people: i128,
        within: Option<(&[Heads], &[i64])>,
    ) -> Value {
        let mu = self.scaled_mu(mu);
        let mut total = people;
        for (at, position) in model.problem.positions.iter().enumerate() {
            let (heads, more) =
                within.map_or(([0, position.desired], 0), |(heads, more)| (heads[at], more[at]));
            // Convex or not, the least is where a piece begins or ends.
            let kink = position.minimum.clamp(heads[0], heads[1]);
            let worth = |filled| {
                self.worth_of_heads(position, at, mu, filled) + i128::from(more) * i128::from(filled)
            };
            total += worth(heads[0]).min(worth(kink)).min(worth(heads[1]));
        }
        for coupling in &model.couplings {
            total += i128::from(pair::least(coupling, &self.theta, self.unit, &mut self.chosen));
        }
        total += model.constant * i128::from(self.unit);
        Value { bits: self.bits, total, mu }
    }

    /// The price of essential as it is counted.
    pub(super) fn scaled_mu(&self, mu: f64) -> i64 {
        // At the essential level a unit of essential is what is measured.
        let one = 1_i64 << self.bits;
        if self.unit == 0 { one } else { (mu * one as f64).round().clamp(-MOST_MU, MOST_MU) as i64 }
    }

    /// What a position with so many people loses, and pays them, at the prices looked at.
    pub(super) fn worth_of_heads(&self, position: &Position, at: usize, mu: i64, filled: u32) -> i128 {
        let short = i128::from(position.minimum.saturating_sub(filled));
        let lacking = i128::from(position.desired - position.minimum.max(filled));
        i128::from(mu) * i128::from(position.essential_worth) * short
            + i128::from(position.desired_worth) * i128::from(self.unit) * lacking
            + i128::from(self.prices[at]) * i128::from(filled)
    }

    /// One unit of cost, or at the essential level of essential.
    pub(super) fn scale(&self) -> f64 {
        (1_i64 << self.bits) as f64
    }

    /// An amount in units of cost.
    pub(super) fn amount(&self, scaled: i64) -> f64 {
        scaled as f64 / self.scale()
    }

    /// What the pair's minimum at the point looked at costs by itself, and its events, by link.
    pub(super) fn pair(&mut self, coupling: &Coupling) -> (f64, Vec<u32>) {
        let least = pair::least(coupling, &self.theta, self.unit, &mut self.chosen);
        let links =
            coupling.sides.iter().flat_map(|side| side.first_link..=side.first_link + coupling.common);
        let events: Vec<u32> = links.filter(|&link| self.chosen[link as usize]).collect();
        let linked: i64 = events.iter().map(|&link| self.theta[link as usize]).sum();
        (self.amount(least + linked), events)
    }
}

fn round(values: &[f64], bits: u32, into: &mut [i64]) {
    let scale = (1_i64 << bits) as f64;
    for (value, into) in values.iter().zip(into) {
        *into = (value * scale).round().clamp(-MOST_PRICE as f64, MOST_PRICE as f64) as i64;
    }
}
