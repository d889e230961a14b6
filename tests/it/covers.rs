//! Seats change hands: the first yes wins, the rest are told, and nobody is anywhere twice.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::TimeDelta;
use futures::future::join_all;
use khademyar_domain::event::EventKind;
use khademyar_storage::Store;
use khademyar_worker::Worker;
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    evening::Evening,
    parts::someone,
};

/// An evening with more people who can make tea and are free on the first night.
pub(crate) struct Crowd {
    pub(crate) evening: Evening,
    /// Who, and their ids as volunteers.
    pub(crate) people: Vec<(Person, Value)>,
}

impl Crowd {
    pub(crate) async fn on(app: &TestApp, count: usize) -> Self {
        let evening = Evening::on(app).await;
        let get = async |list: &str| {
            let path = format!("{}/{list}?limit=500", evening.path);
            app.get(path).by(&evening.organizer).await.expect(StatusCode::OK)["items"].clone()
        };
        let (districts, specialties) = (get("districts").await, get("specialties").await);
        let tea =
            specialties.as_array().unwrap().iter().find(|row| row["code"] == "tea").unwrap()["id"].clone();
        let mut people = Vec::new();
        for k in 0..count {
            let name = format!("free{k}");
            let body = json!({
                "code": name, "name": {"fa": "خادمیار"}, "gender": "woman", "home_district_id": districts[0]["id"],
                "skills": [{"specialty_id": tea, "level": 3, "confirmed": true}],
            });
            let created = app.post(format!("{}/volunteers", evening.path), body).by(&evening.organizer).await;
            let id = created.expect(StatusCode::CREATED)["id"].clone();
            let part = json!({"role": "volunteer", "volunteer_id": id});
            people.push((someone(app, &evening.organizer, &evening.path, &name, part).await, id));
        }
        Self { evening, people }
    }

    pub(crate) async fn approved_by_coordinators(&self, app: &TestApp) {
        let (path, organizer) = (&self.evening.path, &self.evening.organizer);
        let mut festival = app.get(path).by(organizer).await.expect(StatusCode::OK);
        for of_the_row in ["id", "version"] {
            festival.as_object_mut().unwrap().remove(of_the_row);
        }
        festival["arrangements"] = json!({"approve_covers": true});
        app.put(path, festival).by(organizer).await.expect(StatusCode::OK);
    }

    /// Narges asks others to take over her place in the first shift.
    pub(crate) async fn narges_asks(&self, app: &TestApp, body: Value) -> Answer {
        let assignment = self.evening.assignment(app, "Narges", "early-team").await;
        let path = format!("/v1/me/assignments/{}/covers", assignment["id"].as_str().unwrap());
        app.post(path, body).by(&self.evening.narges).await
    }

    async fn kinds(&self, app: &TestApp, after: i64) -> Vec<EventKind> {
        self.evening.events(app, after).await.iter().map(|event| event.event.kind).collect()
    }
}

fn ids(people: &[(Person, Value)]) -> Vec<&Value> {
    people.iter().map(|(_, id)| id).collect()
}

pub(crate) async fn answers(app: &TestApp, who: &Person, cover: &Value, answer: &str) -> Answer {
    let path = format!("/v1/me/covers/{}/{answer}", cover["id"].as_str().unwrap());
    app.post(path, Value::Null).by(who).await
}

