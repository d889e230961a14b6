//! What volunteers read of their own nights.

use std::collections::HashSet;

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use khademyar_api::gate::{Gate, Limits};
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    evening::Evening,
};

async fn schedule(app: &TestApp, person: &Person) -> Value {
    app.get("/v1/me/schedule").by(person).with("accept-language", "fa").await.expect(StatusCode::OK)
}

#[tokio::test]
async fn my_nights_come_in_festival_order_also_past_midnight() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;

        let schedule = schedule(app, &evening.maryam).await;

        assert_eq!(schedule["festival"], "دههٔ کرامت");
        assert_eq!(schedule["timezone"], "Asia/Tehran");
        let nights = schedule["nights"].as_array().unwrap();
        let told: Vec<_> = nights
            .iter()
            .map(|night| ["label", "date", "persian_date", "words"].map(|key| night[key].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ["شب اول", "2027-04-08", "۱۴۰۶/۰۱/۱۹", "پنجشنبه ۱۹ فروردین ۱۴۰۶"],
                ["شب دوم", "2027-04-09", "۱۴۰۶/۰۱/۲۰", "جمعه ۲۰ فروردین ۱۴۰۶"],
            ]
        );
        let services: Vec<&Value> =
            nights.iter().flat_map(|night| night["services"].as_array().unwrap()).collect();
        let times: Vec<_> = services
            .iter()
            .map(|service| {
                ["starts_at", "local_starts_at", "words"].map(|key| service[key].as_str().unwrap())
            })
            .collect();
        assert_eq!(
            times,
            [
                [
                    "2027-04-08T16:30:00Z",
                    "2027-04-08T20:00:00+03:30",
                    "پنجشنبه ۱۹ فروردین ۱۴۰۶، ۲۰:۰۰ تا ۲۳:۳۰"
                ],
                ["2027-04-08T21:30:00Z", "2027-04-09T01:00:00+03:30", "جمعه ۲۰ فروردین ۱۴۰۶، ۰۱:۰۰ تا ۰۳:۰۰"],
                ["2027-04-09T16:30:00Z", "2027-04-09T20:00:00+03:30", "جمعه ۲۰ فروردین ۱۴۰۶، ۲۰:۰۰ تا ۲۲:۰۰"],
            ]
        );
        assert_eq!(nights[0]["services"].as_array().unwrap().len(), 2);
        assert!(services.iter().all(|service| service["state"] == "offered" && service["version"] == 1));
    })
    .await;
}

#[tokio::test]
async fn a_service_says_where_as_what_who_leads_and_with_whom() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;

        let maryam = schedule(app, &evening.maryam).await;
        let zahra = schedule(app, &evening.zahra).await;

        let early = &maryam["nights"][0]["services"][0];
        let mut venue = early["venue"].clone();
        for id in ["id", "district_id"] {
            assert!(venue.as_object_mut().unwrap().remove(id).unwrap().is_string());
        }
        assert_eq!(
            venue,
            json!({
                "name": "باغ غدیر", "kind": "fixed", "district": "منطقهٔ ۱", "address": "خیابان غدیر",
                "latitude": 32.63, "longitude": 51.7,
            })
        );
        assert_eq!(
            (&early["specialty"], &early["level"], &early["is_lead"]),
            (&json!("چای"), &json!(1), &json!(false))
        );
        assert_eq!(early["leads"], json!([{"name": "زهرا رضایی", "phone": "+989133333333"}]));
        assert_eq!((&early["team"], &early["companions"]), (&json!(["نرگس کریمی"]), &json!(["زهرا رضایی"])));
        let late = &maryam["nights"][0]["services"][1];
        assert_eq!((&late["leads"], &late["team"]), (&json!([]), &json!([])));
        assert_eq!(late["companions"], json!(["زهرا رضایی"]), "she is there that night, in another shift");
        let base = &maryam["nights"][1]["services"][0];
        assert_eq!((&base["is_lead"], &base["leads"]), (&json!(true), &json!([])));
        assert_eq!(base["companions"], json!([]));
        assert_eq!(
            (&base["venue"]["kind"], &base["venue"]["district"]),
            (&json!("mobile"), &json!("منطقهٔ ۲"))
        );

        // Only who leads can be called: Zahra reads names, and nobody's number.
        let led = &zahra["nights"][0]["services"][0];
        assert_eq!((&led["is_lead"], &led["leads"]), (&json!(true), &json!([])));
        assert_eq!((&led["team"], &led["companions"]), (&json!([]), &json!(["مریم امینی"])));
        assert!(!zahra.to_string().contains("+98"));
    })
    .await;
}

