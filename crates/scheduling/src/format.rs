//! The two files: a problem (`festival-problem/1`) and a plan (`festival-plan/1`), as they are written.
//!
//! [`ProblemFile`] is only a shape: [`Problem::new`](crate::Problem::new) is the one door to the engine, for a
//! file read from disk and for one that a database's rows were made into alike.

mod reader;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::repair::Changes;
use crate::score::Score;

/// The value of `format` in a problem.
pub const PROBLEM_FORMAT: &str = "festival-problem/1";
/// The value of `format` in a plan.
pub const PLAN_FORMAT: &str = "festival-plan/1";

/// Something wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Fault {
    /// JSON path of the key, `$.positions[3].minimum`.
    pub path: String,
    /// What is wrong, for a person to read.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// A festival to be rostered, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemFile {
    /// Always [`PROBLEM_FORMAT`].
    pub format: String,
    /// A label.
    pub name: String,
    /// IANA zone of the festival.
    pub timezone: String,
    /// The evening dates, in order.
    pub nights: Vec<NaiveDate>,
    /// Where people live and venues stand.
    pub districts: Vec<DistrictEntry>,
    /// Whole minutes between districts, in their order; symmetric.
    pub travel_minutes: Vec<Vec<i64>>,
    /// Ids of the fields of service.
    pub specialties: Vec<String>,
    /// Fixed venues and mobile bases.
    pub venues: Vec<VenueEntry>,
    /// Times at which a venue is staffed.
    pub shifts: Vec<ShiftEntry>,
    /// What the shifts ask for.
    pub positions: Vec<PositionEntry>,
    /// Who could serve.
    pub volunteers: Vec<VolunteerEntry>,
    /// Pairs who come together.
    pub companions: Vec<[String; 2]>,
    /// Pairs who must not share a shift.
    pub apart: Vec<[String; 2]>,
    /// Assignments fixed by a person.
    pub locked: Vec<AssignmentEntry>,
    /// Assignments that people have already been told of.
    pub published: Vec<AssignmentEntry>,
    /// Rules of the whole festival.
    pub rules: Rules,
    /// What each term of the cost weighs.
    pub weights: Weights,
}

/// A district and how much it has been neglected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistrictEntry {
    /// Id.
    pub id: String,
    /// 1..5, higher = less served until now.
    pub priority: i64,
}

/// A fixed venue or a mobile base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueEntry {
    /// Id.
    pub id: String,
}

/// A venue, staffed for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftEntry {
    /// Id.
    pub id: String,
    /// Id of the venue.
    pub venue: String,
    /// Id of the district the venue stands in that night.
    pub district: String,
    /// Index of the night, from 0.
    pub night: i64,
    /// When it begins; seconds are dropped.
    #[serde(with = "instant")]
    pub start: DateTime<FixedOffset>,
    /// When it ends; seconds are dropped.
    #[serde(with = "instant")]
    pub end: DateTime<FixedOffset>,
}

/// So many people of one kind that a shift asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionEntry {
    /// Id.
    pub id: String,
    /// Id of the shift.
    pub shift: String,
    /// Id of the specialty.
    pub specialty: String,
    /// 1..3.
    pub min_level: i64,
    /// Whom it asks for.
    pub gender: AskedGender,
    /// People who are essential.
    pub minimum: i64,
    /// People who are welcome in all; never more.
    pub desired: i64,
    /// 1..10, how essential.
    pub weight: i64,
}

/// A volunteer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolunteerEntry {
    /// Id.
    pub id: String,
    /// Id of the home district.
    pub home: String,
    /// Gender.
    pub gender: Gender,
    /// Specialty id → level 1..3.
    pub skills: BTreeMap<String, i64>,
    /// When they can come; `None` = always, empty = never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<Vec<Window>>,
    /// How far from home they go; `None` = anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_travel_minutes: Option<i64>,
    /// 1.. number of nights.
    pub max_nights: i64,
    /// 1..
    pub max_consecutive_nights: i64,
    /// 1..
    pub max_shifts_per_night: i64,
    /// How many shifts they hope for at least.
    pub min_shifts: i64,
    /// Ids of venues; empty = no preference.
    pub preferred_venues: Vec<String>,
    /// Nights they wish to serve or to rest.
    pub wishes: Vec<Wish>,
}

/// A stretch of time in which a volunteer can come, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its beginning.
    #[serde(with = "instant")]
    pub from: DateTime<FixedOffset>,
    /// Its end.
    #[serde(with = "instant")]
    pub to: DateTime<FixedOffset>,
}

/// A wish about one night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Index of the night, from 0.
    pub night: i64,
    /// What is wished.
    pub want: Want,
    /// 0.., how much.
    pub weight: i64,
}

/// What a volunteer wishes for a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Want {
    /// To serve on some shift of it.
    Serve,
    /// To be free.
    Rest,
}

/// Gender of a volunteer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// A woman.
    Woman,
    /// A man.
    Man,
}

/// Whom a position asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedGender {
    /// Anyone.
    Any,
    /// Women.
    Woman,
    /// Men.
    Man,
}

impl AskedGender {
    /// Whether someone of that gender is asked for.
    #[must_use]
    pub fn admits(self, gender: Gender) -> bool {
        match self {
            Self::Any => true,
            Self::Woman => gender == Gender::Woman,
            Self::Man => gender == Gender::Man,
        }
    }
}

/// A volunteer in a position, by ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AssignmentEntry {
    /// Id of the volunteer.
    pub volunteer: String,
    /// Id of the position.
    pub position: String,
}

/// Rules of the whole festival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Rest between shifts of different nights, at least.
    pub min_rest_minutes: i64,
}

/// What each term of the cost weighs; whole numbers from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Per welcome seat left empty, times the district's priority.
    pub desired: i64,
    /// Per minute from home to a shift.
    pub travel: i64,
    /// Per assignment away from the preferred venues.
    pub venue: i64,
    /// Per wish not granted, times its weight.
    pub wish: i64,
    /// Per shift that someone hoped for and did not get.
    pub idle: i64,
    /// Per volunteer, times the square of their shifts.
    pub fairness: i64,
    /// Per venue beyond a volunteer's first.
    pub continuity: i64,
    /// Per pair and night on which they do not serve together.
    pub companion: i64,
    /// Per published assignment given up.
    pub stability: i64,
}

/// A roster, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFile {
    /// Always [`PLAN_FORMAT`].
    pub format: String,
    /// Who serves where.
    pub assignments: Vec<AssignmentEntry>,
    /// What the solver believes it reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// What no valid plan beats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Score>,
    /// Published assignments given up, where as few as can be were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// RFC 3339 in, RFC 3339 out; the offset is kept.
mod instant {
    use chrono::{DateTime, FixedOffset};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(at: &DateTime<FixedOffset>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&at.format("%Y-%m-%dT%H:%M:%S%:z"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<FixedOffset>, D::Error> {
        let text = <Cow<'de, str>>::deserialize(from)?;
        DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)
    }
}
