//! The festival, dense: everything by index, validated once, nothing that can fail afterwards.
//!
//! Shifts and positions are indexed in order of time (night, start, end), so that a volunteer's options, sorted by
//! index, stand grouped by night and shift. Memory is proportional to the eligible pairs: four bytes a pair in each
//! direction.

mod build;
mod eligible;
mod islands;
mod reweigh;

pub(crate) use islands::{Island, islands};

use crate::format::{AskedGender, Gender, Weights};

/// Index of a volunteer in [`Problem`], in the order of the file.
pub type VolunteerIndex = u32;
/// Index of a position in [`Problem`], in order of time.
pub type PositionIndex = u32;

/// A festival to be rostered; the only way to one is [`Problem::new`] or [`Problem::read`].
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) name: String,
    /// By night: whether its date is the day after the night's before it.
    pub(crate) follows: Vec<bool>,
    pub(crate) district_count: usize,
    /// Row-major, `district_count` squared.
    pub(crate) travel: Vec<i64>,
    pub(crate) specialty_ids: Vec<String>,
    pub(crate) venue_ids: Vec<String>,
    pub(crate) shift_ids: Vec<String>,
    pub(crate) shifts: Vec<Shift>,
    pub(crate) position_ids: Vec<String>,
    pub(crate) positions: Vec<Position>,
    pub(crate) volunteer_ids: Vec<String>,
    pub(crate) volunteers: Vec<Volunteer>,
    /// Eligible positions of each volunteer.
    pub(crate) options: Rows,
    /// Eligible volunteers of each position: [`Self::options`] turned over.
    pub(crate) candidates: Rows,
    /// As in the file, repeats included.
    pub(crate) companions: Vec<[VolunteerIndex; 2]>,
    /// As in the file.
    pub(crate) apart: Vec<[VolunteerIndex; 2]>,
    /// Sorted, without repeats.
    pub(crate) locked: Vec<(VolunteerIndex, PositionIndex)>,
    /// Sorted, repeats included.
    pub(crate) published: Vec<(VolunteerIndex, PositionIndex)>,
    pub(crate) min_rest: i64,
    pub(crate) weights: Weights,
}

/// A shift; minutes count from 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) night: u32,
    pub(crate) venue: u32,
    pub(crate) district: u32,
    pub(crate) priority: u32,
}

/// A position and what its empty seats cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) shift: u32,
    pub(crate) specialty: u32,
    pub(crate) min_level: u8,
    pub(crate) gender: AskedGender,
    pub(crate) minimum: u32,
    pub(crate) desired: u32,
    /// Essential lost per seat below the minimum: priority × weight.
    pub(crate) essential_worth: i64,
    /// Cost per seat between minimum and desired: `w.desired` × priority.
    pub(crate) desired_worth: i64,
}

/// A volunteer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Volunteer {
    pub(crate) home: u32,
    pub(crate) gender: Gender,
    /// Specialty and level, by specialty.
    pub(crate) skills: Vec<(u32, u8)>,
    /// Minutes, both ends included; `None` = always.
    pub(crate) windows: Option<Vec<(i64, i64)>>,
    /// `i64::MAX` = anywhere.
    pub(crate) max_travel: i64,
    pub(crate) max_nights: u32,
    pub(crate) max_consecutive: u32,
    pub(crate) max_per_night: u32,
    pub(crate) min_shifts: i64,
    /// Sorted.
    pub(crate) preferred: Vec<u32>,
    /// Cost of the wishes when no night is served.
    pub(crate) wish_base: i64,
    /// What serving on a night adds to that, by night, each night once.
    pub(crate) wishes: Vec<(u32, i64)>,
    /// Partners in [`Problem::companions`], repeats included.
    pub(crate) companions: Vec<VolunteerIndex>,
    /// Partners in [`Problem::apart`].
    pub(crate) apart: Vec<VolunteerIndex>,
}

/// Rows of indices of differing lengths, packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    starts: Vec<usize>,
    items: Vec<u32>,
}

impl Rows {
    pub(crate) fn new(rows: &[Vec<u32>]) -> Self {
        let mut starts = Vec::with_capacity(rows.len() + 1);
        starts.push(0);
        let mut items = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        for row in rows {
            items.extend_from_slice(row);
            starts.push(items.len());
        }
        Self { starts, items }
    }

