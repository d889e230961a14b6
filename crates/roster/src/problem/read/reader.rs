//! What every part of the reading needs: codes, keys beside the engine's, and the faults found until now.

use std::{collections::HashMap, fmt::Display, ops::RangeInclusive};

use khademyar_domain::{Check, Code, Fault, Id, Name, Stored, Text};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use uuid::Uuid;

use crate::problem::fault::{out_of_range, unknown};

/// What one reading goes by.
pub(super) struct Reader<'a> {
    whole: &'a Value,
    new_id: &'a mut (dyn FnMut() -> Uuid + Send),
    pub(super) faults: Vec<Fault>,
}

/// The codes of a list in the file.
pub(super) struct Codes<'a, T> {
    ids: HashMap<&'a str, Id<T>>,
    /// The rows that have them already.
    there: HashMap<&'a str, &'a Stored<T>>,
}

impl<T> Codes<'_, T> {
    /// The id of the row that is or will be called so.
    pub(super) fn get(&self, code: &str) -> Option<Id<T>> {
        self.ids.get(code).copied()
    }

    /// Whether a row stays.
    pub(super) fn keeps(&self, id: Id<T>) -> bool {
        self.there.values().any(|row| row.id == id)
    }

    /// The row that is called so already.
    pub(super) fn there(&self, code: &str) -> Option<&T> {
        self.there.get(code).map(|row| &row.value)
    }

    /// A row of the list.
    pub(super) fn row(&self, code: &str, value: T) -> Option<Stored<T>> {
        let version = self.there.get(code).map_or(1, |row| row.version);
        Some(Stored { id: self.get(code)?, version, value })
    }
}

/// The keys of an object in the file.
pub(super) struct Keys<'a> {
    path: String,
    keys: Option<&'a Map<String, Value>>,
}

impl Keys<'_> {
    /// Whether the object says everything of its row.
    pub(super) fn say_all(&self) -> bool {
        self.keys.is_some_and(|keys| keys.get("name").is_some_and(|name| !name.is_null()))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(whole: &'a Value, new_id: &'a mut (dyn FnMut() -> Uuid + Send)) -> Self {
        Self { whole, new_id, faults: Vec::new() }
    }

    fn new_id<T>(&mut self) -> Id<T> {
        (self.new_id)().into()
    }

    /// A row that was not there.
    pub(super) fn new_row<T>(&mut self, value: T) -> Stored<T> {
        Stored { id: self.new_id(), version: 1, value }
    }

    /// Matches a list's codes with the rows that are there.
    pub(super) fn codes<'c, T>(
        &mut self,
        codes: impl Iterator<Item = &'c str>,
        there: &'c [Stored<T>],
        code: fn(&T) -> &Code,
    ) -> Codes<'c, T> {
        let known: HashMap<&str, &Stored<T>> =
            there.iter().map(|row| (code(&row.value).as_str(), row)).collect();
        let mut matched = Codes { ids: HashMap::new(), there: HashMap::new() };
        for code in codes {
            let id = match known.get(code) {
                Some(row) => {
                    matched.there.insert(code, row);
                    row.id
                }
                None => self.new_id(),
            };
            matched.ids.insert(code, id);
        }
        matched
    }

    /// The keys of the object at `path`.
    pub(super) fn keys(&self, path: String) -> Keys<'a> {
        Keys { keys: self.whole.pointer(&path).and_then(Value::as_object), path }
    }

    /// What a key says; nothing where it is absent or null.
    pub(super) fn get<T: DeserializeOwned>(&mut self, keys: &Keys<'_>, key: &str) -> Option<T> {
        let value = keys.keys?.get(key).filter(|value| !value.is_null())?;
        match serde_path_to_error::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                let path = error.path().iter().filter_map(|segment| match segment {
                    Segment::Seq { index } => Some(format!("/{index}")),
                    Segment::Map { key } => Some(format!("/{key}")),
                    Segment::Enum { .. } | Segment::Unknown => None,
                });
                let path = format!("{}/{key}{}", keys.path, path.collect::<String>());
                self.faults.push(Fault::unreadable(path, error.inner()));
                None
            }
        }
    }

    /// The name that the keys give, or the one that is known, or the code.
    pub(super) fn name(&mut self, keys: &Keys<'_>, known: Option<&Name>, code: &Code) -> Name {
        if !keys.say_all() {
            return known_name(known, code);
        }
        match self.get(keys, "name") {
            Some(fa) => Name { fa, en: self.get(keys, "name_en") },
            None => named_by(code),
        }
    }

    /// What the file calls a row, if it can be called so.
    pub(super) fn code(&mut self, id: &str, path: impl Display) -> Option<Code> {
        Code::new(id).map_err(|error| self.faults.push(Fault::unreadable(path.to_string(), &error))).ok()
    }

    /// The id of the row that the file calls so.
    pub(super) fn find<T>(&mut self, codes: &Codes<'_, T>, code: &str, path: impl Display) -> Option<Id<T>> {
        let id = codes.get(code);
        if id.is_none() {
            self.faults.push(unknown(path.to_string(), code));
        }
        id
    }

    /// The number, if it is within `range`; else its end.
    pub(super) fn within(
        &mut self,
        number: impl Into<i64>,
        range: RangeInclusive<i32>,
        path: impl Display,
    ) -> i32 {
        match i32::try_from(number.into()) {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.faults.push(out_of_range(path.to_string(), &range));
                *range.end()
            }
        }
    }

    /// Notes what a row has wrong in itself; `renamed` are its keys that the file calls otherwise.
    pub(super) fn check(&mut self, value: &impl Check, path: impl Display, renamed: &[(&str, &str)]) {
        for mut fault in value.check() {
            if let Some((_, name)) = renamed.iter().find(|(key, _)| *key == fault.path) {
                (*name).clone_into(&mut fault.path);
            }
            self.faults.push(fault.under(&path.to_string()));
        }
    }
}

/// The name that is known, or the code.
pub(super) fn known_name(known: Option<&Name>, code: &Code) -> Name {
    known.cloned().unwrap_or_else(|| named_by(code))
}

/// A name for what has only a code.
fn named_by(code: &Code) -> Name {
    let fa = Text::new(code.as_str()).or_else(|_| Text::new("بی‌نام"));
    Name { fa: fa.expect("a word of letters"), en: None }
}
