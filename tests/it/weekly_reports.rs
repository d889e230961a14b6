//! Weekly reports: made once, mailed to each reader once, and read by anybody where the festival lets them.

use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use khademyar_worker::{Envelope, Mailer, NotCarried, Worker};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_each_api},
    browser::Browser,
    parts::someone,
    reports::Thanked,
    store::{TestStore, on_each_engine},
};

/// Remembers what it was handed; what it is told to refuse, it refuses.
#[derive(Debug, Default)]
struct Mailbox {
    mails: Mutex<Vec<Envelope>>,
    refusals: Mutex<usize>,
}

#[async_trait::async_trait]
impl Mailer for Mailbox {
    async fn mail(&self, envelope: &Envelope) -> Result<(), NotCarried> {
        self.mails.lock().unwrap().push(envelope.clone());
        let mut refusals = self.refusals.lock().unwrap();
        if *refusals > 0 {
            *refusals -= 1;
            return Err(NotCarried::Later("the mail server did not take it".to_owned()));
        }
        Ok(())
    }
}

impl Mailbox {
    fn taken(&self) -> Vec<Envelope> {
        let mut mails = std::mem::take(&mut *self.mails.lock().unwrap());
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        mails
    }
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// Thursday at eight in the evening, in Tehran.
const DUE: &str = "2027-04-22T16:30:00Z";

async fn set(app: &TestApp, there: &Thanked, setting: Value) -> Value {
    let path = format!("{}/weekly-report", there.path);
    app.put(path, setting).by(&there.organizer).await.expect(StatusCode::OK)
}

#[tokio::test]
async fn however_many_look_a_report_is_made_once_and_each_reader_has_it_once() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let there = Thanked::in_app(app).await;
        let readers = ["mayor@isfahan.example", "office@isfahan.example"];
        set(app, &there, json!({"recipients": readers, "languages": ["fa", "en"]})).await;
        let post = Arc::new(Mailbox::default());
        let worker = || Worker::new(app.state.store.clone(), 1).with_mailer(Arc::<Mailbox>::clone(&post));
        let workers: Vec<Worker> = (0..4).map(|_| worker()).collect();
        // All at once.
        let look = async |now: DateTime<Utc>| {
            let looked = join_all(workers.iter().map(|worker| worker.report_once(now))).await;
            looked.into_iter().map(Result::unwrap).sum::<usize>()
        };
        let deliver = async |now: DateTime<Utc>| {
            let sent = join_all(workers.iter().map(|worker| worker.mail_once(now))).await;
            sent.into_iter().map(Result::unwrap).sum::<usize>()
        };

        assert_eq!(look(at(DUE) - TimeDelta::seconds(1)).await, 0, "before its hour");
        assert_eq!(look(at(DUE)).await, 1);
        assert_eq!(look(at(DUE) + TimeDelta::minutes(1)).await, 0, "of a week there is one");
        assert_eq!(deliver(at(DUE)).await, 2);
        assert_eq!(deliver(at(DUE) + TimeDelta::hours(1)).await, 0);

        let mails = post.taken();
        let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(to, readers);
        assert_ne!(mails[0].id, mails[1].id);
        let text = &mails[0].text;
        assert!(mails[0].subject.contains("۲ اردیبهشت ۱۴۰۶"), "{}", mails[0].subject);
        assert!(text.contains("تا کنون:\n– ۲ خادمیار خدمت کردند.\n– ۱۰ ساعت در شیفت‌ها"), "{text}");
        assert!(
            text.contains("Until now:\n- 2 volunteers served.")
                && text.contains("- 4 of 6 seats are filled."),
            "{text}"
        );
        assert!(["کریمی", "ژیان", "امینی"].iter().all(|name| !text.contains(name)), "nobody is named");
        assert_eq!(look(at(DUE) + TimeDelta::weeks(1)).await, 1, "the next week's");

        let messages = format!("{}/messages?kind=weekly_report", there.path);
        let messages = app.get(messages).by(&there.organizer).await.expect(StatusCode::OK);
        let states: Vec<_> = messages["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (&row["channel"], &row["state"]))
            .collect();
        assert_eq!(states.iter().filter(|state| **state == (&json!("email"), &json!("sent"))).count(), 2);
        assert_eq!(states.len(), 4);
        assert!(!messages.to_string().contains("isfahan.example"));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_leave_is_tried_again_by_the_same_id_and_goes_with_its_reader() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let there = Thanked::in_app(app).await;
        set(app, &there, json!({"recipients": ["a@isfahan.example", "b@isfahan.example"]})).await;
        let post = Arc::new(Mailbox::default());
        let worker = Worker::new(app.state.store.clone(), 1).with_mailer(Arc::<Mailbox>::clone(&post));
        assert_eq!(worker.report_once(at(DUE)).await.unwrap(), 1);

        *post.refusals.lock().unwrap() = 2;
        assert_eq!(worker.mail_once(at(DUE)).await.unwrap(), 2);
        let refused = post.taken();
        set(app, &there, json!({"recipients": ["b@isfahan.example", "c@isfahan.example"]})).await;
        assert_eq!(worker.mail_once(at(DUE) + TimeDelta::minutes(5)).await.unwrap(), 1);

        let sent = post.taken();
        assert_eq!(sent.len(), 1, "who is named no more has none, and who came after it neither");
        assert_eq!((sent[0].id, sent[0].to.as_str()), (refused[1].id, "b@isfahan.example"));
    })
    .await;
}

