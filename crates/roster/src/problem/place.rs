//! What only people read of a festival, its districts, specialties and venues.

use std::collections::BTreeMap;

use khademyar_domain::{
    Id, Name, Text,
    district::District,
    venue::{Venue, VenueKind},
};
use serde::{Deserialize, Serialize};

use super::person::CentreEntry;

/// Beside the festival's keys.
#[derive(Serialize)]
pub(super) struct FestivalWords {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name_en: Option<Text>,
    pub(super) specialty_names: BTreeMap<String, NameWords>,
    pub(super) centres: Vec<CentreEntry>,
}

/// A name in two keys.
#[derive(Serialize, Deserialize)]
pub(super) struct NameWords {
    name: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_en: Option<Text>,
}

impl NameWords {
    pub(super) fn new(name: &Name) -> Self {
        Self { name: name.fa.clone(), name_en: name.en.clone() }
    }

    pub(super) fn name(self) -> Name {
        Name { fa: self.name, en: self.name_en }
    }
}

/// Beside a district's keys.
#[derive(Serialize)]
pub(super) struct DistrictWords {
    #[serde(flatten)]
    pub(super) name: NameWords,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mayor: Option<Text>,
}

impl DistrictWords {
    pub(super) fn new(district: &District) -> Self {
        Self { name: NameWords::new(&district.name), mayor: district.mayor.clone() }
    }
}

/// Beside a venue's keys. Its shifts say where it stands, too; this says it for nights without shifts.
#[derive(Serialize)]
pub(super) struct VenueWords {
    #[serde(flatten)]
    pub(super) name: NameWords,
    pub(super) kind: VenueKind,
    /// The code of its district.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) district: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) stands: Vec<StandWords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) longitude: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StandWords {
    pub(super) night: i32,
    pub(super) district: String,
}

impl VenueWords {
    pub(super) fn new(venue: &Venue, district: impl Fn(Id<District>) -> String) -> Self {
        Self {
            name: NameWords::new(&venue.name),
            kind: venue.kind,
            district: venue.district_id.map(&district),
            stands: venue
                .stands
                .iter()
                .map(|stand| StandWords { night: stand.night, district: district(stand.district_id) })
                .collect(),
            address: venue.address.clone(),
            latitude: venue.latitude,
            longitude: venue.longitude,
        }
    }
}
