//! A part of the plans: how many people each position has at least and at most, and which columns are left.

use rustc_hash::FxHashMap;

use super::groups::{Groups, Paid};
use super::programme::{self, Parts, Programme};
use super::unit::{Column, Unit};
use super::{join, list};
use crate::bound::lagrangian::{Heads, Lagrangian, Stop};
use crate::bound::model::Model;
use crate::bound::pair;
use crate::bound::roster::{Roster, Scratch};
use crate::bound::value::{Level, Point, Value};

/// Steps of the walk over one person's rosters; with more, they are not listed.
const MOST_STEPS: usize = 20_000;
/// Rosters listed in all.
const MOST_LISTED: usize = 300_000;
/// Who has too many rosters starts with some that are at most so near the least: shares of the room.
const NEARER: [i64; 5] = [3, 10, 40, 200, 1_000];
/// Columns of one unit that may enter the programme at once; and of one that is not listed, if so many steps of the walk find them
/// all.
const ENTRANTS: usize = 4;
const ENTRANTS_UNLISTED: usize = 10;
const FEW_STEPS: usize = 2_000;
/// What a look at the programme's prices counts for, in pivots.
const LOOK: u64 = 10;
/// Room less than this share of that at the last listing is worth another.
const LESS_ROOM: f64 = 0.6;
/// What unknown columns might still make cheaper is too little to be asked for when it is less than this share of the room.
const NEAR_END: f64 = 0.01;
/// Programmes are built anew when so much of their rows is settled.
const SETTLED: f64 = 0.15;

/// What is asked of all nodes alike.
pub(super) struct Work<'a> {
    pub(super) model: &'a Model<'a>,
    pub(super) level: Level,
    /// Plans that cost less are looked for.
    pub(super) limit: i64,
    pub(super) groups: &'a Groups,
    pub(super) stop: &'a Stop<'a>,
    pub(super) lagrangian: Lagrangian,
    pub(super) scratch: Scratch,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        model: &'a Model<'a>,
        (level, limit): (Level, i64),
        groups: &'a Groups,
        stop: &'a Stop<'a>,
    ) -> Self {
        let lagrangian = Lagrangian::alone(model, level);
        Self { model, level, limit, groups, stop, lagrangian, scratch: Scratch::default() }
    }

    /// How far above the value a plan below the limit is at most, scaled.
    pub(super) fn room(&self, value: Value) -> i64 {
        let room = (i128::from(self.limit - 1) << value.bits) - value.beyond(self.level.target());
        room.clamp(-1, i128::from(i64::MAX / 16)) as i64
    }
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) units: Vec<Unit>,
    pub(super) heads: Vec<Heads>,
    /// The same of groups of positions.
    pub(super) totals: Vec<Heads>,
    pub(super) point: Point,
    /// What groups are paid for each of their people at the point.
    pub(super) paid: Vec<f64>,
    pub(super) value: Value,
    pub(super) programme: Option<Box<Programme>>,
    /// The room when incomplete units were last listed.
    pub(super) listed: i64,
    /// Units of which columns were missing when the programme's prices were last looked at.
    pub(super) wanting: Vec<u32>,
}

impl Node {
    /// Lists the rosters that can be part of a plan of the level's essential below the limit, at a point of the dual.
    pub(super) fn new(work: &mut Work<'_>, point: &Point) -> Self {
        let Work { model, lagrangian, scratch, .. } = work;
        lagrangian.set(point);
        let mut roster = Roster::default();
        let people = 0..model.people.len();
        let offer = lagrangian.offer();
        let leasts: Vec<i64> =
            people.map(|person| scratch.best_roster(model, person, offer, &mut roster)).collect();
        let value = lagrangian.value(model, point.mu, leasts.iter().map(|&least| i128::from(least)).sum());
        let room = work.room(value).max(0);
        let (model, offer) = (work.model, work.lagrangian.offer());
        let mut listed = 0;
        let units = leasts.iter().enumerate().map(|(person, &least)| {
            let within = |room: i64, steps: usize| list::list(model, person, offer, (least, room), steps);
            let all = if listed < MOST_LISTED { within(room, MOST_STEPS) } else { None };
            let complete = all.is_some();
            let near = || NEARER.iter().find_map(|part| within(room / part, MOST_STEPS / 10));
            let columns = all.or_else(near).unwrap_or_default();
            if complete {
                listed += columns.len();
            }
            Unit::new(vec![person as u32], Vec::new(), complete, columns)
        });
        let mut units: Vec<Unit> = units.collect();
        join::join(model, &mut work.lagrangian, &mut units, room);
        let heads = model.problem.positions.iter().map(|position| [0, position.desired]).collect();
        let totals = work.groups.ranges(model);
        let paid = vec![0.0; totals.len()];
        let (point, programme) = (point.clone(), None);
        let mut node =
            Self { units, heads, totals, point, paid, value, programme, listed: room, wanting: Vec::new() };
        node.value = node.worth(work, &node.point.clone(), &node.paid.clone(), None).0;
        node
    }

