//! People who register by themselves, until somebody lets them in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Check, Code, Fault, Id, Name, Text,
    centre::Centre,
    district::District,
    phone::Phone,
    rights::Scope,
    volunteer::{Availability, Gender, Volunteer},
};

/// Somebody who wants to serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "زهرا کریمی", "phone": "09121234567", "gender": "woman", "birth_year": 1995,
    "home_district_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e"
}))]
pub struct Registration {
    /// Their name.
    pub name: Text,
    /// Their mobile phone, which they will sign in by.
    #[schema(value_type = String, max_length = 40, example = "+989131234567")]
    pub phone: Phone,
    /// Whether they serve in women's or men's places.
    pub gender: Gender,
    /// The Gregorian year of their birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1900, maximum = 2100)]
    pub birth_year: Option<i32>,
    /// The district they live in.
    pub home_district_id: Id<District>,
    /// The centre they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_id: Option<Id<Centre>>,
    /// The nights they can come, from 0. Left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 400, example = json!([0, 1]))]
    pub nights: Option<Vec<i32>>,
}

impl Check for Registration {
    fn check(&self) -> Vec<Fault> {
        let nights = self.nights.as_deref().unwrap_or_default();
        let twice = nights.iter().enumerate().filter(|(k, night)| nights[..*k].contains(night));
        let fault = |(k, _)| {
            Fault::new(
                format!("/nights/{k}"),
                "twice",
                "The same night stands there before: leave it out.",
                "همین شب پیش‌تر آمده است: آن را بردارید.",
            )
        };
        twice.map(fault).collect()
    }
}

impl Registration {
    /// The volunteer they become.
    pub fn volunteer(self, code: Code) -> Volunteer {
        let night = |night| Availability::Night { night };
        let name = Name { fa: self.name, en: None };
        Volunteer {
            phone: Some(self.phone),
            centre_id: self.centre_id,
            birth_year: self.birth_year,
            available: self.nights.map(|nights| nights.into_iter().map(night).collect()),
            ..Volunteer::new(code, name, self.home_district_id, self.gender)
        }
    }

    /// Whether whoever reaches so far may let them in.
    pub fn is_within(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Festival => true,
            Scope::Districts(districts) => districts.contains(&self.home_district_id),
            Scope::Centre(centre) => self.centre_id == Some(*centre),
            Scope::Venue(_) | Scope::Own(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_coordinator_lets_her_district_in_and_a_secretary_his_centre() {
        let (district, other) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let (centre, another) = (Uuid::from_u128(3).into(), Uuid::from_u128(4).into());
        let registration = Registration {
            name: Text::new("زهرا").unwrap(),
            phone: Phone::parse("09121234567").unwrap(),
            gender: Gender::Woman,
            birth_year: None,
            home_district_id: district,
            centre_id: Some(centre),
            nights: None,
        };
        for (scope, within) in [
            (Scope::Festival, true),
            (Scope::Districts(vec![other, district]), true),
            (Scope::Districts(vec![other]), false),
            (Scope::Centre(centre), true),
            (Scope::Centre(another), false),
            (Scope::Venue(Uuid::from_u128(1).into()), false),
            (Scope::Own(Uuid::from_u128(1).into()), false),
        ] {
            assert_eq!(registration.is_within(&scope), within, "{scope:?}");
        }
    }
}
