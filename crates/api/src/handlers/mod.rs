//! What the API does, one file a resource.

pub(crate) mod batches;
pub(crate) mod festivals;
pub(crate) mod health;
