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

impl Language {
    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Persian => "fa",
            Self::English => "en",
        }
    }

    /// The language of this tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        [Self::Persian, Self::English].into_iter().find(|language| language.tag() == tag)
    }
}
