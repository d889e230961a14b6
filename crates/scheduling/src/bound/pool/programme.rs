//! The linear programme over a pool: as few rows as can be, one for each position and unit of which something is open, and
//! one for essential; and those of the multipliers of companions who were not listed together.

use rustc_hash::{FxHashMap, FxHashSet};

use super::groups::{self, Groups};
use super::node::Work;
use super::unit::Unit;
use crate::bound::lagrangian::{Heads, Lagrangian};
use crate::bound::model::{Model, mix};
use crate::bound::simplex::{Column, PERTURBATION, Simplex};
use crate::bound::value::Point;
use crate::problem::Position;

/// Cost of a unit by which a row is off: above any price, small enough for floating point.
const PENALTY: f64 = 1e5;
/// Rows beyond which no more companions' multipliers are its own.
const MOST_ROWS: usize = 1_500;
/// A column must be worth so much to come in: more than the prices' rounding.
pub(super) const GAIN: f64 = 1e-3;
/// Smaller gains are not pivoted for.
const LEAST_GAIN: f64 = 1e-4;
/// Columns of a unit that the programme starts with.
const FIRST_LISTED: usize = 60;
/// More of a unit's columns are never taken: no limit, but one to stand at.
const MOST_TAKEN: f64 = 2.0;
/// Groups and essential may be so far off at no cost: more than the perturbed rows of their positions are together, so
/// that whole plans stay possible.
const SPARE: f64 = 1e-4;
/// What the columns' costs are moved by at most.
const TINY: f64 = 1e-3;
/// Smaller shares are rounding.
const ABSENT: f64 = 1e-3;
/// Greater shares are all.
pub(super) const WHOLE: f64 = 0.99;

/// Ways to put together what parts of a unit have taken.
const MOST_WAYS: usize = 9;

/// The row of what is settled.
const NONE: u32 = u32::MAX;

/// What a column of the programme is.
#[derive(Clone, Debug)]
enum Kind {
    /// Off by a row.
    Single,
    /// Of essential, hardly off.
    Spare,
    /// Seats of a position left empty: of the essential ones or of the others.
    Lack(usize, bool),
    /// People of a group of positions.
    Total(usize),
    /// A coupling's events on a night.
    Pair(usize, Vec<u32>),
    /// Of a unit.
    Unit(u32, u32),
}

/// A part of the plans.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) units: &'a [Unit],
    pub(super) heads: &'a [Heads],
    pub(super) totals: &'a [Heads],
}

/// Seats left empty, or people: how many of them at least, and the programme's column for the others.
#[derive(Clone, Copy)]
struct Lack {
    column: u32,
    least: u32,
}

/// What the rows add up to.
#[derive(Default)]
struct Sums(Vec<f64>);

impl Sums {
    fn row(&mut self, sum: f64) -> u32 {
        self.0.push(sum);
        self.0.len() as u32 - 1
    }
}

/// The programme. Floating point: it only suggests.
#[derive(Clone)]
pub(super) struct Programme {
    simplex: Simplex,
    kinds: Vec<Kind>,
    known: FxHashSet<(u32, u32)>,
    /// The rows.
    positions: Vec<u32>,
    units: Vec<u32>,
    essential: u32,
    groups: Vec<u32>,
    totals: Vec<Lack>,
    /// The column by which essential may be off a little.
    spare: u32,
    /// Rows of links to companions.
    links: FxHashMap<u32, u32>,
    /// Couplings that are not within a unit, and their rows.
    pairs: Vec<(usize, u32)>,
    known_pairs: FxHashSet<(usize, Vec<u32>)>,
    /// By position: of the essential seats, and of the others.
    lacks: Vec<[Option<Lack>; 2]>,
    /// By position: seats of units that are settled.
    taken: Vec<u32>,
    /// Whether limits are others than when it was solved.
    is_moved: bool,
}