    /// Row `i`.
    pub(crate) fn row(&self, i: u32) -> &[u32] {
        &self.items[self.starts[i as usize]..self.starts[i as usize + 1]]
    }

    /// Where row `i` begins among all items.
    pub(crate) fn start(&self, i: u32) -> usize {
        self.starts[i as usize]
    }

    /// Number of items in all rows.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// For each item value below `columns`, the rows it stands in, in order.
    pub(crate) fn turned(&self, columns: usize) -> Self {
        let mut starts = vec![0_usize; columns + 1];
        for &item in &self.items {
            starts[item as usize + 1] += 1;
        }
        for i in 0..columns {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut items = vec![0; self.items.len()];
        for row in 0..self.starts.len().saturating_sub(1) as u32 {
            for &item in self.row(row) {
                items[next[item as usize]] = row;
                next[item as usize] += 1;
            }
        }
        Self { starts, items }
    }
}

impl Problem {
    /// The festival's label.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of nights.
    #[must_use]
    pub fn night_count(&self) -> usize {
        self.follows.len()
    }

    /// Ids of the volunteers, by [`VolunteerIndex`].
    #[must_use]
    pub fn volunteer_ids(&self) -> &[String] {
        &self.volunteer_ids
    }

    /// Ids of the positions, by [`PositionIndex`].
    #[must_use]
    pub fn position_ids(&self) -> &[String] {
        &self.position_ids
    }

    /// Ids of the venue and the shift of a position.
    #[must_use]
    pub fn place_ids(&self, position: PositionIndex) -> (&str, &str) {
        let shift = self.position(position).shift as usize;
        (&self.venue_ids[self.shifts[shift].venue as usize], &self.shift_ids[shift])
    }

    /// Number of pairs of a volunteer and a position that skill, gender, availability and reach allow.
    #[must_use]
    pub fn eligible_pairs(&self) -> usize {
        self.options.len()
    }

    /// The positions that skill, gender, availability and reach allow, in order of time.
    #[must_use]
    pub fn options(&self, volunteer: VolunteerIndex) -> &[PositionIndex] {
        self.options.row(volunteer)
    }

    /// The volunteers that skill, gender, availability and reach allow.
    #[must_use]
    pub fn candidates(&self, position: PositionIndex) -> &[VolunteerIndex] {
        self.candidates.row(position)
    }

    pub(crate) fn volunteer(&self, volunteer: VolunteerIndex) -> &Volunteer {
        &self.volunteers[volunteer as usize]
    }

    pub(crate) fn position(&self, position: PositionIndex) -> &Position {
        &self.positions[position as usize]
    }

    /// The shift of a position.
    pub(crate) fn shift_of(&self, position: PositionIndex) -> &Shift {
        &self.shifts[self.positions[position as usize].shift as usize]
    }

    pub(crate) fn travel(&self, from: u32, to: u32) -> i64 {
        self.travel[from as usize * self.district_count + to as usize]
    }

    pub(crate) fn is_eligible(&self, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
        self.options(volunteer).binary_search(&position).is_ok()
    }

    /// What the seat itself costs the volunteer: the way there, and a venue that is not a preferred one.
    pub(crate) fn seat_cost(&self, volunteer: VolunteerIndex, position: PositionIndex) -> i64 {
        let (who, shift) = (self.volunteer(volunteer), self.shift_of(position));
        let away = !who.preferred.is_empty() && !who.preferred.contains(&shift.venue);
        self.weights.travel * self.travel(who.home, shift.district)
            + if away { self.weights.venue } else { 0 }
    }

    /// Whether one volunteer can never hold positions of both shifts (rule `gap`); a shift clashes with itself.
    pub(crate) fn clash(&self, a: &Shift, b: &Shift) -> bool {
        let (a, b) = if (b.start, b.end) < (a.start, a.end) { (b, a) } else { (a, b) };
        let travel = || self.travel(a.district, b.district);
        let need = if a.night != b.night {
            travel().max(self.min_rest)
        } else if a.venue == b.venue {
            0
        } else {
            travel()
        };
        b.start - a.end < need
    }
}
