//! Seats change hands: a request is made, people are asked in turn, the first yes wins, a coordinator approves where the
//! festival asks for that. Each function runs in the caller's transaction and gives the events that are to be appended to it.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{AssignmentState, ChangeError, Reason, Source, Standing},
    cover::{AskState, Cover, CoverChange, CoverError, CoverState},
    event::{EventKind, NewEvent},
    festival::Festival,
    volunteer::Volunteer,
};
use khademyar_storage::{
    Db, StorageError,
    assignments::{self, Placement, Vacancy},
    covers::{self, Waves},
};
use serde_json::json;
use thiserror::Error;
use uuid::Uuid;

use crate::{Known, candidates::obstacles, reason::EligibilityReason};

/// Why a seat does not change hands; nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The request does not allow it.
    #[error(transparent)]
    Cover(#[from] CoverError),
    /// An assignment does not allow it.
    #[error(transparent)]
    Assignment(#[from] ChangeError),
    /// A rule of the roster would be broken.
    #[error("{0} may not take the seat: {1:?}")]
    Ineligible(Id<Volunteer>, Vec<EligibilityReason>),
    /// The database could not do it.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Writes a request down and asks those whose turn is first.
///
/// # Errors
/// [`Error::Storage`]: refused by the rule `covers_assignment_id` when the same seat is offered to be taken over already.
pub async fn open(
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    waves: Waves,
    asks: &[Id<Volunteer>],
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, Error> {
    covers::insert(db, festival_id, cover, waves, now).await?;
    covers::insert_asks(db, festival_id, cover.id, asks).await?;
    let mut events = vec![cover.event(EventKind::CoverOpened, None)];
    events.append(&mut ask_next(db, festival_id, cover, now).await?);
    Ok(events)
}

async fn ask_next(
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, Error> {
    let asked = covers::ask_next(db, festival_id, cover.id, now).await?;
    Ok(asked.into_iter().map(|volunteer| cover.event(EventKind::CoverAsked, Some(volunteer))).collect())
}

/// Somebody who is asked says yes. None: they said so already, and it holds.
///
/// # Errors
/// [`Error`] when somebody else was faster, it is not their turn, or they may not have the seat as the roster stands.
pub async fn take(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    cover: &Cover,
    volunteer: Id<Volunteer>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Option<(Cover, Vec<NewEvent>)>, Error> {
    // A coordinator who asks for an empty seat has approved already.
    let approval = known.set_up().festival.value.arrangements.approve_covers && cover.asker.is_some();
    let ask = covers::ask_of(db, festival_id, cover.id, volunteer).await?;
    let Some(change) = cover.take(volunteer, ask, approval, now)? else { return Ok(None) };
    covers::answer(db, festival_id, cover.id, volunteer, AskState::Yes, now).await?;
    let mut events = end(db, festival_id, &change).await?;
    let after = change.after();
    if after.state == CoverState::Approved {
        events.append(&mut hand_over(db, known, festival_id, &after, now, new_id).await?);
    } else {
        may_take(db, known, festival_id, &after, now).await?;
    }
    Ok(Some((after, events)))
}

/// Somebody who is asked says no; where nobody is left to wait for, the next are asked at once.
///
/// # Errors
/// [`CoverError`] when they are not asked.
pub async fn refuse(
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    volunteer: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, Error> {
    match covers::ask_of(db, festival_id, cover.id, volunteer).await? {
        Some(AskState::Asked) if cover.state == CoverState::Open => {}
        Some(AskState::No | AskState::Told) => return Ok(Vec::new()),
        Some(AskState::Asked | AskState::Yes) => return Err(CoverError::Over(cover.state).into()),
        Some(AskState::Waiting) | None => return Err(CoverError::NotAsked.into()),
    }
    covers::answer(db, festival_id, cover.id, volunteer, AskState::No, now).await?;
    if covers::asked(db, festival_id, cover.id).await? == 0 {
        return ask_next(db, festival_id, cover, now).await;
    }
    Ok(Vec::new())
}

/// A coordinator approves of who said yes. None: that was done.
///
/// # Errors
/// [`Error`] when nobody waits for it, or the roster changed so that they may not have the seat any more.
pub async fn approve(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    cover: &Cover,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Option<(Cover, Vec<NewEvent>)>, Error> {
    let Some(change) = cover.approve(now)? else { return Ok(None) };
    let mut events = end(db, festival_id, &change).await?;
    let after = change.after();
    events.append(&mut hand_over(db, known, festival_id, &after, now, new_id).await?);
    Ok(Some((after, events)))
}

/// Writes a change after which nobody is asked any more, and tells those who were.
///
/// # Errors
/// [`StorageError::Stale`] when someone else was faster.
pub async fn end(db: &Db, festival_id: Id<Festival>, change: &CoverChange) -> Result<Vec<NewEvent>, Error> {
    covers::save(db, festival_id, change).await?;
    let after = change.after();
    let mut events = change.events();
    let taker = after.taken_by.filter(|_| matches!(change.to, CoverState::Approved | CoverState::Declined));
    events.extend(taker.map(|taker| {
        let kind = if change.to == CoverState::Approved {
            EventKind::CoverApproved
        } else {
            EventKind::CoverDeclined
        };
        after.event(kind, Some(taker))
    }));
    let told = covers::close(db, festival_id, after.id).await?;
    events.extend(told.into_iter().map(|volunteer| after.event(EventKind::CoverClosed, Some(volunteer))));
    Ok(events)
}

/// What is due of a request: the next are asked, or it expires. Nothing where somebody else saw to it.
///
/// # Errors
/// [`Error::Storage`].
pub async fn tend(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, Error> {
    let cover = covers::lock(db, festival_id, id).await?;
    if cover.starts_at <= now {
        return match cover.expire(now) {
            Ok(change) => end(db, festival_id, &change).await,
            Err(_) => Ok(Vec::new()),
        };
    }
    if cover.state == CoverState::Open && covers::is_due(db, festival_id, id, now).await? {
        return ask_next(db, festival_id, &cover, now).await;
    }
    Ok(Vec::new())
}

/// Whether the seats may change hands by the rules of the roster as it stands, if `cover.taken_by` took it.
///
/// # Errors
/// [`Error::Ineligible`] with every reason why not.
pub async fn check(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    cover: &Cover,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    may_take(db, known, festival_id, cover, now).await.map(|_| ())
}

/// What changes hands: the seat, and the one that is given in return, where it is a swap.
struct Hands {
    taker: Id<Volunteer>,
    seat: Vacancy,
    /// Who leaves the seat, where somebody does.
    leaver: Option<Standing>,
    /// The seat in return, and the taker's assignment there.
    back: Option<(Vacancy, Standing)>,
}

async fn hands(db: &Db, festival_id: Id<Festival>, cover: &Cover) -> Result<Hands, Error> {
    let taker = cover.taken_by.ok_or(CoverError::NotAsked)?;
    // Always the smaller id first, so that two who swap at once never wait for each other.
    let mut ids: Vec<_> = cover.asker.map(|(_, id)| id).into_iter().chain(cover.in_return).collect();
    ids.sort_unstable();
    let mut standings = Vec::new();
    for id in ids {
        standings.push(assignments::lock(db, festival_id, id).await?);
    }
    let find = |id| standings.iter().find(|standing| standing.id == id).cloned();
    let back = match cover.in_return.and_then(find) {
        Some(theirs) => Some((assignments::vacancy(db, festival_id, theirs.position_id).await?, theirs)),
        None => None,
    };
    Ok(Hands {
        taker,
        seat: assignments::vacancy(db, festival_id, cover.position_id).await?,
        leaver: cover.asker.and_then(|(_, id)| find(id)),
        back,
    })
}

async fn may_take(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    cover: &Cover,
    now: DateTime<Utc>,
) -> Result<Hands, Error> {
    let hands = hands(db, festival_id, cover).await?;
    let asker = cover.asker.map(|(asker, _)| asker);
    let people: Vec<_> = asker.into_iter().chain([hands.taker]).collect();
    let shifts: Vec<_> = std::iter::once(hands.seat.shift_id)
        .chain(hands.back.as_ref().map(|(seat, _)| seat.shift_id))
        .collect();
    let mut held = assignments::around(db, festival_id, &people, &shifts).await?;
    let leaves = |standing: &Standing| (standing.volunteer_id, standing.position_id);
    let gone: Vec<_> =
        hands.leaver.iter().chain(hands.back.as_ref().map(|(_, theirs)| theirs)).map(leaves).collect();
    held.retain(|pair| !gone.contains(pair));
    let reasons = obstacles(known, &held, hands.taker, cover.position_id, now);
    if !reasons.is_empty() {
        return Err(Error::Ineligible(hands.taker, reasons));
    }
    if let (Some(asker), Some((seat, _))) = (asker, &hands.back) {
        held.push((hands.taker, cover.position_id));
        let reasons = obstacles(known, &held, asker, seat.position_id, now);
        if !reasons.is_empty() {
            return Err(Error::Ineligible(asker, reasons));
        }
    }
    Ok(hands)
}

/// The seat changes hands.
async fn hand_over(
    db: &Db,
    known: &Known,
    festival_id: Id<Festival>,
    cover: &Cover,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Vec<NewEvent>, Error> {
    let hands = may_take(db, known, festival_id, cover, now).await?;
    let swap = cover.in_return.is_some();
    let (reason, source) =
        if swap { (Reason::Swapped, Source::Swap) } else { (Reason::Covered, Source::Themselves) };
    let mut events = Vec::new();
    // Seats are left before they are taken: the rules of the database hold at every step.
    for leaving in hands.leaver.iter().chain(hands.back.as_ref().map(|(_, theirs)| theirs)) {
        // Whoever asked for a cover may have withdrawn meanwhile.
        if swap || leaving.state.holds_seat() {
            let change = leaving.replace(reason, now)?;
            assignments::save(db, festival_id, &change).await?;
            events.push(change.event());
        }
    }
    let asker = cover.asker.map(|(asker, _)| asker);
    let back = asker.zip(hands.back.as_ref().map(|(seat, _)| *seat));
    for (volunteer, seat) in std::iter::once((hands.taker, hands.seat)).chain(back) {
        let given = seat.given(new_id().into(), volunteer, AssignmentState::Accepted, None);
        let placement = Placement { shift_id: seat.shift_id, source, note: None, against: None };
        assignments::insert(db, festival_id, &given, &placement, now).await?;
        events.push(given.event(json!({"source": source, "cover_id": cover.id})));
    }
    Ok(events)
}
