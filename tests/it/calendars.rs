//! The calendar at a secret address, read by an independent parser.

use std::collections::HashMap;

use axum::http::{StatusCode, header};
use icalendar::{Calendar, CalendarComponent, Component, Event, EventLike, EventStatus};
use serde_json::Value;

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    evening::Evening,
    parts::without_identity,
};

/// The path of a new secret address.
async fn subscribe(app: &TestApp, person: &Person) -> String {
    let answer = app.post("/v1/me/calendar", Value::Null).by(person).await;
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let url = answer.expect(StatusCode::CREATED)["url"].as_str().unwrap().to_owned();
    url.strip_prefix("http://roster.test").unwrap().to_owned()
}

async fn read(app: &TestApp, path: &str) -> Answer {
    app.get(path).with("accept-language", "fa").await
}

/// The events of a feed by the start of each.
fn events(answer: &Answer) -> HashMap<String, Event> {
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "text/calendar; charset=utf-8");
    let calendar: Calendar = std::str::from_utf8(&answer.bytes).unwrap().parse().unwrap();
    assert_eq!(calendar.get_name(), Some("دههٔ کرامت"));
    let events = calendar.components.into_iter().map(|component| match component {
        CalendarComponent::Event(event) => event,
        other => panic!("{other:?} is no event"),
    });
    events.map(|event| (event.property_value("DTSTART").unwrap().to_owned(), event)).collect()
}

fn sequence(event: &Event) -> &str {
    event.property_value("SEQUENCE").unwrap()
}

#[tokio::test]
async fn a_calendar_shows_my_nights_without_sign_in() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = subscribe(app, &evening.maryam).await;

        let events = events(&read(app, &path).await);

        let mut starts: Vec<&String> = events.keys().collect();
        starts.sort();
        assert_eq!(starts, ["20270408T163000Z", "20270408T213000Z", "20270409T163000Z"]);
        let early = &events["20270408T163000Z"];
        assert_eq!(early.property_value("DTEND"), Some("20270408T200000Z"));
        assert_eq!(early.get_summary(), Some("چای – باغ غدیر"));
        assert_eq!(early.get_location(), Some("باغ غدیر، منطقهٔ ۱، خیابان غدیر"));
        assert_eq!(early.property_value("GEO"), Some("32.630000;51.700000"));
        let description = early.get_description().unwrap();
        assert!(description.contains("شب اول: پنجشنبه ۱۹ فروردین ۱۴۰۶، ۲۰:۰۰ تا ۲۳:۳۰"), "{description}");
        assert!(description.contains("زهرا رضایی"), "{description}");
        assert!(!description.contains("913"), "{description}");
        for event in events.values() {
            assert_eq!((event.get_status(), sequence(event)), (Some(EventStatus::Tentative), "0"));
        }
    })
    .await;
}

#[tokio::test]
async fn what_no_longer_takes_place_is_cancelled_under_the_same_uid() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = subscribe(app, &evening.maryam).await;
        let before = events(&read(app, &path).await);

        evening.withdraw_the_base(app).await;
        let after = events(&read(app, &path).await);

        assert_eq!(after.len(), 3);
        for (start, event) in &after {
            assert_eq!(event.get_uid(), before[start].get_uid());
            let expected = match start.as_str() {
                "20270409T163000Z" => (Some(EventStatus::Cancelled), "1"),
                _ => (Some(EventStatus::Tentative), "0"),
            };
            assert_eq!((event.get_status(), sequence(event)), expected, "{start}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_shift_that_is_moved_moves_in_the_calendar() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = subscribe(app, &evening.maryam).await;
        let before = events(&read(app, &path).await);
        let shifts = app.get(format!("{}/shifts", evening.path)).by(&evening.organizer).await;
        let shifts = shifts.expect(StatusCode::OK);
        let away = shifts["items"].as_array().unwrap().iter().find(|shift| shift["code"] == "away").unwrap();

        let mut later = away.clone();
        let id = later["id"].as_str().unwrap().to_owned();
        without_identity(&mut later);
        later["ends_at"] = "2027-04-09T19:30:00Z".into();
        let moved = app.put(format!("{}/shifts/{id}", evening.path), later).by(&evening.organizer).await;
        moved.expect(StatusCode::OK);

        for (start, event) in &events(&read(app, &path).await) {
            assert_eq!(event.get_uid(), before[start].get_uid());
            let (end, number) = match start.as_str() {
                "20270409T163000Z" => ("20270409T193000Z", "1"),
                start => (before[start].property_value("DTEND").unwrap(), "0"),
            };
            assert_eq!((event.property_value("DTEND"), sequence(event)), (Some(end), number));
        }
    })
    .await;
}

#[tokio::test]
async fn a_calendar_that_did_not_change_is_not_sent_again() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let path = subscribe(app, &evening.maryam).await;
        let first = read(app, &path).await;
        let tag = first.header(header::ETAG).to_owned();
        let again = async || app.get(&path).with("accept-language", "fa").with("if-none-match", &tag).await;

        let unchanged = again().await;
        assert_eq!((unchanged.status, unchanged.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(read(app, &path).await.bytes, first.bytes);
        evening.withdraw_the_base(app).await;

        let changed = again().await;
        assert_ne!(changed.header(header::ETAG), tag);
        changed.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_secret_address_ends_when_it_is_revoked_or_followed_by_another() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let others = subscribe(app, &evening.narges).await;
        let first = subscribe(app, &evening.maryam).await;
        read(app, &first).await.expect(StatusCode::OK);

        let second = subscribe(app, &evening.maryam).await;
        read(app, &first).await.expect(StatusCode::NOT_FOUND);
        read(app, &second).await.expect(StatusCode::OK);
        for _ in 0..2 {
            app.delete("/v1/me/calendar").by(&evening.maryam).await.expect(StatusCode::NO_CONTENT);
            read(app, &second).await.expect(StatusCode::NOT_FOUND);
        }

        read(app, &others).await.expect(StatusCode::OK);
        for unknown in ["", "?token=", "?token=abc", "?other=1", "?token=a&token=b"] {
            read(app, &format!("/v1/me/calendar.ics{unknown}")).await.expect(StatusCode::NOT_FOUND);
        }
    })
    .await;
}
