//! Two volunteers who come together, or who must not meet; and a volunteer fixed to a position.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Fault, Id, position::Position, volunteer::Volunteer};

/// Two volunteers and what is between them; the order does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// What is between them.
    pub kind: PairKind,
    /// One of the two.
    pub first_id: Id<Volunteer>,
    /// The other.
    pub second_id: Id<Volunteer>,
}

/// What is between two volunteers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairKind {
    /// They come together: a family, a shared car.
    Companions,
    /// They must not share a shift.
    Apart,
}

impl Check for Pair {
    fn check(&self) -> Vec<Fault> {
        if self.first_id != self.second_id {
            return Vec::new();
        }
        vec![Fault::new(
            "/second_id",
            "same_volunteer",
            "Name two different volunteers.",
            "دو خادمیار متفاوت نام ببرید.",
        )]
    }
}

/// A volunteer fixed to a position by a person: every plan keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// As what.
    pub position_id: Id<Position>,
}

impl Check for Pin {}
