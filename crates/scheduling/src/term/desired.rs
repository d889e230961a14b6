//! Cost: seats that are welcome beyond the essential ones, left empty.

use crate::problem::Position;

pub(super) fn cost(position: &Position, filled: u32) -> i64 {
    position.desired_worth * (i64::from(position.desired) - i64::from(filled.max(position.minimum)))
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_the_welcome_seats_left_empty_by_priority() {
        let problem = problem(|_| {});
        let desired = |assignments: &[(&str, &str)]| judged(&problem, assignments).terms.desired;
        let nobody = 3 * 100 + 3 * 400;
        assert_eq!(desired(&[]), nobody); // the essential seats do not count
        assert_eq!(desired(&[("amir", "0-base")]), nobody); // nor when they are filled
        assert_eq!(desired(&[("amir", "0-base"), ("zahra", "0-base")]), nobody - 400);
    }
}
