//! The pass: shown on the night, known to be true without a network, and nobody else's.

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
};

/// When the first shift starts.
const START: &str = "2027-04-08T16:30:00Z";

async fn pass(app: &TestApp, by: &Person) -> Value {
    app.get("/v1/me/pass").by(by).await.expect(StatusCode::OK)
}

/// The evening ten minutes after the first shift has started.
async fn on_the_night(app: &TestApp) -> Evening {
    let mut evening = Evening::on(app).await;
    let start: DateTime<Utc> = START.parse().unwrap();
    app.state.clock.advance(start - app.state.clock.now() + TimeDelta::minutes(10));
    evening.sign_in_again(app).await;
    evening
}

async fn told(app: &TestApp, evening: &Evening, events: Value) -> Vec<Value> {
    let path = format!("{}/attendance-events", evening.path);
    let answer = app.post(path, json!({"items": events})).by(&evening.organizer).await.expect(StatusCode::OK);
    let refusal = |item: &Value| {
        if item["refusal"].is_null() { item["outcome"].clone() } else { item["refusal"]["code"].clone() }
    };
    answer["items"].as_array().unwrap().iter().map(refusal).collect()
}

#[tokio::test]
async fn a_phone_without_a_network_knows_a_pass_by_the_public_key_and_the_roll() {
    on_each_api(async |app| {
        let evening = on_the_night(app).await;
        let own = pass(app, &evening.maryam).await;
        assert_eq!(own, pass(app, &evening.maryam).await, "a phone keeps one");

        // All that the phone at the gate carries: the key and the roll.
        let keys = app.get(format!("{}/keys", evening.path)).await;
        assert_eq!(keys.header(header::CACHE_CONTROL), "public, max-age=86400");
        let keys: JwkSet = serde_json::from_value(keys.expect(StatusCode::OK)).unwrap();
        let shifts = app
            .get(format!("{}/shifts?limit=500", evening.path))
            .by(&evening.organizer)
            .await
            .expect(StatusCode::OK);
        let early =
            shifts["items"].as_array().unwrap().iter().find(|shift| shift["code"] == "early").unwrap()["id"]
                .clone();
        let roll = format!("{}/shifts/{}/roll", evening.path, early.as_str().unwrap());
        let roll = app.get(roll).by(&evening.organizer).await.expect(StatusCode::OK);

        let token = own["token"].as_str().unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("khademyar-pass+jwt"));
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[own["festival_id"].as_str().unwrap()]);
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["aud", "exp", "iss", "sub"], "it names nobody");
        let row = roll["people"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["volunteer_id"] == claims["sub"])
            .unwrap();
        assert_eq!(row["name"], "Maryam");
        assert_eq!(row["pass_code"], own["code"]);

        let picture = app.get("/v1/me/pass.svg").by(&evening.maryam).await;
        assert_eq!(picture.header(header::CONTENT_TYPE), "image/svg+xml");
        let unknown = format!("/v1/festivals/{}/keys", Uuid::now_v7());
        assert_eq!(app.get(unknown).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_check_in_by_another_ones_pass_or_code_does_not_count() {
    on_each_api(async |app| {
        let mut evening = on_the_night(app).await;
        let maryam = evening.assignment(app, "Maryam", "early-team").await;
        let narges = evening.assignment(app, "Narges", "early-team").await;
        let own = pass(app, &evening.maryam).await;
        let event = |of: &Value, kind: &str, shown: Value| {
            let mut event =
                json!({"id": Uuid::now_v7(), "assignment_id": of["id"], "kind": kind, "at": START});
            event.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
            event
        };
        let (token, code) = (&own["token"], own["code"].as_str().unwrap());
        let persian: String =
            code.bytes().map(|digit| char::from_u32(0x06f0 + u32::from(digit - b'0')).unwrap()).collect();
        let forged = format!("{}x", token.as_str().unwrap());

        let events = json!([
            event(&narges, "check_in", json!({"pass": token})),
            event(&narges, "check_in", json!({"code": code})),
            event(&maryam, "check_in", json!({"pass": forged})),
            event(&maryam, "check_in", json!({"code": "00000x"})),
        ]);
        assert_eq!(told(app, &evening, events).await, ["not_theirs"; 4]);
        let after = evening.assignment(app, "Narges", "early-team").await;
        assert_eq!(after["attendance"], "unknown");

        let check_in = event(&maryam, "check_in", json!({"pass": token}));
        let present = event(&maryam, "present", json!({"code": persian}));
        assert_eq!(
            told(app, &evening, json!([check_in, present, check_in])).await,
            ["accepted", "accepted", "duplicate"]
        );
        assert_eq!(evening.assignment(app, "Maryam", "early-team").await["attendance"], "present");
        let audit = app
            .get(format!("{}/audit?limit=100", evening.path))
            .by(&evening.organizer)
            .await
            .expect(StatusCode::OK);
        let seen: Vec<&Value> = audit["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["after"]["seen_by"])
            .filter(|seen| !seen.is_null())
            .collect();
        assert!(seen.contains(&&json!("pass")) && seen.contains(&&json!("code")), "{seen:?}");

        // A pass is good when it is shown, however late that is told, and not after the festival.
        let mut late = event(&maryam, "check_out", json!({"pass": token}));
        let end: DateTime<Utc> = own["good_until"].as_str().unwrap().parse().unwrap();
        app.state.clock.advance(end - app.state.clock.now() + TimeDelta::hours(1));
        evening.sign_in_again(app).await;
        let path = format!("{}/attendance-events", evening.path);
        late["at"] = json!(end);
        let refused =
            app.post(&path, json!({"items": [late]})).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(refused["items"][0]["refusal"]["code"], "not_theirs");
        late["at"] = json!(end - TimeDelta::seconds(1));
        let counts =
            app.post(&path, json!({"items": [late]})).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(counts["items"][0]["outcome"], "accepted");
    })
    .await;
}

#[tokio::test]
async fn what_is_shown_makes_sense_with_what_is_said() {
    on_each_api(async |app| {
        let evening = on_the_night(app).await;
        let maryam = evening.assignment(app, "Maryam", "early-team").await;
        let ask = async |kind: &str, shown: Value| {
            let mut event =
                json!({"id": Uuid::now_v7(), "assignment_id": maryam["id"], "kind": kind, "at": START});
            event.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
            let path = format!("{}/attendance-events", evening.path);
            let answer = app.post(path, json!({"items": [event]})).by(&evening.organizer).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            answer.faults()
        };
        let both = json!({"pass": "a.b.c", "code": "123456"});
        assert_eq!(ask("check_in", both).await["/items/0/code"], "one_of_two");
        let code = json!({"code": "123456"});
        assert_eq!(ask("absent", code.clone()).await["/items/0/code"], "nobody_there");
        assert_eq!(ask("excused", code).await["/items/0/code"], "nobody_there");
    })
    .await;
}
