//! A small linear programme: the revised simplex method with a dense inverse of the basis (Dantzig & Orchard-Hays 1954) and
//! bounded variables (Dantzig 1955).
//!
//! Minimises cost over columns x with 0 ≤ x ≤ upper and a given sum in every row. Columns may be added at any time. A
//! pivot takes time in proportion to the square of the rows. All is floating point: who needs certainty checks the
//! prices afterwards.

mod again;

/// Amounts below this are rounding.
const TINY: f64 = 1e-10;
/// Reduced costs and steps of the basis smaller than these are of no use.
const GAIN: f64 = 1e-7;
const PIVOT: f64 = 1e-7;
/// Pivots until the inverse is computed anew.
const FRESH: u32 = 120;
/// What the sums are moved by at most, so that few bases are degenerate.
pub(super) const PERTURBATION: f64 = 1e-7;

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) cost: f64,
    pub(super) upper: f64,
    /// Row and coefficient.
    pub(super) entries: Vec<(u32, f64)>,
}

impl Column {
    pub(super) fn reduced_cost(&self, duals: &[f64]) -> f64 {
        self.cost - self.entries.iter().map(|&(row, entry)| duals[row as usize] * entry).sum::<f64>()
    }
}

/// The columns, one after the other: pricing reads them all at every pivot.
#[derive(Clone, Default)]
struct Columns {
    costs: Vec<f64>,
    uppers: Vec<f64>,
    /// By column: where its entries end.
    ends: Vec<u32>,
    entries: Vec<(u32, f32)>,
}

impl Columns {
    fn len(&self) -> usize {
        self.costs.len()
    }

    fn push(&mut self, column: Column) {
        self.costs.push(column.cost);
        self.uppers.push(column.upper);
        self.entries.extend(column.entries.into_iter().map(|(row, entry)| (row, entry as f32)));
        self.ends.push(self.entries.len() as u32);
    }

    fn entries(&self, column: usize) -> impl Iterator<Item = (usize, f64)> {
        let from = if column == 0 { 0 } else { self.ends[column - 1] as usize };
        let entries = &self.entries[from..self.ends[column] as usize];
        entries.iter().map(|&(row, entry)| (row as usize, f64::from(entry)))
    }

    /// A row of as many numbers as there are rows, times the column.
    fn along(&self, column: usize, row: &[f64]) -> f64 {
        self.entries(column).map(|(at, entry)| row[at] * entry).sum()
    }

    fn reduced_cost(&self, column: usize, duals: &[f64]) -> f64 {
        self.costs[column] - self.along(column, duals)
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
    /// It is in the basis now, in this row.
    Pivot(usize),
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
    /// By row.
    basis: Vec<u32>,
    values: Vec<f64>,
    /// Row-major.
    inverse: Vec<f64>,
    pivots: u32,
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
        let (values, inverse) = (Vec::new(), Vec::new());
        let mut simplex = Self { sums, columns, states, basis, values, inverse, pivots: 0 };
        simplex.refresh();
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
    pub(super) fn duals(&self) -> Vec<f64> {
        let mut duals = vec![0.0; self.sums.len()];
        for (row, &column) in self.rows().zip(&self.basis) {
            let cost = self.columns.costs[column as usize];
            if cost != 0.0 {
                duals.iter_mut().zip(row).for_each(|(dual, entry)| *dual += cost * entry);
            }
        }
        duals
    }

    /// Pivots until no column is worth entering, or `most` times; true if it came to its end before.
    pub(super) fn solve(&mut self, most: u32) -> bool {
        let fresh = FRESH.max(self.sums.len() as u32);
        let mut duals = self.duals();
        for _ in 0..most {
            if self.pivots >= fresh {
                self.refresh();
                duals = self.duals();
            }
            let mut best = (GAIN, None);
            for (index, state) in self.states.iter().enumerate() {
                let gain = match state {
                    State::Basic => continue,
                    State::Lower => -self.columns.reduced_cost(index, &duals),
                    State::Upper => self.columns.reduced_cost(index, &duals),
                };
                if gain > best.0 && self.columns.uppers[index] > 0.0 {
                    best = (gain, Some(index));
                }
            }
            let Some(entering) = best.1 else { return true };
            let reduced = self.columns.reduced_cost(entering, &duals);
            match self.enter(entering) {
                Step::Pivot(row) => {
                    let row = &self.inverse[row * duals.len()..(row + 1) * duals.len()];
                    duals.iter_mut().zip(row).for_each(|(dual, entry)| *dual += reduced * entry);
                }
                Step::Flip => {}
                Step::Unlimited => return true,
            }
        }
        false
    }

    /// The rows of the inverse.
    fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.inverse.chunks_exact(self.sums.len().max(1))
    }

    /// `inverse` times a column.
    fn direction(&self, column: usize) -> Vec<f64> {
        self.rows().map(|row| self.columns.along(column, row)).collect()
    }

