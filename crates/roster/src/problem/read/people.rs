//! Volunteers, what is between them, and where they are fixed or were told to be.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Fault, Id, Stored,
    centre::Centre,
    district::{District, LONGEST_WAY},
    festival::Festival,
    pair::{Pair, PairKind, Pin},
    position::Position,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::{Availability, Gender, Skill, Volunteer, Want, Wish},
};
use khademyar_scheduling::{
    ProblemFile,
    format::{self, AssignmentEntry, VolunteerEntry},
};

use super::{
    places::minute,
    reader::{Codes, Keys, Reader},
};
use crate::problem::fault::out_of_range;

/// The heaviest wish there is.
const HEAVIEST_WISH: i32 = 1_000_000;

/// The lists that volunteers refer to.
pub(super) struct Lists<'a> {
    pub(super) districts: &'a Codes<'a, District>,
    pub(super) centres: &'a [Stored<Centre>],
    pub(super) specialties: &'a Codes<'a, Specialty>,
    pub(super) venues: &'a Codes<'a, Venue>,
}

/// What a volunteer's entry says besides the engine's keys, or what is known.
struct Beside {
    phone: Option<khademyar_domain::phone::Phone>,
    centre_id: Option<Id<Centre>>,
    birth_year: Option<i32>,
    unconfirmed: Vec<Skill>,
}

impl Lists<'_> {
    pub(super) fn volunteers(
        &self,
        reader: &mut Reader<'_>,
        file: &ProblemFile,
        festival: &Festival,
        volunteers: &Codes<'_, Volunteer>,
    ) -> Vec<Stored<Volunteer>> {
        let whole_nights: HashMap<_, _> = (0..festival.nights.len())
            .filter_map(|night| Some((festival.whole_night(night)?, night as i32)))
            .collect();
        let mut phones = HashMap::new();
        let mut rows = Vec::with_capacity(file.volunteers.len());
        for (k, entry) in file.volunteers.iter().enumerate() {
            let path = format!("/volunteers/{k}");
            let there = volunteers.there(&entry.id);
            let read = self.volunteer(reader, entry, there, festival, &whole_nights, &path);
            let Some(volunteer) = read else { continue };
            if let Some(phone) = volunteer.phone.clone()
                && let Some(earlier) = phones.insert(phone, k)
            {
                reader.faults.push(Fault::new(
                    format!("{path}/phone"),
                    "repeated",
                    format!("/volunteers/{earlier} has this phone already."),
                    format!("این شماره پیش‌تر در ‎/volunteers/{earlier} آمده است."),
                ));
            }
            rows.extend(volunteers.row(&entry.id, volunteer));
        }
        rows
    }

    fn volunteer(
        &self,
        reader: &mut Reader<'_>,
        entry: &VolunteerEntry,
        there: Option<&Volunteer>,
        festival: &Festival,
        whole_nights: &HashMap<(DateTime<Utc>, DateTime<Utc>), i32>,
        path: &str,
    ) -> Option<Volunteer> {
        let code = reader.code(&entry.id, format_args!("{path}/id"));
        let home = reader.find(self.districts, &entry.home, format_args!("{path}/home"));
        let (code, home_district_id) = (code?, home?);
        let keys = reader.keys(path.to_owned());
        let name = reader.name(&keys, there.map(|there| &there.name), &code);
        let mut skills = Vec::with_capacity(entry.skills.len());
        for (id, &level) in &entry.skills {
            let at = format_args!("{path}/skills/{id}");
            if let Some(specialty_id) = reader.find(self.specialties, id, at) {
                skills.push(Skill { specialty_id, level: reader.within(level, 1..=3, at), confirmed: true });
            }
        }
        let beside = self.beside(reader, &keys, there, path);
        let confirmed: HashSet<_> = skills.iter().map(|skill| skill.specialty_id).collect();
        skills.extend(beside.unconfirmed.iter().filter(|skill| !confirmed.contains(&skill.specialty_id)));
        skills.sort_unstable_by_key(|skill| skill.specialty_id);
        let mut preferred_venue_ids: Vec<Id<Venue>> = Vec::with_capacity(entry.preferred_venues.len());
        for (j, id) in entry.preferred_venues.iter().enumerate() {
            preferred_venue_ids.extend(reader.find(
                self.venues,
                id,
                format_args!("{path}/preferred_venues/{j}"),
            ));
        }
        preferred_venue_ids.sort_unstable();
        preferred_venue_ids.dedup();
        let nights = festival.nights.len() as i64;
        // A limit that no roster can reach is none.
        let limit = |most: i64| i32::try_from(most).ok().filter(|_| most < nights);
        let volunteer = Volunteer {
            code,
            name,
            phone: beside.phone,
            home_district_id,
            centre_id: beside.centre_id,
            gender: match entry.gender {
                format::Gender::Woman => Gender::Woman,
                format::Gender::Man => Gender::Man,
            },
            birth_year: beside.birth_year,
            skills,
            available: available(entry, whole_nights),
            max_travel_minutes: entry
                .max_travel_minutes
                .and_then(|most| i32::try_from(most).ok())
                .filter(|&most| most < LONGEST_WAY),
            max_nights: limit(entry.max_nights),
            max_consecutive_nights: limit(entry.max_consecutive_nights),
            max_shifts_per_night: reader.within(
                entry.max_shifts_per_night,
                1..=100,
                format_args!("{path}/max_shifts_per_night"),
            ),
            min_shifts: reader.within(entry.min_shifts, 0..=1_000, format_args!("{path}/min_shifts")),
            preferred_venue_ids,
            wishes: wishes(reader, entry, path),
        };
        reader.check(&volunteer, path, &[]);
        Some(volunteer)
    }

    fn beside(
        &self,
        reader: &mut Reader<'_>,
        keys: &Keys<'_>,
        there: Option<&Volunteer>,
        path: &str,
    ) -> Beside {
        if !keys.say_all() {
            let centre_id = there.and_then(|there| there.centre_id);
            let unconfirmed = there
                .into_iter()
                .flat_map(|there| &there.skills)
                .filter(|skill| !skill.confirmed && self.specialties.keeps(skill.specialty_id));
            return Beside {
                phone: there.and_then(|there| there.phone.clone()),
                centre_id: centre_id.filter(|id| self.centres.iter().any(|centre| centre.id == *id)),
                birth_year: there.and_then(|there| there.birth_year),
                unconfirmed: unconfirmed.copied().collect(),
            };
        }
        let centre = reader.get::<String>(keys, "centre");
        let centre_id = centre.and_then(|code| {
            let centre = self.centres.iter().find(|centre| centre.value.code.as_str() == code);
            if centre.is_none() {
                reader.faults.push(crate::problem::fault::unknown(format!("{path}/centre"), &code));
            }
            centre.map(|centre| centre.id)
        });
        let levels: BTreeMap<String, i32> = reader.get(keys, "unconfirmed_skills").unwrap_or_default();
        let mut unconfirmed = Vec::with_capacity(levels.len());
        for (id, level) in levels {
            let at = format_args!("{path}/unconfirmed_skills/{id}");
            if let Some(specialty_id) = reader.find(self.specialties, &id, at) {
                let level = reader.within(level, 1..=3, at);
                unconfirmed.push(Skill { specialty_id, level, confirmed: false });
            }
        }
        let birth_year = reader.get::<i32>(keys, "birth_year");
        Beside {
            phone: reader.get(keys, "phone"),
            centre_id,
            birth_year: birth_year
                .map(|year| reader.within(year, 1900..=2100, format_args!("{path}/birth_year"))),
            unconfirmed,
        }
    }
}

