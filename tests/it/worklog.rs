//! Service outside shifts: written down, decided on by somebody else, credited beside the hours of shifts, never twice.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use futures::future::join_all;
use khademyar_domain::worklog::{Stint, WorklogEntry, WorklogState};
use khademyar_storage::{StorageError, worklog};
use khademyar_worker::Worker;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    dump::dump,
    erasure::{again, figures, go_to},
    evening::Evening,
    parts::someone,
    refusals::rule,
    sample::text,
    store::{TestStore, on_each_engine},
};

/// What is done, in words that stand nowhere else.
const WHAT: &str = "رنگ زدن نرده";
/// Why it is declined, in such words.
const WHY: &str = "نرده سالم بود";

/// An evening that is over, for whose first shift Maryam accepted; everyone lives in the north.
struct World {
    evening: Evening,
    north: Person,
    south: Person,
}

impl World {
    async fn on(app: &TestApp) -> Self {
        let mut evening = Evening::on(app).await;
        let Evening { organizer, path, maryam, .. } = &evening;
        let seat = evening.assignment(app, "Maryam", "early-team").await["id"].as_str().unwrap().to_owned();
        let accept = app.post(format!("/v1/me/assignments/{seat}/accept"), json!({}));
        accept.by(maryam).await.expect(StatusCode::OK);
        let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
        let part = |k: usize| json!({"role": "coordinator", "district_ids": [districts["items"][k]["id"]]});
        let north = someone(app, organizer, path, "north", part(0)).await;
        let south = someone(app, organizer, path, "south", part(1)).await;
        go_to(app, "2027-04-12T12:00:00Z");
        evening.sign_in_again(app).await;
        Self { north: again(app, &north).await, south: again(app, &south).await, evening }
    }

    /// What a volunteer did between two hours of the evening before the festival.
    fn stint(&self, from: u32, to: u32) -> Value {
        let hour = |hour: u32| format!("2027-04-07T{hour:02}:00:00Z");
        json!({"festival_id": self.evening.festival_id(), "what": WHAT, "started_at": hour(from), "ended_at": hour(to)})
    }

    async fn write(&self, app: &TestApp, who: &Person, from: u32, to: u32) -> Answer {
        app.post("/v1/me/worklog", self.stint(from, to)).by(who).await
    }

    /// An entry that somebody wrote: its id.
    async fn written(&self, app: &TestApp, who: &Person, from: u32, to: u32) -> String {
        let entry = self.write(app, who, from, to).await.expect(StatusCode::CREATED);
        entry["id"].as_str().unwrap().to_owned()
    }

    /// What a coordinator or an organizer writes of a volunteer.
    async fn write_of(&self, app: &TestApp, volunteer: &str, by: &Person, from: u32, to: u32) -> Answer {
        let mut body = self.stint(from, to);
        body.as_object_mut().unwrap().remove("festival_id");
        body["volunteer_id"] = json!(volunteer);
        app.post(format!("{}/worklog", self.evening.path), body).by(by).await
    }

    async fn approve(&self, app: &TestApp, id: &str, by: &Person) -> Answer {
        app.post(format!("{}/worklog/{id}/approve", self.evening.path), json!({})).by(by).await
    }

    async fn decline(&self, app: &TestApp, id: &str, by: &Person) -> Answer {
        let body = json!({"reason": WHY});
        app.post(format!("{}/worklog/{id}/decline", self.evening.path), body).by(by).await
    }

    /// Every entry that somebody reads by a query.
    async fn list(&self, app: &TestApp, by: &Person, query: &str) -> Vec<Value> {
        let page = app.get(format!("{}/worklog?{query}", self.evening.path)).by(by).await;
        page.expect(StatusCode::OK)["items"].as_array().unwrap().clone()
    }

    fn maryam_id(&self) -> &str {
        &self.evening.roster[0].0
    }

    fn narges_id(&self) -> &str {
        &self.evening.roster[3].0
    }
}

async fn mine(app: &TestApp, who: &Person) -> Vec<Value> {
    let told = app.get("/v1/me/worklog").by(who).await.expect(StatusCode::OK);
    told["items"].as_array().unwrap().clone()
}