    /// No plan of it costs less.
    pub(super) fn cost(&self, level: Level) -> i64 {
        self.value.ceiling(level.target())
    }

    /// Whether anything is left.
    pub(super) fn is_possible(&self) -> bool {
        self.units.iter().all(|unit| !unit.complete || !unit.alive.is_empty())
    }

    /// Whether there is one way left for everyone.
    pub(super) fn is_settled(&self) -> bool {
        self.units.iter().all(|unit| unit.settled().is_some())
    }

    /// The programme over what is left.
    pub(super) fn programme(&mut self, work: &Work<'_>) -> &mut Programme {
        let parts = Parts { units: &self.units, heads: &self.heads, totals: &self.totals };
        self.programme.get_or_insert_with(|| Box::new(Programme::new(work, parts, None)))
    }

    /// Builds the programme anew where much is settled.
    fn shrink(&mut self, work: &Work<'_>) {
        let settled = self.units.iter().filter(|unit| unit.settled().is_some()).count();
        let Some(before) = &self.programme else { return };
        let least = self.units.len() as f64 - before.open_units() as f64;
        if settled as f64 >= least + SETTLED * before.rows() as f64 {
            self.programme = Some(self.rebuilt(work, before, &FxHashMap::default()));
        }
    }

    /// A programme over what is left, from another one; given what units were that are others now.
    pub(super) fn rebuilt(
        &self,
        work: &Work<'_>,
        before: &Programme,
        changed: &FxHashMap<usize, Unit>,
    ) -> Box<Programme> {
        let parts = Parts { units: &self.units, heads: &self.heads, totals: &self.totals };
        Box::new(Programme::new(work, parts, Some((before, changed))))
    }

    /// Solves the programme; true at its end, false when there are no more pivots or it is to stop. Keeps the best point.
    pub(super) fn raise(&mut self, work: &mut Work<'_>, pivots: u32, portion: u32) -> bool {
        let mut spent = 0;
        while spent < u64::from(pivots) && !(work.stop)() {
            let programme = self.programme(work);
            let before = programme.pivots();
            let is_solved = programme.solve_again(portion, f64::INFINITY) && programme.solve(portion);
            spent += programme.pivots() - before + LOOK;
            if is_solved && (self.enlarge(work) || self.cost(work.level) >= work.limit) {
                return true;
            }
        }
        false
    }

    /// Looks at the programme's prices; true if no column would make it cheaper.
    fn enlarge(&mut self, work: &mut Work<'_>) -> bool {
        let Some(mut programme) = self.programme.take() else { return true };
        let (point, paid, ends) = programme.point(work, &self.heads, &self.point.theta);
        work.lagrangian.set(&point);
        let mut found = Vec::new();
        // Where columns were missing before, they mostly are still: to look at all others each time takes longer than pivots.
        for at in std::mem::take(&mut self.wanting) {
            self.price(work, at as usize, Some((&programme, ends[at as usize])), &mut found);
        }
        let mut at_end = false;
        if found.is_empty() {
            let (value, missing);
            (value, found, missing) = self.worth(work, &point, &paid, Some((&programme, &ends)));
            self.keep_better(work.level, (point, paid), value);
            let pairs = programme.enter_pairs(work.model, &mut work.lagrangian);
            // What may be a plan is to be known exactly.
            let is_near = missing < NEAR_END * work.room(self.value) as f64 && !programme.is_whole();
            at_end = (found.is_empty() || is_near) && !pairs;
        }
        for &column in &found {
            programme.enter(&work.lagrangian, &self.units, column);
        }
        self.wanting = found.into_iter().map(|(unit, _)| unit).collect();
        self.wanting.dedup();
        self.programme = Some(programme);
        at_end
    }

