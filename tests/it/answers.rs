//! What volunteers answer when they are asked to serve, each answer once, however often and at once it is sent.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    assignment::{AssignmentState, change::allows},
    event::EventKind,
};
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
};

async fn say(app: &TestApp, who: &Person, assignment: &Value, answer: &str) -> crate::app::Answer {
    let path = format!("/v1/me/assignments/{}/{answer}", assignment["id"].as_str().unwrap());
    let body = if answer == "accept" { Value::Null } else { json!({"reason": "ill"}) };
    app.post(path, body).by(who).await
}

fn until(app: &TestApp, instant: &str) {
    let instant: DateTime<Utc> = instant.parse().unwrap();
    app.state.clock.advance(instant - app.state.clock.now() + TimeDelta::seconds(1));
}

#[tokio::test]
async fn who_is_asked_accepts_declines_or_withdraws_and_each_is_told_once() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let asked = evening.assignment(app, "Maryam", "early-team").await;
        let other = evening.assignment(app, "Narges", "early-team").await;
        let before = evening.events(app, 0).await.len() as i64;

        let accepted = say(app, &evening.maryam, &asked, "accept").await.expect(StatusCode::OK);
        assert_eq!((&accepted["state"], &accepted["version"]), (&json!("accepted"), &json!(2)));
        assert_eq!(say(app, &evening.maryam, &asked, "accept").await.expect(StatusCode::OK), accepted);
        let withdrawn = say(app, &evening.maryam, &asked, "withdraw").await.expect(StatusCode::OK);
        assert_eq!((&withdrawn["state"], &withdrawn["reason"]), (&json!("withdrawn"), &json!("ill")));
        assert_eq!(say(app, &evening.maryam, &asked, "withdraw").await.expect(StatusCode::OK), withdrawn);
        let declined = say(app, &evening.narges, &other, "decline").await.expect(StatusCode::OK);
        assert_eq!(declined["state"], "declined");
        // One button, whatever stands behind it.
        assert_eq!(say(app, &evening.narges, &other, "withdraw").await.expect(StatusCode::OK), declined);

        let told = evening.events(app, before).await;
        let kinds: Vec<EventKind> = told.iter().map(|event| event.event.kind).collect();
        assert_eq!(
            kinds,
            [EventKind::AssignmentAccepted, EventKind::AssignmentWithdrawn, EventKind::AssignmentDeclined]
        );
        assert!(told.iter().zip(before + 1..).all(|(event, number)| event.number == number));
        assert_eq!((told[1].by, &told[1].event.body["reason"]), (Some(evening.maryam.id), &json!("ill")));
        let row = evening.assignment(app, "Maryam", "early-team").await;
        assert_eq!((&row["version"], &row["reason"]), (&json!(3), &json!("ill")));
        assert_ne!(row["answered_at"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn nobody_answers_for_others_nor_what_was_ended_nor_too_late() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let asked = evening.assignment(app, "Maryam", "early-team").await;

        let path = format!("/v1/me/assignments/{}/accept", asked["id"].as_str().unwrap());
        app.post(&path, Value::Null).await.expect(StatusCode::UNAUTHORIZED);
        for stranger in [&evening.narges, &evening.organizer] {
            for answer in ["accept", "decline", "withdraw"] {
                say(app, stranger, &asked, answer).await.expect(StatusCode::NOT_FOUND);
            }
        }
        let unknown = json!({"reason": "bored"});
        let declined = app.post(path.replace("accept", "decline"), unknown).by(&evening.maryam).await;
        assert_eq!(declined.faults()["/reason"], "enum");

        say(app, &evening.maryam, &asked, "decline").await.expect(StatusCode::OK);
        let back = say(app, &evening.maryam, &asked, "accept").await.expect(StatusCode::CONFLICT);
        assert_eq!(back["type"], "urn:khademyar:problem:no-such-change");
        until(app, "2027-04-08T23:30:00Z");
        evening.sign_in_again(app).await;
        let late = evening.assignment(app, "Maryam", "late-team").await;
        for answer in ["accept", "decline", "withdraw"] {
            let over = say(app, &evening.maryam, &late, answer).await.expect(StatusCode::CONFLICT);
            assert_eq!(over["type"], "urn:khademyar:problem:shift-over");
        }
    })
    .await;
}

