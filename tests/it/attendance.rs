//! The roll: who was there, told by phones in any order, and what comes of it.

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::event::EventKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    evening::Evening,
    parts::{someone, without_identity},
};

/// The evening when the first shift has ended: it was from 20:00 to 23:30.
struct Night {
    evening: Evening,
    /// Leads the garden, where the first two shifts are.
    lead: Person,
}

/// Minutes after the first shift starts, which lasts 210.
fn at(minutes: i64) -> String {
    let start: DateTime<Utc> = "2027-04-08T16:30:00Z".parse().unwrap();
    (start + TimeDelta::minutes(minutes)).to_rfc3339()
}

async fn id(app: &TestApp, evening: &Evening, list: &str, code: &str) -> String {
    let path = format!("{}/{list}?limit=500", evening.path);
    let page = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
    let row = page["items"].as_array().unwrap().iter().find(|row| row["code"] == code).unwrap().clone();
    row["id"].as_str().unwrap().to_owned()
}

impl Night {
    async fn on(app: &TestApp) -> Self {
        let mut evening = Evening::on(app).await;
        pass(app, 240);
        evening.sign_in_again(app).await;
        let garden = id(app, &evening, "venues", "garden").await;
        let lead = json!({"role": "venue_lead", "venue_id": garden});
        let lead = someone(app, &evening.organizer, &evening.path, "lead", lead).await;
        Self { evening, lead }
    }

    async fn tell(&self, app: &TestApp, by: &Person, items: Vec<Value>) -> Answer {
        app.post(format!("{}/attendance-events", self.evening.path), json!({"items": items})).by(by).await
    }

    /// What became of each, all of which the lead tells at once.
    async fn told(&self, app: &TestApp, items: Vec<Value>) -> Vec<(String, Option<String>)> {
        outcomes(&self.tell(app, &self.lead, items).await.expect(StatusCode::OK))
    }

    async fn assignment(&self, app: &TestApp, code: &str, position: &str) -> Value {
        self.evening.assignment(app, code, position).await
    }

    async fn roll(&self, app: &TestApp) -> Answer {
        let shift = id(app, &self.evening, "shifts", "early").await;
        app.get(format!("{}/shifts/{shift}/roll", self.evening.path)).by(&self.lead).await
    }
}

/// Sets the clock to so many minutes after the first shift starts.
fn pass(app: &TestApp, minutes: i64) {
    let then: DateTime<Utc> = at(minutes).parse().unwrap();
    app.state.clock.advance(then - app.state.clock.now() + TimeDelta::seconds(1));
}

fn event(assignment: &Value, kind: &str, minutes: i64) -> Value {
    json!({"id": Uuid::now_v7(), "assignment_id": assignment["id"], "kind": kind, "at": at(minutes)})
}

fn outcomes(answer: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| (text(&item["outcome"]).unwrap(), text(&item["refusal"]["code"]))).collect()
}

fn accepted(count: usize) -> Vec<(String, Option<String>)> {
    vec![("accepted".to_owned(), None); count]
}

fn refused(code: &str) -> (String, Option<String>) {
    ("refused".to_owned(), Some(code.to_owned()))
}

