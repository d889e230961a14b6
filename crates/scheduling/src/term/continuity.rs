//! Cost: venues beyond a volunteer's first.

use std::collections::BTreeSet;

use crate::problem::Shift;

pub(super) fn changes(shifts: &[Shift]) -> i64 {
    let venues: BTreeSet<u32> = shifts.iter().map(|shift| shift.venue).collect();
    (venues.len() as i64 - 1).max(0)
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_venues_beyond_the_first() {
        let problem = problem(|_| {});
        let continuity = |assignments: &[(&str, &str)]| judged(&problem, assignments).terms.continuity;
        assert_eq!(continuity(&[]), 0);
        assert_eq!(continuity(&[("amir", "0-garden"), ("amir", "1-garden"), ("zahra", "0-base")]), 0);
        assert_eq!(continuity(&[("amir", "0-garden"), ("amir", "1-base"), ("amir", "2-garden")]), 11);
    }
}
