//! The domain crate of Khademyar.

pub mod jalali;
pub mod language;
pub mod persian;
pub mod phone;
