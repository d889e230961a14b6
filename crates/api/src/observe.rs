//! What operators see: an id and a line in the log for every request, and figures for Prometheus.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_storage::figures::{self, Figures};
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use tokio::sync::Mutex;
use tracing::{Instrument, field::Empty, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::{error::ApiError, state::AppState};

/// In which trace a request was asked (W3C Trace Context).
const TRACE: HeaderName = HeaderName::from_static("traceparent");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id of a request that is taken over from a proxy.
const LONGEST_ID: usize = 100;
/// For how long what the database told is told again: whoever asks often costs nothing.
const FRESH: Duration = Duration::from_secs(10);
/// For how long a process counts as unable to write after it found no room: it is asked again then, and finds out.
pub(crate) const NO_ROOM: TimeDelta = TimeDelta::seconds(30);
/// The latencies that are told apart, in seconds.
const LATENCIES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// What requests that meet no route are counted under.
const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Route,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    route: Route,
}

/// The route that a request met, if any.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Route {
    fn name(&self) -> &str {
        self.0.as_ref().map_or(NO_ROUTE, MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Route {}

impl Hash for Route {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        self.name().encode(encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: String,
}

type Whole = Gauge<i64, AtomicI64>;

/// What is counted of this process, and what the database tells of all; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Routed, Histogram, fn() -> Histogram>,
    jobs: Family<InState, Whole>,
    messages: Family<InState, Whole>,
    oldest_message: Whole,
    solver_gap: Whole,
    double_bookings: Whole,
    overfull_positions: Whole,
    asked: Mutex<Option<Instant>>,
    /// Until when this process counts as unable to write, in seconds since 1970.
    no_room_until: AtomicI64,
}

fn histogram() -> Histogram {
    Histogram::new(LATENCIES)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut inner = Inner {
            registry: Registry::with_prefix("khademyar"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            jobs: Family::default(),
            messages: Family::default(),
            oldest_message: Whole::default(),
            solver_gap: Whole::default(),
            double_bookings: Whole::default(),
            overfull_positions: Whole::default(),
            asked: Mutex::default(),
            no_room_until: AtomicI64::default(),
        };
        let registry = &mut inner.registry;
        registry.register("requests", "Requests that this process answered", inner.requests.clone());
        registry.register(
            "request_seconds",
            "How long this process took to begin its answers",
            inner.seconds.clone(),
        );
        registry.register("jobs", "Jobs in the database", inner.jobs.clone());
        registry.register("messages", "Messages in the database", inner.messages.clone());
        registry.register(
            "outbox_age_seconds",
            "For how long the message that is due the longest has been due",
            inner.oldest_message.clone(),
        );
        registry.register(
            "solver_gap",
            "How far the cost of the plan that was solved last is from its bound at the most, where no essential seat parts them",
            inner.solver_gap.clone(),
        );
        registry.register(
            "double_bookings",
            "Pairs of seats that one person has at the same time: 0",
            inner.double_bookings.clone(),
        );
        registry.register(
            "overfull_positions",
            "Positions that hold more people than they desire: 0",
            inner.overfull_positions.clone(),
        );
        Self(Arc::new(inner))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    fn count(&self, method: &'static str, route: Route, status: u16, took: Duration) {
        self.0.seconds.get_or_create(&Routed { route: route.clone() }).observe(took.as_secs_f64());
        self.0.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// Whether a request found no room to write a moment ago.
    pub(crate) fn found_no_room(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() < self.0.no_room_until.load(Ordering::Relaxed)
    }

    fn tell(&self, figures: &Figures) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        for (family, counts) in [(&self.0.jobs, &figures.jobs), (&self.0.messages, &figures.messages)] {
            family.clear();
            for (state, count) in counts {
                family.get_or_create(&InState { state: state.clone() }).set(whole(*count));
            }
        }
        self.0.oldest_message.set(figures.outbox_age.num_seconds());
        self.0.solver_gap.set(figures.solver_gap.unwrap_or(0));
        self.0.double_bookings.set(whole(figures.double_bookings));
        self.0.overfull_positions.set(whole(figures.overfull_positions));
    }
}

/// A mark of an answer: there was no room to write what was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoRoom;

/// Method names as they are counted: whatever else a client invents is one.
fn known_method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

/// The id that a proxy gave the request, if it is one that can stand in a log.
fn given_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers
        .get(REQUEST_ID)
        .filter(|id| (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic))
}

/// Gives the request, which came at `begun`, an id, which stands in every line of its log and in its answer, and counts it.
pub(crate) async fn observe<F: Future<Output = Response>>(
    app: &AppState,
    request: Request,
    begun: Instant,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let id = given_id(request.headers()).cloned().unwrap_or_else(|| new_id(app));
    // The route and not the path: paths may hold what is secret, and ids of people.
    let route = Route(request.extensions().get::<MatchedPath>().cloned());
    let method = known_method(&request);
    let span = info_span!("request", id = id.to_str().ok(), method, route = route.name(), status = Empty);
    // Whoever asks may be in a trace already: then this is a part of it.
    if request.headers().contains_key(TRACE) {
        let headers = HeaderExtractor(request.headers());
        // It cannot be set where no traces are sent.
        let _ = span.set_parent(global::get_text_map_propagator(|format| format.extract(&headers)));
    }
    let mut response = next(request).instrument(span.clone()).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    span.record("status", status);
    span.in_scope(|| info!(status, millis = took.as_millis() as u64, "answered"));
    app.metrics.count(method, route, status, took);
    if response.extensions().get::<NoRoom>().is_some() {
        app.metrics.0.no_room_until.store((app.clock.now() + NO_ROOM).timestamp(), Ordering::Relaxed);
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn new_id(app: &AppState) -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let text = app.new_id().hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(NO_ROUTE))
}

/// The figures as Prometheus reads them. What the database tells is at most ten seconds old.
pub(crate) async fn metrics(State(app): State<AppState>) -> Result<Response, ApiError> {
    let inner = &app.metrics.0;
    let mut asked = inner.asked.lock().await;
    if asked.is_none_or(|asked| asked.elapsed() >= FRESH) {
        let figures = figures::read(&app.store.snapshot().await?, app.clock.now()).await?;
        app.metrics.tell(&figures);
        *asked = Some(Instant::now());
    }
    drop(asked);
    let mut text = String::new();
    encode(&mut text, &inner.registry).map_err(|error| ApiError::Internal(error.to_string()))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
