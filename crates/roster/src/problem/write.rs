//! From a set-up to the file.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, FixedOffset, Utc};
use khademyar_domain::{
    Code, Id, Stored,
    festival::{Festival, Weights},
    pair::PairKind,
    position::{AskedGender, Position},
    set_up::SetUp,
    shift::Shift,
    volunteer::{Availability, Gender, Volunteer, Want},
};
use khademyar_scheduling::{
    ProblemFile,
    format::{
        self, AssignmentEntry, DistrictEntry, PROBLEM_FORMAT, PositionEntry, Rules, ShiftEntry, VenueEntry,
        VolunteerEntry, Window, Wish,
    },
};
use khademyar_storage::plans::Pair;
use serde::Serialize;
use serde_json::Value;

use super::{
    person::{CentreEntry, VolunteerWords},
    place::{DistrictWords, FestivalWords, NameWords, VenueWords},
};

/// What rows are called in the file.
struct Codes<T>(HashMap<Id<T>, String>);

impl<T> Codes<T> {
    fn new(rows: &[Stored<T>], code: fn(&T) -> &Code) -> Self {
        Self(rows.iter().map(|row| (row.id, code(&row.value).to_string())).collect())
    }

    /// The code; every reference of a set-up is to a row of it.
    fn of(&self, id: Id<T>) -> String {
        self.0.get(&id).cloned().unwrap_or_default()
    }
}

/// The festival as the engine reads it. Its lists are in the order of the set-up's.
pub fn file(set_up: &SetUp, published: &[Pair]) -> ProblemFile {
    let festival = &set_up.festival.value;
    let districts = Codes::new(&set_up.districts, |district| &district.code);
    let specialties = Codes::new(&set_up.specialties, |specialty| &specialty.code);
    let venues = Codes::new(&set_up.venues, |venue| &venue.code);
    let shifts = Codes::new(&set_up.shifts, |shift| &shift.code);
    let positions = Codes::new(&set_up.positions, |position| &position.code);
    let volunteers = Codes::new(&set_up.volunteers, |volunteer| &volunteer.code);
    let volunteer = |volunteer: &Volunteer| VolunteerEntry {
        id: volunteer.code.to_string(),
        home: districts.of(volunteer.home_district_id),
        gender: match volunteer.gender {
            Gender::Woman => format::Gender::Woman,
            Gender::Man => format::Gender::Man,
        },
        skills: skills(volunteer, true).map(|(id, level)| (specialties.of(id), level.into())).collect(),
        available: windows(festival, volunteer),
        max_travel_minutes: volunteer.max_travel_minutes.map(i64::from),
        max_nights: nights(festival, volunteer.max_nights),
        max_consecutive_nights: nights(festival, volunteer.max_consecutive_nights),
        max_shifts_per_night: volunteer.max_shifts_per_night.into(),
        min_shifts: volunteer.min_shifts.into(),
        preferred_venues: volunteer.preferred_venue_ids.iter().map(|&id| venues.of(id)).collect(),
        wishes: wishes(volunteer),
    };
    let shift = |shift: &Shift| ShiftEntry {
        id: shift.code.to_string(),
        venue: venues.of(shift.venue_id),
        district: shift.district_id.map(|id| districts.of(id)).unwrap_or_default(),
        night: shift.night.into(),
        start: local(festival, shift.starts_at),
        end: local(festival, shift.ends_at),
    };
    let position = |position: &Position| PositionEntry {
        id: position.code.to_string(),
        shift: shifts.of(position.shift_id),
        specialty: specialties.of(position.specialty_id),
        min_level: position.min_level.into(),
        gender: match position.gender {
            AskedGender::Any => format::AskedGender::Any,
            AskedGender::Woman => format::AskedGender::Woman,
            AskedGender::Man => format::AskedGender::Man,
        },
        minimum: position.minimum.into(),
        desired: position.desired.into(),
        weight: position.weight.into(),
    };
    let pairs = |kind: PairKind| {
        let pairs = set_up.pairs.iter().filter(move |pair| pair.value.kind == kind);
        pairs.map(|pair| [volunteers.of(pair.value.first_id), volunteers.of(pair.value.second_id)]).collect()
    };
    let assignment = |(volunteer, position)| AssignmentEntry {
        volunteer: volunteers.of(volunteer),
        position: positions.of(position),
    };
    ProblemFile {
        format: PROBLEM_FORMAT.to_owned(),
        name: festival.name.fa.to_string(),
        timezone: festival.timezone.name().to_owned(),
        nights: festival.nights.clone(),
        districts: set_up
            .districts
            .iter()
            .map(|district| DistrictEntry {
                id: district.value.code.to_string(),
                priority: district.value.priority.into(),
            })
            .collect(),
        travel_minutes: set_up
            .travel
            .minutes
            .iter()
            .map(|row| row.iter().copied().map(i64::from).collect())
            .collect(),
        specialties: set_up.specialties.iter().map(|specialty| specialty.value.code.to_string()).collect(),
        venues: set_up.venues.iter().map(|venue| VenueEntry { id: venue.value.code.to_string() }).collect(),
        shifts: set_up.shifts.iter().map(|row| shift(&row.value)).collect(),
        positions: set_up.positions.iter().map(|row| position(&row.value)).collect(),
        volunteers: set_up.volunteers.iter().map(|row| volunteer(&row.value)).collect(),
        companions: pairs(PairKind::Companions),
        apart: pairs(PairKind::Apart),
        locked: set_up
            .pins
            .iter()
            .map(|pin| assignment((pin.value.volunteer_id, pin.value.position_id)))
            .collect(),
        published: published.iter().copied().map(assignment).collect(),
        rules: Rules { min_rest_minutes: festival.min_rest_minutes.into() },
        weights: weights(festival.weights),
    }
}

