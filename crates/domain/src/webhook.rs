//! Other systems that are told what happens.

/// The subscription of another system. The fields are where it is stored; this names whose id it is.
#[derive(Debug)]
pub struct Webhook;
