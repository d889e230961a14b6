//! The API in process, on a fresh database of each engine, with people to act as.

use std::{
    collections::HashMap,
    fs,
    future::IntoFuture,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use khademyar_api::{
    AppState, Clock, Fresh, Live, Metrics, Services, at_once,
    auth::{FestivalKeys, Keys},
    gate::{Gate, Limits},
    router,
};
use khademyar_domain::{Id, Text, member::User};
use khademyar_senders::{Courier, EmailWay, FileSender, Patience, Senders, SmsWay, Webhooks};
use khademyar_storage::{
    Store,
    devices::{self, SignedIn},
    refresh_tokens::Holder,
    users,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    contract,
    letters::press,
    store::{TestStore, on_each_engine},
};

/// Runs a test on the API, on each engine.
pub(crate) async fn on_each_api(test: impl AsyncFn(&TestApp)) {
    on_each_engine(async |store: &TestStore| test(&TestApp::start(store).await).await).await;
}

/// The API on a database of its own; a clone is the same.
#[derive(Clone)]
pub(crate) struct TestApp {
    pub(crate) state: AppState,
    router: Router,
    folder: Arc<TempDir>,
    refusals: Arc<Mutex<Vec<(String, String)>>>,
}

/// The file that text messages leave into.
const MESSAGES: &str = "messages.jsonl";

/// Someone who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: Id<User>,
    pub(crate) token: String,
}

impl TestApp {
    pub(crate) async fn start(store: &Store) -> Self {
        let clock = Clock::default();
        let keys = Arc::new(Keys::load(store, clock.now()).await.unwrap());
        let festival_keys = Arc::new(FestivalKeys::load(store, clock.now()).await.unwrap());
        let (live, address) = (Live::default(), "http://roster.test".into());
        let longest_stream = Duration::from_mins(15);
        let folder = Arc::new(TempDir::new().unwrap());
        let courier = Courier::new(Senders {
            sms: SmsWay::File(FileSender::new(folder.path().join(MESSAGES))),
            email: EmailWay::None,
            webhooks: Webhooks::new("127.0.0.1").unwrap(),
            patience: Patience { tries: 1, first_wait: Duration::ZERO },
        });
        let state = AppState::from(Services {
            store: store.clone(),
            keys,
            festival_keys,
            clock,
            fresh: Fresh::default(),
            live,
            staff_need_second_factor: false,
            courier,
            metrics: Metrics::default(),
            press: press(),
            address,
            longest_stream,
            gate: Gate::new(Limits::default()),
        });
        Self { router: router(state.clone()), state, folder, refusals: Arc::default() }
    }

    /// The same with something else.
    pub(crate) fn with(&self, change: impl FnOnce(&mut Services)) -> Self {
        let mut services = Services::clone(&self.state);
        change(&mut services);
        let state = AppState::from(services);
        Self { router: router(state.clone()), state, ..self.clone() }
    }

