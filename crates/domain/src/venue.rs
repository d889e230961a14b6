//! A fixed venue, or a mobile base that stands in another district from night to night.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Fault, Id, Name, Text, district::District};

/// A place of service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// Whether it stays.
    #[serde(default)]
    pub kind: VenueKind,
    /// Where it stands on every night that `stands` does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_id: Option<Id<District>>,
    /// A mobile base's district, night by night.
    #[serde(default)]
    #[schema(max_items = 400)]
    pub stands: Vec<Stand>,
    /// The way there in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: Option<f64>,
}

/// Whether a venue stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VenueKind {
    /// The same place every night.
    #[default]
    Fixed,
    /// A base that may stand elsewhere tomorrow.
    Mobile,
}

/// Where a mobile base stands on a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stand {
    /// The night, from 0.
    #[schema(minimum = 0, maximum = 399)]
    pub night: i32,
    /// The district.
    pub district_id: Id<District>,
}

impl Venue {
    /// The district it stands in on `night`.
    pub fn district_on(&self, night: i32) -> Option<Id<District>> {
        self.stands
            .iter()
            .find(|stand| stand.night == night)
            .map(|stand| stand.district_id)
            .or(self.district_id)
    }
}

impl Check for Venue {
    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (k, stand) in self.stands.iter().enumerate() {
            if self.stands[..k].iter().any(|earlier| earlier.night == stand.night) {
                faults.push(Fault::new(
                    format!("/stands/{k}/night"),
                    "repeated",
                    "This night is named twice: a base stands in one district a night.",
                    "این شب دو بار آمده است: پایگاه در هر شب در یک منطقه است.",
                ));
            }
        }
        if self.kind == VenueKind::Fixed && !self.stands.is_empty() {
            faults.push(Fault::new(
                "/stands",
                "not_mobile",
                "A fixed venue has one district: leave `stands` out, or set `kind` to `mobile`.",
                "مکان ثابت یک منطقه دارد: «stands» را نیاورید یا «kind» را «mobile» کنید.",
            ));
        }
        faults
    }
}
