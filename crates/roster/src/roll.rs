//! The roll: what phones tell of who was there is taken in, in whatever order it comes.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, Standing},
    attendance::{Hours, Presence, SeenBy, Told},
    event::NewEvent,
    festival::Festival,
    volunteer::Volunteer,
};
use khademyar_storage::{
    Db, StorageError, assignments,
    attendance::{self, Place, Teller},
};

/// Something that a phone tells.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Of which assignment.
    pub assignment_id: Id<Assignment>,
    /// What.
    pub told: Told,
    /// How they knew who it was.
    pub seen_by: SeenBy,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Accepted,
    /// It counted already.
    Duplicate,
    /// It does not count, and nothing of it was kept.
    Refused(Refusal),
}

/// Why an event does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such assignment, or it is out of reach.
    Unknown,
    /// The roster does not count on the volunteer.
    NotOnRoll,
    /// The pass or the code that was shown is not theirs.
    NotTheirs(SeenBy),
    /// Another event has this id.
    IdTaken,
    /// It has yet to happen: the phone's clock is wrong.
    Future,
    /// It happened long before the shift.
    TooEarly,
    /// Meanwhile somebody else has the seat.
    Full,
    /// Meanwhile the volunteer has another seat at that time.
    Elsewhere,
}

/// What came of many events.
#[derive(Clone, Debug)]
pub struct Heard {
    /// What became of each, in their order.
    pub outcomes: Vec<Outcome>,
    /// What happened to assignments by them, to be appended.
    pub events: Vec<NewEvent>,
}

/// By how much the clock of a phone may be ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// How long before their shift people may come.
const EARLY: TimeDelta = TimeDelta::hours(6);

/// Takes in what was told of assignments, of those that are within reach. What was told of one assignment counts as a
/// whole or is refused as a whole where there is no seat for it any more. `is_theirs` says whether what was shown with the
/// event of that index is such a volunteer's.
///
/// # Errors
/// [`StorageError::Refused`] when somebody takes the seat, or the id, at the same moment.
pub async fn hear(
    db: &Db,
    festival_id: Id<Festival>,
    told: &[Telling],
    reaches: impl Fn(Place) -> bool,
    is_theirs: impl Fn(usize, Id<Volunteer>) -> bool,
    teller: Teller,
) -> Result<Heard, StorageError> {
    let ids: BTreeSet<Id<Assignment>> = told.iter().map(|telling| telling.assignment_id).collect();
    let ids: Vec<Id<Assignment>> = ids.into_iter().collect();
    let places = attendance::places(db, festival_id, &ids).await?;
    let reached: Vec<Id<Assignment>> =
        ids.into_iter().filter(|id| places.get(id).is_some_and(|place| reaches(*place))).collect();
    let standings = assignments::lock_all(db, festival_id, &reached).await?;
    let mut before = attendance::of_assignments(db, festival_id, &reached).await?;
    let event_ids = told.iter().map(|telling| telling.told.id.uuid());
    let mut known = attendance::known(db, festival_id, event_ids).await?;
    let mut outcomes = vec![Outcome::Refused(Refusal::Unknown); told.len()];
    let mut of_assignment: HashMap<Id<Assignment>, Vec<usize>> = HashMap::new();
    for (index, telling) in told.iter().enumerate() {
        of_assignment.entry(telling.assignment_id).or_default().push(index);
    }
    let mut events = Vec::new();
    for standing in &standings {
        let mut taken = Vec::new();
        for index in of_assignment.remove(&standing.id).unwrap_or_default() {
            let Telling { assignment_id, told: event, seen_by } = told[index];
            outcomes[index] = match known.get(&event.id.uuid()) {
                Some(same) if *same == (assignment_id, event) => Outcome::Duplicate,
                Some(_) => Outcome::Refused(Refusal::IdTaken),
                None if !is_theirs(index, standing.volunteer_id) => {
                    Outcome::Refused(Refusal::NotTheirs(seen_by))
                }
                None => refusal(standing, &event, teller.now).map_or(Outcome::Accepted, Outcome::Refused),
            };
            if outcomes[index] == Outcome::Accepted {
                known.insert(event.id.uuid(), (assignment_id, event));
                taken.push(index);
            }
        }
        if taken.is_empty() {
            continue;
        }
        let new: Vec<(Told, SeenBy)> =
            taken.iter().map(|&index| (told[index].told, told[index].seen_by)).collect();
        let all = before.remove(&standing.id).unwrap_or_default().into_iter();
        let all = all.chain(new.iter().map(|(event, _)| *event));
        let hours = Hours { starts_at: standing.starts_at, ends_at: standing.ends_at };
        match count(db, festival_id, standing, &Presence::of(all, hours), teller.now).await? {
            Ok(event) => {
                attendance::insert(db, festival_id, standing, &new, teller).await?;
                events.extend(event);
            }
            Err(refusal) => {
                // A repetition of what was refused was not told before either.
                let theirs = |index: &usize| told[*index].assignment_id == standing.id;
                for index in (0..told.len()).filter(theirs) {
                    let was_new = new.iter().any(|(event, _)| event.id == told[index].told.id);
                    if was_new {
                        outcomes[index] = Outcome::Refused(refusal);
                    }
                }
            }
        }
    }
    Ok(Heard { outcomes, events })
}

/// Why an event does not count, whatever else was told.
fn refusal(standing: &Standing, event: &Told, now: DateTime<Utc>) -> Option<Refusal> {
    if !standing.state.is_on_roll() {
        Some(Refusal::NotOnRoll)
    } else if event.at > now + AHEAD {
        Some(Refusal::Future)
    } else if event.saying.is_presence() && event.at < standing.starts_at - EARLY {
        Some(Refusal::TooEarly)
    } else {
        None
    }
}

/// Writes what the roll says of an assignment; what happened to it by that, or why there is no seat for it.
async fn count(
    db: &Db,
    festival_id: Id<Festival>,
    standing: &Standing,
    presence: &Presence,
    now: DateTime<Utc>,
) -> Result<Result<Option<NewEvent>, Refusal>, StorageError> {
    let Ok(change) = standing.attend(presence.state(), now) else { return Ok(Err(Refusal::NotOnRoll)) };
    if change.as_ref().is_some_and(|change| change.to.holds_seat()) && !standing.state.holds_seat() {
        let filling = assignments::filling(db, festival_id, standing.position_id).await?;
        if filling.filled >= i64::from(filling.desired) {
            return Ok(Err(Refusal::Full));
        }
        if assignments::is_elsewhere(db, festival_id, standing).await? {
            return Ok(Err(Refusal::Elsewhere));
        }
    }
    assignments::attend(db, festival_id, standing, change.as_ref(), presence, now).await?;
    Ok(Ok(change.map(|change| change.event())))
}
