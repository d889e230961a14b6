//! The score of a plan: two whole numbers, the first before the second.

use serde::{Deserialize, Serialize};

/// What a plan leaves undone; lower is better, `essential` before `cost`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Score {
    /// Essential seats left empty, each times priority and weight.
    pub essential: i64,
    /// The sum of the terms.
    pub cost: i64,
}
