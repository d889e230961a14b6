//! A stored festival's problem, with the ids of its rows.

use std::collections::HashMap;

use khademyar_domain::{Id, position::Position, set_up::SetUp, volunteer::Volunteer};
use khademyar_scheduling::{Fault, Plan, PositionIndex, Problem, VolunteerIndex};
use khademyar_storage::plans::Pair;

use crate::problem;

/// A festival as the engine sees it, and which rows its indices stand for.
#[derive(Clone, Debug)]
pub struct StoredProblem {
    problem: Problem,
    /// By the engine's index.
    volunteers: Vec<Id<Volunteer>>,
    /// By the engine's index.
    positions: Vec<Id<Position>>,
}

impl StoredProblem {
    /// Of a set-up, and of who is asked to serve where already.
    ///
    /// # Errors
    /// Every [`Fault`] that keeps the festival from being rostered, such as pins that cannot stand together.
    pub fn new(set_up: &SetUp, published: &[Pair]) -> Result<Self, Vec<Fault>> {
        let problem = Problem::new(&problem::file(set_up, published))?;
        let volunteers: HashMap<&str, Id<Volunteer>> =
            set_up.volunteers.iter().map(|row| (row.value.code.as_str(), row.id)).collect();
        let positions: HashMap<&str, Id<Position>> =
            set_up.positions.iter().map(|row| (row.value.code.as_str(), row.id)).collect();
        Ok(Self {
            volunteers: problem.volunteer_ids().iter().map(|code| volunteers[code.as_str()]).collect(),
            positions: problem.position_ids().iter().map(|code| positions[code.as_str()]).collect(),
            problem,
        })
    }

    /// The festival as the engine sees it.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// A plan of the engine, by the ids of the rows.
    pub fn pairs(&self, plan: &Plan) -> Vec<Pair> {
        let ids = |&(volunteer, position): &(u32, u32)| {
            (self.volunteers[volunteer as usize], self.positions[position as usize])
        };
        plan.assignments().iter().map(ids).collect()
    }

    /// Who holds which position, as the engine sees it; pairs that are not in the festival are left out.
    pub fn plan(&self, pairs: &[Pair]) -> Plan {
        let volunteers = self.volunteer_indices();
        let positions = self.position_indices();
        let indices =
            |(volunteer, position): &Pair| Some((*volunteers.get(volunteer)?, *positions.get(position)?));
        Plan::new(pairs.iter().filter_map(indices).collect())
    }

    /// The row of a volunteer.
    pub fn volunteer_id(&self, index: VolunteerIndex) -> Id<Volunteer> {
        self.volunteers[index as usize]
    }

    /// The row of a position.
    pub fn position_id(&self, index: PositionIndex) -> Id<Position> {
        self.positions[index as usize]
    }

    /// The engine's index of each volunteer.
    pub fn volunteer_indices(&self) -> HashMap<Id<Volunteer>, VolunteerIndex> {
        indices(&self.volunteers)
    }

    /// The engine's index of each position.
    pub fn position_indices(&self) -> HashMap<Id<Position>, PositionIndex> {
        indices(&self.positions)
    }
}

fn indices<T>(ids: &[Id<T>]) -> HashMap<Id<T>, u32> {
    ids.iter().copied().zip(0..).collect()
}
