//! A linear programme: the revised simplex method (Dantzig & Orchard-Hays 1954) with bounded variables (Dantzig 1955) over a
//! factored basis.
//!
//! Minimises cost over columns x with 0 ≤ x ≤ upper and a given sum in every row. Columns may be added at any time. A
//! pivot takes time in proportion to the entries of the basis, of the rows that it touches, and to the columns. All is
//! floating point: who needs certainty checks the prices afterwards.

mod again;
mod columns;
mod factors;

use columns::Columns;
use factors::{Defects, Factors};

/// Amounts below this are rounding.
const TINY: f64 = 1e-10;
/// Reduced costs and steps of the basis smaller than these are of no use.
pub(super) const GAIN: f64 = 1e-7;
const PIVOT: f64 = 1e-7;
/// Pivots until the basis is factored anew.
const FRESH: usize = 60;
/// A steepest edge is no less.
const LEAST_EDGE: f64 = 1e-4;
/// What the sums are moved by at most, so that few bases are degenerate.
pub(super) const PERTURBATION: f64 = 1e-7;

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) cost: f64,
    pub(super) upper: f64,
    /// Row and coefficient, each row once at most.
    pub(super) entries: Vec<(u32, f64)>,
}

impl Column {
    pub(super) fn reduced_cost(&self, duals: &[f64]) -> f64 {
        self.cost - self.entries.iter().map(|&(row, entry)| duals[row as usize] * entry).sum::<f64>()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Lower,
    Upper,
    Basic,
}

/// What became of a column that was to enter.
enum Step {
    /// It is in the basis now.
    Pivot,
    /// It went from one limit to the other.
    Flip,
    /// Nothing limits it, which rounding alone can bring about.
    Unlimited,
}

/// A programme and its basis.
#[derive(Clone)]
pub(super) struct Simplex {
    sums: Vec<f64>,
    columns: Columns,
    states: Vec<State>,
    /// By slot, of which there are as many as rows: the column, and how much of it is taken.
    basis: Vec<u32>,
    values: Vec<f64>,
    /// By slot: about how long its row of the inverse is, squared.
    edges: Vec<f64>,
    /// None where it is yet to be computed.
    factors: Option<Factors>,
    pivots: u64,
}

/// What pivots go by: by column, what one more of it costs at the prices at hand, and its entry in the row that is pivoted on.
struct Pricing {
    reduced: Vec<f64>,
    row: Vec<f64>,
}

impl Simplex {
    /// A programme of rows that can all be met at the cost `penalty` for each unit that they are off.
    pub(super) fn new(mut sums: Vec<f64>, penalty: f64) -> Self {
        for (row, sum) in sums.iter_mut().enumerate() {
            let share = super::model::mix(row as u64) as f64 / u64::MAX as f64;
            *sum += PERTURBATION * (0.5 + share / 2.0);
        }
        let count = sums.len();
        let single = |sign: f64| {
            (0..count as u32).map(move |row| Column {
                cost: penalty,
                upper: f64::INFINITY,
                entries: vec![(row, sign)],
            })
        };
        let mut columns = Columns::default();
        single(1.0).chain(single(-1.0)).for_each(|column| columns.push(column));
        let mut states = vec![State::Lower; columns.len()];
        let basis: Vec<u32> =
            (0..).zip(&sums).map(|(row, &sum)| if sum < 0.0 { row + count as u32 } else { row }).collect();
        for &column in &basis {
            states[column as usize] = State::Basic;
        }
        let (values, edges) = (vec![0.0; count], vec![1.0; count]);
        let mut simplex = Self { sums, columns, states, basis, values, edges, factors: None, pivots: 0 };
        simplex.revalue();
        simplex
    }

    pub(super) fn add(&mut self, column: Column) -> u32 {
        self.columns.push(column);
        self.states.push(State::Lower);
        self.columns.len() as u32 - 1
    }

    pub(super) fn set_cost(&mut self, column: u32, cost: f64) {
        self.columns.costs[column as usize] = cost;
    }

    /// By column: how much of it is taken.
    pub(super) fn taken(&self) -> Vec<f64> {
        let limits = self.columns.uppers.iter().zip(&self.states);
        let mut taken: Vec<f64> =
            limits.map(|(&upper, state)| if *state == State::Upper { upper } else { 0.0 }).collect();
        for (&column, &value) in self.basis.iter().zip(&self.values) {
            taken[column as usize] = value;
        }
        taken
    }

    /// By row: what one more unit of its sum costs.
    pub(super) fn duals(&mut self) -> Vec<f64> {
        let costs = self.basis.iter().map(|&column| self.columns.costs[column as usize]).collect();
        self.factored().backward(costs)
    }

