//! The pages as a browser without scripts sees them: signing in, one's nights, and what a page must not do.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use khademyar_senders::{Courier, EmailWay, Patience, Senders, SmsWay, Webhooks};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    browser::Browser,
    evening::Evening,
};

const MARYAM: &str = "۰۹۱۳ ۱۱۱ ۱۱۱۱";

/// Maryam, signed in by her phone and the code that came to it.
async fn maryam(app: &TestApp) -> Browser {
    let mut browser = Browser::on(app);
    sign_in(app, &mut browser).await;
    browser
}

async fn sign_in(app: &TestApp, browser: &mut Browser) {
    browser.send("/sign-in/phone", &[("phone", MARYAM)]).await.says("name=\"code\"");
    let messages = app.messages().await;
    let code = messages.last().unwrap()["code"].as_str().unwrap();
    browser.send("/sign-in/code", &[("phone", MARYAM), ("code", code)]).await.leads_to("/");
}

/// The assignment of a card that says `text`.
fn assignment(page: &str, text: &str) -> String {
    let card = page.split("data-assignment=\"").skip(1).find(|card| card.contains(text)).unwrap();
    card.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_volunteer_signs_in_by_phone_and_sees_where_she_serves_the_next_night_first() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mut browser = Browser::on(app);
        browser.open("/").await.leads_to("/sign-in");
        browser.open("/me").await.leads_to("/sign-in");
        let wrong = browser.send("/sign-in/phone", &[("phone", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("role=\"alert\"").says("aria-invalid=\"true\"");

        browser.open("/sign-in").await.says("<html lang=\"fa\" dir=\"rtl\"").says("name=\"phone\"");
        sign_in(app, &mut browser).await;

        browser.open("/").await.leads_to("/me");
        let nights = browser.open("/me").await;
        assert_eq!(nights.status, StatusCode::OK);
        let nights = nights
            .says("شب اول")
            .says("پنجشنبه ۱۹ فروردین ۱۴۰۶")
            .says("باغ غدیر")
            .says("۲۰:۰۰")
            .says("geo:32.63,51.7")
            .says("tel:+989133333333")
            .says("زهرا رضایی")
            .says("سرگروه شمایید");
        let next = nights.text.find("شب بعدی شما").unwrap();
        assert!(next < nights.text.find("شب دوم").unwrap());
        assert_eq!(nights.text.matches("شب بعدی شما").count(), 1);
        browser.open("/sign-in").await.leads_to("/");
    })
    .await;
}

#[tokio::test]
async fn without_scripts_she_says_that_she_comes_and_then_that_she_cannot() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut browser = maryam(app).await;
        let nights = browser.open("/me").await;
        let id = assignment(&nights.text, "باغ غدیر");

        let accepted = browser.send(&format!("/me/assignments/{id}/accept"), &[]).await;
        accepted.leads_to("/me");
        browser.open("/me").await.says("ثبت شد که می‌آیید").says("شما می‌آیید");
        assert!(!browser.open("/me").await.text.contains("ثبت شد که می‌آیید"), "it is told once");

        browser.open(&format!("/me/assignments/{id}/leave")).await.says("name=\"reason\" value=\"ill\"");
        browser.send(&format!("/me/assignments/{id}/withdraw"), &[("reason", "ill")]).await.leads_to("/me");
        let after = browser.open("/me").await.says("ثبت شد که نمی‌توانید بیایید");
        assert!(!after.text.contains(&id));
        let row = evening.assignment(app, "Maryam", "early-team").await;
        assert_eq!((&row["state"], &row["reason"]), (&json!("withdrawn"), &json!("ill")));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_a_script_sends_twice_has_one_effect_and_a_refusal_says_why() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mut browser = maryam(app).await;
        let id = assignment(&browser.open("/me").await.text, "باغ غدیر");
        let withdraw = format!("/me/assignments/{id}/withdraw");

        let first = browser.fetch(&withdraw, "key-1", &[]).await;
        let again = browser.fetch(&withdraw, "key-1", &[]).await;
        let refused = browser.fetch(&format!("/me/assignments/{id}/accept"), "key-2", &[]).await;

        assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK));
        assert_eq!(first.text, again.text);
        let answer: Value = serde_json::from_str(&first.text).unwrap();
        assert_eq!(answer["state"], "declined");
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let problem: Value = serde_json::from_str(&refused.text).unwrap();
        assert_eq!(problem["type"], "urn:khademyar:problem:no-such-change");
        assert!(problem["detail"].as_str().unwrap().contains("این خدمت"));

        browser.cookies.clear();
        let stranger = browser.fetch(&withdraw, "key-3", &[]).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "a script waits, and is led nowhere");
    })
    .await;
}