#[tokio::test]
async fn labels_follow_the_language() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;

        let answer = app.get("/v1/me/schedule").by(&evening.narges).with("accept-language", "en").await;

        let schedule = answer.expect(StatusCode::OK);
        let night = &schedule["nights"][0];
        assert_eq!((&night["label"], &night["words"]), (&json!("Night 1"), &json!("Thursday 8 April 2027")));
        let service = &night["services"][0];
        assert_eq!(service["words"], "Thursday 8 April 2027, 20:00 to 23:30");
        assert_eq!(
            (&service["specialty"], &service["venue"]["name"]),
            (&json!("Tea"), &json!("Bagh-e Ghadir"))
        );
        assert_eq!((&service["leads"][0]["name"], &service["team"]), (&json!("Zahra"), &json!(["Maryam"])));
    })
    .await;
}

#[tokio::test]
async fn what_one_has_is_not_sent_again_until_the_festival_changes() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let fresh = async |tag: &str, language: &str| {
            app.get("/v1/me/schedule")
                .by(&evening.maryam)
                .with("accept-language", language)
                .with("if-none-match", tag)
                .await
        };
        let first = fresh("\"nothing yet\"", "fa").await;
        let tag = first.header(header::ETAG).to_owned();
        let whole = first.expect(StatusCode::OK);

        let unchanged = fresh(&tag, "fa").await;
        assert_eq!((unchanged.status, unchanged.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(unchanged.header(header::ETAG), tag);
        fresh(&format!("\"other\", W/{tag}"), "fa").await.expect(StatusCode::NOT_MODIFIED);
        fresh(&tag, "en").await.expect(StatusCode::OK);
        let other = app.get("/v1/me/schedule").by(&evening.narges).with("accept-language", "fa");
        other.with("if-none-match", &tag).await.expect(StatusCode::OK);

        evening.withdraw_the_base(app).await;
        let changed = fresh(&tag, "fa").await;
        assert_ne!(changed.header(header::ETAG), tag);
        let changed = changed.expect(StatusCode::OK);
        assert_eq!(changed["nights"], json!([whole["nights"][0]]));
    })
    .await;
}

#[tokio::test]
async fn what_was_told_is_told_again_only_to_whoever_may_still_read_it() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let ask = |person: &Person, language: &str| {
            app.get("/v1/me/schedule").by(person).with("accept-language", language)
        };
        let first = ask(&evening.maryam, "fa").await;
        let again = ask(&evening.maryam, "fa").await;
        assert_eq!((&again.body, again.header(header::ETAG)), (&first.body, first.header(header::ETAG)));
        // The length is added to both when they are written.
        let names = |answer: &Answer| {
            answer
                .headers
                .keys()
                .filter(|name| *name != header::CONTENT_LENGTH)
                .cloned()
                .collect::<HashSet<_>>()
        };
        assert_eq!(names(&again), names(&first));
        assert_ne!(again.headers["x-request-id"], first.headers["x-request-id"]);
        assert_ne!(ask(&evening.maryam, "en").await.body["nights"], first.body["nights"]);
        assert_ne!(ask(&evening.narges, "fa").await.body["volunteer_id"], first.body["volunteer_id"]);

        app.state.clock.advance(TimeDelta::minutes(20));
        ask(&evening.maryam, "fa").await.expect(StatusCode::UNAUTHORIZED);
        app.state.clock.advance(TimeDelta::minutes(-20));
        ask(&evening.maryam, "fa").await.expect(StatusCode::OK);

        app.delete("/v1/me/devices").by(&evening.maryam).await.expect(StatusCode::NO_CONTENT);
        ask(&evening.maryam, "fa").await.expect(StatusCode::UNAUTHORIZED);
        ask(&evening.narges, "fa").await.expect(StatusCode::OK);

        // What is told again is counted as well.
        let few = app.with(|services| {
            services.gate = Gate::new(Limits { account_requests: 2, ..Limits::default() });
        });
        for expected in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
            few.get("/v1/me/schedule")
                .by(&evening.narges)
                .with("accept-language", "fa")
                .await
                .expect(expected);
        }
    })
    .await;
}

