//! What happens to a published roster, as those hear it whom it concerns: at once, once, in order, whichever process
//! they ask.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{StatusCode, header},
};
use futures::StreamExt;
use khademyar_storage::Store;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
    parts::someone,
};

/// Longer than anything takes; no test waits for it that passes.
const LONG: Duration = Duration::from_secs(20);

/// Someone who listens.
struct Listener {
    body: BodyDataStream,
    heard: String,
}

/// An event of a stream.
#[derive(Debug)]
struct Heard {
    kind: String,
    id: String,
    data: Value,
}

impl Listener {
    async fn open(app: &TestApp, path: &str, by: &Person, after: Option<&str>) -> Self {
        let mut call = app.get(path).by(by);
        if let Some(id) = after {
            call = call.with("last-event-id", id);
        }
        let response = call.begin().await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut listener = Self { body: Body::into_data_stream(response.into_body()), heard: String::new() };
        assert_eq!(listener.next().await.kind, "ready");
        listener
    }

    async fn next(&mut self) -> Heard {
        loop {
            if let Some(end) = self.heard.find("\n\n") {
                let event: String = self.heard.drain(..end + 2).collect();
                let line = |name: &str| {
                    let mut lines = event.lines().filter_map(|line| line.strip_prefix(name));
                    lines.next().map(|value| value.trim().to_owned())
                };
                let heard = line("event:").map(|kind| Heard {
                    kind,
                    id: line("id:").unwrap_or_default(),
                    data: serde_json::from_str(&line("data:").unwrap()).unwrap(),
                });
                if let Some(heard) = heard {
                    return heard;
                }
                continue;
            }
            let bytes = timeout(LONG, self.body.next()).await.expect("something happens").unwrap().unwrap();
            self.heard.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

/// One more who can make tea, and is free.
async fn parisa(app: &TestApp, evening: &Evening) -> Value {
    let like = app
        .get(format!("{}/volunteers?limit=1", evening.path))
        .by(&evening.organizer)
        .await
        .expect(StatusCode::OK)["items"][0]
        .clone();
    let body = json!({
        "code": "Parisa", "name": {"fa": "پریسا ناصری"}, "gender": "woman",
        "home_district_id": like["home_district_id"], "skills": like["skills"],
    });
    let created = app.post(format!("{}/volunteers", evening.path), body).by(&evening.organizer).await;
    created.expect(StatusCode::CREATED)["id"].clone()
}

async fn coordinators(app: &TestApp, evening: &Evening) -> [Person; 2] {
    let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await;
    let districts = districts.expect(StatusCode::OK);
    let one = async |k: usize, name: &str| {
        let role = json!({"role": "coordinator", "district_ids": [districts["items"][k]["id"]]});
        someone(app, &evening.organizer, &evening.path, name, role).await
    };
    [one(0, "north").await, one(1, "south").await]
}

async fn withdraws(app: &TestApp, evening: &Evening, who: &Person, code: &str, position: &str) {
    let assignment = evening.assignment(app, code, position).await;
    let path = format!("/v1/me/assignments/{}/withdraw", assignment["id"].as_str().unwrap());
    app.post(path, json!({})).by(who).await.expect(StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_hears_of_a_gap_in_her_district_with_who_could_fill_it() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let parisa = parisa(app, &evening).await;
        let [north, south] = coordinators(app, &evening).await;
        let path = format!("{}/events", evening.path);
        let mut hers = Listener::open(app, &path, &north, None).await;
        let mut theirs = Listener::open(app, &path, &south, None).await;
        // Another process on the same database.
        let elsewhere = TestApp::start(&Store::clone(&app.state.store)).await;
        let mut organizers =
            Listener::open(&elsewhere, &path, &elsewhere.known("organizer").await, None).await;

        withdraws(app, &evening, &evening.narges, "Narges", "early-team").await;
        withdraws(app, &evening, &evening.maryam, "Maryam", "away-lead").await;

        let heard = hers.next().await;
        assert_eq!(
            (heard.kind.as_str(), &heard.data["body"]["reason"]),
            ("assignment_declined", &json!("other"))
        );
        let candidates = heard.data["candidates"].as_array().unwrap();
        assert_eq!(candidates.iter().map(|one| &one["volunteer_id"]).collect::<Vec<_>>(), [&parisa]);
        assert_eq!(candidates[0]["shifts"], 0);
        assert_eq!(heard.data["coverage"], json!({"minimum": 1, "desired": 3, "filled": 1}));
        let other = theirs.next().await;
        assert_eq!(
            other.data["position_id"],
            evening.assignment(app, "Maryam", "away-lead").await["seat"]["position_id"]
        );
        let both = [organizers.next().await, organizers.next().await];
        assert_eq!(both.map(|heard| heard.id), [heard.id, other.id]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_has_missed_nothing_and_hears_nothing_twice() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = format!("{}/events", evening.path);
        let mut first = Listener::open(app, &path, &evening.organizer, None).await;
        withdraws(app, &evening, &evening.narges, "Narges", "early-team").await;
        let last = first.next().await.id;
        drop(first);

        withdraws(app, &evening, &evening.zahra, "Zahra", "early-lead").await;
        evening.withdraw_the_base(app).await;
        for no_event in ["", "x", "+1", "-1"] {
            let refused = app.get(&path).by(&evening.organizer).with("last-event-id", no_event).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{no_event}");
            assert_eq!(refused.faults()["last-event-id"], "not_an_event");
        }
        let elsewhere = TestApp::start(&Store::clone(&app.state.store)).await;
        let organizer = elsewhere.known("organizer").await;
        let mut again = Listener::open(&elsewhere, &path, &organizer, Some(&last)).await;
        let mut all = Listener::open(app, &path, &evening.organizer, Some("0")).await;
        withdraws(app, &evening, &evening.maryam, "Maryam", "early-team").await;

        let after = |count: i64| (1..=count).map(move |k| (last.parse::<i64>().unwrap() + k).to_string());
        for id in after(6) {
            // Zahra and Narges are offered anew what they had declined.
            assert_eq!(again.next().await.id, id);
        }
        for number in 1..=13 {
            assert_eq!(all.next().await.id, number.to_string());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_time_is_over() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let brief = app.with(|services| services.longest_stream = Duration::ZERO);

        // The whole of the answer is waited for.
        let told = brief.get(format!("{path}/events")).by(&organizer).await;

        assert_eq!(told.status, StatusCode::OK);
        let told = String::from_utf8(told.bytes).unwrap();
        assert_eq!(told.matches("event:").count(), 1, "{told}");
        assert!(told.starts_with("event: ready"), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volunteer_hears_what_concerns_her_and_nothing_of_others() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut phone = Listener::open(app, "/v1/me/events", &evening.maryam, None).await;
        let mut history = Listener::open(app, "/v1/me/events", &evening.narges, Some("0")).await;

        withdraws(app, &evening, &evening.narges, "Narges", "early-team").await;
        evening.withdraw_the_base(app).await;

        assert_eq!(phone.next().await.kind, "assignment_cancelled");
        let kinds = [history.next().await.kind, history.next().await.kind, history.next().await.kind];
        assert_eq!(kinds, ["assignment_offered", "assignment_declined", "assignment_offered"]);

        let path = format!("{}/events", evening.path);
        app.get(&path).await.expect(StatusCode::UNAUTHORIZED);
        app.get(&path).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
        let stranger = app.person("stranger", false).await;
        app.get(&path).by(&stranger).await.expect(StatusCode::NOT_FOUND);
        app.get("/v1/me/events").by(&stranger).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}
