//! The scheduling crate of Khademyar.
