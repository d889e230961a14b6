//! What people are written: once, if and only if it happened; again where a worker vanished, with the same id.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use khademyar_storage::{
    Store, events,
    messages::{self, Channel},
};
use khademyar_worker::{Carrier, NotCarried, Parcel, Worker};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    erasure::go_to,
    evening::Evening,
    parts::someone,
};

/// Keeps what it is given, and fails as long as it is told to.
#[derive(Clone, Debug, Default)]
struct Recorder {
    parcels: Arc<Mutex<Vec<Parcel>>>,
    fails: Arc<Mutex<Option<NotCarried>>>,
}

#[async_trait]
impl Carrier for Recorder {
    async fn carry(&self, parcel: &Parcel) -> Result<(), NotCarried> {
        if let Some(error) = self.fails.lock().unwrap().clone() {
            return Err(error);
        }
        self.parcels.lock().unwrap().push(parcel.clone());
        Ok(())
    }
}

impl Recorder {
    fn ids(&self) -> Vec<Uuid> {
        self.parcels.lock().unwrap().iter().map(|parcel| parcel.id).collect()
    }

    fn texts(&self, phone: &str) -> Vec<String> {
        let parcels = self.parcels.lock().unwrap();
        parcels
            .iter()
            .filter(|parcel| parcel.to.as_str() == phone)
            .map(|parcel| parcel.text.clone())
            .collect()
    }
}

fn worker(app: &TestApp, recorder: &Recorder) -> Worker {
    Worker::new(Store::clone(&app.state.store), 1).with_carrier(Arc::new(recorder.clone()))
}

/// Sends all that is due at `now`.
async fn deliver(worker: &Worker, now: DateTime<Utc>) {
    while worker.deliver_once(now).await.unwrap() > 0 {}
}

async fn listed(app: &TestApp, evening: &Evening, filter: &str) -> Vec<Value> {
    let path = format!("{}/messages?limit=500&sort=created_at{filter}", evening.path);
    let page = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
    page["items"].as_array().unwrap().clone()
}

/// Kind and recipient of each message, without those that were there before.
async fn told(app: &TestApp, evening: &Evening, before: &[Value]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let recipient =
        |row: &Value| row["volunteer_id"].as_str().or(row["user_id"].as_str()).unwrap().to_owned();
    let rows = listed(app, evening, "").await;
    let new: Vec<&Value> =
        rows.iter().filter(|row| before.iter().all(|old| old["id"] != row["id"])).collect();
    let told: BTreeSet<_> = new.iter().map(|row| (text(&row["kind"]), recipient(row))).collect();
    assert_eq!(told.len(), new.len(), "somebody is told twice: {new:?}");
    told
}

fn pair(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

async fn answer(app: &TestApp, evening: &Evening, who: &Person, code: &str, how: &str) {
    let id = evening.assignment(app, code, "early-team").await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/assignments/{id}/{how}");
    let call = if how == "accept" {
        app.call(axum::http::Method::POST, path, "".into(), None)
    } else {
        app.post(path, json!({}))
    };
    call.by(who).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_publication_tells_each_person_once_and_only_what_changed_for_them() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let [maryam, narges, zahra] = [0, 3, 4].map(|k| evening.roster[k].0.clone());

        let offers = told(app, &evening, &[]).await;
        let before = listed(app, &evening, "").await;
        evening.withdraw_the_base(app).await;
        let changes = told(app, &evening, &before).await;

        let all = [
            pair("assignment_offered", &narges),
            pair("assignment_offered", &zahra),
            pair("roster_changed", &maryam),
        ];
        assert_eq!(offers, all.into());
        assert_eq!(changes, [pair("assignment_cancelled", &maryam)].into());
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_tells_nobody() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let before = listed(app, &evening, "").await;
        let happened = evening.events(app, 0).await;
        let offer = happened.iter().find(|event| event.event.volunteer_id.is_some()).unwrap();
        let mut event = offer.event.clone();
        event.assignment = None;

        let db = app.state.store.begin().await.unwrap();
        let now = app.state.clock.now();
        events::append(&db, evening.festival_id(), vec![event], None, now, &mut Uuid::now_v7).await.unwrap();
        drop(db);

        assert_eq!(told(app, &evening, &before).await, BTreeSet::new());
    })
    .await;
}

