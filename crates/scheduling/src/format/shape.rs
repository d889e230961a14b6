//! What a problem file must look like, and every place where one does not.
//!
//! Reading into [`ProblemFile`](super::ProblemFile) stops at the first wrong key. Only when that fails is the file
//! looked over here: each misshapen value is named, and mended with a harmless one, so that what the rest of the
//! file has wrong can be named as well.

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value, json};

use super::Fault;

/// What a value must be.
pub(super) enum Shape {
    Text,
    Whole,
    Instant,
    Date,
    OneOf(&'static [&'static str]),
    List(&'static Shape),
    Pair,
    /// Any keys, whole numbers for values.
    Levels,
    Object(&'static [Key]),
}

/// A key of an object.
pub(super) struct Key {
    name: &'static str,
    required: bool,
    shape: Shape,
}

const fn key(name: &'static str, shape: Shape) -> Key {
    Key { name, required: true, shape }
}

const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, required: false, shape }
}

const ASSIGNMENT: Shape = Shape::Object(&[key("volunteer", Shape::Text), key("position", Shape::Text)]);

/// The whole of `festival-problem/1`.
pub(super) static PROBLEM: Shape = Shape::Object(&[
    key("format", Shape::Text),
    key("name", Shape::Text),
    key("timezone", Shape::Text),
    key("nights", Shape::List(&Shape::Date)),
    key("districts", Shape::List(&Shape::Object(&[key("id", Shape::Text), key("priority", Shape::Whole)]))),
    key("travel_minutes", Shape::List(&Shape::List(&Shape::Whole))),
    key("specialties", Shape::List(&Shape::Text)),
    key("venues", Shape::List(&Shape::Object(&[key("id", Shape::Text)]))),
    key(
        "shifts",
        Shape::List(&Shape::Object(&[
            key("id", Shape::Text),
            key("venue", Shape::Text),
            key("district", Shape::Text),
            key("night", Shape::Whole),
            key("start", Shape::Instant),
            key("end", Shape::Instant),
        ])),
    ),
    key(
        "positions",
        Shape::List(&Shape::Object(&[
            key("id", Shape::Text),
            key("shift", Shape::Text),
            key("specialty", Shape::Text),
            key("min_level", Shape::Whole),
            key("gender", Shape::OneOf(&["any", "woman", "man"])),
            key("minimum", Shape::Whole),
            key("desired", Shape::Whole),
            key("weight", Shape::Whole),
        ])),
    ),
    key(
        "volunteers",
        Shape::List(&Shape::Object(&[
            key("id", Shape::Text),
            key("home", Shape::Text),
            key("gender", Shape::OneOf(&["woman", "man"])),
            key("skills", Shape::Levels),
            optional(
                "available",
                Shape::List(&Shape::Object(&[key("from", Shape::Instant), key("to", Shape::Instant)])),
            ),
            optional("max_travel_minutes", Shape::Whole),
            key("max_nights", Shape::Whole),
            key("max_consecutive_nights", Shape::Whole),
            key("max_shifts_per_night", Shape::Whole),
            key("min_shifts", Shape::Whole),
            key("preferred_venues", Shape::List(&Shape::Text)),
            key(
                "wishes",
                Shape::List(&Shape::Object(&[
                    key("night", Shape::Whole),
                    key("want", Shape::OneOf(&["serve", "rest"])),
                    key("weight", Shape::Whole),
                ])),
            ),
        ])),
    ),
    key("companions", Shape::List(&Shape::Pair)),
    key("apart", Shape::List(&Shape::Pair)),
    key("locked", Shape::List(&ASSIGNMENT)),
    key("published", Shape::List(&ASSIGNMENT)),
    key("rules", Shape::Object(&[key("min_rest_minutes", Shape::Whole)])),
    key(
        "weights",
        Shape::Object(&[
            key("desired", Shape::Whole),
            key("travel", Shape::Whole),
            key("venue", Shape::Whole),
            key("wish", Shape::Whole),
            key("idle", Shape::Whole),
            key("fairness", Shape::Whole),
            key("continuity", Shape::Whole),
            key("companion", Shape::Whole),
            key("stability", Shape::Whole),
        ]),
    ),
]);

impl Shape {
    /// Names every value under `path` that has not this shape, and puts a harmless one in its place.
    pub(super) fn mend(&self, path: &str, value: &mut Value, faults: &mut Vec<Fault>) {
        if self.fits(value) {
            return;
        }
        match (self, &mut *value) {
            (Self::List(item), Value::Array(items)) => {
                for (i, element) in items.iter_mut().enumerate() {
                    item.mend(&format!("{path}[{i}]"), element, faults);
                }
            }
            (Self::Object(keys), Value::Object(map)) => mend_keys(keys, path, map, faults),
            (Self::Levels, Value::Object(map)) => {
                for (name, level) in map {
                    Self::Whole.mend(&format!("{path}.{name}"), level, faults);
                }
            }
            (_, value) => {
                faults.push(Fault::new(path, self.asks()));
                *value = self.harmless();
            }
        }
    }

    /// Whether a value without parts is right.
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Whole => value.as_i64().is_some(),
            Self::Instant => value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            Self::Date => value.as_str().is_some_and(|text| text.parse::<NaiveDate>().is_ok()),
            Self::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Pair => {
                value.as_array().is_some_and(|ids| ids.len() == 2 && ids.iter().all(Value::is_string))
            }
            Self::List(_) | Self::Levels | Self::Object(_) => false,
        }
    }

    fn asks(&self) -> String {
        match self {
            Self::Text => "must be a string".into(),
            Self::Whole => "must be a whole number".into(),
            Self::Instant => "must be a time in RFC 3339 with an offset".into(),
            Self::Date => "must be a date, YYYY-MM-DD".into(),
            Self::OneOf(words) => format!("must be one of {}", words.join(", ")),
            Self::List(_) => "must be a list".into(),
            Self::Pair => "must be a pair of ids".into(),
            Self::Levels | Self::Object(_) => "must be an object".into(),
        }
    }

    fn harmless(&self) -> Value {
        match self {
            Self::Text => json!(""),
            Self::Whole => json!(1),
            Self::Instant => json!("2000-01-01T00:00:00Z"),
            Self::Date => json!("2000-01-01"),
            Self::OneOf(words) => json!(words[0]),
            Self::Pair => json!(["", ""]),
            Self::List(_) => json!([]),
            Self::Levels => json!({}),
            Self::Object(keys) => {
                let required = keys.iter().filter(|key| key.required);
                required.map(|key| (key.name.to_owned(), key.shape.harmless())).collect::<Map<_, _>>().into()
            }
        }
    }
}

fn mend_keys(keys: &[Key], path: &str, map: &mut Map<String, Value>, faults: &mut Vec<Fault>) {
    for key in keys {
        let path = format!("{path}.{}", key.name);
        match map.get_mut(key.name) {
            Some(Value::Null) if !key.required => {}
            Some(value) => key.shape.mend(&path, value, faults),
            None if key.required => {
                faults.push(Fault::new(path, "is missing"));
                map.insert(key.name.to_owned(), key.shape.harmless());
            }
            None => {}
        }
    }
}