/// Seats left empty, at least and at most: of the essential ones, and of the others, which are left empty first.
fn empty_seats(position: &Position, heads: Heads) -> [[u32; 2]; 2] {
    let others = position.desired - position.minimum;
    let empty = [position.desired - heads[1], position.desired - heads[0]];
    [empty.map(|empty| empty.saturating_sub(others)), empty.map(|empty| empty.min(others))]
}

impl Programme {
    /// At the cost level, over the columns of units that are left: those of the programme before, with its basis, or of
    /// units that are others now the first.
    pub(super) fn new(
        work: &Work<'_>,
        parts: Parts<'_>,
        before: Option<(&Self, &FxHashMap<usize, Unit>)>,
    ) -> Self {
        let Parts { units, heads, totals } = parts;
        let lagrangian = &work.lagrangian;
        let mut programme = Self::with_rows(work, parts);
        for (group, &range) in totals.iter().enumerate() {
            programme.add_total(group, range);
        }
        for (at, position) in work.model.problem.positions.iter().enumerate() {
            programme.add_lacks(at, position, heads[at], &work.groups.of[at]);
        }
        for (at, unit) in units.iter().enumerate() {
            let is_other = before.is_none_or(|(_, changed)| changed.contains_key(&at));
            if is_other {
                for &column in unit.alive.iter().take(FIRST_LISTED) {
                    programme.enter(lagrangian, units, (at as u32, column));
                }
            }
        }
        if let Some((before, changed)) = before {
            programme.take_over(before, changed, lagrangian, units);
        }
        programme
    }

    fn with_rows(work: &Work<'_>, Parts { units, heads, totals }: Parts<'_>) -> Self {
        let Work { model, level, groups: Groups { sets, .. }, .. } = work;
        let positions = &model.problem.positions;
        let (mut open, mut taken) = (vec![false; positions.len()], vec![0; positions.len()]);
        for unit in units {
            if let Some(column) = unit.settled() {
                column.held.iter().for_each(|held| taken[held.0 as usize] += 1);
            } else if unit.complete {
                unit.alive()
                    .flat_map(|(_, column)| &column.held)
                    .for_each(|held| open[held.0 as usize] = true);
            } else {
                let people = unit.people.iter();
                people
                    .flat_map(|&person| model.options(person as usize))
                    .for_each(|&seat| open[seat as usize] = true);
            }
        }
        let (mut sums, mut essential) = (Sums::default(), level.target() as f64);
        let mut rows = vec![NONE; positions.len()];
        for (at, position) in positions.iter().enumerate() {
            let worth = position.essential_worth as f64;
            if open[at] {
                let [short, lacking] = empty_seats(position, heads[at]);
                rows[at] = sums.row(
                    f64::from(position.desired)
                        - f64::from(short[0])
                        - f64::from(lacking[0])
                        - f64::from(taken[at]),
                );
                essential -= worth * f64::from(short[0]);
            } else {
                essential -= worth * f64::from(position.minimum.saturating_sub(taken[at]));
            }
        }
        let unit_rows: Vec<u32> =
            units.iter().map(|unit| if unit.settled().is_some() { NONE } else { sums.row(1.0) }).collect();
        let essential = sums.row(essential + SPARE);
        let group_rows = sets.iter().zip(totals).map(|(set, range)| {
            let settled = |at: u32| {
                let (position, taken) = (&model.problem.positions[at as usize], taken[at as usize]);
                let [short, lacking] = empty_seats(position, heads[at as usize]);
                if open[at as usize] { short[0] + lacking[0] } else { position.desired.saturating_sub(taken) }
            };
            let empty: u32 = set.iter().map(|&at| settled(at)).sum();
            let seats = groups::seats(model, set);
            sums.row(f64::from(seats) - f64::from(empty) - f64::from(range[0]) + SPARE)
        });
        let group_rows: Vec<u32> = group_rows.collect();
        let inner: FxHashSet<usize> = units.iter().flat_map(|unit| unit.couplings.iter().copied()).collect();
        let (mut links, mut pairs) = (FxHashMap::default(), Vec::new());
        for (at, coupling) in model.couplings.iter().enumerate().filter(|(at, _)| !inner.contains(at)) {
            if sums.0.len() > MOST_ROWS {
                break;
            }
            pairs.push((at, sums.row(1.0)));
            for link in
                coupling.sides.iter().flat_map(|side| side.first_link..=side.first_link + coupling.common)
            {
                links.insert(link, sums.row(0.0));
            }
        }
        for link in units.iter().filter_map(Unit::settled).flat_map(|column| &column.links) {
            if let Some(&row) = links.get(link) {
                sums.0[row as usize] -= 1.0;
            }
        }
        let kinds = vec![Kind::Single; 2 * sums.0.len()];
        let mut simplex = Simplex::new(sums.0, PENALTY);
        let mut others = Vec::new();
        let spare = simplex.add(Column { cost: 0.0, upper: 2.0 * SPARE, entries: vec![(essential, 1.0)] });
        others.push(Kind::Spare);
        for &(at, row) in &pairs {
            simplex.add(Column { cost: 0.0, upper: MOST_TAKEN, entries: vec![(row, 1.0)] });
            others.push(Kind::Pair(at, Vec::new()));
        }
        Self {
            simplex,
            kinds: [kinds, others].concat(),
            known: FxHashSet::default(),
            positions: rows,
            units: unit_rows,
            essential,
            groups: group_rows,
            totals: Vec::new(),
            spare,
            links,
            known_pairs: pairs.iter().map(|&(at, _)| (at, Vec::new())).collect(),
            pairs,
            lacks: vec![[None; 2]; positions.len()],
            taken,
            is_moved: false,
        }
    }

