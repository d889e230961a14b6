//! Texts that people type: normalised in their only door.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::{language::Language, persian};

/// A text of one line as Persian is stored: one yeh, one kaf, ASCII digits, single half-spaces; 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 200, pattern = r"[0-9A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u0620-\u063F\u0641-\u064A\u0660-\u0669\u0671-\u06D3\u06F0-\u06FC]", example = "زهرا کریمی")]
pub struct Text(String);

/// A text or a code that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// Nothing that can be read is left of it.
    #[error("holds no letter or digit")]
    Empty,
    /// Longer than is stored.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A code with a control character.
    #[error("holds a control character")]
    Control,
}

impl Text {
    /// The text, normalised.
    ///
    /// # Errors
    /// [`TextError`] when nothing is left of it, or more than 200 characters are.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = persian::normalise(text);
        match text.chars().count() {
            0 => Err(TextError::Empty),
            1..=200 => Ok(Self(text)),
            _ => Err(TextError::TooLong(200)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an organizer calls a thing in files (`base-7`, `v17`): unique within its list, kept to the letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 100, pattern = r"^[^\u0000-\u001F\u007F-\u009F]+$", example = "base-7")]
pub struct Code(String);

impl Code {
    /// The code as it is.
    ///
    /// # Errors
    /// [`TextError`] when it is empty, longer than 100 characters or holds a control character.
    pub fn new(code: &str) -> Result<Self, TextError> {
        if code.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        match code.chars().count() {
            0 => Err(TextError::Empty),
            1..=100 => Ok(Self(code.to_owned())),
            _ => Err(TextError::TooLong(100)),
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Code {
    type Error = TextError;

    fn try_from(code: String) -> Result<Self, TextError> {
        Self::new(&code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name in Persian and, where there is one, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fa": "باغ غدیر", "en": "Bagh-e Ghadir"}))]
pub struct Name {
    /// In Persian.
    pub fa: Text,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<Text>,
}

impl Name {
    /// What is said in the place of a name that was erased.
    #[must_use]
    pub fn nameless() -> Self {
        Self { fa: Text("بی‌نام".to_owned()), en: Some(Text("Nameless".to_owned())) }
    }

    /// The name as readers of `language` see it, in their digits.
    pub fn in_language(&self, language: Language) -> String {
        match language {
            Language::Persian => persian::digits(&self.fa),
            Language::English => self.english().to_owned(),
        }
    }

    /// The English name, or the Persian one where there is none.
    pub fn english(&self) -> &str {
        self.en.as_ref().unwrap_or(&self.fa).as_str()
    }
}
