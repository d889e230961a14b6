//! The volunteer's own pages beside *my nights*, as a browser without scripts sees them.

use axum::http::StatusCode;
use khademyar_storage::Store;
use khademyar_worker::Worker;
use serde_json::json;

use crate::{
    app::{TestApp, on_each_api},
    browser::Browser,
    erasure::go_to,
    evening::Evening,
    letters::press,
};

/// What a form of the page that ends so would be sent to.
fn action(page: &str, end: &str) -> String {
    let found = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let found = found.filter(|path| path.ends_with(end)).last();
    found.unwrap_or_else(|| panic!("no form leads to …{end} in {page}")).to_owned()
}

#[tokio::test]
async fn the_pass_is_shown_as_a_picture_and_as_six_digits() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let pass = app.get("/v1/me/pass").by(&evening.maryam).await.expect(StatusCode::OK);
        let code = pass["code"].as_str().unwrap();
        let mut browser = Browser::signed_in(app, &evening.maryam);
        browser.cookies.insert("language".to_owned(), "en".to_owned());

        let page = browser.open("/me/pass").await;

        assert_eq!(page.status, StatusCode::OK);
        let page = page.says(&format!("{} {}", &code[..3], &code[3..])).says("<svg").says("role=\"img\"");
        assert!(
            !page.text.contains("<?xml") && !page.text.contains("style="),
            "the policy allows no style in a page"
        );
        page.says("Good to the end of Sunday 18 April 2027");
    })
    .await;
}

#[tokio::test]
async fn a_seat_is_taken_by_waiting_for_it_and_accepting_the_offer() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        evening.withdraw_the_base(app).await;
        let mut browser = Browser::signed_in(app, &evening.narges);
        let page = browser.open("/me/shifts").await.says("پایگاه سیار").says("سخت به شما نیاز است");
        browser.send(&action(&page.text, "/wait"), &[]).await.leads_to("/me/shifts");
        let page = browser.open("/me/shifts").await.says("در صف‌اید").says("ثبت شد");
        let leave = action(&page.text, "/leave");

        let worker = Worker::new(Store::clone(&app.state.store), 1);
        assert_eq!(worker.tend_once(app.state.clock.now()).await.unwrap(), 1);
        browser.open("/me/shifts").await.says("چشم‌به‌راه پاسخ شماست");
        let seat = evening.assignment(app, "Narges", "away-lead").await;
        assert_eq!(seat["state"], "offered");
        browser.send(&leave, &[]).await.leads_to("/me/shifts");

        browser.send("/me/standbys/4", &[]).await.leads_to("/me/shifts");
        let page = browser.open("/me/shifts").await;
        browser.send(&action(&page.text, "/me/standbys/4/end"), &[]).await.leads_to("/me/shifts");
        let waiting = app.get("/v1/me/waiting").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(waiting["standby_nights"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn one_asks_for_a_cover_another_says_yes_and_both_read_what_came_of_it() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        // Both others could come.
        evening.publish(app, &[evening.roster[3].clone(), evening.roster[2].clone()]).await;
        let (mut narges, mut zahra) =
            (Browser::signed_in(app, &evening.narges), Browser::signed_in(app, &evening.zahra));
        let covers = narges.open("/me/covers").await;
        let choose =
            covers.text.split("href=\"").find(|rest| rest.split('"').next().unwrap().ends_with("/cover"));
        let choose = choose.unwrap().split('"').next().unwrap().to_owned();
        narges.open(&choose).await.says("باغ غدیر").says("این را به جایش می‌خواهم").says("پایگاه سیار");
        narges.send(&choose, &[]).await.leads_to("/me/covers");
        narges.open("/me/covers").await.says("شما خواسته‌اید").says("از ۲ نفر پرسیدیم");

        let asked = zahra.open("/me/covers").await.says("از شما خواسته‌اند").says("نرگس کریمی");
        zahra.send(&action(&asked.text, "/accept"), &[]).await.leads_to("/me/covers");
        zahra.open("/me/covers").await.says("پذیرفتید").says("با شماست");
        narges.open("/me/covers").await.says("زهرا رضایی به جای شما می‌آید");
        assert_eq!(evening.assignment(app, "Zahra", "early-team").await["state"], "accepted");

        let mut maryam = Browser::signed_in(app, &evening.maryam);
        maryam.open("/me/covers").await.says("دیگر نیازی نیست");
        assert_eq!(maryam.open(&choose).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn hours_are_read_written_down_and_thanked_for() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let seat = evening.assignment(app, "Maryam", "early-team").await["id"].as_str().unwrap().to_owned();
        app.post(format!("/v1/me/assignments/{seat}/accept"), json!({}))
            .by(&evening.maryam)
            .await
            .expect(StatusCode::OK);
        let mut browser = Browser::signed_in(app, &evening.maryam);
        let early = browser.open("/me/hours").await.says("از ۱۸ دی ۱۴۰۵ می‌توانید بنویسید");
        assert!(!early.text.contains("name=\"day\""), "nothing can be written down yet");
        let certificate = browser.open("/me/certificate").await;
        if press().is_some() {
            assert_eq!(certificate.status, StatusCode::CONFLICT);
            certificate.says("هنوز خدمتی از ایشان شمرده نشده");
        }
        go_to(app, "2027-04-12T12:00:00Z");
        evening.sign_in_again(app).await;
        let mut browser = Browser::signed_in(app, &evening.maryam);
        browser.open("/me/hours").await.says("value=\"۱۴۰۶/۰۱/۲۳\"");

        let unclear = [("what", "آذین‌بندی"), ("day", "دیروز"), ("from", "16:00"), ("until", "18:30")];
        let page = browser.send("/me/hours", &unclear).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("role=\"alert\"").says("value=\"آذین‌بندی\"");
        let backwards = [("what", "آذین‌بندی"), ("day", "۱۴۰۶/۰۱/۱۸"), ("from", "18:00"), ("until", "17:00")];
        browser.send("/me/hours", &backwards).await.says("پایان کار پیش از آغاز آن است");
        let future = [("what", "آذین‌بندی"), ("day", "۱۴۰۶/۰۱/۲۵"), ("from", "16:00"), ("until", "18:30")];
        let page = browser.send("/me/hours", &future).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says("هنوز زمانش نگذشته است");
        let right = [("what", "آذین‌بندی"), ("day", "۱۴۰۶/۰۱/۱۸"), ("from", "16:00"), ("until", "18:30")];
        browser.send("/me/hours", &right).await.leads_to("/me/hours");

        let page = browser.open("/me/hours").await.says("۲ ساعت و ۳۰ دقیقه").says("چشم‌به‌راه تأیید");
        let entries = app.get("/v1/me/worklog").by(&evening.maryam).await.expect(StatusCode::OK);
        assert_eq!(entries["items"][0]["started_at"], "2027-04-07T12:30:00Z");
        browser.send(&action(&page.text, "/withdraw"), &[]).await.leads_to("/me/hours");
        assert!(!browser.open("/me/hours").await.text.contains("<strong>آذین‌بندی"));

        let letter = browser.open("/me/letter").await;
        assert_eq!(letter.status, StatusCode::OK);
        let policy = letter.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("style-src 'sha256-"), "the letter's own, stricter policy: {policy}");
        letter.says("مریم امینی");
    })
    .await;
}