    /// Pivots until no column is worth entering, or `most` times; true if it came to its end before.
    pub(super) fn solve(&mut self, most: u32, gain: f64) -> bool {
        self.revalue();
        let mut pricing = self.pricing();
        let mut is_exact = true;
        for _ in 0..most {
            if self.is_worn() {
                self.refresh();
                pricing = self.pricing();
                is_exact = true;
            }
            let mut entering = self.best(&pricing, gain);
            if entering.is_none() && !is_exact {
                pricing = self.pricing();
                is_exact = true;
                entering = self.best(&pricing, gain);
            }
            let Some(entering) = entering else { return true };
            match self.enter(entering, &mut pricing) {
                Step::Pivot => is_exact = false,
                Step::Flip => {}
                Step::Unlimited => return true,
            }
        }
        false
    }

    /// The column that is most worth entering, or leaving its upper limit.
    fn best(&self, pricing: &Pricing, least: f64) -> Option<usize> {
        let mut best = (least, None);
        for (index, (state, &reduced)) in self.states.iter().zip(&pricing.reduced).enumerate() {
            let gain = match state {
                State::Basic => continue,
                State::Lower => -reduced,
                State::Upper => reduced,
            };
            if gain > best.0 && self.columns.uppers[index] > 0.0 {
                best = (gain, Some(index));
            }
        }
        best.1
    }

    /// From the costs as they are now.
    fn pricing(&mut self) -> Pricing {
        let duals = self.duals();
        let mut row = Vec::new();
        self.columns.all_along(&duals, &mut row);
        let reduced = self.columns.costs.iter().zip(&row).map(|(cost, paid)| cost - paid).collect();
        Pricing { reduced, row }
    }

    /// What a column makes of the basis's amounts.
    fn direction(&mut self, column: usize) -> Vec<f64> {
        let mut rows = vec![0.0; self.sums.len()];
        self.columns.entries(column).for_each(|(row, entry)| rows[row] += entry);
        self.factored().forward(rows)
    }

    /// The row of the inverse that belongs to a slot.
    fn inverse_row(&mut self, slot: usize) -> Vec<f64> {
        let mut slots = vec![0.0; self.sums.len()];
        slots[slot] = 1.0;
        self.factored().backward(slots)
    }

    fn enter(&mut self, entering: usize, pricing: &mut Pricing) -> Step {
        let direction = self.direction(entering);
        let rises = self.states[entering] == State::Lower;
        let sign = if rises { 1.0 } else { -1.0 };
        let mut limit = self.columns.uppers[entering];
        let mut leaving: Option<(usize, f64)> = None;
        for (slot, &step) in direction.iter().enumerate() {
            let step = step * sign;
            let room = if step > PIVOT {
                self.values[slot].max(0.0)
            } else if step < -PIVOT {
                (self.columns.uppers[self.basis[slot] as usize] - self.values[slot]).max(0.0)
            } else {
                continue;
            };
            let ratio = room / step.abs();
            let better = leaving.map_or(ratio < limit, |(_, size)| {
                ratio < limit - TINY || (ratio <= limit && step.abs() > size)
            });
            if better {
                limit = ratio.min(limit);
                leaving = Some((slot, step.abs()));
            }
        }
        if !limit.is_finite() {
            return Step::Unlimited;
        }
        for (value, step) in self.values.iter_mut().zip(&direction) {
            *value -= sign * limit * step;
        }
        let Some((slot, _)) = leaving else {
            self.states[entering] = if rises { State::Upper } else { State::Lower };
            return Step::Flip;
        };
        let gone = if direction[slot] * sign > 0.0 { State::Lower } else { State::Upper };
        let value = if rises { limit } else { self.columns.uppers[entering] - limit };
        let along = self.inverse_row(slot);
        self.columns.all_along(&along, &mut pricing.row);
        self.exchange(slot, (entering, value), gone, (&direction, along), pricing);
        Step::Pivot
    }

    /// Puts a column, and how much of it is taken, into a slot, and what was there to one of its limits: given what the column
    /// makes of the basis's amounts, and the slot's row of the inverse, which the pricing holds times all columns.
    fn exchange(
        &mut self,
        slot: usize,
        (entering, value): (usize, f64),
        gone_to: State,
        (direction, along): (&[f64], Vec<f64>),
        pricing: &mut Pricing,
    ) {
        let pivot = direction[slot];
        let by = pricing.reduced[entering] / pivot;
        for (reduced, entry) in pricing.reduced.iter_mut().zip(&pricing.row) {
            *reduced -= by * entry;
        }
        let gone = self.basis[slot] as usize;
        (pricing.reduced[gone], pricing.reduced[entering]) = (-by, 0.0);
        self.turn_edges(slot, direction, along);
        self.states[gone] = gone_to;
        self.states[entering] = State::Basic;
        (self.basis[slot], self.values[slot]) = (entering as u32, value);
        if let Some(factors) = &mut self.factors {
            factors.exchange(slot, direction);
        }
        self.pivots += 1;
    }

