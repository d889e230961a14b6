//! How a plan comes along, as it happens.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, stream};
use khademyar_domain::{
    Id,
    festival::Festival,
    plan::{Plan, PlanState, Score},
};
use khademyar_storage::{
    StorageError,
    plans::{self, Point},
};
use serde::Serialize;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;
use uuid::Uuid;

use super::plans::PlanBody;
use crate::{
    contract::Querying,
    error::ApiError,
    extract::{At, LastEventId, RosterReader},
    state::AppState,
};

/// How often the database is asked what is new: any process can answer, whichever solves.
const LOOK: Duration = Duration::from_millis(500);
/// How long nothing is said before a comment says that the stream lives.
const SILENCE: Duration = Duration::from_secs(15);

/// A point of a plan's curve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressBody {
    /// Its place on the curve, from 0; the event's id.
    step: i32,
    /// Milliseconds since the plan was first taken.
    at_millis: i64,
    /// The best score until then.
    score: Score,
    /// What no valid roster beats.
    bound: Score,
    /// How far the cost may be from the best possible, where the essential is proven the best.
    gap: Option<f64>,
}

impl From<Point> for ProgressBody {
    fn from(point: Point) -> Self {
        let Point { step, at_millis, score, bound } = point;
        Self { step, at_millis, score, bound, gap: score.gap(bound) }
    }
}

/// Follows a plan as server-sent events, until it is over: `progress` for each point of its curve (data: a
/// `ProgressBody`, id: its step) and `state` whenever its state changes (data: a `PlanBody`), last of all when it is
/// over. A stream may end before that: send `Last-Event-ID` to go on where it broke off.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/events", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan."),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that arrived.", pattern = "^[0-9]{1,9}$")),
    responses((status = 200, description = "The events.", body = std::collections::HashMap<String, String>, content_type = "text/event-stream",
               example = json!({"id": "0", "event": "progress", "data": "{\"step\":0,\"at_millis\":512,\"gap\":1.0}"})), Querying))]
pub(crate) async fn follow_plan(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    LastEventId(step): LastEventId<i32>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    // A plan that is not there is refused while there is still a status to say so with.
    plans::get(&app.store.reader(), reader.festival_id, plan_id).await?;
    let until = Instant::now() + app.longest_stream;
    let follower = Follower { app, festival_id: reader.festival_id, plan_id, step, state: None };
    let events = stream::unfold(Some(follower), move |follower| async move {
        let mut follower = follower?;
        loop {
            // A database in trouble ends the stream: the client comes back with the id of its last event.
            let (events, over) = follower.look().await.ok()?;
            if !events.is_empty() {
                let events: Vec<Result<Event, Infallible>> = events.into_iter().map(Ok).collect();
                return Some((stream::iter(events), (!over).then_some(follower)));
            }
            if Instant::now() >= until {
                return None;
            }
            sleep(LOOK).await;
        }
    });
    let events = futures::StreamExt::flatten(events);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(SILENCE)))
}

/// Someone who follows a plan, and what they know of it.
struct Follower {
    app: AppState,
    festival_id: Id<Festival>,
    plan_id: Id<Plan>,
    step: Option<i32>,
    state: Option<PlanState>,
}

impl Follower {
    /// What is new, and whether that is all there will be.
    async fn look(&mut self) -> Result<(Vec<Event>, bool), StorageError> {
        let db = self.app.store.reader();
        // The state first: of a plan that is over, no point is missed.
        let run = plans::get(&db, self.festival_id, self.plan_id).await?;
        let points = plans::progress_after(&db, self.festival_id, self.plan_id, self.step).await?;
        let mut events = Vec::with_capacity(points.len() + 1);
        for point in points {
            self.step = Some(point.step);
            events.push(event("progress", &ProgressBody::from(point))?.id(point.step.to_string()));
        }
        let over = run.state.is_over();
        if self.state != Some(run.state) {
            self.state = Some(run.state);
            events.push(event("state", &PlanBody::new(run, self.app.clock.now()))?);
        }
        Ok((events, over))
    }
}

fn event(name: &str, data: &impl Serialize) -> Result<Event, StorageError> {
    Event::default().event(name).json_data(data).map_err(|_| StorageError::Corrupt("plan"))
}
