//! Festivals to measure rosterers by: invented, uneven as real ones are, and the same for the same seed.
//!
//! A [`Family`] is a size and a shortage; [`problem`] draws one festival of it as a
//! [`ProblemFile`](khademyar_scheduling::ProblemFile). [`after_drop_outs`] makes of a festival and its plan the same festival
//! some days later: the plan is published, and some who serve in it can't come. Pure: chance comes from the seed alone.

mod demand;
mod dice;
mod drop_outs;
mod family;
mod ground;
mod people;
#[cfg(test)]
mod tests;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta};
use khademyar_scheduling::{
    ProblemFile,
    format::{PROBLEM_FORMAT, Rules, Weights},
};

pub use drop_outs::after_drop_outs;
pub use family::Family;

use dice::Dice;

/// Nights of every festival.
const NIGHTS: usize = 10;
/// Minutes east of Greenwich.
const OFFSET_MINUTES: i32 = 210;

/// The festival of a family and a seed. Time and memory are proportional to the file.
#[must_use]
pub fn problem(family: Family, seed: u64) -> ProblemFile {
    let size = family.size();
    // Two families of one seed share nothing.
    let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(size.people as u64));
    let ground = ground::Ground::draw(&mut dice, size.cities);
    let venues = demand::venues(&mut dice, &ground, size);
    let volunteers = people::volunteers(&mut dice, &ground, &venues, size.people);
    let (companions, apart) = people::pairs(&mut dice, &volunteers);
    let (shifts, positions) = demand::demand(&mut dice, &ground, &venues, &volunteers, size);
    ProblemFile {
        format: PROBLEM_FORMAT.to_owned(),
        name: format!("{}-{seed}", family.name()),
        timezone: "Asia/Tehran".to_owned(),
        nights: (0..NIGHTS).map(date).collect(),
        travel_minutes: ground.travel_minutes(),
        districts: ground.districts,
        specialties: demand::SPECIALTIES.map(str::to_owned).to_vec(),
        venues: venues.iter().map(demand::Venue::entry).collect(),
        shifts,
        positions,
        volunteers,
        companions,
        apart,
        locked: vec![],
        published: vec![],
        rules: Rules { min_rest_minutes: 600 },
        weights: Weights {
            desired: 60,
            travel: 1,
            venue: 15,
            wish: 4,
            idle: 40,
            fairness: 3,
            continuity: 10,
            companion: 30,
            stability: 40,
        },
    }
}

fn date(night: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 4, 8).unwrap_or_default() + TimeDelta::days(night as i64)
}

/// A time on the evening of a night; from 24 on it is past midnight.
fn at(night: usize, hour: i64) -> DateTime<FixedOffset> {
    let noon = date(night).and_hms_opt(12, 0, 0).unwrap_or_default();
    let local = noon + TimeDelta::hours(hour - 12);
    let offset = FixedOffset::east_opt(OFFSET_MINUTES * 60).expect("three hours and a half are an offset");
    (local - TimeDelta::minutes(OFFSET_MINUTES.into())).and_utc().with_timezone(&offset)
}
