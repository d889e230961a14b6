//! Seats fill up again by themselves: who waits for one is asked when one is free, and who does not answer in time makes
//! room.

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, Reason, Source},
    event::NewEvent,
    festival::Festival,
    position::Position,
};
use khademyar_storage::{
    Db, StorageError,
    assignments::{self, Placement},
    waiting,
};
use serde_json::json;
use uuid::Uuid;

use crate::{Known, candidates::obstacles};

/// How long somebody from a waiting list has to confirm, where the festival does not say.
const TO_CONFIRM: TimeDelta = TimeDelta::hours(24);

/// Offers an empty seat of a position to the first who waits for it and may have it; the event of it, to be appended.
///
/// # Errors
/// [`StorageError::Refused`] when the seat was taken at this moment.
pub async fn move_up(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Option<NewEvent>, StorageError> {
    let seat = assignments::vacancy(db, festival_id, position_id).await?;
    let arrangements = known.set_up().festival.value.arrangements;
    let until = arrangements.answer_until(now).unwrap_or(now + TO_CONFIRM).min(seat.starts_at);
    for volunteer in waiting::of_position(db, festival_id, position_id).await? {
        let held = assignments::around(db, festival_id, &[volunteer], &[seat.shift_id]).await?;
        if !obstacles(known, &held, volunteer, position_id, now).is_empty() {
            continue;
        }
        waiting::leave(db, festival_id, position_id, volunteer).await?;
        let given = seat.given(new_id().into(), volunteer, AssignmentState::Offered, Some(until));
        let source = Source::Themselves;
        let placement = Placement { shift_id: seat.shift_id, source, note: None, against: None };
        assignments::insert(db, festival_id, &given, &placement, now).await?;
        return Ok(Some(given.event(json!({"source": Source::Themselves, "waited": true}))));
    }
    Ok(None)
}

/// Takes back an offer that was not answered in time; the event of it. None where it was answered at this moment.
///
/// # Errors
/// [`StorageError`] when it cannot be written.
pub async fn lapse(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Assignment>,
    now: DateTime<Utc>,
) -> Result<Option<NewEvent>, StorageError> {
    let standing = assignments::lock(db, festival_id, id).await?;
    let late = standing.answer_until.is_some_and(|until| until <= now);
    if standing.state != AssignmentState::Offered || !late {
        return Ok(None);
    }
    match standing.cancel(Reason::Unanswered, now) {
        Ok(change) => {
            assignments::save(db, festival_id, &change).await?;
            Ok(Some(change.event()))
        }
        Err(_) => Ok(None),
    }
}
