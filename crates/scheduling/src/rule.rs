//! What makes a plan valid, one rule a file.

pub(crate) mod apart;
pub(crate) mod availability;
pub(crate) mod gap;
pub(crate) mod gender;
pub(crate) mod nights;
pub(crate) mod reach;
pub(crate) mod skill;
