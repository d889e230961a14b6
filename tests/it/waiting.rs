//! Seats fill up again by themselves, in the order of who waits; offers run out.

use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use khademyar_storage::Store;
use khademyar_worker::Worker;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    evening::Evening,
};

fn worker(app: &TestApp) -> Worker {
    Worker::new(Store::clone(&app.state.store), 1)
}

#[tokio::test]
async fn who_waits_longest_is_offered_the_seat_that_is_left_and_makes_room_if_silent() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let base = evening.assignment(app, "Maryam", "away-lead").await;
        let path = format!("/v1/me/waiting/{}", base["seat"]["position_id"].as_str().unwrap());
        for person in [&evening.zahra, &evening.narges, &evening.zahra] {
            app.put(&path, Value::Null).by(person).await.expect(StatusCode::NO_CONTENT);
        }
        let there = app.put(&path, Value::Null).by(&evening.maryam).await;
        assert_eq!(there.expect(StatusCode::CONFLICT)["errors"][0]["code"], "already_assigned");
        assert_eq!(worker(app).tend_once(app.state.clock.now()).await.unwrap(), 0);

        let withdraw = format!("/v1/me/assignments/{}/withdraw", base["id"].as_str().unwrap());
        app.post(withdraw, json!({})).by(&evening.maryam).await.expect(StatusCode::OK);
        assert_eq!(worker(app).tend_once(app.state.clock.now()).await.unwrap(), 1);
        assert_eq!(worker(app).tend_once(app.state.clock.now()).await.unwrap(), 0);
        let zahra = evening.assignment(app, "Zahra", "away-lead").await;
        assert_eq!((&zahra["state"], &zahra["source"]), (&json!("offered"), &json!("self")));
        assert_ne!(zahra["answer_until"], Value::Null);

        // She does not answer within a day: it is the next one's turn.
        app.state.clock.advance(TimeDelta::hours(25));
        evening.sign_in_again(app).await;
        assert_eq!(worker(app).tend_once(app.state.clock.now()).await.unwrap(), 2);
        let zahra = evening.assignment(app, "Zahra", "away-lead").await;
        assert_eq!((&zahra["state"], &zahra["reason"]), (&json!("cancelled"), &json!("unanswered")));
        let narges = evening.assignment(app, "Narges", "away-lead").await;
        let accept = format!("/v1/me/assignments/{}/accept", narges["id"].as_str().unwrap());
        app.post(accept, Value::Null).by(&evening.narges).await.expect(StatusCode::OK);
        let waits = app.get("/v1/me/waiting").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(waits["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn of_workers_who_look_at_once_one_does_what_time_brings() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let base = evening.assignment(app, "Maryam", "away-lead").await;
        let path = format!("/v1/me/waiting/{}", base["seat"]["position_id"].as_str().unwrap());
        for person in [&evening.zahra, &evening.narges] {
            app.put(&path, Value::Null).by(person).await.expect(StatusCode::NO_CONTENT);
        }
        let withdraw = format!("/v1/me/assignments/{}/withdraw", base["id"].as_str().unwrap());
        app.post(withdraw, json!({})).by(&evening.maryam).await.expect(StatusCode::OK);

        // Each knows nothing of the others, and looks until it finds nothing.
        let workers = [(); 3].map(|()| worker(app));
        let all_look = async |at| {
            let each = workers.iter().map(async |worker| {
                let mut done = 0;
                for _ in 0..3 {
                    done += worker.tend_once(at).await.unwrap();
                }
                done
            });
            join_all(each).await.into_iter().sum::<usize>()
        };
        // The seat is offered to Zahra; a day later she has lost it, and Narges is offered it; then nobody is left.
        let now = app.state.clock.now();
        let before = i64::try_from(evening.events(app, 0).await.len()).unwrap();
        assert_eq!(all_look(now).await, 1);
        assert_eq!(all_look(now + TimeDelta::hours(25)).await, 2);
        assert_eq!(all_look(now + TimeDelta::hours(50)).await, 1);
        assert_eq!(evening.events(app, before).await.len(), 4, "each thing happened once");
    })
    .await;
}

#[tokio::test]
async fn one_leaves_a_waiting_list_and_waits_for_nothing_that_is_not_there() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let base = evening.assignment(app, "Maryam", "away-lead").await["seat"]["position_id"].clone();
        let path = format!("/v1/me/waiting/{}", base.as_str().unwrap());
        app.put(&path, Value::Null).by(&evening.narges).await.expect(StatusCode::NO_CONTENT);
        let waits = app.get("/v1/me/waiting").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(waits["items"][0]["position_id"], base);
        assert_eq!(
            (&waits["items"][0]["night_label"], &waits["items"][0]["venue"]),
            (&json!("Night 2"), &json!("پایگاه سیار"))
        );
        app.put("/v1/me/standbys/3", Value::Null).by(&evening.narges).await.expect(StatusCode::NO_CONTENT);
        let waits = app.get("/v1/me/waiting").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(waits["standby_nights"], json!([3]));
        app.delete(&path).by(&evening.narges).await.expect(StatusCode::NO_CONTENT);
        let waits = app.get("/v1/me/waiting").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(waits["items"], json!([]));

        let nothing = format!("/v1/me/waiting/{}", uuid::Uuid::now_v7());
        app.put(nothing, Value::Null).by(&evening.narges).await.expect(StatusCode::NOT_FOUND);
        app.put(&path, Value::Null).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
        app.put(&path, Value::Null).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn who_stands_by_is_a_candidate_before_others() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        evening.withdraw_the_base(app).await;
        let base = evening.assignment(app, "Maryam", "away-lead").await["seat"]["position_id"].clone();
        let path = format!("{}/positions/{}/candidates", evening.path, base.as_str().unwrap());
        let first = async || {
            let told = app.get(&path).by(&evening.organizer).await.expect(StatusCode::OK);
            told["candidates"][0]["volunteer_code"].clone()
        };
        for person in [&evening.narges, &evening.zahra] {
            app.put("/v1/me/standbys/1", Value::Null).by(person).await.expect(StatusCode::NO_CONTENT);
            let code = if person.id == evening.narges.id { "Narges" } else { "Zahra" };
            assert_eq!(first().await, code);
            app.delete("/v1/me/standbys/1").by(person).await.expect(StatusCode::NO_CONTENT);
        }

        app.put("/v1/me/standbys/77", Value::Null).by(&evening.narges).await.expect(StatusCode::NOT_FOUND);
        app.put("/v1/me/standbys/1", Value::Null).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}
