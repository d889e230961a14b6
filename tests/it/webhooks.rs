//! Other systems are told what happens: signed, at least once, with an id that stays, and nothing personal.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_senders::{Courier, SendError};
use khademyar_storage::{Store, messages};
use khademyar_worker::{Delivery, NotCarried, Poster, Worker};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::{
    app::{TestApp, on_each_api},
    evening::Evening,
};

/// Another system, on this machine.
#[derive(Clone)]
struct Subscriber {
    told: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<StatusCode>>,
    url: String,
}

impl Subscriber {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/khademyar", listener.local_addr().unwrap());
        let subscriber = Self { told: Arc::default(), answers: Arc::new(Mutex::new(StatusCode::OK)), url };
        let router = Router::new().fallback(hear).with_state(subscriber.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        subscriber
    }

    fn answer(&self, status: StatusCode) {
        *self.answers.lock().unwrap() = status;
    }

    fn told(&self) -> Vec<(HeaderMap, String)> {
        self.told.lock().unwrap().clone()
    }

    fn ids(&self) -> Vec<String> {
        self.told().iter().map(|(headers, _)| text(headers, "webhook-id")).collect()
    }
}

async fn hear(State(subscriber): State<Subscriber>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).unwrap();
    subscriber.told.lock().unwrap().push((headers, body));
    *subscriber.answers.lock().unwrap()
}

/// Posts as the binary does.
#[derive(Clone, Debug)]
struct News {
    courier: Courier,
    /// Whether the process ends before it can write down what came of it.
    vanishes: bool,
}

#[async_trait]
impl Poster for News {
    async fn post(&self, delivery: &Delivery) -> Result<(), NotCarried> {
        let Delivery { id, at, url, secret, body } = delivery;
        let webhooks = &self.courier.senders().webhooks;
        let posted = webhooks.post(url, secret, *id, at.timestamp(), body.clone()).await;
        assert!(!self.vanishes, "this process ends here");
        posted.map_err(|error| match error {
            SendError::Refused(told) => NotCarried::Never(told),
            other => NotCarried::Later(other.to_string()),
        })
    }
}

fn worker(app: &TestApp, vanishes: bool) -> Worker {
    let news = News { courier: app.state.courier.clone(), vanishes };
    Worker::new(Store::clone(&app.state.store), 1).with_poster(Arc::new(news))
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers[name].to_str().unwrap().to_owned()
}

