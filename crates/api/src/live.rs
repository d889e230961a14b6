//! What this process keeps so that it need not ask the database for everybody who asks: who follows which festival, and
//! what the engine makes of each set-up. Nothing is lost with it.

mod feed;
mod memory;

use std::sync::Arc;

pub(crate) use feed::{Follower, Whose};

/// Shared by every handler; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Live {
    feeds: Arc<feed::Feeds>,
    memory: Arc<memory::Memory>,
}
