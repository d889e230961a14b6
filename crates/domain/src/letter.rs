//! Letters on paper: of which kinds there are, and how they are worded.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Fault, Text, TextError, language::Language, persian};

/// A kind of letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// What somebody who served hangs on the wall.
    Certificate,
    /// A letter to a volunteer, which tells where and when they served.
    Volunteer,
    /// A letter to a district, through its mayor.
    District,
    /// A letter to a partner, which tells what came of what it gave.
    Partner,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Certificate, Self::Volunteer, Self::District, Self::Partner];

    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Volunteer => "volunteer",
            Self::District => "district",
            Self::Partner => "partner",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The letter that stands for it in the number of what is written: `1406-C-v17`.
    pub fn initial(self) -> char {
        match self {
            Self::Certificate => 'C',
            Self::Volunteer => 'V',
            Self::District => 'D',
            Self::Partner => 'P',
        }
    }

    /// What a wording may name in braces, to be filled in for each letter.
    pub fn places(self) -> &'static [&'static str] {
        match self {
            Self::Certificate | Self::Volunteer => &[
                "festival",
                "dates",
                "addressee",
                "honorific",
                "name",
                "service",
                "nights",
                "shifts",
                "hours",
                "venues",
                "specialties",
                "district",
            ],
            Self::District => &[
                "festival",
                "dates",
                "addressee",
                "name",
                "sent",
                "hosted",
                "gifts",
                "volunteers",
                "hours",
                "venues",
            ],
            Self::Partner => &["festival", "dates", "addressee", "name", "gifts", "outcome"],
        }
    }
}

/// Letters of some kinds, all that there are of them in a festival, in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterBundle {
    /// Which kinds, each once.
    pub kinds: Vec<LetterKind>,
    /// In which language.
    pub language: Language,
    /// The date on them.
    pub issued_on: NaiveDate,
}

/// How a bundle of letters stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BundleState {
    /// It waits for a worker.
    Queued,
    /// A worker prints it.
    Running,
    /// It is there.
    Completed,
    /// It will not be there.
    Failed,
}

impl BundleState {
    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Completed, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Text of several lines, each normalised as `Text` is: 1 to 2,000 characters. An empty line parts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 2000, example = "به پاس {service} در {festival}.")]
pub struct Prose(String);

impl Prose {
    /// The most characters.
    const LONGEST: usize = 2000;

