//! Every reason that rules a volunteer out of a position.

use serde::{Deserialize, Serialize};

use crate::problem::{PositionIndex, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::rule::{availability, gender, nights, reach, skill};

/// Why a volunteer can't take a position. The first five hold whatever the plan; the others as the plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They have not the specialty.
    SpecialtyMissing,
    /// They have the specialty, at a lower level.
    LevelTooLow,
    /// The position asks for the other gender.
    Gender,
    /// The shift lies outside their windows.
    Unavailable,
    /// It is further from home than they go, or too far from their other shift of the night.
    TravelTooLong,
    /// They have another shift at that time.
    Overlap,
    /// They would rest too little between two nights.
    RestTooShort,
    /// They have as many shifts that night as they take.
    ShiftsPerNight,
    /// They serve on as many nights as they take.
    NightsLimit,
    /// They would serve on too many consecutive nights.
    ConsecutiveNights,
    /// Someone they must be kept apart from is on the shift.
    Apart,
    /// The position has all the people it desires.
    Full,
    /// They hold it already.
    AlreadyAssigned,
}

pub(super) fn reasons(
    roster: &Roster<'_>,
    volunteer: VolunteerIndex,
    position: PositionIndex,
) -> Vec<Reason> {
    let problem = roster.problem;
    let (who, asked, shift) =
        (problem.volunteer(volunteer), problem.position(position), problem.shift_of(position));
    let mut reasons = Vec::new();
    let level = skill::level(who, asked);
    if level == 0 {
        reasons.push(Reason::SpecialtyMissing);
    } else if !skill::enough(level, asked) {
        reasons.push(Reason::LevelTooLow);
    }
    if !gender::holds(who, asked) {
        reasons.push(Reason::Gender);
    }
    if !availability::holds(who, shift) {
        reasons.push(Reason::Unavailable);
    }
    if !reach::holds(problem, who, shift.district) {
        reasons.push(Reason::TravelTooLong);
    }
    if roster.held(volunteer).contains(&position) {
        reasons.push(Reason::AlreadyAssigned);
        return reasons;
    }
    for &held in roster.held(volunteer) {
        let other = problem.shift_of(held);
        if problem.clash(other, shift) {
            reasons.push(if other.start < shift.end && shift.start < other.end {
                Reason::Overlap
            } else if other.night == shift.night {
                Reason::TravelTooLong
            } else {
                Reason::RestTooShort
            });
        }
    }
    let mut on: Vec<u32> = roster.held(volunteer).iter().map(|&held| problem.shift_of(held).night).collect();
    on.push(shift.night);
    on.sort_unstable();
    let broken = nights::broken(who, &problem.follows, on.into_iter());
    let limits = [
        (broken.shifts_per_night, Reason::ShiftsPerNight),
        (broken.nights, Reason::NightsLimit),
        (broken.consecutive, Reason::ConsecutiveNights),
        (!Trial::default().is_apart(roster, volunteer, position), Reason::Apart),
        (roster.filled(position) >= asked.desired, Reason::Full),
    ];
    reasons.extend(limits.into_iter().filter(|limit| limit.0).map(|limit| limit.1));
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}
