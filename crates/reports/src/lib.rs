//! What people take away: their calendar, the thank-you report, its tables and its letters.
//!
//! Pure: data in, text or bytes out.

pub mod calendar;
pub mod facts;
pub mod letter;
pub mod paper;
pub mod qr;
pub mod table;
pub mod thank_you;

#[cfg(test)]
mod example;