    fn add_total(&mut self, group: usize, range: Heads) {
        let upper = f64::from(range[1]) - f64::from(range[0]) + 2.0 * SPARE;
        let column = self.simplex.add(Column { cost: 0.0, upper, entries: vec![(self.groups[group], 1.0)] });
        self.kinds.push(Kind::Total(group));
        self.totals.push(Lack { column, least: range[0] });
    }

    fn add_lacks(&mut self, at: usize, position: &Position, heads: Heads, groups: &[u32]) {
        let row = self.positions[at];
        if row == NONE {
            return;
        }
        let seats = [position.minimum, position.desired - position.minimum];
        for (which, empty) in empty_seats(position, heads).into_iter().enumerate() {
            if seats[which] == 0 {
                continue;
            }
            let mut entries = vec![(row, 1.0)];
            entries.extend(groups.iter().map(|&group| (self.groups[group as usize], 1.0)));
            if which == 0 {
                entries.push((self.essential, position.essential_worth as f64));
            }
            let cost = if which == 0 { 0.0 } else { position.desired_worth as f64 };
            let column = self.simplex.add(Column { cost, upper: upper(empty), entries });
            self.kinds.push(Kind::Lack(at, which == 0));
            self.lacks[at][which] = Some(Lack { column, least: empty[0] });
        }
    }

