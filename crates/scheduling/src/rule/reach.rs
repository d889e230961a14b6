//! Hard: the shift's district is no further from home than the volunteer goes.

use crate::problem::{Problem, Volunteer};

pub(crate) fn holds(problem: &Problem, who: &Volunteer, district: u32) -> bool {
    problem.travel(who.home, district) <= who.max_travel
}
