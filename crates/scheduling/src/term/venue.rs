//! Cost: assignments away from the preferred venues of someone who has any.

use crate::problem::{Shift, Volunteer};

pub(super) fn strange(who: &Volunteer, shifts: &[Shift]) -> i64 {
    if who.preferred.is_empty() {
        return 0;
    }
    shifts.iter().filter(|shift| !who.preferred.contains(&shift.venue)).count() as i64
}