#[tokio::test]
async fn an_offer_stands_as_long_as_the_festival_says() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let mut festival = app.get(&evening.path).by(&evening.organizer).await.expect(StatusCode::OK);
        for of_the_row in ["id", "version"] {
            festival.as_object_mut().unwrap().remove(of_the_row);
        }
        festival["arrangements"] = json!({"answer_hours": 48});
        app.put(&evening.path, festival).by(&evening.organizer).await.expect(StatusCode::OK);
        evening.publish(app, &[]).await;
        evening.publish(app, &evening.roster).await;
        let asked = evening.assignment(app, "Maryam", "early-team").await;
        assert_ne!(asked["answer_until"], Value::Null);

        app.state.clock.advance(TimeDelta::hours(47));
        evening.sign_in_again(app).await;
        say(app, &evening.maryam, &asked, "accept").await.expect(StatusCode::OK);
        app.state.clock.advance(TimeDelta::hours(1));
        evening.sign_in_again(app).await;
        let other = evening.assignment(app, "Narges", "early-team").await;
        let late = say(app, &evening.narges, &other, "accept").await.expect(StatusCode::CONFLICT);
        assert_eq!(late["type"], "urn:khademyar:problem:answer-too-late");
        say(app, &evening.narges, &other, "decline").await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_answers_at_once_each_change_happens_once_and_in_an_order_the_states_allow() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let asked = evening.assignment(app, "Maryam", "early-team").await;
        let before = evening.events(app, 0).await.len() as i64;

        let answers = ["accept", "decline", "withdraw"].into_iter().cycle().take(24);
        let clients: Vec<_> = answers
            .map(|answer| {
                let (app, maryam, asked) = (app.clone(), evening.maryam.clone(), asked.clone());
                tokio::spawn(async move { say(&app, &maryam, &asked, answer).await.status })
            })
            .collect();
        for client in clients {
            let status = client.await.unwrap();
            assert!([StatusCode::OK, StatusCode::CONFLICT].contains(&status), "{status}");
        }

        let told = evening.events(app, before).await;
        assert!((1..=2).contains(&told.len()));
        let (mut state, mut versions) = (AssignmentState::Offered, BTreeSet::from([1]));
        for event in &told {
            let to = AssignmentState::ALL.into_iter().find(|to| EventKind::from(*to) == event.event.kind);
            assert!(allows(state, to.unwrap()), "{state:?} {to:?}");
            state = to.unwrap();
            assert!(versions.insert(event.event.assignment.unwrap().1));
        }
        let row = evening.assignment(app, "Maryam", "early-team").await;
        assert_eq!((&row["state"], row["version"].as_u64()), (&json!(state), Some(versions.len() as u64)));
    })
    .await;
}

#[tokio::test]
async fn a_publication_tells_each_person_what_changed_for_them_and_nothing_else() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let first = evening.events(app, 0).await;
        let kinds: Vec<EventKind> = first.iter().map(|event| event.event.kind).collect();
        assert_eq!(kinds[..5], [EventKind::AssignmentOffered; 5]);
        assert_eq!(kinds[5..], [EventKind::RosterPublished]);
        assert!(first[..5].iter().all(|event| event.event.district_id.is_some()));

        evening.withdraw_the_base(app).await;
        let second = evening.events(app, 6).await;
        let kinds: Vec<EventKind> = second.iter().map(|event| event.event.kind).collect();
        assert_eq!(kinds, [EventKind::AssignmentCancelled, EventKind::RosterPublished]);
        let base = evening.assignment(app, "Maryam", "away-lead").await;
        let cancelled = &second[0].event;
        assert_eq!(cancelled.assignment.map(|(id, version)| (id.to_string(), version)), {
            Some((base["id"].as_str().unwrap().to_owned(), 2))
        });
        assert_eq!(cancelled.district_id.map(|id| json!(id)), Some(base["seat"]["district_id"].clone()));
        assert_eq!((&base["reason"], &second[1].event.body["cancelled"]), (&json!("replanned"), &json!(1)));
    })
    .await;
}
