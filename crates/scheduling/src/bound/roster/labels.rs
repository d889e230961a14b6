//! Labels over the nights, and the relaxed programme that shows which of them lead nowhere.

use super::super::model::Model;
use super::{Label, Limits, NEVER, Scratch};

/// Labels kept from night to night where the minimum is to be proven. Of those dropped beyond that the least completion
/// bound is remembered: the volunteer's minimum is no less.
pub(super) const MOST_LABELS: usize = 400;
/// The same where a good roster is enough to move the prices by.
pub(super) const FEW_LABELS: usize = 24;

impl Scratch {
    /// `tail[night][nights served][run]`: the least cost from `night` on without continuity, counting a shift a night.
    pub(super) fn complete_backwards(&mut self, model: &Model, limits: Limits) {
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

    /// A night off after `label`.
    fn rest(&self, limits: Limits, night: usize, (label, parent): (&Label, u32)) -> Label {
        let cost = label.cost.saturating_add(self.off[night]);
        let least = cost.saturating_add(self.tail_of(limits, night + 1, label.nights, 0));
        Label { cost, least, run: 0, choice: u32::MAX, parent, ..*label }
    }

    /// A night served after `label`, as the `run`th in a row.
    fn serve(
        &self,
        limits: Limits,
        night: usize,
        (label, parent): (&Label, u32),
        choice: u32,
        continuity: i64,
        run: u16,
    ) -> Label {
        let taken = self.choices[choice as usize];
        let fresh = i64::from((taken.venues & !label.venues).count_ones())
            - i64::from(label.venues == 0 && taken.venues != 0);
        let cost = label.cost
            + taken.value
            + self.serve[night]
            + continuity * fresh
            + self.more(label.shifts as usize, taken.shifts as usize);
        let nights = label.nights + 1;
        Label {
            cost,
            least: cost.saturating_add(self.tail_of(limits, night + 1, nights, run)),
            venues: label.venues | taken.venues,
            shifts: label.shifts + taken.shifts,
            nights,
            run,
            choice,
            parent,
        }
    }

    /// A roster by always taking what looks best with the relaxed tail: an upper limit for the labels.
    fn greedy(&self, model: &Model, limits: Limits, continuity: i64, start: Label) -> i64 {
        let mut label = start;
        for night in 0..model.nights {
            let mut best = self.rest(limits, night, (&label, 0));
            if usize::from(label.nights) < limits.nights
                && let Some(run) = limits.next_run(usize::from(label.run), model.follows[night])
            {
                for choice in self.choice_first[night]..self.choice_first[night + 1] {
                    let next = self.serve(limits, night, (&label, 0), choice, continuity, run as u16);
                    if next.least < best.least {
                        best = next;
                    }
                }
            }
            label = best;
        }
        label.cost
    }

    /// The least value over the labels, and its seats: all nights in their order, as far as labels may still be better than
    /// the greedy roster and the one `held`, if any, with its value.
    pub(super) fn extend_labels(
        &mut self,
        model: &Model,
        limits: Limits,
        continuity: i64,
        seats: &mut Vec<u32>,
        held: Option<(i64, Vec<u32>)>,
    ) -> i64 {
        let start = Label {
            cost: 0,
            least: self.tail_of(limits, 0, 0, 0),
            venues: 0,
            shifts: 0,
            nights: 0,
            run: 0,
            choice: u32::MAX,
            parent: u32::MAX,
        };
        let (held, held_seats) = held.unwrap_or((i64::MAX, Vec::new()));
        let known = self.greedy(model, limits, continuity, start).min(held);
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
                let off = self.rest(limits, night, (&label, parent as u32));
                if off.least <= known {
                    dropped = dropped.min(self.keep(to, off, continuity));
                }
                if usize::from(label.nights) >= limits.nights {
                    continue;
                }
                let Some(run) = limits.next_run(usize::from(label.run), model.follows[night]) else {
                    continue;
                };
                for choice in first..last {
                    let next =
                        self.serve(limits, night, (&label, parent as u32), choice, continuity, run as u16);
                    if next.least <= known {
                        dropped = dropped.min(self.keep(to, next, continuity));
                    }
                }
            }
        }
        let from = self.label_first[model.nights] as usize;
        let best = (from..self.labels.len()).min_by_key(|&index| self.labels[index].cost);
        let Some(best) = best.filter(|&best| self.labels[best].cost <= held) else {
            // Whatever is better was among the labels dropped.
            *seats = held_seats;
            return if held < NEVER { held.min(dropped) } else { start.least };
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

    /// Keeps a label unless one from `from` on is never worse whatever follows; drops those it beats, and the least promising
    /// where they are too many. Returns the completion bound of what was dropped for that alone.
    fn keep(&mut self, from: usize, label: Label, continuity: i64) -> i64 {
        let full = self.labels.len() - from >= self.most_labels;
        if full && label.least >= self.labels[from].least {
            return label.least;
        }
        // Called with the cheaper label first: the dearer one never beats it.
        let beats = |a: &Label, b: &Label| {
            a.shifts <= b.shifts
                && a.nights <= b.nights
                && a.run <= b.run
                && a.cost + continuity * i64::from((b.venues & !a.venues).count_ones()) <= b.cost
        };
        let mut at = from;
        while at < self.labels.len() {
            let other = self.labels[at];
            if other.cost <= label.cost {
                if beats(&other, &label) {
                    return i64::MAX;
                }
                at += 1;
            } else if beats(&label, &other) {
                self.labels.swap_remove(at);
            } else {
                at += 1;
            }
        }
        self.labels.push(label);
        let mut dropped = i64::MAX;
        if self.labels.len() - from > self.most_labels {
            dropped = self.labels.swap_remove(from).least;
        }
        if self.labels.len() - from == self.most_labels {
            // The least promising one stands first.
            let worst = (from..self.labels.len()).max_by_key(|&at| self.labels[at].least).unwrap_or(from);
            self.labels.swap(from, worst);
        }
        dropped
    }
}
