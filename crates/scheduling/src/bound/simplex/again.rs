//! The dual simplex method (Lemke 1954): after limits have changed, from the old end to the new one.
//!
//! The prices of the old end are still good, while what is taken is no longer possible. Pivots mend that one row at a time,
//! and what they prove rises with each.

use super::{GAIN, Pricing, Simplex, State, squared};

/// Values may be so far beyond their limits.
const BEYOND: f64 = 1e-9;
/// More than what a few pivots of the primal method leave.
const FAR: f64 = 1e-5;
/// Smaller steps are not pivoted on.
const SURE: f64 = 1e-5;
/// What row and column of the inverse may tell differently of the same step.
const ROUGH: f64 = 1e-6;

impl Simplex {
    /// Sets how much of a column may be taken; true if that may change what is.
    pub(in crate::bound) fn set_upper(&mut self, column: u32, upper: f64) -> bool {
        let known = std::mem::replace(&mut self.columns.uppers[column as usize], upper);
        known > upper && self.states[column as usize] != State::Lower
    }

    /// Moves the sum of a row.
    pub(in crate::bound) fn shift(&mut self, row: u32, by: f64) {
        self.sums[row as usize] += by;
    }

    /// The columns in the basis, and those at their upper limit.
    pub(in crate::bound) fn basis(&self) -> (&[u32], Vec<u32>) {
        let upper = (0..).zip(&self.states).filter(|(_, state)| **state == State::Upper);
        (&self.basis, upper.map(|(column, _)| column).collect())
    }

    /// Begins at another basis, as far as that is one.
    pub(in crate::bound) fn start_at(&mut self, mut basis: Vec<u32>, upper: &[u32]) {
        basis.truncate(self.sums.len());
        self.states.fill(State::Lower);
        for &column in upper {
            self.states[column as usize] = State::Upper;
        }
        for &column in &basis {
            self.states[column as usize] = State::Basic;
        }
        self.basis = basis;
        self.refresh();
        for slot in 0..self.basis.len() {
            self.edges[slot] = squared(&self.inverse_row(slot));
        }
    }

    /// Exchanges of columns until now.
    pub(in crate::bound) fn pivots(&self) -> u64 {
        self.pivots
    }

    pub(in crate::bound) fn rows_count(&self) -> usize {
        self.sums.len()
    }

    pub(in crate::bound) fn cost_of(&self, column: u32) -> f64 {
        self.columns.costs[column as usize]
    }

    /// Gives the factors back, which are computed again before the next pivot.
    pub(in crate::bound) fn rest(&mut self) {
        self.factors = None;
    }

    /// What all that is taken costs.
    pub(in crate::bound) fn cost(&self) -> f64 {
        self.taken().iter().zip(&self.columns.costs).map(|(taken, cost)| taken * cost).sum()
    }

    /// Pivots until what is taken is possible, or `most` times, or until the cost has risen by `rise`; true if it came to
    /// its end before. Where prices are not those of an end, [`Self::solve`] has something left to do afterwards.
    pub(in crate::bound) fn solve_again(&mut self, most: u32, rise: f64) -> bool {
        let costs = self.columns.costs.clone();
        let at_end = self.pivot_again(most, rise);
        self.columns.costs = costs;
        at_end
    }

    fn pivot_again(&mut self, most: u32, rise: f64) -> bool {
        self.revalue();
        let mut pricing = self.pricing();
        // What would be worth taking more of, or less, costs something else for now.
        for (column, reduced) in pricing.reduced.iter_mut().enumerate() {
            let is_good = match self.states[column] {
                State::Basic => true,
                State::Lower => *reduced >= 0.0,
                State::Upper => *reduced <= 0.0,
            };
            if !is_good {
                self.columns.costs[column] -= *reduced;
                *reduced = 0.0;
            }
        }
        let mut risen = 0.0;
        for _ in 0..most {
            if self.is_worn() {
                self.refresh();
                pricing = self.pricing();
            }
            let Some((slot, off)) = self.furthest_off() else { return true };
            let along = self.inverse_row(slot);
            self.columns.all_along(&along, &mut pricing.row);
            let Some((entering, sure)) = self.entering(off, &pricing) else { return false };
            let direction = self.direction(entering);
            if (direction[slot].abs() - sure).abs() > ROUGH * sure {
                // Rounding has spoilt the factors.
                if self.factored().exchanges() == 0 {
                    return false;
                }
                self.refresh();
                pricing = self.pricing();
                continue;
            }
            let step = off / direction[slot];
            risen += (pricing.reduced[entering] * step).max(0.0);
            let from =
                if self.states[entering] == State::Upper { self.columns.uppers[entering] } else { 0.0 };
            for (value, along) in self.values.iter_mut().zip(&direction) {
                *value -= step * along;
            }
            let gone_to = if off < 0.0 { State::Lower } else { State::Upper };
            self.exchange(slot, (entering, from + step), gone_to, (&direction, along), &mut pricing);
            if risen > rise {
                return false;
            }
        }
        self.furthest_off().is_none()
    }

    /// Whether what is taken is beyond limits by more than rounding.
    pub(in crate::bound) fn is_off(&self) -> bool {
        (0..self.values.len()).any(|slot| self.off(slot).abs() > FAR)
    }

    /// How far a slot's value is beyond a limit.
    fn off(&self, slot: usize) -> f64 {
        let value = self.values[slot];
        if value < 0.0 {
            return value;
        }
        (value - self.columns.uppers[self.basis[slot] as usize]).max(0.0)
    }

    /// The slot whose value is furthest beyond a limit, for the length of its row of the inverse, and by how much.
    fn furthest_off(&self) -> Option<(usize, f64)> {
        let mut worst: Option<(f64, usize, f64)> = None;
        for (slot, edge) in self.edges.iter().enumerate() {
            let off = self.off(slot);
            if off.abs() < BEYOND {
                continue;
            }
            let merit = off * off / edge;
            if worst.is_none_or(|(known, ..)| merit > known) {
                worst = Some((merit, slot, off));
            }
        }
        worst.map(|(_, slot, off)| (slot, off))
    }

    /// The column that can mend the row priced at about the least price, and by how much of it: of those of nearly the same
    /// price the surest (Harris 1973).
    fn entering(&self, off: f64, pricing: &Pricing) -> Option<(usize, f64)> {
        let mut able: Vec<(f64, f64, usize)> = Vec::new();
        let mut least = f64::INFINITY;
        for (column, state) in self.states.iter().enumerate() {
            let sign = match state {
                State::Basic => continue,
                State::Lower => 1.0,
                State::Upper => -1.0,
            };
            let step = sign * off.signum() * pricing.row[column];
            if step < SURE || self.columns.uppers[column] <= 0.0 {
                continue;
            }
            let reduced = (sign * pricing.reduced[column]).max(0.0);
            least = least.min((reduced + GAIN) / step);
            if reduced <= least * step {
                able.push((reduced, step, column));
            }
        }
        let near = able.into_iter().filter(|&(reduced, step, _)| reduced <= least * step);
        near.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(_, step, column)| (column, step))
    }
}
