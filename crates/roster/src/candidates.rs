//! Who could take a seat, ranked by what the roster would gain or lose, and why nobody else can.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    position::Position,
    shift::Shift,
    volunteer::{Skill, Volunteer},
};
use khademyar_scheduling::explain::{Explainer, Reason};
use khademyar_storage::plans::Pair;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Known, reason::EligibilityReason};

/// What a change adds to a roster's score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct ScoreChange {
    /// To the essential seats missing, weighted; below 0 is better.
    #[schema(example = -12)]
    pub essential: i64,
    /// To the cost; below 0 is better.
    #[schema(example = 35)]
    pub cost: i64,
}

impl From<khademyar_scheduling::Score> for ScoreChange {
    fn from(score: khademyar_scheduling::Score) -> Self {
        Self { essential: score.essential, cost: score.cost }
    }
}

/// Someone who could take a seat at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// What that would add to the roster's score.
    pub change: ScoreChange,
    /// The way from home, in minutes.
    pub travel_minutes: i32,
    /// How many shifts they have.
    pub shifts: u32,
    /// On how many nights.
    pub nights: u32,
    /// Whether they stand by on that night.
    pub standby: bool,
    /// When they were last asked for anything.
    pub last_asked_at: Option<DateTime<Utc>>,
}

/// Someone who cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// Every reason, not the first only.
    pub reasons: Vec<EligibilityReason>,
}

/// Everyone, as far as one seat is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    /// Who could take it: who stands by before all others, then who helps the roster most, among equals who was asked
    /// longest ago.
    pub candidates: Vec<Candidate>,
    /// Who could not: those first who have the fewest reasons.
    pub others: Vec<Excluded>,
}

/// What is asked besides the rules of a roster.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Whether there is a roster, and be it that nobody of it comes any more.
    pub is_published: bool,
    /// When each was last asked for anything.
    pub asked: HashMap<Id<Volunteer>, DateTime<Utc>>,
    /// Who said no to this position before.
    pub refused: HashSet<Id<Volunteer>>,
    /// Who stands by on the night.
    pub standbys: HashSet<Id<Volunteer>>,
}

/// What keeps everyone from a seat of a shift at this moment.
fn moment(is_published: bool, shift: &Shift, now: DateTime<Utc>) -> Vec<EligibilityReason> {
    let mut reasons = Vec::new();
    if !is_published {
        reasons.push(EligibilityReason::NotPublished);
    }
    if shift.ends_at <= now {
        reasons.push(EligibilityReason::Ended);
    } else if shift.starts_at <= now {
        reasons.push(EligibilityReason::Started);
    }
    reasons
}

/// Ranks everyone for one more seat of a position as the roster `held` stands. None for a position that is not there.
///
/// A shift that has started is no reason against those who could still come to it, so that gaps can be filled on the night.
#[must_use]
pub fn rank(
    known: &Known,
    held: &[Pair],
    position_id: Id<Position>,
    past: &Past,
    now: DateTime<Utc>,
) -> Option<Ranking> {
    let (position, index) = known.position(position_id)?;
    let shift = known.shift(position.shift_id)?;
    let plan = known.stored().plan(held);
    let explainer = Explainer::new(known.stored().problem(), &plan);
    let always: Vec<EligibilityReason> = moment(past.is_published, shift, now)
        .into_iter()
        .filter(|reason| *reason != EligibilityReason::Started)
        .collect();
    let loads = loads(known, held);
    let mut ranking = Ranking::default();
    for row in &known.set_up().volunteers {
        let Some((volunteer, who)) = known.volunteer(row.id) else { continue };
        let mut reasons: Vec<EligibilityReason> =
            explainer.reasons(who, index).into_iter().map(EligibilityReason::from).collect();
        confirm(&mut reasons, volunteer, position);
        reasons.extend(&always);
        if past.refused.contains(&row.id) {
            reasons.push(EligibilityReason::DeclinedBefore);
        }
        let forced = if reasons.is_empty() { explainer.force(who, index) } else { None };
        let Some(forced) = forced else {
            reasons.sort_unstable();
            ranking.others.push(Excluded { volunteer_id: row.id, reasons });
            continue;
        };
        let (shifts, nights) = loads.get(&row.id).copied().unwrap_or_default();
        let way = |there| known.travel_minutes(volunteer.home_district_id, there);
        ranking.candidates.push(Candidate {
            volunteer_id: row.id,
            change: forced.change.into(),
            travel_minutes: shift.district_id.and_then(way).unwrap_or_default(),
            shifts,
            nights,
            standby: past.standbys.contains(&row.id),
            last_asked_at: past.asked.get(&row.id).copied(),
        });
    }
    ranking.candidates.sort_by_key(|one| (!one.standby, one.change, one.last_asked_at, one.volunteer_id));
    ranking.others.sort_by_key(|one| (one.reasons.len(), one.volunteer_id));
    Some(ranking)
}