#[tokio::test]
async fn what_was_due_before_is_not_made_afterwards_and_where_nobody_reads_none_is() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let there = Thanked::in_app(app).await;
        let worker = Worker::new(app.state.store.clone(), 1);
        // It is Tuesday: Monday's was due yesterday.
        set(app, &there, json!({"weekday": "monday", "hour": 9, "is_public": true})).await;
        assert_eq!(worker.report_once(at("2027-04-20T12:00:00Z")).await.unwrap(), 0);
        assert_eq!(worker.report_once(at("2027-04-26T05:30:00Z")).await.unwrap(), 1);

        set(app, &there, json!({"weekday": "monday", "hour": 9})).await;
        assert_eq!(worker.report_once(at("2027-05-03T06:00:00Z")).await.unwrap(), 0, "nobody reads it");
    })
    .await;
}

#[tokio::test]
async fn anybody_reads_the_last_one_where_the_festival_lets_them() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let id = there.path.rsplit('/').next().unwrap();
        let public = format!("/v1/weekly-reports/{id}");
        let worker = Worker::new(app.state.store.clone(), 1);
        let mut stranger = Browser::on(app);

        app.get(&*public).await.expect(StatusCode::NOT_FOUND);
        set(app, &there, json!({"is_public": true})).await;
        app.get(&*public).await.expect(StatusCode::NOT_FOUND);
        assert_eq!(stranger.open(&format!("/reports/{id}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(worker.report_once(at(DUE)).await.unwrap(), 1);
        let report = app.get(&*public).await.expect(StatusCode::OK);
        assert_eq!((&report["day"], &report["registered"]), (&json!("2027-04-22"), &json!(3)));
        assert_eq!(
            report["all"],
            json!({"volunteers": 2, "minutes": 600, "worklog_minutes": 0, "desired": 6, "filled": 4,
                   "attendance": {"present": 4, "partial": 0, "absent": 0, "excused": 0, "unknown": 0}})
        );
        assert_eq!(report["week"]["volunteers"], json!(0), "the nights were the week before");
        assert_eq!(
            (&report["essential_missing"], report["districts"].as_array().unwrap().len()),
            (&json!(0), 2)
        );
        let page = stranger.open(&format!("/reports/{id}")).await.says("تا کنون").says("منطقهٔ ۱");
        assert_eq!(page.status, StatusCode::OK);
        assert!(["کریمی", "ژیان"].iter().all(|name| !page.text.contains(name)), "nobody is named");

        set(app, &there, json!({"is_public": false})).await;
        app.get(&*public).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn an_organizer_says_when_and_to_whom_and_sees_it_first() {
    on_each_api(async |app| {
        let there = Thanked::in_app(app).await;
        let path = format!("{}/weekly-report", there.path);
        let usual = app.get(&*path).by(&there.organizer).await.expect(StatusCode::OK);
        assert_eq!(
            usual,
            json!({"weekday": "thursday", "hour": 20, "recipients": [], "languages": ["fa"], "is_public": false})
        );
        let preview = app.get(format!("{path}/preview")).by(&there.organizer).await.expect(StatusCode::OK);
        assert_eq!((&preview["day"], &preview["all"]["volunteers"]), (&json!("2027-04-20"), &json!(2)));

        let wrong = json!({"hour": 24, "recipients": ["a@b.ir", "mayor"], "languages": []});
        let refused = app.put(&*path, wrong).by(&there.organizer).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let twice = json!({"recipients": ["a@b.ir", "a@B.ir"]});
        let refused = app.put(&*path, twice).by(&there.organizer).await;
        assert_eq!(refused.faults()["/recipients/1"], "repeated");
        let coordinator = json!({"role": "coordinator", "district_ids": [there.districts[0]]});
        let coordinator = someone(app, &there.organizer, &there.path, "coordinator", coordinator).await;
        for answer in [
            app.get(&*path).by(&coordinator).await,
            app.get(format!("{path}/preview")).by(&coordinator).await,
            app.put(&*path, json!({})).by(&coordinator).await,
        ] {
            answer.expect(StatusCode::FORBIDDEN);
        }

        let mut browser = Browser::signed_in(app, &there.organizer);
        let page = path.replace("/v1/festivals/", "/admin/");
        browser.open(&page).await.says("اگر همین اکنون می‌رفت").says("<strong>۲</strong> خادمیار خدمت کرد");
        let fields = [
            ("weekday", "friday"),
            ("hour", "9"),
            ("recipients", "mayor@isfahan.example\r\noffice@isfahan.example"),
            ("languages", "en"),
            ("is_public", "true"),
        ];
        browser.send(&page, &fields).await.leads_to(&page);
        let set = app.get(&*path).by(&there.organizer).await.expect(StatusCode::OK);
        assert_eq!(
            set,
            json!({"weekday": "friday", "hour": 9, "recipients": ["mayor@isfahan.example", "office@isfahan.example"],
                   "languages": ["en"], "is_public": true})
        );
        let odd = browser.send(&page, &[("weekday", "friday"), ("hour", "9"), ("recipients", "mayor"), ("languages", "en")]).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
        odd.says("aria-invalid=\"true\"").says(">mayor</textarea>");
        // Addresses are in no entry of the chain.
        let audit = app.get(format!("{}/audit", there.path)).by(&there.organizer).await;
        assert!(!String::from_utf8_lossy(&audit.bytes).contains("isfahan.example"));
        assert_eq!(audit.header(header::CONTENT_TYPE), "application/json");
    })
    .await;
}
