//! The two languages in which people are spoken to.

use serde::{Deserialize, Serialize};

/// A language of labels and messages; Persian unless someone asks for the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Language {
    /// Persian, right to left, Solar Hijri dates and the digits ۰ to ۹.
    #[default]
    #[serde(rename = "fa")]
    Persian,
    /// English, Gregorian dates and ASCII digits.
    #[serde(rename = "en")]
    English,
}
