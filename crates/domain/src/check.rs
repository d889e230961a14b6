//! What is wrong with a value, told in both languages.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use utoipa::ToSchema;

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

/// What the shape of a value cannot say of it.
pub trait Check {
    /// Every fault, not the first only; empty when the value may be stored.
    fn check(&self) -> Vec<Fault> {
        Vec::new()
    }
}