/// When they can come. A window without length holds no shift.
fn available(
    entry: &VolunteerEntry,
    whole_nights: &HashMap<(DateTime<Utc>, DateTime<Utc>), i32>,
) -> Option<Vec<Availability>> {
    let windows = entry.available.as_ref()?;
    let windows = windows.iter().map(|window| (minute(window.from), minute(window.to)));
    let windows =
        windows.filter(|(from, to)| from != to).map(|(from, to)| match whole_nights.get(&(from, to)) {
            Some(&night) => Availability::Night { night },
            None => Availability::Window { from, to },
        });
    Some(windows.collect())
}

/// The wishes; what is wished twice weighs together.
fn wishes(reader: &mut Reader<'_>, entry: &VolunteerEntry, path: &str) -> Vec<Wish> {
    // In the order in which they are stored: rest, then serve.
    let mut weights: BTreeMap<(i64, Reverse<Want>), i64> = BTreeMap::new();
    for (j, wish) in entry.wishes.iter().enumerate() {
        let want = match wish.want {
            format::Want::Serve => Want::Serve,
            format::Want::Rest => Want::Rest,
        };
        let weight = weights.entry((wish.night, Reverse(want))).or_default();
        *weight = weight.saturating_add(wish.weight);
        if *weight > HEAVIEST_WISH.into() {
            let path = format!("{path}/wishes/{j}/weight");
            reader.faults.push(out_of_range(path, &(0..=HEAVIEST_WISH)));
        }
    }
    let wish = |((night, Reverse(want)), weight): ((i64, Reverse<Want>), i64)| Wish {
        night: i32::try_from(night).unwrap_or(i32::MAX),
        want,
        weight: i32::try_from(weight).unwrap_or(HEAVIEST_WISH),
    };
    weights.into_iter().map(wish).collect()
}

