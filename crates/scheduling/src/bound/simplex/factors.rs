//! A basis as the product of a lower and an upper triangle, which are about as sparse as the basis is (Markowitz 1957), and of
//! one matrix more for each exchange since (the product form: Dantzig & Orchard-Hays 1954).

use std::sync::Arc;

/// Amounts below this are rounding.
const TINY: f64 = 1e-13;
/// Entries that are no greater are not pivoted on.
const LEAST: f64 = 1e-7;
/// Nor are those that are less than this share of the greatest of their column.
const SURE: f64 = 0.05;
/// Columns that are looked at for the sparsest pivot.
const LOOKED_AT: usize = 4;

/// Some entries of a matrix, line after line.
#[derive(Clone, Default)]
struct Lines {
    ends: Vec<u32>,
    entries: Vec<(u32, f64)>,
}

impl Lines {
    fn end(&mut self) {
        self.ends.push(self.entries.len() as u32);
    }

    fn line(&self, at: usize) -> &[(u32, f64)] {
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.entries[from..self.ends[at] as usize]
    }
}

/// The triangles. Columns of the basis are called by their slots.
#[derive(Default)]
struct Triangles {
    /// Row, slot and pivot, in the order of elimination.
    pivots: Vec<(u32, u32, f64)>,
    /// Rows that were taken from others, where there were such, in that order; how much of it from which.
    lower_rows: Vec<u32>,
    lower: Lines,
    /// In that order: what the row holds of later slots, and what the slot's column holds of earlier rows.
    upper_rows: Lines,
    upper_columns: Lines,
}

/// A basis that equations can be solved with.
#[derive(Clone)]
pub(super) struct Factors {
    triangles: Arc<Triangles>,
    /// Exchanges: slot and pivot, and in that order the other entries of the direction.
    exchanges: Vec<(u32, f64)>,
    directions: Lines,
}

/// Slots whose columns depend on the others, and rows that none covers.
pub(super) struct Defects {
    pub(super) slots: Vec<usize>,
    pub(super) rows: Vec<usize>,
}

impl Factors {
    /// Of a basis of as many columns as rows.
    pub(super) fn new(columns: Vec<Vec<(u32, f64)>>) -> Result<Self, Defects> {
        let count = columns.len();
        let mut elimination = Elimination::new(columns);
        elimination.run();
        let Elimination { triangles, row_done, slot_done, .. } = elimination;
        if triangles.pivots.len() < count {
            let left = |done: &[bool]| (0..count).filter(|&at| !done[at]).collect();
            return Err(Defects { slots: left(&slot_done), rows: left(&row_done) });
        }
        Ok(Self { triangles: Arc::new(triangles), exchanges: Vec::new(), directions: Lines::default() })
    }

    /// Exchanges since.
    pub(super) fn exchanges(&self) -> usize {
        self.exchanges.len()
    }

    /// What a column puts in a slot: by slot, what each of them is to be taken of for the amounts of the rows.
    pub(super) fn forward(&self, mut rows: Vec<f64>) -> Vec<f64> {
        let Triangles { pivots, lower_rows, lower, upper_columns, .. } = &*self.triangles;
        for (at, &row) in lower_rows.iter().enumerate() {
            let amount = rows[row as usize];
            if amount != 0.0 {
                lower.line(at).iter().for_each(|&(other, factor)| rows[other as usize] -= factor * amount);
            }
        }
        let pivots = pivots.iter().enumerate().rev();
        let mut slots = substituted(
            pivots.map(|(at, &(row, slot, pivot))| (row, slot, pivot, upper_columns.line(at))),
            rows,
        );
        for (at, &(slot, pivot)) in self.exchanges.iter().enumerate() {
            let amount = slots[slot as usize];
            if amount != 0.0 {
                let amount = amount / pivot;
                for &(other, step) in self.directions.line(at) {
                    slots[other as usize] -= step * amount;
                }
                slots[slot as usize] = amount;
            }
        }
        slots
    }

