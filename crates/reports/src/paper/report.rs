//! The festival report: a dozen pages or so that tell a mayor, in figures and pictures, what came of the festival. It names nobody
//! but districts and partners.

mod chapters;
mod chart;
mod coverage;
mod people;
mod roster;

use khademyar_domain::{
    Id,
    attendance::Attendance,
    district::District,
    language::Language,
    letter::{LetterKind, filled},
    plan::{Score, Terms},
};
use serde::Serialize;

use self::chart::Chart;
use super::{
    defaults,
    press::{NotPrinted, Press, REPORT},
    say::year,
    writer::{Labelled, Writer, labelled},
};

/// What the report tells beside what the thank-you report counts.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// What was asked for and what the roster gave.
    pub covered: Vec<Covered>,
    /// How good the published plan is; none, where none was published.
    pub roster: Option<Quality>,
    /// What the roll tells of the seats whose shifts are over.
    pub attended: Vec<Attended>,
}

/// What was asked for on one night in one district.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The night, from 0.
    pub night: usize,
    /// The district.
    pub district_id: Id<District>,
    /// People who were essential.
    pub minimum: u32,
    /// People who were welcome in all.
    pub desired: u32,
    /// People there were.
    pub filled: u32,
    /// Essential people who were missing.
    pub essential_missing: u32,
}

/// How good a roster is, and what no other can be better than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Its score.
    pub score: Score,
    /// What no roster beats.
    pub bound: Score,
    /// Its cost by term, where it was counted.
    pub terms: Option<Terms>,
}

/// Of how many seats of a night the roll tells this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attended {
    /// The night, from 0.
    pub night: usize,
    /// What it tells.
    pub attendance: Attendance,
    /// Of how many seats.
    pub seats: usize,
}

/// The report, ready to be printed.
#[derive(Clone, Debug)]
pub struct FestivalReport {
    /// By what it is filed: `1406-R`.
    pub number: String,
    book: Book,
}

/// What the template is given.
#[derive(Clone, Debug, Serialize)]
struct Book {
    language: Language,
    document: String,
    title: &'static str,
    festival: String,
    dates: String,
    signatory: String,
    issued: Labelled,
    page: &'static str,
    chapters: Vec<Chapter>,
    thanks: Chapter,
}

/// A page or more on one question.
#[derive(Clone, Debug, Serialize)]
struct Chapter {
    title: String,
    /// What its pictures show, in words.
    paragraphs: Vec<String>,
    charts: Vec<Chart>,
}

impl FestivalReport {
    /// The report as a PDF.
    ///
    /// # Errors
    /// [`NotPrinted`] where the template is at fault.
    pub fn print(&self, press: &Press) -> Result<Vec<u8>, NotPrinted> {
        let ident = format!("{} {}", self.number, self.book.language.tag());
        press.print(REPORT, &self.book, None, ident)
    }
}