#[track_caller]
fn refused(answer: &Answer, problem: &str) {
    let told = answer.body["type"].as_str().unwrap_or_default();
    assert_eq!(told, format!("urn:khademyar:problem:{problem}"), "{}", answer.body);
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

/// The minutes of a thanks: in shifts, outside them, in all.
fn minutes(thanks: &Value) -> [i64; 3] {
    ["minutes", "worklog_minutes", "total_minutes"].map(|key| thanks[key].as_i64().unwrap())
}

#[tokio::test]
async fn what_is_written_is_approved_and_credited_beside_the_hours_of_shifts() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let Evening { organizer, path, maryam, narges, .. } = &world.evening;
        let schedule = async || app.get("/v1/me/schedule").by(maryam).await;
        let before = schedule().await;

        let entry = world.write(app, maryam, 8, 10).await.expect(StatusCode::CREATED);
        assert_eq!(
            (&entry["state"], &entry["minutes"], &entry["what"]),
            (&json!("waiting"), &json!(120), &json!(WHAT))
        );
        assert_eq!(schedule().await.body["worklog_minutes"], 0);
        let waiting = world.list(app, &world.north, "state=waiting").await;
        assert_eq!(
            (&waiting[0]["entry"], &waiting[0]["volunteer_name"]["fa"]),
            (&entry, &json!("مریم امینی"))
        );
        assert_eq!(world.list(app, &world.north, "state=approved").await, Vec::<Value>::new());

        let id = entry["id"].as_str().unwrap();
        let approved = world.approve(app, id, &world.north).await.expect(StatusCode::OK);
        assert_eq!(
            (&approved["entry"]["state"], &approved["entry"]["version"]),
            (&json!("approved"), &json!(2))
        );
        assert_eq!(approved["decided_by"], world.north.id.to_string());
        assert_eq!(world.approve(app, id, &world.north).await.expect(StatusCode::OK), approved);

        let again =
            app.get("/v1/me/schedule").by(maryam).with("if-none-match", before.header(header::ETAG)).await;
        let told = again.expect(StatusCode::OK);
        let told =
            ["minutes_served", "worklog_minutes", "total_minutes"].map(|key| told[key].as_i64().unwrap());
        assert_eq!(told, [0, 120, 120], "nobody called the roll");
        let of_narges = world.write_of(app, world.narges_id(), &world.north, 8, 9).await;
        let of_narges = of_narges.expect(StatusCode::CREATED);
        assert_eq!(
            (&of_narges["entry"]["state"], &of_narges["entry"]["minutes"]),
            (&json!("approved"), &json!(60))
        );
        let declined = world.written(app, narges, 12, 13).await;
        world.decline(app, &declined, organizer).await.expect(StatusCode::OK);
        let told = mine(app, narges).await;
        assert_eq!((&told[0]["state"], &told[0]["reason"]), (&json!("declined"), &json!(WHY)));

        let report = app.get(format!("{path}/reports/thank-you")).by(organizer).await.expect(StatusCode::OK);
        let volunteers = report["volunteers"].as_array().unwrap();
        let of = |id: &str| volunteers.iter().find(|thanks| thanks["id"] == id).unwrap();
        assert_eq!(minutes(of(world.maryam_id())), [210, 120, 330]);
        assert_eq!(minutes(of(world.narges_id())), [0, 60, 60]);
        let effort = &report["festival"]["effort"];
        assert_eq!((minutes(effort), &effort["volunteers"]), ([210, 180, 390], &json!(2)));
        assert_eq!(minutes(&report["districts"][0]["sent"]), [210, 180, 390]);
        assert_eq!(minutes(&report["districts"][0]["hosted"]), [210, 0, 210]);
        let table = app.get(format!("{path}/reports/thank-you?format=csv")).by(organizer).await;
        let table = String::from_utf8(table.bytes).unwrap();
        assert!(table.contains("ساعت بیرون از شیفت,جمع ساعت‌ها"), "{table}");
        assert!(
            table.lines().any(|line| line.starts_with("Maryam,") && line.contains(",3.5,2,5.5,")),
            "{table}"
        );
        let letter = format!("{path}/reports/thank-you/volunteers/{}", world.maryam_id());
        let letter = String::from_utf8(app.get(letter).by(maryam).await.bytes).unwrap();
        assert!(letter.contains("روی هم ۵ ساعت و ۳۰ دقیقه"), "{letter}");
    })
    .await;
}