#[tokio::test]
async fn what_one_says_of_oneself_is_kept_and_what_cannot_be_says_why() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut browser = Browser::signed_in(app, &evening.narges);
        let page = browser.open("/me/profile").await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("نرگس کریمی").says("درجهٔ ۳").says("name=\"night-9\"");

        let fields = |first| {
            [
                ("version", "1"),
                ("night-0", first),
                ("night-1", "gladly"),
                ("night-2", "cannot"),
                ("max_nights", "5"),
                ("max_consecutive_nights", ""),
                ("max_shifts_per_night", "1"),
                ("max_travel_minutes", "45"),
            ]
        };
        let refused = browser.send("/me/profile", &fields("cannot")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("نخست بگویید که نمی‌توانید بیایید").says("<option value=\"5\" selected>");
        browser.send("/me/profile", &fields("can")).await.leads_to("/me/profile");
        browser.open("/me/profile").await.says("ذخیره شد").says("<option value=\"45\" selected>");

        let told = app.get("/v1/me/profile").by(&evening.narges).await.expect(StatusCode::OK);
        let nights: Vec<i64> = (0..10).filter(|night| *night != 2).collect();
        let available: Vec<_> = nights.iter().map(|night| json!({"night": night})).collect();
        assert_eq!(told["readiness"]["available"], json!(available));
        assert_eq!(told["readiness"]["wishes"], json!([{"night": 1, "want": "serve"}]));
        // Somebody in charge wrote it meanwhile, or another window did.
        let stale = browser.send("/me/profile", &fields("can")).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        stale.says("role=\"alert\"").says("name=\"version\" value=\"2\"");
    })
    .await;
}

#[tokio::test]
async fn messages_are_chosen_by_what_they_are_about_and_a_calendar_has_an_address_that_is_shown_once() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let mut browser = Browser::signed_in(app, &evening.narges);
        let wanted = json!({"language": "fa", "unwanted_sms": ["roster_changed"]});
        app.put("/v1/me/preferences", wanted).by(&evening.narges).await.expect(StatusCode::OK);
        let fields = [
            ("offers", "wanted"),
            ("changes", "wanted"),
            ("requests", "wanted"),
            ("reminders", "wanted"),
            ("language", "en"),
        ];
        browser.send("/me/messages", &fields).await.leads_to("/me/messages");
        let told = app.get("/v1/me/preferences").by(&evening.narges).await.expect(StatusCode::OK);
        let unwanted =
            json!(["roster_changed", "cover_asked", "cover_closed", "worklog_approved", "worklog_declined"]);
        assert_eq!(told, json!({"language": "en", "unwanted_sms": unwanted}));

        let page = browser.send("/me/calendar", &[]).await;
        assert_eq!(
            (page.status, &page.headers["cache-control"]),
            (StatusCode::OK, &"no-store".parse().unwrap())
        );
        let page = page.says("href=\"webcal://");
        let url = page.text.split("value=\"").find(|rest| rest.starts_with("http")).unwrap();
        let address = url.split('"').next().unwrap();
        let path = address[address.find("/v1/").unwrap()..].to_owned();
        app.get(&path).await.expect(StatusCode::OK);
        browser.send("/me/calendar/end", &[]).await.leads_to("/me/messages");
        app.get(&path).await.expect(StatusCode::NOT_FOUND);
        assert!(!browser.open("/me/messages").await.text.contains("calendar.ics"));
    })
    .await;
}

#[tokio::test]
async fn whoever_serves_nowhere_finds_none_of_these_pages() {
    on_each_api(async |app: &TestApp| {
        let evening = Evening::on(app).await;
        let mut browser = Browser::signed_in(app, &evening.organizer);
        for path in
            ["/me/pass", "/me/shifts", "/me/covers", "/me/hours", "/me/profile", "/me/messages", "/me/letter"]
        {
            assert_eq!(browser.open(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}