    /// By row, what its amount is worth where a slot's column is worth so much.
    pub(super) fn backward(&self, mut slots: Vec<f64>) -> Vec<f64> {
        let Triangles { pivots, lower_rows, lower, upper_rows, .. } = &*self.triangles;
        for (at, &(slot, pivot)) in self.exchanges.iter().enumerate().rev() {
            let others = self.directions.line(at).iter();
            let sum: f64 = others.map(|&(other, step)| step * slots[other as usize]).sum();
            slots[slot as usize] = (slots[slot as usize] - sum) / pivot;
        }
        let pivots = pivots.iter().enumerate();
        let mut rows = substituted(
            pivots.map(|(at, &(row, slot, pivot))| (slot, row, pivot, upper_rows.line(at))),
            slots,
        );
        for (at, &row) in lower_rows.iter().enumerate().rev() {
            let others = lower.line(at).iter();
            let sum: f64 = others.map(|&(other, factor)| factor * rows[other as usize]).sum();
            rows[row as usize] -= sum;
        }
        rows
    }

    /// Puts another column in a slot, given its direction: what [`Self::forward`] makes of it.
    pub(super) fn exchange(&mut self, slot: usize, direction: &[f64]) {
        let others = (0..).zip(direction).filter(|&(at, step)| at as usize != slot && step.abs() > TINY);
        self.directions.entries.extend(others.map(|(at, &step)| (at, step)));
        self.directions.end();
        self.exchanges.push((slot as u32, direction[slot]));
    }
}

/// Solves by a triangle: in the order of elimination or against it, where an amount is and where what is taken for it goes, the
/// pivot, and what that takes of the other amounts.
fn substituted<'a>(
    pivots: impl Iterator<Item = (u32, u32, f64, &'a [(u32, f64)])>,
    mut amounts: Vec<f64>,
) -> Vec<f64> {
    let mut taken = vec![0.0; amounts.len()];
    for (from, to, pivot, others) in pivots {
        let amount = amounts[from as usize];
        if amount.abs() < TINY {
            continue;
        }
        let amount = amount / pivot;
        taken[to as usize] = amount;
        for &(other, entry) in others {
            amounts[other as usize] -= entry * amount;
        }
    }
    taken
}

/// The size of a column's greatest entry.
fn greatest(column: &[(u32, f64)]) -> f64 {
    column.iter().map(|entry| entry.1.abs()).fold(0.0, f64::max)
}

/// A basis on its way to triangles.
struct Elimination {
    triangles: Triangles,
    /// By slot: what is left of its column, and what rows that are done held of it.
    columns: Vec<Vec<(u32, f64)>>,
    above: Vec<Vec<(u32, f64)>>,
    /// By row: the slots that have an entry in it.
    rows: Vec<Vec<u32>>,
    row_done: Vec<bool>,
    slot_done: Vec<bool>,
    /// Rows and slots that had a single entry left.
    single_rows: Vec<u32>,
    single_slots: Vec<u32>,
    /// By row: one more than where the column looked at has its entry.
    place: Vec<u32>,
}

impl Elimination {
    fn new(columns: Vec<Vec<(u32, f64)>>) -> Self {
        let count = columns.len();
        let mut rows = vec![Vec::new(); count];
        for (slot, column) in (0..).zip(&columns) {
            for &(row, _) in column {
                rows[row as usize].push(slot);
            }
        }
        let singles = |lengths: &mut dyn Iterator<Item = usize>| -> Vec<u32> {
            (0..).zip(lengths).filter(|&(_, length)| length == 1).map(|(at, _)| at).collect()
        };
        Self {
            triangles: Triangles::default(),
            above: vec![Vec::new(); count],
            single_rows: singles(&mut rows.iter().map(Vec::len)),
            single_slots: singles(&mut columns.iter().map(Vec::len)),
            columns,
            rows,
            row_done: vec![false; count],
            slot_done: vec![false; count],
            place: vec![0; count],
        }
    }

