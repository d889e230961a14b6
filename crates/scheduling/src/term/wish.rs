//! Cost: wishes to serve on a night without a shift, and to rest on a night with one.

use crate::problem::{Shift, Volunteer};

pub(super) fn cost(who: &Volunteer, shifts: &[Shift]) -> i64 {
    let served = |night: u32| shifts.iter().any(|shift| shift.night == night);
    who.wish_base + who.wishes.iter().filter(|wish| served(wish.0)).map(|wish| wish.1).sum::<i64>()
}