impl Writer<'_> {
    /// The report on the whole festival.
    #[must_use]
    pub fn festival_report(&self, course: &Course) -> FestivalReport {
        let say = self.say;
        let festival = say.name(&self.facts.festival.name);
        let dates = self.dates();
        let signatory = {
            let usual = || defaults::wording(LetterKind::Certificate, say.0);
            let wording = self.wordings.get(&LetterKind::Certificate).cloned().unwrap_or_else(usual);
            let value = |place: &str| match place {
                "festival" => festival.clone(),
                "dates" => dates.clone(),
                _ => String::new(),
            };
            filled(wording.signatory.as_str(), value).unwrap_or_default()
        };
        let title = say.either("گزارش رویداد", "Festival Report");
        let first = self.facts.festival.nights.first().copied();
        FestivalReport {
            number: format!("{}-R", year(first.unwrap_or(self.issued_on))),
            book: Book {
                language: say.0,
                document: format!("{title} – {festival}"),
                title,
                festival,
                dates,
                signatory,
                issued: labelled(say.either("تاریخ گزارش", "Date of the report"), say.date(self.issued_on)),
                page: say.either("صفحهٔ", "Page"),
                chapters: vec![
                    self.at_a_glance(),
                    self.covered(course),
                    self.night_by_night(course),
                    self.by_specialty(),
                    self.by_venue(),
                    self.by_district(course),
                    self.shared_load(),
                    self.near_the_best(course),
                    self.who_came(course),
                    self.gifts(),
                ],
                thanks: self.thanks(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use Language::{English, Persian};
    use khademyar_domain::language::Language;
    use serde_json::Value;

    use super::*;
    use crate::{example, facts::Facts};

    fn told(facts: &Facts, course: &Course, language: Language) -> Value {
        let day = facts.festival.nights.last().copied().unwrap_or_default();
        let report = Writer::new(facts, BTreeMap::new(), language, day).festival_report(course);
        serde_json::to_value(&report.book).unwrap()
    }

    fn chapter(book: &Value, number: usize) -> String {
        let paragraphs = book["chapters"][number]["paragraphs"].as_array().unwrap();
        paragraphs.iter().map(|said| said.as_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// Ten nights in three districts, of which the first was filled by half; somebody was absent on the second night.
    fn course() -> Course {
        let covered = (0..example::FESTIVAL_NIGHTS).flat_map(|night| {
            (1..=3).map(move |district| Covered {
                night,
                district_id: example::id(district),
                minimum: 2,
                desired: 10,
                filled: if district == 1 { 5 } else { 10 },
                essential_missing: 0,
            })
        });
        let attended = [(0, Attendance::Present, 9), (1, Attendance::Present, 8), (1, Attendance::Absent, 1)];
        Course {
            covered: covered.collect(),
            roster: None,
            attended: attended.map(|(night, attendance, seats)| Attended { night, attendance, seats }).into(),
        }
    }

    /// Every number that a chart is drawn from.
    fn shares(value: &Value, found: &mut Vec<f64>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match name.as_str() {
                "share" => found.push(value.as_f64().unwrap()),
                "shares" => found.extend(value.as_array().unwrap().iter().filter_map(Value::as_f64)),
                _ => shares(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| shares(item, found)),
            _ => {}
        }
    }

    #[test]
    fn it_tells_figures_and_names_nobody_who_served() {
        let facts = example::facts(40);
        for language in [Persian, English] {
            let book = told(&facts, &course(), language);
            let text = book.to_string();
            assert!(facts.volunteers.iter().all(|one| !text.contains(one.name.fa.as_str())));
            assert!(!text.contains("شهردار 1"), "mayors are no partners");
            let mut found = Vec::new();
            shares(&book, &mut found);
            assert!(found.len() > 100 && found.iter().all(|share| (0.0..=1.0).contains(share)), "{found:?}");
        }
        let book = told(&facts, &course(), English);
        assert!(chapter(&book, 1).contains("Of 300 seats that were asked for, 250 were filled: 83%."));
        assert!(chapter(&book, 1).contains("Coverage was lowest, 50%, on "), "{}", chapter(&book, 1));
        assert!(chapter(&book, 6).contains("nobody on more than 4 nights"), "{}", chapter(&book, 6));
        assert!(
            chapter(&book, 8).contains("In 94% of 18 seats the volunteer came."),
            "{}",
            chapter(&book, 8)
        );
    }

    #[test]
    fn where_there_is_nothing_it_says_so_and_draws_nothing() {
        let mut facts = example::facts(0);
        facts.festival.nights.clear();
        facts.districts.clear();
        facts.partners.clear();
        facts.contributions.clear();
        for language in [Persian, English] {
            let book = told(&facts, &Course::default(), language);
            let chapters = book["chapters"].as_array().unwrap();
            for chapter in &chapters[1..] {
                assert_eq!(chapter["paragraphs"].as_array().unwrap().len(), 1, "{chapter}");
                assert!(chapter["charts"].as_array().unwrap().is_empty(), "{chapter}");
            }
        }
    }

    #[test]
    fn how_near_the_best_a_roster_is_is_said_as_far_as_it_is_proven() {
        let said = |score: (i64, i64), bound: (i64, i64)| {
            let of = |(essential, cost)| Score { essential, cost };
            let roster = Some(Quality { score: of(score), bound: of(bound), terms: None });
            let book = told(&example::facts(2), &Course { roster, ..course() }, English);
            (chapter(&book, 7), book["chapters"][7]["charts"].as_array().unwrap().len())
        };
        let (near, charts) = said((0, 1000), (0, 977));
        assert!(near.contains("within 2.3% of the best possible") && near.contains("every essential seat"));
        assert_eq!(charts, 1);
        assert!(said((0, 1000), (0, 1000)).0.contains("there is no better one"));
        let (proven, _) = said((3, 1000), (3, 900));
        assert!(proven.contains("proven that with these volunteers no more was possible"), "{proven}");
        let (open, charts) = said((3, 1000), (2, 900));
        assert!(open.contains("not proven that no more") && open.contains("Until that is proven"), "{open}");
        assert_eq!(charts, 0);
        assert!(chapter(&told(&example::facts(2), &course(), English), 7).contains("cannot be told"));
    }
}