    /// How long the rows of the inverse are after an exchange (the steepest edge of the dual: Forrest & Goldfarb 1992).
    fn turn_edges(&mut self, slot: usize, direction: &[f64], along: Vec<f64>) {
        let edge = squared(&along);
        let products = self.factored().forward(along);
        let pivot = direction[slot];
        for ((known, &step), &product) in self.edges.iter_mut().zip(direction).zip(&products) {
            if step != 0.0 {
                let ratio = step / pivot;
                *known = (*known - 2.0 * ratio * product + ratio * ratio * edge).max(LEAST_EDGE);
            }
        }
        self.edges[slot] = (edge / (pivot * pivot)).max(LEAST_EDGE);
    }

    fn is_worn(&self) -> bool {
        self.factors.as_ref().is_none_or(|factors| factors.exchanges() >= FRESH)
    }

    /// The factored basis.
    fn factored(&mut self) -> &Factors {
        let factors = self.factors.take().unwrap_or_else(|| self.factor());
        self.factors.insert(factors)
    }

    /// Factors and values from the basis alone.
    fn refresh(&mut self) {
        self.factors = None;
        self.revalue();
    }

    /// Factors the basis; where its columns depend on each other, or are too few, single ones stand in.
    fn factor(&mut self) -> Factors {
        let count = self.sums.len();
        loop {
            let entries = |&column: &u32| {
                let entries = self.columns.entries(column as usize);
                entries.map(|(row, entry)| (row as u32, entry)).collect()
            };
            let mut columns: Vec<Vec<(u32, f64)>> = self.basis.iter().map(entries).collect();
            columns.resize(count, Vec::new());
            self.basis.resize(count, u32::MAX);
            let Defects { slots, rows } = match Factors::new(columns) {
                Ok(factors) => return factors,
                Err(defects) => defects,
            };
            for (slot, row) in slots.into_iter().zip(rows) {
                if let Some(state) = self.states.get_mut(self.basis[slot] as usize) {
                    *state = State::Lower;
                }
                self.basis[slot] = row as u32;
                self.states[row] = State::Basic;
            }
        }
    }

    /// The values from the factors.
    fn revalue(&mut self) {
        let mut left = self.sums.clone();
        for (column, _) in self.states.iter().enumerate().filter(|(_, state)| **state == State::Upper) {
            for (row, entry) in self.columns.entries(column) {
                left[row] -= entry * self.columns.uppers[column];
            }
        }
        self.values = self.factored().forward(left);
    }
}

/// The length of a row, squared.
fn squared(row: &[f64]) -> f64 {
    row.iter().map(|entry| entry * entry).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::Dice;
    use super::*;

    /// By the duality of linear programmes (Gale, Kuhn and Tucker 1951).
    #[test]
    fn what_is_taken_is_possible_and_the_duals_prove_it_best() {
        let most = |amount: f64| if amount > 3.0 { f64::INFINITY } else { amount };
        for number in 0..2_000 {
            let mut dice = Dice(number);
            let rows = dice.number(1, 8) as u32;
            let sums: Vec<f64> = (0..rows).map(|_| dice.number(-2, 6) as f64).collect();
            let mut simplex = Simplex::new(sums, 1_000.0);
            for _ in 0..dice.number(1, 30) {
                let entries = (0..rows).filter(|_| dice.chance(40)).collect::<Vec<u32>>();
                let entries = entries.into_iter().map(|row| (row, dice.number(1, 3) as f64)).collect();
                let (cost, upper) = (dice.number(-20, 50) as f64, most(dice.number(1, 5) as f64));
                let upper = if cost < 0.0 { upper.min(3.0) } else { upper };
                simplex.add(Column { cost, upper, entries });
                if dice.chance(20) {
                    simplex.solve(1_000, GAIN);
                }
            }
            simplex.solve(10_000, GAIN);
            let (taken, duals) = (simplex.taken(), simplex.duals());
            for (row, sum) in simplex.sums.iter().enumerate() {
                let columns = taken.iter().enumerate();
                let met: f64 = columns
                    .flat_map(|(column, taken)| {
                        simplex.columns.entries(column).map(move |entry| (entry, taken))
                    })
                    .filter(|((at, _), _)| *at == row)
                    .map(|((_, entry), taken)| entry * taken)
                    .sum();
                assert!((met - sum).abs() < 1e-6, "programme {number}: {met} in row {row}, not {sum}");
            }
            for (column, &taken) in taken.iter().enumerate() {
                let upper = simplex.columns.uppers[column];
                assert!(taken > -1e-6 && taken < upper + 1e-6, "programme {number}: {taken}");
                let paid: f64 = simplex.columns.entries(column).map(|(row, entry)| duals[row] * entry).sum();
                let reduced = simplex.columns.costs[column] - paid;
                assert!(taken > upper - 1e-6 || reduced > -1e-5, "programme {number}: {reduced}");
                assert!(taken < 1e-6 || reduced < 1e-5, "programme {number}: {reduced}");
            }
        }
    }
}