impl Reader<'_> {
    /// Companions, then those who are kept apart; said twice is meant once.
    pub(super) fn pairs(
        &mut self,
        file: &ProblemFile,
        there: &[Stored<Pair>],
        volunteers: &Codes<'_, Volunteer>,
    ) -> Vec<Stored<Pair>> {
        let key = |pair: &Pair| (pair.kind as u8, pair.first_id, pair.second_id);
        let known: HashMap<_, _> = there.iter().map(|row| (key(&row.value), row)).collect();
        let lists =
            [(PairKind::Companions, "companions", &file.companions), (PairKind::Apart, "apart", &file.apart)];
        let mut said = HashSet::new();
        let mut rows = Vec::new();
        for (kind, list, entries) in lists {
            for (k, [first, second]) in entries.iter().enumerate() {
                let first = self.find(volunteers, first, format_args!("/{list}/{k}/0"));
                let second = self.find(volunteers, second, format_args!("/{list}/{k}/1"));
                let (Some(first), Some(second)) = (first, second) else { continue };
                let pair = Pair { kind, first_id: first.min(second), second_id: first.max(second) };
                if said.insert(key(&pair)) {
                    let row = known.get(&key(&pair)).map(|row| (*row).clone());
                    rows.push(row.unwrap_or_else(|| self.new_row(pair)));
                }
            }
        }
        rows
    }

    pub(super) fn pins(
        &mut self,
        file: &ProblemFile,
        there: &[Stored<Pin>],
        volunteers: &Codes<'_, Volunteer>,
        positions: &Codes<'_, Position>,
    ) -> Vec<Stored<Pin>> {
        let known: HashMap<_, _> =
            there.iter().map(|row| ((row.value.volunteer_id, row.value.position_id), row)).collect();
        let pairs = self.assignments("locked", &file.locked, volunteers, positions);
        let pin = |(_, (volunteer_id, position_id))| match known.get(&(volunteer_id, position_id)) {
            Some(row) => (*row).clone(),
            None => self.new_row(Pin { volunteer_id, position_id }),
        };
        pairs.into_iter().map(pin).collect()
    }

    /// Who was told to serve where: nobody in two places at once, no position with more people than it desires.
    pub(super) fn published(
        &mut self,
        file: &ProblemFile,
        shifts: &[Stored<Shift>],
        positions: &[Stored<Position>],
        volunteers: &Codes<'_, Volunteer>,
        codes: &Codes<'_, Position>,
    ) -> Vec<(Id<Volunteer>, Id<Position>)> {
        let shifts: HashMap<_, _> = shifts.iter().map(|shift| (shift.id, &shift.value)).collect();
        let positions: HashMap<_, _> = positions.iter().map(|row| (row.id, &row.value)).collect();
        let mut held: HashMap<Id<Volunteer>, Vec<&Shift>> = HashMap::new();
        let mut taken: HashMap<Id<Position>, i32> = HashMap::new();
        let mut published = Vec::with_capacity(file.published.len());
        for (k, (volunteer_id, position_id)) in
            self.assignments("published", &file.published, volunteers, codes)
        {
            let Some(position) = positions.get(&position_id) else { continue };
            let Some(shift) = shifts.get(&position.shift_id) else { continue };
            let mine = held.entry(volunteer_id).or_default();
            if mine.iter().any(|other| other.starts_at < shift.ends_at && shift.starts_at < other.ends_at) {
                self.faults.push(Fault::new(
                    format!("/published/{k}"),
                    "double_booking",
                    "The volunteer was told of another shift at the same time: leave one of them out.",
                    "این خادمیار در همان زمان جای دیگری هم نام برده شده است: یکی را بردارید.",
                ));
            }
            mine.push(shift);
            let seats = taken.entry(position_id).or_default();
            *seats += 1;
            if *seats > position.desired {
                self.faults.push(Fault::new(
                    format!("/published/{k}"),
                    "position_full",
                    "The position desires fewer people than were told of it: leave this one out.",
                    "شمار افراد این جایگاه از شمار مطلوب بیشتر است: این یکی را بردارید.",
                ));
            }
            published.push((volunteer_id, position_id));
        }
        published
    }

    /// The entries of a list, each once, with their places.
    fn assignments(
        &mut self,
        list: &str,
        entries: &[AssignmentEntry],
        volunteers: &Codes<'_, Volunteer>,
        positions: &Codes<'_, Position>,
    ) -> Vec<(usize, (Id<Volunteer>, Id<Position>))> {
        let mut said = HashSet::new();
        let mut assignments = Vec::with_capacity(entries.len());
        for (k, entry) in entries.iter().enumerate() {
            let volunteer = self.find(volunteers, &entry.volunteer, format_args!("/{list}/{k}/volunteer"));
            let position = self.find(positions, &entry.position, format_args!("/{list}/{k}/position"));
            let (Some(volunteer), Some(position)) = (volunteer, position) else { continue };
            if said.insert((volunteer, position)) {
                assignments.push((k, (volunteer, position)));
            }
        }
        assignments
    }
}