    /// The columns that are left of the programme before, and its basis as far as it is one still. Of units that are others now
    /// what was taken is, if that is a column of theirs.
    fn take_over(
        &mut self,
        before: &Self,
        changed: &FxHashMap<usize, Unit>,
        lagrangian: &Lagrangian,
        units: &[Unit],
    ) {
        let mut moved = vec![NONE; before.kinds.len()];
        let sorted = |kind: &Kind| match *kind {
            Kind::Unit(unit, column) => {
                !changed.contains_key(&(unit as usize)) && {
                    units[unit as usize].alive.binary_search(&column).is_ok()
                }
            }
            _ => true,
        };
        for (at, kind) in before.kinds.iter().enumerate().filter(|(_, kind)| sorted(kind)) {
            let column = match kind {
                Kind::Single => None,
                Kind::Spare => Some(self.spare),
                &Kind::Lack(position, essential) => {
                    self.lacks[position][usize::from(!essential)].map(|lack| lack.column)
                }
                &Kind::Total(group) => Some(self.totals[group].column),
                Kind::Pair(coupling, events) if events.is_empty() => {
                    let mut pairs = self.kinds.iter();
                    let same = |kind: &Kind| matches!(kind, Kind::Pair(at, events) if at == coupling && events.is_empty());
                    pairs.position(same).map(|at| at as u32)
                }
                Kind::Pair(coupling, events) => {
                    let cost = before.simplex.cost_of(at as u32);
                    self.enter_pair(*coupling, events.clone(), cost)
                }
                &Kind::Unit(unit, column) => self.enter(lagrangian, units, (unit, column)),
            };
            moved[at] = column.unwrap_or(NONE);
        }
        let (basis, at_upper) = before.simplex.basis();
        let moved = |columns: &[u32]| -> Vec<u32> {
            columns.iter().map(|&column| moved[column as usize]).filter(|&column| column != NONE).collect()
        };
        let mut basis = moved(basis);
        for column in before.taken_as(changed, units) {
            basis.extend(self.enter(lagrangian, units, column));
        }
        self.simplex.start_at(basis, &moved(&at_upper));
        self.is_moved = true;
    }

    /// What it takes of units that are others now, as columns of what they are.
    fn taken_as(&self, changed: &FxHashMap<usize, Unit>, units: &[Unit]) -> Vec<(u32, u32)> {
        let taken = self.taken();
        let mut found = Vec::new();
        for (at, unit) in units.iter().enumerate().filter(|(at, _)| changed.contains_key(at)) {
            let is_part = |part: &Unit| part.people.iter().any(|one| unit.people.contains(one));
            // What each of its parts has taken, with all that the others have.
            let mut ways: Vec<Vec<(u32, u32)>> = vec![Vec::new()];
            for (&was, part) in changed.iter().filter(|(_, part)| is_part(part)) {
                let of_part = taken.iter().filter(|taken| taken.0 as usize == was);
                let of_part: Vec<_> = of_part.map(|taken| &part.columns[taken.1 as usize].held).collect();
                let with = |way: &Vec<(u32, u32)>| {
                    of_part.iter().map(|held| [way, held.as_slice()].concat()).collect::<Vec<_>>()
                };
                ways = ways.iter().flat_map(with).take(MOST_WAYS).collect();
            }
            for mut way in ways {
                way.sort_unstable();
                let column = unit.alive().find(|(_, column)| column.held == way);
                found.extend(column.map(|(column, _)| (at as u32, column)));
            }
        }
        found
    }

    pub(super) fn knows(&self, column: (u32, u32)) -> bool {
        self.known.contains(&column)
    }

    pub(super) fn rows(&self) -> usize {
        self.simplex.rows_count()
    }

    /// Units that have a row.
    pub(super) fn open_units(&self) -> usize {
        self.units.iter().filter(|&&row| row != NONE).count()
    }

    /// Takes in a column of a unit; a seat that two of its people hold is named twice.
    pub(super) fn enter(
        &mut self,
        lagrangian: &Lagrangian,
        units: &[Unit],
        (unit, at): (u32, u32),
    ) -> Option<u32> {
        let row = self.units[unit as usize];
        if row == NONE || !self.known.insert((unit, at)) {
            return None;
        }
        let column = &units[unit as usize].columns[at as usize];
        let mut entries: Vec<(u32, f64)> = Vec::with_capacity(column.held.len() + 1);
        for &(seat, _) in &column.held {
            let row = self.positions[seat as usize];
            match entries.last_mut() {
                Some(last) if last.0 == row => last.1 += 1.0,
                _ => entries.push((row, 1.0)),
            }
        }
        entries.push((row, 1.0));
        entries.extend(column.links.iter().filter_map(|link| self.links.get(link)).map(|&row| (row, 1.0)));
        self.kinds.push(Kind::Unit(unit, at));
        // Costs that are all a little different leave fewer ways at the same price.
        let share = mix(u64::from(unit) << 32 | u64::from(at)) as f64 / u64::MAX as f64;
        let cost = lagrangian.amount(column.cost) + share * TINY;
        Some(self.simplex.add(Column { cost, upper: MOST_TAKEN, entries }))
    }

