//! The roster by hand: what a rule is against is refused with every reason or forced with a note, what a preference is
//! against shows its price, and plans keep what was pinned.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use khademyar_domain::event::EventKind;
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    evening::Evening,
    parts::someone,
};

async fn rows(app: &TestApp, evening: &Evening, list: &str) -> Vec<Value> {
    let path = format!("{}/{list}?limit=500", evening.path);
    let page = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

async fn id(app: &TestApp, evening: &Evening, list: &str, code: &str) -> Value {
    let found = rows(app, evening, list).await.into_iter().find(|row| row["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {list}"))["id"].clone()
}

/// Gives the volunteer a seat, with more to say in `more`.
async fn assign(
    app: &TestApp,
    evening: &Evening,
    by: &Person,
    (volunteer, position): (&str, &str),
    more: &Value,
) -> Answer {
    let mut body = more.clone();
    body["volunteer_id"] = id(app, evening, "volunteers", volunteer).await;
    body["position_id"] = id(app, evening, "positions", position).await;
    app.post(format!("{}/assignments", evening.path), body).by(by).await
}

async fn coordinator(app: &TestApp, evening: &Evening, district: usize, name: &str) -> Person {
    let district = rows(app, evening, "districts").await[district]["id"].clone();
    let role = json!({"role": "coordinator", "district_ids": [district]});
    someone(app, &evening.organizer, &evening.path, name, role).await
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|fault| fault["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_seat_is_given_with_its_price_and_the_volunteer_is_asked() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        evening.withdraw_the_base(app).await;
        let before = evening.events(app, 0).await.len() as i64;
        let south = coordinator(app, &evening, 1, "south").await;

        let dry = assign(app, &evening, &south, ("Narges", "away-lead"), &json!({"dry_run": true})).await;
        let dry = dry.expect(StatusCode::OK);
        assert_eq!((&dry["assignment"], &dry["against"]), (&Value::Null, &json!([])));
        // The seat is essential, and its district has priority 3.
        assert_eq!(dry["change"]["essential"], -3);
        let given = assign(app, &evening, &south, ("Narges", "away-lead"), &json!({})).await;
        let given = given.expect(StatusCode::CREATED);
        assert_eq!(given["change"], dry["change"]);
        let row = &given["assignment"];
        assert_eq!((&row["state"], &row["source"]), (&json!("offered"), &json!("coordinator")));
        assert_eq!((&row["seat"]["volunteer_code"], &row["note"]), (&json!("Narges"), &Value::Null));
        let told = evening.events(app, before).await;
        assert_eq!(
            told.iter().map(|event| event.event.kind).collect::<Vec<_>>(),
            [EventKind::AssignmentOffered]
        );
        assert_eq!(told[0].by, Some(south.id));

        let path = format!("{}/assignments/{}", evening.path, row["id"].as_str().unwrap());
        let dry = app.delete(format!("{path}?dry_run=true")).by(&south).await.expect(StatusCode::OK);
        assert_eq!(dry["change"]["essential"], 3);
        let removed = app.delete(&path).by(&south).await.expect(StatusCode::OK);
        assert_eq!(
            (&removed["assignment"]["state"], &removed["assignment"]["reason"]),
            (&json!("cancelled"), &json!("removed"))
        );
        app.delete(&path).by(&south).await.expect(StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn what_rules_are_against_is_refused_with_every_reason_or_forced_by_an_organizer_with_a_note() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let north = coordinator(app, &evening, 0, "north").await;
        let (nobody, force) = (json!({}), json!({"force": "تنها کسی که می‌داند"}));

        // One shift a night; and at the same time there is no force.
        let refused = assign(app, &evening, &north, ("Narges", "late-team"), &nobody).await;
        let refused = refused.expect(StatusCode::CONFLICT);
        assert_eq!(refused["type"], "urn:khademyar:problem:not-eligible");
        assert_eq!(codes(&refused), ["shifts_per_night"]);
        let twice = assign(app, &evening, &evening.organizer, ("Zahra", "early-team"), &force).await;
        assert_eq!(codes(&twice.expect(StatusCode::CONFLICT)), ["overlap", "shifts_per_night"]);
        let full = assign(app, &evening, &evening.organizer, ("Narges", "early-lead"), &force).await;
        assert!(codes(&full.expect(StatusCode::CONFLICT)).contains(&"full"));
        let hers = assign(app, &evening, &north, ("Narges", "late-team"), &force).await;
        hers.expect(StatusCode::FORBIDDEN);

        let forced = assign(app, &evening, &evening.organizer, ("Narges", "late-team"), &force).await;
        let forced = forced.expect(StatusCode::CREATED);
        assert_eq!((&forced["against"], &forced["change"]), (&json!(["shifts_per_night"]), &Value::Null));
        let seen = evening.assignment(app, "Narges", "late-team").await;
        assert_eq!((&seen["note"], &seen["state"]), (&force["force"], &json!("offered")));
        // A plan does not know of it, and does not take it away.
        evening.publish(app, &evening.roster).await;
        assert_eq!(evening.assignment(app, "Narges", "late-team").await, seen);
    })
    .await;
}

#[tokio::test]
async fn a_move_leaves_one_seat_for_another_or_changes_nothing() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let early = evening.assignment(app, "Narges", "early-team").await;
        let path = format!("{}/assignments/{}/move", evening.path, early["id"].as_str().unwrap());
        let to = async |position: &str, dry_run: bool| {
            let position = id(app, &evening, "positions", position).await;
            app.post(&path, json!({"position_id": position, "dry_run": dry_run})).by(&evening.organizer).await
        };

        to("early-lead", false).await.expect(StatusCode::CONFLICT);
        assert_eq!(evening.assignment(app, "Narges", "early-team").await, early);
        let dry = to("late-team", true).await.expect(StatusCode::OK);
        assert_eq!(evening.assignment(app, "Narges", "early-team").await, early);
        let moved = to("late-team", false).await.expect(StatusCode::CREATED);
        assert_eq!((&moved["change"], &moved["against"]), (&dry["change"], &json!([])));
        assert_eq!(moved["assignment"]["seat"]["position_code"], "late-team");
        assert_eq!(evening.assignment(app, "Narges", "early-team").await["reason"], "moved");
        let north = coordinator(app, &evening, 0, "north").await;
        let base = evening.assignment(app, "Maryam", "away-lead").await;
        let path = format!("{}/assignments/{}/move", evening.path, base["id"].as_str().unwrap());
        let here = json!({"position_id": id(app, &evening, "positions", "early-team").await});
        app.post(&path, here.clone()).by(&north).await.expect(StatusCode::NOT_FOUND);
        app.post(&path, here).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_pinned_assignment_is_a_pin_that_every_plan_keeps() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let early = evening.assignment(app, "Narges", "early-team").await;
        let path = format!("{}/assignments/{}/pin", evening.path, early["id"].as_str().unwrap());

        for _ in 0..2 {
            app.put(&path, Value::Null).by(&evening.organizer).await.expect(StatusCode::NO_CONTENT);
        }
        let pins = rows(app, &evening, "pins").await;
        assert_eq!(pins.len(), 1);
        assert_eq!(pins[0]["position_id"], early["seat"]["position_id"]);
        for _ in 0..2 {
            app.delete(&path).by(&evening.organizer).await.expect(StatusCode::NO_CONTENT);
        }
        assert!(rows(app, &evening, "pins").await.is_empty());
        app.put(&path, Value::Null).by(&evening.narges).await.expect(StatusCode::FORBIDDEN);
        let nothing = format!("{}/assignments/{}/pin", evening.path, uuid::Uuid::now_v7());
        app.put(nothing, Value::Null).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn who_comes_unasked_is_taken_in_where_there_is_a_seat() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let position = id(app, &evening, "positions", "early-team").await;
        let body = |name: &str| json!({"name": {"fa": name}, "gender": "woman", "position_id": position});
        let path = format!("{}/walk-ins", evening.path);

        let there = app.post(&path, body("پری")).by(&evening.organizer).await.expect(StatusCode::CREATED);
        assert_eq!((&there["state"], &there["source"]), (&json!("checked_in"), &json!("coordinator")));
        let full = app.post(&path, body("مهری")).by(&evening.organizer).await.expect(StatusCode::CONFLICT);
        assert_eq!(full["type"], "urn:khademyar:problem:position-full");
        app.post(&path, body("مهری")).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
        let after: DateTime<Utc> = "2027-04-08T20:00:00Z".parse().unwrap();
        app.state.clock.advance(after - app.state.clock.now() + TimeDelta::seconds(1));
        evening.sign_in_again(app).await;
        let late = app.post(&path, body("مهری")).by(&evening.organizer).await.expect(StatusCode::CONFLICT);
        assert_eq!(codes(&late), ["ended"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_that_reach_for_the_last_seat_at_once_give_it_to_one() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        evening.withdraw_the_base(app).await;
        let south = coordinator(app, &evening, 1, "south").await;
        let base = id(app, &evening, "positions", "away-lead").await;
        let mut bodies = Vec::new();
        for volunteer in ["Narges", "Zahra", "Maryam"].into_iter().cycle().take(12) {
            let volunteer = id(app, &evening, "volunteers", volunteer).await;
            bodies.push(json!({"volunteer_id": volunteer, "position_id": base}));
        }

        let hands = bodies.into_iter().map(|body| {
            let (app, south, path) = (app.clone(), south.clone(), format!("{}/assignments", evening.path));
            tokio::spawn(async move {
                loop {
                    let answer = app.post(&path, body.clone()).by(&south).await;
                    if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                        break answer.status;
                    }
                }
            })
        });
        let answers: Vec<StatusCode> = join_all(hands).await.into_iter().map(Result::unwrap).collect();

        let given = answers.iter().filter(|status| **status == StatusCode::CREATED).count();
        let refused = answers.iter().filter(|status| **status == StatusCode::CONFLICT).count();
        assert_eq!((given, refused), (1, 11));
    })
    .await;
}