#[tokio::test]
async fn a_page_shows_nobody_what_the_api_would_not() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut browser = maryam(app).await;
        let others = evening.assignment(app, "Narges", "early-team").await;
        let id = others["id"].as_str().unwrap();

        let leave = browser.open(&format!("/me/assignments/{id}/leave")).await;
        let accept = browser.send(&format!("/me/assignments/{id}/accept"), &[]).await;
        let narges = browser.open("/me").await;

        assert_eq!((leave.status, accept.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        accept.says("<h1>");
        assert!(!narges.text.contains("+989132222222"), "the phones of a team are nobody's business");
    })
    .await;
}

#[tokio::test]
async fn where_no_text_messages_leave_a_password_is_asked_for_and_no_code_is_promised() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mute = Courier::new(Senders {
            sms: SmsWay::None,
            email: EmailWay::None,
            webhooks: Webhooks::new("127.0.0.1").unwrap(),
            patience: Patience { tries: 1, first_wait: Duration::ZERO },
        });
        let app = &app.with(|services| services.courier = mute);
        let mut browser = Browser::without_codes(app);

        let page = browser.open("/sign-in").await.says("از اینجا پیامکی نمی‌رود").says("name=\"password\"");
        assert!(!page.text.contains("href=\"/sign-in\""), "there is no other way in");
        browser.send("/sign-in/phone", &[("phone", "09121111111")]).await.leads_to("/sign-in");
        let refused = app.post("/v1/auth/codes", json!({"phone": "09121111111"})).await;
        assert_eq!(
            (refused.status, &refused.body["type"]),
            (StatusCode::CONFLICT, &json!("urn:khademyar:problem:no-text-messages"))
        );
    })
    .await;
}

#[tokio::test]
async fn staff_sign_in_by_a_password_and_a_wrong_one_is_told_beside_the_form() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
        let member = json!({"username": "hassan", "name": "حسن", "role": "coordinator",
            "district_ids": [districts["items"][0]["id"]], "password": "سپید و سبز و بهار"});
        let path = format!("{}/members", evening.path);
        app.post(path, member).by(&evening.organizer).await.expect(StatusCode::CREATED);
        let mut browser = Browser::on(app);

        let wrong = browser.send("/sign-in/password", &[("username", "hassan"), ("password", "بهار")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.says("value=\"hassan\"").says("role=\"alert\"");
        let right = [("username", "hassan"), ("password", "سپید و سبز و بهار")];
        browser.send("/sign-in/password", &right).await.leads_to("/");

        browser.open("/me").await.says("<h1>حسن</h1>");
    })
    .await;
}

#[tokio::test]
async fn a_session_is_renewed_once_however_many_windows_ask_and_ends_when_one_signs_out() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mut browser = maryam(app).await;
        let before = browser.cookies["refresh"].clone();
        browser.cookies.remove("access");
        let mut window = browser.window();

        let (one, other) = tokio::join!(browser.open("/me"), window.open("/me"));
        assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
        assert_ne!(browser.cookies["refresh"], before);
        assert_eq!(browser.cookies, window.cookies);

        let out = browser.send("/sign-out", &[]).await;
        out.leads_to("/sign-in");
        assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
        assert!(!browser.cookies.contains_key("refresh") && !browser.cookies.contains_key("access"));
        window.open("/me").await.leads_to("/sign-in");
        assert!(!window.cookies.contains_key("refresh"), "what is good for nothing is let go of");
    })
    .await;
}

