//! The relaxation's data: every volunteer's nights laid out for the dynamic programme, and the pairs that couple them.
//!
//! Each amount is at most what the score says it is (amounts beyond [`MOST_AMOUNT`] are cut), and no roster that a rule
//! allows is missing: so what is computed on it stays below the truth.

mod fate;
mod layout;

pub(super) use fate::{Decision, Fate};

use crate::problem::Problem;

/// A person's limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) max_nights: u32,
    pub(super) max_run: u32,
    /// Shifts on one night; never more than the fullest night offers.
    pub(super) max_shifts: u32,
    pub(super) min_shifts: u32,
    pub(super) first_link: u32,
}

/// Seats of one shift that cost a person the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) cost: i64,
    /// Where its positions begin in the volunteer's options; they end where the next entry's begin.
    pub(super) first: u32,
    pub(super) shift: u32,
    /// The venue among the person's venues.
    pub(super) bit: u8,
    /// A locked assignment: part of every roster.
    pub(super) required: bool,
}

/// One multiplier of one person: "serves on this night", or "serves at this venue on this night".
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) night: u32,
    pub(super) bit: u8,
    pub(super) venue: u32,
}

impl Link {
    /// Stands for any venue.
    pub(super) const ANY: u32 = u32::MAX;

    /// Whether serving there makes the event happen.
    pub(super) fn is_at(&self, place: Place) -> bool {
        place.night == self.night && (self.venue == Self::ANY || self.venue == place.venue)
    }
}

/// Two companions on one night on which both could serve.
#[derive(Clone, Debug)]
pub(super) struct Coupling {
    pub(super) sides: [Side; 2],
    /// Venues open to both.
    pub(super) common: u32,
    /// Cost when they do not serve together.
    pub(super) cost: i64,
}

/// One person in a coupling; its links are "serves" and then one for each common venue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) first_link: u32,
    /// Whether the person could serve at a venue that is not common.
    pub(super) elsewhere: bool,
    pub(super) max_shifts: u32,
}

/// Where and when a position is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) night: u32,
    pub(super) venue: u32,
}

/// The laid-out problem.
#[derive(Clone)]
pub(super) struct Model<'a> {
    pub(super) problem: &'a Problem,
    pub(super) nights: usize,
    pub(super) follows: Vec<bool>,
    /// Longest run of nights on consecutive dates.
    pub(super) longest_run: usize,
    pub(super) continuity: i64,
    pub(super) fairness: i64,
    pub(super) idle: i64,
    /// Costs that no choice changes.
    pub(super) constant: i128,
    /// Volunteers in the order they are re-planned: shuffled, so that a block of them is a fair sample.
    pub(super) order: Vec<u32>,
    pub(super) people: Vec<Person>,
    pub(super) places: Vec<Place>,
    pub(super) off_cost: Vec<i64>,
    pub(super) serve_cost: Vec<i64>,
    pub(super) couplings: Vec<Coupling>,
    entries: Vec<Entry>,
    entry_first: Vec<u32>,
    links: Vec<Link>,
    /// By option of the problem: what a branch of the search has decided. Empty at the root.
    fates: Vec<Fate>,
    /// Amounts are scaled by `1 << bits`: fine enough for prices, small enough for sums.
    pub(super) bits: u32,
    /// Typical amounts, to measure steps by.
    pub(super) size: Size,
}

/// Typical amounts of a position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) essential: f64,
    pub(super) cost: f64,
}

impl Size {
    /// What a unit of essential is worth to begin with: more than a seat costs.
    pub(super) fn essential_price(self) -> f64 {
        self.cost * 6.0
    }
}

impl<'a> Model<'a> {
    /// By volunteer: which person that is.
    pub(super) fn people_by_volunteer(&self) -> Vec<u32> {
        let mut people = vec![0; self.order.len()];
        for (person, &volunteer) in (0..).zip(&self.order) {
            people[volunteer as usize] = person;
        }
        people
    }

    /// What the least of the essential seats is worth; 0 where none is.
    pub(super) fn least_essential(&self) -> i64 {
        let worths = self.problem.positions.iter().map(|position| position.essential_worth);
        worths.filter(|&worth| worth > 0).min().unwrap_or(0)
    }

    /// What one more shift adds to so many of a person, in fairness and idle; it grows with the number, for both are convex.
    pub(super) fn increment(&self, person: usize, shifts: usize) -> i64 {
        let idle = if shifts < self.people[person].min_shifts as usize { self.idle } else { 0 };
        self.fairness * (2 * shifts as i64 + 1) - idle
    }

    /// Entries of a person on a night, as indices.
    pub(super) fn entries_of(&self, person: usize, night: usize) -> std::ops::Range<usize> {
        let at = person * self.nights + night;
        self.entry_first[at] as usize..self.entry_first[at + 1] as usize
    }

    /// All entries of a person.
    pub(super) fn entries_of_all(&self, person: usize) -> std::ops::Range<usize> {
        self.entry_first[person * self.nights] as usize..self.entry_first[(person + 1) * self.nights] as usize
    }

    /// Where the options of an entry end; see [`Entry::first`].
    pub(super) fn entry_end(&self, person: usize, index: usize) -> usize {
        let last = self.entries_of_all(person).end == index + 1;
        if last { self.options(person).len() } else { self.entries[index + 1].first as usize }
    }

    /// The entry, of those, that an option of their person belongs to.
    pub(super) fn entry_of(&self, entries: std::ops::Range<usize>, option: usize) -> usize {
        let before = self.entries[entries.clone()].partition_point(|entry| entry.first as usize <= option);
        entries.start + before - 1
    }

    pub(super) fn entry(&self, index: usize) -> &Entry {
        &self.entries[index]
    }

    /// The options of a person, which [`Entry::first`] points into.
    pub(super) fn options(&self, person: usize) -> &'a [u32] {
        self.problem.options(self.order[person])
    }

    pub(super) fn links_of(&self, person: usize) -> &[Link] {
        let first = self.people[person].first_link as usize;
        let end = self.people.get(person + 1).map_or(self.links.len(), |next| next.first_link as usize);
        &self.links[first..end]
    }

    pub(super) fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Whether one person can serve on both shifts of one night.
    pub(super) fn same_night_gap(&self, a: u32, b: u32) -> bool {
        !self.problem.clash(&self.problem.shifts[a as usize], &self.problem.shifts[b as usize])
    }
}

/// A well-mixed 64-bit number (the finaliser of `SplitMix64`, Steele, Lea & Flood 2014).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
