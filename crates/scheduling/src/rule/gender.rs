//! Hard: the position asks for anyone, or for the volunteer's gender.

use crate::problem::{Position, Volunteer};

pub(crate) fn holds(who: &Volunteer, position: &Position) -> bool {
    position.gender.admits(who.gender)
}
