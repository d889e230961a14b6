//! The festival, its districts, specialties, venues, shifts and positions.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use khademyar_domain::{
    Fault, Id, Name, Stored, Text,
    centre::Centre,
    district::{District, LONGEST_WAY, TravelMinutes},
    festival::{Festival, Weights},
    partner::{Contribution, Partner},
    position::{AskedGender, Position},
    shift::Shift,
    specialty::Specialty,
    venue::{Stand, Venue, VenueKind},
};
use khademyar_scheduling::{ProblemFile, format};

use super::reader::{Codes, Reader, known_name};
use crate::problem::{
    person::CentreEntry,
    place::{NameWords, StandWords},
};

/// An instant to the minute, as the engine takes it.
pub(super) fn minute(at: DateTime<FixedOffset>) -> DateTime<Utc> {
    let at = at.to_utc();
    at - TimeDelta::seconds(at.timestamp().rem_euclid(60))
        - TimeDelta::nanoseconds(at.timestamp_subsec_nanos().into())
}

/// The most nights a festival has.
const MOST_NIGHTS: i32 = 400;

impl Reader<'_> {
    pub(super) fn festival(&mut self, file: &ProblemFile, there: &Stored<Festival>) -> Stored<Festival> {
        let keys = self.keys(String::new());
        let fa = Text::new(&file.name)
            .map_err(|error| self.faults.push(Fault::unreadable("/name".to_owned(), &error)))
            .unwrap_or_else(|()| there.value.name.fa.clone());
        let known = there.value.name.en.clone().filter(|_| fa == there.value.name.fa);
        let en = self.get(&keys, "name_en").or(known);
        self.within(file.nights.len() as i64, 0..=MOST_NIGHTS, "/nights");
        let format::Weights {
            desired,
            travel,
            venue,
            wish,
            idle,
            fairness,
            continuity,
            companion,
            stability,
        } = file.weights;
        let value = Festival {
            name: Name { fa, en },
            timezone: file.timezone.parse().unwrap_or(there.value.timezone),
            nights: file.nights.clone(),
            min_rest_minutes: self.within(file.rules.min_rest_minutes, 0..=10_000, "/rules/min_rest_minutes"),
            weights: Weights {
                desired,
                travel,
                venue,
                wish,
                idle,
                fairness,
                continuity,
                companion,
                stability,
            },
            arrangements: there.value.arrangements,
        };
        self.check(&value, "", &[]);
        Stored { value, ..*there }
    }

    pub(super) fn districts(
        &mut self,
        file: &ProblemFile,
        districts: &Codes<'_, District>,
    ) -> Vec<Stored<District>> {
        let mut rows = Vec::with_capacity(file.districts.len());
        for (k, entry) in file.districts.iter().enumerate() {
            let Some(code) = self.code(&entry.id, format_args!("/districts/{k}/id")) else { continue };
            let keys = self.keys(format!("/districts/{k}"));
            let there = districts.there(&entry.id);
            let name = self.name(&keys, there.map(|there| &there.name), &code);
            let mayor = if keys.say_all() {
                self.get(&keys, "mayor")
            } else {
                there.and_then(|there| there.mayor.clone())
            };
            let priority = self.within(entry.priority, 1..=5, format_args!("/districts/{k}/priority"));
            rows.extend(districts.row(&entry.id, District { code, name, priority, mayor }));
        }
        rows
    }

    pub(super) fn travel(&mut self, file: &ProblemFile, districts: &Codes<'_, District>) -> TravelMinutes {
        let mut minutes = Vec::with_capacity(file.travel_minutes.len());
        for (a, row) in file.travel_minutes.iter().enumerate() {
            let row = row.iter().enumerate();
            let way = |(b, &way)| self.within(way, 0..=LONGEST_WAY, format_args!("/travel_minutes/{a}/{b}"));
            minutes.push(row.map(way).collect());
        }
        let ids = file.districts.iter().filter_map(|entry| districts.get(&entry.id));
        TravelMinutes { districts: ids.collect(), minutes }
    }

    /// The file's centres; those that are there where it does not speak of centres, and their districts stay.
    pub(super) fn centres(
        &mut self,
        there: &[Stored<Centre>],
        districts: &Codes<'_, District>,
    ) -> Vec<Stored<Centre>> {
        let keys = self.keys(String::new());
        let Some(entries) = self.get::<Vec<CentreEntry>>(&keys, "centres") else {
            let stays = |row: &&Stored<Centre>| districts.keeps(row.value.district_id);
            return there.iter().filter(stays).cloned().collect();
        };
        let codes = self.codes(entries.iter().map(|entry| entry.id.as_str()), there, |centre| &centre.code);
        let mut rows = Vec::with_capacity(entries.len());
        for (k, entry) in entries.iter().enumerate() {
            let path = format_args!("/centres/{k}/district");
            let Some(district_id) = self.find(districts, &entry.district, path) else { continue };
            let value = Centre {
                code: entry.id.clone(),
                name: Name { fa: entry.name.clone(), en: entry.name_en.clone() },
                district_id,
                secretary: entry.secretary.clone(),
            };
            rows.extend(codes.row(entry.id.as_str(), value));
        }
        rows
    }

    pub(super) fn specialties(
        &mut self,
        file: &ProblemFile,
        specialties: &Codes<'_, Specialty>,
    ) -> Vec<Stored<Specialty>> {
        let keys = self.keys(String::new());
        let mut names: BTreeMap<String, NameWords> = self.get(&keys, "specialty_names").unwrap_or_default();
        let mut rows = Vec::with_capacity(file.specialties.len());
        for (k, id) in file.specialties.iter().enumerate() {
            let Some(code) = self.code(id, format_args!("/specialties/{k}")) else { continue };
            let name = match names.remove(id) {
                Some(name) => name.name(),
                None => known_name(specialties.there(id).map(|there| &there.name), &code),
            };
            rows.extend(specialties.row(id, Specialty { code, name }));
        }
        rows
    }

    pub(super) fn shifts(
        &mut self,
        file: &ProblemFile,
        shifts: &Codes<'_, Shift>,
        venues: &Codes<'_, Venue>,
        districts: &Codes<'_, District>,
    ) -> Vec<Stored<Shift>> {
        let mut rows = Vec::with_capacity(file.shifts.len());
        for (k, entry) in file.shifts.iter().enumerate() {
            let code = self.code(&entry.id, format_args!("/shifts/{k}/id"));
            let venue = self.find(venues, &entry.venue, format_args!("/shifts/{k}/venue"));
            let district_id = self.find(districts, &entry.district, format_args!("/shifts/{k}/district"));
            let (Some(code), Some(venue_id)) = (code, venue) else { continue };
            let value = Shift {
                code,
                venue_id,
                district_id,
                night: self.within(entry.night, 0..=MOST_NIGHTS, format_args!("/shifts/{k}/night")),
                starts_at: minute(entry.start),
                ends_at: minute(entry.end),
            };
            self.check(
                &value,
                format_args!("/shifts/{k}"),
                &[("/starts_at", "/start"), ("/ends_at", "/end")],
            );
            rows.extend(shifts.row(&entry.id, value));
        }
        rows
    }

    pub(super) fn positions(
        &mut self,
        file: &ProblemFile,
        positions: &Codes<'_, Position>,
        shifts: &Codes<'_, Shift>,
        specialties: &Codes<'_, Specialty>,
    ) -> Vec<Stored<Position>> {
        let mut rows = Vec::with_capacity(file.positions.len());
        for (k, entry) in file.positions.iter().enumerate() {
            let code = self.code(&entry.id, format_args!("/positions/{k}/id"));
            let shift = self.find(shifts, &entry.shift, format_args!("/positions/{k}/shift"));
            let specialty =
                self.find(specialties, &entry.specialty, format_args!("/positions/{k}/specialty"));
            let (Some(code), Some(shift_id), Some(specialty_id)) = (code, shift, specialty) else { continue };
            let value = Position {
                code,
                shift_id,
                specialty_id,
                min_level: self.within(entry.min_level, 1..=3, format_args!("/positions/{k}/min_level")),
                gender: match entry.gender {
                    format::AskedGender::Any => AskedGender::Any,
                    format::AskedGender::Woman => AskedGender::Woman,
                    format::AskedGender::Man => AskedGender::Man,
                },
                minimum: self.within(entry.minimum, 0..=10_000, format_args!("/positions/{k}/minimum")),
                desired: self.within(entry.desired, 0..=10_000, format_args!("/positions/{k}/desired")),
                weight: self.within(entry.weight, 1..=10, format_args!("/positions/{k}/weight")),
            };
            rows.extend(positions.row(&entry.id, value));
        }
        rows
    }

    pub(super) fn venues(
        &mut self,
        file: &ProblemFile,
        venues: &Codes<'_, Venue>,
        districts: &Codes<'_, District>,
        shifts: &[Stored<Shift>],
    ) -> Vec<Stored<Venue>> {
        let mut seen: BTreeMap<Id<Venue>, BTreeMap<i32, Id<District>>> = BTreeMap::new();
        for shift in shifts.iter().map(|shift| &shift.value) {
            let nights = seen.entry(shift.venue_id).or_default();
            nights.extend(shift.district_id.map(|district_id| (shift.night, district_id)));
        }
        let mut rows = Vec::with_capacity(file.venues.len());
        for (k, entry) in file.venues.iter().enumerate() {
            let code = self.code(&entry.id, format_args!("/venues/{k}/id"));
            let (Some(code), Some(id)) = (code, venues.get(&entry.id)) else { continue };
            let keys = self.keys(format!("/venues/{k}"));
            let there = venues.there(&entry.id);
            let name = self.name(&keys, there.map(|there| &there.name), &code);
            let value = if keys.say_all() {
                let district = self.get::<String>(&keys, "district");
                let district_id = district
                    .and_then(|code| self.find(districts, &code, format_args!("/venues/{k}/district")));
                let stands: Vec<StandWords> = self.get(&keys, "stands").unwrap_or_default();
                let stand = |(s, stand): (usize, &StandWords)| {
                    let path = format_args!("/venues/{k}/stands/{s}/district");
                    let district_id = self.find(districts, &stand.district, path)?;
                    Some(Stand { night: stand.night, district_id })
                };
                Venue {
                    code,
                    name,
                    district_id,
                    stands: stands.iter().enumerate().filter_map(stand).collect(),
                    kind: self.get(&keys, "kind").unwrap_or_default(),
                    address: self.get(&keys, "address"),
                    latitude: self.get(&keys, "latitude"),
                    longitude: self.get(&keys, "longitude"),
                }
            } else {
                let (kind, district_id, stands) = whereabouts(&seen.remove(&id).unwrap_or_default());
                Venue {
                    code,
                    name,
                    kind,
                    district_id,
                    stands,
                    address: there.and_then(|there| there.address.clone()),
                    latitude: there.and_then(|there| there.latitude),
                    longitude: there.and_then(|there| there.longitude),
                }
            };
            self.check(&value, format_args!("/venues/{k}"), &[]);
            rows.extend(venues.row(&entry.id, value));
        }
        rows
    }
}

