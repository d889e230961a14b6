//! One thread's walk: chains, weighed and taken over or forgotten.

use super::{Guide, Part};
use crate::chance::Chance;
use crate::problem::{PositionIndex, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;

/// People asked before a freed seat stays empty.
const ASKED: usize = 12;
/// Once in so many chains, the pair is any eligible one, not one of the guide's.
const WIDE: usize = 16;
/// Once in so many chains, an assignment is dropped.
const DROPPED: usize = 24;
/// Once in so many chains, a volunteer frees one seat more than they must.
const FREER: usize = 20;
/// Once in so many times, one who was sent away looks for another seat.
const RESEATED: usize = 2;
/// Once in so many times, someone is sent away from a position that has room.
const REPLACED: usize = 3;

/// Above every price.
const PRICELESS: i64 = 1 << 60;

/// What makes a change welcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    /// How much worse a change is still taken about one time in three.
    pub(crate) temperature: f64,
    /// What one essential point is worth.
    pub(crate) essential_worth: f64,
    /// What one unit of cost is worth.
    pub(crate) cost_worth: f64,
}

/// A thread's walk over its part of a roster.
pub(crate) struct Chains<'a> {
    roster: Roster<'a>,
    part: &'a Part,
    guide: &'a Guide,
    chance: Chance,
    heat: Heat,
    trial: Trial,
    freed: Vec<PositionIndex>,
    list: Vec<PositionIndex>,
}

impl<'a> Chains<'a> {
    pub(crate) fn new(
        roster: Roster<'a>,
        part: &'a Part,
        guide: &'a Guide,
        chance: Chance,
        heat: Heat,
    ) -> Self {
        let (trial, freed, list) = (Trial::default(), Vec::new(), Vec::new());
        Self { roster, part, guide, chance, heat, trial, freed, list }
    }

