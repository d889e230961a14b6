//! Letters, certificates and the festival report on paper: PDF, in Persian or English, in the festival's own words.

mod defaults;
mod press;
mod report;
mod sample;
mod say;
mod searchable;
mod tables;
mod writer;

pub use defaults::wording;
pub use press::{NoFonts, NotPrinted, Press};
pub use report::{Attended, Course, Covered, FestivalReport, Quality};
pub use sample::sample;
pub use writer::{Letter, Writer};
