//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::persian::normalise;

/// An e-mail address, such as `mayor@isfahan.example`, its domain in small letters. Debug output hides it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = Email, max_length = 254, example = "mayor@isfahan.example")]
pub struct EmailAddress(String);

/// A text that is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("give an e-mail address, as name@place.example")]
pub struct NotAnAddress;

impl EmailAddress {
    /// Reads an address: a name of plain characters, one `@`, and a domain of several labels.
    ///
    /// # Errors
    /// [`NotAnAddress`] for other text.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let text = normalise(text);
        let (name, domain) = text.rsplit_once('@').ok_or(NotAnAddress)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
        let is_name = (1..=64).contains(&name.len())
            && name.chars().all(is_plain)
            && !name.starts_with('.')
            && !name.ends_with('.')
            && !name.contains("..");
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !is_name || !domain.contains('.') || !domain.split('.').all(is_label) || text.len() > 254 {
            return Err(NotAnAddress);
        }
        Ok(Self(format!("{name}@{}", domain.to_ascii_lowercase())))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        for (text, address) in [
            ("  mayor@Isfahan.Example ", "mayor@isfahan.example"),
            ("Maryam.K+weekly@a-b.ir", "Maryam.K+weekly@a-b.ir"),
        ] {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), address);
        }
        for text in [
            "",
            "mayor",
            "@isfahan.ir",
            "mayor@",
            "mayor@isfahan",
            "a@b@c.ir",
            "a b@c.ir",
            ".a@c.ir",
            "a..b@c.ir",
            "a@-c.ir",
            "a@c..ir",
            "شهردار@isfahan.ir",
            "a@c.ir\r\nBcc: x@y.ir",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(NotAnAddress), "{text}");
        }
        assert!(!format!("{:?}", EmailAddress::parse("mayor@isfahan.ir")).contains("mayor"));
    }
}