#[tokio::test]
async fn a_roll_tells_who_is_expected_who_is_here_and_who_is_missing() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let maryam = night.assignment(app, "Maryam", "early-team").await;
        let narges = night.assignment(app, "Narges", "early-team").await;
        let before = night.roll(app).await;
        let tag = before.header(header::ETAG).to_owned();
        let before = before.expect(StatusCode::OK);

        let told = vec![event(&maryam, "check_in", 5), event(&narges, "absent", 20)];
        assert_eq!(night.told(app, told).await, accepted(2));

        let count = |here, missing, absent| json!({"expected": 3, "here": here, "gone": 0, "missing": missing, "absent": absent, "excused": 0});
        assert_eq!(before["count"], count(0, 3, 0));
        let names: Vec<&Value> = before["people"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Zahra", "Maryam", "Narges"], "who leads comes first");
        let after = night.roll(app).await;
        let new_tag = after.header(header::ETAG).to_owned();
        let after = after.expect(StatusCode::OK);
        assert_eq!(after["count"], count(1, 1, 1));
        let here = &after["people"][1];
        assert_eq!(
            (&here["state"], &here["attendance"], &here["came_at"], &here["minutes"]),
            (&json!("checked_in"), &json!("present"), &json!("2027-04-08T16:35:00Z"), &json!(205))
        );
        assert_eq!(after["people"][2]["state"], "no_show");
        assert!(after["sequence"].as_i64() > before["sequence"].as_i64());
        let shift = id(app, &night.evening, "shifts", "early").await;
        let roll = || app.get(format!("{}/shifts/{shift}/roll", night.evening.path)).by(&night.lead);
        assert_eq!(roll().with("if-none-match", &new_tag).await.status, StatusCode::NOT_MODIFIED);
        assert_eq!(roll().with("if-none-match", &tag).await.status, StatusCode::OK);
        let away = id(app, &night.evening, "shifts", "away").await;
        let elsewhere = app.get(format!("{}/shifts/{away}/roll", night.evening.path)).by(&night.lead).await;
        elsewhere.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

/// What three phones tell of one evening of somebody: by phone, the kind, when, and how many minutes.
static EVENING: [(usize, &str, i64, Option<i64>); 8] = [
    (0, "absent", 15, None),
    (1, "check_in", 40, None),
    (2, "check_in", 42, None),
    (0, "check_out", 100, None),
    (1, "partial", 130, Some(45)),
    (2, "undo", 131, None),
    (0, "check_in", 150, None),
    (2, "check_out", 200, None),
];

/// The same evening as it happened to this assignment, with ids that stand in the same order.
fn evening_of(assignment: &Value, base: u128) -> Vec<Value> {
    let id = |n: usize| Uuid::from_u128(base + n as u128);
    let told = EVENING.iter().enumerate().map(|(n, (_, kind, minutes, partial))| {
        // What is undone is the judgement before it.
        let undone = (*kind == "undo").then(|| id(n - 1));
        json!({"id": id(n), "assignment_id": assignment["id"], "kind": kind, "at": at(*minutes),
               "minutes": partial, "undoes_id": undone})
    });
    told.collect()
}

#[tokio::test]
async fn three_phones_in_any_order_and_batches_and_twice_over_come_to_the_same() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let mut seen = Vec::new();
        for (k, (who, position)) in
            [("Maryam", "early-team"), ("Narges", "early-team"), ("Zahra", "early-lead")]
                .into_iter()
                .enumerate()
        {
            let assignment = night.assignment(app, who, position).await;
            let told = evening_of(&assignment, (k as u128 + 1) << 64);
            let phone = |n| {
                EVENING.iter().zip(&told).filter(move |(event, _)| event.0 == n).map(|(_, told)| told.clone())
            };
            let batches: Vec<Vec<Value>> = match k {
                // One by one, as it happened.
                0 => told.iter().map(|event| vec![event.clone()]).collect(),
                // Phone by phone, the last first, and one of them twice.
                1 => [2, 0, 2, 1].map(|n| phone(n).collect::<Vec<Value>>()).into(),
                // Backwards, in halves, and then all again.
                _ => {
                    let back: Vec<Value> = told.iter().rev().cloned().collect();
                    vec![back[..4].to_vec(), back[4..].to_vec(), told.clone()]
                }
            };
            for batch in batches {
                let known = night.told(app, batch).await;
                assert!(known.iter().all(|(outcome, _)| outcome != "refused"), "{known:?}");
            }
            let row = night.assignment(app, who, position).await;
            let roll = night.roll(app).await.expect(StatusCode::OK);
            let people = roll["people"].as_array().unwrap();
            let person = people.iter().find(|one| one["assignment_id"] == row["id"]).unwrap();
            let of = |key: &str| person[key].clone();
            seen.push(["state", "attendance", "came_at", "left_at", "minutes"].map(of));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0], seen[2]);
        // From 40 to 100 and from 150 to 200.
        let (came, left) = (json!("2027-04-08T17:10:00Z"), json!("2027-04-08T19:50:00Z"));
        assert_eq!(seen[0], [json!("completed"), json!("partial"), came, left, json!(110)]);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_named_and_the_rest_counts() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let maryam = night.assignment(app, "Maryam", "early-team").await;
        let narges = night.assignment(app, "Narges", "early-team").await;
        let base = night.assignment(app, "Maryam", "away-lead").await;
        let row = format!("{}/assignments/{}", night.evening.path, narges["id"].as_str().unwrap());
        app.delete(row).by(&night.evening.organizer).await.expect(StatusCode::OK);
        let here = event(&maryam, "present", 10);
        let mut other = event(&maryam, "absent", 10);
        other["id"] = here["id"].clone();

        let told = vec![
            event(&narges, "present", 10),
            here.clone(),
            event(&base, "present", 10),
            event(&json!({"id": Uuid::now_v7()}), "present", 10),
            event(&maryam, "check_out", 900),
            event(&maryam, "check_in", -400),
            here.clone(),
            other,
        ];
        let known = night.told(app, told.clone()).await;

        let duplicate = ("duplicate".to_owned(), None);
        let expected = [
            refused("not_on_roll"),
            accepted(1)[0].clone(),
            refused("unknown_assignment"),
            refused("unknown_assignment"),
            refused("in_the_future"),
            refused("too_early"),
            duplicate.clone(),
            refused("id_taken"),
        ];
        assert_eq!(known, expected);
        let again = night.tell(app, &night.lead, told).await.expect(StatusCode::OK);
        assert_eq!((&outcomes(&again)[1], &outcomes(&again)[6]), (&duplicate, &duplicate));
        assert_eq!(again["items"][4]["refusal"]["path"], "/items/4/at");
        assert_eq!(night.assignment(app, "Maryam", "early-team").await["attendance"], "present");

        let mut partial = event(&maryam, "partial", 10);
        let faulty = night.tell(app, &night.lead, vec![partial.clone()]).await;
        assert_eq!(faulty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(faulty.faults()["/items/0/minutes"], "required");
        partial["minutes"] = json!(30);
        assert_eq!(night.told(app, vec![partial.clone()]).await, accepted(1));
        night.tell(app, &night.evening.maryam, vec![partial]).await.expect(StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_mistake_is_undone_and_nobody_is_asked_again() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let maryam = night.assignment(app, "Maryam", "early-team").await;
        let before = night.evening.events(app, 0).await.len() as i64;
        let absent = event(&maryam, "absent", 10);
        let mut undo = event(&maryam, "undo", 11);
        undo["undoes_id"] = absent["id"].clone();

        assert_eq!(night.told(app, vec![absent]).await, accepted(1));
        assert_eq!(night.assignment(app, "Maryam", "early-team").await["state"], "no_show");
        assert_eq!(night.told(app, vec![undo]).await, accepted(1));

        let row = night.assignment(app, "Maryam", "early-team").await;
        assert_eq!((&row["state"], &row["attendance"]), (&json!("offered"), &json!("unknown")));
        let told = night.evening.events(app, before).await;
        let kinds: Vec<EventKind> = told.iter().map(|event| event.event.kind).collect();
        assert_eq!(kinds, [EventKind::AssignmentNoShow, EventKind::AssignmentReopened]);
        // Each change has a name, and is erased with the person it tells of.
        let volunteer = row["seat"]["volunteer_id"].as_str().unwrap();
        let path = format!("{}/audit?person_id={volunteer}&limit=500", night.evening.path);
        let entries = app.get(path).by(&night.evening.organizer).await.expect(StatusCode::OK);
        let entries = entries["items"].as_array().unwrap();
        let mine = entries.iter().filter(|entry| entry["operation"] == "send_attendance_events");
        assert_eq!(mine.count(), 4, "two events, and two changes of the assignment by them");
    })
    .await;
}

