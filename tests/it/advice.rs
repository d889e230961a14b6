//! Why seats are empty and whom to recruit for them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    evening::Evening,
};

/// What is said of the empty seats of a position, by its code.
async fn answer(app: &TestApp, evening: &Evening, list: &str, code: &str) -> Value {
    let unfilled = app.get(list).by(&evening.organizer).await.expect(StatusCode::OK);
    let items = unfilled["items"].as_array().unwrap();
    items.iter().find(|item| item["position_code"] == code).unwrap()["answer"].clone()
}

async fn plan(app: &TestApp, evening: &Evening) -> String {
    let plans = app.get(format!("{}/plans", evening.path)).by(&evening.organizer).await;
    let plans = plans.expect(StatusCode::OK);
    format!("{}/plans/{}", evening.path, plans["items"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_empty_seat_is_explained_by_a_proof_or_by_the_changes_that_fill_it() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let (live, path) = (format!("{}/unfilled", evening.path), plan(app, &evening).await);

        // The early shift asks for a lead and three more, and there are three women in all.
        for list in [&live, &format!("{path}/unfilled")] {
            let answer = answer(app, &evening, list, "early-team").await;
            assert_eq!(answer["kind"], "too_few", "{answer}");
            assert_eq!(
                (&answer["people"], &answer["asked"], &answer["most"]),
                (&json!(3), &json!(4), &json!(3))
            );
            let seats = answer["seats"].as_array().unwrap();
            assert_eq!(seats.len(), 2);
            assert!(seats.iter().any(|seat| seat["seats"] == 3 && seat["price"] == 1), "{answer}");
        }

        let volunteers = app.get(format!("{}/volunteers", evening.path)).by(&evening.organizer).await;
        let alike = volunteers.expect(StatusCode::OK)["items"][0].clone();
        let more = json!({
            "code": "Fatemeh", "name": {"fa": "فاطمه نوری"}, "phone": "09134444444", "gender": "woman",
            "home_district_id": alike["home_district_id"], "skills": alike["skills"],
        });
        let more = app.post(format!("{}/volunteers", evening.path), more).by(&evening.organizer).await;
        let fatemeh = more.expect(StatusCode::CREATED)["id"].clone();

        let answer = answer(app, &evening, &live, "early-team").await;
        assert_eq!(answer["kind"], "changes", "{answer}");
        assert_eq!(answer["moves"][0]["volunteer_id"], fatemeh, "{answer}");
        assert_eq!(answer["moves"][0]["gives_up"], json!([]));
        assert_eq!(answer["moves"].as_array().unwrap().len(), 1, "{answer}");
        assert_eq!(answer["essential"], 0);
    })
    .await;
}

#[tokio::test]
async fn organizers_are_told_whom_to_recruit() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = format!("{}/recruitment", plan(app, &evening).await);

        let advice = app.get(&path).by(&evening.organizer).await.expect(StatusCode::OK);

        let first = &advice["items"][0];
        assert_eq!((&first["gender"], &first["min_level"]), (&json!("any"), &json!(1)), "{advice}");
        assert_eq!(first["nights"], json!([0]), "{advice}");
        let seats: i64 =
            advice["items"].as_array().unwrap().iter().map(|line| line["seats"].as_i64().unwrap()).sum();
        assert!((1..=2).contains(&seats), "two seats are empty: {advice}");
        app.get(&path).by(&evening.maryam).await.expect(StatusCode::FORBIDDEN);
        let nowhere = format!("{}/plans/{}/recruitment", evening.path, uuid::Uuid::nil());
        app.get(nowhere).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}
