//! The ways to spend a night that can be part of a best roster.

use super::super::model::Model;
use super::{Choice, NEVER, Offer, Open, Scratch};

/// Shift combinations of one night that are listed one by one.
const MOST_CHOICES: usize = 4_000;

impl Scratch {
    /// Lists, night by night, the ways to serve that can be part of a best roster.
    pub(super) fn list_choices(
        &mut self,
        model: &Model,
        person: usize,
        offer: Offer<'_>,
        most: usize,
        continuity: i64,
    ) {
        self.choices.clear();
        self.picks.clear();
        self.entries.clear();
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
                    self.entries.push((NEVER, seat));
                    continue;
                }
                let value = entry.cost * offer.unit - price;
                self.entries.push((value, seat));
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
        let span = |open: &Open| {
            let shift = &model.problem.shifts[open.shift as usize];
            (shift.start, shift.end)
        };
        let spans: Vec<(i64, i64)> = self.open.iter().map(span).collect();
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
                // Most pairs overlap, which is seen without looking shifts up: that took more than half of a pass.
                let (a, b) = (spans[first], spans[second]);
                if (a.1 <= b.0 || b.1 <= a.0)
                    && model.same_night_gap(self.open[first].shift, self.open[second].shift)
                {
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
}
