//! The coordinator's desk: the board of a night, empty seats with who could take them, and what happens meanwhile.

use std::time::Duration;

use axum::http::StatusCode;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    app::{TestApp, on_each_api},
    browser::Browser,
    evening::Evening,
    parts::someone,
};

/// Longer than anything takes; no test waits for it that passes.
const LONG: Duration = Duration::from_secs(20);

/// The coordinator of the first district, at her desk.
async fn coordinator(app: &TestApp, evening: &Evening) -> Browser {
    let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
    let north = districts["items"].as_array().unwrap().iter().find(|one| one["code"] == "d1").unwrap();
    let role = json!({"role": "coordinator", "district_ids": [north["id"]]});
    let person = someone(app, &evening.organizer, &evening.path, "coordinator", role).await;
    Browser::signed_in(app, &person)
}

/// The first address on a page that begins so.
fn address(page: &str, beginning: &str) -> String {
    let found = page.split('"').find(|part| part.starts_with(beginning)).unwrap();
    found.replace("&amp;", "&")
}

/// What a form that names this person would send.
fn fields<'a>(page: &'a str, person: &str) -> Vec<(&'a str, &'a str)> {
    let row = page.split("<li>").find(|row| row.contains(person) && row.contains("<form")).unwrap();
    let inputs = row.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .map(|input| {
            let mut parts = input.split('"');
            let name = parts.next().unwrap();
            (name, parts.nth(1).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_coordinator_sees_the_coming_night_of_her_districts_and_who_cannot_come() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut desk = coordinator(app, &evening).await;
        let asked = evening.assignment(app, "Narges", "early-team").await;
        let withdraw = format!("/v1/me/assignments/{}/withdraw", asked["id"].as_str().unwrap());

        desk.open("/").await.leads_to("/desk");
        let before =
            desk.open("/desk").await.says("شب اول").says("باغ غدیر").says("مریم امینی").says("۴ نفر از ۶");
        assert!(!before.text.contains("نمی‌تواند بیاید"));
        assert!(!before.text.contains("پایگاه سیار"), "another district's");

        app.post(withdraw, json!({})).by(&evening.narges).await.expect(StatusCode::OK);
        desk.open("/desk").await.says("نرگس کریمی <small>نمی‌تواند بیاید").says("۳ نفر از ۶");
        desk.open("/desk/coverage").await.says("<table class=\"heat\">").says("باغ غدیر");
    })
    .await;
}

#[tokio::test]
async fn an_empty_seat_says_why_and_is_given_to_a_candidate_who_is_asked() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut desk = coordinator(app, &evening).await;
        // Who has one shift of a night takes no other.
        let early = evening.assignment(app, "Narges", "early-team").await;
        let withdraw = format!("/v1/me/assignments/{}/withdraw", early["id"].as_str().unwrap());
        app.post(withdraw, json!({})).by(&evening.narges).await.expect(StatusCode::OK);
        let board = desk.open("/desk").await;

        let seats = desk.open(&address(&board.text, "/desk/seats?")).await;
        assert_eq!(seats.status, StatusCode::OK, "{}", seats.text);
        let seats = seats.says("چرا خالی است؟").says("ثبت‌نام کرده‌اند").says("نرگس کریمی");
        let form = fields(&seats.text, "نرگس کریمی");
        let given = desk.send("/desk/assignments", &form).await;
        assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text);

        let place = evening.assignment(app, "Narges", "late-team").await;
        assert_eq!((&place["state"], &place["source"]), (&json!("offered"), &json!("coordinator")));
        desk.open("/desk").await.says("از او خواسته شد");
        let again = desk.send("/desk/assignments", &form).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        again.says("این خادمیار همین جا را دارد");
    })
    .await;
}

#[tokio::test]
async fn nobody_sits_at_a_desk_that_is_not_theirs() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut maryam = Browser::signed_in(app, &evening.maryam);
        let festival = evening.festival_id();

        for path in [
            "/desk".to_owned(),
            "/desk/coverage".to_owned(),
            format!("/desk?festival={festival}"),
            format!("/desk/seats?festival={festival}&night=0&venue={festival}&specialty={festival}"),
        ] {
            assert_eq!(maryam.open(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let stream = maryam.open(&format!("/desk/events?festival={festival}")).await;
        assert_eq!(stream.status, StatusCode::FORBIDDEN);
        maryam.open("/").await.leads_to("/me");
    })
    .await;
}

#[tokio::test]
async fn what_happens_reaches_the_desk_as_it_happens() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let desk = coordinator(app, &evening).await;
        let asked = evening.assignment(app, "Narges", "early-team").await;
        let withdraw = format!("/v1/me/assignments/{}/withdraw", asked["id"].as_str().unwrap());

        let stream = desk.follow(&format!("/desk/events?festival={}", evening.festival_id())).await;
        assert_eq!(stream.status(), StatusCode::OK);
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut body = stream.into_body();
        let mut next = async || {
            let frame = timeout(LONG, body.frame()).await.unwrap().unwrap().unwrap();
            String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
        };
        assert!(next().await.contains("event: ready"));
        app.post(withdraw, json!({})).by(&evening.narges).await.expect(StatusCode::OK);

        assert!(next().await.contains("event: assignment_declined"));
    })
    .await;
}
