//! All rosters of one volunteer that can be part of a better plan: depth first over the nights, with a completion bound.
//!
//! Unlike the dual's own minimum the list knows all rules of one volunteer, rest between nights too.

use super::unit::Column;
use crate::bound::model::{Link, Model};
use crate::bound::roster::{NEVER, Offer};

/// Nights times counts of nights and shifts that a completion bound may take.
const MOST_TAILS: usize = 2_000_000;

/// The rosters of `person` that are at what is offered no more than `room` above `least`, the least of them all. `None` if
/// looking for them takes more than `steps`.
pub(super) fn list(
    model: &Model<'_>,
    person: usize,
    offer: Offer<'_>,
    (least, room): (i64, i64),
    steps: usize,
) -> Option<Vec<Column>> {
    let mut walk = Walk::new(model, person, offer, least.saturating_add(room), steps)?;
    walk.night(0, State::default());
    walk.steps?;
    for column in &mut walk.found {
        column.slack = column.cost - least;
        column.links = (model.people[person].first_link..)
            .zip(model.links_of(person))
            .filter(|(_, link)| column.held.iter().any(|held| link.is_at(model.places[held.0 as usize])))
            .map(|(link, _)| link)
            .collect();
        // What it costs by itself.
        column.cost = 2 * column.cost - column.reduced(offer);
    }
    Some(walk.found)
}

/// What a roster of a person, sorted, costs by itself, scaled by `unit`.
pub(super) fn own_cost(model: &Model<'_>, person: usize, seats: &[u32], unit: i64) -> i64 {
    let row = model.options(person);
    let nights = model.nights;
    let mut cost = 0;
    let (mut venues, mut at_night): (Vec<u32>, Vec<bool>) = (Vec::new(), vec![false; nights]);
    for (count, seat) in (0..).zip(seats) {
        let Ok(option) = row.binary_search(seat) else { continue };
        let entry = model.entry(model.entry_of(model.entries_of_all(person), option));
        let place = model.places[*seat as usize];
        at_night[place.night as usize] = true;
        cost += entry.cost + model.increment(person, count);
        if !venues.contains(&place.venue) {
            venues.push(place.venue);
        }
    }
    for (night, served) in at_night.into_iter().enumerate() {
        let costs = if served { &model.serve_cost } else { &model.off_cost };
        cost += costs[person * nights + night];
    }
    (cost + model.continuity * (venues.len() as i64 - 1).max(0)) * unit
}

/// A position open to the person.
#[derive(Clone, Copy)]
struct Open {
    seat: u32,
    venue: u32,
    /// Cost less price.
    value: i64,
    /// Owed for the first shift at the venue on the night.
    theta: i64,
    required: bool,
}

/// What is held until now.
#[derive(Clone, Copy, Default)]
struct State {
    cost: i64,
    nights: usize,
    run: u32,
}

struct Walk<'a> {
    model: &'a Model<'a>,
    person: u32,
    options: Vec<Open>,
    /// By night: where its options begin.
    first: Vec<usize>,
    off: Vec<i64>,
    serve: Vec<i64>,
    /// By night: what the first so many shifts are worth at the best.
    best: Vec<Vec<i64>>,
    increments: Vec<i64>,
    most_nights: usize,
    most_shifts: usize,
    max_run: u32,
    continuity: i64,
    tail: Vec<i64>,
    limit: i64,
    held: Vec<usize>,
    /// `None` when there are no more.
    steps: Option<usize>,
    found: Vec<Column>,
}

impl<'a> Walk<'a> {
    fn new(model: &'a Model<'a>, person: usize, offer: Offer<'_>, limit: i64, steps: usize) -> Option<Self> {
        let nights = model.nights;
        let limits = &model.people[person];
        let row = model.options(person);
        let links = model.links_of(person);
        let theta = |index: usize| offer.companion[limits.first_link as usize + index];
        let amounts = |costs: &[i64]| -> Vec<i64> {
            costs[person * nights..(person + 1) * nights].iter().map(|&cost| cost * offer.unit).collect()
        };
        let (off, mut serve) = (amounts(&model.off_cost), amounts(&model.serve_cost));
        for (index, link) in links.iter().enumerate().filter(|(_, link)| link.venue == Link::ANY) {
            serve[link.night as usize] += theta(index);
        }
        let mut options = Vec::with_capacity(row.len());
        let mut first = Vec::with_capacity(nights + 1);
        for (option, &seat) in row.iter().enumerate() {
            let place = model.places[seat as usize];
            while first.len() <= place.night as usize {
                first.push(option);
            }
            let entry = model.entry(model.entry_of(model.entries_of_all(person), option));
            let here =
                links.iter().enumerate().filter(|(_, link)| link.venue != Link::ANY && link.is_at(place));
            options.push(Open {
                seat,
                venue: place.venue,
                value: entry.cost * offer.unit - offer.prices[seat as usize],
                theta: here.map(|(index, _)| theta(index)).sum(),
                required: entry.required,
            });
        }
        first.resize(nights + 1, row.len());
        let most_shifts = (limits.max_shifts as usize).min(row.len());
        let best: Vec<Vec<i64>> = (0..nights)
            .map(|night| {
                let here = &options[first[night]..first[night + 1]];
                let mut values: Vec<i64> =
                    here.iter().map(|option| option.value + option.theta.min(0)).collect();
                values.sort_unstable();
                let sums = values.into_iter().take(most_shifts).scan(0, |sum, value| {
                    *sum += value;
                    Some(*sum)
                });
                [0].into_iter().chain(sums).collect()
            })
            .collect();
        let most_nights = (limits.max_nights as usize).min(nights);
        let shifts = (most_nights * most_shifts).min(row.len());
        let increments =
            (0..=shifts + most_shifts).map(|shifts| model.increment(person, shifts) * offer.unit);
        if (nights + 1) * (most_nights + 1) * (shifts + 1) > MOST_TAILS {
            return None;
        }
        let mut walk = Self {
            model,
            person: person as u32,
            increments: increments.collect(),
            options,
            first,
            off,
            serve,
            best,
            most_nights,
            most_shifts,
            max_run: limits.max_run,
            continuity: model.continuity * offer.unit,
            tail: Vec::new(),
            limit,
            held: Vec::new(),
            steps: Some(steps),
            found: Vec::new(),
        };
        walk.complete(shifts);
        Some(walk)
    }