#[tokio::test]
async fn whoever_does_it_is_not_told_and_the_coordinators_of_the_district_are() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let before = listed(app, &evening, "").await;
        answer(app, &evening, &evening.maryam, "Maryam", "accept").await;
        assert_eq!(told(app, &evening, &before).await, BTreeSet::new());

        answer(app, &evening, &evening.maryam, "Maryam", "withdraw").await;
        let organizer = evening.organizer.id.to_string();
        // The district has no coordinator yet.
        assert_eq!(told(app, &evening, &before).await, [pair("assignment_withdrawn", &organizer)].into());

        let before = listed(app, &evening, "").await;
        let districts = app.get(format!("{}/districts", evening.path)).by(&evening.organizer).await.body;
        let of = |k: usize| json!({"role": "coordinator", "district_ids": [districts["items"][k]["id"]]});
        let north = someone(app, &evening.organizer, &evening.path, "north", of(0)).await;
        someone(app, &evening.organizer, &evening.path, "south", of(1)).await;
        answer(app, &evening, &evening.narges, "Narges", "decline").await;
        let expected = [pair("assignment_declined", &north.id.to_string())].into();
        assert_eq!(told(app, &evening, &before).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_message_says_what_is_to_be_known_in_the_language_one_wants() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let english = json!({"language": "en", "unwanted_sms": []});
        let kept = app.put("/v1/me/preferences", english.clone()).by(&evening.narges).await;
        assert_eq!(kept.expect(StatusCode::OK), english);
        let read = app.get("/v1/me/preferences").by(&evening.narges).await.expect(StatusCode::OK);
        assert_eq!(read, english);
        let recorder = Recorder::default();

        deliver(&worker(app, &recorder), app.state.clock.now()).await;

        let narges = recorder.texts("+989132222222");
        assert_eq!(narges.len(), 1);
        assert!(
            narges[0].contains("Tea, Bagh-e Ghadir, Thursday 8 April 2027, 20:00 to 23:30"),
            "{}",
            narges[0]
        );
        let maryam = recorder.texts("+989131111111");
        assert_eq!(maryam.len(), 1);
        assert_eq!(maryam[0].lines().count(), 4, "{}", maryam[0]);
        assert!(
            maryam[0].contains("باغ غدیر، پنجشنبه ۱۹ فروردین ۱۴۰۶، ساعت ۲۰:۰۰ تا ۲۳:۳۰"),
            "{}",
            maryam[0]
        );
        assert!(listed(app, &evening, "").await.iter().all(|row| row["state"] == "sent"));
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_sent_and_did_not_mark_is_sent_again_with_the_same_id() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let recorder = Recorder::default();
        let now = app.state.clock.now();

        // A worker takes all of it, hands it over, and vanishes.
        let taken = messages::claim(&app.state.store, Channel::Sms, now, 10).await.unwrap();
        assert_eq!(taken.len(), 3);
        let vanishing: BTreeSet<Uuid> = taken.iter().map(|claim| claim.id).collect();
        // While its lease lasts nobody else takes any of it.
        deliver(&worker(app, &recorder), now).await;
        assert_eq!(recorder.ids().len(), 0);
        let later = now + messages::LEASE + TimeDelta::seconds(1);
        deliver(&worker(app, &recorder), later).await;
        let again: BTreeSet<Uuid> = recorder.ids().into_iter().collect();
        assert_eq!((again, recorder.ids().len()), (vanishing, 3));
        // It comes back too late to say anything.
        let db = app.state.store.begin().await.unwrap();
        assert!(!taken[0].failed(&db, "late", later).await.unwrap());
        db.commit().await.unwrap();

        deliver(&worker(app, &recorder), later + TimeDelta::hours(2)).await;
        assert_eq!(recorder.ids().len(), 3);
        assert!(listed(app, &evening, "").await.iter().all(|row| row["state"] == "sent"));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_tried_again_ever_later_and_is_dead_in_the_end() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let recorder = Recorder::default();
        *recorder.fails.lock().unwrap() = Some(NotCarried::Later("no connection".to_owned()));
        let mut now = app.state.clock.now();

        for attempt in 1..messages::MOST_TRIES {
            // Each time another worker, which knows nothing but what is stored.
            deliver(&worker(app, &recorder), now).await;
            let rows = listed(app, &evening, "&state=queued").await;
            assert_eq!((rows.len(), &rows[0]["attempts"]), (3, &json!(attempt)));
            assert_eq!(rows[0]["error"], "no connection");
            let next: DateTime<Utc> = rows[0]["next_at"].as_str().unwrap().parse().unwrap();
            assert!(next > now);
            deliver(&worker(app, &recorder), next - TimeDelta::seconds(1)).await;
            assert_eq!(listed(app, &evening, "&state=queued").await[0]["attempts"], json!(attempt));
            now = next + TimeDelta::seconds(1);
        }
        deliver(&worker(app, &recorder), now).await;
        let dead = listed(app, &evening, "&state=dead").await;
        assert_eq!(dead.len(), 3);

        *recorder.fails.lock().unwrap() = None;
        let id = dead[0]["id"].as_str().unwrap();
        let path = format!("{}/messages/{id}/resend", evening.path);
        let resent = app.post(&path, json!({})).by(&evening.organizer).await.expect(StatusCode::OK);
        assert_eq!((&resent["state"], &resent["attempts"]), (&json!("queued"), &json!(0)));
        deliver(&worker(app, &recorder), app.state.clock.now() + TimeDelta::seconds(1)).await;
        assert_eq!(recorder.ids(), [id.parse::<Uuid>().unwrap()]);
        let again = app.post(&path, json!({})).by(&evening.organizer).await;
        assert_eq!(again.expect(StatusCode::CONFLICT)["type"], "urn:khademyar:problem:not-stuck");
        let nowhere = format!("{}/messages/{}/resend", evening.path, Uuid::max());
        app.post(nowhere, json!({})).by(&evening.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_not_tried_again() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let recorder = Recorder::default();
        *recorder.fails.lock().unwrap() = Some(NotCarried::Never("no such number".to_owned()));

        deliver(&worker(app, &recorder), app.state.clock.now()).await;

        let dead = listed(app, &evening, "&state=dead").await;
        assert_eq!((dead.len(), &dead[0]["error"]), (3, &json!("no such number")));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_written_what_they_do_not_want_or_what_is_over() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let unwanted = json!({"language": "fa", "unwanted_sms": ["assignment_offered"]});
        app.put("/v1/me/preferences", unwanted).by(&evening.narges).await.expect(StatusCode::OK);
        let recorder = Recorder::default();

        // The first shift is over, Maryam's night at the base is not.
        let after_the_first: DateTime<Utc> = "2027-04-08T20:30:00Z".parse().unwrap();
        deliver(&worker(app, &recorder), after_the_first).await;

        let dropped = listed(app, &evening, "&state=dropped").await;
        let reasons: BTreeSet<&str> = dropped.iter().map(|row| row["error"].as_str().unwrap()).collect();
        assert_eq!((dropped.len(), reasons), (2, ["too_late"].into()));
        assert_eq!(recorder.texts("+989131111111").len(), 1);

        let resend =
            |row: &Value| format!("{}/messages/{}/resend", evening.path, row["id"].as_str().unwrap());
        for row in &dropped {
            app.post(resend(row), json!({})).by(&evening.organizer).await.expect(StatusCode::OK);
        }
        deliver(&worker(app, &recorder), app.state.clock.now() + TimeDelta::seconds(1)).await;
        let dropped = listed(app, &evening, "&state=dropped").await;
        assert_eq!((dropped.len(), &dropped[0]["error"]), (1, &json!("unwanted")));
        assert_eq!(recorder.texts("+989132222222").len(), 0);
        assert_eq!(recorder.texts("+989133333333").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn quiet_hours_hold_back_what_can_wait() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        let festival = app.get(&evening.path).by(&evening.organizer).await.expect(StatusCode::OK);
        let mut quiet = festival.clone();
        quiet["arrangements"]["quiet_hours"] = json!({"from": 22, "until": 8});
        for field in ["id", "version"] {
            quiet.as_object_mut().unwrap().remove(field);
        }
        app.put(&evening.path, quiet).by(&evening.organizer).await.expect(StatusCode::OK);
        let recorder = Recorder::default();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();

        // Half past ten in the evening in Tehran, a month before.
        deliver(&worker(app, &recorder), at("2027-03-08T19:00:00Z")).await;
        assert_eq!(recorder.ids().len(), 0);
        let waiting = listed(app, &evening, "&state=queued").await;
        assert_eq!(
            (&waiting[0]["attempts"], &waiting[0]["next_at"]),
            (&json!(0), &json!("2027-03-09T04:30:00Z"))
        );
        deliver(&worker(app, &recorder), at("2027-03-09T04:30:00Z")).await;
        assert_eq!(recorder.ids().len(), 3);

        // What concerns the same night cannot wait for the morning.
        app.state.clock.advance(at("2027-04-08T19:00:00Z") - app.state.clock.now());
        let mut evening = evening;
        evening.sign_in_again(app).await;
        let late = evening.assignment(app, "Maryam", "late-team").await["id"].as_str().unwrap().to_owned();
        let path = format!("{}/assignments/{late}", evening.path);
        app.delete(path).by(&evening.organizer).await.expect(StatusCode::OK);
        deliver(&worker(app, &recorder), at("2027-04-08T19:01:00Z")).await;
        assert_eq!(recorder.texts("+989131111111").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_worked_outside_shifts_is_told_what_was_decided_and_why() {
    on_each_api(async |app| {
        let mut evening = Evening::on(app).await;
        go_to(app, "2027-04-12T12:00:00Z");
        evening.sign_in_again(app).await;
        let recorder = Recorder::default();
        deliver(&worker(app, &recorder), app.state.clock.now()).await;
        let before = listed(app, &evening, "").await;
        let maryam = evening.roster[0].0.clone();

        let entries = format!("{}/worklog", evening.path);
        let write = async |hour: u32| {
            let [started_at, ended_at] = [hour, hour + 1].map(|hour| format!("2027-04-07T{hour:02}:00:00Z"));
            let body = json!({"festival_id": evening.festival_id(), "what": "آذین‌بندی",
                "started_at": started_at, "ended_at": ended_at});
            let entry =
                app.post("/v1/me/worklog", body).by(&evening.maryam).await.expect(StatusCode::CREATED);
            entry["id"].as_str().unwrap().to_owned()
        };
        let (good, bad) = (write(8).await, write(10).await);
        assert_eq!(told(app, &evening, &before).await, BTreeSet::new(), "nobody has decided yet");
        for _ in 0..2 {
            let approve = format!("{entries}/{good}/approve");
            let approve = app.call(axum::http::Method::POST, approve, "".into(), None);
            approve.by(&evening.organizer).await.expect(StatusCode::OK);
            let decline = app.post(format!("{entries}/{bad}/decline"), json!({"reason": "شما را ندیدیم"}));
            decline.by(&evening.organizer).await.expect(StatusCode::OK);
        }
        let decided = [pair("worklog_approved", &maryam), pair("worklog_declined", &maryam)];
        assert_eq!(told(app, &evening, &before).await, decided.into(), "once, however often it is said");
        deliver(&worker(app, &recorder), app.state.clock.now() + TimeDelta::seconds(1)).await;
        let texts = recorder.texts("+989131111111");
        let lines: BTreeSet<&str> = texts.iter().flat_map(|text| text.lines().skip(1)).collect();
        assert_eq!(
            lines,
            [
                "کار شما بیرون از شیفت‌ها تأیید شد: آذین‌بندی، چهارشنبه ۱۸ فروردین ۱۴۰۶",
                "کار شما بیرون از شیفت‌ها تأیید نشد: آذین‌بندی، چهارشنبه ۱۸ فروردین ۱۴۰۶، شما را ندیدیم",
            ]
            .into()
        );
    })
    .await;
}

#[tokio::test]
async fn everyone_who_accepted_is_reminded_of_each_seat_once() {
    on_each_api(async |app| {
        let evening = Evening::on(app).await;
        answer(app, &evening, &evening.maryam, "Maryam", "accept").await;
        let recorder = Recorder::default();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        deliver(&worker(app, &recorder), app.state.clock.now()).await;
        let before = recorder.texts("+989131111111").len();

        deliver(&worker(app, &recorder), at("2027-04-07T16:29:00Z")).await;
        assert_eq!(listed(app, &evening, "&kind=reminder").await.len(), 0);
        // Two workers that know nothing of each other, and one after a restart.
        let (one, two) = (worker(app, &recorder), worker(app, &recorder));
        let due = at("2027-04-07T16:31:00Z");
        let (first, second) = tokio::join!(one.deliver_once(due), two.deliver_once(due));
        first.unwrap();
        second.unwrap();
        deliver(&worker(app, &recorder), due + TimeDelta::hours(1)).await;

        assert_eq!(listed(app, &evening, "&kind=reminder").await.len(), 1);
        let texts = recorder.texts("+989131111111");
        assert_eq!(texts.len(), before + 1);
        assert!(texts[before].contains("یادآوری خدمت: چای، باغ غدیر"), "{}", texts[before]);
    })
    .await;
}
