//! The api crate of Khademyar.
