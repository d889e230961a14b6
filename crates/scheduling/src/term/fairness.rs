//! Cost: the square of each volunteer's number of shifts, so that service is spread.

use crate::problem::Shift;

pub(super) fn square(shifts: &[Shift]) -> i64 {
    (shifts.len() * shifts.len()) as i64
}

#[cfg(test)]
mod tests {
    use crate::sample::{judged, problem};

    #[test]
    fn counts_the_square_of_each_ones_shifts() {
        let assignments = [("amir", "0-garden"), ("amir", "1-garden"), ("zahra", "1-garden")];
        assert_eq!(judged(&problem(|_| {}), &assignments).terms.fairness, 3 * (4 + 1));
    }
}