#[tokio::test]
async fn who_comes_after_all_gets_no_seat_that_somebody_else_has() {
    on_each_api(async |app| {
        let night = Night::on(app).await;
        let zahra = night.assignment(app, "Zahra", "early-lead").await;
        let absent = event(&zahra, "absent", 10);
        assert_eq!(night.told(app, vec![absent]).await, accepted(1));
        // As if she had been replaced while the shift ran.
        let other = night.assignment(app, "Narges", "early-team").await;
        let excused = event(&other, "excused", 11);
        assert_eq!(night.told(app, vec![excused]).await, accepted(1));
        let team = night.assignment(app, "Maryam", "early-team").await["seat"]["position_id"].clone();
        let position = format!("{}/positions/{}", night.evening.path, team.as_str().unwrap());
        let mut row = app.get(&position).by(&night.evening.organizer).await.expect(StatusCode::OK);
        row["desired"] = json!(1);
        without_identity(&mut row);
        app.put(&position, row.clone()).by(&night.evening.organizer).await.expect(StatusCode::OK);

        let came = event(&other, "check_in", 30);
        let known = night.told(app, vec![came.clone(), event(&zahra, "check_in", 30)]).await;

        assert_eq!(known, [refused("full"), accepted(1)[0].clone()]);
        assert_eq!(night.assignment(app, "Zahra", "early-lead").await["state"], "checked_in");
        assert_eq!(night.assignment(app, "Narges", "early-team").await["state"], "excused");
        row["desired"] = json!(3);
        app.put(&position, row).by(&night.evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(night.told(app, vec![came]).await, accepted(1), "nothing of it was kept");
    })
    .await;
}

#[tokio::test]
async fn where_no_roll_was_called_what_was_accepted_and_is_over_is_thanked_and_the_report_says_so() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        let mine = evening.assignment(app, "Maryam", "early-team").await;
        let accept = format!("/v1/me/assignments/{}/accept", mine["id"].as_str().unwrap());
        app.post(accept, Value::Null).by(&evening.maryam).await.expect(StatusCode::OK);
        let base = evening.assignment(app, "Maryam", "away-lead").await;
        let accept = format!("/v1/me/assignments/{}/accept", base["id"].as_str().unwrap());
        app.post(accept, Value::Null).by(&evening.maryam).await.expect(StatusCode::OK);
        let report = async |evening: &Evening| {
            let path = format!("{}/reports/thank-you", evening.path);
            let told = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
            let festival = &told["festival"];
            let of = |key: &str| festival[key].clone();
            (festival["effort"]["minutes"].clone(), of("roll_taken"), of("unknown"))
        };
        assert_eq!(
            report(&evening).await,
            (json!(0), json!(false), json!(0)),
            "what is to come is not thanked"
        );

        pass(app, 240);
        evening.sign_in_again(app).await;
        assert_eq!(report(&evening).await, (json!(210), json!(false), json!(0)));

        let narges = evening.assignment(app, "Narges", "early-team").await;
        let told = json!({"items": [event(&narges, "check_in", 60), event(&narges, "check_out", 160)]});
        let path = format!("{}/attendance-events", evening.path);
        app.post(path, told).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!(report(&evening).await, (json!(100), json!(true), json!(2)), "unknown is not attended");
    })
    .await;
}
