//! Who could take a seat, why everybody else cannot, and what one could take oneself.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    evening::Evening,
    parts::someone,
};

async fn create(app: &TestApp, evening: &Evening, list: &str, body: Value) -> Value {
    let created = app.post(format!("{}/{list}", evening.path), body).by(&evening.organizer).await;
    created.expect(StatusCode::CREATED)["id"].clone()
}

async fn rows(app: &TestApp, evening: &Evening, list: &str) -> Vec<Value> {
    let path = format!("{}/{list}?limit=500", evening.path);
    let page = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

async fn row(app: &TestApp, evening: &Evening, list: &str, code: &str) -> Value {
    rows(app, evening, list).await.into_iter().find(|row| row["code"] == code).unwrap()
}

async fn candidates(app: &TestApp, evening: &Evening, position: &str, query: &str) -> Value {
    let position = row(app, evening, "positions", position).await;
    let path = format!("{}/positions/{}/candidates{query}", evening.path, position["id"].as_str().unwrap());
    app.get(path).by(&evening.organizer).await.expect(StatusCode::OK)
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["volunteer_code"].as_str().unwrap()).collect()
}

/// Five more people: one at hand, one far away, one nobody confirmed, a beginner in nothing, and one who comes never.
async fn five_more(app: &TestApp, evening: &Evening) {
    let [north, south] =
        [0, 1].map(|k| async move { rows(app, evening, "districts").await[k]["id"].clone() });
    let (north, south) = (north.await, south.await);
    let tea = row(app, evening, "specialties", "tea").await["id"].clone();
    let ways = json!({"districts": [north, south], "minutes": [[5, 40], [40, 5]]});
    app.put(format!("{}/travel-minutes", evening.path), ways)
        .by(&evening.organizer)
        .await
        .expect(StatusCode::OK);
    let skill = |confirmed: bool| json!([{"specialty_id": tea, "level": 1, "confirmed": confirmed}]);
    for (code, home, skills, available) in [
        ("near", &north, skill(true), Value::Null),
        ("far", &south, skill(true), Value::Null),
        ("unsure", &north, skill(false), Value::Null),
        ("novice", &north, json!([]), Value::Null),
        ("never", &north, skill(true), json!([])),
    ] {
        let mut body = json!({
            "code": code, "name": {"fa": "خادمیار"}, "gender": "woman", "home_district_id": home, "skills": skills,
        });
        if !available.is_null() {
            body["available"] = available;
        }
        create(app, evening, "volunteers", body).await;
    }
}

#[tokio::test]
async fn candidates_are_ranked_and_everyone_else_is_told_every_reason() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        five_more(app, &evening).await;

        let told = candidates(app, &evening, "early-team", "").await;
        assert_eq!((codes(&told["candidates"]), &told["eligible"]), (vec!["near", "far"], &json!(2)));
        let near = &told["candidates"][0];
        assert_eq!((&near["travel_minutes"], &near["shifts"]), (&json!(5), &json!(0)));
        assert_eq!(near["last_asked_at"], Value::Null);
        let reasons = |code: &str| {
            let others = told["others"].as_array().unwrap();
            others.iter().find(|one| one["volunteer_code"] == code).unwrap()["reasons"].clone()
        };
        assert_eq!(reasons("Maryam"), json!(["already_assigned"]));
        assert_eq!(reasons("Zahra"), json!(["overlap", "shifts_per_night"]));
        assert_eq!(reasons("unsure"), json!(["specialty_unconfirmed"]));
        assert_eq!(reasons("novice"), json!(["specialty_missing"]));
        assert_eq!(reasons("never"), json!(["unavailable"]));
        assert_eq!(told["reasons"]["already_assigned"], 2);

        let narges = evening.assignment(app, "Narges", "early-team").await;
        let path = format!("/v1/me/assignments/{}/decline", narges["id"].as_str().unwrap());
        app.post(path, json!({})).by(&evening.narges).await.expect(StatusCode::OK);
        let only = format!("?volunteer_id={}", narges["seat"]["volunteer_id"].as_str().unwrap());
        let told = candidates(app, &evening, "early-team", &only).await;
        assert_eq!(told["others"][0]["reasons"], json!(["declined_before"]));
    })
    .await;
}

