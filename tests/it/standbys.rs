//! How many should stand by, from how many did not come.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
    parts::someone,
};

async fn advice(app: &TestApp, evening: &Evening, by: &Person) -> Vec<Value> {
    let answer = app.get(format!("{}/standby-advice", evening.path)).by(by).await.expect(StatusCode::OK);
    answer["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_did_not_come_feeds_the_advice_by_field_of_service() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let before = advice(app, &evening, &evening.organizer).await;
        let first = before.iter().find(|item| item["night"] == 0).unwrap().clone();
        assert_eq!(
            (&first["told"], &first["missed"], &first["percent_missing"]),
            (&json!(0), &json!(0), &json!(10.0))
        );
        assert!(first["advised"].as_u64() >= Some(1), "{first}");
        assert_eq!(first["standing_by"], 0);

        let night = before.last().unwrap()["night"].as_i64().unwrap();
        app.put(format!("/v1/me/standbys/{night}"), json!({}))
            .by(&evening.narges)
            .await
            .expect(StatusCode::NO_CONTENT);
        let after = advice(app, &evening, &evening.organizer).await;
        assert!(after.iter().any(|item| item["night"] == night && item["standing_by"] == 1), "{after:?}");

        let start: DateTime<Utc> = "2027-04-08T16:30:00Z".parse().unwrap();
        app.state.clock.advance(start - app.state.clock.now() + TimeDelta::minutes(30));
        evening.sign_in_again(app).await;
        let mut events = Vec::new();
        for (code, kind) in [("Zahra", "check_in"), ("Maryam", "absent"), ("Narges", "excused")] {
            let position = if code == "Zahra" { "early-lead" } else { "early-team" };
            let of = evening.assignment(app, code, position).await;
            events.push(json!({"id": Uuid::now_v7(), "assignment_id": of["id"], "kind": kind, "at": start}));
        }
        let path = format!("{}/attendance-events", evening.path);
        app.post(path, json!({"items": events})).by(&evening.organizer).await.expect(StatusCode::OK);
        let told = advice(app, &evening, &evening.organizer).await;
        let told = told.iter().find(|item| item["specialty_id"] == first["specialty_id"]).unwrap();
        // Two of three, and two of twenty more: 4 of 23.
        assert_eq!(
            (&told["told"], &told["missed"], &told["percent_missing"]),
            (&json!(3), &json!(2), &json!(17.4))
        );
        assert!(
            told["night"].as_i64() > Some(0) || told["seats"].as_u64() < first["seats"].as_u64(),
            "{told}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_is_advised_for_the_venues_of_her_districts() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let all = advice(app, &evening, &evening.organizer).await;
        let seats = |items: &[Value]| items.iter().map(|item| item["seats"].as_u64().unwrap()).sum::<u64>();
        let districts = app
            .get(format!("{}/districts", evening.path))
            .by(&evening.organizer)
            .await
            .expect(StatusCode::OK);
        let mut of_each = Vec::new();
        for (index, district) in districts["items"].as_array().unwrap().iter().enumerate() {
            let part = json!({"role": "coordinator", "district_ids": [district["id"]]});
            let name = format!("coordinator{index}");
            let coordinator = someone(app, &evening.organizer, &evening.path, &name, part).await;
            of_each.push(seats(&advice(app, &evening, &coordinator).await));
        }
        assert!(of_each.iter().filter(|&&seats| seats > 0).count() > 1, "{of_each:?}");
        assert_eq!(of_each.iter().sum::<u64>(), seats(&all));
        app.get(format!("{}/standby-advice", evening.path))
            .by(&evening.maryam)
            .await
            .expect(StatusCode::FORBIDDEN);
    })
    .await;
}
