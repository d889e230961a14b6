//! A volunteer (khademyar): what they can do, when they can, and what they hope for.

mod readiness;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Check, Code, Fault, Id, Name, centre::Centre, district::District, phone::Phone, shift::check_window,
    specialty::Specialty, venue::Venue,
};

pub use readiness::{OwnWish, Readiness};

/// A volunteer of a festival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Volunteer {
    /// What files call them.
    pub code: Code,
    /// Their name.
    pub name: Name,
    /// Their mobile phone; no two volunteers of a festival share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 40, example = "+989131234567")]
    pub phone: Option<Phone>,
    /// The district they live in.
    pub home_district_id: Id<District>,
    /// The centre they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_id: Option<Id<Centre>>,
    /// Whether they serve in women's or men's places.
    pub gender: Gender,
    /// The Gregorian year of their birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1900, maximum = 2100)]
    pub birth_year: Option<i32>,
    /// What they can do.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub skills: Vec<Skill>,
    /// When they can serve. Left out: always. An empty list: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 500)]
    pub available: Option<Vec<Availability>>,
    /// How far from home they go, in minutes. Left out: anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100_000)]
    pub max_travel_minutes: Option<i32>,
    /// On how many nights they serve at the most. Left out: on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 400)]
    pub max_nights: Option<i32>,
    /// On how many consecutive nights at the most. Left out: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 400)]
    pub max_consecutive_nights: Option<i32>,
    /// How many shifts a night at the most.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 100, default = 1)]
    pub max_shifts_per_night: i32,
    /// How many shifts they hope for at least: to serve is an honour.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000, default = 0)]
    pub min_shifts: i32,
    /// Where they would rather serve; empty: no preference.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub preferred_venue_ids: Vec<Id<Venue>>,
    /// The nights they wish to serve, or to rest.
    #[serde(default)]
    #[schema(max_items = 800)]
    pub wishes: Vec<Wish>,
}

/// A volunteer, as much of one as tells people apart and is thanked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Who.
    pub id: Id<Volunteer>,
    /// What files call them.
    pub code: Code,
    /// Their name.
    pub name: Name,
    /// Their phone.
    pub phone: Option<Phone>,
    /// The district they live in.
    pub home_district_id: Id<District>,
    /// The centre they belong to.
    pub centre_id: Option<Id<Centre>>,
    /// Woman or man.
    pub gender: Gender,
    /// The Gregorian year of their birth.
    pub birth_year: Option<i32>,
}

fn one() -> i32 {
    1
}

fn yes() -> bool {
    true
}

/// Women's and men's places are staffed apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// A woman.
    Woman,
    /// A man.
    Man,
}

/// A specialty someone can serve in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    /// In which field.
    pub specialty_id: Id<Specialty>,
    /// How well: 1 to 3.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 3, default = 1)]
    pub level: i32,
    /// Whether someone who may has confirmed it; only confirmed skills count for the roster.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub confirmed: bool,
}

/// When someone can serve: a whole night, or a window of time. A shift must lie wholly within one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Availability {
    /// The whole of a festival night.
    Night {
        /// The night, from 0.
        #[schema(minimum = 0, maximum = 399)]
        night: i32,
    },
    /// From one instant to another.
    Window {
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        to: DateTime<Utc>,
    },
}

/// A night someone wishes to serve, or to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The night, from 0.
    #[schema(minimum = 0, maximum = 399)]
    pub night: i32,
    /// What is wished for.
    pub want: Want,
    /// How much: 1 is a little, 10 is much.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1_000_000, default = 1)]
    pub weight: i32,
}

/// What a wish is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// To serve on that night.
    Serve,
    /// To be free on that night.
    Rest,
}

impl Volunteer {
    /// Nobody any more: whoever the service of somebody is counted for who was erased.
    #[must_use]
    pub fn nameless(code: Code, home_district_id: Id<District>, gender: Gender) -> Self {
        Self::new(code, Name::nameless(), home_district_id, gender)
    }

    /// Of whom nothing else is known. They can come on no night.
    #[must_use]
    pub fn new(code: Code, name: Name, home_district_id: Id<District>, gender: Gender) -> Self {
        Self {
            code,
            name,
            phone: None,
            home_district_id,
            centre_id: None,
            gender,
            birth_year: None,
            skills: Vec::new(),
            available: Some(Vec::new()),
            max_travel_minutes: None,
            max_nights: None,
            max_consecutive_nights: None,
            max_shifts_per_night: 1,
            min_shifts: 0,
            preferred_venue_ids: Vec::new(),
            wishes: Vec::new(),
        }
    }
}

impl Check for Volunteer {
    fn check(&self) -> Vec<Fault> {
        let mut faults = window_faults(self.available.as_deref());
        faults.extend(repeated(
            "/skills",
            "specialty_id",
            self.skills.iter().map(|skill| skill.specialty_id),
        ));
        faults.extend(repeated("/preferred_venue_ids", "", self.preferred_venue_ids.iter().copied()));
        faults.extend(repeated("/wishes", "night", self.wishes.iter().map(|wish| (wish.night, wish.want))));
        faults
    }
}

/// What is wrong with windows of time, where somebody is available in some.
fn window_faults(available: Option<&[Availability]>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (k, window) in available.unwrap_or_default().iter().enumerate() {
        if let Availability::Window { from, to } = *window {
            let path = format!("/available/{k}");
            faults.extend(check_window(&format!("{path}/from"), from, &format!("{path}/to"), to));
        }
    }
    faults
}

/// A fault for each item that an earlier one has said already.
fn repeated<T: Ord>(list: &str, key: &str, items: impl Iterator<Item = T>) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (k, item) in items.enumerate() {
        if !seen.insert(item) {
            let path = if key.is_empty() { format!("{list}/{k}") } else { format!("{list}/{k}/{key}") };
            faults.push(Fault::new(
                path,
                "repeated",
                "This stands in the list already: say it once.",
                "این مورد پیش‌تر در فهرست آمده است: یک بار بس است.",
            ));
        }
    }
    faults
}