#[tokio::test]
async fn nothing_counts_twice_and_nothing_from_elsewhere() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let Evening { maryam, narges, .. } = &world.evening;
        let first = world.written(app, maryam, 8, 10).await;
        for (from, to) in [(9, 11), (7, 9), (8, 10), (7, 11)] {
            refused(&world.write(app, maryam, from, to).await, "worklog-overlap");
        }
        refused(&world.write_of(app, world.maryam_id(), &world.north, 9, 11).await, "worklog-overlap");
        world.written(app, maryam, 10, 11).await;
        world.written(app, narges, 8, 10).await;
        // What is declined is not credited: its time is free.
        world.decline(app, &first, &world.north).await.expect(StatusCode::OK);
        world.written(app, maryam, 8, 10).await;

        let between = async |started_at: &str, ended_at: &str| {
            let mut body = world.stint(8, 10);
            (body["started_at"], body["ended_at"]) = (json!(started_at), json!(ended_at));
            app.post("/v1/me/worklog", body).by(maryam).await
        };
        let served = between("2027-04-08T19:00:00Z", "2027-04-08T21:00:00Z").await;
        refused(&served, "serves-then");
        assert_eq!(served.faults()["/started_at"], "serves-then");
        between("2027-04-08T20:00:00Z", "2027-04-08T21:30:00Z").await.expect(StatusCode::CREATED);
        for (started_at, ended_at, path, code) in [
            ("2027-04-12T10:00:00Z", "2027-04-12T12:30:00Z", "/ended_at", "not_over"),
            ("2027-01-01T10:00:00Z", "2027-01-01T12:00:00Z", "/started_at", "not_of_the_festival"),
            ("2027-04-10T04:00:00Z", "2027-04-10T20:01:00Z", "/ended_at", "too_long"),
            ("2027-04-10T04:00:00Z", "2027-04-10T04:00:00Z", "/ended_at", "end_before_start"),
            ("2027-04-10T04:00:10Z", "2027-04-10T05:00:00Z", "/started_at", "not_a_minute"),
        ] {
            let answer = between(started_at, ended_at).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
            assert_eq!(answer.faults()[path], code, "{started_at}");
        }
        let mut elsewhere = world.stint(14, 15);
        elsewhere["festival_id"] = json!(Uuid::now_v7());
        app.post("/v1/me/worklog", elsewhere).by(maryam).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_database_itself_refuses_what_counts_twice_or_is_too_long() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        world.written(app, &world.evening.maryam, 8, 10).await;
        let insert = async |started_at: &str, ended_at: &str| -> Result<(), StorageError> {
            let (started_at, ended_at) = (started_at.parse().unwrap(), ended_at.parse().unwrap());
            let stint = Stint { what: text(WHAT), started_at, ended_at };
            let (volunteer, by) = (world.maryam_id().parse().unwrap(), world.evening.maryam.id);
            let entry = WorklogEntry::own(Uuid::now_v7().into(), volunteer, stint, by, app.state.clock.now());
            let db = app.state.store.begin().await?;
            worklog::insert(&db, world.evening.festival_id(), &entry).await
        };
        for (started_at, ended_at, expected) in [
            ("2027-04-07T09:59:00Z", "2027-04-07T11:00:00Z", "worklog_entries_no_overlap"),
            ("2027-04-09T04:00:00Z", "2027-04-09T20:00:01Z", "worklog_entries_sixteen_hours"),
            ("2027-04-09T04:00:00Z", "2027-04-09T04:00:00Z", "worklog_entries_end_after_start"),
        ] {
            assert_eq!(rule(insert(started_at, ended_at).await), expected);
        }
        insert("2027-04-09T04:00:00Z", "2027-04-09T20:00:00Z").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_seat_that_came_after_the_approval_takes_its_minutes_back() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let Evening { organizer, path, maryam, .. } = &world.evening;
        // As if it had been approved before she was given the seat of half an hour of it.
        let (started_at, ended_at) =
            ("2027-04-08T19:30:00Z".parse().unwrap(), "2027-04-08T21:00:00Z".parse().unwrap());
        let stint = Stint { what: text(WHAT), started_at, ended_at };
        let (id, volunteer, now) =
            (Uuid::now_v7().into(), world.maryam_id().parse().unwrap(), app.state.clock.now());
        let entry = WorklogEntry {
            state: WorklogState::Approved,
            decided_by: Some(organizer.id),
            decided_at: Some(now),
            ..WorklogEntry::own(id, volunteer, stint, maryam.id, now)
        };
        let db = app.state.store.begin().await.unwrap();
        worklog::insert(&db, world.evening.festival_id(), &entry).await.unwrap();
        db.commit().await.unwrap();
        let report = app.get(format!("{path}/reports/thank-you")).by(organizer).await.expect(StatusCode::OK);
        assert_eq!(minutes(&report["festival"]["effort"]), [210, 60, 270]);
    })
    .await;
}

