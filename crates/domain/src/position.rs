//! A position: what a shift asks for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Fault, Id, shift::Shift, specialty::Specialty, volunteer::Gender};

/// So many people of a specialty, for a shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// What files call it.
    pub code: Code,
    /// For which shift.
    pub shift_id: Id<Shift>,
    /// The field of service.
    pub specialty_id: Id<Specialty>,
    /// The lowest level that will do.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 3, default = 1)]
    pub min_level: i32,
    /// Who may hold it.
    #[serde(default)]
    pub gender: AskedGender,
    /// How many are essential.
    #[schema(minimum = 0, maximum = 10_000)]
    pub minimum: i32,
    /// How many are welcome, at the most.
    #[schema(minimum = 0, maximum = 10_000)]
    pub desired: i32,
    /// How essential, 1 to 10.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 10, default = 1)]
    pub weight: i32,
}

fn one() -> i32 {
    1
}

/// Whether a position asks for women, for men, or for anyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedGender {
    /// Anyone.
    #[default]
    Any,
    /// Women.
    Woman,
    /// Men.
    Man,
}

impl AskedGender {
    /// Whether someone of `gender` may hold the position.
    pub fn admits(self, gender: Gender) -> bool {
        match self {
            Self::Any => true,
            Self::Woman => gender == Gender::Woman,
            Self::Man => gender == Gender::Man,
        }
    }
}

impl Check for Position {
    fn check(&self) -> Vec<Fault> {
        if self.minimum <= self.desired {
            return Vec::new();
        }
        vec![Fault::new(
            "/desired",
            "below_minimum",
            format!("At least the minimum, {}, must be desired.", self.minimum),
            format!("شمار مطلوب نباید از حداقل ({}) کمتر باشد.", self.minimum),
        )]
    }
}
