//! What volunteers say of themselves, and what is not theirs to say.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
};

const PROFILE: &str = "/v1/me/profile";

/// What one says of oneself, with one change.
async fn but(app: &TestApp, who: &Person, field: &str, value: Value) -> Value {
    let mut readiness = app.get(PROFILE).by(who).await.expect(StatusCode::OK)["readiness"].clone();
    readiness[field] = value;
    readiness
}

#[tokio::test]
async fn one_reads_what_others_have_of_one_and_says_when_one_can() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let profile = app.get(PROFILE).by(&evening.maryam).await.expect(StatusCode::OK);
        assert_eq!((&profile["name"], &profile["home_district"]), (&json!("Maryam"), &json!("District 1")));
        assert_eq!(profile["companions"], json!(["Zahra"]));
        let skill = &profile["skills"][0];
        assert_eq!((&skill["specialty"], &skill["level"], &skill["confirmed"]), (&json!("Tea"), &json!(3), &json!(true)));
        assert_eq!(profile["nights"][2]["label"], "Night 3");
        assert_eq!(profile["nights"].as_array().unwrap().len(), 10);
        assert_eq!(profile["venues"][0]["name"], "Bagh-e Ghadir");

        let venue = profile["venues"][1]["id"].clone();
        let readiness = json!({
            "available": [{"night": 0}, {"night": 1}, {"from": "2027-04-10T16:00:00Z", "to": "2027-04-10T18:00:00Z"}],
            "max_nights": 4, "max_travel_minutes": 30, "max_shifts_per_night": 2, "preferred_venue_ids": [venue],
            "wishes": [{"night": 1, "want": "serve"}, {"night": 2, "want": "rest"}],
        });
        let told = app.put(PROFILE, readiness.clone()).by(&evening.maryam).await;
        assert_eq!(told.header(header::ETAG), "\"2\"");
        let told = told.expect(StatusCode::OK);

        assert_eq!(told["readiness"], readiness);
        assert_eq!(told["skills"], profile["skills"]);
        let id = profile["volunteer_id"].as_str().unwrap();
        let volunteer = app.get(format!("{}/volunteers/{id}", evening.path)).by(&evening.organizer).await;
        let volunteer = volunteer.expect(StatusCode::OK);
        assert_eq!(volunteer["wishes"][0], json!({"night": 1, "want": "serve", "weight": 1}));
        assert_eq!((&volunteer["phone"], &volunteer["min_shifts"]), (&json!("+989131111111"), &json!(0)));
        let audit = format!("{}/audit?operation=replace_my_profile", evening.path);
        let audit = app.get(audit).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(audit["items"][0]["after"]["max_nights"], 4);
    })
    .await;
}

#[tokio::test]
async fn time_in_which_one_serves_is_left_out_only_after_one_said_that_one_cannot_come() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let later = but(app, &evening.narges, "available", json!([{"night": 1}])).await;
        let refused = app.put(PROFILE, later.clone()).by(&evening.narges).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.faults()["/available"], "serving_then");

        let seat = evening.assignment(app, "Narges", "early-team").await["id"].as_str().unwrap().to_owned();
        let withdraw = app.post(format!("/v1/me/assignments/{seat}/withdraw"), json!({}));
        withdraw.by(&evening.narges).await.expect(StatusCode::OK);
        app.put(PROFILE, later).by(&evening.narges).await.expect(StatusCode::OK);
        let open = app.get("/v1/me/eligible-shifts").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(
            (&open["items"], &open["full"].as_array().unwrap().len()),
            (&json!([]), &1),
            "night 0 is left out"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_says_more_of_themselves_than_is_theirs_nor_of_what_is_not_there() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        for (field, value) in [
            ("phone", json!("09139999999")),
            ("skills", json!([])),
            ("min_shifts", json!(9)),
            ("wishes", json!([{"night": 1, "want": "serve", "weight": 1000}])),
        ] {
            let body = but(app, &evening.narges, field, value).await;
            let refused = app.put(PROFILE, body).by(&evening.narges).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", refused.body);
        }
        for (field, value, path, code) in [
            ("available", json!([{"night": 0}, {"night": 77}]), "/available/1/night", "unknown"),
            ("wishes", json!([{"night": 77, "want": "rest"}]), "/wishes/0/night", "unknown"),
            ("preferred_venue_ids", json!([uuid::Uuid::now_v7()]), "/preferred_venue_ids/0", "unknown"),
            (
                "wishes",
                json!([{"night": 1, "want": "rest"}, {"night": 1, "want": "rest"}]),
                "/wishes/1/night",
                "repeated",
            ),
        ] {
            let body = but(app, &evening.narges, field, value).await;
            let refused = app.put(PROFILE, body).by(&evening.narges).await;
            let faults = refused.faults();
            assert!(faults.get(path).is_some_and(|told| told.contains(code)), "{path}: {faults:?}");
        }
        let same = but(app, &evening.narges, "max_nights", json!(3)).await;
        app.put(PROFILE, same.clone()).by(&evening.narges).await.expect(StatusCode::OK);
        let stale = app.put(PROFILE, same.clone()).by(&evening.narges).with("if-match", "\"1\"").await;
        stale.expect(StatusCode::PRECONDITION_FAILED);
        app.put(PROFILE, same.clone()).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
        app.put(PROFILE, same).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}
