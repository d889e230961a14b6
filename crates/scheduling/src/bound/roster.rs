//! One volunteer's best roster under the prices, exactly: a label-setting dynamic programme over the nights.
//!
//! A label is a set of nights behind it (shifts, nights, running consecutive nights, venues as bits). Labels that another
//! one beats whatever follows are dropped, and so are labels that a relaxed programme without continuity, run backwards first,
//! shows to be worse than a greedy roster in hand (resource-constrained shortest paths: Desrochers & Soumis 1988;
//! completion bounds: Christofides, Mingozzi & Toth 1981).

mod choices;
mod labels;

use super::model::{Link, Model};

/// Far above any cost, far below overflow when a few are added.
pub(super) const NEVER: i64 = i64::MAX / 8;

/// What the prices are when volunteers choose.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    /// Paid for a seat, by position, scaled.
    pub(super) prices: &'a [i64],
    /// Added to a volunteer's cost by companion multiplier, scaled.
    pub(super) companion: &'a [i64],
    /// One unit of cost, scaled; 0 when only essential seats count.
    pub(super) unit: i64,
}

/// A volunteer's roster in the dual's solution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roster {
    /// Positions held.
    pub(super) seats: Vec<u32>,
    /// By link of the volunteer: whether its event happens.
    pub(super) active: Vec<bool>,
}

/// One way to spend a night: which shifts, through their best seats.
#[derive(Clone, Copy)]
struct Choice {
    value: i64,
    venues: u64,
    shifts: u32,
    first_pick: u32,
}

#[derive(Clone, Copy)]
struct Label {
    cost: i64,
    /// No roster on from here costs less.
    least: i64,
    venues: u64,
    shifts: u32,
    nights: u16,
    run: u16,
    /// Index of the choice taken this night, or `u32::MAX` for a night off.
    choice: u32,
    parent: u32,
}

/// A shift open to the volunteer on the night at hand, at its best seat.
#[derive(Clone, Copy)]
struct Open {
    value: i64,
    shift: u32,
    seat: u32,
    bit: u8,
    required: bool,
}

/// Working memory of one thread.
pub(super) struct Scratch {
    most_labels: usize,
    open: Vec<Open>,
    /// By entry of the person: what its shift is worth by itself at its best seat, and that seat.
    entries: Vec<(i64, u32)>,
    choices: Vec<Choice>,
    choice_first: Vec<u32>,
    picks: Vec<u32>,
    off: Vec<i64>,
    serve: Vec<i64>,
    at_venue: Vec<i64>,
    tail: Vec<i64>,
    labels: Vec<Label>,
    label_first: Vec<u32>,
    increments: Vec<i64>,
    /// Some night was too full to list, so venues are not counted.
    wild: bool,
}

/// The limits that shape one volunteer's states.
#[derive(Clone, Copy)]
struct Limits {
    shifts: usize,
    nights: usize,
    /// Longest run of consecutive nights; 0 when it cannot bind, so that runs need no counting.
    run: usize,
}

impl Limits {
    fn next_run(self, run: usize, follows: bool) -> Option<usize> {
        if self.run == 0 {
            return Some(0);
        }
        let next = if follows { run + 1 } else { 1 };
        (next <= self.run).then_some(next)
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::with(labels::MOST_LABELS)
    }
}

impl Scratch {
    /// For good rosters, found sooner: their values are true bounds, but seldom the best.
    pub(super) fn hasty() -> Self {
        Self::with(labels::FEW_LABELS)
    }

    fn with(most_labels: usize) -> Self {
        Self {
            most_labels,
            open: Vec::new(),
            entries: Vec::new(),
            choices: Vec::new(),
            choice_first: Vec::new(),
            picks: Vec::new(),
            off: Vec::new(),
            serve: Vec::new(),
            at_venue: Vec::new(),
            tail: Vec::new(),
            labels: Vec::new(),
            label_first: Vec::new(),
            increments: Vec::new(),
            wild: false,
        }
    }

    /// The least of own cost minus prices over all rosters of `person`, scaled; the roster is put into `best`.
    pub(super) fn best_roster(
        &mut self,
        model: &Model,
        person: usize,
        offer: Offer<'_>,
        best: &mut Roster,
    ) -> i64 {
        self.find(model, person, offer, best, None)
    }

    /// The same, where `held` was a best roster of the same person at other prices: hardly a label is better, so that most
    /// are dropped early.
    pub(super) fn renew_roster(
        &mut self,
        model: &Model,
        person: usize,
        offer: Offer<'_>,
        held: &mut Roster,
    ) -> i64 {
        let mut seats = std::mem::take(&mut held.seats);
        seats.sort_unstable();
        self.find(model, person, offer, held, Some(seats))
    }

