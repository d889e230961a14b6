//! The two languages in which people are spoken to.

use serde::{Deserialize, Serialize};

use crate::persian::{grouped, in_threes};

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

impl Language {
    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Persian => "fa",
            Self::English => "en",
        }
    }

    /// A whole number for people to read, in groups of three digits: «۱٬۲۳۴٬۵۶۷» or "1,234,567".
    #[must_use]
    pub fn amount(self, value: i64) -> String {
        match self {
            Self::Persian => grouped(value),
            Self::English => {
                format!("{}{}", if value < 0 { "−" } else { "" }, in_threes(value.unsigned_abs(), ','))
            }
        }
    }

    /// The language of this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        [Self::Persian, Self::English].into_iter().find(|language| language.tag() == tag)
    }
}
