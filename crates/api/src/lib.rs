//! The api crate of Khademyar.

pub mod auth;