    fn enter_pair(&mut self, coupling: usize, events: Vec<u32>, cost: f64) -> Option<u32> {
        let &(_, row) = self.pairs.iter().find(|pair| pair.0 == coupling)?;
        if !self.known_pairs.insert((coupling, events.clone())) {
            return None;
        }
        let happening = events.iter().filter_map(|link| self.links.get(link)).map(|&row| (row, -1.0));
        let entries = [(row, 1.0)].into_iter().chain(happening).collect();
        self.kinds.push(Kind::Pair(coupling, events));
        Some(self.simplex.add(Column { cost, upper: MOST_TAKEN, entries }))
    }

    /// Takes in the pairs' nights that would make it cheaper at the point looked at; true if there are any.
    pub(super) fn enter_pairs(&mut self, model: &Model<'_>, lagrangian: &mut Lagrangian) -> bool {
        let duals = self.simplex.duals();
        let mut found = false;
        for (at, row) in self.pairs.clone() {
            let (cost, events) = lagrangian.pair(&model.couplings[at]);
            let paid = events.iter().filter_map(|link| self.links.get(link)).map(|&row| duals[row as usize]);
            if cost + paid.sum::<f64>() - duals[row as usize] < -GAIN {
                found |= self.enter_pair(at, events, cost).is_some();
            }
        }
        found
    }

    /// Some pivots; true at the end.
    pub(super) fn solve(&mut self, pivots: u32) -> bool {
        let at_end = self.simplex.solve(pivots, LEAST_GAIN);
        // Rounding may have spoilt the basis.
        self.is_moved = self.simplex.is_off();
        at_end && !self.is_moved
    }

    /// Makes what is taken possible again where limits have changed, unless the cost rises by so much before; true at the
    /// end.
    pub(super) fn solve_again(&mut self, pivots: u32, rise: f64) -> bool {
        if self.is_moved {
            self.is_moved = !self.simplex.solve_again(pivots, rise);
        }
        !self.is_moved
    }

    /// Pivots until now.
    pub(super) fn pivots(&self) -> u64 {
        self.simplex.pivots()
    }

    /// What all that is open costs.
    pub(super) fn cost(&self) -> f64 {
        self.simplex.cost()
    }

    /// Takes none of the columns that `keep` does not want kept.
    pub(super) fn retain(&mut self, keep: impl Fn(u32, u32) -> bool) {
        for (at, kind) in (0..).zip(&self.kinds) {
            if let &Kind::Unit(unit, column) = kind
                && !keep(unit, column)
            {
                self.is_moved |= self.simplex.set_upper(at, 0.0);
            }
        }
    }

    /// Changes how many people a position has.
    pub(super) fn set_heads(&mut self, at: usize, position: &Position, heads: Heads, groups: &[u32]) {
        let row = self.positions[at];
        for (which, empty) in empty_seats(position, heads).into_iter().enumerate() {
            let Some(lack) = &mut self.lacks[at][which] else { continue };
            let more = f64::from(empty[0]) - f64::from(lack.least);
            lack.least = empty[0];
            self.is_moved |= self.simplex.set_upper(lack.column, upper(empty)) || more > 0.0;
            self.simplex.shift(row, -more);
            for &group in groups {
                self.simplex.shift(self.groups[group as usize], -more);
            }
            if which == 0 {
                self.simplex.shift(self.essential, -more * position.essential_worth as f64);
            }
        }
    }