#[tokio::test]
async fn of_several_festivals_the_one_that_comes_next_is_read() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let founded = json!({"name": {"fa": "جشن تابستان"}, "first_night": "2027-08-01"});
        let summer =
            app.post("/v1/festivals", founded).by(&evening.organizer).await.expect(StatusCode::CREATED);
        let summer_id = summer["id"].as_str().unwrap();
        let path = format!("/v1/festivals/{summer_id}");
        let create = async |list: &str, body: Value| {
            let row = app.post(format!("{path}/{list}"), body).by(&evening.organizer).await;
            row.expect(StatusCode::CREATED)["id"].clone()
        };
        let district =
            create("districts", json!({"code": "d", "name": {"fa": "منطقه"}, "priority": 1})).await;
        let maryam =
            json!({"code": "m", "name": {"fa": "مریم"}, "gender": "woman", "home_district_id": district});
        let maryam = create("volunteers", maryam).await;
        let part = json!({"username": "maryam", "name": "مریم", "role": "volunteer", "volunteer_id": maryam});
        create("members", part).await;
        let read = async |query: &str| {
            let maryam = app.known("maryam").await;
            app.get(format!("/v1/me/schedule{query}")).by(&maryam).with("accept-language", "fa").await
        };
        let festival = async |query: &str| read(query).await.expect(StatusCode::OK)["festival"].clone();
        let until = |date: &str| {
            let date: chrono::DateTime<chrono::Utc> = format!("{date}T12:00:00Z").parse().unwrap();
            app.state.clock.advance(date - app.state.clock.now() + TimeDelta::seconds(1));
        };

        until("2027-03-01");
        assert_eq!(festival("").await, "دههٔ کرامت");
        assert_eq!(festival(&format!("?festival_id={summer_id}")).await, "جشن تابستان");
        until("2027-04-17");
        assert_eq!(festival("").await, "دههٔ کرامت");
        until("2027-04-18");
        assert_eq!(festival("").await, "جشن تابستان");
        until("2027-09-01");
        assert_eq!(festival("").await, "جشن تابستان");
        assert_eq!(festival(&format!("?festival_id={}", evening.festival_id())).await, "دههٔ کرامت");

        read("?festival_id=00000000-0000-7000-8000-000000000000").await.expect(StatusCode::NOT_FOUND);
        let garbage = read("?festival_id=next").await;
        assert_eq!(garbage.faults()["festival_id"], "not_a_festival");
        garbage.expect(StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn who_is_no_volunteer_has_no_schedule() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let stranger = app.person("stranger", false).await;

        for path in ["/v1/me/schedule", "/v1/me/calendar"] {
            let call = || if path.ends_with('r') { app.post(path, Value::Null) } else { app.get(path) };
            call().await.expect(StatusCode::UNAUTHORIZED);
            call().by(&stranger).await.expect(StatusCode::NOT_FOUND);
            call().by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
        }
    })
    .await;
}