    fn keep_better(&mut self, level: Level, (point, paid): (Point, Vec<f64>), value: Value) {
        if value.beyond(level.target()) > self.value.beyond(level.target()) {
            (self.point, self.paid, self.value) = (point, paid, value);
        }
    }

    /// The dual at a point, exactly: of all plans of the node below the limit. Given the programme and what it pays each
    /// unit, also finds the columns that would make it cheaper, and by how much they might at the most, scaled.
    fn worth(
        &mut self,
        work: &mut Work<'_>,
        point: &Point,
        paid: &[f64],
        programme: Option<(&Programme, &[f64])>,
    ) -> (Value, Vec<(u32, u32)>, f64) {
        let paid = Paid::new(work, paid);
        work.lagrangian.set(point);
        let mut people = 0_i128;
        let (mut found, mut missing) = (Vec::new(), 0.0);
        for at in 0..self.units.len() {
            let known = programme.map(|(programme, ends)| (programme, ends[at]));
            let least = self.price(work, at, known, &mut found);
            people += i128::from(least);
            if let Some((_, end)) = known {
                missing += ((end - programme::GAIN) * work.lagrangian.scale() - least as f64).max(0.0);
            }
            let Lagrangian { theta, unit, chosen, .. } = &mut work.lagrangian;
            for &coupling in &self.units[at].couplings {
                // Counted with the unit, and once more with all the others below.
                people -= i128::from(pair::least(&work.model.couplings[coupling], theta, *unit, chosen));
            }
        }
        people += paid.least(&self.totals);
        let within = Some((self.heads.as_slice(), paid.by_position.as_slice()));
        (work.lagrangian.value_within(work.model, point.mu, people, within), found, missing)
    }

    /// The least of a unit's columns at the point looked at. Given the programme and what it pays the unit, also finds columns
    /// that would make it cheaper.
    fn price(
        &mut self,
        work: &mut Work<'_>,
        at: usize,
        programme: Option<(&Programme, f64)>,
        found: &mut Vec<(u32, u32)>,
    ) -> i64 {
        let Work { model, lagrangian, scratch, .. } = work;
        let (unit, offer) = (&mut self.units[at], lagrangian.offer());
        let end = programme.map_or(f64::NEG_INFINITY, |(_, end)| end - programme::GAIN);
        let is_new = |column: u32| programme.is_some_and(|known| !known.0.knows((at as u32, column)));
        if !unit.complete {
            let person = unit.people[0] as usize;
            let limit = (end * lagrangian.scale()) as i64;
            let listed = programme.and_then(|_| list::list(model, person, offer, (limit, 0), FEW_STEPS));
            // Mostly there are few below what is paid, or none.
            if let Some(mut near) = listed {
                near.sort_by_key(|column| column.slack);
                let least = limit + near.first().map_or(0, |column| column.slack);
                near.truncate(ENTRANTS_UNLISTED);
                let columns = near.into_iter().map(|column| unit.add(column));
                found.extend(columns.filter(|&column| is_new(column)).map(|column| (at as u32, column)));
                return least;
            }
            let mut roster = Roster::default();
            let least = scratch.best_roster(model, person, offer, &mut roster);
            if least < limit {
                let column = unit.add(column_of(model, lagrangian, person, &mut roster));
                found.extend(is_new(column).then_some((at as u32, column)));
            }
            return least;
        }
        let mut least = i64::MAX / 8;
        let mut better: Vec<(i64, u32)> = Vec::new();
        for (index, column) in unit.alive() {
            let reduced = column.reduced(offer);
            least = least.min(reduced);
            if lagrangian.amount(reduced) < end && is_new(index) {
                better.push((reduced, index));
            }
        }
        better.sort_unstable();
        found.extend(better.into_iter().take(ENTRANTS).map(|(_, index)| (at as u32, index)));
        least
    }

