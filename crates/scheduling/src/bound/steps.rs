//! How far to go along each coordinate, and where to stop.

use std::cmp::Ordering;

/// Memory of the mean and of the mean square of the subgradients.
const FIRST: f64 = 0.2;
const SECOND: f64 = 0.95;

/// Moving mean and mean square of subgradients.
#[derive(Clone, Default)]
pub(super) struct Steps {
    pub(super) damping: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Steps {
    pub(super) fn new(count: usize, damping: f64) -> Self {
        Self { damping, mean: vec![0.0; count], square: vec![0.0; count] }
    }

    /// How far to go along coordinate `at`.
    pub(super) fn next(&mut self, at: usize, subgradient: f64, step: f64) -> f64 {
        let (mean, square) = (&mut self.mean[at], &mut self.square[at]);
        *mean = FIRST * *mean + (1.0 - FIRST) * subgradient;
        *square = SECOND * *square + (1.0 - SECOND) * subgradient * subgradient;
        step * *mean / (square.sqrt() + self.damping)
    }
}

/// How many seats a position asks for at a price: more below each kink.
pub(super) struct Demand {
    /// Never rising.
    pub(super) kinks: [f64; 2],
    /// Seats asked above the first kink, between the two and below the second.
    seats: [f64; 3],
}

impl Demand {
    pub(super) fn new(minimum: f64, desired: f64, essential: f64, welcome: f64) -> Self {
        if essential >= welcome {
            Self { kinks: [essential, welcome], seats: [0.0, minimum, desired] }
        } else {
            // Essential is worth less than what is desired beyond it: all or nothing.
            let worth = (essential * minimum + welcome * (desired - minimum)) / desired.max(1.0);
            Self { kinks: [worth, worth], seats: [0.0, 0.0, desired] }
        }
    }

    /// The subgradient nearest to what is filled.
    pub(super) fn asked(&self, price: f64, filled: f64) -> f64 {
        let (mut least, mut most) = (self.seats[0], self.seats[2]);
        for (index, &kink) in self.kinks.iter().enumerate() {
            match price.total_cmp(&kink) {
                Ordering::Greater => most = most.min(self.seats[index]),
                Ordering::Equal => {}
                Ordering::Less => least = least.max(self.seats[index + 1]),
            }
        }
        filled.clamp(least, most)
    }
}
