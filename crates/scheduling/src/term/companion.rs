//! Cost: nights on which only one of a pair serves, or both but at no common venue.

use std::collections::BTreeSet;

use crate::problem::Shift;

pub(super) fn nights_apart(a: &[Shift], b: &[Shift]) -> i64 {
    let nights: BTreeSet<u32> = a.iter().chain(b).map(|shift| shift.night).collect();
    let venues = |shifts: &[Shift], night: u32| -> BTreeSet<u32> {
        shifts.iter().filter(|shift| shift.night == night).map(|shift| shift.venue).collect()
    };
    nights.iter().filter(|&&night| venues(a, night).is_disjoint(&venues(b, night))).count() as i64
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_nights_on_which_companions_are_not_together() {
        let pair = ["amir", "zahra"].map(String::from);
        let once = problem(|file| file.companions = vec![pair.clone()]);
        let companion = |assignments: &[(&str, &str)]| judged(&once, assignments).terms.companion;
        assert_eq!(companion(&[]), 0);
        assert_eq!(companion(&[("amir", "0-garden"), ("zahra", "0-garden")]), 0);
        assert_eq!(companion(&[("amir", "0-garden"), ("zahra", "0-base")]), 30);
        assert_eq!(companion(&[("amir", "0-garden"), ("amir", "0-base"), ("zahra", "0-base")]), 0); // share one
        assert_eq!(companion(&[("amir", "0-garden"), ("zahra", "1-garden")]), 60);
        let twice = problem(|file| file.companions = vec![pair.clone(), pair.clone()]);
        assert_eq!(judged(&twice, &[("amir", "0-garden")]).terms.companion, 60);
    }
}
