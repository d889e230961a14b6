//! How many should stand by for those who will not come.

/// Before anybody was called, as if one in ten of so many had not come: a usual figure for volunteers, and one that a
/// single night's roll outweighs.
const PRIOR_PEOPLE: f64 = 20.0;
const PRIOR_RATE: f64 = 0.1;
/// How sure it should be that those who stand by are enough.
const SURE: f64 = 0.9;

/// How likely it is that somebody does not come, where `missed` of `told` did not.
#[must_use]
pub fn rate(told: u32, missed: u32) -> f64 {
    (f64::from(missed) + PRIOR_RATE * PRIOR_PEOPLE) / (f64::from(told) + PRIOR_PEOPLE)
}

/// How many should stand by for `seats`, so that in nine nights of ten they are enough: the least number that a binomial
/// count of those who do not come exceeds no more often than that.
#[must_use]
pub fn advised(seats: u32, rate: f64) -> u32 {
    let rate = rate.clamp(0.0, 1.0);
    if rate >= 1.0 {
        return seats;
    }
    // Logarithms: of thousands of seats the chance that all come is too small for a number.
    let (odds, mut ln_chance) = ((rate / (1.0 - rate)).ln(), f64::from(seats) * (1.0 - rate).ln());
    let mut so_far = ln_chance.exp();
    let mut missing = 0;
    while so_far < SURE && missing < seats {
        ln_chance += (f64::from(seats - missing) / f64::from(missing + 1)).ln() + odds;
        missing += 1;
        so_far += ln_chance.exp();
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_any_roll_one_in_ten_is_reckoned_with_and_a_roll_outweighs_it() {
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found}, not {wanted}");
        near(rate(0, 0), 0.1);
        near(rate(180, 0), 0.01);
        near(rate(80, 40), 0.42);
    }

    /// The same from the definition, by counting every way in which some come and some do not.
    fn counted(seats: u32, rate: f64) -> u32 {
        let chance_of = |missing: u32| -> f64 {
            let ways = (0..1_u32 << seats).filter(|way| way.count_ones() == missing).count();
            ways as f64 * rate.powi(missing as i32) * (1.0 - rate).powi((seats - missing) as i32)
        };
        (0..=seats).find(|&enough| (0..=enough).map(chance_of).sum::<f64>() >= SURE).unwrap_or(seats)
    }

    #[test]
    fn those_who_stand_by_are_enough_in_nine_nights_of_ten_and_one_fewer_is_not() {
        for seats in 0..=12 {
            for percent in [0, 1, 5, 13, 31, 50, 77, 99, 100] {
                let rate = f64::from(percent) / 100.0;
                assert_eq!(advised(seats, rate), counted(seats, rate), "{seats} seats, {percent} %");
            }
        }
    }

    #[test]
    fn thousands_of_seats_are_reckoned_with_too() {
        // The normal approximation: 500 and 1.28 times the root of 450.
        assert!((525..=530).contains(&advised(5_000, 0.1)));
        assert_eq!(advised(5_000, 1.0), 5_000);
    }
}