async fn asked_of(app: &TestApp, who: &Person) -> Vec<Value> {
    let told = app.get("/v1/me/covers").by(who).await.expect(StatusCode::OK);
    told["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_say_yes_at_once_one_has_the_seat_and_the_rest_are_told() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 8).await;
        let before = crowd.evening.events(app, 0).await.len() as i64;
        let cover = crowd.narges_asks(app, json!({"volunteer_ids": ids(&crowd.people)})).await;
        let cover = cover.expect(StatusCode::CREATED);
        assert_eq!((&cover["state"], &cover["asked"]), (&json!("open"), &json!(8)));

        let clients = crowd.people.iter().map(|(person, _)| {
            let (app, person, cover) = (app.clone(), person.clone(), cover.clone());
            tokio::spawn(async move {
                loop {
                    let answer = answers(&app, &person, &cover, "accept").await;
                    if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                        break answer;
                    }
                }
            })
        });
        let answers: Vec<Answer> = join_all(clients).await.into_iter().map(Result::unwrap).collect();
        let won: Vec<usize> = (0..8).filter(|&k| answers[k].status == StatusCode::OK).collect();
        let lost = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT);
        let kinds: BTreeSet<&str> = lost.map(|answer| answer.body["type"].as_str().unwrap()).collect();
        assert_eq!((won.len(), kinds), (1, BTreeSet::from(["urn:khademyar:problem:cover-over"])));

        let replaced = crowd.evening.assignment(app, "Narges", "early-team").await;
        assert_eq!((&replaced["state"], &replaced["reason"]), (&json!("replaced"), &json!("covered")));
        let taken = crowd.evening.assignment(app, &format!("free{}", won[0]), "early-team").await;
        assert_eq!((&taken["state"], &taken["source"]), (&json!("accepted"), &json!("self")));
        let kinds = crowd.kinds(app, before).await;
        let count = |kind: EventKind| kinds.iter().filter(|one| **one == kind).count();
        assert_eq!(count(EventKind::CoverAsked), 8);
        assert_eq!(count(EventKind::CoverClosed), 7);
        // The coordinators, who asked, and who takes it.
        assert_eq!(count(EventKind::CoverApproved), 3);
        assert_eq!(count(EventKind::AssignmentReplaced), 1);
        assert_eq!(count(EventKind::AssignmentAccepted), 1);
    })
    .await;
}

#[tokio::test]
async fn everyone_who_may_is_asked_in_waves_those_first_who_were_asked_longest_ago() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 3).await;
        let [(first, _), (second, _), (third, _)] = &crowd.people[..] else { panic!("three people") };
        let worker = Worker::new(Store::clone(&app.state.store), 1);
        let cover = crowd.narges_asks(app, json!({"wave_size": 1})).await.expect(StatusCode::CREATED);
        let again = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CONFLICT);
        assert_eq!(again["type"], "urn:khademyar:problem:asked-already");

        let asked = async || {
            let mut names = Vec::new();
            for (k, (person, _)) in crowd.people.iter().enumerate() {
                if asked_of(app, person).await.iter().any(|cover| cover["mine"] == "asked") {
                    names.push(k);
                }
            }
            names
        };
        // Nobody was ever asked: it goes by the order of ids.
        assert_eq!(asked().await, [0]);
        answers(app, third, &cover, "accept").await.expect(StatusCode::NOT_FOUND);
        answers(app, first, &cover, "decline").await.expect(StatusCode::OK);
        answers(app, first, &cover, "decline").await.expect(StatusCode::OK);
        // Nobody is left to wait for: the next is asked at once.
        assert_eq!(asked().await, [1]);
        let now = app.state.clock.now();
        assert_eq!(worker.tend_once(now + TimeDelta::minutes(29)).await.unwrap(), 0);
        assert_eq!(worker.tend_once(now + TimeDelta::minutes(31)).await.unwrap(), 1);
        assert_eq!(worker.tend_once(now + TimeDelta::minutes(90)).await.unwrap(), 0);
        assert_eq!(asked().await, [1, 2]);
        let no = answers(app, first, &cover, "accept").await.expect(StatusCode::CONFLICT);
        assert_eq!(no["type"], "urn:khademyar:problem:not-asked");

        let taken = answers(app, second, &cover, "accept").await.expect(StatusCode::OK);
        assert_eq!(taken["state"], "approved");
        assert_eq!(answers(app, second, &cover, "accept").await.expect(StatusCode::OK), taken);
        let next = crowd.evening.assignment(app, "free1", "early-team").await;
        let path = format!("/v1/me/assignments/{}/covers", next["id"].as_str().unwrap());
        let next = app.post(path, json!({"wave_size": 1})).by(second).await.expect(StatusCode::CREATED);
        // The first said no to it before, and Narges left it of her own will.
        assert_eq!(asked().await, [2]);
        let mine = format!("/v1/me/covers/{}", next["id"].as_str().unwrap());
        app.delete(&mine).by(third).await.expect(StatusCode::NOT_FOUND);
        assert_eq!(app.delete(&mine).by(second).await.expect(StatusCode::OK)["state"], "cancelled");
        assert_eq!(asked().await, [0_usize; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_approves_where_the_festival_asks_for_it() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 2).await;
        crowd.approved_by_coordinators(app).await;
        let (path, organizer) = (&crowd.evening.path, &crowd.evening.organizer);
        let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
        let mut coordinators = Vec::new();
        for (k, name) in ["north", "south"].into_iter().enumerate() {
            let role = json!({"role": "coordinator", "district_ids": [districts["items"][k]["id"]]});
            coordinators.push(someone(app, organizer, path, name, role).await);
        }
        let [north, south] = &coordinators[..] else { panic!("two") };
        let says = async |who: &Person, cover: &Value, word: &str| {
            app.post(format!("{path}/covers/{}/{word}", cover["id"].as_str().unwrap()), Value::Null)
                .by(who)
                .await
        };

        let cover = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
        let taken = answers(app, &crowd.people[0].0, &cover, "accept").await.expect(StatusCode::OK);
        assert_eq!(taken["state"], "taken");
        assert_eq!(crowd.evening.assignment(app, "Narges", "early-team").await["state"], "offered");
        answers(app, &crowd.people[1].0, &cover, "accept").await.expect(StatusCode::CONFLICT);
        says(south, &cover, "approve").await.expect(StatusCode::NOT_FOUND);
        says(&crowd.evening.narges, &cover, "approve").await.expect(StatusCode::FORBIDDEN);
        assert_eq!(says(north, &cover, "decline").await.expect(StatusCode::OK)["state"], "declined");
        says(north, &cover, "approve").await.expect(StatusCode::CONFLICT);

        let cover = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
        answers(app, &crowd.people[1].0, &cover, "accept").await.expect(StatusCode::OK);
        let waiting = app.get(format!("{path}/covers?state=taken")).by(north).await.expect(StatusCode::OK);
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        let theirs = app.get(format!("{path}/covers")).by(south).await.expect(StatusCode::OK);
        assert_eq!(theirs["items"], json!([]));
        assert_eq!(says(north, &cover, "approve").await.expect(StatusCode::OK)["state"], "approved");
        assert_eq!(crowd.evening.assignment(app, "Narges", "early-team").await["state"], "replaced");
        assert_eq!(crowd.evening.assignment(app, "free1", "early-team").await["state"], "accepted");
    })
    .await;
}

