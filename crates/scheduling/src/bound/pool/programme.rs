//! The linear programme over a pool: as few rows as can be, one for each position and unit and one for essential; and those
//! of the multipliers of companions who were not listed together.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bound::lagrangian::Lagrangian;
use crate::bound::model::Model;
use crate::bound::simplex::{Column, PERTURBATION, Simplex};
use crate::bound::value::{Level, Point};

/// Cost of a unit by which a row is off: above any price, small enough for floating point.
const PENALTY: f64 = 1e5;
/// Rows beyond which no more companions' multipliers are its own: a pivot takes time in proportion to their square.
const MOST_ROWS: usize = 1_500;
/// A column must be worth so much to come in: more than the prices' rounding.
pub(super) const GAIN: f64 = 1e-4;

/// The programme. Floating point: it only suggests.
pub(super) struct Programme {
    simplex: Simplex,
    positions: usize,
    units: usize,
    /// Rows of links to companions.
    links: FxHashMap<u32, u32>,
    /// Couplings that are not within a unit, and their rows.
    pairs: Vec<(usize, u32)>,
    known_pairs: FxHashSet<(usize, Vec<u32>)>,
}

impl Programme {
    /// At the cost level, without columns of units; with the couplings that are not within one.
    pub(super) fn new(model: &Model<'_>, level: Level, units: usize, open: &[usize]) -> Self {
        let positions = &model.problem.positions;
        let essential = (positions.len() + units) as u32;
        let wanted = positions.iter().map(|position| f64::from(position.desired));
        let mut sums: Vec<f64> =
            wanted.chain((0..units).map(|_| 1.0)).chain([level.target() as f64]).collect();
        let (mut links, mut pairs) = (FxHashMap::default(), Vec::new());
        for &at in open {
            let coupling = &model.couplings[at];
            if sums.len() > MOST_ROWS {
                break;
            }
            pairs.push((at, sums.len() as u32));
            sums.push(1.0);
            for link in
                coupling.sides.iter().flat_map(|side| side.first_link..=side.first_link + coupling.common)
            {
                links.insert(link, sums.len() as u32);
                sums.push(0.0);
            }
        }
        let mut simplex = Simplex::new(sums, PENALTY);
        for &(_, row) in &pairs {
            simplex.add(Column { cost: 0.0, upper: f64::INFINITY, entries: vec![(row, 1.0)] });
        }
        let known_pairs = open.iter().map(|&at| (at, Vec::new())).collect();
        for (row, position) in (0..).zip(positions) {
            let (minimum, worth) = (f64::from(position.minimum), position.essential_worth as f64);
            if position.minimum > 0 {
                let entries = vec![(row, 1.0), (essential, worth)];
                simplex.add(Column { cost: 0.0, upper: minimum + PERTURBATION, entries });
            }
            if position.desired > position.minimum {
                let upper = f64::from(position.desired) - minimum + PERTURBATION;
                simplex.add(Column { cost: position.desired_worth as f64, upper, entries: vec![(row, 1.0)] });
            }
        }
        Self { simplex, positions: positions.len(), units, links, pairs, known_pairs }
    }

    /// Takes in a column of a unit; a seat that two of its people hold is named twice.
    pub(super) fn enter(&mut self, unit: usize, seats: &[u32], links: &[u32], cost: f64) {
        let mut entries: Vec<(u32, f64)> = Vec::new();
        for &seat in seats {
            match entries.last_mut() {
                Some(last) if last.0 == seat => last.1 += 1.0,
                _ => entries.push((seat, 1.0)),
            }
        }
        entries.push(((self.positions + unit) as u32, 1.0));
        entries.extend(links.iter().filter_map(|link| self.links.get(link)).map(|&row| (row, 1.0)));
        self.simplex.add(Column { cost, upper: f64::INFINITY, entries });
    }

    /// Some pivots; true at the end.
    pub(super) fn solve(&mut self, pivots: u32) -> bool {
        self.simplex.solve(pivots)
    }

    /// Takes in the pairs' nights that would make it cheaper at the point looked at; true if there are any.
    pub(super) fn enter_pairs(&mut self, model: &Model<'_>, lagrangian: &mut Lagrangian) -> bool {
        let duals = self.simplex.duals();
        let mut found = false;
        for &(at, row) in &self.pairs {
            let (cost, events) = lagrangian.pair(&model.couplings[at]);
            let happening = events.iter().filter_map(|link| self.links.get(link)).map(|&row| (row, -1.0));
            let column = Column {
                cost,
                upper: f64::INFINITY,
                entries: [(row, 1.0)].into_iter().chain(happening).collect(),
            };
            if column.reduced_cost(&duals) < -GAIN && self.known_pairs.insert((at, events)) {
                found = true;
                self.simplex.add(column);
            }
        }
        found
    }

    /// The prices it suggests, with the companions' multipliers given where they are not its own; and what it pays each
    /// unit.
    pub(super) fn point(&self, theta: &[f64]) -> (Point, Vec<f64>) {
        let duals = self.simplex.duals();
        let mut theta = theta.to_vec();
        for (&link, &row) in &self.links {
            theta[link as usize] = -duals[row as usize];
        }
        let ends = self.positions + self.units;
        let point = Point { prices: duals[..self.positions].to_vec(), theta, mu: -duals[ends] };
        (point, duals[self.positions..ends].to_vec())
    }
}
