//! Answers that are given again without looking for their handler: what thousands of phones ask for over and over, each the
//! same. An answer is given again for as long as whoever asks stands exactly as they did, which is asked of the database
//! each time: signed in on that device, with the same parts in the same festivals, none of which has changed.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use khademyar_domain::{Id, device::Device, language::Language};
use khademyar_storage::users::SignedIn;
use tower::{Service, ServiceExt, service_fn};

use crate::{
    around,
    auth::{Credential, bearer_token},
    error::ApiError,
    extract::Caller,
    language::spoken,
    state::AppState,
};

/// How many bytes of answers are kept; what would be more begins anew.
const MOST_BYTES: usize = 32 << 20;
/// How many answers are kept for a device; what would be more begins anew.
const MOST_OF_DEVICE: usize = 4;
/// About what an answer takes beside its body, in bytes.
const EACH: usize = 1024;

/// Answers to give again; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Again(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    bytes: usize,
    of: HashMap<Id<Device>, Vec<Kept>>,
}

struct Kept {
    question: Question,
    answer: Answer,
}

/// An answer, how whoever asked stood when it was given, and what it was counted under.
struct Found {
    standing: Arc<SignedIn>,
    route: Option<MatchedPath>,
    answer: Answer,
}

/// An answer that depends on nothing but the question and how whoever asks stands.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// All that such an answer may depend on.
#[derive(Debug)]
pub(crate) struct Question {
    device_id: Id<Device>,
    target: String,
    known: Option<HeaderValue>,
    language: Language,
    standing: Arc<SignedIn>,
    /// What it is counted under.
    route: Option<MatchedPath>,
}

impl Again {
    /// Keeps the answer to a question.
    pub(crate) fn keep(&self, question: Question, answer: Answer) {
        let mut answers = self.answers();
        let kept = Kept { question, answer };
        let more = kept.bytes();
        if answers.bytes + more > MOST_BYTES {
            *answers = Answers::default();
        }
        let of_device = answers.of.entry(kept.question.device_id).or_default();
        let mut before = 0;
        if of_device.len() >= MOST_OF_DEVICE {
            before = of_device.drain(..).map(|kept| kept.bytes()).sum();
        }
        let asked = &kept.question;
        of_device.retain(|one| {
            let stays = !one.question.is(&asked.target, asked.known.as_ref(), asked.language);
            if !stays {
                before += one.bytes();
            }
            stays
        });
        of_device.push(kept);
        answers.bytes = answers.bytes + more - before;
    }

