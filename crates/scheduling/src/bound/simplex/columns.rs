//! The columns of a programme, and the same by rows: pricing goes along the few rows that a pivot touches.

use std::sync::Arc;

use super::Column;

/// Costs and limits, which change, and entries, which clones share until one of them takes in another column.
#[derive(Clone, Default)]
pub(super) struct Columns {
    pub(super) costs: Vec<f64>,
    pub(super) uppers: Vec<f64>,
    entries: Arc<Entries>,
}

#[derive(Clone, Default)]
struct Entries {
    /// By column: where its entries end.
    ends: Vec<u32>,
    /// Row and coefficient.
    all: Vec<(u32, f32)>,
    /// By row: column and coefficient.
    rows: Vec<Vec<(u32, f32)>>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.costs.len()
    }

    pub(super) fn push(&mut self, column: Column) {
        let number = self.len() as u32;
        self.costs.push(column.cost);
        self.uppers.push(column.upper);
        let entries = Arc::make_mut(&mut self.entries);
        for (row, entry) in column.entries {
            if entries.rows.len() <= row as usize {
                entries.rows.resize(row as usize + 1, Vec::new());
            }
            entries.rows[row as usize].push((number, entry as f32));
            entries.all.push((row, entry as f32));
        }
        entries.ends.push(entries.all.len() as u32);
    }

    pub(super) fn entries(&self, column: usize) -> impl Iterator<Item = (usize, f64)> {
        let Entries { ends, all, .. } = &*self.entries;
        let from = if column == 0 { 0 } else { ends[column - 1] as usize };
        let entries = &all[from..ends[column] as usize];
        entries.iter().map(|&(row, entry)| (row as usize, f64::from(entry)))
    }

    /// By column: a row of as many numbers as there are rows, times the column.
    pub(super) fn all_along(&self, row: &[f64], into: &mut Vec<f64>) {
        into.clear();
        into.resize(self.len(), 0.0);
        for (&factor, entries) in row.iter().zip(&self.entries.rows) {
            if factor != 0.0 {
                for &(column, entry) in entries {
                    into[column as usize] += factor * f64::from(entry);
                }
            }
        }
    }
}
