//! The domain crate of Khademyar.