#[tokio::test]
async fn no_script_reads_the_cookies_and_over_tls_they_go_nowhere_else() {
    on_each_api(async |app| {
        Evening::on(app).await;

        for (address, secure) in [("http://roster.test", false), ("https://roster.test", true)] {
            // One code a minute.
            app.state.clock.advance(chrono::TimeDelta::seconds(61));
            let mut browser = Browser::at(app, address);
            sign_in(app, &mut browser).await;

            assert_eq!(browser.told.len(), 2);
            for cookie in &browser.told {
                assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
                assert_eq!(cookie.ends_with("; Secure"), secure, "{cookie}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut browser = maryam(app).await;
        let id = assignment(&browser.open("/me").await.text, "باغ غدیر");
        let withdraw = format!("/me/assignments/{id}/withdraw");

        for (name, value) in
            [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
        {
            let request = Request::post(&withdraw)
                .header(name, value)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let foreign = browser.ask(request, Body::from("reason=ill")).await;
            assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        }

        assert_eq!(evening.assignment(app, "Maryam", "early-team").await["state"], "offered");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_page_or_no_form_of_ours_is_told_on_a_page() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mut browser = maryam(app).await;
        for path in ["/wall/x/y", "/sign-in/phone", "/docs/%ff", "/docs/nothing", "/desk/roll"] {
            let page = browser.open(path).await.says("چنین صفحه‌ای نیست");
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Where nothing is at all, people read a page and programs a problem.
        for (path, accepted, kind) in [
            ("/nothing", "text/html,*/*", "text/html; charset=utf-8"),
            ("/docs/", "text/html", "text/html; charset=utf-8"),
            ("/nothing", "*/*", "application/problem+json"),
            ("/v1/nothing", "text/html", "application/problem+json"),
        ] {
            let asked = Request::get(path).header(header::ACCEPT, accepted);
            let page = browser.ask(asked, Body::empty()).await;
            assert_eq!(
                (page.status, &page.headers["content-type"]),
                (StatusCode::NOT_FOUND, &kind.parse().unwrap())
            );
            assert!(page.headers.contains_key("content-security-policy"), "{path}");
        }
        let asset = browser.open("/assets/nothing.css").await;
        assert_eq!(asset.status, StatusCode::NOT_FOUND);
        assert!(asset.headers.contains_key("content-security-policy"));
        for (path, fields) in [("/sign-in/phone", &[("phon", "1")][..]), ("/me/messages", &[])] {
            let page = browser.send(path, fields).await.says("این فرم درست نرسید");
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        // Nothing was taken from a form that arrived without its fields.
        browser.open("/me/messages").await.says("value=\"wanted\" checked");
    })
    .await;
}

#[tokio::test]
async fn language_and_theme_are_kept_and_lead_back_to_our_own_pages_alone() {
    on_each_api(async |app| {
        Evening::on(app).await;
        let mut browser = maryam(app).await;

        browser.send("/settings", &[("back", "/me"), ("language", "en")]).await.leads_to("/me");
        browser.send("/settings", &[("back", "//evil.example"), ("theme", "dark")]).await.leads_to("/");

        let nights = browser.open("/me").await.says("<html lang=\"en\" dir=\"ltr\" data-theme=\"dark\"");
        nights
            .says("My nights")
            .says("Thursday 8 April 2027")
            .says("20:00")
            .says("Bagh-e Ghadir")
            .says("Call Zahra");
    })
    .await;
}

#[tokio::test]
async fn pages_forbid_what_is_not_ours_and_what_they_load_is_kept_for_good() {
    on_each_api(async |app| {
        let mut browser = Browser::on(app);

        let page = browser.open("/sign-in").await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-cache");
        assert!(!page.text.contains(" style=") && !page.text.contains("<style"));
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "nothing from elsewhere");
        let loaded: Vec<&str> = page.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
        assert_eq!(loaded.len(), 4);
        for path in loaded {
            let asset = browser.open(path).await;
            assert_eq!(asset.status, StatusCode::OK, "{path}");
            assert_eq!(asset.headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        }
        assert_eq!(browser.open("/assets/style-other.css").await.status, StatusCode::NOT_FOUND);
        browser.open("/worker.js").await.says("const SHELL = [\"/assets/style-");
        let manifest: Value =
            serde_json::from_str(&browser.open("/manifest.webmanifest").await.text).unwrap();
        assert_eq!((&manifest["start_url"], &manifest["dir"]), (&json!("/me"), &json!("rtl")));

        // Behind the pages there is the API, as it was.
        assert_eq!(browser.open("/readyz").await.status, StatusCode::OK);
        assert_eq!(browser.open("/v1/me").await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}
