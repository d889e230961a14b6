//! The migrations of Khademyar.