    /// The API, as the pages stand around it.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Answers as a process does that serves the API.
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = at_once(self.state.clone(), self.router()).oneshot(request).await;
        response
    }

    /// All refusals until now: the path asked for, and the body.
    pub(crate) fn refusals(&self) -> Vec<(String, String)> {
        self.refusals.lock().unwrap().clone()
    }

    /// The text messages that left, the oldest first.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        self.state.courier.idle().await;
        let lines = fs::read_to_string(self.folder.path().join(MESSAGES)).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A new user without a part in any festival. Their password is none: they are signed in by the keys themselves.
    pub(crate) async fn person(&self, username: &str, operator: bool) -> Person {
        let id = Id::from(Uuid::now_v7());
        let user = users::NewUser {
            id,
            username: username.to_owned(),
            name: Text::new(username).unwrap(),
            password_hash: "none".to_owned(),
            operator,
        };
        let db = self.state.store.begin().await.unwrap();
        assert!(users::insert(&db, &user, self.state.clock.now()).await.unwrap(), "{username} is taken");
        db.commit().await.unwrap();
        Person { id, token: self.token(id).await }
    }

    /// Someone who is a user already, signed in by the keys.
    pub(crate) async fn known(&self, username: &str) -> Person {
        let account = users::find(&self.state.store.reader(), username).await.unwrap().unwrap();
        Person { id: account.id, token: self.token(account.id).await }
    }

    /// An access token of a user, on a device of its own.
    pub(crate) async fn token(&self, user_id: Id<User>) -> String {
        let now = self.state.clock.now();
        let device = SignedIn {
            id: Uuid::now_v7().into(),
            description: None,
            address: None,
            created_at: now,
            last_used_at: now,
            expires_at: now + TimeDelta::days(30),
        };
        let db = self.state.store.begin().await.unwrap();
        devices::insert(&db, user_id, &device).await.unwrap();
        db.commit().await.unwrap();
        self.state.keys.sign(Holder { user_id, device_id: device.id }, now).await.unwrap()
    }

    /// An organizer, and the empty festival of ten nights from 8 April 2027 that they founded.
    pub(crate) async fn festival(&self) -> (Person, String) {
        let organizer = self.person("organizer", true).await;
        let founded = self
            .post("/v1/festivals", json!({"name": {"fa": "دههٔ کرامت"}, "first_night": "2027-04-08"}))
            .by(&organizer)
            .await;
        assert_eq!(founded.status, StatusCode::CREATED, "{}", founded.body);
        let path = founded.headers[header::LOCATION].to_str().unwrap().to_owned();
        (organizer, path)
    }

    pub(crate) fn get(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::GET, path.into(), Body::empty(), None)
    }

    pub(crate) fn delete(&self, path: impl Into<String>) -> Call<'_> {
        self.call(Method::DELETE, path.into(), Body::empty(), None)
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers write the body in place")]
    pub(crate) fn post(&self, path: impl Into<String>, body: Value) -> Call<'_> {
        self.call(Method::POST, path.into(), body.to_string().into(), Some("application/json"))
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers write the body in place")]
    pub(crate) fn put(&self, path: impl Into<String>, body: Value) -> Call<'_> {
        self.call(Method::PUT, path.into(), body.to_string().into(), Some("application/json"))
    }

    /// A POST of something that is not JSON.
    pub(crate) fn send(
        &self,
        path: impl Into<String>,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Call<'_> {
        self.call(Method::POST, path.into(), body.into(), Some(content_type))
    }

    pub(crate) fn call(
        &self,
        method: Method,
        path: String,
        body: Body,
        content_type: Option<&str>,
    ) -> Call<'_> {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "en");
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        Call { app: self, request: request.body(body).unwrap() }
    }
}

/// A request about to be sent: `.await` sends it.
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    request: Request<Body>,
}

impl Call<'_> {
    pub(crate) fn by(self, person: &Person) -> Self {
        let bearer = format!("Bearer {}", person.token);
        self.with(header::AUTHORIZATION.as_str(), &bearer)
    }

    /// From this address.
    pub(crate) fn from(mut self, address: &str) -> Self {
        let address = ConnectInfo(SocketAddr::new(address.parse().unwrap(), 40_000));
        self.request.extensions_mut().insert(address);
        self
    }

    /// Sends it and gives the answer while it may still go on.
    pub(crate) async fn begin(self) -> Response<Body> {
        self.app.answer(self.request).await
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let name: header::HeaderName = name.parse().unwrap();
        self.request.headers_mut().insert(name, value.parse().unwrap());
        self
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (method, path) = (self.request.method().clone(), self.request.uri().path().to_owned());
            let response = self.app.answer(self.request).await;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes().to_vec();
            contract::check(&method, &path, parts.status, &parts.headers, &bytes);
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            if parts.status.is_client_error() || parts.status.is_server_error() {
                let refusal = (path, String::from_utf8_lossy(&bytes).into_owned());
                self.app.refusals.lock().unwrap().push(refusal);
            }
            Answer { status: parts.status, headers: parts.headers, body, bytes }
        })
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body where it is JSON, else null.
    pub(crate) body: Value,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body, which must have come with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.body
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The faults a problem names: path → code.
    pub(crate) fn faults(&self) -> HashMap<String, String> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|fault| {
                (fault["path"].as_str().unwrap().to_owned(), fault["code"].as_str().unwrap().to_owned())
            })
            .collect()
    }
}
