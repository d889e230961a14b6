//! A festival's set-up with what the engine makes of it: worth keeping as long as the set-up stands.

use std::collections::HashMap;

use khademyar_domain::{
    Id, Stored, district::District, position::Position, set_up::SetUp, shift::Shift, volunteer::Volunteer,
};
use khademyar_scheduling::{Fault, PositionIndex, VolunteerIndex};

use crate::StoredProblem;

/// A set-up and its problem, with the ways from ids to both.
#[derive(Clone, Debug)]
pub struct Known {
    set_up: SetUp,
    stored: StoredProblem,
    /// Where a volunteer stands in the set-up, and in the problem.
    volunteers: HashMap<Id<Volunteer>, (usize, VolunteerIndex)>,
    /// Where a position stands in the set-up, and in the problem.
    positions: HashMap<Id<Position>, (usize, PositionIndex)>,
    shifts: HashMap<Id<Shift>, usize>,
    districts: HashMap<Id<District>, usize>,
}

impl Known {
    /// Pins that contradict each other keep a festival from being solved, not from being explained: they are left out.
    ///
    /// # Errors
    /// Every [`Fault`] that keeps the festival from being understood.
    pub fn new(mut set_up: SetUp) -> Result<Self, Vec<Fault>> {
        let stored = StoredProblem::new(&set_up, &[]).or_else(|_| {
            set_up.pins.clear();
            StoredProblem::new(&set_up, &[])
        })?;
        let (volunteers, positions) = (stored.volunteer_indices(), stored.position_indices());
        Ok(Self {
            volunteers: places(&set_up.volunteers, &volunteers),
            positions: places(&set_up.positions, &positions),
            shifts: set_up.shifts.iter().enumerate().map(|(k, row)| (row.id, k)).collect(),
            districts: set_up.travel.districts.iter().enumerate().map(|(k, &id)| (id, k)).collect(),
            set_up,
            stored,
        })
    }

    /// All of the set-up.
    pub fn set_up(&self) -> &SetUp {
        &self.set_up
    }

    /// What the engine makes of it.
    pub fn stored(&self) -> &StoredProblem {
        &self.stored
    }

    /// A volunteer, and what the engine calls them.
    pub fn volunteer(&self, id: Id<Volunteer>) -> Option<(&Volunteer, VolunteerIndex)> {
        let &(place, index) = self.volunteers.get(&id)?;
        Some((&self.set_up.volunteers[place].value, index))
    }

    /// A position, and what the engine calls it.
    pub fn position(&self, id: Id<Position>) -> Option<(&Position, PositionIndex)> {
        let &(place, index) = self.positions.get(&id)?;
        Some((&self.set_up.positions[place].value, index))
    }

    /// A shift.
    pub fn shift(&self, id: Id<Shift>) -> Option<&Shift> {
        self.shifts.get(&id).map(|&place| &self.set_up.shifts[place].value)
    }

    /// The minutes between two districts.
    pub fn travel_minutes(&self, from: Id<District>, to: Id<District>) -> Option<i32> {
        let row = self.set_up.travel.minutes.get(*self.districts.get(&from)?)?;
        row.get(*self.districts.get(&to)?).copied()
    }
}

fn places<T>(rows: &[Stored<T>], indices: &HashMap<Id<T>, u32>) -> HashMap<Id<T>, (usize, u32)> {
    let place = |(place, row): (usize, &Stored<T>)| Some((row.id, (place, *indices.get(&row.id)?)));
    rows.iter().enumerate().filter_map(place).collect()
}