    /// What was answered to a device that asked the same.
    fn find(&self, device_id: Id<Device>, request: &Parts) -> Option<Found> {
        let target = request.uri.path_and_query()?.as_str();
        let known = request.headers.get(header::IF_NONE_MATCH);
        let language = spoken(&request.headers);
        let answers = self.answers();
        let of_device = answers.of.get(&device_id)?;
        let kept = of_device.iter().find(|kept| kept.question.is(target, known, language))?;
        let (standing, route) = (Arc::clone(&kept.question.standing), kept.question.route.clone());
        Some(Found { standing, route, answer: kept.answer.clone() })
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    fn is(&self, target: &str, known: Option<&HeaderValue>, language: Language) -> bool {
        self.target == target && self.known.as_ref() == known && self.language == language
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        EACH + self.answer.body.len()
    }
}

/// Answers what was answered before without looking for its route, and all else by `router`.
pub fn at_once(
    app: AppState,
    router: Router,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send {
    service_fn(move |request| {
        let (app, router) = (app.clone(), router.clone());
        async move {
            match kept(&app, request).await {
                Ok(response) => Ok(response),
                Err(request) => router.oneshot(request).await,
            }
        }
    })
}

/// What was answered before and is written as it is; else the request.
async fn kept(app: &AppState, request: Request) -> Result<Response, Request> {
    let begun = Instant::now();
    let (mut parts, body) = request.into_parts();
    let Some((response, route)) = as_before(app, &parts, Answer::is_ready_for).await else {
        return Err(Request::from_parts(parts, body));
    };
    if let Some(route) = route {
        parts.extensions.insert(route);
    }
    let request = Request::from_parts(parts, body);
    Ok(around(app, request, begun, |_| ready(response)).await)
}

/// Answers as it was answered before, or else by `next`.
pub(crate) async fn or_anew<F: Future<Output = Response>>(
    app: &AppState,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (parts, body) = request.into_parts();
    match as_before(app, &parts, |_, _| true).await {
        Some((response, _)) => response,
        None => next(Request::from_parts(parts, body)).await,
    }
}

/// What was answered before, where that `serves` for a request of these headers, and what it is counted under.
async fn as_before(
    app: &AppState,
    request: &Parts,
    serves: fn(&Answer, &HeaderMap) -> bool,
) -> Option<(Response, Option<MatchedPath>)> {
    if request.method != Method::GET {
        return None;
    }
    let now = app.clock.now();
    let holder = app.keys.verify(bearer_token(&request.headers)?, now).await.ok()?;
    let Found { standing, route, answer } = app.fresh.again.find(holder.device_id, request)?;
    if !serves(&answer, &request.headers) {
        return None;
    }
    let stands = app.fresh.signed_in(&app.store, holder.user_id, holder.device_id).await.ok()??;
    let same = Arc::ptr_eq(&stands, &standing) || *stands == *standing;
    // Whether staff have a second factor, the guard asks.
    if !same || app.staff_need_second_factor && stands.actor.is_staff() {
        return None;
    }
    let asked = app.gate.count_account(stands.actor.user_id.uuid(), now);
    let mut response = answer.into_response();
    if let Some(asked) = asked {
        if let Some(refusal) = asked.refusal() {
            response = refusal.into_response();
        }
        asked.tell(response.headers_mut());
    }
    Some((response, route))
}

impl Answer {
    /// The status and the headers of `head`, with this body.
    pub(crate) fn of(head: impl IntoResponse, body: Bytes) -> Self {
        let (parts, _) = head.into_response().into_parts();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// Whether it is written as it is for whoever sent these headers: neither compressed, nor for pages of others to read.
    fn is_ready_for(&self, asked: &HeaderMap) -> bool {
        let is_compressed = !self.body.is_empty() && asked.contains_key(header::ACCEPT_ENCODING);
        !is_compressed && !asked.contains_key(header::ORIGIN)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self { status, headers, body } = self;
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// What is asked, where whoever asks is signed in on a device.
#[derive(Debug)]
pub(crate) struct Asked(pub(crate) Option<Question>);

impl FromRequestParts<AppState> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(bearer) = Caller::from_request_parts(parts, state).await?;
        let (Credential::Device(device_id), Some(standing)) = (&bearer.by, &bearer.standing) else {
            return Ok(Self(None));
        };
        let question = parts.uri.path_and_query().map(|target| Question {
            device_id: *device_id,
            target: target.as_str().to_owned(),
            known: parts.headers.get(header::IF_NONE_MATCH).cloned(),
            language: spoken(&parts.headers),
            standing: Arc::clone(standing),
            route: parts.extensions.get().cloned(),
        });
        Ok(Self(question))
    }
}

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Again").field("bytes", &self.answers().bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use khademyar_domain::rights::Actor;
    use uuid::Uuid;

    use super::*;

    fn question(device: u128, target: &str, known: Option<&'static str>) -> Question {
        let actor = Actor { user_id: Uuid::from_u128(device).into(), operator: false, parts: Vec::new() };
        Question {
            device_id: Uuid::from_u128(device).into(),
            target: target.to_owned(),
            known: known.map(HeaderValue::from_static),
            language: Language::Persian,
            standing: Arc::new(SignedIn { actor, revisions: Vec::new() }),
            route: None,
        }
    }

    fn answer(text: &'static str) -> Answer {
        Answer::of(StatusCode::OK, Bytes::from_static(text.as_bytes()))
    }

    fn found(again: &Again, device: u128, target: &str, known: Option<&'static str>) -> Option<Bytes> {
        let mut request = Request::builder().uri(target);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        let request = request.body(()).unwrap().into_parts().0;
        again.find(Uuid::from_u128(device).into(), &request).map(|found| found.answer.body)
    }

    #[test]
    fn an_answer_is_found_by_whoever_asks_the_same() {
        let again = Again::default();
        again.keep(question(1, "/nights", None), answer("first"));
        again.keep(question(1, "/nights", Some("\"7\"")), answer(""));
        again.keep(question(1, "/nights", None), answer("second"));
        assert_eq!(found(&again, 1, "/nights", None), Some(Bytes::from_static(b"second")));
        assert_eq!(found(&again, 1, "/nights", Some("\"7\"")), Some(Bytes::new()));
        assert_eq!(found(&again, 1, "/nights", Some("\"8\"")), None);
        assert_eq!(found(&again, 1, "/nights?festival_id=1", None), None);
        assert_eq!(found(&again, 2, "/nights", None), None);
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let again = Again::default();
        let large: &'static str = Box::leak("x".repeat(1 << 20).into_boxed_str());
        for number in 0..200_u128 {
            again.keep(question(number % 30, &format!("/{}", number % 7), None), answer(large));
            let answers = again.answers();
            let kept = answers.of.values().flatten().map(Kept::bytes);
            assert_eq!(answers.bytes, kept.sum::<usize>());
            assert!(answers.bytes <= MOST_BYTES);
            assert!(answers.of.values().all(|of_device| of_device.len() <= MOST_OF_DEVICE));
        }
    }
}