/// Asks until the database is not too busy to answer.
async fn patiently(ask: impl AsyncFn() -> Answer) -> Answer {
    loop {
        let answer = ask().await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_who_write_the_same_hour_at_once_one_does() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let clients = (0..8).map(|k| {
            let (app, maryam, stint) =
                (app.clone(), world.evening.maryam.clone(), world.stint(8 + k % 2, 10));
            tokio::spawn(async move { app.post("/v1/me/worklog", stint).by(&maryam).await })
        });
        let answers: Vec<Answer> = join_all(clients).await.into_iter().map(Result::unwrap).collect();

        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in &answers {
            *statuses.entry(answer.status.as_u16()).or_default() += 1;
        }
        assert_eq!(statuses, BTreeMap::from([(201, 1), (409, 7)]), "{answers:?}");
        let lost = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT);
        lost.for_each(|answer| refused(answer, "worklog-overlap"));
        assert_eq!(mine(app, &world.evening.maryam).await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_the_first_decision_stands() {
    on_each_api(async |app| {
        let world = &World::on(app).await;
        for hour in 6..12 {
            let id = &world.written(app, &world.evening.maryam, hour, hour + 1).await;
            let (approved, declined) = tokio::join!(
                patiently(async || world.approve(app, id, &world.north).await),
                patiently(async || world.decline(app, id, &world.evening.organizer).await),
            );

            let (won, lost) =
                if approved.status == StatusCode::OK { (approved, declined) } else { (declined, approved) };
            refused(&lost, "entry-decided");
            let won = won.expect(StatusCode::OK);
            let stands = mine(app, &world.evening.maryam).await;
            let stands = stands.iter().find(|entry| entry["id"] == id.as_str()).unwrap();
            assert_eq!((stands, &stands["version"]), (&won["entry"], &json!(2)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_coordinator_decides_on_those_of_her_districts_and_nobody_on_their_own() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let Evening { organizer, path, maryam, narges, .. } = &world.evening;
        let id = world.written(app, maryam, 8, 10).await;
        let other = world.written(app, narges, 8, 10).await;
        assert_eq!(world.list(app, &world.south, "").await, Vec::<Value>::new());
        world.approve(app, &id, &world.south).await.expect(StatusCode::NOT_FOUND);
        world.decline(app, &id, &world.south).await.expect(StatusCode::NOT_FOUND);
        world.write_of(app, world.maryam_id(), &world.south, 12, 13).await.expect(StatusCode::NOT_FOUND);
        world.approve(app, &id, narges).await.expect(StatusCode::FORBIDDEN);
        app.get(format!("{path}/worklog")).by(narges).await.expect(StatusCode::FORBIDDEN);

        // Maryam looks after the north as well.
        let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
        let part = json!({"username": "maryam", "name": "مریم امینی", "role": "coordinator",
                          "district_ids": [districts["items"][0]["id"]]});
        app.post(format!("{path}/members"), part).by(organizer).await.expect(StatusCode::CREATED);
        refused(&world.approve(app, &id, maryam).await, "own-entry");
        refused(&world.decline(app, &id, maryam).await, "own-entry");
        refused(&world.write_of(app, world.maryam_id(), maryam, 12, 13).await, "own-entry");
        world.approve(app, &other, maryam).await.expect(StatusCode::OK);
        world.approve(app, &id, &world.north).await.expect(StatusCode::OK);

        let first = app.get(format!("{path}/worklog?limit=1")).by(&world.north).await.expect(StatusCode::OK);
        let rest = format!("limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
        let rest = world.list(app, &world.north, &rest).await;
        assert_eq!(
            [&first["items"][0], &rest[0]].map(|told| &told["entry"]["id"]),
            [&json!(other), &json!(id)]
        );
        let hers = format!("volunteer_id={}", world.maryam_id());
        assert_eq!(world.list(app, organizer, &hers).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_entry_is_taken_back_while_nobody_decided() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let Evening { maryam, narges, .. } = &world.evening;
        let withdraw =
            async |id: &str, who: &Person| app.delete(format!("/v1/me/worklog/{id}")).by(who).await;
        let once = async || {
            app.post("/v1/me/worklog", world.stint(8, 10)).by(maryam).with("idempotency-key", "once").await
        };
        let written = once().await.expect(StatusCode::CREATED);
        assert_eq!(once().await.expect(StatusCode::CREATED), written, "a repetition writes nothing");
        let id = written["id"].as_str().unwrap();

        withdraw(id, narges).await.expect(StatusCode::NOT_FOUND);
        withdraw(id, maryam).await.expect(StatusCode::NO_CONTENT);
        withdraw(id, maryam).await.expect(StatusCode::NOT_FOUND);
        world.approve(app, id, &world.north).await.expect(StatusCode::NOT_FOUND);
        let decided = world.written(app, maryam, 8, 10).await;
        world.approve(app, &decided, &world.north).await.expect(StatusCode::OK);
        refused(&withdraw(&decided, maryam).await, "entry-decided");
        assert_eq!(mine(app, maryam).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_seat_that_was_given_since_is_found_when_it_is_approved() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let world = World::on(app).await;
        let database = Database::connect(&store.url).await.unwrap();
        let set = async |from: &str, to: &str| {
            let sql = format!("UPDATE assignments SET state = '{to}' WHERE state = '{from}'");
            assert!(database.execute_unprepared(&sql).await.unwrap().rows_affected() > 0);
        };
        set("accepted", "declined").await;
        let mut body = world.stint(8, 10);
        body["started_at"] = json!("2027-04-08T17:00:00Z");
        body["ended_at"] = json!("2027-04-08T18:00:00Z");
        let entry =
            app.post("/v1/me/worklog", body).by(&world.evening.maryam).await.expect(StatusCode::CREATED);
        set("declined", "accepted").await;
        database.close().await.unwrap();

        let id = entry["id"].as_str().unwrap();
        refused(&world.approve(app, id, &world.north).await, "serves-then");
        let declined = world.decline(app, id, &world.north).await.expect(StatusCode::OK);
        assert_eq!(declined["entry"]["state"], "declined");
    })
    .await;
}

#[tokio::test]
async fn of_who_is_erased_the_words_go_and_the_hours_stay() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let world = World::on(app).await;
        let Evening { path, maryam, narges, .. } = &world.evening;
        let approved = world.written(app, maryam, 8, 10).await;
        world.approve(app, &approved, &world.north).await.expect(StatusCode::OK);
        world.written(app, maryam, 12, 13).await;
        let declined = world.written(app, maryam, 14, 15).await;
        world.decline(app, &declined, &world.north).await.expect(StatusCode::OK);
        let data = app.get("/v1/me/data").by(maryam).await.expect(StatusCode::OK);
        assert_eq!(data["tables"]["worklog_entries"].as_array().unwrap().len(), 3);
        assert!(data.to_string().contains(WHAT) && data.to_string().contains(WHY));
        let before = figures(app, &world.evening, &world.evening.organizer).await;

        app.delete("/v1/me/data").by(maryam).await.expect(StatusCode::NO_CONTENT);

        for trace in [WHAT, WHY] {
            assert_eq!(dump(store).await.places(trace), Vec::<&str>::new(), "{trace} is still there");
        }
        assert_eq!(figures(app, &world.evening, &world.evening.organizer).await, before);
        let left = world.list(app, &world.north, "").await;
        assert_eq!(left.len(), 1, "what nobody approved went with her: {left:?}");
        assert_eq!((&left[0]["entry"]["what"], &left[0]["entry"]["minutes"]), (&Value::Null, &json!(120)));
        assert_eq!(
            (&left[0]["volunteer_name"]["fa"], &left[0]["written_by"]),
            (&json!("بی‌نام"), &Value::Null)
        );
        let nameless = left[0]["entry"]["volunteer_id"].as_str().unwrap();
        world.write_of(app, nameless, &world.north, 16, 17).await.expect(StatusCode::NOT_FOUND);

        // The same of everyone, once the festival is archived; and nothing more is written then.
        let of_narges = world.written(app, narges, 8, 9).await;
        world.approve(app, &of_narges, &world.north).await.expect(StatusCode::OK);
        world.written(app, narges, 12, 13).await;
        go_to(app, "2027-04-19T12:00:00Z");
        let [organizer, narges] = [again(app, &world.evening.organizer).await, again(app, narges).await];
        let before = figures(app, &world.evening, &organizer).await;
        let festival = app.get(path).by(&organizer).await.expect(StatusCode::OK);
        let name = json!({"festival_name": festival["name"]["fa"]});
        app.post(format!("{path}/archive"), name).by(&organizer).await.expect(StatusCode::ACCEPTED);
        refused(&world.write(app, &narges, 16, 17).await, "festival-archived");
        refused(&world.write_of(app, world.narges_id(), &organizer, 16, 17).await, "festival-archived");
        let worker = Worker::new((**store).clone(), 1);
        while worker.archive_once(app.state.clock.now()).await.unwrap() > 0 {}
        assert_eq!(dump(store).await.places(WHAT), Vec::<&str>::new());
        assert_eq!(figures(app, &world.evening, &organizer).await, before);
        let left = world.list(app, &organizer, "").await;
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|told| told["entry"]["what"].is_null()), "{left:?}");
    })
    .await;
}