    pub(crate) fn into_roster(self) -> Roster<'a> {
        self.roster
    }

    /// Tries one chain.
    pub(crate) fn step(&mut self) {
        self.trial.clear();
        if !self.propose() || self.trial.refilled().any(|p| !self.part.may_refill(p)) {
            return;
        }
        let more = self.trial.weigh(&self.roster);
        if self.energy(more) <= -self.heat.temperature * self.chance.unit().ln() {
            self.roster.take_over(&self.trial, more);
        }
    }

    fn energy(&self, more: Score) -> f64 {
        self.heat.essential_worth * more.essential as f64 + self.heat.cost_worth * more.cost as f64
    }

    /// Makes up a chain; false if it comes to nothing.
    fn propose(&mut self) -> bool {
        let problem = self.roster.problem;
        if self.part.volunteers.is_empty() {
            return false;
        }
        if self.chance.once_in(DROPPED) {
            return self.drop_one();
        }
        let (options, candidates) = if self.chance.once_in(WIDE) {
            (&problem.options, &problem.candidates)
        } else {
            (&self.guide.options, &self.guide.candidates)
        };
        let (volunteer, position) = if self.chance.once_in(2) && !self.part.positions.is_empty() {
            let position = self.chance.pick(&self.part.positions);
            let candidates = candidates.row(position);
            if candidates.is_empty() {
                return false;
            }
            let volunteer = self.chance.pick(candidates);
            if !self.part.may_change(volunteer) {
                return false;
            }
            (volunteer, position)
        } else {
            let volunteer = self.chance.pick(&self.part.volunteers);
            let options = options.row(volunteer);
            if options.is_empty() {
                return false;
            }
            (volunteer, self.chance.pick(options))
        };
        self.place(volunteer, position)
    }

    fn drop_one(&mut self) -> bool {
        let volunteer = self.chance.pick(&self.part.volunteers);
        let held = self.roster.held(volunteer);
        if held.is_empty() {
            return false;
        }
        let position = self.chance.pick(held);
        if self.is_locked(volunteer, position) {
            return false;
        }
        self.trial.remove(&self.roster, volunteer, position);
        true
    }

    fn place(&mut self, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
        let problem = self.roster.problem;
        if self.roster.held(volunteer).contains(&position)
            || !self.trial.is_apart(&self.roster, volunteer, position)
            || !self.free(volunteer, position)
        {
            return false;
        }
        let filled = self.roster.filled(position);
        let wanted = problem.position(position);
        let full = filled >= wanted.desired;
        // A seat is at times taken from someone although another is free, or nobody's head count could stay.
        let mut sent = None;
        if filled > 0 && (full || self.chance.once_in(REPLACED)) {
            let occupant = self.chance.pick(self.roster.crew(position));
            if !self.part.may_change(occupant) || self.is_locked(occupant, position) {
                return false;
            }
            self.trial.remove(&self.roster, occupant, position);
            sent = Some(occupant);
        } else if full {
            return false;
        }
        for &freed in &self.freed {
            self.trial.remove(&self.roster, volunteer, freed);
        }
        self.trial.insert(&self.roster, volunteer, position);
        if !self.trial.is_apart(&self.roster, volunteer, position) {
            return false;
        }
        let freed = std::mem::take(&mut self.freed);
        for &seat in &freed {
            self.refill(seat, volunteer, sent);
        }
        self.freed = freed;
        if let Some(sent) = sent.filter(|_| self.chance.once_in(RESEATED)) {
            self.reseat(sent, position);
        }
        true
    }

    /// Gives one who was sent away another seat, the best of a few by chance.
    fn reseat(&mut self, sent: VolunteerIndex, left: PositionIndex) {
        let problem = self.roster.problem;
        let options = self.guide.options.row(sent);
        if options.is_empty() {
            return;
        }
        let mut best: Option<(i64, PositionIndex)> = None;
        for _ in 0..ASKED {
            let seat = self.chance.pick(options);
            let wanted = problem.position(seat);
            let filled = self.trial.filled(&self.roster, seat);
            if seat == left
                || filled >= wanted.desired
                || !self.part.may_refill(seat)
                || self.trial.held(&self.roster, sent).contains(&seat)
                || !self.trial.fits(&self.roster, sent, seat)
            {
                continue;
            }
            let worth = if filled < wanted.minimum { PRICELESS } else { wanted.desired_worth };
            let price = self.trial.price(&self.roster, sent, seat, &mut self.list) - worth;
            if price < best.map_or(0, |best| best.0) {
                best = Some((price, seat));
            }
        }
        if let Some((_, seat)) = best {
            self.trial.insert(&self.roster, sent, seat);
        }
    }

    /// Lists in `freed` what the volunteer must give up to take the position; false if that is locked.
    fn free(&mut self, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
        let problem = self.roster.problem;
        let (who, shift) = (problem.volunteer(volunteer), problem.shift_of(position));
        self.freed.clear();
        self.list.clear();
        for &held in self.roster.held(volunteer) {
            let clashes = problem.clash(problem.shift_of(held), shift);
            if clashes { &mut self.freed } else { &mut self.list }.push(held);
        }
        // Now and then one more, so that whole days are exchanged.
        if !self.list.is_empty() && self.chance.once_in(FREER) {
            let i = self.chance.below(self.list.len());
            self.freed.push(self.list.remove(i));
        }
        let night = |p: PositionIndex| problem.shift_of(p).night;
        let here = self.list.iter().filter(|&&p| night(p) == shift.night).count();
        if here >= who.max_per_night as usize {
            for _ in 0..=(here - who.max_per_night as usize) {
                let same: Vec<u32> = self.list.iter().copied().filter(|&p| night(p) == shift.night).collect();
                let gone = self.chance.pick(&same);
                self.list.retain(|&p| p != gone);
                self.freed.push(gone);
            }
        } else if here == 0 {
            self.free_nights(volunteer, shift.night);
        }
        problem.locked.is_empty() || !self.freed.iter().any(|&p| self.is_locked(volunteer, p))
    }

    /// Frees other nights until one more night keeps the limits.
    fn free_nights(&mut self, volunteer: VolunteerIndex, more: u32) {
        let problem = self.roster.problem;
        let who = problem.volunteer(volunteer);
        let night = |p: PositionIndex| problem.shift_of(p).night;
        loop {
            let mut nights: Vec<u32> = self.list.iter().map(|&p| night(p)).collect();
            nights.dedup();
            let gone = if nights.len() >= who.max_nights as usize {
                self.chance.pick(&nights)
            } else {
                let served = |k: u32| k == more || nights.binary_search(&k).is_ok();
                let mut first = more;
                while first > 0 && problem.follows[first as usize] && served(first - 1) {
                    first -= 1;
                }
                let mut end = more + 1;
                while (end as usize) < problem.follows.len() && problem.follows[end as usize] && served(end) {
                    end += 1;
                }
                if end - first <= who.max_consecutive {
                    return;
                }
                let run: Vec<u32> = (first..end).filter(|&k| k != more).collect();
                if run.is_empty() {
                    return;
                }
                self.chance.pick(&run)
            };
            self.freed.extend(self.list.iter().copied().filter(|&p| night(p) == gone));
            self.list.retain(|&p| night(p) != gone);
        }
    }

    /// Offers a freed seat to the one who was sent away, then to a few by chance; the cheapest takes it.
    fn refill(&mut self, seat: PositionIndex, from: VolunteerIndex, sent: Option<VolunteerIndex>) {
        let problem = self.roster.problem;
        let worth = problem.position(seat).desired_worth;
        let essential = self.trial.filled(&self.roster, seat) < problem.position(seat).minimum;
        let mut best: Option<(i64, VolunteerIndex)> = None;
        let mut candidates = self.guide.candidates.row(seat);
        if candidates.is_empty() {
            candidates = problem.candidates(seat);
        }
        for i in 0..=ASKED {
            let asked = if i == 0 {
                match sent {
                    Some(sent) => sent,
                    None => continue,
                }
            } else {
                self.chance.pick(candidates)
            };
            if asked == from
                || !self.part.may_change(asked)
                || self.trial.held(&self.roster, asked).contains(&seat)
                || !self.trial.fits(&self.roster, asked, seat)
                || (i == 0 && !problem.is_eligible(asked, seat))
            {
                continue;
            }
            let price = self.trial.price(&self.roster, asked, seat, &mut self.list);
            if best.is_none_or(|best| price < best.0) {
                best = Some((price, asked));
            }
        }
        if let Some((_, asked)) = best.filter(|best| essential || best.0 < worth) {
            self.trial.insert(&self.roster, asked, seat);
        }
    }

    fn is_locked(&self, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
        self.roster.problem.locked.binary_search(&(volunteer, position)).is_ok()
    }
}
