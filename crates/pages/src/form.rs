//! Forms: what is asked for, and what was filled in.

use axum::http::StatusCode;
use khademyar_domain::{language::Language, persian};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// What was filled in, in order.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Filled(pub(crate) Vec<(String, String)>);

impl Filled {
    /// What stands in a field; empty where there is no such field.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// Everything that was chosen of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The fields whose names begin so, by the rest of their names.
    pub(crate) fn under<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(beginning)?, value.trim())))
    }
}

/// A whole number in any digits.
pub(crate) fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    persian::normalise(text).parse().ok()
}

/// Puts a value into a row, or takes it out, at a path of one key or of two.
pub(crate) fn put(row: &mut Value, at: &str, value: Option<Value>) {
    if !row.is_object() {
        *row = json!({});
    }
    let (place, key) = match at.split_once('/') {
        Some((outer, key)) => (&mut row[outer], key),
        None => (row, at),
    };
    if !place.is_object() {
        *place = json!({});
    }
    if let (Some(object), value) = (place.as_object_mut(), value) {
        match value {
            Some(value) => object.insert(key.to_owned(), value),
            None => object.remove(key),
        };
    }
}

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A line.
    Line,
    /// A line that is written from left to right.
    Latin,
    /// A number, in any digits.
    Number,
    /// An hour.
    Hour,
    /// A password that is made up here.
    Password,
    /// Several lines.
    Lines,
    /// One of several.
    Choice,
    /// Any of several.
    Ticks,
    /// Several choices under one heading.
    Group,
}

/// One of what can be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) shape: Shape,
    pub(crate) value: String,
    pub(crate) required: bool,
    /// Whether nothing is said of its being optional: what it is says that already.
    pub(crate) is_plain: bool,
    pub(crate) hint: Option<&'static str>,
    pub(crate) fault: Option<String>,
    pub(crate) options: Vec<Choice>,
    pub(crate) group: Vec<Input>,
}

impl Input {
    pub(crate) fn new(shape: Shape, name: &str, label: impl Into<String>) -> Self {
        Self {
            id: name.replace(['/', '.'], "-"),
            name: name.to_owned(),
            label: label.into(),
            shape,
            value: String::new(),
            required: false,
            is_plain: matches!(shape, Shape::Choice | Shape::Password),
            hint: None,
            fault: None,
            options: Vec::new(),
            group: Vec::new(),
        }
    }

    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) fn plain(mut self) -> Self {
        self.is_plain = true;
        self
    }

    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        for option in &mut self.options {
            option.is_chosen = option.value == self.value;
        }
        self
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What can be chosen, each with what it is called.
    pub(crate) fn options(mut self, options: impl IntoIterator<Item = (String, String)>) -> Self {
        let chosen = self.value.clone();
        self.options = options
            .into_iter()
            .map(|(value, label)| Choice { is_chosen: value == chosen, value, label })
            .collect();
        self
    }

    pub(crate) fn is(&self, shape: &str) -> bool {
        shape == self.shape.as_str()
    }

    /// The kind of keys that a phone shows for it.
    pub(crate) fn keys(&self) -> &'static str {
        if self.shape == Shape::Number { "numeric" } else { "text" }
    }

    /// What it says next to the field that is described by it.
    pub(crate) fn is_told(&self) -> bool {
        self.hint.is_some() || self.fault.is_some()
    }
}

impl Shape {
    fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Latin => "latin",
            Self::Number => "number",
            Self::Hour => "hour",
            Self::Password => "password",
            Self::Lines => "lines",
            Self::Choice => "choice",
            Self::Ticks => "ticks",
            Self::Group => "group",
        }
    }
}

/// A number as it stands in a form.
pub(crate) fn written(value: impl std::fmt::Display, language: Language) -> String {
    match language {
        Language::Persian => persian::digits(value),
        Language::English => value.to_string(),
    }
}

/// What is wrong with a form, where it is whoever filled it in that can mend it.
///
/// # Errors
/// Every other trouble.
pub(crate) fn refusal(trouble: Trouble) -> Result<Problem, Trouble> {
    match trouble {
        Trouble::Problem(problem) if matches!(problem.status, 400 | 409 | 412 | 422) => Ok(*problem),
        trouble => Err(trouble),
    }
}

/// Puts each fault at its field; tells in a sentence what belongs to none of them. `list` is where in the body they stand.
pub(crate) fn place_faults(form: &mut [Input], problem: &Problem) -> Option<String> {
    let mut left = Vec::new();
    for error in &problem.errors {
        let path = error.path.trim_start_matches('/');
        match form
            .iter_mut()
            .find(|input| input.name == path || path.starts_with(&format!("{}/", input.name)))
        {
            Some(input) => input.fault = Some(error.detail.clone()),
            None => left.push(error.detail.as_str()),
        }
    }
    if problem.errors.is_empty() {
        return Some(problem.detail.clone());
    }
    (!left.is_empty()).then(|| left.join(" "))
}

/// Fills a form in again, as it was sent.
pub(crate) fn fill(form: &mut [Input], filled: &Filled) {
    for input in form {
        if input.shape == Shape::Group {
            fill(&mut input.group, filled);
        }
        for option in &mut input.options {
            option.is_chosen = filled.all(&input.name).any(|chosen| chosen == option.value);
        }
        filled.get(&input.name).clone_into(&mut input.value);
    }
}

/// Fills a form in again that was refused, with each fault at its field; what belongs to none of them, and the status.
///
/// # Errors
/// Every trouble that whoever filled it in cannot mend.
pub(crate) fn refilled(
    form: &mut [Input],
    refused: Option<(Filled, Trouble)>,
) -> Result<(StatusCode, Option<String>), Trouble> {
    let Some((filled, trouble)) = refused else { return Ok((StatusCode::OK, None)) };
    fill(form, &filled);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, place_faults(form, &refusal(trouble)?)))
}

/// A value as it stands in a query.
pub(crate) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// A text in Persian and in English.
pub(crate) type Words = (&'static str, &'static str);

/// The two texts of a label as one is read.
pub(crate) fn said(visitor: &Visitor, (fa, en): Words) -> &'static str {
    visitor.say(fa, en)
}

/// The languages that letters and reports are written in.
pub(crate) const LANGUAGES: [Language; 2] = [Language::Persian, Language::English];

/// What a language is called.
pub(crate) fn language_words(language: Language) -> Words {
    match language {
        Language::Persian => ("فارسی", "Persian"),
        Language::English => ("انگلیسی", "English"),
    }
}
