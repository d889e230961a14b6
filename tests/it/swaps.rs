//! With whom one could change places, and what whoever is asked is told of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    erasure::go_to,
    evening::Evening,
};

/// An evening on which Narges serves in the first shift and Zahra leads at the base on the second night.
async fn two(app: &TestApp) -> Evening {
    let evening = Evening::on(app).await;
    let [(_, early_team), (narges, _), (_, base), (zahra, _)] =
        [0, 3, 2, 4].map(|k: usize| evening.roster[k].clone());
    evening.publish(app, &[(narges, early_team), (zahra, base)]).await;
    evening
}

async fn id_of(app: &TestApp, evening: &Evening, code: &str, position: &str) -> String {
    evening.assignment(app, code, position).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_finds_the_seats_that_one_could_have_in_return_and_changes_places() {
    on_each_api(async |app| {
        let evening = two(app).await;
        let mine = id_of(app, &evening, "Narges", "early-team").await;
        let theirs = id_of(app, &evening, "Zahra", "away-lead").await;
        let swaps = format!("/v1/me/assignments/{mine}/swaps");

        let told = app.get(&swaps).by(&evening.narges).await.expect(StatusCode::OK);
        let seats = told["items"].as_array().unwrap();
        assert_eq!(seats.len(), 1);
        assert_eq!((&seats[0]["assignment_id"], &seats[0]["venue"]), (&json!(theirs), &json!("پایگاه سیار")));
        assert!(!told.to_string().contains("زهرا"), "whose it is, is told once they agree");

        let asked = app.post(&swaps, json!({"assignment_id": theirs})).by(&evening.narges).await;
        let asked = asked.expect(StatusCode::CREATED);
        assert_eq!(asked["in_return"]["venue"]["fa"], "پایگاه سیار");
        let covers = app.get("/v1/me/covers").by(&evening.zahra).await.expect(StatusCode::OK);
        let (cover, seat) = (&covers["items"][0], &covers["items"][0]["in_return"]);
        assert_eq!((&cover["venue"]["fa"], &cover["night"]), (&json!("باغ غدیر"), &json!(0)));
        assert_eq!((&seat["night"], &seat["starts_at"]), (&json!(1), &json!("2027-04-09T16:30:00Z")));

        let accept = format!("/v1/me/covers/{}/accept", cover["id"].as_str().unwrap());
        app.post(accept, Value::Null).by(&evening.zahra).await.expect(StatusCode::OK);
        assert_eq!(evening.assignment(app, "Zahra", "early-team").await["state"], "accepted");
        assert_eq!(evening.assignment(app, "Narges", "away-lead").await["state"], "accepted");
        let gone = app.get(&swaps).by(&evening.narges).await;
        gone.expect(StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn where_the_rules_allow_no_change_and_once_a_shift_began_nothing_is_offered() {
    on_each_api(async |app| {
        let mut evening = two(app).await;
        let items = async |evening: &Evening, code: &str, position: &str| {
            let path = format!("/v1/me/assignments/{}/swaps", id_of(app, evening, code, position).await);
            let who = if code == "Narges" { &evening.narges } else { &evening.zahra };
            app.get(path).by(who).await.expect(StatusCode::OK)["items"].as_array().unwrap().len()
        };
        assert_eq!(items(&evening, "Zahra", "away-lead").await, 1);
        let profile = app.get("/v1/me/profile").by(&evening.zahra).await.expect(StatusCode::OK);
        let mut readiness = profile["readiness"].clone();
        readiness["available"] = json!([{"night": 1}]);
        app.put("/v1/me/profile", readiness).by(&evening.zahra).await.expect(StatusCode::OK);
        assert_eq!(items(&evening, "Narges", "early-team").await, 0, "Zahra cannot on the first night");
        assert_eq!(items(&evening, "Zahra", "away-lead").await, 0);

        let others = id_of(app, &evening, "Zahra", "away-lead").await;
        let path = format!("/v1/me/assignments/{others}/swaps");
        app.get(path).by(&evening.narges).await.expect(StatusCode::NOT_FOUND);
        go_to(app, "2027-04-08T17:00:00Z");
        evening.sign_in_again(app).await;
        assert_eq!(items(&evening, "Narges", "early-team").await, 0);
    })
    .await;
}
