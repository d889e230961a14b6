//! What two companions owe on one night, when their multipliers stand for where each of them is.

use super::model::Coupling;

/// The least of the pair's cost minus both sides' multipliers, scaled by `unit`; marks in `chosen` (one per link of
/// either side, by link index) the events of the minimum. Lagrangian decomposition: Guignard & Kim 1987.
pub(super) fn least(coupling: &Coupling, theta: &[i64], unit: i64, chosen: &mut [bool]) -> i64 {
    let common = coupling.common as usize;
    let [a, b] =
        coupling.sides.map(|side| &theta[side.first_link as usize..=side.first_link as usize + common]);
    let [most_a, most_b] = coupling.sides.map(|side| side.max_shifts);
    let any_a = anywhere(a, coupling.sides[0].elsewhere, most_a);
    let any_b = anywhere(b, coupling.sides[1].elsewhere, most_b);
    let cost = coupling.cost * unit;
    let mut best = (0, None, None);
    if cost + any_a.0 < best.0 {
        best = (cost + any_a.0, Some(any_a.1), None);
    }
    if cost + any_b.0 < best.0 {
        best = (cost + any_b.0, None, Some(any_b.1));
    }
    if cost + any_a.0 + any_b.0 < best.0 {
        best = (cost + any_a.0 + any_b.0, Some(any_a.1), Some(any_b.1));
    }
    for venue in 1..=common {
        let together = at(a, venue, most_a) + at(b, venue, most_b);
        if together < best.0 {
            best = (together, Some(venue), Some(venue));
        }
    }
    for (side, events) in coupling.sides.iter().zip([best.1, best.2]) {
        let first = side.first_link as usize;
        let links = &mut chosen[first..=first + common];
        links.fill(false);
        let Some(venue) = events else { continue };
        links[0] = true;
        if venue > 0 {
            links[venue] = true;
        }
        let theta = &theta[first..=first + common];
        if side.max_shifts > 1 {
            for index in extras(theta, venue, side.max_shifts) {
                links[index] = true;
            }
        }
    }
    best.0
}

/// The least for someone who serves: at a common venue (its index), or elsewhere (0).
fn anywhere(theta: &[i64], elsewhere: bool, most: u32) -> (i64, usize) {
    let mut best = if elsewhere { (at(theta, 0, most), 0) } else { (i64::MAX / 8, 0) };
    for venue in 1..theta.len() {
        let value = at(theta, venue, most);
        if value < best.0 {
            best = (value, venue);
        }
    }
    best
}

/// The value of serving at `venue` and, where that pays, at others too.
fn at(theta: &[i64], venue: usize, most: u32) -> i64 {
    let own = -theta[0] - if venue > 0 { theta[venue] } else { 0 };
    if most > 1 {
        own - extras(theta, venue, most).into_iter().map(|index| theta[index]).sum::<i64>()
    } else {
        own
    }
}

/// The other venues with the greatest positive multipliers, up to `most - 1` of them.
fn extras(theta: &[i64], venue: usize, most: u32) -> Vec<usize> {
    let mut others: Vec<usize> =
        (1..theta.len()).filter(|&index| index != venue && theta[index] > 0).collect();
    others.sort_by_key(|&index| (-theta[index], index));
    others.truncate(most as usize - 1);
    others
}
