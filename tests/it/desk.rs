//! The coordinator's desk: the board of a night, empty seats with who could take them, and what happens meanwhile.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    app::{TestApp, on_each_api},
    browser::{Browser, next_event},
    covers::{Crowd, answers},
    erasure::go_to,
    evening::Evening,
    parts::someone,
};

/// The coordinator of the first district, at her desk.
async fn coordinator(app: &TestApp, evening: &Evening) -> Browser {
    coordinator_of(app, evening, "d1").await
}

async fn coordinator_of(app: &TestApp, evening: &Evening, district: &str) -> Browser {
    let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
    let one = districts["items"].as_array().unwrap().iter().find(|one| one["code"] == district).unwrap();
    let role = json!({"role": "coordinator", "district_ids": [one["id"]]});
    let name = format!("coordinator-{district}");
    let person = someone(app, &evening.organizer, &evening.path, &name, role).await;
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
        // Nor is it overlooked by whoever looks at another night.
        let other = desk.open("/desk?night=1").await.says("۱ جا در شب‌های دیگر پس داده شده و خالی است");
        other.says("class=\"lacks\" aria-label=\"شب اول، ۱ جا پس داده شده");
        let waiting = desk.open("/desk/requests").await.says("جاهایی که خالی شد").says("نرگس کریمی");
        desk.open(&address(&waiting.text, "/desk/seats?")).await.says("چرا خالی است؟");
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
        assert!(next_event(&mut body).await.contains("event: ready"));
        app.post(withdraw, json!({})).by(&evening.narges).await.expect(StatusCode::OK);

        assert!(next_event(&mut body).await.contains("event: assignment_declined"));
    })
    .await;
}

#[tokio::test]
async fn an_open_page_hears_of_what_happened_since_it_was_read() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let desk = coordinator(app, &evening).await;
        let narges = Browser::signed_in(app, &evening.narges);
        let asked = evening.assignment(app, "Narges", "early-team").await;
        let mut open = Vec::new();
        for (browser, path) in [(&desk, "/desk"), (&narges, "/me/shifts"), (&narges, "/me/covers")] {
            let page = browser.window().open(path).await;
            let (_, follow) = page.text.split_once("data-follow=\"").unwrap();
            let (follow, _) = follow.split_once('"').unwrap();
            open.push((browser, follow.replace("&#38;", "&").replace("&amp;", "&")));
        }

        let withdraw = format!("/v1/me/assignments/{}/withdraw", asked["id"].as_str().unwrap());
        app.post(withdraw, json!({})).by(&evening.narges).await.expect(StatusCode::OK);

        for (browser, follow) in open {
            let mut body = browser.follow(&follow).await.into_body();
            assert!(next_event(&mut body).await.contains("event: ready"), "{follow}");
            assert!(next_event(&mut body).await.contains("event: assignment_declined"), "{follow}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_coordinator_is_decided_on_one_page() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 1).await;
        crowd.approved_by_coordinators(app).await;
        let (evening, (taker, id)) = (&crowd.evening, &crowd.people[0]);
        let page = format!("/desk/requests?festival={}", evening.festival_id());
        let mut desk = coordinator(app, evening).await;
        desk.open(&page).await.says("چیزی در انتظار شما نیست");

        let cover = crowd.narges_asks(app, json!({"volunteer_ids": [id]})).await.expect(StatusCode::CREATED);
        answers(app, taker, &cover, "accept").await.expect(StatusCode::OK);
        app.put(format!("{}/registration", evening.path), json!({"open": true}))
            .by(&evening.organizer)
            .await
            .expect(StatusCode::OK);
        let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
        let home = districts["items"].as_array().unwrap().iter().find(|one| one["code"] == "d1").unwrap();
        let form = json!({"name": "سمیه <b>", "phone": "09121234567", "gender": "woman", "home_district_id": home["id"]});
        app.post(format!("/v1/registration-forms/{}", evening.festival_id()), form)
            .from("192.0.2.7")
            .await
            .expect(StatusCode::ACCEPTED);

        let waiting = desk.open(&page).await;
        let waiting = waiting.says("به جای نرگس کریمی").says("سمیه &#60;b&#62;").says("tel:+989121234567");
        let covers = address(&waiting.text, "/desk/requests/covers/");
        let registrations = address(&waiting.text, "/desk/requests/registrations/");
        let festival = evening.festival_id().to_string();
        desk.send(&covers, &[("festival", &festival)]).await.leads_to(&page);
        desk.send(&registrations, &[("festival", &festival)]).await.leads_to(&page);
        desk.open(&page).await.says("پذیرفته شد").says("چیزی در انتظار شما نیست");
        assert_eq!(desk.send(&registrations, &[("festival", &festival)]).await.status, StatusCode::NOT_FOUND);
        let seat = evening.assignment(app, "free0", "early-team").await;
        assert_eq!(seat["state"], "accepted");

        let mut south = coordinator_of(app, evening, "d2").await;
        south.open(&page).await.says("چیزی در انتظار شما نیست");
        assert_eq!(south.send(&covers, &[("festival", &festival)]).await.status, StatusCode::NOT_FOUND);
        let mut volunteer = Browser::signed_in(app, &evening.maryam);
        assert_eq!(volunteer.open(&page).await.status, StatusCode::NOT_FOUND);
        assert_eq!(volunteer.send(&covers, &[("festival", &festival)]).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn work_outside_shifts_is_approved_or_declined_with_a_reason() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        go_to(app, "2027-04-12T12:00:00Z");
        evening.sign_in_again(app).await;
        for hour in [8, 10] {
            let [started_at, ended_at] = [hour, hour + 1].map(|hour| format!("2027-04-07T{hour:02}:00:00Z"));
            let body = json!({"festival_id": evening.festival_id(), "what": "آذین‌بندی",
                "started_at": started_at, "ended_at": ended_at});
            app.post("/v1/me/worklog", body).by(&evening.maryam).await.expect(StatusCode::CREATED);
        }
        let mut desk = coordinator(app, &evening).await;
        let page = format!("/desk/requests?festival={}", evening.festival_id());
        let festival = evening.festival_id().to_string();
        let waiting = desk.open(&page).await.says("مریم امینی").says("۱۱:۳۰ تا ۱۲:۳۰").says("۱۳:۳۰ تا ۱۴:۳۰");
        let approve = waiting.text.split('"').find(|part| part.ends_with("/approve")).unwrap();
        desk.send(approve, &[("festival", &festival)]).await.leads_to(&page);
        let waiting = desk.open(&page).await;
        let decline = waiting.text.split('"').find(|part| part.ends_with("/decline")).unwrap();
        let said = [("festival", festival.as_str()), ("reason", "شما را ندیدیم")];
        desk.send(decline, &said).await.leads_to(&page);
        let mine = app.get("/v1/me/worklog").by(&evening.maryam).await.expect(StatusCode::OK);
        let states: Vec<_> = mine["items"].as_array().unwrap().iter().map(|entry| &entry["state"]).collect();
        assert_eq!(states, ["declined", "approved"]);
        assert_eq!(mine["items"][0]["reason"], "شما را ندیدیم");
    })
    .await;
}
