//! A plan run, from the asking to the result.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

/// A roster that was asked of the solver. What it holds is in the plan's row; this names whose id it is.
#[derive(Debug)]
pub struct Plan;

/// How a plan run stands: `queued → running → completed | failed | cancelled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Waits for a worker.
    Queued,
    /// Is being solved.
    Running,
    /// The solver's time is up, or nothing is left to gain.
    Completed,
    /// No roster came of it; the plan says why.
    Failed,
    /// Stopped by a person; what was found until then is kept.
    Cancelled,
}

impl PlanState {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Completed, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// Whether nothing more will come.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// The best roster there is.
    Solve,
    /// Of the rosters that lack the fewest essential people, the one that changes least.
    Repair,
    /// A roster that people change by hand, to see what would come of it.
    Draft,
}

impl PlanKind {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solve => "solve",
            Self::Repair => "repair",
            Self::Draft => "draft",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Solve, Self::Repair, Self::Draft].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How little a repair changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Changes {
    /// Published assignments that it gives up.
    #[schema(minimum = 0)]
    pub dropped: i64,
    /// No roster that lacks as few essential people gives up fewer: that is proven.
    #[schema(minimum = 0)]
    pub bound: i64,
}

/// How good a roster is: two whole numbers, lower is better, the first before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// Essential seats left empty, each times its district's priority and its own weight.
    #[schema(minimum = 0, example = 0)]
    pub essential: i64,
    /// The sum of the terms.
    #[schema(minimum = 0, example = 48_210)]
    pub cost: i64,
}

impl Score {
    /// How far the cost may be from the best possible, as a share of it. Only where `bound` has the same essential:
    /// otherwise nothing is proven of the cost.
    pub fn gap(self, bound: Self) -> Option<f64> {
        if self.essential != bound.essential {
            return None;
        }
        let missing = (self.cost - bound.cost) as f64;
        Some(if self.cost == 0 { 0.0 } else { missing / self.cost as f64 })
    }
}

/// The cost of a roster, term by term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Terms {
    /// Welcome seats left empty.
    #[schema(minimum = 0)]
    pub desired: i64,
    /// Minutes from home.
    #[schema(minimum = 0)]
    pub travel: i64,
    /// Shifts at venues that are not preferred ones.
    #[schema(minimum = 0)]
    pub venue: i64,
    /// Wishes not granted.
    #[schema(minimum = 0)]
    pub wish: i64,
    /// Shifts hoped for and not given.
    #[schema(minimum = 0)]
    pub idle: i64,
    /// Squares of the numbers of shifts.
    #[schema(minimum = 0)]
    pub fairness: i64,
    /// Venues beyond a volunteer's first.
    #[schema(minimum = 0)]
    pub continuity: i64,
    /// Companions not together.
    #[schema(minimum = 0)]
    pub companion: i64,
    /// Published assignments given up.
    #[schema(minimum = 0)]
    pub stability: i64,
}

/// Why a plan cannot be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PublishError {
    /// It is not finished.
    #[error("the plan is still {}", .0.as_str())]
    NotOver(PlanState),
    /// It has no assignments to publish.
    #[error("the plan has no roster")]
    Failed,
    /// The festival was set up anew since, and the plan no longer fits it.
    #[error("the festival was changed since the plan was asked for")]
    Stale,
    /// It is not the festival's roster.
    #[error("the plan is not the festival's roster")]
    NotPublished,
    /// Somebody answered what it offered: it cannot be taken back.
    #[error("somebody answered already")]
    Answered,
    /// It is not a draft, or one that was published.
    #[error("the plan is not a draft")]
    NotADraft,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_known_where_the_essential_is_proven() {
        let score = |essential, cost| Score { essential, cost };
        assert_eq!(score(0, 200).gap(score(0, 150)), Some(0.25));
        assert_eq!(score(3, 200).gap(score(2, 150)), None);
        assert_eq!(score(0, 0).gap(score(0, 0)), Some(0.0));
    }
}
