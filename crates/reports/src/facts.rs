//! What the thank-you report and its letters are made from.

use std::collections::HashMap;

use khademyar_domain::{
    Id, Name, Stored,
    assignment::Service,
    centre::Centre,
    district::District,
    festival::Festival,
    partner::{Contribution, Partner},
    specialty::Specialty,
    venue::Venue,
    volunteer::Registered,
    worklog::Credit,
};

/// What the report is counted from.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The festival.
    pub festival: Festival,
    /// Its districts.
    pub districts: Vec<Stored<District>>,
    /// Its centres.
    pub centres: Vec<Stored<Centre>>,
    /// Its venues.
    pub venues: Vec<Stored<Venue>>,
    /// Its specialties.
    pub specialties: Vec<Stored<Specialty>>,
    /// Its partners.
    pub partners: Vec<Stored<Partner>>,
    /// What they gave.
    pub contributions: Vec<Stored<Contribution>>,
    /// Everyone who offered to serve.
    pub volunteers: Vec<Registered>,
    /// Everything they did in shifts.
    pub services: Vec<Service>,
    /// What was approved of what they did outside shifts.
    pub credits: Vec<Credit>,
    /// Whether that is what the roll tells.
    pub roll_taken: bool,
    /// Of how many seats it tells nothing.
    pub unknown: usize,
}

/// The names of a list's rows by their ids.
pub(crate) fn name_by_id<T>(rows: &[Stored<T>], name: impl Fn(&T) -> &Name) -> HashMap<Id<T>, &Name> {
    rows.iter().map(|row| (row.id, name(&row.value))).collect()
}
