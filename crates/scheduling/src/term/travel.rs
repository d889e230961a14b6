//! Cost: the minutes from home to each shift.

use crate::problem::{Problem, Shift, Volunteer};

pub(super) fn minutes(problem: &Problem, who: &Volunteer, shifts: &[Shift]) -> i64 {
    shifts.iter().map(|shift| problem.travel(who.home, shift.district)).sum()
}
