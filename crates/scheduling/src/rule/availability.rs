//! Hard: the whole shift lies within one of the volunteer's windows.

use crate::problem::{Shift, Volunteer};

pub(crate) fn holds(who: &Volunteer, shift: &Shift) -> bool {
    let Some(windows) = &who.windows else { return true };
    windows.iter().any(|&(from, to)| from <= shift.start && shift.end <= to)
}
