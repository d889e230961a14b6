//! Those who help a festival from outside, and what they gave.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Id, Name, Text, district::District, venue::Venue};

/// A partner: a district's municipality, an office, a company, a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// The district it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_id: Option<Id<District>>,
    /// Whom the letter of thanks is addressed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Text>,
}

impl Check for Partner {}

/// Something a partner gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Who gave it.
    pub partner_id: Id<Partner>,
    /// Of what kind.
    pub kind: ContributionKind,
    /// In words.
    pub description: Text,
    /// How much or how many, where that can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub amount: Option<i64>,
    /// Of what (`rial`, `chair`, `person`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// The venue it went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<Id<Venue>>,
}

/// What can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContributionKind {
    /// A place or a building.
    Place,
    /// Things.
    Equipment,
    /// Money.
    Money,
    /// People.
    People,
}

impl Check for Contribution {}