#[tokio::test]
async fn who_asked_is_told_when_the_one_who_would_come_is_erased() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 2).await;
        crowd.approved_by_coordinators(app).await;
        let (path, organizer) = (&crowd.evening.path, &crowd.evening.organizer);
        let cover = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
        answers(app, &crowd.people[0].0, &cover, "accept").await.expect(StatusCode::OK);
        let before = crowd.evening.events(app, 0).await.len() as i64;

        let erased = format!("{path}/volunteers/{}/data", crowd.people[0].1.as_str().unwrap());
        app.delete(erased).by(organizer).await.expect(StatusCode::NO_CONTENT);

        assert_eq!(crowd.evening.assignment(app, "Narges", "early-team").await["state"], "offered");
        // One is for the coordinators, one for Narges.
        assert_eq!(crowd.kinds(app, before).await, [EventKind::CoverExpired; 2]);
        let covers = app.get(format!("{path}/covers?state=expired")).by(organizer).await;
        assert_eq!(covers.expect(StatusCode::OK)["items"][0]["id"], cover["id"]);
        crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn two_change_places_both_or_neither() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 0).await;
        let evening = &crowd.evening;
        let [narges, zahra] = [
            evening.assignment(app, "Narges", "early-team").await,
            evening.assignment(app, "Zahra", "early-lead").await,
        ];
        let swap = async |mine: &Value, theirs: &Value, by: &Person| {
            let path = format!("/v1/me/assignments/{}/swaps", mine["id"].as_str().unwrap());
            app.post(path, json!({"assignment_id": theirs["id"]})).by(by).await
        };

        // Maryam has the base on the other night, and a place in the first shift already.
        let maryam = evening.assignment(app, "Maryam", "away-lead").await;
        let refused = swap(&maryam, &narges, &evening.maryam).await;
        assert_eq!(refused.body["type"], "urn:khademyar:problem:not-eligible");
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let cover = swap(&narges, &zahra, &evening.narges).await.expect(StatusCode::CREATED);
        assert_eq!(cover["swap"], true);
        let swapped = answers(app, &evening.zahra, &cover, "accept").await.expect(StatusCode::OK);
        assert_eq!(swapped["state"], "approved");

        for (code, left, got) in
            [("Narges", "early-team", "early-lead"), ("Zahra", "early-lead", "early-team")]
        {
            assert_eq!(evening.assignment(app, code, left).await["reason"], "swapped");
            let there = evening.assignment(app, code, got).await;
            assert_eq!((&there["state"], &there["source"]), (&json!("accepted"), &json!("swap")));
        }
        let gone = swap(&narges, &zahra, &evening.narges).await.expect(StatusCode::CONFLICT);
        assert_eq!(gone["type"], "urn:khademyar:problem:no-such-change");
    })
    .await;
}

