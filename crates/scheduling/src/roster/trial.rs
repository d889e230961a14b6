//! A change of a few volunteers' lists, tried beside the roster: weighed first, then taken over or forgotten.

use super::{Roster, companion_cost, has_time, own_cost, shortage};
use crate::problem::{PositionIndex, VolunteerIndex};
use crate::score::Score;

/// Changed lists over a roster. The buffers are kept from one trial to the next.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// The first `count` are in use.
    changed: Vec<Changed>,
    count: usize,
    /// How many more people each touched position holds; each position once.
    fills: Vec<(PositionIndex, i32)>,
}

#[derive(Debug, Default)]
struct Changed {
    volunteer: VolunteerIndex,
    list: Vec<PositionIndex>,
    own: i64,
}

impl Trial {
    /// Forgets every change.
    pub(crate) fn clear(&mut self) {
        self.count = 0;
        self.fills.clear();
    }

    /// The volunteer's positions with the changes, sorted.
    pub(crate) fn held<'a>(
        &'a self,
        roster: &'a Roster<'_>,
        volunteer: VolunteerIndex,
    ) -> &'a [PositionIndex] {
        let mut changed = self.changed[..self.count].iter();
        changed.find(|c| c.volunteer == volunteer).map_or_else(|| roster.held(volunteer), |c| &c.list)
    }

    pub(crate) fn touches(&self, volunteer: VolunteerIndex) -> bool {
        self.changed[..self.count].iter().any(|c| c.volunteer == volunteer)
    }

    /// How many people the position holds with the changes.
    pub(crate) fn filled(&self, roster: &Roster<'_>, position: PositionIndex) -> u32 {
        let more = self.fills.iter().find(|fill| fill.0 == position).map_or(0, |fill| fill.1);
        roster.filled(position).wrapping_add_signed(more)
    }

    /// Positions whose head count changes.
    pub(crate) fn refilled(&self) -> impl Iterator<Item = PositionIndex> {
        self.fills.iter().filter(|fill| fill.1 != 0).map(|fill| fill.0)
    }

    /// Whether the volunteer, who is eligible, can take the position: time, limits and whom they are kept apart from.
    /// Not whether it is full.
    pub(crate) fn fits(
        &self,
        roster: &Roster<'_>,
        volunteer: VolunteerIndex,
        position: PositionIndex,
    ) -> bool {
        let problem = roster.problem;
        has_time(problem, problem.volunteer(volunteer), self.held(roster, volunteer), position)
            && self.is_apart(roster, volunteer, position)
    }

    /// Whether nobody in the position's shift must be kept apart from the volunteer.
    pub(crate) fn is_apart(
        &self,
        roster: &Roster<'_>,
        volunteer: VolunteerIndex,
        position: PositionIndex,
    ) -> bool {
        let problem = roster.problem;
        let shift = problem.position(position).shift;
        problem.volunteer(volunteer).apart.iter().all(|&other| {
            self.held(roster, other).iter().all(|&theirs| problem.position(theirs).shift != shift)
        })
    }

    /// What one more position adds to the volunteer's own cost. `list` is only room to work in.
    pub(crate) fn price(
        &self,
        roster: &Roster<'_>,
        volunteer: VolunteerIndex,
        more: PositionIndex,
        list: &mut Vec<PositionIndex>,
    ) -> i64 {
        let held = self.held(roster, volunteer);
        let now = if self.touches(volunteer) {
            own_cost(roster.problem, volunteer, held)
        } else {
            roster.own(volunteer)
        };
        list.clear();
        list.extend_from_slice(held);
        list.insert(held.partition_point(|&position| position < more), more);
        own_cost(roster.problem, volunteer, list) - now
    }

    pub(crate) fn insert(&mut self, roster: &Roster<'_>, volunteer: VolunteerIndex, position: PositionIndex) {
        let list = self.list_mut(roster, volunteer);
        let at = list.partition_point(|&held| held < position);
        list.insert(at, position);
        self.count_people(position, 1);
    }

    pub(crate) fn remove(&mut self, roster: &Roster<'_>, volunteer: VolunteerIndex, position: PositionIndex) {
        let list = self.list_mut(roster, volunteer);
        list.retain(|&held| held != position);
        self.count_people(position, -1);
    }

    fn list_mut(&mut self, roster: &Roster<'_>, volunteer: VolunteerIndex) -> &mut Vec<PositionIndex> {
        let known = self.changed[..self.count].iter().position(|c| c.volunteer == volunteer);
        let i = known.unwrap_or_else(|| {
            if self.count == self.changed.len() {
                self.changed.push(Changed::default());
            }
            let changed = &mut self.changed[self.count];
            changed.volunteer = volunteer;
            changed.list.clear();
            changed.list.extend_from_slice(roster.held(volunteer));
            self.count += 1;
            self.count - 1
        });
        &mut self.changed[i].list
    }

    fn count_people(&mut self, position: PositionIndex, more: i32) {
        match self.fills.iter_mut().find(|fill| fill.0 == position) {
            Some(fill) => fill.1 += more,
            None => self.fills.push((position, more)),
        }
    }

    /// What the changes add to the score.
    pub(crate) fn weigh(&mut self, roster: &Roster<'_>) -> Score {
        let problem = roster.problem;
        let mut more = Score::default();
        for &(position, change) in self.fills.iter().filter(|fill| fill.1 != 0) {
            let filled = roster.filled(position);
            let old = shortage(problem, position, filled);
            let new = shortage(problem, position, filled.wrapping_add_signed(change));
            more.essential += new.essential - old.essential;
            more.cost += new.cost - old.cost;
        }
        for i in 0..self.count {
            let changed = &self.changed[i];
            let volunteer = changed.volunteer;
            let own = own_cost(problem, volunteer, &changed.list);
            more.cost += own - roster.own(volunteer);
            for &other in &problem.volunteer(volunteer).companions {
                // A pair that changes on both sides is weighed once, from the side that changed later.
                if self.changed[i + 1..self.count].iter().any(|c| c.volunteer == other) {
                    continue;
                }
                more.cost += companion_cost(problem, &changed.list, self.held(roster, other))
                    - companion_cost(problem, roster.held(volunteer), roster.held(other));
            }
            self.changed[i].own = own;
        }
        more
    }
}

impl Roster<'_> {
    /// Takes over a trial that [`Trial::weigh`] found to add `more`.
    pub(crate) fn take_over(&mut self, trial: &Trial, more: Score) {
        for changed in &trial.changed[..trial.count] {
            let volunteer = changed.volunteer;
            let held = &mut self.held[volunteer as usize];
            for &position in held.iter().filter(|position| changed.list.binary_search(position).is_err()) {
                let crew = &mut self.crew[position as usize];
                if let Some(i) = crew.iter().position(|&member| member == volunteer) {
                    crew.swap_remove(i);
                }
            }
            for &position in changed.list.iter().filter(|position| held.binary_search(position).is_err()) {
                self.crew[position as usize].push(volunteer);
            }
            held.clear();
            held.extend_from_slice(&changed.list);
            self.own[volunteer as usize] = changed.own;
        }
        self.score.essential += more.essential;
        self.score.cost += more.cost;
    }
}
