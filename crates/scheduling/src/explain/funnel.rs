//! From everyone registered to who is free for a seat.

use serde::{Deserialize, Serialize};

use super::reason::{Reason, reasons};
use crate::problem::PositionIndex;
use crate::roster::Roster;

/// How many people pass each rule and all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    /// All volunteers.
    pub registered: u32,
    /// Who have the specialty.
    pub specialty: u32,
    /// At the level.
    pub level: u32,
    /// Of the gender asked for.
    pub gender: u32,
    /// Whose windows hold the shift.
    pub available: u32,
    /// Who live near enough.
    pub reach: u32,
    /// Who are not in the position already.
    pub not_assigned: u32,
    /// Who need not rest from another night, and are at no limit of nights.
    pub rested: u32,
    /// Who are doing nothing else that night that stands in the way, nor are kept apart from the crew.
    pub free: u32,
}

pub(super) fn count(roster: &Roster<'_>, position: PositionIndex) -> Funnel {
    let mut funnel = Funnel::default();
    for volunteer in 0..roster.problem.volunteers.len() as u32 {
        let reasons = reasons(roster, volunteer, position);
        let steps: [(&mut u32, &[Reason]); 9] = [
            (&mut funnel.registered, &[]),
            (&mut funnel.specialty, &[Reason::SpecialtyMissing]),
            (&mut funnel.level, &[Reason::LevelTooLow]),
            (&mut funnel.gender, &[Reason::Gender]),
            (&mut funnel.available, &[Reason::Unavailable]),
            (&mut funnel.reach, &[]),
            (&mut funnel.not_assigned, &[Reason::AlreadyAssigned]),
            (&mut funnel.rested, &[Reason::RestTooShort, Reason::NightsLimit, Reason::ConsecutiveNights]),
            (
                &mut funnel.free,
                &[Reason::Overlap, Reason::ShiftsPerNight, Reason::TravelTooLong, Reason::Apart],
            ),
        ];
        let who = roster.problem.volunteer(volunteer);
        let near = crate::rule::reach::holds(roster.problem, who, roster.problem.shift_of(position).district);
        for (step, (count, stops)) in steps.into_iter().enumerate() {
            if stops.iter().any(|stop| reasons.contains(stop)) || (step == 5 && !near) {
                break;
            }
            *count += 1;
        }
    }
    funnel
}
