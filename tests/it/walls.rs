//! The wall: figures of tonight at an address that an organizer makes and switches off, naming nobody.

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::{
    api_tokens::{grants, system},
    app::{TestApp, on_each_api},
    browser::{Browser, Page},
    evening::Evening,
    logs::Log,
    parts::someone,
};

/// The evening half an hour into the first shift.
async fn night(app: &TestApp) -> Evening {
    let mut evening = Evening::on(app).await;
    let then: DateTime<Utc> = "2027-04-08T17:00:00Z".parse().unwrap();
    app.state.clock.advance(then - app.state.clock.now() + TimeDelta::seconds(1));
    evening.sign_in_again(app).await;
    evening
}

/// Where the walls of a festival are made.
fn walls(evening: &Evening) -> String {
    format!("/admin/{}/walls", evening.festival_id())
}

/// The path of the address that a page shows.
fn address(page: &Page) -> String {
    let found =
        page.text.split('"').find(|part| part.contains("/wall/")).unwrap_or_else(|| panic!("{}", page.text));
    found.strip_prefix("http://roster.test").unwrap().to_owned()
}

/// The token in an address, as the API knows it.
async fn asked(app: &TestApp, token: &str, path: &str) -> StatusCode {
    app.get(path).with("authorization", &format!("Bearer {token}")).await.status
}

#[tokio::test]
async fn an_organizer_makes_a_wall_which_shows_figures_and_no_names_until_it_is_switched_off() {
    on_each_api(async |app| {
        let evening = night(app).await;
        let mut organizer = Browser::signed_in(app, &evening.organizer);
        let walls = walls(&evening);
        organizer.open(&walls).await.says("هنوز تابلویی نیست").says("value=\"۱۱\"");
        let refused = organizer.send(&walls, &[("name", "اتاق"), ("days", "۴۰۰")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let made = organizer.send(&walls, &[("name", "اتاق هماهنگی"), ("days", "۳")]).await;
        assert_eq!((made.status, &made.headers[header::CACHE_CONTROL]), (StatusCode::OK, &"no-store".parse().unwrap()));
        let wall = address(&made);
        let token = wall.rsplit('/').next().unwrap().to_owned();
        assert!(!organizer.open(&walls).await.says("اتاق هماهنگی").text.contains(&token), "it is shown once");

        // Whoever stands before the screen is signed in nowhere.
        let mut screen = Browser::on(app);
        let shown = screen.open(&wall).await.says("شب اول").says("باغ غدیر").says("۲۰:۳۰");
        assert_eq!(shown.status, StatusCode::OK);
        assert_eq!(shown.headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
        let shown = shown.says("http-equiv=\"refresh\"").says("۴<span class=\"of\">از ۶").says("<strong>۰</strong> حاضر");
        for name in ["مریم", "زهرا", "نرگس", "0913", "پایگاه سیار"] {
            assert!(!shown.text.contains(name), "{name}");
        }
        let zahra = evening.assignment(app, "Zahra", "early-lead").await["id"].clone();
        let came = json!({"id": Uuid::now_v7(), "assignment_id": zahra, "kind": "check_in", "at": "2027-04-08T16:40:00Z"});
        let events = format!("{}/attendance-events", evening.path);
        app.post(events, json!({"items": [came]})).by(&evening.organizer).await.expect(StatusCode::OK);
        screen.open(&wall).await.says("<strong>۱</strong> حاضر");

        // The token is for nothing that names anybody.
        let path = &evening.path;
        assert_eq!(asked(app, &token, &format!("{path}/coverage")).await, StatusCode::OK);
        for list in ["assignments", "volunteers", "reports/thank-you", "audit"] {
            assert_eq!(asked(app, &token, &format!("{path}/{list}")).await, StatusCode::FORBIDDEN, "{list}");
        }
        let shifts = app.get(format!("{path}/shifts")).by(&evening.organizer).await.expect(StatusCode::OK);
        let roll = format!("{path}/shifts/{}/roll", shifts["items"][0]["id"].as_str().unwrap());
        assert_eq!(asked(app, &token, &roll).await, StatusCode::FORBIDDEN);

        let list = organizer.open(&walls).await;
        let off = list.text.split('"').find(|part| part.starts_with(&walls) && part.ends_with("/remove")).unwrap();
        organizer.send(off, &[("sure", "")]).await.leads_to(&walls);
        let gone = screen.open(&wall).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        assert_eq!(gone.headers[header::REFERRER_POLICY], "no-referrer");
        assert!(!gone.says("این تابلو خاموش است").text.contains(&token));
        organizer.open(&walls).await.says("هنوز تابلویی نیست");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_holds_another_token_shows_nothing() {
    on_each_api(async |app| {
        let evening = night(app).await;
        let festival = evening.festival_id();
        let (_, others) = system(app, &evening.organizer, &evening.path, grants(&[("people", "read")])).await;
        let mut organizer = Browser::signed_in(app, &evening.organizer);
        for token in [&evening.organizer.token, &others.token, "khademyar_nothing", "khademyar_%00"] {
            let page = organizer.open(&format!("/wall/{festival}/{token}")).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text);
            page.says("این تابلو خاموش است");
        }
        // Who reads the roster reads its figures.
        let roster = grants(&[("set_up", "read"), ("roster", "read")]);
        let (_, roster) = system(app, &evening.organizer, &evening.path, roster).await;
        organizer.open(&format!("/wall/{festival}/{}", roster.token)).await.says("باغ غدیر");
    })
    .await;
}

#[tokio::test]
async fn the_address_of_a_wall_is_in_no_log() {
    on_each_api(async |app| {
        let evening = night(app).await;
        let mut organizer = Browser::signed_in(app, &evening.organizer);
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,khademyar=trace"))
            .with_writer(log.clone())
            .finish();
        let heard = tracing::subscriber::set_default(subscriber);
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        let made = organizer.send(&walls(&evening), &[("name", "اتاق"), ("days", "3")]).await;
        let wall = address(&made);
        Browser::on(app).open(&wall).await.says("باغ غدیر");
        let token = wall.rsplit('/').next().unwrap();
        let logged = log.text();
        drop((heard, second));

        assert!(logged.contains("/v1/festivals/{festival_id}/rolls"), "{logged}");
        assert!(!logged.contains(token));
    })
    .await;
}

#[tokio::test]
async fn nobody_but_an_organizer_makes_a_wall() {
    on_each_api(async |app| {
        let evening = night(app).await;
        let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
        let of: Vec<&Value> = districts["items"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        let role = json!({"role": "coordinator", "district_ids": of});
        let coordinator = someone(app, &evening.organizer, &evening.path, "coordinator", role).await;
        for person in [&coordinator, &evening.maryam] {
            let mut browser = Browser::signed_in(app, person);
            assert_eq!(browser.open(&walls(&evening)).await.status, StatusCode::NOT_FOUND);
            let made = browser.send(&walls(&evening), &[("name", "اتاق"), ("days", "3")]).await;
            assert!(!made.text.contains("khademyar_") && made.status != StatusCode::OK, "{}", made.text);
        }
    })
    .await;
}
