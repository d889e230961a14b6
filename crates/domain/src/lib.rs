//! The words Khademyar is built of, and the rules that need nothing but themselves.
//!
//! Pure: no clock, no randomness, no I/O. What is set up (festival, districts, … volunteers) are plain values whose
//! shapes are the API's shapes; what a shape cannot say is said by [`Check`].

pub mod api_token;
pub mod assignment;
pub mod attendance;
pub mod centre;
pub mod check;
pub mod cover;
pub mod device;
pub mod disclosure;
pub mod district;
pub mod email;
pub mod event;
pub mod festival;
pub mod id;
pub mod jalali;
pub mod language;
pub mod letter;
pub mod member;
pub mod message;
pub mod name;
pub mod name_index;
pub mod pair;
pub mod partner;
pub mod persian;
pub mod phone;
pub mod phone_owner;
pub mod plan;
pub mod position;
pub mod registration;
pub mod rights;
pub mod set_up;
pub mod shift;
pub mod specialty;
pub mod standby;
pub mod venue;
pub mod volunteer;
pub mod volunteer_sheet;
pub mod webhook;
pub mod weekly_report;
pub mod worklog;

pub use check::{Check, Fault};
pub use id::{Id, Stored};
pub use name::{Code, Name, Text, TextError};