/// Where a venue stands, as its shifts have it.
fn whereabouts(nights: &BTreeMap<i32, Id<District>>) -> (VenueKind, Option<Id<District>>, Vec<Stand>) {
    let first = nights.values().next().copied();
    if nights.values().all(|&district| Some(district) == first) {
        return (VenueKind::Fixed, first, Vec::new());
    }
    let stands = nights.iter().map(|(&night, &district_id)| Stand { night, district_id });
    (VenueKind::Mobile, None, stands.collect())
}

/// The partners that are there; of a district that goes they are no more.
pub(super) fn partners(there: &[Stored<Partner>], districts: &Codes<'_, District>) -> Vec<Stored<Partner>> {
    let mut partners = there.to_vec();
    for partner in &mut partners {
        partner.value.district_id = partner.value.district_id.filter(|&id| districts.keeps(id));
    }
    partners
}

/// What they gave; a venue that goes has it no more.
pub(super) fn contributions(
    there: &[Stored<Contribution>],
    venues: &Codes<'_, Venue>,
) -> Vec<Stored<Contribution>> {
    let mut contributions = there.to_vec();
    for contribution in &mut contributions {
        contribution.value.venue_id = contribution.value.venue_id.filter(|&id| venues.keeps(id));
    }
    contributions
}