    fn enter(&mut self, entering: usize) -> Step {
        let direction = self.direction(entering);
        let rises = self.states[entering] == State::Lower;
        let sign = if rises { 1.0 } else { -1.0 };
        let mut limit = self.columns.uppers[entering];
        let mut leaving: Option<(usize, f64)> = None;
        for (row, &step) in direction.iter().enumerate() {
            let step = step * sign;
            let room = if step > PIVOT {
                self.values[row].max(0.0)
            } else if step < -PIVOT {
                (self.columns.uppers[self.basis[row] as usize] - self.values[row]).max(0.0)
            } else {
                continue;
            };
            let ratio = room / step.abs();
            let better = leaving.map_or(ratio < limit, |(_, size)| {
                ratio < limit - TINY || (ratio <= limit && step.abs() > size)
            });
            if better {
                limit = ratio.min(limit);
                leaving = Some((row, step.abs()));
            }
        }
        if !limit.is_finite() {
            return Step::Unlimited;
        }
        for (value, step) in self.values.iter_mut().zip(&direction) {
            *value -= sign * limit * step;
        }
        let Some((row, _)) = leaving else {
            self.states[entering] = if rises { State::Upper } else { State::Lower };
            return Step::Flip;
        };
        let gone = self.basis[row] as usize;
        self.states[gone] = if direction[row] * sign > 0.0 { State::Lower } else { State::Upper };
        self.states[entering] = State::Basic;
        self.basis[row] = entering as u32;
        self.values[row] = if rises { limit } else { self.columns.uppers[entering] - limit };
        self.eliminate(row, &direction);
        self.pivots += 1;
        Step::Pivot(row)
    }

    fn eliminate(&mut self, row: usize, direction: &[f64]) {
        let count = self.sums.len();
        let pivot = direction[row];
        let (before, rest) = self.inverse.split_at_mut(row * count);
        let (pivoted, after) = rest.split_at_mut(count);
        let mut filled: Vec<u32> = Vec::with_capacity(count);
        for (at, entry) in (0..).zip(pivoted.iter_mut()) {
            *entry /= pivot;
            if *entry != 0.0 {
                filled.push(at);
            }
        }
        // A row with few entries is taken entry by entry.
        let sparse = filled.len() * 4 < count;
        let others = before.chunks_exact_mut(count).zip(&direction[..row]);
        for (other, &factor) in others.chain(after.chunks_exact_mut(count).zip(&direction[row + 1..])) {
            if factor != 0.0 && sparse {
                for &at in &filled {
                    other[at as usize] -= factor * pivoted[at as usize];
                }
            } else if factor != 0.0 {
                other.iter_mut().zip(&*pivoted).for_each(|(entry, by)| *entry -= factor * by);
            }
        }
    }

    /// The inverse and the values from the basis alone (Gauss and Jordan, with pivots chosen by column).
    fn refresh(&mut self) {
        let count = self.sums.len();
        self.pivots = 0;
        self.inverse = vec![0.0; count * count];
        for row in 0..count {
            self.inverse[row * count + row] = 1.0;
        }
        let mut order = std::mem::replace(&mut self.basis, vec![u32::MAX; count]);
        // Columns with few entries first: they hardly fill the inverse. The single ones stand in where the others depend
        // on each other.
        order.sort_by_key(|&column| (self.columns.entries(column as usize).count(), column));
        let singles: Vec<u32> =
            (0..count as u32).filter(|&column| self.states[column as usize] != State::Basic).collect();
        for column in order.into_iter().chain(singles) {
            let direction = self.direction(column as usize);
            let pick = (0..count)
                .filter(|&row| self.basis[row] == u32::MAX)
                .max_by(|&a, &b| direction[a].abs().total_cmp(&direction[b].abs()));
            match pick {
                Some(row) if direction[row].abs() > PIVOT => {
                    self.states[column as usize] = State::Basic;
                    self.basis[row] = column;
                    self.eliminate(row, &direction);
                }
                _ => self.states[column as usize] = State::Lower,
            }
        }
        self.revalue();
    }

    /// The values from the inverse.
    fn revalue(&mut self) {
        let mut left = self.sums.clone();
        for (column, _) in self.states.iter().enumerate().filter(|(_, state)| **state == State::Upper) {
            for (row, entry) in self.columns.entries(column) {
                left[row] -= entry * self.columns.uppers[column];
            }
        }
        let along = |row: &[f64]| row.iter().zip(&left).map(|(entry, left)| entry * left).sum();
        self.values = self.rows().map(along).collect();
    }
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
                    simplex.solve(1_000);
                }
            }
            simplex.solve(10_000);
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
                let reduced = simplex.columns.reduced_cost(column, &duals);
                assert!(taken > upper - 1e-6 || reduced > -1e-5, "programme {number}: {reduced}");
                assert!(taken < 1e-6 || reduced < 1e-5, "programme {number}: {reduced}");
            }
        }
    }
}
