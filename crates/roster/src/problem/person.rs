//! What only people read of volunteers and their centres.

use std::collections::BTreeMap;

use khademyar_domain::{Code, Text, centre::Centre, phone::Phone, volunteer::Volunteer};
use serde::{Deserialize, Serialize};

use super::place::NameWords;

/// A centre: the engine knows of none.
#[derive(Serialize, Deserialize)]
pub(super) struct CentreEntry {
    pub(super) id: Code,
    pub(super) name: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name_en: Option<Text>,
    /// The code of its district.
    pub(super) district: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secretary: Option<Text>,
}

impl CentreEntry {
    pub(super) fn new(centre: &Centre, district: String) -> Self {
        Self {
            id: centre.code.clone(),
            name: centre.name.fa.clone(),
            name_en: centre.name.en.clone(),
            district,
            secretary: centre.secretary.clone(),
        }
    }
}

/// Beside a volunteer's keys.
#[derive(Serialize)]
pub(super) struct VolunteerWords {
    #[serde(flatten)]
    pub(super) name: NameWords,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<Phone>,
    /// The code of their centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) centre: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) birth_year: Option<i32>,
    /// Levels by specialty that no one has confirmed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) unconfirmed_skills: BTreeMap<String, i32>,
}

impl VolunteerWords {
    pub(super) fn new(
        volunteer: &Volunteer,
        centre: Option<String>,
        unconfirmed_skills: BTreeMap<String, i32>,
    ) -> Self {
        Self {
            name: NameWords::new(&volunteer.name),
            phone: volunteer.phone.clone(),
            centre,
            birth_year: volunteer.birth_year,
            unconfirmed_skills,
        }
    }
}
