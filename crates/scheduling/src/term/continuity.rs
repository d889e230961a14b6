//! Cost: venues beyond a volunteer's first.

use std::collections::BTreeSet;

use crate::problem::Shift;

pub(super) fn changes(shifts: &[Shift]) -> i64 {
    let venues: BTreeSet<u32> = shifts.iter().map(|shift| shift.venue).collect();
    (venues.len() as i64 - 1).max(0)
}
