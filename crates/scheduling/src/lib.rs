//! The engine of Khademyar.

pub mod bound;
mod chance;
mod construct;
pub mod explain;
pub mod format;
mod judge;
mod lock;
mod plan;
mod problem;
mod roster;
mod rule;
#[cfg(test)]
mod sample;
mod score;
mod search;
mod solve;
mod term;

pub use format::{Fault, PlanFile, ProblemFile};
pub use judge::{Breach, Judgement, Rule, judge};
pub use plan::Plan;
pub use problem::{PositionIndex, Problem, VolunteerIndex};
pub use score::Score;
pub use solve::{Options, Progress, Solution, solve};
pub use term::Terms;
