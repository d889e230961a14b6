//! Simulated annealing (Kirkpatrick, Gelatt and Vecchi, 1983) over chains of reassignments.
//!
//! A chain puts a volunteer into a position, frees what that makes impossible for them, sends away an occupant if the
//! position is full, and offers each freed seat at once to the one sent away and to a few others who could hold it
//! (ejection chains: Glover, 1996).

mod chain;
mod guide;
mod part;
mod paths;

pub(crate) use chain::{Chains, Heat};
pub(crate) use guide::{Guide, Tally};
pub(crate) use part::{Part, divide};
pub(crate) use paths::{fill, losses};