    fn is_required(&self, night: usize) -> usize {
        let here = &self.options[self.first[night]..self.first[night + 1]];
        here.iter().filter(|option| option.required).count()
    }

    fn at(&self, night: usize, nights: usize, shifts: usize) -> usize {
        let counts = self.counts();
        (night * (self.most_nights + 1) + nights) * counts + shifts.min(counts - 1)
    }

    /// Counts of shifts that the completion bound tells apart.
    fn counts(&self) -> usize {
        (self.most_nights * self.most_shifts).min(self.options.len()) + 1
    }

    /// The least from each night on, by nights and shifts until then: without continuity, runs, gaps and what is required.
    fn complete(&mut self, shifts: usize) {
        let nights = self.model.nights;
        self.tail = vec![0; (nights + 1) * (self.most_nights + 1) * (shifts + 1)];
        for night in (0..nights).rev() {
            for served in 0..=self.most_nights {
                for before in 0..=shifts {
                    let rest = self.off[night] + self.tail[self.at(night + 1, served, before)];
                    let mut least = if self.is_required(night) > 0 { NEVER } else { rest };
                    if served < self.most_nights && self.best[night].len() > 1 {
                        let way = self.onward(night, served, before, 1);
                        least = least.min(self.serve[night] + way);
                    }
                    let at = self.at(night, served, before);
                    self.tail[at] = least.min(NEVER);
                }
            }
        }
    }

    /// The least that at least `least` more shifts on a night that is served, and the nights after it, add.
    fn onward(&self, night: usize, served: usize, shifts: usize, least: usize) -> i64 {
        let mut sum = 0;
        let mut found = NEVER;
        for (more, &value) in self.best[night].iter().enumerate() {
            if more > 0 {
                let Some(increment) = self.increments.get(shifts + more - 1) else { break };
                sum += increment;
            }
            if more >= least {
                found = found.min(value + sum + self.tail[self.at(night + 1, served + 1, shifts + more)]);
            }
        }
        found
    }

    /// All that begins with what is held, from a night on.
    fn night(&mut self, night: usize, state: State) {
        if self.steps.is_none() {
            return;
        }
        if night == self.model.nights {
            if state.cost <= self.limit {
                let held = self.held.iter().map(|&option| (self.options[option].seat, self.person)).collect();
                self.found.push(Column { held, cost: state.cost, links: Vec::new(), slack: 0 });
            }
            return;
        }
        if state.cost + self.tail[self.at(night, state.nights, self.held.len())] > self.limit {
            return;
        }
        if self.is_required(night) == 0 {
            self.night(night + 1, State { cost: state.cost + self.off[night], run: 0, ..state });
        }
        let run = if self.model.follows[night] { state.run + 1 } else { 1 };
        if state.nights < self.most_nights && run <= self.max_run {
            let cost = state.cost + self.serve[night];
            self.pick(night, self.first[night], self.held.len(), State { cost, run, ..state });
        }
    }

    /// All ways to go on with a night on which what is held from `tonight` on, and nothing else before option `from`, is held.
    fn pick(&mut self, night: usize, from: usize, tonight: usize, state: State) {
        let Some(left) = self.steps.and_then(|steps| steps.checked_sub(1)) else {
            self.steps = None;
            return;
        };
        self.steps = Some(left);
        let taken = self.held.len() - tonight;
        if taken > 0 {
            let required = self.held[tonight..].iter().filter(|&&held| self.options[held].required).count();
            if required == self.is_required(night) {
                self.night(night + 1, State { nights: state.nights + 1, ..state });
            }
        }
        if taken == self.most_shifts {
            return;
        }
        for option in from..self.first[night + 1] {
            let Open { seat, venue, value, theta, .. } = self.options[option];
            let problem = self.model.problem;
            let shift = problem.shift_of(seat);
            let held = &self.held;
            if held.iter().any(|&other| problem.clash(problem.shift_of(self.options[other].seat), shift)) {
                continue;
            }
            let is_here = |&other: &usize| self.options[other].venue == venue;
            let mut cost = state.cost + value + self.increments[held.len()];
            if !held[tonight..].iter().any(is_here) {
                cost += theta;
            }
            if !held.is_empty() && !held.iter().any(is_here) {
                cost += self.continuity;
            }
            let mut best = i64::MAX;
            let mut sum = 0;
            for more in 0..(self.most_shifts - taken).min(self.best[night].len()) {
                if more > 0 {
                    sum += self.increments[held.len() + more];
                }
                let after = self.tail[self.at(night + 1, state.nights + 1, held.len() + 1 + more)];
                best = best.min(self.best[night][more] + sum + after);
            }
            if cost.saturating_add(best) > self.limit {
                continue;
            }
            self.held.push(option);
            self.pick(night, option + 1, tonight, State { cost, ..state });
            self.held.pop();
        }
    }
}
