//! A plan by index.

use rustc_hash::FxHashMap;

use crate::format::{AssignmentEntry, Fault, PLAN_FORMAT, PlanFile};
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::score::Score;

/// Who serves where, without repeats; not necessarily valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    // Invariant: sorted, without repeats.
    assignments: Vec<(VolunteerIndex, PositionIndex)>,
}

impl Plan {
    /// Of indices into one problem; what is said twice is meant once.
    #[must_use]
    pub fn new(mut assignments: Vec<(VolunteerIndex, PositionIndex)>) -> Self {
        assignments.sort_unstable();
        assignments.dedup();
        Self { assignments }
    }

    /// Finds the ids of a file in the problem.
    ///
    /// # Errors
    /// A [`Fault`] for each unknown id and each repeat.
    pub fn from_file(problem: &Problem, file: &PlanFile) -> Result<Self, Vec<Fault>> {
        let index = |ids: &'_ [String]| -> FxHashMap<String, u32> {
            ids.iter().enumerate().map(|(i, id)| (id.clone(), i as u32)).collect()
        };
        let (volunteers, positions) = (index(problem.volunteer_ids()), index(problem.position_ids()));
        let mut seen = rustc_hash::FxHashSet::default();
        let (mut assignments, mut faults) = (Vec::with_capacity(file.assignments.len()), Vec::new());
        for (i, entry) in file.assignments.iter().enumerate() {
            let path = format!("$.assignments[{i}]");
            let volunteer = volunteers.get(&entry.volunteer).copied();
            let position = positions.get(&entry.position).copied();
            if volunteer.is_none() {
                let message = format!("no volunteer has the id {}", entry.volunteer);
                faults.push(Fault::new(format!("{path}.volunteer"), message));
            }
            if position.is_none() {
                let message = format!("no position has the id {}", entry.position);
                faults.push(Fault::new(format!("{path}.position"), message));
            }
            if let (Some(volunteer), Some(position)) = (volunteer, position) {
                if seen.insert((volunteer, position)) {
                    assignments.push((volunteer, position));
                } else {
                    faults.push(Fault::new(path, "repeats an assignment"));
                }
            }
        }
        if faults.is_empty() { Ok(Self::new(assignments)) } else { Err(faults) }
    }

    /// The plan's file, with what is claimed of it.
    #[must_use]
    pub fn to_file(&self, problem: &Problem, score: Option<Score>, bound: Option<Score>) -> PlanFile {
        let entry = |&(volunteer, position): &(VolunteerIndex, PositionIndex)| AssignmentEntry {
            volunteer: problem.volunteer_ids()[volunteer as usize].clone(),
            position: problem.position_ids()[position as usize].clone(),
        };
        PlanFile {
            format: PLAN_FORMAT.to_owned(),
            assignments: self.assignments.iter().map(entry).collect(),
            score,
            bound,
            changes: None,
        }
    }

    /// Sorted by volunteer, then position.
    #[must_use]
    pub fn assignments(&self) -> &[(VolunteerIndex, PositionIndex)] {
        &self.assignments
    }

    /// Whether the assignment is in the plan.
    #[must_use]
    pub fn contains(&self, volunteer: VolunteerIndex, position: PositionIndex) -> bool {
        self.assignments.binary_search(&(volunteer, position)).is_ok()
    }
}