    fn find(
        &mut self,
        model: &Model,
        person: usize,
        offer: Offer<'_>,
        best: &mut Roster,
        held: Option<Vec<u32>>,
    ) -> i64 {
        let nights = model.nights;
        if model.entries_of_all(person).is_empty() {
            best.seats.clear();
            best.active.clear();
            return model.off_cost[person * nights..(person + 1) * nights].iter().sum::<i64>() * offer.unit;
        }
        let who = &model.people[person];
        let limits = Limits {
            shifts: who.max_shifts as usize,
            nights: (who.max_nights as usize).min(nights),
            run: if who.max_run as usize >= (who.max_nights as usize).min(model.longest_run) {
                0
            } else {
                who.max_run as usize
            },
        };
        let continuity = model.continuity * offer.unit;
        let links = model.links_of(person);
        self.add_links(model, person, offer, links);
        self.list_choices(model, person, offer, limits.shifts, continuity);
        self.worth_of_shifts(model, person, offer.unit, limits);
        self.complete_backwards(model, limits);
        best.seats.clear();
        let continuity = if self.wild { 0 } else { continuity };
        let held = held.map(|seats| self.worth_now(model, person, continuity, seats));
        let value = self.extend_labels(model, limits, continuity, &mut best.seats, held);
        best.active.clear();
        best.active.extend(
            links.iter().map(|link| best.seats.iter().any(|&seat| link.is_at(model.places[seat as usize]))),
        );
        for link in links {
            if link.venue != Link::ANY {
                self.at_venue[link.night as usize * 64 + usize::from(link.bit)] = 0;
            }
        }
        value
    }

    fn add_links(&mut self, model: &Model, person: usize, offer: Offer<'_>, links: &[Link]) {
        let nights = model.nights;
        let base = person * nights;
        self.off.clear();
        self.off.extend(model.off_cost[base..base + nights].iter().map(|&cost| cost * offer.unit));
        self.serve.clear();
        self.serve.extend(model.serve_cost[base..base + nights].iter().map(|&cost| cost * offer.unit));
        self.at_venue.resize(nights * 64, 0);
        for (index, link) in links.iter().enumerate() {
            let theta = offer.companion[model.people[person].first_link as usize + index];
            if link.venue == Link::ANY {
                self.serve[link.night as usize] += theta;
            } else {
                self.at_venue[link.night as usize * 64 + usize::from(link.bit)] += theta;
            }
        }
    }

    /// Fairness and idle by number of shifts, as increments.
    fn worth_of_shifts(&mut self, model: &Model, person: usize, unit: i64, limits: Limits) {
        self.increments.clear();
        self.increments.extend(
            (0..(limits.nights * limits.shifts).min(model.options(person).len()).max(limits.nights)
                + limits.shifts)
                .map(|shifts| model.increment(person, shifts) * unit),
        );
    }

    /// What a roster of the person is worth at the prices looked at, its shifts at their best seats: it is put onto those.
    fn worth_now(
        &self,
        model: &Model,
        person: usize,
        continuity: i64,
        mut seats: Vec<u32>,
    ) -> (i64, Vec<u32>) {
        let (mut worth, mut venues) = (self.more(0, seats.len()), 0_u64);
        let (from, to) = (model.entries_of_all(person).start, model.entries_of_all(person).end);
        let row = model.options(person);
        let mut left = seats.iter_mut().peekable();
        for night in 0..model.nights {
            let mut venues_tonight = 0_u64;
            while let Some(seat) = left.next_if(|seat| model.places[**seat as usize].night as usize == night)
            {
                let Ok(option) = row.binary_search(seat) else { return (NEVER, Vec::new()) };
                let entry = model.entry_of(from..to, option);
                let (value, best) = self.entries[entry - from];
                worth = worth.saturating_add(value);
                let bit = model.entry(entry).bit;
                if venues_tonight & (1 << bit) == 0 {
                    worth += self.at_venue[night * 64 + usize::from(bit)];
                }
                venues_tonight |= 1 << bit;
                *seat = best;
            }
            let spent = if venues_tonight == 0 { self.off[night] } else { self.serve[night] };
            worth = worth.saturating_add(spent);
            venues |= venues_tonight;
        }
        worth = worth.saturating_add(continuity * (i64::from(venues.count_ones()) - 1).max(0));
        (worth.min(NEVER), seats)
    }

    /// The cost of `more` shifts on top of `shifts`.
    fn more(&self, shifts: usize, more: usize) -> i64 {
        self.increments[shifts..shifts + more].iter().sum()
    }
}
