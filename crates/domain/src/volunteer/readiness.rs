//! What volunteers say of themselves: when and how much they can serve, and what they wish for. Who they are and what they
//! can do is said by those who let them in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Availability, Volunteer, Want, Wish, one, repeated, window_faults};
use crate::{Check, Fault, Id, venue::Venue};

/// How much a wish of one's own weighs: as much as anybody's.
const WEIGHT: i32 = 1;

/// When and how much somebody can serve, and what they wish for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "available": [{"night": 0}, {"night": 1}], "max_travel_minutes": 45, "max_nights": 6, "max_consecutive_nights": 3,
    "max_shifts_per_night": 1, "preferred_venue_ids": [], "wishes": [{"night": 1, "want": "serve"}]
}))]
pub struct Readiness {
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
    /// Where they would rather serve; empty: no preference.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub preferred_venue_ids: Vec<Id<Venue>>,
    /// The nights they wish to serve, or to rest.
    #[serde(default)]
    #[schema(max_items = 800)]
    pub wishes: Vec<OwnWish>,
}

/// A night somebody wishes to serve, or to rest. How much it weighs is not theirs to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnWish {
    /// The night, from 0.
    #[schema(minimum = 0, maximum = 399)]
    pub night: i32,
    /// What is wished for.
    pub want: Want,
}

impl Readiness {
    /// Whether a shift of a night lies wholly within what they can.
    #[must_use]
    pub fn allows(&self, night: i32, starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> bool {
        let Some(available) = &self.available else { return true };
        available.iter().any(|one| match *one {
            Availability::Night { night: told } => told == night,
            Availability::Window { from, to } => from <= starts_at && ends_at <= to,
        })
    }
}

impl Check for Readiness {
    fn check(&self) -> Vec<Fault> {
        let mut faults = window_faults(self.available.as_deref());
        faults.extend(repeated("/preferred_venue_ids", "", self.preferred_venue_ids.iter().copied()));
        faults.extend(repeated("/wishes", "night", self.wishes.iter().copied()));
        faults
    }
}

impl Volunteer {
    /// What they say of themselves.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness {
            available: self.available.clone(),
            max_travel_minutes: self.max_travel_minutes,
            max_nights: self.max_nights,
            max_consecutive_nights: self.max_consecutive_nights,
            max_shifts_per_night: self.max_shifts_per_night,
            preferred_venue_ids: self.preferred_venue_ids.clone(),
            wishes: self.wishes.iter().map(|wish| OwnWish { night: wish.night, want: wish.want }).collect(),
        }
    }

    /// The same volunteer, who says this of themselves now. A wish that they had keeps the weight that it was given.
    #[must_use]
    pub fn ready(self, readiness: Readiness) -> Self {
        let weight = |wish: OwnWish| {
            let had = self.wishes.iter().find(|had| (had.night, had.want) == (wish.night, wish.want));
            had.map_or(WEIGHT, |had| had.weight)
        };
        let wish = |wish: OwnWish| Wish { night: wish.night, want: wish.want, weight: weight(wish) };
        Self {
            available: readiness.available,
            max_travel_minutes: readiness.max_travel_minutes,
            max_nights: readiness.max_nights,
            max_consecutive_nights: readiness.max_consecutive_nights,
            max_shifts_per_night: readiness.max_shifts_per_night,
            preferred_venue_ids: readiness.preferred_venue_ids,
            wishes: readiness.wishes.into_iter().map(wish).collect(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Code, Name, Text, volunteer::Gender};

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2027-04-08T{hour:02}:00:00Z").parse().unwrap()
    }

    fn somebody() -> Volunteer {
        let name = Name { fa: Text::new("زهرا").unwrap(), en: None };
        let code = Code::new("v1").unwrap();
        Volunteer::new(code, name, Uuid::from_u128(1).into(), Gender::Woman)
    }

    #[test]
    fn a_shift_lies_wholly_within_what_they_can() {
        let can = |available| Readiness { available, ..somebody().readiness() };
        let evening = Availability::Window { from: at(16), to: at(20) };
        for (available, allowed) in [
            (None, true),
            (Some(vec![]), false),
            (Some(vec![Availability::Night { night: 0 }]), true),
            (Some(vec![Availability::Night { night: 1 }]), false),
            (Some(vec![evening]), true),
            (Some(vec![Availability::Window { from: at(17), to: at(20) }]), false),
            (Some(vec![Availability::Night { night: 1 }, evening]), true),
        ] {
            assert_eq!(can(available.clone()).allows(0, at(16), at(20)), allowed, "{available:?}");
        }
    }

    #[test]
    fn nobody_gives_their_own_wish_more_weight_and_what_others_gave_it_stays() {
        let heavy = Wish { night: 2, want: Want::Rest, weight: 9 };
        let volunteer = Volunteer { wishes: vec![heavy], min_shifts: 2, ..somebody() };
        let wishes = vec![OwnWish { night: 2, want: Want::Rest }, OwnWish { night: 1, want: Want::Serve }];

        let after = volunteer.clone().ready(Readiness { wishes, ..volunteer.readiness() });

        let light = Wish { night: 1, want: Want::Serve, weight: WEIGHT };
        assert_eq!(after, Volunteer { wishes: vec![heavy, light], ..volunteer });
    }
}