    /// Drops what no plan below the limit can have, and lists more people where that has become possible; true if it has.
    pub(super) fn tidy(&mut self, work: &mut Work<'_>) -> bool {
        self.drop_dear(work);
        let changed = self.list_more(work, work.room(self.value));
        if changed.is_empty() {
            self.shrink(work);
        } else if let Some(before) = &self.programme {
            self.programme = Some(self.rebuilt(work, before, &changed));
        }
        !changed.is_empty()
    }

    /// Drops the columns, and the head counts, that no plan below the limit can have (reduced cost fixing).
    fn drop_dear(&mut self, work: &mut Work<'_>) {
        let room = work.room(self.value);
        let model = work.model;
        work.lagrangian.set(&self.point);
        let offer = work.lagrangian.offer();
        for unit in self.units.iter_mut().filter(|unit| unit.complete) {
            let reduced: Vec<i64> = unit.alive().map(|(_, column)| column.reduced(offer)).collect();
            let most = reduced.iter().min().map_or(0, |least| least + room);
            let mut kept = reduced.iter().map(|&reduced| reduced <= most);
            unit.alive.retain(|_| kept.next().unwrap_or(true));
        }
        let mu = work.lagrangian.scaled_mu(self.point.mu);
        let paid = Paid::new(work, &self.paid);
        paid.narrow(&mut self.totals, room);
        if let Some(programme) = &mut self.programme {
            (0..).zip(&self.totals).for_each(|(group, &range)| programme.set_total(group, range));
        }
        for (at, position) in model.problem.positions.iter().enumerate() {
            let worth = |filled| {
                let more = i128::from(paid.by_position[at]) * i128::from(filled);
                work.lagrangian.worth_of_heads(position, at, mu, filled) + more
            };
            let heads = &mut self.heads[at];
            let least = (heads[0]..=heads[1]).map(worth).min().unwrap_or(0);
            while heads[0] < heads[1] && worth(heads[0]) - least > i128::from(room) {
                heads[0] += 1;
            }
            while heads[0] < heads[1] && worth(heads[1]) - least > i128::from(room) {
                heads[1] -= 1;
            }
            if let Some(programme) = &mut self.programme {
                programme.set_heads(at, position, *heads, &work.groups.of[at]);
            }
        }
        if let Some(programme) = &mut self.programme {
            let units = &self.units;
            programme.retain(|unit, column| units[unit as usize].alive.binary_search(&column).is_ok());
        }
    }

    /// Lists more people where less room makes that possible; what their units were before.
    fn list_more(&mut self, work: &mut Work<'_>, room: i64) -> FxHashMap<usize, Unit> {
        if (room as f64) > LESS_ROOM * self.listed as f64 {
            return FxHashMap::default();
        }
        self.listed = room;
        let Work { model, lagrangian, scratch, .. } = work;
        let before = self.units.clone();
        let mut listed: usize = self.units.iter().map(|unit| unit.alive.len()).sum();
        let mut changed = Vec::new();
        let mut roster = Roster::default();
        for (at, unit) in self.units.iter_mut().enumerate().filter(|(_, unit)| !unit.complete) {
            let (offer, person) = (lagrangian.offer(), unit.people[0] as usize);
            let least = scratch.best_roster(model, person, offer, &mut roster);
            let all = list::list(model, person, offer, (least, room), MOST_STEPS);
            if let Some(columns) = all.filter(|_| listed < MOST_LISTED) {
                listed += columns.len();
                *unit = Unit::new(std::mem::take(&mut unit.people), Vec::new(), true, columns);
                changed.push(at);
            }
        }
        changed.extend(join::join(model, lagrangian, &mut self.units, room));
        before.into_iter().enumerate().filter(|(at, _)| changed.contains(at)).collect()
    }
}

/// A person's best roster, as a column.
fn column_of(model: &Model<'_>, lagrangian: &Lagrangian, person: usize, roster: &mut Roster) -> Column {
    roster.seats.sort_unstable();
    let cost = list::own_cost(model, person, &roster.seats, lagrangian.unit);
    let links = (model.people[person].first_link..).zip(&roster.active);
    let links = links.filter(|&(_, &active)| active).map(|(link, _)| link).collect();
    let held = roster.seats.iter().map(|&seat| (seat, person as u32)).collect();
    Column { held, cost, links, slack: 0 }
}