#[tokio::test]
async fn an_empty_seat_is_asked_for_by_coordinators_and_what_nobody_takes_expires() {
    on_each_api(async |app| {
        let mut crowd = Crowd::on(app, 2).await;
        let (path, organizer) = (crowd.evening.path.clone(), crowd.evening.organizer.clone());
        let seat = crowd.evening.assignment(app, "Narges", "early-team").await["seat"]["position_id"].clone();
        let ask = async |body: Value, by: &Person| {
            app.post(format!("{path}/positions/{}/covers", seat.as_str().unwrap()), body).by(by).await
        };

        ask(json!({}), &crowd.evening.narges).await.expect(StatusCode::FORBIDDEN);
        let zahra =
            crowd.evening.assignment(app, "Zahra", "early-lead").await["seat"]["volunteer_id"].clone();
        let refused = ask(json!({"volunteer_ids": [zahra, uuid::Uuid::now_v7()]}), &organizer).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.faults()["/volunteer_ids/1"], "unknown_volunteer");
        let cover = ask(json!({}), &organizer).await.expect(StatusCode::CREATED);
        assert_eq!((&cover["asker"], &cover["asked"]), (&Value::Null, &json!(2)));
        // Maryam and Narges are there; the third seat is taken, and then it is full.
        answers(app, &crowd.people[0].0, &cover, "accept").await.expect(StatusCode::OK);
        let full = ask(json!({}), &organizer).await.expect(StatusCode::CONFLICT);
        assert_eq!(full["type"], "urn:khademyar:problem:nobody-eligible");

        let cover = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
        let before = crowd.evening.events(app, 0).await.len() as i64;
        let shift = "2027-04-08T16:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        app.state.clock.advance(shift - app.state.clock.now() + TimeDelta::seconds(1));
        crowd.evening.sign_in_again(app).await;
        let worker = Worker::new(Store::clone(&app.state.store), 1);
        worker.tend_once(app.state.clock.now()).await.unwrap();
        assert_eq!(worker.tend_once(app.state.clock.now()).await.unwrap(), 0);
        let kinds = crowd.kinds(app, before).await;
        let expected = [EventKind::CoverExpired, EventKind::CoverExpired, EventKind::CoverClosed];
        assert_eq!(kinds, expected);
        let mine = asked_of(app, &crowd.evening.narges).await;
        assert_eq!((&mine[0]["id"], &mine[0]["state"]), (&cover["id"], &json!("expired")));
    })
    .await;
}

#[tokio::test]
async fn who_holds_the_rosters_only_seat_finds_somebody_as_well() {
    on_each_api(async |app| {
        let crowd = Crowd::on(app, 1).await;
        let Evening { path, organizer, narges, .. } = &crowd.evening;
        let all = app.get(format!("{path}/assignments?limit=500")).by(organizer).await.expect(StatusCode::OK);
        let mine = crowd.evening.assignment(app, "Narges", "early-team").await["id"].clone();
        for row in all["items"].as_array().unwrap().iter().filter(|row| row["id"] != mine) {
            let path = format!("{path}/assignments/{}", row["id"].as_str().unwrap());
            app.delete(path).by(organizer).await.expect(StatusCode::OK);
        }
        let cover = crowd.narges_asks(app, json!({})).await.expect(StatusCode::CREATED);
        assert_eq!(cover["state"], "open");
        // Whoever leaves last leaves seats that others can still take.
        let withdraw = format!("/v1/me/assignments/{}/withdraw", mine.as_str().unwrap());
        app.post(withdraw, json!({})).by(narges).await.expect(StatusCode::OK);
        let open = app.get("/v1/me/eligible-shifts").by(&crowd.people[0].0).await.expect(StatusCode::OK);
        assert_ne!(open["items"], json!([]));
    })
    .await;
}
