//! Cost: published assignments that the plan gives up.

use crate::plan::Plan;
use crate::problem::Problem;

pub(super) fn given_up(problem: &Problem, plan: &Plan) -> i64 {
    problem.published.iter().filter(|&&(volunteer, position)| !plan.contains(volunteer, position)).count()
        as i64
}
