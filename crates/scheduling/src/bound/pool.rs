//! Where a festival is too large to branch: every roster that can be part of a better plan, in one list, and a linear
//! programme over it.
//!
//! At a good point of the dual a roster whose reduced cost is above its person's least by more than the room between the
//! bound and the best plan known is part of no better plan (Baldacci, Christofides & Mingozzi 2008). Most people have so
//! few rosters left that they can be listed, under all rules of their own; companions, and people to be kept apart,
//! are then listed together, so that what they owe each other is exact and no multipliers stand for it. Who has too
//! many is asked by the dynamic programme as before. The programme (Dantzig & Wolfe 1960) finds the best prices,
//! where steps along subgradients only come near. It only suggests them: what they prove is counted in integers.

mod join;
mod list;
mod programme;

use rustc_hash::FxHashSet;

use super::lagrangian::Lagrangian;
use super::model::Model;
use super::pair;
use super::roster::{Offer, Roster, Scratch};
use super::value::{Level, Point, Value};
use programme::Programme;

/// Steps of the walk over one person's rosters; with more, they are not listed.
const MOST_STEPS: usize = 20_000;
/// Rosters listed in all, and for the programme's start by person.
const MOST_LISTED: usize = 300_000;
const FIRST_LISTED: usize = 60;
/// Who has too many rosters starts with some that are at most so near the least: shares of the room.
const NEARER: [i64; 5] = [3, 10, 40, 200, 1_000];
/// Columns of one unit that may enter the programme at once.
const ENTRANTS: usize = 4;
/// Pivots in one step.
const PIVOTS: u32 = 150;

/// What the people of a unit may do together.
#[derive(Clone, Debug)]
struct Column {
    /// Position and person, sorted.
    held: Vec<(u32, u32)>,
    /// Own cost and that between the people of the unit, scaled.
    cost: i64,
    /// Links to companions outside the unit whose events happen.
    links: Vec<u32>,
    /// How far that less its prices was above the least at the point where it was listed.
    slack: i64,
    /// Whether it is in the programme.
    entered: bool,
}

impl Column {
    fn seats(&self) -> Vec<u32> {
        self.held.iter().map(|held| held.0).collect()
    }

    /// Cost less prices, at what is offered.
    fn reduced(&self, offer: Offer<'_>) -> i64 {
        let paid: i64 = self.held.iter().map(|held| offer.prices[held.0 as usize]).sum();
        let linked: i64 = self.links.iter().map(|&link| offer.companion[link as usize]).sum();
        self.cost + linked - paid
    }
}

/// A column that is to enter the programme.
struct Entrant {
    unit: usize,
    seats: Vec<u32>,
    links: Vec<u32>,
    cost: i64,
}

/// People whose rosters depend on each other by more than the positions; mostly one.
#[derive(Clone, Debug)]
struct Unit {
    people: Vec<u32>,
    /// The companions' nights within the unit.
    couplings: Vec<usize>,
    /// Whether the columns are all that a plan below the limit can hold.
    complete: bool,
    columns: Vec<Column>,
    known: FxHashSet<Vec<u32>>,
}

/// The plans of an essential that cost less than a limit, and a programme over them.
pub(super) struct Pool {
    level: Level,
    /// What is listed is complete for plans that cost less.
    limit: i64,
    lagrangian: Lagrangian,
    units: Vec<Unit>,
    best: (Point, Value),
    programme: Programme,
    scratch: Scratch,
    is_done: bool,
}

