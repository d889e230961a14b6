//! The engine's scores in the words of the domain.

use khademyar_domain::plan::{Score, Terms};

/// A score.
pub fn of(score: khademyar_scheduling::Score) -> Score {
    let khademyar_scheduling::Score { essential, cost } = score;
    Score { essential, cost }
}

/// The cost by term.
pub fn terms(terms: khademyar_scheduling::Terms) -> Terms {
    let khademyar_scheduling::Terms {
        desired,
        travel,
        venue,
        wish,
        idle,
        fairness,
        continuity,
        companion,
        stability,
    } = terms;
    Terms { desired, travel, venue, wish, idle, fairness, continuity, companion, stability }
}