/// HMAC as RFC 2104 defines it.
fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let pad = |with: u8| (0..64).map(|k| key.get(k).unwrap_or(&0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The subscription's id and secret.
async fn subscribe(app: &TestApp, evening: &Evening, url: &str, kinds: Value) -> (String, String) {
    let body = json!({"name": "سامانهٔ شهرداری", "url": url, "kinds": kinds});
    let made = app.post(format!("{}/webhooks", evening.path), body).by(&evening.organizer).await;
    let made = made.expect(StatusCode::CREATED);
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

/// Narges says that she comes.
async fn accept(app: &TestApp, evening: &Evening) {
    let id = evening.assignment(app, "Narges", "early-team").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/assignments/{id}/accept");
    app.post(path, json!({})).by(&evening.narges).await.expect(StatusCode::OK);
}

/// Zahra says that she does not.
async fn decline(app: &TestApp, evening: &Evening) {
    let id = evening.assignment(app, "Zahra", "early-lead").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/assignments/{id}/decline");
    app.post(path, json!({"reason": "ill"})).by(&evening.zahra).await.expect(StatusCode::OK);
}

async fn deliveries(app: &TestApp, evening: &Evening, webhook: &str) -> Vec<Value> {
    let path = format!("{}/messages?webhook_id={webhook}", evening.path);
    let page = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_subscriber_is_told_what_it_wants_to_know_signed_and_without_names() {
    on_each_api(async |app| {
        let (evening, subscriber) = (Evening::on(app).await, Subscriber::start().await);
        let (id, secret) = subscribe(app, &evening, &subscriber.url, json!(["assignment_accepted"])).await;

        accept(app, &evening).await;
        decline(app, &evening).await;
        let now = app.state.clock.now();
        assert_eq!(worker(app, false).post_once(now).await.unwrap(), 1);
        assert_eq!(worker(app, false).post_once(now).await.unwrap(), 0);

        let told = subscriber.told();
        let [(headers, body)] = &told[..] else { panic!("{told:?}") };
        let (message, at) = (text(headers, "webhook-id"), text(headers, "webhook-timestamp"));
        assert_eq!(at, now.timestamp().to_string());
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = hmac(&key, &format!("{message}.{at}.{body}"));
        assert_eq!(text(headers, "webhook-signature"), format!("v1,{}", STANDARD.encode(signed)));
        let told: Value = serde_json::from_str(body).unwrap();
        let [event] = &told["events"].as_array().unwrap()[..] else { panic!("{told}") };
        assert_eq!(
            (&event["kind"], &event["volunteer_id"]),
            (&json!("assignment_accepted"), &json!(evening.roster[3].0))
        );
        for personal in ["نرگس", "Narges", "ill", "+98"] {
            assert!(!body.contains(personal), "{body}");
        }
        let listed = deliveries(app, &evening, &id).await;
        assert_eq!(
            (listed.len(), &listed[0]["id"], &listed[0]["state"]),
            (1, &json!(message), &json!("sent"))
        );
        let subscriptions = app.get(format!("{}/webhooks", evening.path)).by(&evening.organizer).await;
        let subscriptions = subscriptions.expect(StatusCode::OK);
        assert_eq!(subscriptions["items"][0]["url"], json!(subscriber.url));
        assert!(!subscriptions.to_string().contains("whsec"), "{subscriptions}");
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_vanishes_before_it_writes_it_down_leaves_it_to_be_told_again_under_the_same_id() {
    on_each_api(async |app| {
        let (evening, subscriber) = (Evening::on(app).await, Subscriber::start().await);
        subscribe(app, &evening, &subscriber.url, json!([])).await;
        accept(app, &evening).await;
        let now = app.state.clock.now();

        worker(app, true).post_once(now).await.unwrap();
        assert_eq!(worker(app, false).post_once(now).await.unwrap(), 0);
        let later = now + messages::LEASE + TimeDelta::seconds(1);
        assert_eq!(worker(app, false).post_once(later).await.unwrap(), 1);
        assert_eq!(worker(app, false).post_once(later).await.unwrap(), 0);

        let ids = subscriber.ids();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
        let told = subscriber.told();
        assert_eq!(told[0].1, told[1].1);
        // Whoever takes nothing that is signed for another time is safe from it being played again.
        assert_ne!(told[0].0["webhook-signature"], told[1].0["webhook-signature"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_and_dead_at_last_and_can_be_sent_again() {
    on_each_api(async |app| {
        let (evening, subscriber) = (Evening::on(app).await, Subscriber::start().await);
        let (id, _) = subscribe(app, &evening, &subscriber.url, json!([])).await;
        accept(app, &evening).await;
        let worker = worker(app, false);
        let mut now: DateTime<Utc> = app.state.clock.now();

        subscriber.answer(StatusCode::INTERNAL_SERVER_ERROR);
        let mut tries = 0;
        while deliveries(app, &evening, &id).await[0]["state"] == "queued" {
            tries += worker.post_once(now).await.unwrap();
            now += TimeDelta::hours(1);
        }

        assert_eq!(tries, usize::try_from(messages::MOST_TRIES).unwrap());
        let dead = deliveries(app, &evening, &id).await.remove(0);
        assert_eq!((&dead["state"], &dead["error"]), (&json!("dead"), &json!("it answered 500")));
        subscriber.answer(StatusCode::NO_CONTENT);
        let path = format!("{}/messages/{}/resend", evening.path, dead["id"].as_str().unwrap());
        app.call(axum::http::Method::POST, path, "".into(), None)
            .by(&evening.organizer)
            .await
            .expect(StatusCode::OK);
        assert_eq!(worker.post_once(now).await.unwrap(), 1);
        assert_eq!(deliveries(app, &evening, &id).await[0]["state"], "sent");
        let ids = subscriber.ids();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");

        subscriber.answer(StatusCode::GONE);
        decline(app, &evening).await;
        worker.post_once(now).await.unwrap();
        assert_eq!(deliveries(app, &evening, &id).await[0]["state"], "dead");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_tells_no_system_and_who_ended_a_subscription_is_told_nothing_more() {
    on_each_api(async |app| {
        let (evening, subscriber) = (Evening::on(app).await, Subscriber::start().await);
        let (id, _) = subscribe(app, &evening, &subscriber.url, json!([])).await;
        let happened = evening.events(app, 0).await;
        let mut event =
            happened.iter().find(|event| event.event.volunteer_id.is_some()).unwrap().event.clone();
        event.assignment = None;
        let now = app.state.clock.now();

        let db = app.state.store.begin().await.unwrap();
        let new_id = &mut || app.state.new_id();
        khademyar_storage::events::append(&db, evening.festival_id(), vec![event], None, now, new_id)
            .await
            .unwrap();
        drop(db);
        assert!(deliveries(app, &evening, &id).await.is_empty());
        accept(app, &evening).await;
        assert_eq!(deliveries(app, &evening, &id).await.len(), 1);
        let path = format!("{}/webhooks/{id}", evening.path);
        app.delete(path.clone()).by(&evening.organizer).await.expect(StatusCode::NO_CONTENT);
        app.delete(path).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
        worker(app, false).post_once(app.state.clock.now()).await.unwrap();

        assert!(subscriber.told().is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_at_an_address_that_is_not_public() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        for (url, code) in [
            ("http://city.example/", "not_https"),
            ("https://10.0.0.1/", "private_address"),
            ("https://[::1]:8080/", "private_address"),
            ("https://169.254.169.254/latest", "private_address"),
            ("https://name:word@city.example/", "not_an_address"),
            ("city", "not_an_address"),
        ] {
            let body = json!({"name": "سامانه", "url": url});
            let refused = app.post(format!("{}/webhooks", evening.path), body).by(&evening.organizer).await;

            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
            assert_eq!(refused.faults()["/url"], code, "{url}");
        }
    })
    .await;
}
