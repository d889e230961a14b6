//! One volunteer's best roster under the prices, exactly: a label-setting dynamic programme over the nights.
//!
//! A label is a set of nights behind it (shifts, nights, running consecutive nights, venues as bits). Labels that another
//! one beats whatever follows are dropped, and so are labels that a relaxed programme without continuity, run backwards first,
//! shows to be worse than a greedy roster in hand (resource-constrained shortest paths: Desrochers & Soumis 1988;
//! completion bounds: Christofides, Mingozzi & Toth 1981).

use super::model::{Link, Model};

/// Far above any cost, far below overflow when a few are added.
pub(super) const NEVER: i64 = i64::MAX / 8;

/// Labels kept from night to night. Of those dropped beyond that the least completion bound is remembered: the volunteer's
/// minimum is no less.
const MOST_LABELS: usize = 64;

/// Shift combinations of one night that are listed one by one.
const MOST_CHOICES: usize = 4_000;

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
#[derive(Default)]
pub(super) struct Scratch {
    open: Vec<Open>,
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

impl Scratch {
    /// The least of own cost minus prices over all rosters of `person`, scaled; the roster is put into `best`.
    pub(super) fn best_roster(
        &mut self,
        model: &Model,
        person: usize,
        offer: Offer<'_>,
        best: &mut Roster,
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
        let value = self.extend_labels(model, limits, continuity, &mut best.seats);
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

    /// Lists, night by night, the ways to serve that can be part of a best roster.
    fn list_choices(&mut self, model: &Model, person: usize, offer: Offer<'_>, most: usize, continuity: i64) {
        self.choices.clear();
        self.picks.clear();
        self.choice_first.clear();
        self.wild = false;
        for night in 0..model.nights {
            let from = self.choices.len();
            self.choice_first.push(from as u32);
            let (mut required, mut cheapest) = (0, NEVER);
            self.open.clear();
            let row = model.options(person);
            for index in model.entries_of(person, night) {
                let entry = model.entry(index);
                let mut price = i64::MIN;
                let mut seat = 0;
                let end = model.entry_end(person, index);
                let first = entry.first as usize;
                for (option, &candidate) in (first..).zip(&row[first..end]) {
                    let offered = offer.prices[candidate as usize];
                    if offered > price && !model.is_banned(person, option) {
                        (price, seat) = (offered, candidate);
                    }
                }
                required += usize::from(entry.required);
                if price == i64::MIN {
                    continue;
                }
                let value = entry.cost * offer.unit - price;
                let with_venue = value + self.at_venue[night * 64 + usize::from(entry.bit)];
                cheapest = cheapest.min(with_venue);
                self.open.push(Open {
                    value,
                    shift: entry.shift,
                    seat,
                    bit: entry.bit,
                    required: entry.required,
                });
            }
            if required > 0 {
                self.off[night] = NEVER;
            }
            if self.open.is_empty() {
                continue;
            }
            if most == 1 || self.open.len() == 1 {
                for at in 0..self.open.len() {
                    let open = self.open[at];
                    let value = open.value + self.at_venue[night * 64 + usize::from(open.bit)];
                    // Another venue costs `continuity` at most, now or later.
                    if required > usize::from(open.required)
                        || (required == 0 && value > cheapest + continuity)
                    {
                        continue;
                    }
                    let venues = 1 << open.bit;
                    self.offer_choice(from, value, venues, 1, continuity, &[at as u16]);
                }
            } else if most == 2 && required == 0 {
                self.pair_up(model, night, from, cheapest, continuity);
            } else {
                self.combine(model, night, from, required, most, continuity);
            }
        }
        self.choice_first.push(self.choices.len() as u32);
    }

    /// The single shifts and the pairs of shifts that can be best, most promising first. Two venues more cost twice
    /// `continuity` at most, so that the search ends soon.
    fn pair_up(&mut self, model: &Model, night: usize, from: usize, cheapest: i64, continuity: i64) {
        let at_venue = &self.at_venue[night * 64..(night + 1) * 64];
        // A pair is worth no less than the sum of these: a common venue's multiplier counts once.
        let least = |open: &Open| open.value + at_venue[usize::from(open.bit)].min(0);
        self.open.sort_unstable_by_key(|open| (least(open), open.shift, open.seat));
        let keys: Vec<i64> = self.open.iter().map(least).collect();
        for at in 0..self.open.len() {
            let open = self.open[at];
            let value = open.value + self.at_venue[night * 64 + usize::from(open.bit)];
            if value <= cheapest + continuity {
                self.offer_choice(from, value, 1 << open.bit, 1, continuity, &[at as u16]);
            }
        }
        let mut best = NEVER;
        for first in 0..self.open.len() {
            for second in first + 1..self.open.len() {
                if keys[first] + keys[second] >= best + 2 * continuity {
                    break;
                }
                if model.same_night_gap(self.open[first].shift, self.open[second].shift) {
                    let [a, b] = [self.open[first], self.open[second]];
                    let mut value = a.value + b.value + self.at_venue[night * 64 + usize::from(a.bit)];
                    if a.bit != b.bit {
                        value += self.at_venue[night * 64 + usize::from(b.bit)];
                    }
                    best = best.min(value);
                    let venues = 1 << a.bit | 1 << b.bit;
                    self.offer_choice(from, value, venues, 2, continuity, &[first as u16, second as u16]);
                }
            }
        }
    }

    /// Every set of two or more open shifts that one person can serve on one night, and the single ones.
    fn combine(
        &mut self,
        model: &Model,
        night: usize,
        from: usize,
        required: usize,
        most: usize,
        continuity: i64,
    ) {
        let count = self.open.len();
        let mut chosen: Vec<u16> = Vec::with_capacity(most);
        let mut listed = 0;
        let mut next = 0u16;
        // Depth-first over increasing indices; `chosen` is the set in hand.
        loop {
            if usize::from(next) < count && chosen.len() < most {
                let candidate = self.open[usize::from(next)];
                if chosen
                    .iter()
                    .all(|&other| model.same_night_gap(self.open[usize::from(other)].shift, candidate.shift))
                {
                    chosen.push(next);
                    listed += 1;
                    if listed > MOST_CHOICES {
                        return self.relax_night(night, from, required, most);
                    }
                    self.close_set(night, from, required, continuity, &chosen);
                }
                next += 1;
            } else if let Some(last) = chosen.pop() {
                next = last + 1;
            } else {
                return;
            }
        }
    }

    fn close_set(&mut self, night: usize, from: usize, required: usize, continuity: i64, chosen: &[u16]) {
        let (mut value, mut venues, mut locked) = (0, 0u64, 0);
        for &index in chosen {
            let open = self.open[usize::from(index)];
            value += open.value;
            if venues & (1 << open.bit) == 0 {
                value += self.at_venue[night * 64 + usize::from(open.bit)];
            }
            venues |= 1 << open.bit;
            locked += usize::from(open.required);
        }
        if locked == required {
            self.offer_choice(from, value, venues, chosen.len() as u32, continuity, chosen);
        }
    }

    /// Too many combinations to list: any `n` shifts at the sum of the `n` best values, wherever they are.
    fn relax_night(&mut self, night: usize, from: usize, required: usize, most: usize) {
        self.wild = true;
        self.choices.truncate(from);
        let mut best: Vec<(i64, u16)> = self
            .open
            .iter()
            .enumerate()
            .map(|(index, open)| {
                (open.value + self.at_venue[night * 64 + usize::from(open.bit)].min(0), index as u16)
            })
            .collect();
        best.sort_unstable();
        // A venue's positive multiplier is left out and a negative one is given per shift: both only lower the value.
        let (mut value, mut chosen) = (0, Vec::new());
        for (each, index) in best.into_iter().take(most) {
            value += each;
            chosen.push(index);
            if chosen.len() >= required {
                let first_pick = self.picks.len() as u32;
                self.picks.extend(chosen.iter().map(|&index| self.open[usize::from(index)].seat));
                self.choices.push(Choice { value, venues: 0, shifts: chosen.len() as u32, first_pick });
            }
        }
    }

    /// Adds a choice unless a listed one of as many shifts is never worse; removes those it makes useless.
    fn offer_choice(
        &mut self,
        from: usize,
        value: i64,
        venues: u64,
        shifts: u32,
        continuity: i64,
        chosen: &[u16],
    ) {
        let never_worse =
            |a: i64, at: u64, b: i64, bt: u64| a + continuity * i64::from((at & !bt).count_ones()) <= b;
        let mut at = from;
        while at < self.choices.len() {
            let other = self.choices[at];
            if other.shifts == shifts {
                if never_worse(other.value, other.venues, value, venues) {
                    return;
                }
                if never_worse(value, venues, other.value, other.venues) {
                    self.choices.swap_remove(at);
                    continue;
                }
            }
            at += 1;
        }
        let first_pick = self.picks.len() as u32;
        self.picks.extend(chosen.iter().map(|&index| self.open[usize::from(index)].seat));
        self.choices.push(Choice { value, venues, shifts, first_pick });
    }

    /// Fairness and idle by number of shifts, as increments; they grow with the number, for both terms are convex.
    fn worth_of_shifts(&mut self, model: &Model, person: usize, unit: i64, limits: Limits) {
        let hoped = model.people[person].min_shifts as usize;
        self.increments.clear();
        self.increments.extend(
            (0..(limits.nights * limits.shifts).min(model.options(person).len()).max(limits.nights)
                + limits.shifts)
                .map(|shifts| {
                    let idle = if shifts < hoped { model.idle } else { 0 };
                    (model.fairness * (2 * shifts as i64 + 1) - idle) * unit
                }),
        );
    }

    /// The cost of `more` shifts on top of `shifts`.
    fn more(&self, shifts: usize, more: usize) -> i64 {
        self.increments[shifts..shifts + more].iter().sum()
    }

    /// `tail[night][nights served][run]`: the least cost from `night` on without continuity, counting a shift a night.
    fn complete_backwards(&mut self, model: &Model, limits: Limits) {
        let nights = model.nights;
        let (runs, counts) = (limits.run + 1, limits.nights + 1);
        self.tail.clear();
        self.tail.resize((nights + 1) * counts * runs, 0);
        for night in (0..nights).rev() {
            let follows = model.follows[night];
            let (from, to) = (self.choice_first[night] as usize, self.choice_first[night + 1] as usize);
            let (off, serve) = (self.off[night], self.serve[night]);
            for served in 0..counts.min(night + 1) {
                // The best way to serve does not depend on the run.
                let mut way = NEVER;
                if served < limits.nights {
                    for choice in &self.choices[from..to] {
                        way = way.min(choice.value + self.more(served, choice.shifts as usize));
                    }
                    way += serve;
                }
                for run in 0..runs {
                    let mut least = off.saturating_add(self.tail[((night + 1) * counts + served) * runs]);
                    if way < NEVER / 2
                        && let Some(next) = limits.next_run(run, follows)
                    {
                        least = least.min(way + self.tail[((night + 1) * counts + served + 1) * runs + next]);
                    }
                    self.tail[(night * counts + served) * runs + run] = least.min(NEVER);
                }
            }
        }
    }

    fn tail_of(&self, limits: Limits, night: usize, served: u16, run: u16) -> i64 {
        let (runs, counts) = (limits.run + 1, limits.nights + 1);
        self.tail[(night * counts + usize::from(served)) * runs + usize::from(run)]
    }

    fn step(&self, label: &Label, choice: u32, serve: i64, continuity: i64, run: u16, parent: u32) -> Label {
        let taken = self.choices[choice as usize];
        let fresh = i64::from((taken.venues & !label.venues).count_ones())
            - i64::from(label.venues == 0 && taken.venues != 0);
        Label {
            cost: label.cost
                + taken.value
                + serve
                + continuity * fresh
                + self.more(label.shifts as usize, taken.shifts as usize),
            venues: label.venues | taken.venues,
            shifts: label.shifts + taken.shifts,
            nights: label.nights + 1,
            run,
            choice,
            parent,
        }
    }

    /// A roster by always taking what looks best with the relaxed tail: an upper limit for the labels.
    fn greedy(&self, model: &Model, limits: Limits, continuity: i64, start: Label) -> i64 {
        let mut label = start;
        for night in 0..model.nights {
            let off = Label { cost: label.cost.saturating_add(self.off[night]), run: 0, ..label };
            let mut best = off;
            let mut least = off.cost.saturating_add(self.tail_of(limits, night + 1, off.nights, 0));
            if usize::from(label.nights) < limits.nights
                && let Some(run) = limits.next_run(usize::from(label.run), model.follows[night])
            {
                for choice in self.choice_first[night]..self.choice_first[night + 1] {
                    let next = self.step(&label, choice, self.serve[night], continuity, run as u16, 0);
                    let total =
                        next.cost.saturating_add(self.tail_of(limits, night + 1, next.nights, next.run));
                    if total < least {
                        (least, best) = (total, next);
                    }
                }
            }
            label = best;
        }
        label.cost
    }

    fn extend_labels(&mut self, model: &Model, limits: Limits, continuity: i64, seats: &mut Vec<u32>) -> i64 {
        let start =
            Label { cost: 0, venues: 0, shifts: 0, nights: 0, run: 0, choice: u32::MAX, parent: u32::MAX };
        let known = self.greedy(model, limits, continuity, start);
        let relaxed = start.cost + self.tail_of(limits, 0, 0, 0);
        let mut dropped = i64::MAX;
        self.labels.clear();
        self.label_first.clear();
        self.label_first.push(0);
        self.labels.push(start);
        for night in 0..model.nights {
            let (from, to) = (self.label_first[night] as usize, self.labels.len());
            self.label_first.push(to as u32);
            let (first, last) = (self.choice_first[night], self.choice_first[night + 1]);
            for parent in from..to {
                let label = self.labels[parent];
                let off = Label {
                    cost: label.cost.saturating_add(self.off[night]),
                    run: 0,
                    choice: u32::MAX,
                    parent: parent as u32,
                    ..label
                };
                if off.cost.saturating_add(self.tail_of(limits, night + 1, off.nights, 0)) <= known {
                    self.keep(to, off, continuity);
                }
                if self.labels.len() - to > 4 * MOST_LABELS {
                    dropped = dropped.min(self.shrink(limits, night + 1, to));
                }
                if usize::from(label.nights) >= limits.nights {
                    continue;
                }
                let Some(run) = limits.next_run(usize::from(label.run), model.follows[night]) else {
                    continue;
                };
                for choice in first..last {
                    let next =
                        self.step(&label, choice, self.serve[night], continuity, run as u16, parent as u32);
                    if next.cost.saturating_add(self.tail_of(limits, night + 1, next.nights, next.run))
                        <= known
                    {
                        self.keep(to, next, continuity);
                    }
                }
            }
            if self.labels.len() - to > MOST_LABELS {
                dropped = dropped.min(self.shrink(limits, night + 1, to));
            }
        }
        let from = self.label_first[model.nights] as usize;
        let Some(best) = (from..self.labels.len()).min_by_key(|&index| self.labels[index].cost) else {
            return relaxed;
        };
        let value = self.labels[best].cost;
        let mut at = best;
        while at != 0 {
            let label = self.labels[at];
            if label.choice != u32::MAX {
                let choice = self.choices[label.choice as usize];
                let picks = choice.first_pick as usize;
                seats.extend_from_slice(&self.picks[picks..picks + choice.shifts as usize]);
            }
            at = label.parent as usize;
        }
        value.min(dropped)
    }

    /// Keeps the most promising labels from `from` on; returns the least completion bound of the others.
    fn shrink(&mut self, limits: Limits, night: usize, from: usize) -> i64 {
        let mut ranked: Vec<(i64, u32)> = (from..self.labels.len())
            .map(|at| {
                let label = &self.labels[at];
                (label.cost.saturating_add(self.tail_of(limits, night, label.nights, label.run)), at as u32)
            })
            .collect();
        ranked.sort_unstable();
        let kept: Vec<Label> =
            ranked[..MOST_LABELS].iter().map(|&(_, at)| self.labels[at as usize]).collect();
        self.labels.truncate(from);
        self.labels.extend(kept);
        ranked[MOST_LABELS].0
    }

    /// Keeps a label unless one from `from` on is never worse whatever follows; drops those it beats.
    fn keep(&mut self, from: usize, label: Label, continuity: i64) {
        let beats = |a: &Label, b: &Label| {
            a.shifts <= b.shifts
                && a.nights <= b.nights
                && a.run <= b.run
                && a.cost + continuity * i64::from((b.venues & !a.venues).count_ones()) <= b.cost
        };
        let mut at = from;
        while at < self.labels.len() {
            let other = self.labels[at];
            if beats(&other, &label) {
                return;
            }
            if beats(&label, &other) {
                self.labels.swap_remove(at);
            } else {
                at += 1;
            }
        }
        self.labels.push(label);
    }
}
