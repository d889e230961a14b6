//! Cost: the minutes from home to each shift.

use crate::problem::{Problem, Shift, Volunteer};

pub(super) fn minutes(problem: &Problem, who: &Volunteer, shifts: &[Shift]) -> i64 {
    shifts.iter().map(|shift| problem.travel(who.home, shift.district)).sum()
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_the_minutes_of_each_assignment() {
        let problem = problem(|file| file.weights.travel = 2);
        assert_eq!(judged(&problem, &[("amir", "0-garden"), ("amir", "1-base")]).terms.travel, 2 * (5 + 20));
        assert_eq!(judged(&problem, &[("zahra", "0-garden")]).terms.travel, 2 * 20);
    }
}
