//! The lists of a set-up, as every client meets them.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use khademyar_storage::Store;
use khademyar_worker::Worker;
use serde_json::json;

use crate::app::{TestApp, on_each_api};

fn district(code: &str) -> serde_json::Value {
    json!({"code": code, "name": {"fa": "منطقهٔ ۱۴", "en": "District 14"}, "priority": 5})
}

#[tokio::test]
async fn a_district_is_created_read_replaced_and_deleted() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let created = app.post(format!("{festival}/districts"), district("d14")).by(&organizer).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
        let path = created.header(header::LOCATION).to_owned();

        let read = app.get(&path).by(&organizer).await;
        assert_eq!((read.status, read.header(header::ETAG)), (StatusCode::OK, "\"1\""));
        assert_eq!(read.body, created.body);

        let mut changed = district("d14");
        changed["priority"] = json!(4);
        let replaced = app.put(&path, changed.clone()).by(&organizer).with("if-match", "\"1\"").await;
        assert_eq!((replaced.status, &replaced.body["priority"]), (StatusCode::OK, &json!(4)));
        let late = app.put(&path, changed).by(&organizer).with("if-match", "\"1\"").await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED);

        app.delete(&path).by(&organizer).await.expect(StatusCode::NO_CONTENT);
        app.get(&path).by(&organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn every_fault_of_a_body_is_named_at_once() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let wrong = json!({"code": 5, "name": {"en": "Nameless"}, "priority": 9, "major": "typo"});
        let answer = app.post(format!("{festival}/districts"), wrong).by(&organizer).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
        let faults = answer.faults();
        assert_eq!(faults["/code"], "type");
        assert_eq!(faults["/name/fa"], "required");
        assert_eq!(faults["/priority"], "maximum");
        assert_eq!(faults["/major"], "unknown_key");
    })
    .await;
}

#[tokio::test]
async fn a_repeated_post_has_one_effect_and_the_same_answer() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let districts = format!("{festival}/districts");
        let send =
            |code: &str| app.post(&districts, district(code)).by(&organizer).with("idempotency-key", "one");

        let (first, second) = tokio::join!(send("d1").into_future(), send("d1").into_future());
        assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(first.body, second.body);
        let listed = app.get(&districts).by(&organizer).await.expect(StatusCode::OK);
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);

        let other = send("d2").await;
        assert_eq!(other.body["type"], "urn:khademyar:problem:idempotency-key-reused");

        // After a day nobody repeats it any more.
        let worker = Worker::new(Store::clone(&app.state.store), 1);
        assert_eq!(worker.forget_once(app.state.clock.now()).await.unwrap(), 0);
        let tomorrow = app.state.clock.now() + TimeDelta::hours(25);
        assert_eq!(worker.forget_once(tomorrow).await.unwrap(), 1);
        send("d2").await.expect(StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn a_bulk_creation_is_all_or_nothing_and_can_be_undone() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let bulk = format!("{festival}/districts/bulk");
        let twice = json!({"items": [district("d1"), district("d2"), district("d1")]});
        let refused = app.post(&bulk, twice).by(&organizer).await;
        assert_eq!(refused.faults()["/items/2/code"], "taken");

        let items: Vec<_> = (1..=15).map(|k| district(&format!("d{k}"))).collect();
        let made = app.post(&bulk, json!({"items": items})).by(&organizer).await;
        let batch = made.header(header::LOCATION).to_owned();
        assert_eq!(made.expect(StatusCode::CREATED)["ids"].as_array().unwrap().len(), 15);

        app.delete(&batch).by(&organizer).await.expect(StatusCode::NO_CONTENT);
        app.delete(&batch).by(&organizer).await.expect(StatusCode::PRECONDITION_FAILED);
        let listed = app.get(format!("{festival}/districts")).by(&organizer).await.expect(StatusCode::OK);
        assert_eq!(listed["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_in_the_order_asked_for() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let items: Vec<_> = (0..7)
            .map(|k| {
                let mut item = district(&format!("d{k}"));
                item["priority"] = json!(1 + k % 3);
                item
            })
            .collect();
        app.post(format!("{festival}/districts/bulk"), json!({"items": items})).by(&organizer).await;

        let mut seen = Vec::new();
        let mut query = "?sort=-priority&limit=3".to_owned();
        loop {
            let page =
                app.get(format!("{festival}/districts{query}")).by(&organizer).await.expect(StatusCode::OK);
            seen.extend(
                page["items"].as_array().unwrap().iter().map(|item| item["priority"].as_i64().unwrap()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("?sort=-priority&limit=3&cursor={cursor}");
        }
        assert_eq!(seen, [3, 3, 2, 2, 1, 1, 1]);

        let wrong =
            app.get(format!("{festival}/districts?sort=mayor&limit=0&colour=red")).by(&organizer).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.faults().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_ones_own_is_hidden() {
    on_each_api(async |app: &TestApp| {
        let (_, festival) = app.festival().await;
        let stranger = app.person("stranger", false).await;
        app.get(&festival).by(&stranger).await.expect(StatusCode::NOT_FOUND);
        app.get(format!("{festival}/volunteers")).by(&stranger).await.expect(StatusCode::NOT_FOUND);
        app.get(&festival).await.expect(StatusCode::UNAUTHORIZED);
        let founding = json!({"name": {"fa": "رویداد"}, "first_night": "2027-04-08"});
        app.post("/v1/festivals", founding).by(&stranger).await.expect(StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_shift_at_a_base_takes_the_district_where_the_base_stands_that_night() {
    on_each_api(async |app: &TestApp| {
        let (organizer, festival) = app.festival().await;
        let mut ids = Vec::new();
        for code in ["d1", "d2"] {
            let made = app.post(format!("{festival}/districts"), district(code)).by(&organizer).await;
            ids.push(made.expect(StatusCode::CREATED)["id"].clone());
        }
        let base = json!({"code": "base-1", "name": {"fa": "پایگاه ۱"}, "kind": "mobile", "district_id": ids[0],
                          "stands": [{"night": 2, "district_id": ids[1]}]});
        let base = app.post(format!("{festival}/venues"), base).by(&organizer).await.expect(StatusCode::CREATED);
        let shift = |night: i32, code: &str| {
            json!({"code": code, "venue_id": base["id"], "night": night,
                   "starts_at": "2027-04-10T20:30:00+03:30", "ends_at": "2027-04-11T01:00:00+03:30"})
        };
        for (night, district) in [(1, &ids[0]), (2, &ids[1])] {
            let code = format!("s{night}");
            let made = app.post(format!("{festival}/shifts"), shift(night, &code)).by(&organizer).await;
            assert_eq!(&made.expect(StatusCode::CREATED)["district_id"], district);
        }
        let beyond = app.post(format!("{festival}/shifts"), shift(10, "s10")).by(&organizer).await;
        assert_eq!(beyond.faults()["/night"], "unknown_night");
    })
    .await;
}
