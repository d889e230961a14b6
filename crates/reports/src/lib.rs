//! The reports crate of Khademyar.
