//! A plan to begin with where people are too few: everyone in turn takes their best nights at what seats go for.
//!
//! A free seat is worth to whoever takes it what it is worth to the festival; a taken one what the scarcest hand is worth,
//! less a little more each time it changes hands, so that the bidding ends. Whoever loses a seat chooses anew
//! (Bertsekas 1988). People's best rosters are the dual's own, by dynamic programming over all their nights, so that
//! a pass costs what a pass of the bound does.

use std::collections::VecDeque;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::dual::Dual;
use super::lagrangian::MOST_PRICE;
use super::model::{Model, mix};
use super::roster::{Offer, Roster as Choice, Scratch};
use crate::problem::{PositionIndex, Problem};
use crate::roster::{Roster, Trial};

/// How much more a seat costs each time, as shares of what an essential point is worth: coarse, then finer.
const STEPS: [f64; 3] = [0.5, 0.25, 0.1];
/// Choices by person and step, after which the bidding ends as it is.
const MOST_CHOICES: usize = 6;
/// People who choose at the same time, whatever the number of threads.
const AT_ONCE: usize = 64;

impl Dual<'_> {
    /// Bids for the seats of a roster, which may end with fewer of them filled, or until `stop`.
    pub(crate) fn auction(&self, roster: &mut Roster<'_>, stop: &(dyn Fn() -> bool + Sync)) {
        for step in STEPS {
            Auction::new(self.model(), roster, step).run(roster, stop);
        }
        debug_assert!(roster.is_sound());
    }
}

struct Auction<'a> {
    model: &'a Model<'a>,
    /// What an essential point is worth, and how much dearer a seat becomes each time; scaled, as all amounts here.
    essential: i64,
    step: i64,
    /// By position: how much less than the festival has from its last seat, whoever takes that from another has.
    paid: Vec<i64>,
    /// By position: what one more person there has from it.
    prices: Vec<i64>,
    /// Of no companions: what they owe each other is left to the search.
    theta: Vec<i64>,
}

/// Room for one thread to work in.
struct Desk {
    scratch: Scratch,
    prices: Vec<i64>,
    choice: Choice,
}

impl<'a> Auction<'a> {
    fn new(model: &'a Model<'a>, roster: &Roster<'_>, step: f64) -> Self {
        let positions = &model.problem.positions;
        let unit = (1_i64 << model.bits) as f64;
        let essential = (model.size.essential_price() * unit) as i64;
        let worths = positions.iter().map(|position| position.essential_worth);
        // What one more hand is worth where they are short everywhere: the least of what lies undone.
        let least = model.least_essential();
        let mut auction = Self {
            model,
            essential,
            step: ((essential as f64 * step) as i64).max(1),
            paid: worths.map(|worth| essential.saturating_mul(worth - least).max(0)).collect(),
            prices: Vec::new(),
            theta: vec![0; model.link_count()],
        };
        let all = 0..positions.len() as u32;
        auction.prices = all.map(|position| auction.price(position, roster.filled(position))).collect();
        auction
    }

    /// What someone has from a position that `filled` others hold.
    fn price(&self, position: PositionIndex, filled: u32) -> i64 {
        let wanted = &self.model.problem.positions[position as usize];
        let worth = |filled: u32| {
            if filled < wanted.minimum {
                self.essential.saturating_mul(wanted.essential_worth)
            } else {
                wanted.desired_worth.saturating_mul(1 << self.model.bits)
            }
        };
        let price = if filled < wanted.desired {
            // Less than a unit of cost more: else all would choose the first of equal seats.
            let more = mix(u64::from(position)) & ((1 << self.model.bits) - 1);
            worth(filled).saturating_add(more as i64)
        } else if wanted.desired == 0 {
            -MOST_PRICE
        } else {
            worth(filled - 1).saturating_sub(self.paid[position as usize]).saturating_sub(self.step)
        };
        price.clamp(-MOST_PRICE, MOST_PRICE)
    }

