//! What is held on people is known column by column; they are told all of it, and erased without a trace.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_storage::{audit, held::TABLES, refresh_tokens::Holder};
use sea_orm::Database;
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp},
    dump::{columns, dump},
    evening::Evening,
    parts::{someone, without_identity},
    store::{TestStore, on_each_engine},
};

/// What nothing may tell of once Maryam is erased: her name, her phone as it is stored and as she types it, her code, her
/// username, and what was written about her.
pub(crate) const TRACES: [&str; 6] =
    ["مریم امینی", "9131111111", "Maryam", "maryam", "زانویش درد می‌کند", "192.0.2.77"];

#[tokio::test]
async fn every_column_is_known_to_tell_of_people_or_not() {
    on_each_engine(async |store: &TestStore| {
        let on = Database::connect(&store.url).await.unwrap();
        let there = columns(&on).await;
        on.close().await.unwrap();

        let of = |table: &str, columns: Vec<&str>| -> Vec<String> {
            columns.into_iter().map(|column| format!("{table}.{column}")).collect()
        };
        let there: BTreeSet<String> = there
            .iter()
            .flat_map(|(table, columns)| of(table, columns.iter().map(String::as_str).collect()))
            .collect();
        let known: Vec<String> = TABLES
            .iter()
            .flat_map(|table| {
                let parts = [table.told, table.withheld, table.emptied, table.rest];
                of(table.name, parts.into_iter().flat_map(str::split_whitespace).collect())
            })
            .collect();
        let once: BTreeSet<String> = known.iter().cloned().collect();
        assert_eq!(once.len(), known.len(), "a column stands twice in storage/src/held.rs");
        let missing: Vec<&String> = there.difference(&once).collect();
        let gone: Vec<&String> = once.difference(&there).collect();
        assert!(
            missing.is_empty() && gone.is_empty(),
            "storage/src/held.rs lacks {missing:?}, names {gone:?}"
        );
    })
    .await;
}

/// An instant of the festival.
fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn go_to(app: &TestApp, instant: &str) {
    app.state.clock.advance(at(instant) - app.state.clock.now());
}

/// Somebody who signs in anew.
pub(crate) async fn again(app: &TestApp, person: &Person) -> Person {
    Person { id: person.id, token: app.token(person.id).await }
}

/// Maryam's volunteer.
async fn her_id(app: &TestApp, person: &Person) -> String {
    let me = app.get("/v1/me").by(person).await.expect(StatusCode::OK);
    me["parts"][0]["volunteer_id"].as_str().unwrap().to_owned()
}

/// Maryam does what leaves something behind, and others write of her.
pub(crate) async fn lives(app: &TestApp, evening: &Evening) -> String {
    let Evening { organizer, path, maryam, .. } = evening;
    let id = her_id(app, maryam).await;
    let seat = evening.assignment(app, "Maryam", "early-team").await["id"].as_str().unwrap().to_owned();
    app.post(format!("/v1/me/assignments/{seat}/accept"), json!({}))
        .by(maryam)
        .from("192.0.2.77")
        .await
        .expect(StatusCode::OK);
    let wanted = json!({"language": "en", "unwanted_sms": ["cover_asked"]});
    app.put("/v1/me/preferences", wanted).by(maryam).await.expect(StatusCode::OK);
    app.post("/v1/me/calendar", json!({})).by(maryam).await.expect(StatusCode::CREATED);
    app.post("/v1/auth/codes", json!({"phone": "09131111111"})).await.expect(StatusCode::ACCEPTED);
    let volunteer = app.get(format!("{path}/volunteers/{id}")).by(organizer).await.expect(StatusCode::OK);
    let mut written = volunteer.clone();
    without_identity(&mut written);
    written["max_nights"] = json!(5);
    app.put(format!("{path}/volunteers/{id}"), written).by(organizer).await.expect(StatusCode::OK);
    // Of two who bear the name, one is erased: what was answered when the other was made tells of both by it.
    let twin = json!({"code": "twin", "name": {"fa": "مریم امینی"}, "gender": "woman",
                      "home_district_id": volunteer["home_district_id"]});
    let made = app
        .post(format!("{path}/volunteers"), twin.clone())
        .by(organizer)
        .with("idempotency-key", "once")
        .await
        .expect(StatusCode::CREATED);
    let twin = format!("{path}/volunteers/{}/data", made["id"].as_str().unwrap());
    app.delete(twin).by(organizer).await.expect(StatusCode::NO_CONTENT);
    id
}

