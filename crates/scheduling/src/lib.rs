//! The engine of Khademyar.

pub mod format;
mod lock;
mod problem;
mod rule;
mod score;

pub use format::{Fault, PlanFile, ProblemFile};
pub use problem::{PositionIndex, Problem, VolunteerIndex};
pub use score::Score;
