//! Cost: seats that are welcome beyond the essential ones, left empty.

use crate::problem::Position;

pub(super) fn cost(position: &Position, filled: u32) -> i64 {
    position.desired_worth * (i64::from(position.desired) - i64::from(filled.max(position.minimum)))
}