/// The figures of the thank-you report.
pub(crate) async fn figures(app: &TestApp, evening: &Evening, organizer: &Person) -> Value {
    let report = app.get(format!("{}/reports/thank-you", evening.path)).by(organizer).await;
    let report = report.expect(StatusCode::OK);
    let districts: Vec<Value> = report["districts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|district| json!([district["code"], district["sent"], district["hosted"]]))
        .collect();
    json!([report["festival"], districts, report["venues"]])
}

/// Every list and every export of the festival, as the organizer reads them.
pub(crate) async fn everything_told(app: &TestApp, path: &str, organizer: &Person) -> String {
    let mut told = String::new();
    for list in [
        "volunteers?limit=500",
        "pairs?limit=500",
        "pins?limit=500",
        "members?limit=500",
        "assignments?limit=500",
        "audit?limit=500",
        "messages?limit=500",
        "covers",
        "worklog?limit=500",
        "registrations",
        "problem",
        "reports/thank-you",
        "reports/thank-you?format=csv&table=volunteers",
    ] {
        let answer = app.get(format!("{path}/{list}")).by(organizer).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.body);
        told.push_str(&String::from_utf8_lossy(&answer.bytes));
    }
    told
}

#[tokio::test]
async fn who_is_erased_leaves_no_trace_and_their_service_counts_on() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        lives(app, &evening).await;
        go_to(app, "2027-04-12T12:00:00Z");
        let (organizer, maryam) = (again(app, &evening.organizer).await, again(app, &evening.maryam).await);
        let before = figures(app, &evening, &organizer).await;
        let held = dump(store).await;
        for trace in TRACES.iter().filter(|trace| !trace.starts_with("زانو")) {
            assert_ne!(held.places(trace), Vec::<&str>::new(), "{trace} stands nowhere before");
        }

        app.delete("/v1/me/data").by(&maryam).await.expect(StatusCode::NO_CONTENT);

        let held = dump(store).await;
        let told = everything_told(app, &evening.path, &organizer).await;
        for trace in TRACES {
            assert_eq!(held.places(trace), Vec::<&str>::new(), "{trace} is still there");
            assert!(!told.contains(trace), "{trace} is still told");
        }
        assert_eq!(app.get("/v1/me").by(&maryam).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(figures(app, &evening, &organizer).await, before);
        let chain = audit::verify(&store.reader(), evening.festival_id()).await.unwrap();
        assert!(chain.faults.is_empty() && chain.erased > 0, "{chain:?}");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_festivals_audit_tells_of_nobody_and_its_chain_is_whole() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        lives(app, &evening).await;
        let held = dump(store).await;
        let told = held.places(TRACES[0]);
        assert!(told.iter().any(|place| place.starts_with("audit_details")), "{told:?}");

        app.delete(&evening.path).by(&evening.organizer).await.expect(StatusCode::NO_CONTENT);

        let held = dump(store).await;
        for trace in TRACES {
            let told = held.places(trace);
            assert!(!told.iter().any(|place| place.starts_with("audit")), "{trace} is still in {told:?}");
        }
        let chain = audit::verify(&store.reader(), evening.festival_id()).await.unwrap();
        assert!(chain.faults.is_empty() && chain.erased > 0, "{chain:?}");
    })
    .await;
}

#[tokio::test]
async fn a_repetition_whose_answer_was_erased_has_no_effect() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let Evening { organizer, path, .. } = &evening;
        let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
        let volunteer = json!({"code": "v9", "name": {"fa": "لیلا یزدی"}, "gender": "woman",
                               "home_district_id": districts["items"][0]["id"]});
        let make = async || {
            let call = app.post(format!("{path}/volunteers"), volunteer.clone()).by(organizer);
            call.with("idempotency-key", "once").await
        };
        let id = make().await.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        let data = format!("{path}/volunteers/{id}/data");
        app.delete(&data).by(organizer).await.expect(StatusCode::NO_CONTENT);

        let repeated = make().await;

        assert_eq!(repeated.body["type"], "urn:khademyar:problem:answer-erased");
        assert_eq!(repeated.status, StatusCode::CONFLICT);
        assert_eq!(app.delete(&data).by(organizer).await.status, StatusCode::NOT_FOUND);
        assert_eq!(dump(store).await.places("لیلا یزدی"), Vec::<&str>::new());
    })
    .await;
}

