//! Cost: shifts that a volunteer hoped for and did not get.

use crate::problem::{Shift, Volunteer};

pub(super) fn missed(who: &Volunteer, shifts: &[Shift]) -> i64 {
    (who.min_shifts - shifts.len() as i64).max(0)
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_shifts_hoped_for_in_vain() {
        let problem = problem(|file| file.volunteers[0].min_shifts = 2);
        let idle = |assignments: &[(&str, &str)]| judged(&problem, assignments).terms.idle;
        assert_eq!(idle(&[]), 2 * 40);
        assert_eq!(idle(&[("amir", "0-garden")]), 40);
        assert_eq!(idle(&[("amir", "0-garden"), ("amir", "0-base"), ("amir", "1-base")]), 0);
    }
}
