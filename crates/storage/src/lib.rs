//! The storage crate of Khademyar.