    fn run(&mut self) {
        let mut open: Vec<u32> = (0..self.columns.len() as u32).collect();
        loop {
            while let Some((row, slot)) = self.single() {
                self.pivot(row, slot);
            }
            open.retain(|&slot| !self.slot_done[slot as usize]);
            let Some((row, slot)) = self.sparsest(&open) else { return };
            self.pivot(row, slot);
        }
    }

    /// A pivot by which nothing else changes.
    fn single(&mut self) -> Option<(u32, u32)> {
        while let Some(slot) = self.single_slots.pop() {
            if let [(row, entry)] = self.columns[slot as usize][..]
                && !self.slot_done[slot as usize]
                && entry.abs() > LEAST
            {
                return Some((row, slot));
            }
        }
        while let Some(row) = self.single_rows.pop() {
            if let [slot] = self.rows[row as usize][..]
                && !self.row_done[row as usize]
                && self.is_sure(row, slot)
            {
                return Some((row, slot));
            }
        }
        None
    }

    fn is_sure(&self, row: u32, slot: u32) -> bool {
        let column = &self.columns[slot as usize];
        let own = column.iter().find(|entry| entry.0 == row).map_or(0.0, |entry| entry.1.abs());
        own > LEAST && own >= SURE * greatest(column)
    }

    /// Of the columns with the fewest entries, the pivot that spoils least. Columns with none that is great enough are done.
    fn sparsest(&self, open: &[u32]) -> Option<(u32, u32)> {
        let mut fewest: Vec<(usize, u32)> = Vec::with_capacity(LOOKED_AT + 1);
        for &slot in open {
            let column = &self.columns[slot as usize];
            if fewest.len() == LOOKED_AT && column.len() >= fewest[LOOKED_AT - 1].0 {
                continue;
            }
            if greatest(column) <= LEAST {
                continue;
            }
            let at = fewest.partition_point(|known| known.0 <= column.len());
            fewest.insert(at, (column.len(), slot));
            fewest.truncate(LOOKED_AT);
        }
        let mut best: Option<(usize, f64, u32, u32)> = None;
        for &(length, slot) in &fewest {
            let column = &self.columns[slot as usize];
            let least = SURE * greatest(column);
            for &(row, entry) in column {
                let size = entry.abs();
                if size <= LEAST || size < least {
                    continue;
                }
                let spoilt = (self.rows[row as usize].len() - 1) * (length - 1);
                if best.is_none_or(|(known, most, ..)| spoilt < known || (spoilt == known && size > most)) {
                    best = Some((spoilt, size, row, slot));
                }
            }
        }
        best.map(|(_, _, row, slot)| (row, slot))
    }

