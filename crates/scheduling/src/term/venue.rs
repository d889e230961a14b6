//! Cost: assignments away from the preferred venues of someone who has any.

use crate::problem::{Shift, Volunteer};

pub(super) fn strange(who: &Volunteer, shifts: &[Shift]) -> i64 {
    if who.preferred.is_empty() {
        return 0;
    }
    shifts.iter().filter(|shift| !who.preferred.contains(&shift.venue)).count() as i64
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_assignments_elsewhere_of_those_who_prefer() {
        let assignments = [("amir", "0-garden"), ("amir", "1-garden"), ("amir", "2-base")];
        assert_eq!(judged(&problem(|_| {}), &assignments).terms.venue, 0);
        let prefers = problem(|file| file.volunteers[0].preferred_venues.push("base".into()));
        assert_eq!(judged(&prefers, &assignments).terms.venue, 2 * 10);
    }
}
