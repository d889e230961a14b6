//! What it would take to put someone into a position.

use crate::problem::{PositionIndex, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;

/// A volunteer put into a position, and nothing else changed but what that makes impossible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Assignments that would have to go, sorted.
    pub given_up: Vec<(VolunteerIndex, PositionIndex)>,
    /// What the score changes by; below zero is better than now.
    pub change: Score,
}

/// The volunteer gives up what clashes; where limits leave a choice, what costs least, one after the other; of a full
/// position the occupant leaves who is missed least. `None` if it can't be.
pub(super) fn force(
    roster: &Roster<'_>,
    volunteer: VolunteerIndex,
    position: PositionIndex,
) -> Option<Forced> {
    let problem = roster.problem;
    let locked = |v: u32, p: u32| problem.locked.binary_search(&(v, p)).is_ok();
    if !problem.is_eligible(volunteer, position) || roster.held(volunteer).contains(&position) {
        return None;
    }
    let (shift, asked) = (problem.shift_of(position), problem.position(position));
    let mut given_up = Vec::new();
    let mut trial = Trial::default();
    for &held in roster.held(volunteer).iter().filter(|&&held| problem.clash(problem.shift_of(held), shift)) {
        given_up.push((volunteer, held));
    }
    for &other in &problem.volunteer(volunteer).apart {
        let mut theirs =
            roster.held(other).iter().filter(|&&held| problem.position(held).shift == asked.shift);
        given_up.extend(theirs.next().map(|&held| (other, held)));
    }
    for &(v, p) in &given_up {
        trial.remove(roster, v, p);
    }
    let clashing = given_up.len();
    while !trial.fits(roster, volunteer, position) {
        let choices = trial.held(roster, volunteer).to_vec();
        let (_, held) =
            choices.into_iter().map(|held| (loss(roster, &given_up, (volunteer, held)), held)).min()?;
        given_up.push((volunteer, held));
        trial.remove(roster, volunteer, held);
    }
    // What went before the rest was known may not have had to.
    for i in (clashing..given_up.len()).rev() {
        let (_, held) = given_up[i];
        if fits_back(&mut trial, roster, volunteer, held, position) {
            given_up.remove(i);
        }
    }
    if trial.filled(roster, position) >= asked.desired {
        let occupants = roster.crew(position).iter().filter(|&&occupant| !locked(occupant, position));
        let (_, occupant) = occupants.map(|&v| (loss(roster, &given_up, (v, position)), v)).min()?;
        given_up.push((occupant, position));
        trial.remove(roster, occupant, position);
    }
    if given_up.iter().any(|&(v, p)| locked(v, p)) {
        return None;
    }
    trial.insert(roster, volunteer, position);
    given_up.sort_unstable();
    Some(Forced { given_up, change: trial.weigh(roster) })
}

/// Takes an assignment back if the volunteer can still take the position beside it.
fn fits_back(trial: &mut Trial, roster: &Roster<'_>, volunteer: u32, held: u32, position: u32) -> bool {
    trial.insert(roster, volunteer, held);
    let fits = trial.fits(roster, volunteer, position);
    if !fits {
        trial.remove(roster, volunteer, held);
    }
    fits
}

/// What the score loses when one more assignment is given up.
fn loss(roster: &Roster<'_>, given_up: &[(u32, u32)], more: (u32, u32)) -> Score {
    let mut trial = Trial::default();
    for &(volunteer, position) in given_up.iter().chain([&more]) {
        trial.remove(roster, volunteer, position);
    }
    trial.weigh(roster)
}