impl Pool {
    /// Lists the rosters that can be part of a plan of the level's essential below `limit`, at a point of the dual.
    pub(super) fn new(model: &Model<'_>, level: Level, point: &Point, limit: i64) -> Self {
        let mut lagrangian = Lagrangian::alone(model, level);
        lagrangian.set(point);
        let (mut scratch, mut roster) = (Scratch::default(), Roster::default());
        let offer = lagrangian.offer();
        let people = 0..model.people.len();
        let leasts: Vec<i64> =
            people.map(|person| scratch.best_roster(model, person, offer, &mut roster)).collect();
        let value = lagrangian.value(model, point.mu, leasts.iter().map(|&least| i128::from(least)).sum());
        let room = (i128::from(limit - 1) << value.bits) - value.beyond(level.target());
        let room = room.clamp(0, i128::from(i64::MAX / 16)) as i64;
        let mut listed = 0;
        let offer = lagrangian.offer();
        let mut units = Vec::with_capacity(leasts.len());
        for (person, &least) in leasts.iter().enumerate() {
            let within = |room: i64, steps: usize| list::list(model, person, offer, (least, room), steps);
            let all = if listed < MOST_LISTED { within(room, MOST_STEPS) } else { None };
            let complete = all.is_some();
            let near = || NEARER.iter().find_map(|part| within(room / part, MOST_STEPS / 10));
            let columns = all.or_else(near).unwrap_or_default();
            if complete {
                listed += columns.len();
            }
            let people = vec![person as u32];
            units.push(Unit {
                people,
                couplings: Vec::new(),
                complete,
                columns,
                known: FxHashSet::default(),
            });
        }
        let mut units = join::join(model, &mut lagrangian, units, room);
        for unit in &mut units {
            unit.columns.sort_by(|a, b| a.slack.cmp(&b.slack).then_with(|| a.held.cmp(&b.held)));
        }
        let within: FxHashSet<usize> = units.iter().flat_map(|unit| unit.couplings.iter().copied()).collect();
        let open: Vec<usize> = (0..model.couplings.len()).filter(|at| !within.contains(at)).collect();
        let mut programme = Programme::new(model, level, units.len(), &open);
        for (at, unit) in units.iter_mut().enumerate() {
            for column in unit.columns.iter_mut().take(FIRST_LISTED) {
                column.entered = true;
                programme.enter(at, &column.seats(), &column.links, lagrangian.amount(column.cost));
                if !unit.complete {
                    unit.known.insert(column.seats());
                }
            }
        }
        let best = (point.clone(), value);
        let mut pool = Self { level, limit, lagrangian, units, best, programme, scratch, is_done: false };
        let start = pool.worth(model, point, None);
        pool.best.1 = start;
        pool
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// No plan of the level's essential costs less.
    pub(super) fn bound(&self) -> i64 {
        self.best.1.ceiling(self.level.target()).min(self.limit)
    }

    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// The best point, and what the dual without the lists is worth there.
    pub(super) fn point(&mut self, model: &Model<'_>) -> (Value, Point) {
        let value = self.lagrangian.respond(model, &self.best.0, &mut Vec::new());
        (value, self.best.0.clone())
    }

    /// Some pivots; at the programme's end the columns that would make it cheaper, or the end of it all.
    pub(super) fn step(&mut self, model: &Model<'_>, limit: i64) {
        if self.bound() >= limit.min(self.limit) {
            self.is_done = true;
            return;
        }
        if !self.programme.solve(PIVOTS) {
            return;
        }
        let (point, ends) = self.programme.point(&self.best.0.theta);
        let mut found = Vec::new();
        let value = self.worth(model, &point, Some((&ends, &mut found)));
        if value.beyond(self.level.target()) > self.best.1.beyond(self.level.target()) {
            self.best = (point, value);
        }
        let pairs = self.programme.enter_pairs(model, &mut self.lagrangian);
        self.is_done = found.is_empty() && !pairs;
        for entrant in found {
            let cost = self.lagrangian.amount(entrant.cost);
            self.programme.enter(entrant.unit, &entrant.seats, &entrant.links, cost);
        }
    }

    /// The dual at a point, exactly: of all plans below the limit. Given what the programme pays each unit, also finds
    /// the columns that would make it cheaper.
    fn worth(
        &mut self,
        model: &Model<'_>,
        point: &Point,
        mut entrants: Option<(&[f64], &mut Vec<Entrant>)>,
    ) -> Value {
        let Self { lagrangian, units, scratch, .. } = self;
        lagrangian.set(point);
        let mut people = 0_i128;
        let mut roster = Roster::default();
        for (at, unit) in units.iter_mut().enumerate() {
            let end = entrants.as_ref().map_or(f64::NEG_INFINITY, |(ends, _)| ends[at] - programme::GAIN);
            if !unit.complete {
                let offer = lagrangian.offer();
                let person = unit.people[0] as usize;
                let least = scratch.best_roster(model, person, offer, &mut roster);
                people += i128::from(least);
                roster.seats.sort_unstable();
                let cost = list::own_cost(model, person, &roster.seats, lagrangian.unit);
                let links = (model.people[person].first_link..).zip(&roster.active);
                let links: Vec<u32> = links.filter(|&(_, &active)| active).map(|(link, _)| link).collect();
                let held = roster.seats.iter().map(|&seat| (seat, person as u32)).collect();
                let column = Column { held, cost, links, slack: 0, entered: true };
                if let Some((_, found)) = &mut entrants
                    && lagrangian.amount(column.reduced(offer)) < end
                    && unit.known.insert(roster.seats.clone())
                {
                    found.push(Entrant { unit: at, seats: column.seats(), links: column.links, cost });
                }
                continue;
            }
            let offer = lagrangian.offer();
            let mut least = i64::MAX / 8;
            let mut better: Vec<(i64, usize)> = Vec::new();
            for (index, column) in unit.columns.iter().enumerate() {
                let reduced = column.reduced(offer);
                least = least.min(reduced);
                if !column.entered && lagrangian.amount(reduced) < end {
                    better.push((reduced, index));
                }
            }
            people += i128::from(least);
            for &coupling in &unit.couplings {
                let Lagrangian { theta, unit, chosen, .. } = &mut *lagrangian;
                // Counted with the unit, and once more with all the others below.
                people -= i128::from(pair::least(&model.couplings[coupling], theta, *unit, chosen));
            }
            better.sort_unstable();
            if let Some((_, found)) = &mut entrants {
                for (_, index) in better.into_iter().take(ENTRANTS) {
                    let column = &mut unit.columns[index];
                    column.entered = true;
                    let (seats, links) = (column.seats(), column.links.clone());
                    found.push(Entrant { unit: at, seats, links, cost: column.cost });
                }
            }
        }
        self.lagrangian.value(model, point.mu, people)
    }
}
