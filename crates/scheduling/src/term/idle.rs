//! Cost: shifts that a volunteer hoped for and did not get.

use crate::problem::{Shift, Volunteer};

pub(super) fn missed(who: &Volunteer, shifts: &[Shift]) -> i64 {
    (who.min_shifts - shifts.len() as i64).max(0)
}