#[tokio::test]
async fn a_full_position_has_candidates_for_the_seat_of_who_would_leave() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        five_more(app, &evening).await;
        let zahra = evening.assignment(app, "Zahra", "early-lead").await["seat"]["volunteer_id"].clone();

        let full = candidates(app, &evening, "early-lead", "?limit=1").await;
        assert_eq!((&full["eligible"], &full["reasons"]["full"]), (&json!(0), &json!(7)));
        assert_eq!(full["others"].as_array().unwrap().len(), 1);
        // Only those at level 3 lead; Maryam and Narges serve in the shift already.
        let instead = format!("?instead_of={}", zahra.as_str().unwrap());
        let left = candidates(app, &evening, "early-lead", &instead).await;
        assert_eq!(
            (codes(&left["candidates"]), &left["reasons"]["level_too_low"]),
            (vec!["Zahra"], &json!(3))
        );
    })
    .await;
}

#[tokio::test]
async fn candidates_are_for_coordinators_in_their_districts() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let south = rows(app, &evening, "districts").await[1]["id"].clone();
        let role = json!({"role": "coordinator", "district_ids": [south]});
        let coordinator = someone(app, &evening.organizer, &evening.path, "south", role).await;
        let path = async |code: &str| {
            let id = row(app, &evening, "positions", code).await["id"].as_str().unwrap().to_owned();
            format!("{}/positions/{id}/candidates", evening.path)
        };

        app.get(path("away-lead").await).by(&coordinator).await.expect(StatusCode::OK);
        app.get(path("early-team").await).by(&coordinator).await.expect(StatusCode::NOT_FOUND);
        app.get(path("early-team").await).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
        app.get(path("early-team").await).await.expect(StatusCode::UNAUTHORIZED);
        let nowhere = format!("{}/positions/{}/candidates", evening.path, uuid::Uuid::now_v7());
        app.get(nowhere).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
        let all = format!("{}?limit=0", path("early-team").await);
        let refused = app.get(all).by(&evening.organizer).await;
        assert_eq!(refused.faults()["limit"], "not_a_limit");
    })
    .await;
}

#[tokio::test]
async fn one_reads_the_seats_one_could_still_take_until_their_shifts_start() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let eligible = async |evening: &Evening| {
            let told = app.get("/v1/me/eligible-shifts").by(&evening.narges).await.expect(StatusCode::OK);
            let items = told["items"].as_array().unwrap().clone();
            items.into_iter().map(|seat| seat["position_id"].clone()).collect::<Vec<_>>()
        };
        let early = evening.assignment(app, "Narges", "early-team").await;
        // One shift a night: nothing else that night; at the base, Maryam leads.
        assert_eq!(eligible(&evening).await, Vec::<Value>::new());
        let told = app.get("/v1/me/eligible-shifts").by(&evening.narges).await.expect(StatusCode::OK);
        let full = told["full"].as_array().unwrap();
        assert_eq!((full.len(), &full[0]["venue"]), (1, &json!("پایگاه سیار")), "she may wait for a seat");

        evening.withdraw_the_base(app).await;
        let base = evening.assignment(app, "Maryam", "away-lead").await["seat"]["position_id"].clone();
        assert_eq!(eligible(&evening).await, std::slice::from_ref(&base));
        let path = format!("/v1/me/assignments/{}/withdraw", early["id"].as_str().unwrap());
        app.post(path, json!({})).by(&evening.narges).await.expect(StatusCode::OK);
        let late = evening.assignment(app, "Maryam", "late-team").await["seat"]["position_id"].clone();
        // What helps most is first; the seat that she left is not offered to her again.
        assert_eq!(eligible(&evening).await, [base, late]);

        let after: DateTime<Utc> = "2027-04-09T16:30:00Z".parse().unwrap();
        app.state.clock.advance(after - app.state.clock.now() + TimeDelta::seconds(1));
        evening.sign_in_again(app).await;
        assert_eq!(eligible(&evening).await, Vec::<Value>::new());
        app.get("/v1/me/eligible-shifts").by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}