#[tokio::test]
async fn seats_to_come_are_given_up_and_the_coordinator_is_told() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await;
        let south = districts.expect(StatusCode::OK)["items"][1]["id"].clone();
        let role = json!({"role": "coordinator", "district_ids": [south]});
        let coordinator = someone(app, &evening.organizer, &evening.path, "south", role).await;
        let seat = evening.assignment(app, "Maryam", "away-lead").await["id"].as_str().unwrap().to_owned();
        app.post(format!("/v1/me/assignments/{seat}/accept"), json!({}))
            .by(&evening.maryam)
            .await
            .expect(StatusCode::OK);
        // Two of her three seats have begun.
        go_to(app, "2027-04-09T06:00:00Z");
        let (organizer, maryam) = (again(app, &evening.organizer).await, again(app, &evening.maryam).await);

        app.delete("/v1/me/data").by(&maryam).await.expect(StatusCode::NO_CONTENT);

        let list = app.get(format!("{}/assignments?limit=500", evening.path)).by(&organizer).await;
        let list = list.expect(StatusCode::OK);
        let rows = list["items"].as_array().unwrap();
        let given_up = rows.iter().find(|row| row["id"] == seat.as_str()).unwrap();
        assert_eq!(given_up["state"], "withdrawn");
        let nameless = &given_up["seat"]["volunteer_id"];
        let hers: Vec<&Value> = rows.iter().filter(|row| row["seat"]["volunteer_id"] == *nameless).collect();
        assert_eq!(hers.iter().filter(|row| row["state"] == "offered").count(), 2);
        let messages = app.get(format!("{}/messages?limit=500", evening.path)).by(&organizer).await;
        let messages = messages.expect(StatusCode::OK)["items"].clone();
        let told = messages.as_array().unwrap().iter().filter(|message| {
            message["user_id"] == coordinator.id.to_string() && message["kind"] == "assignment_withdrawn"
        });
        assert_eq!(told.count(), 1, "{messages}");
    })
    .await;
}

#[tokio::test]
async fn who_asks_is_told_everything_that_is_held_on_them() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let id = lives(app, &evening).await;

        let data = app.get("/v1/me/data").by(&evening.maryam).await.expect(StatusCode::OK);

        let tables = &data["tables"];
        let volunteer = &tables["volunteers"][0];
        assert_eq!((&volunteer["id"], &volunteer["name_fa"]), (&json!(id), &json!("مریم امینی")));
        assert_eq!(
            (&volunteer["phone"], &volunteer["always_available"]),
            (&json!("+989131111111"), &json!(true))
        );
        assert_eq!(tables["users"][0]["username"], "maryam");
        assert_eq!(tables["assignments"].as_array().unwrap().len(), 3);
        assert_eq!(tables["skills"][0]["level"], 3);
        assert!(tables["assignments"][0]["starts_at"].as_str().unwrap().starts_with("2027-04-0"));
        assert!(tables["audit_details"].to_string().contains("192.0.2.77"));
        let text = data.to_string();
        for other in ["نرگس کریمی", "9132222222", "password", "hash"] {
            assert!(!text.contains(other), "{other} is told");
        }
        let nobody = app.person("nobody", false).await;
        let little = app.get("/v1/me/data").by(&nobody).await.expect(StatusCode::OK);
        let tables: Vec<&String> = little["tables"].as_object().unwrap().keys().collect();
        assert_eq!(tables, ["devices", "users"]);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_erased_by_a_token_left_behind_and_no_staff_by_themselves() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let staff = app.delete("/v1/me/data").by(&evening.organizer).await;
        assert_eq!(
            (staff.status, &staff.body["type"]),
            (StatusCode::CONFLICT, &json!("urn:khademyar:problem:staff"))
        );
        let maryam = &evening.maryam;
        let devices = app.get("/v1/me/devices").by(maryam).await.expect(StatusCode::OK);
        let current = devices["items"].as_array().unwrap().iter().find(|device| device["current"] == true);
        let device_id = current.unwrap()["id"].as_str().unwrap().parse().unwrap();
        app.state.clock.advance(TimeDelta::minutes(16));
        let holder = Holder { user_id: maryam.id, device_id };
        let token = app.state.keys.sign(holder, app.state.clock.now()).await.unwrap();

        let late = app.delete("/v1/me/data").by(&Person { id: maryam.id, token: token.clone() }).await;

        assert_eq!(
            (late.status, &late.body["type"]),
            (StatusCode::CONFLICT, &json!("urn:khademyar:problem:sign-in-again"))
        );
        assert_eq!(app.get("/v1/me").by(&Person { id: maryam.id, token }).await.status, StatusCode::OK);
    })
    .await;
}
