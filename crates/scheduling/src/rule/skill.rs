//! Hard: the volunteer has the position's specialty at its level or above.

use crate::problem::{Position, Volunteer};

/// The volunteer's level in the position's specialty; 0 = none.
pub(crate) fn level(who: &Volunteer, position: &Position) -> u8 {
    who.skills.iter().find(|skill| skill.0 == position.specialty).map_or(0, |skill| skill.1)
}

pub(crate) fn enough(level: u8, position: &Position) -> bool {
    level >= position.min_level
}

pub(crate) fn holds(who: &Volunteer, position: &Position) -> bool {
    enough(level(who, position), position)
}
