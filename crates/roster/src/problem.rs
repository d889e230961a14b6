//! A festival's set-up as a `festival-problem/1` file, and back.
//!
//! In the file, rows are called by their codes. Beside the keys that the engine reads it holds what people need:
//! names, phones, centres. Partners and what they gave are no part of it.

mod fault;
mod person;
mod place;
mod read;
mod write;

pub use read::{Read, read};
pub use write::{file, write};