    /// Changes how many people a group has.
    pub(super) fn set_total(&mut self, group: usize, range: Heads) {
        let total = &mut self.totals[group];
        let more = f64::from(range[0]) - f64::from(total.least);
        total.least = range[0];
        let upper = f64::from(range[1]) - f64::from(range[0]) + 2.0 * SPARE;
        self.is_moved |= self.simplex.set_upper(total.column, upper) || more > 0.0;
        self.simplex.shift(self.groups[group], -more);
    }

    /// The prices it suggests, with the companions' multipliers given where they are not its own; what it pays groups for
    /// their people; and what it pays each unit.
    pub(super) fn point(
        &mut self,
        work: &Work<'_>,
        heads: &[Heads],
        theta: &[f64],
    ) -> (Point, Vec<f64>, Vec<f64>) {
        let model = work.model;
        let duals = self.simplex.duals();
        let mut theta = theta.to_vec();
        for (&link, &row) in &self.links {
            theta[link as usize] = -duals[row as usize];
        }
        let mu = -duals[self.essential as usize];
        let prices = model.problem.positions.iter().enumerate().map(|(at, position)| {
            let taken = self.taken[at];
            let paid = || {
                work.groups.of[at]
                    .iter()
                    .map(|&group| duals[self.groups[group as usize] as usize])
                    .sum::<f64>()
            };
            match self.positions[at] {
                // What is settled stays so at a price that the next seat is worth.
                NONE if taken < heads[at][0] => PENALTY,
                NONE if taken > heads[at][1] => -PENALTY,
                NONE if taken == heads[at][1] => -paid(),
                NONE if taken < position.minimum => mu * position.essential_worth as f64 - paid(),
                NONE => position.desired_worth as f64 - paid(),
                row => duals[row as usize],
            }
        });
        let point = Point { prices: prices.collect(), theta, mu };
        let end = |&row: &u32| if row == NONE { f64::NEG_INFINITY } else { duals[row as usize] };
        let paid = self.groups.iter().map(|&row| duals[row as usize]).collect();
        (point, paid, self.units.iter().map(end).collect())
    }

    /// The columns of units that are taken, and how much of each.
    pub(super) fn taken(&self) -> Vec<(u32, u32, f64)> {
        let taken = self.simplex.taken();
        let units = self.kinds.iter().zip(taken).filter_map(|(kind, share)| match *kind {
            Kind::Unit(unit, column) if share > ABSENT => Some((unit, column, share)),
            _ => None,
        });
        let mut found: Vec<_> = units.collect();
        found.sort_unstable_by_key(|&(unit, column, _)| (unit, column));
        found
    }

    /// Whether it takes columns whole or not at all.
    pub(super) fn is_whole(&self) -> bool {
        self.taken().iter().all(|taken| taken.2 > WHOLE)
    }

    /// How many people each position has whose row is its own.
    pub(super) fn heads(&self, model: &Model<'_>) -> Vec<(usize, f64)> {
        let taken = self.simplex.taken();
        let positions = model.problem.positions.iter().enumerate();
        let open = positions.filter(|&(at, _)| self.positions[at] != NONE);
        open.map(|(at, position)| {
            let lacks = self.lacks[at].iter().flatten();
            let lacking: f64 = lacks.map(|lack| f64::from(lack.least) + taken[lack.column as usize]).sum();
            (at, f64::from(position.desired) - lacking)
        })
        .collect()
    }

    /// How many people each group has.
    pub(super) fn totals(&self) -> Vec<f64> {
        let taken = self.simplex.taken();
        self.totals
            .iter()
            .map(|total| f64::from(total.least) - SPARE + taken[total.column as usize])
            .collect()
    }

    /// Forgets what can be computed again.
    pub(super) fn rest(&mut self) {
        self.simplex.rest();
    }
}

/// A little more than is left between the limits, so that the perturbed rows can be met.
fn upper(empty: [u32; 2]) -> f64 {
    f64::from(empty[1].saturating_sub(empty[0])) + PERTURBATION
}
