//! A festival to try Khademyar with: the Ten Days of Karamat in Isfahan, 8 to 17 April 2027.
//!
//! The venues and neighbourhoods exist; every person, telephone number and gift is invented. Pure: the same seed
//! makes the same festival, ids and all.

mod centre;
mod city;
mod demand;
mod dice;
mod names;
mod partners;
mod person;
mod place;
mod volunteers;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    Code, Id, Name, Stored, Text,
    festival::{Arrangements, Festival, Weights},
    set_up::SetUp,
    specialty::{Specialty, default_catalogue},
};

use crate::{dice::Dice, volunteers::Setting};

const NIGHTS: usize = 10;
/// 1 January 2026: before any id that a clock gives beside the demo's.
const FIRST_ID_MILLIS: u64 = 1_767_225_600_000;

/// The festival of `seed` as it stands before its first plan: other seeds bring other people to the same places.
pub fn set_up(seed: u64) -> SetUp {
    let mut maker = Maker { dice: Dice::new(seed), made: 0, specialties: Vec::new() };
    let festival = maker.stored(Festival {
        name: name("دههٔ کرامت در اصفهان", "The Ten Days of Karamat in Isfahan"),
        timezone: Tz::Asia__Tehran,
        nights: Festival::usual_nights(first_night()),
        min_rest_minutes: 600,
        arrangements: Arrangements::default(),
        weights: Weights::default(),
    });
    let districts = city::districts(&mut maker);
    let travel = city::travel_minutes(&districts);
    for specialty in default_catalogue() {
        let specialty = maker.stored(specialty);
        maker.specialties.push(specialty);
    }
    let centres = centre::centres(&mut maker, &districts);
    let places = place::places(&mut maker, &districts);
    let (shifts, positions) = demand::demand(&mut maker, &places);
    let setting = Setting { districts: &districts, travel: &travel, centres: &centres, places: &places };
    let (volunteers, pairs) = volunteers::volunteers(&mut maker, setting);
    let (partners, contributions) = partners::partners(&mut maker, &districts, &places);
    SetUp {
        festival,
        districts,
        travel,
        centres: centres.into_iter().map(|gathering| gathering.centre).collect(),
        specialties: maker.specialties,
        venues: places.into_iter().map(|place| place.venue).collect(),
        shifts,
        positions,
        volunteers,
        pairs,
        pins: Vec::new(),
        partners,
        contributions,
    }
}

/// What every part of the demo draws from.
struct Maker {
    dice: Dice,
    made: u64,
    specialties: Vec<Stored<Specialty>>,
}

impl Maker {
    /// `value` with an id of its own: of version 7, a millisecond later than the one before it.
    fn stored<T>(&mut self, value: T) -> Stored<T> {
        self.made += 1;
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&self.dice.bits().to_be_bytes());
        let id = uuid::Builder::from_unix_timestamp_millis(FIRST_ID_MILLIS + self.made, &chance);
        Stored { id: Id::from(id.into_uuid()), version: 1, value }
    }

    /// The id of the field the catalogue calls `code`.
    fn specialty(&self, code: &str) -> Id<Specialty> {
        self.specialties
            .iter()
            .find(|specialty| specialty.value.code.as_str() == code)
            .expect("the demo speaks of fields of the catalogue only")
            .id
    }
}

fn first_night() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 4, 8).expect("a date of the calendar")
}

/// `hours` after midnight of a night's date, which may be past the next; Tehran's clock is not changed in April.
fn instant(night: usize, hours: i64) -> DateTime<Utc> {
    let midnight = first_night().and_time(NaiveTime::MIN) + TimeDelta::days(night as i64);
    let midnight =
        midnight.and_local_timezone(Tz::Asia__Tehran).earliest().expect("Tehran has this midnight");
    midnight.with_timezone(&Utc) + TimeDelta::hours(hours)
}

fn text(text: &str) -> Text {
    Text::new(text).expect("the demo's texts are short lines")
}

fn code(code: &str) -> Code {
    Code::new(code).expect("the demo's codes are short words")
}

fn name(fa: &str, en: &str) -> Name {
    Name { fa: text(fa), en: Some(text(en)) }
}

#[cfg(test)]
mod tests;