fn weights(weights: Weights) -> format::Weights {
    let Weights { desired, travel, venue, wish, idle, fairness, continuity, companion, stability } = weights;
    format::Weights { desired, travel, venue, wish, idle, fairness, continuity, companion, stability }
}

fn skills(
    volunteer: &Volunteer,
    confirmed: bool,
) -> impl Iterator<Item = (Id<khademyar_domain::specialty::Specialty>, i32)> {
    let skills = volunteer.skills.iter().filter(move |skill| skill.confirmed == confirmed);
    skills.map(|skill| (skill.specialty_id, skill.level))
}

/// An instant on the festival's own clock.
fn local(festival: &Festival, at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&festival.timezone).fixed_offset()
}

/// A limit in nights; the engine asks for a number of those there are.
fn nights(festival: &Festival, limit: Option<i32>) -> i64 {
    let all = (festival.nights.len() as i64).max(1);
    limit.map_or(all, |limit| i64::from(limit).min(all))
}

fn windows(festival: &Festival, volunteer: &Volunteer) -> Option<Vec<Window>> {
    let window = |availability: &Availability| {
        let (from, to) = match *availability {
            Availability::Night { night } => festival.whole_night(usize::try_from(night).ok()?)?,
            Availability::Window { from, to } => (from, to),
        };
        Some(Window { from: local(festival, from), to: local(festival, to) })
    };
    volunteer.available.as_ref().map(|available| available.iter().filter_map(window).collect())
}

fn wishes(volunteer: &Volunteer) -> Vec<Wish> {
    let wish = |wish: &khademyar_domain::volunteer::Wish| Wish {
        night: wish.night.into(),
        want: match wish.want {
            Want::Serve => format::Want::Serve,
            Want::Rest => format::Want::Rest,
        },
        weight: wish.weight.into(),
    };
    volunteer.wishes.iter().map(wish).collect()
}

/// The whole file, as a JSON object: what [`file`] says, and what only people read.
pub fn write(set_up: &SetUp, published: &[Pair]) -> Value {
    let districts = Codes::new(&set_up.districts, |district| &district.code);
    let centres = Codes::new(&set_up.centres, |centre| &centre.code);
    let specialties = Codes::new(&set_up.specialties, |specialty| &specialty.code);
    let mut whole = object(&file(set_up, published));
    add(
        &mut whole,
        &FestivalWords {
            name_en: set_up.festival.value.name.en.clone(),
            specialty_names: set_up
                .specialties
                .iter()
                .map(|row| (row.value.code.to_string(), NameWords::new(&row.value.name)))
                .collect(),
            centres: set_up
                .centres
                .iter()
                .map(|row| CentreEntry::new(&row.value, districts.of(row.value.district_id)))
                .collect(),
        },
    );
    add_each(&mut whole["districts"], set_up.districts.iter().map(|row| DistrictWords::new(&row.value)));
    add_each(
        &mut whole["venues"],
        set_up.venues.iter().map(|row| VenueWords::new(&row.value, |id| districts.of(id))),
    );
    add_each(
        &mut whole["volunteers"],
        set_up.volunteers.iter().map(|row| {
            let unconfirmed: BTreeMap<String, i32> =
                skills(&row.value, false).map(|(id, level)| (specialties.of(id), level)).collect();
            let centre = row.value.centre_id.map(|id| centres.of(id));
            VolunteerWords::new(&row.value, centre, unconfirmed)
        }),
    );
    whole
}

fn object(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("numbers, texts and keys that are texts")
}

/// Adds the keys of `words` to an object.
fn add(entry: &mut Value, words: &impl Serialize) {
    if let (Value::Object(entry), Value::Object(words)) = (entry, object(words)) {
        entry.extend(words);
    }
}

fn add_each(list: &mut Value, words: impl Iterator<Item = impl Serialize>) {
    for (entry, words) in list.as_array_mut().into_iter().flatten().zip(words) {
        add(entry, &words);
    }
}
