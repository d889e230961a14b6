//! Seats given and taken away by hand: what a rule says against it, and what the roster gains or loses.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{AssignmentState, ChangeError, Reason, Source, Standing},
    event::NewEvent,
    festival::Festival,
    position::Position,
    volunteer::Volunteer,
};
use khademyar_scheduling::explain::Explainer;
use khademyar_storage::{
    Db, StorageError,
    assignments::{self, Placement},
    plans::Pair,
};
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

use crate::{
    Known,
    candidates::{ScoreChange, obstacles},
    reason::EligibilityReason,
};

/// Why a seat is not given; nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// Rules are against it, and it was not forced; or no force is strong enough.
    #[error("rules are against it: {0:?}")]
    Against(Vec<EligibilityReason>),
    /// The assignment that would be left does not allow it.
    #[error(transparent)]
    Assignment(#[from] ChangeError),
    /// The database could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A seat that somebody is to have.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// Where.
    pub position_id: Id<Position>,
    /// Why, where the rules are against it and it is to be all the same.
    pub note: Option<&'a str>,
}

/// What came of it, or would.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The new assignment.
    pub standing: Standing,
    /// The rules that were overridden.
    pub against: Vec<EligibilityReason>,
    /// What it adds to the roster's score; none where rules are against it, for then there is no score.
    pub change: Option<ScoreChange>,
    /// What happened, to be appended.
    pub events: Vec<NewEvent>,
}

/// What nobody can force, for the database itself forbids it, or it is past.
fn is_absolute(reason: EligibilityReason) -> bool {
    matches!(
        reason,
        EligibilityReason::Overlap
            | EligibilityReason::Full
            | EligibilityReason::AlreadyAssigned
            | EligibilityReason::Ended
            | EligibilityReason::NotPublished
    )
}

/// Gives a seat to a volunteer, in the place of `instead`, which they leave, where there is one.
///
/// # Errors
/// [`Error::Against`] with every rule that is against it, unless it is forced with a note and can be.
pub async fn place(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    wanted: Wanted<'_>,
    instead: Option<&Standing>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Placed, Error> {
    let Wanted { volunteer_id, position_id, note } = wanted;
    let seat = assignments::vacancy(db, festival_id, position_id).await?;
    let mut held = assignments::pairs(db, festival_id).await?;
    let mut change = ScoreChange::default();
    let mut events = Vec::new();
    if let Some(left) = instead {
        let leaving = left.cancel(Reason::Moved, now)?;
        change = worth(known, &held, (left.volunteer_id, left.position_id));
        held.retain(|pair| *pair != (left.volunteer_id, left.position_id));
        assignments::save(db, festival_id, &leaving).await?;
        events.push(leaving.event());
    }
    let against = obstacles(known, &held, volunteer_id, position_id, now);
    let forced = note.is_some() && !against.iter().any(|reason| is_absolute(*reason));
    if !against.is_empty() && !forced {
        return Err(Error::Against(against));
    }
    let gain = if against.is_empty() { gain(known, &held, (volunteer_id, position_id)) } else { None };
    let until = known.set_up().festival.value.arrangements.answer_until(now);
    let standing = seat.given(new_id().into(), volunteer_id, AssignmentState::Offered, until);
    let placement = Placement {
        shift_id: seat.shift_id,
        source: Source::Coordinator,
        note: note.filter(|_| !against.is_empty()),
        against: (!against.is_empty()).then(|| json!(against)),
    };
    assignments::insert(db, festival_id, &standing, &placement, now).await?;
    let moved_from = instead.map(|left| left.id);
    events.push(standing.event(json!({"source": Source::Coordinator, "moved_from": moved_from})));
    let change = gain.map(|gain| ScoreChange {
        essential: change.essential + gain.essential,
        cost: change.cost + gain.cost,
    });
    Ok(Placed { standing, against, change, events })
}

/// What the roster's score changes by if an assignment goes.
#[must_use]
pub fn worth(known: &Known, held: &[Pair], pair: Pair) -> ScoreChange {
    let indices = known.volunteer(pair.0).zip(known.position(pair.1));
    let Some(((_, who), (_, position))) = indices else { return ScoreChange::default() };
    let plan = known.stored().plan(held);
    let worth = Explainer::new(known.stored().problem(), &plan).worth(who, position);
    worth.map(ScoreChange::from).unwrap_or_default()
}

fn gain(known: &Known, held: &[Pair], pair: Pair) -> Option<ScoreChange> {
    let ((_, who), (_, position)) = known.volunteer(pair.0).zip(known.position(pair.1))?;
    let plan = known.stored().plan(held);
    let forced = Explainer::new(known.stored().problem(), &plan).force(who, position)?;
    Some(forced.change.into())
}
