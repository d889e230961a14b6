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