    fn run(&mut self, roster: &mut Roster<'_>, stop: &(dyn Fn() -> bool + Sync)) {
        let model = self.model;
        let mut queue: VecDeque<usize> =
            (0..model.people.len()).filter(|&who| self.may_choose(who)).collect();
        let mut is_queued = vec![true; model.people.len()];
        let person_of = model.people_by_volunteer();
        let mut left = MOST_CHOICES * queue.len();
        while !queue.is_empty() && left > 0 && !stop() {
            let people: Vec<usize> = queue.drain(..AT_ONCE.min(queue.len())).collect();
            left = left.saturating_sub(people.len());
            let choices = self.choices(roster, &people);
            let mut touched = FxHashSet::default();
            for (person, choice) in people.into_iter().zip(choices) {
                is_queued[person] = false;
                if choice.iter().any(|position| touched.contains(position)) {
                    // Someone who chose at the same time was here first.
                    is_queued[person] = true;
                    queue.push_back(person);
                    continue;
                }
                for loser in self.seat(roster, person, &choice, &mut touched) {
                    let loser = person_of[loser as usize] as usize;
                    if !std::mem::replace(&mut is_queued[loser], true) && self.may_choose(loser) {
                        queue.push_back(loser);
                    }
                }
            }
        }
    }

    /// Whether nothing is locked for them: what is locked is seats, and the dynamic programme knows shifts.
    fn may_choose(&self, person: usize) -> bool {
        let volunteer = self.model.order[person];
        let locked = &self.model.problem.locked;
        locked
            .get(locked.partition_point(|&(who, _)| who < volunteer))
            .is_none_or(|&(who, _)| who != volunteer)
    }

    /// What each of these people would choose if they were the only ones to move, sorted.
    fn choices(&self, roster: &Roster<'_>, people: &[usize]) -> Vec<Vec<PositionIndex>> {
        let desk =
            || Desk { scratch: Scratch::hasty(), prices: self.prices.clone(), choice: Choice::default() };
        let choose = |desk: &mut Desk, &person: &usize| {
            let held = roster.held(self.model.order[person]);
            for &position in held {
                desk.prices[position as usize] = self.price(position, roster.filled(position) - 1);
            }
            desk.choice.seats.clear();
            desk.choice.seats.extend_from_slice(held);
            let unit = 1 << self.model.bits;
            let offer = Offer { prices: &desk.prices, companion: &self.theta, unit };
            desk.scratch.renew_roster(self.model, person, offer, &mut desk.choice);
            for &position in held {
                desk.prices[position as usize] = self.prices[position as usize];
            }
            let mut seats = desk.choice.seats.clone();
            seats.sort_unstable();
            seats
        };
        people.par_iter().with_min_len(AT_ONCE / 8).map_init(desk, choose).collect()
    }

    /// Gives a person what they chose, as far as all rules allow; returns those who lost a seat by it.
    fn seat(
        &mut self,
        roster: &mut Roster<'_>,
        person: usize,
        choice: &[PositionIndex],
        touched: &mut FxHashSet<PositionIndex>,
    ) -> Vec<u32> {
        let problem: &Problem = self.model.problem;
        let volunteer = self.model.order[person];
        let held = roster.held(volunteer).to_vec();
        if held == choice {
            return Vec::new();
        }
        let (mut trial, mut losers) = (Trial::default(), Vec::new());
        for &position in held.iter().filter(|position| !choice.contains(position)) {
            trial.remove(roster, volunteer, position);
        }
        for &position in choice.iter().filter(|position| !held.contains(position)) {
            if !trial.fits(roster, volunteer, position) {
                continue;
            }
            if roster.filled(position) >= problem.position(position).desired {
                let is_free = |&&loser: &&u32| problem.locked.binary_search(&(loser, position)).is_err();
                let Some(&loser) = roster.crew(position).iter().find(is_free) else { continue };
                trial.remove(roster, loser, position);
                self.paid[position as usize] = self.paid[position as usize].saturating_add(self.step);
                losers.push(loser);
            }
            trial.insert(roster, volunteer, position);
        }
        let more = trial.weigh(roster);
        roster.take_over(&trial, more);
        for &position in held.iter().chain(choice) {
            touched.insert(position);
            self.prices[position as usize] = self.price(position, roster.filled(position));
        }
        losers
    }
}
