//! Cost: published assignments that the plan gives up.

use crate::plan::Plan;
use crate::problem::Problem;

pub(super) fn given_up(problem: &Problem, plan: &Plan) -> i64 {
    problem.published.iter().filter(|&&(volunteer, position)| !plan.contains(volunteer, position)).count()
        as i64
}

#[cfg(test)]
mod tests {
    use crate::format::AssignmentEntry;
    use crate::sample::{judged, problem};

    #[test]
    fn counts_published_assignments_given_up() {
        let told = |volunteer: &str, position: &str| AssignmentEntry {
            volunteer: volunteer.into(),
            position: position.into(),
        };
        let problem = problem(|file| {
            file.published =
                vec![told("amir", "0-garden"), told("amir", "0-garden"), told("zahra", "1-base")];
        });
        let stability = |assignments: &[(&str, &str)]| judged(&problem, assignments).terms.stability;
        assert_eq!(stability(&[("amir", "0-garden"), ("zahra", "1-base"), ("amir", "2-base")]), 0);
        assert_eq!(stability(&[("amir", "0-garden")]), 50);
        assert_eq!(stability(&[("zahra", "1-base"), ("zahra", "0-garden")]), 2 * 50); // told twice, counts twice
    }
}
