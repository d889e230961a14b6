//! What the thank-you report and its letters are made from.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Code, Id, Name, Stored,
    centre::Centre,
    district::District,
    festival::Festival,
    partner::{Contribution, Partner},
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::{Gender, Volunteer},
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
    pub volunteers: Vec<RegisteredVolunteer>,
    /// Everything they did.
    pub services: Vec<Service>,
}

/// A volunteer, as much of them as is thanked.
#[derive(Clone, Debug)]
pub struct RegisteredVolunteer {
    /// Who.
    pub id: Id<Volunteer>,
    /// What files call them.
    pub code: Code,
    /// Their name.
    pub name: Name,
    /// How they are addressed.
    pub gender: Gender,
    /// Where they live.
    pub district_id: Id<District>,
    /// The centre they belong to.
    pub centre_id: Option<Id<Centre>>,
}

/// One volunteer's service in one shift.
#[derive(Clone, Debug)]
pub struct Service {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// In which shift.
    pub shift_id: Id<Shift>,
    /// At what place.
    pub venue_id: Id<Venue>,
    /// In which district that night.
    pub district_id: Id<District>,
    /// As what.
    pub specialty_id: Id<Specialty>,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

impl Service {
    /// How long it took.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.ends_at - self.starts_at).num_minutes()
    }
}

/// The names of a list's rows by their ids.
pub(crate) fn name_by_id<T>(rows: &[Stored<T>], name: impl Fn(&T) -> &Name) -> HashMap<Id<T>, &Name> {
    rows.iter().map(|row| (row.id, name(&row.value))).collect()
}
