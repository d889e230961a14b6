//! Words of a closed list (`woman`, `mobile`, `serve`): stored as they are sent.

use serde::{Deserialize, Serialize, de::IntoDeserializer};
use serde_json::Value;

use crate::StorageError;

/// The word of a value that is one of a list.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => unreachable!("a word is sent as a string, not as {other:?}"),
    }
}

/// The value of a stored word.
pub(crate) fn named<'de, T: Deserialize<'de>>(word: &'de str) -> Result<T, StorageError> {
    let word: serde::de::value::StrDeserializer<'de, serde::de::value::Error> = word.into_deserializer();
    T::deserialize(word).map_err(|_| StorageError::Corrupt("word"))
}
