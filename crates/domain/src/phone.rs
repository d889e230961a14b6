//! Telephone numbers.

use std::fmt;

use phonenumber::country::Id::IR;
use serde::{Deserialize, Serialize};

use crate::persian::normalise;

/// A valid telephone number in E.164 form, such as `+989121234567`. Debug output hides its middle.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "+989121234567")]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people type it: `0912…`, `912…`, `+98…`, `0098…` or `98…`, any digits, spaces, dashes and
    /// brackets between them. Without a country it is Iranian.
    ///
    /// # Errors
    /// [`NotAPhone`] for other text and for numbers that no one can have.
    pub fn parse(text: &str) -> Result<Self, NotAPhone> {
        let mut dialled = String::with_capacity(16);
        for c in normalise(text).chars() {
            match c {
                '0'..='9' => dialled.push(c),
                // Right-to-left typing leaves the plus at either end.
                '+' if !dialled.contains('+') => dialled.insert(0, '+'),
                ' ' | '-' | '(' | ')' | '.' | '/' | '–' | '‐' | '\u{200C}' => {}
                _ => return Err(NotAPhone),
            }
        }
        // No number has more than fifteen digits; with trunk and country prefixes somewhat more are typed.
        if dialled.len() > 20 {
            return Err(NotAPhone);
        }
        if let Some(abroad) = dialled.strip_prefix("00") {
            dialled = format!("+{abroad}");
        } else if dialled.len() == 12 && dialled.starts_with("98") {
            dialled.insert(0, '+');
        }
        let number = phonenumber::parse(Some(IR), &dialled).map_err(|_| NotAPhone)?;
        if !number.is_valid() {
            return Err(NotAPhone);
        }
        Ok(Self(number.format().mode(phonenumber::Mode::E164).to_string()))
    }

    /// A number that was stored. Which numbers people can have changes with the years, so only its form is looked at.
    ///
    /// # Errors
    /// [`NotAPhone`] unless it is a plus with 7 to 15 digits behind it.
    pub fn from_e164(text: String) -> Result<Self, NotAPhone> {
        let digits = text.strip_prefix('+').ok_or(NotAPhone)?;
        if (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(NotAPhone)
        }
    }

    /// The number in E.164 form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough of the number for its owner to recognise it: `0912•••4567`.
    #[must_use]
    pub fn masked(&self) -> String {
        let (start, rest) = match self.0.strip_prefix("+98") {
            Some(national) => (format!("0{}", &national[..3]), &national[3..]),
            None => (self.0[..4].to_owned(), &self.0[4..]),
        };
        let end = rest.len().saturating_sub(3).min(4);
        format!("{start}•••{}", &rest[rest.len() - end..])
    }
}

/// Not a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct NotAPhone;

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

impl TryFrom<String> for Phone {
    type Error = NotAPhone;

    fn try_from(text: String) -> Result<Self, NotAPhone> {
        Self::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_number_however_it_is_typed() {
        for text in [
            "09121234567",
            "9121234567",
            "+989121234567",
            "00989121234567",
            "989121234567",
            "۰۹۱۲۱۲۳۴۵۶۷",
            "٠٩١٢ ١٢٣ ٤٥٦٧",
            "0912-123-45 67",
            "(0912) 123.4567",
            "989121234567+",
            "\u{202A}+98 912 123 4567\u{202C}",
            "+98 (0) 912 123 4567",
        ] {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "+989121234567", "{text}");
        }
    }

    #[test]
    fn landlines_and_foreign_numbers_are_numbers() {
        assert_eq!(Phone::parse("031 3222 1234").unwrap().as_str(), "+983132221234");
        assert_eq!(Phone::parse("+9647901234567").unwrap().as_str(), "+9647901234567");
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "علی", "0912", "091212345", "0912123456789", "+", "++98", "0912a234567", "1+1"] {
            assert_eq!(Phone::parse(text), Err(NotAPhone), "{text}");
        }
        assert_eq!(Phone::parse(&"9".repeat(10_000)), Err(NotAPhone));
    }

    #[test]
    fn a_stored_number_is_taken_by_its_form() {
        for text in ["+989121234567", "+989991234567", "+9620000"] {
            assert_eq!(Phone::from_e164(text.to_owned()).unwrap().as_str(), text);
        }
        for text in ["", "+", "09121234567", "+98912123456x", "+123456", "+1234567890123456", "+۹۸۹۱۲۱۲۳۴۵۶۷"]
        {
            assert_eq!(Phone::from_e164(text.to_owned()), Err(NotAPhone), "{text}");
        }
    }

    #[test]
    fn the_number_is_not_in_logs() {
        let phone = Phone::parse("09121234567").unwrap();
        assert_eq!(phone.masked(), "0912•••4567");
        assert_eq!(format!("{phone:?}"), "Phone(0912•••4567)");
        assert_eq!(Phone::parse("+9647901234567").unwrap().masked(), "+964•••4567");
    }

    #[test]
    fn json_goes_through_the_same_door() {
        let phone: Phone = serde_json::from_str("\"۰۹۱۲۱۲۳۴۵۶۷\"").unwrap();
        assert_eq!(serde_json::to_string(&phone).unwrap(), "\"+989121234567\"");
        assert!(serde_json::from_str::<Phone>("\"12\"").is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_every_number_reads_back(text in "[0-9+ ۰-۹()-]{0,24}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()));
                prop_assert!(!phone.masked().is_empty());
            }
        }
    }
}