    fn pivot(&mut self, row: u32, slot: u32) {
        let Self { triangles, columns, above, rows, place, single_rows, single_slots, .. } = self;
        let mut column = std::mem::take(&mut columns[slot as usize]);
        let Some(own) = column.iter().position(|entry| entry.0 == row) else { return };
        let (_, pivot) = column.swap_remove(own);
        for &(other, _) in &column {
            rows[other as usize].retain(|&at| at != slot);
            if rows[other as usize].len() == 1 {
                single_rows.push(other);
            }
        }
        for entry in &mut column {
            entry.1 /= pivot;
        }
        for other in std::mem::take(&mut rows[row as usize]) {
            if other == slot {
                continue;
            }
            let changed = &mut columns[other as usize];
            let Some(at) = changed.iter().position(|entry| entry.0 == row) else { continue };
            let (_, entry) = changed.swap_remove(at);
            triangles.upper_rows.entries.push((other, entry));
            above[other as usize].push((row, entry));
            if !column.is_empty() {
                for (at, &(known, _)) in (1..).zip(changed.iter()) {
                    place[known as usize] = at;
                }
                for &(below, factor) in &column {
                    match place[below as usize] {
                        0 => {
                            changed.push((below, -factor * entry));
                            rows[below as usize].push(other);
                        }
                        at => changed[at as usize - 1].1 -= factor * entry,
                    }
                }
                for &(known, _) in changed.iter() {
                    place[known as usize] = 0;
                }
            }
            if changed.len() == 1 {
                single_slots.push(other);
            }
        }
        triangles.upper_rows.end();
        triangles.upper_columns.entries.append(&mut above[slot as usize]);
        triangles.upper_columns.end();
        if !column.is_empty() {
            triangles.lower_rows.push(row);
            triangles.lower.entries.append(&mut column);
            triangles.lower.end();
        }
        triangles.pivots.push((row, slot, pivot));
        self.row_done[row as usize] = true;
        self.slot_done[slot as usize] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::Dice;
    use super::*;

    fn column(dice: &mut Dice, count: usize) -> Vec<(u32, f64)> {
        let mut column: Vec<(u32, f64)> = Vec::new();
        for _ in 0..dice.number(1, 5) {
            let row = dice.number(0, count as i64 - 1) as u32;
            if column.iter().all(|entry| entry.0 != row) {
                column.push((row, dice.number(1, 9) as f64));
            }
        }
        column
    }

    fn off(columns: &[Vec<(u32, f64)>], slots: &[f64], rows: &[f64]) -> f64 {
        let mut left = rows.to_vec();
        for (column, amount) in columns.iter().zip(slots) {
            for &(row, entry) in column {
                left[row as usize] -= entry * amount;
            }
        }
        left.into_iter().map(f64::abs).fold(0.0, f64::max)
    }

    #[test]
    fn equations_are_solved_after_many_exchanges_and_columns_that_depend_on_others_are_told() {
        let (mut solved, mut exchanged) = (0, 0);
        for number in 0..200 {
            let mut dice = Dice(number);
            let count = dice.number(2, 60) as usize;
            let mut columns: Vec<_> = (0..count).map(|_| column(&mut dice, count)).collect();
            let mut factors = loop {
                match Factors::new(columns.clone()) {
                    Ok(factors) => break factors,
                    Err(Defects { slots, rows }) => {
                        assert_eq!(slots.len(), rows.len(), "basis {number}");
                        for (slot, row) in slots.into_iter().zip(rows) {
                            columns[slot] = vec![(row as u32, 1.0)];
                        }
                    }
                }
            };
            for _ in 0..40 {
                let rows: Vec<f64> = (0..count).map(|_| dice.number(-5, 5) as f64).collect();
                let slots = factors.forward(rows.clone());
                let greatest = slots.iter().fold(1.0, |most: f64, slot| most.max(slot.abs()));
                assert!(off(&columns, &slots, &rows) < 1e-7 * greatest, "basis {number}");
                let worth = factors.backward(rows.clone());
                let greatest = worth.iter().fold(1.0, |most: f64, row| most.max(row.abs()));
                for (column, slot) in columns.iter().zip(&rows) {
                    let paid: f64 = column.iter().map(|&(row, entry)| worth[row as usize] * entry).sum();
                    assert!((paid - slot).abs() < 1e-7 * greatest, "basis {number}");
                }
                solved += 1;
                let entering = column(&mut dice, count);
                let mut rows = vec![0.0; count];
                for &(row, entry) in &entering {
                    rows[row as usize] = entry;
                }
                let direction = factors.forward(rows);
                let slot = dice.number(0, count as i64 - 1) as usize;
                if direction[slot].abs() > 0.1 {
                    factors.exchange(slot, &direction);
                    columns[slot] = entering;
                    exchanged += 1;
                }
            }
        }
        assert!(solved == 8_000 && exchanged > 2_000, "{exchanged} of {solved}");
    }
}
