//! The thank-you report: who served, from where, at what places, and what partners gave.

mod count;

use chrono::NaiveDate;
use khademyar_domain::{
    Code, Id, Name, Text,
    district::District,
    partner::{ContributionKind, Partner},
    venue::Venue,
    volunteer::Volunteer,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What was given and done, and by whom; every list in Persian alphabetical order of its names.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ThankYou {
    /// The festival as a whole.
    pub festival: FestivalThanks,
    /// Everyone who served, in shifts or outside them.
    pub volunteers: Vec<VolunteerThanks>,
    /// Every district.
    pub districts: Vec<DistrictThanks>,
    /// Every venue.
    pub venues: Vec<VenueThanks>,
    /// Every partner.
    pub partners: Vec<PartnerThanks>,
}

/// What many people did together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Effort {
    /// People who served, in shifts or outside them.
    pub volunteers: usize,
    /// Nights on which someone served in a shift.
    pub nights: usize,
    /// Shifts in which someone did.
    pub shifts: usize,
    /// Places filled in those shifts: one for each person and shift.
    pub assignments: usize,
    /// Minutes served in shifts, of all people together.
    pub minutes: i64,
    /// The same in hours, to two decimals.
    pub hours: f64,
    /// Minutes served outside shifts that were approved. They belong to people and to no place: of what was done in a
    /// district or at a venue there are none.
    pub worklog_minutes: i64,
    /// Minutes credited in all: in shifts and outside them.
    pub total_minutes: i64,
    /// The same in hours, to two decimals.
    pub total_hours: f64,
}

/// The festival's totals.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FestivalThanks {
    /// What people call it.
    pub name: Name,
    /// Its first evening.
    pub first_night: Option<NaiveDate>,
    /// Its last evening.
    pub last_night: Option<NaiveDate>,
    /// How many nights it lasted.
    pub nights: usize,
    /// How many people offered to serve.
    pub registered: usize,
    /// How many partners helped.
    pub partners: usize,
    /// How many things they gave.
    pub contributions: usize,
    /// Whether the roll was called: then what counts is what it tells. Where nobody called it, what counts is every seat
    /// that was accepted and whose shift is over.
    pub roll_taken: bool,
    /// Seats whose shift is over and of which the roll tells nothing: they are not counted.
    pub unknown: usize,
    /// What was done in all.
    pub effort: Effort,
}

/// A volunteer's service.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VolunteerThanks {
    /// Who.
    pub id: Id<Volunteer>,
    /// What files call them.
    pub code: Code,
    /// Their name.
    pub name: Name,
    /// The district they live in.
    pub district_id: Id<District>,
    /// Its name.
    pub district: Option<Name>,
    /// The centre they belong to.
    pub centre: Option<Name>,
    /// Nights on which they served.
    pub nights: usize,
    /// Shifts they served in.
    pub shifts: usize,
    /// Minutes they served in shifts.
    pub minutes: i64,
    /// The same in hours, to two decimals.
    pub hours: f64,
    /// Minutes they served outside shifts, as far as that was approved.
    pub worklog_minutes: i64,
    /// Minutes they are credited with in all: in shifts and outside them.
    pub total_minutes: i64,
    /// The same in hours, to two decimals.
    pub total_hours: f64,
    /// Where they served.
    pub venues: Vec<Name>,
    /// As what they served.
    pub specialties: Vec<Name>,
}

/// A district's share.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DistrictThanks {
    /// Which.
    pub id: Id<District>,
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// Its mayor, whom the letter is addressed to.
    pub mayor: Option<Text>,
    /// What those who live in it did, wherever they served.
    pub sent: Effort,
    /// What was done in it, whoever served.
    pub hosted: Effort,
    /// Where that was.
    pub venues: Vec<Name>,
    /// What partners that belong to it gave.
    pub contributions: Vec<ContributionThanks>,
}

/// What was done at a venue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VenueThanks {
    /// Which.
    pub id: Id<Venue>,
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// The districts it stood in while someone served at it.
    pub districts: Vec<Name>,
    /// What was done at it.
    pub effort: Effort,
    /// The fields people served in.
    pub specialties: Vec<Name>,
}

/// What a partner gave.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PartnerThanks {
    /// Who.
    pub id: Id<Partner>,
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// Whom the letter is addressed to.
    pub contact: Option<Text>,
    /// The district it belongs to.
    pub district: Option<Name>,
    /// What it gave.
    pub contributions: Vec<ContributionThanks>,
}

/// A contribution, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ContributionThanks {
    /// Who gave it.
    pub partner: Name,
    /// Of what kind.
    pub kind: ContributionKind,
    /// In words.
    pub description: Text,
    /// How much or how many.
    pub amount: Option<i64>,
    /// Of what.
    pub unit: Option<Text>,
    /// The venue it went to.
    pub venue: Option<Name>,
    /// What was done at that venue.
    pub effort: Option<Effort>,
}

/// Minutes as hours, to two decimals.
pub(crate) fn in_hours(minutes: i64) -> f64 {
    (minutes as f64 / 0.6).round() / 100.0
}