    /// The text, normalised.
    ///
    /// # Errors
    /// [`TextError`] when nothing is left of it, or more than 2,000 characters are.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let lines: Vec<String> =
            text.lines().map(persian::normalise).filter(|line| !line.is_empty()).collect();
        let text = lines.join("\n");
        match text.chars().count() {
            0 => Err(TextError::Empty),
            count if count <= Self::LONGEST => Ok(Self(text)),
            _ => Err(TextError::TooLong(Self::LONGEST)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Prose {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What letters of a kind say in a language, with places in braces that are filled in for each: `{name}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "لوح سپاس", "greeting": "پیشکش به {honorific}", "body": "به پاس {service} در {festival}.",
    "closing": "با سپاس", "signatory": "دبیرخانهٔ {festival}"
}))]
pub struct Wording {
    /// What stands above all.
    pub title: Text,
    /// How whoever it is for is addressed.
    pub greeting: Text,
    /// What it says, a paragraph a line. A paragraph whose places are all empty is left out.
    pub body: Prose,
    /// What stands above the signature.
    pub closing: Text,
    /// Who signs.
    pub signatory: Text,
}

impl Check for Wording {}

impl Wording {
    /// Its fields by name.
    pub fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("title", self.title.as_str()),
            ("greeting", self.greeting.as_str()),
            ("body", self.body.as_str()),
            ("closing", self.closing.as_str()),
            ("signatory", self.signatory.as_str()),
        ]
    }

    /// Every place that letters of this kind do not know, and every brace that opens or closes none.
    pub fn faults(&self, kind: LetterKind) -> Vec<Fault> {
        let known = kind.places();
        let mut faults = Vec::new();
        for (field, text) in self.fields() {
            let path = format!("/{field}");
            for piece in pieces(text) {
                match piece {
                    Piece::Text(_) => {}
                    Piece::Place(name) if known.contains(&name) => {}
                    Piece::Place(name) => {
                        let listed: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
                        let listed = listed.join(", ");
                        faults.push(Fault::new(
                            path.clone(),
                            "unknown_place",
                            format!("There is no {{{name}}} here: there are {listed}."),
                            format!("{{{name}}} در این نامه نیست؛ این‌ها هست: {listed}."),
                        ));
                    }
                    Piece::Stray => faults.push(Fault::new(
                        path.clone(),
                        "stray_brace",
                        "A brace opens or closes no place: write a place as {name}.",
                        "یکی از ابروها جفت ندارد: جای پرشدنی را مانند {name} بنویسید.",
                    )),
                }
            }
        }
        faults
    }
}

/// A text with its places filled in; `None`, where it has places and all of them are empty.
pub fn filled(text: &str, value: impl Fn(&str) -> String) -> Option<String> {
    let mut said = String::with_capacity(2 * text.len());
    let (mut places, mut full) = (0, 0);
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => said.push_str(text),
            Piece::Place(name) => {
                let value = value(name);
                places += 1;
                full += usize::from(!value.is_empty());
                said.push_str(&value);
            }
            Piece::Stray => {}
        }
    }
    (places == 0 || full > 0).then_some(said)
}

/// A part of a worded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// What stands between braces.
    Place(&'a str),
    /// A brace without its other.
    Stray,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let (brace, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        let end = after.find(['{', '}']).filter(|&end| brace == b'{' && after.as_bytes()[end] == b'}');
        if let Some(end) = end {
            pieces.push(Piece::Place(&after[..end]));
            rest = &after[end + 1..];
        } else {
            pieces.push(Piece::Stray);
            rest = after;
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(greeting: &str, body: &str) -> Wording {
        let text = |text| Text::new(text).unwrap();
        Wording {
            title: text("لوح"),
            greeting: text(greeting),
            body: Prose::new(body).unwrap(),
            closing: text("با سپاس"),
            signatory: text("دبیرخانهٔ {festival}"),
        }
    }

    #[test]
    fn places_are_filled_and_a_text_with_empty_ones_alone_is_left_out() {
        let value = |name: &str| if name == "name" { "رؤیا".to_owned() } else { String::new() };
        assert_eq!(filled("سلام {name}{venues}!", value), Some("سلام رؤیا!".to_owned()));
        assert_eq!(filled("در {venues}.", value), None);
        assert_eq!(filled("بی جا", value), Some("بی جا".to_owned()));
    }

    #[test]
    fn a_place_that_is_none_and_a_lone_brace_are_named_with_their_field() {
        let faults = wording("{honorific} {nme}", "} {name").faults(LetterKind::Volunteer);
        let told: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect();
        assert_eq!(
            told,
            [("/greeting", "unknown_place"), ("/body", "stray_brace"), ("/body", "stray_brace")]
        );
        assert!(faults[0].en.contains("{nme}") && faults[0].en.contains("{name}"), "{}", faults[0].en);
        assert!(wording("{honorific}", "{name}\n\n{service}").faults(LetterKind::Certificate).is_empty());
        assert_eq!(wording("{honorific}", "{name}").faults(LetterKind::District).len(), 1);
    }

    #[test]
    fn prose_keeps_its_lines_and_nothing_else_of_its_layout() {
        let prose = Prose::new("  سلام   كن \r\n\n\n خداحافظ ").unwrap();
        assert_eq!(prose.as_str(), "سلام کن\nخداحافظ");
        assert_eq!(Prose::new(" \n "), Err(TextError::Empty));
        assert_eq!(Prose::new(&"آ".repeat(2001)), Err(TextError::TooLong(2000)));
    }
}
