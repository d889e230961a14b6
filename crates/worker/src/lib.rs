//! The worker crate of Khademyar.
