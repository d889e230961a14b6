//! What happens to a published roster, as it happens: to coordinators with who could fill a seat that was left, and to
//! volunteers what concerns themselves.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{self, KeepAlive, Sse},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::{Stream, stream};
use khademyar_domain::{
    Id,
    event::{Event, EventKind},
    festival::Festival,
    rights::{Action, Scope},
    shift::Shift,
};
use khademyar_storage::{
    assignments::{self, Filling},
    rolls,
};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking,
    contract::{Own, Querying},
    error::ApiError,
    extract::{At, InFestival, LastEventId, RosterReader},
    handlers::{
        candidates::{CandidateBody, Seat, candidate_bodies},
        rolls::shift_within,
    },
    live::{Follower, Whose},
    own_part::OwnPart,
    state::AppState,
};

/// How long nothing is said before a comment says that the stream lives.
const SILENCE: Duration = Duration::from_secs(15);
/// How many candidates are told of with a seat that was left.
const CANDIDATES: usize = 10;
/// How old a gap may be for its candidates to be told with it.
const NEWS: TimeDelta = TimeDelta::minutes(10);

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HappeningBody {
    /// Its number in the festival, in the order of what was committed; the event's id.
    number: i64,
    /// What.
    kind: EventKind,
    /// When.
    at: DateTime<Utc>,
    /// In which district.
    #[serde(skip_serializing_if = "Option::is_none")]
    district_id: Option<Uuid>,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    volunteer_id: Option<Uuid>,
    /// To which assignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_id: Option<Uuid>,
    /// The version that the assignment has since.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_version: Option<i64>,
    /// In which position.
    #[serde(skip_serializing_if = "Option::is_none")]
    position_id: Option<Uuid>,
    /// What else there is to tell.
    body: serde_json::Value,
    /// How far the position is filled since; not told of what a publication did, of which there is much at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<FillingBody>,
    /// Who could fill the seat that was left, the best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidates: Option<Vec<CandidateBody>>,
}

/// How far a position is filled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FillingBody {
    /// How many are essential.
    minimum: i32,
    /// How many are welcome, at the most.
    desired: i32,
    /// How many there are.
    filled: i64,
}

impl HappeningBody {
    fn new(event: &Event, coverage: Option<FillingBody>, candidates: Option<Vec<CandidateBody>>) -> Self {
        let what = &event.event;
        Self {
            number: event.number,
            kind: what.kind,
            at: event.at,
            district_id: what.district_id.map(Id::uuid),
            volunteer_id: what.volunteer_id.map(Id::uuid),
            assignment_id: what.assignment.map(|(id, _)| id.uuid()),
            assignment_version: what.assignment.map(|(_, version)| version),
            position_id: what.position_id.map(Id::uuid),
            body: what.body.clone(),
            coverage,
            candidates,
        }
    }
}

/// Follows what happens to the published roster as server-sent events, each named by its kind (data: a `HappeningBody`,
/// id: its number). The first event, `ready`, says from which number on. Where a seat was left, who could fill it is told
/// at once. A coordinator follows her districts. Streams end after a while: send `Last-Event-ID` to go on, and nothing is
/// missed.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/events", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that arrived.", pattern = "^[0-9]{1,18}$")),
    responses((status = 200, description = "The events.", body = std::collections::HashMap<String, String>, content_type = "text/event-stream",
               example = json!({"id": "17", "event": "assignment_withdrawn", "data": "{\"number\":17}"})), Querying))]
pub(crate) async fn follow_festival(
    State(app): State<AppState>,
    reader: RosterReader,
    LastEventId(last): LastEventId<i64>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    let whose = match reader.scope {
        Scope::Festival => Whose::Festival,
        Scope::Districts(districts) => Whose::Districts(districts),
        Scope::Centre(_) | Scope::Venue(_) | Scope::Own(_) => return Err(ApiError::Denied),
    };
    let festival_id = reader.festival_id;
    // So that the first gap finds the set-up known.
    let warm = app.clone();
    tokio::spawn(async move {
        let db = warm.store.snapshot().await?;
        warm.live.known(&db, festival_id).await?;
        Ok::<_, ApiError>(())
    });
    stream_of(app, festival_id, whose, last, true).await
}

