//! A field of service, and the catalogue a festival starts with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Name, Text};

/// A specialty field (عرصهٔ تخصصی) volunteers serve in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Specialty {
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
}

impl Check for Specialty {}

const NINETEEN: [(&str, &str, &str); 19] = [
    ("reception", "پذیرش و راهنمایی", "Reception"),
    ("hospitality", "پذیرایی", "Hospitality"),
    ("crowd-guidance", "هدایت جمعیت", "Crowd guidance"),
    ("security", "انتظامات", "Security"),
    ("health", "سلامت و درمان", "Health"),
    ("culture", "فرهنگی", "Culture"),
    ("quran", "قرآن و معارف", "Quran"),
    ("children", "کودک و نوجوان", "Children and teenagers"),
    ("media", "رسانه", "Media"),
    ("arts", "هنر", "Arts"),
    ("education", "آموزش", "Education"),
    ("counselling", "مشاوره", "Counselling"),
    ("legal", "حقوقی", "Legal advice"),
    ("construction", "فنی و عمرانی", "Construction and engineering"),
    ("logistics", "تدارکات", "Logistics"),
    ("transport", "حمل‌ونقل زائران", "Pilgrim transport"),
    ("sports", "ورزش", "Sports"),
    ("environment", "محیط زیست", "Environment"),
    ("relief", "امداد و اطعام", "Relief and food"),
];

/// The nineteen fields every new festival starts with; organizers edit them there.
#[expect(
    clippy::missing_panics_doc,
    reason = "every text of the catalogue is short and a test makes them all"
)]
pub fn default_catalogue() -> Vec<Specialty> {
    let text = |text: &str| Text::new(text).expect("a text of the catalogue is a short line");
    NINETEEN
        .iter()
        .map(|(code, fa, en)| Specialty {
            code: Code::new(code).expect("a code of the catalogue is a short word"),
            name: Name { fa: text(fa), en: Some(text(en)) },
        })
        .collect()
}