/// Everything that keeps a volunteer from a seat of a position; `held` is at least what they hold and who serves in the
/// shift, without what is to be given up for it.
#[must_use]
pub fn obstacles(
    known: &Known,
    held: &[Pair],
    volunteer_id: Id<Volunteer>,
    position_id: Id<Position>,
    now: DateTime<Utc>,
) -> Vec<EligibilityReason> {
    let seat = known
        .position(position_id)
        .and_then(|(position, index)| known.shift(position.shift_id).map(|shift| (position, index, shift)));
    let (Some((volunteer, who)), Some((position, index, shift))) = (known.volunteer(volunteer_id), seat)
    else {
        return vec![EligibilityReason::NotPublished];
    };
    let plan = known.stored().plan(held);
    let explainer = Explainer::new(known.stored().problem(), &plan);
    let mut reasons: Vec<EligibilityReason> =
        explainer.reasons(who, index).into_iter().map(EligibilityReason::from).collect();
    confirm(&mut reasons, volunteer, position);
    if shift.ends_at <= now {
        reasons.push(EligibilityReason::Ended);
    }
    reasons
}

/// A specialty that somebody claims is not missing: it is not confirmed.
fn confirm(reasons: &mut [EligibilityReason], volunteer: &Volunteer, position: &Position) {
    let claims = |skill: &Skill| {
        !skill.confirmed && skill.specialty_id == position.specialty_id && skill.level >= position.min_level
    };
    if volunteer.skills.iter().any(claims) {
        for reason in reasons.iter_mut().filter(|reason| **reason == EligibilityReason::SpecialtyMissing) {
            *reason = EligibilityReason::SpecialtyUnconfirmed;
        }
    }
}

/// How many shifts each has, on how many nights.
fn loads(known: &Known, held: &[Pair]) -> HashMap<Id<Volunteer>, (u32, u32)> {
    let mut nights: HashMap<Id<Volunteer>, Vec<i32>> = HashMap::new();
    for &(volunteer_id, position_id) in held {
        let position = known.position(position_id).map(|(position, _)| position);
        let shift = position.and_then(|position| known.shift(position.shift_id));
        nights.entry(volunteer_id).or_default().extend(shift.map(|shift| shift.night));
    }
    let load = |(id, mut nights): (Id<Volunteer>, Vec<i32>)| {
        let shifts = nights.len() as u32;
        nights.sort_unstable();
        nights.dedup();
        (id, (shifts, nights.len() as u32))
    };
    nights.into_iter().map(load).collect()
}

/// A seat that somebody could take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSeat {
    /// Which position.
    pub position_id: Id<Position>,
    /// What taking it would add to the roster's score.
    pub change: ScoreChange,
    /// The way from home, in minutes.
    pub travel_minutes: i32,
    /// Essential people that the position lacks.
    pub essential_missing: u32,
    /// People that the position lacks.
    pub missing: u32,
}

/// The positions that are full, which a volunteer could serve in if they were not, in order of time; `refused` are those
/// that they said no to. Nothing of shifts that have started.
#[must_use]
pub fn full_positions(
    known: &Known,
    (is_published, held): (bool, &[Pair]),
    volunteer_id: Id<Volunteer>,
    refused: &[Id<Position>],
    now: DateTime<Utc>,
) -> Vec<Id<Position>> {
    let Some((_, who)) = known.volunteer(volunteer_id) else { return Vec::new() };
    let plan = known.stored().plan(held);
    let problem = known.stored().problem();
    let explainer = Explainer::new(problem, &plan);
    let is_full = |&(position_id, index): &(Id<Position>, u32)| {
        let position = known.position(position_id).map(|(position, _)| position);
        let shift = position.and_then(|position| known.shift(position.shift_id));
        let comes = shift.is_some_and(|shift| moment(is_published, shift, now).is_empty());
        comes && !refused.contains(&position_id) && explainer.reasons(who, index) == [Reason::Full]
    };
    let options = problem.options(who).iter().map(|&index| (known.stored().position_id(index), index));
    options.filter(is_full).map(|(position_id, _)| position_id).collect()
}

/// The empty seats that a volunteer could take as the roster `held` stands, those first that help it most; `refused` are
/// the positions that they said no to. Nothing of shifts that have started.
#[must_use]
pub fn open_seats(
    known: &Known,
    (is_published, held): (bool, &[Pair]),
    volunteer_id: Id<Volunteer>,
    refused: &[Id<Position>],
    now: DateTime<Utc>,
) -> Vec<OpenSeat> {
    let Some((volunteer, who)) = known.volunteer(volunteer_id) else { return Vec::new() };
    let plan = known.stored().plan(held);
    let problem = known.stored().problem();
    let explainer = Explainer::new(problem, &plan);
    let mut filled: HashMap<Id<Position>, u32> = HashMap::new();
    for (_, position_id) in held {
        *filled.entry(*position_id).or_default() += 1;
    }
    let seat = |&index: &u32| {
        let position_id = known.stored().position_id(index);
        let (position, _) = known.position(position_id)?;
        let shift = known.shift(position.shift_id)?;
        if refused.contains(&position_id)
            || !moment(is_published, shift, now).is_empty()
            || !explainer.reasons(who, index).is_empty()
        {
            return None;
        }
        let change = explainer.force(who, index)?.change.into();
        let there = filled.get(&position_id).copied().unwrap_or_default();
        let missing = |asked: i32| u32::try_from(asked).unwrap_or_default().saturating_sub(there);
        Some(OpenSeat {
            position_id,
            change,
            travel_minutes: known
                .travel_minutes(volunteer.home_district_id, shift.district_id?)
                .unwrap_or_default(),
            essential_missing: missing(position.minimum),
            missing: missing(position.desired),
        })
    };
    // In order of time, which those that help as much keep.
    let mut seats: Vec<OpenSeat> = problem.options(who).iter().filter_map(seat).collect();
    seats.sort_by_key(|seat| seat.change);
    seats
}