/// Follows what happens in a shift as server-sent events, each named by its kind (data: a `HappeningBody`, id: its
/// number), so that a roll that is called by several phones is the same on each. The first event, `ready`, says from which
/// number on; the `sequence` of a roll that was read is such a number. Streams end after a while: send `Last-Event-ID` to go
/// on, and nothing is missed.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/shifts/{shift_id}/roll/events", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("shift_id" = Uuid, Path, description = "The shift."),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that arrived.", pattern = "^[0-9]{1,18}$")),
    responses((status = 200, description = "The events.", body = std::collections::HashMap<String, String>, content_type = "text/event-stream",
               example = json!({"id": "19", "event": "assignment_checked_in", "data": "{\"number\":19}"})), Querying))]
pub(crate) async fn follow_roll(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, shift_id)): At<(Uuid, Id<Shift>)>,
    LastEventId(last): LastEventId<i64>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    let festival_id = here.festival_id;
    let db = app.store.reader();
    shift_within(&db, festival_id, &here.may(Action::CallRoll)?, shift_id).await?;
    let positions = rolls::positions(&db, festival_id, shift_id).await?;
    drop(db);
    stream_of(app, festival_id, Whose::Positions(positions), last, false).await
}

/// Follows what happens to oneself as server-sent events, each named by its kind (data: a `HappeningBody`, id: its
/// number). The first event, `ready`, says from which number on. Streams end after a while: send `Last-Event-ID` to go on,
/// and nothing is missed.
#[utoipa::path(get, path = "/v1/me/events", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next."),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that arrived.", pattern = "^[0-9]{1,18}$")),
    responses((status = 200, description = "The events.", body = std::collections::HashMap<String, String>, content_type = "text/event-stream",
               example = json!({"id": "18", "event": "assignment_offered", "data": "{\"number\":18}"})), Own))]
pub(crate) async fn follow_my_schedule(
    State(app): State<AppState>,
    own: OwnPart,
    LastEventId(last): LastEventId<i64>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    let whose = Whose::Volunteer(own.volunteer_id);
    stream_of(app, own.festival_id, whose, last, false).await
}

async fn stream_of(
    app: AppState,
    festival_id: Id<Festival>,
    whose: Whose,
    number: Option<i64>,
    with_candidates: bool,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    let follower = app.live.follow(&app.store, festival_id, whose, number).await?;
    let until = Instant::now() + app.longest_stream;
    let teller = Teller { app, festival_id, follower, with_candidates, greeted: false };
    let events = stream::unfold(teller, move |mut teller| async move {
        // What cannot be told ends the stream: the client comes back with the id of its last event.
        let event = timeout_at(until, teller.next()).await.ok()??;
        Some((Ok(event), teller))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE)))
}

/// Puts what a follower hears into words.
struct Teller {
    app: AppState,
    festival_id: Id<Festival>,
    follower: Follower,
    with_candidates: bool,
    greeted: bool,
}

impl Teller {
    async fn next(&mut self) -> Option<sse::Event> {
        if !self.greeted {
            self.greeted = true;
            let seen = self.follower.seen();
            let ready = sse::Event::default().event("ready").id(seen.to_string());
            return ready.json_data(serde_json::json!({"number": seen})).ok();
        }
        let event = self.follower.next().await?;
        let candidates = if self.with_candidates { self.candidates(&event).await } else { None };
        let coverage = if self.with_candidates { self.coverage(&event).await } else { None };
        let body = HappeningBody::new(&event, coverage, candidates);
        let told = sse::Event::default().event(event.event.kind.as_str()).id(event.number.to_string());
        told.json_data(body).ok()
    }

    /// How far the position is filled where something happened to a single assignment.
    async fn coverage(&self, event: &Event) -> Option<FillingBody> {
        let what = &event.event;
        let many = what.body["source"] == "solver" || what.body["reason"] == "replanned";
        if many || what.assignment.is_none() {
            return None;
        }
        let db = self.app.store.reader();
        let filling = assignments::filling(&db, self.festival_id, what.position_id?).await.ok()?;
        let Filling { minimum, desired, filled } = filling;
        Some(FillingBody { minimum, desired, filled })
    }

    /// Who could fill the seat that somebody left a moment ago. None where that cannot be found: the event is told anyway.
    async fn candidates(&self, event: &Event) -> Option<Vec<CandidateBody>> {
        let left = matches!(
            event.event.kind,
            EventKind::AssignmentDeclined | EventKind::AssignmentWithdrawn | EventKind::AssignmentNoShow
        );
        let now = self.app.clock.now();
        if !left || now - event.at > NEWS {
            return None;
        }
        let seat = Seat::read(&self.app, self.festival_id, event.event.position_id?, None).await.ok()?;
        let (known, ranking) = blocking(move || seat.rank(now)).await.ok()?;
        Some(candidate_bodies(&known, &ranking, CANDIDATES))
    }
}
