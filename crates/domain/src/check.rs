//! What is wrong with a value, told in both languages.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{email::NotAnAddress, name::TextError, phone::NotAPhone};

/// One fault of what was sent in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where: a JSON pointer into the body (`/minimum`, `/items/3/code`), or the name of a query parameter.
    pub path: String,
    /// What, for programs: stable, in `snake_case`.
    pub code: String,
    /// What and how to mend it, for people, in English.
    #[serde(skip)]
    pub en: String,
    /// The same in Persian.
    #[serde(skip)]
    pub fa: String,
}

impl Fault {
    /// A fault at `path`.
    pub fn new(
        path: impl Into<String>,
        code: impl Into<String>,
        en: impl Into<String>,
        fa: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), code: code.into(), en: en.into(), fa: fa.into() }
    }

    /// A value at `path` that `error` kept from being read: by the text of one of ours, what to give instead.
    pub fn unreadable(path: impl Into<String>, error: &impl Display) -> Self {
        let error = error.to_string();
        let (en, fa) = if error == NotAPhone.to_string() {
            (
                "There is no such telephone number: give all of its digits, such as 0913 123 4567."
                    .to_owned(),
                "چنین شماره‌ای نیست: همهٔ رقم‌هایش را بدهید، مانند ۰۹۱۳ ۱۲۳ ۴۵۶۷.",
            )
        } else if error == NotAnAddress.to_string() {
            (
                "This is no e-mail address: give one such as name@place.example.".to_owned(),
                "این نشانی رایانامه نیست: نشانی‌ای مانند name@place.example بدهید.",
            )
        } else if error == TextError::Empty.to_string() {
            ("This holds no letter or digit: give some.".to_owned(), "حرف یا رقمی در آن نیست: چیزی بنویسید.")
        } else {
            (
                format!("This cannot be read: {}.", short(&error)),
                "این مقدار خوانده نشد: شکل درست آن را از مستندات ببینید.",
            )
        };
        Self::new(path, "not_readable", en, fa)
    }

    /// The same fault, seen from the outside of an object that stands at `prefix`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path.insert_str(0, prefix);
        self
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.en)
    }
}

/// A text that came from outside, short enough to be told back: its first 80 characters.
pub fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What the shape of a value cannot say of it.
pub trait Check {
    /// Every fault, not the first only; empty when the value may be stored.
    fn check(&self) -> Vec<Fault> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told_with_what_to_give_instead() {
        let told = |error: &dyn Display| {
            let fault = Fault::unreadable("/phone", &error);
            (fault.en, fault.fa)
        };
        assert!(told(&NotAPhone).0.contains("0913"));
        assert!(told(&NotAPhone).1.contains("۰۹۱۳"));
        assert!(told(&NotAnAddress).1.contains("name@place.example"));
        assert!(told(&TextError::Empty).0.contains("letter or digit"));
        assert_eq!(told(&TextError::TooLong(9)).0, "This cannot be read: is longer than 9 characters.");
        assert!(told(&"x".repeat(1_000)).0.len() < 120);
    }
}
