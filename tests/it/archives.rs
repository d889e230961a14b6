//! A festival that is over keeps its figures and nobody's name.

use axum::http::StatusCode;
use khademyar_storage::audit;
use khademyar_worker::Worker;
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp},
    dump::dump,
    erasure::{TRACES, again, everything_told, figures, go_to, lives},
    evening::Evening,
    parts::without_identity,
    store::{TestStore, on_each_engine},
};

/// What else nothing tells of once the festival is archived: the others who served, one who registered, and the names that
/// stand in the set-up.
const NAMES: [&str; 10] = [
    "نرگس کریمی",
    "9132222222",
    "زهرا رضایی",
    "9133333333",
    "پروانه تازه‌وارد",
    "9137777777",
    "شهردار نمونه",
    "دبیر نمونه",
    "رابط نمونه",
    "reader@isfahan.example",
];

/// Names in the set-up, and somebody who waits to be let in.
async fn others_are_named(app: &TestApp, evening: &Evening) {
    let Evening { organizer, path, .. } = evening;
    let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
    let mut north = districts["items"][0].clone();
    let id = north["id"].as_str().unwrap().to_owned();
    north["mayor"] = json!("شهردار نمونه");
    without_identity(&mut north);
    app.put(format!("{path}/districts/{id}"), north).by(organizer).await.expect(StatusCode::OK);
    for (list, row) in [
        (
            "centres",
            json!({"code": "c", "name": {"fa": "کانون"}, "district_id": id, "secretary": "دبیر نمونه"}),
        ),
        (
            "partners",
            json!({"code": "p", "name": {"fa": "شهرداری"}, "district_id": id, "contact": "رابط نمونه"}),
        ),
    ] {
        let call = app.post(format!("{path}/{list}"), row).by(organizer).with("idempotency-key", list);
        call.await.expect(StatusCode::CREATED);
    }
    app.put(format!("{path}/registration"), json!({"open": true})).by(organizer).await.expect(StatusCode::OK);
    let weekly = json!({"recipients": ["reader@isfahan.example"]});
    app.put(format!("{path}/weekly-report"), weekly).by(organizer).await.expect(StatusCode::OK);
    let festival = path.rsplit('/').next().unwrap();
    let registration =
        json!({"name": "پروانه تازه‌وارد", "phone": "09137777777", "gender": "woman", "home_district_id": id});
    app.post(format!("/v1/registration-forms/{festival}"), registration).await.expect(StatusCode::ACCEPTED);
}

async fn archive(app: &TestApp, path: &str, organizer: &Person) -> Value {
    app.get(format!("{path}/archive")).by(organizer).await.expect(StatusCode::OK)
}

/// Whatever would put something into the festival is refused.
async fn nothing_changes(app: &TestApp, path: &str, organizer: &Person) {
    let districts = app.get(format!("{path}/districts")).by(organizer).await.expect(StatusCode::OK);
    let district = districts["items"][0]["id"].clone();
    let somebody = json!({"code": "v", "name": {"fa": "نو"}, "gender": "man", "home_district_id": district});
    let another = json!({"code": "d9", "name": {"fa": "منطقه"}, "priority": 1});
    let token = json!({"name": "سامانه", "grants": [{"data": "people", "access": "read"}], "days": 1});
    for refused in [
        app.post(format!("{path}/volunteers"), somebody).by(organizer).await,
        app.post(format!("{path}/districts"), another).by(organizer).await,
        app.put(format!("{path}/registration"), json!({"open": true})).by(organizer).await,
        app.post(format!("{path}/plans"), json!({"seconds": 1})).by(organizer).await,
        app.post(format!("{path}/api-tokens"), token).by(organizer).await,
    ] {
        assert_eq!(refused.body["type"], "urn:khademyar:problem:festival-archived", "{}", refused.body);
        assert_eq!(refused.status, StatusCode::CONFLICT);
    }
}

/// Has three workers archive until none finds anything to do.
async fn work(app: &TestApp, store: &TestStore) {
    let now = app.state.clock.now();
    let workers = [(); 3].map(|()| Worker::new((**store).clone(), 1));
    loop {
        let [one, two, three] = &workers;
        let done = tokio::join!(one.archive_once(now), two.archive_once(now), three.archive_once(now));
        if [done.0, done.1, done.2].into_iter().map(Result::unwrap).sum::<usize>() == 0 {
            return;
        }
    }
}

#[tokio::test]
async fn an_archived_festival_keeps_its_figures_and_nobodys_name() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        lives(app, &evening).await;
        others_are_named(app, &evening).await;
        go_to(app, "2027-04-19T12:00:00Z");
        let organizer = again(app, &evening.organizer).await;
        let path = &evening.path;
        let before = figures(app, &evening, &organizer).await;
        let named = archive(app, path, &organizer).await["named"].as_i64().unwrap();
        let held = dump(store).await;
        for name in NAMES {
            assert_ne!(held.places(name), Vec::<&str>::new(), "{name} stands nowhere before");
        }
        let festival = app.get(path).by(&organizer).await.expect(StatusCode::OK);

        let asked = json!({"festival_name": festival["name"]["fa"]});
        let begun = app.post(format!("{path}/archive"), asked.clone()).by(&organizer).await;
        let begun = begun.expect(StatusCode::ACCEPTED);
        nothing_changes(app, path, &organizer).await;
        assert!(
            !begun["since"].is_null() && begun["archived_at"].is_null() && begun["named"] == named,
            "{begun}"
        );
        work(app, store).await;

        let done = archive(app, path, &organizer).await;
        assert!(!done["archived_at"].is_null() && done["named"] == 0, "{done}");
        let held = dump(store).await;
        let told = everything_told(app, path, &organizer).await;
        for trace in TRACES.iter().chain(&NAMES) {
            assert_eq!(held.places(trace), Vec::<&str>::new(), "{trace} is still there");
            assert!(!told.contains(trace), "{trace} is still told");
        }
        assert_eq!(figures(app, &evening, &organizer).await, before);
        let volunteers = app.get(format!("{path}/volunteers?limit=500")).by(&organizer).await;
        let volunteers = volunteers.expect(StatusCode::OK)["items"].as_array().unwrap().clone();
        // One of them was erased before.
        assert_eq!(volunteers.len() as i64, named + 1, "each is somebody nameless, once");
        assert!(volunteers.iter().all(|row| row["name"]["fa"] == "بی‌نام"), "{volunteers:?}");
        let chain = audit::verify(&store.reader(), evening.festival_id()).await.unwrap();
        assert!(chain.faults.is_empty() && chain.erased > 0, "{chain:?}");
        assert_eq!(app.get("/v1/me").by(&evening.narges).await.status, StatusCode::UNAUTHORIZED);

        nothing_changes(app, path, &organizer).await;
        app.post(format!("{path}/archive"), asked).by(&organizer).await.expect(StatusCode::ACCEPTED);
        assert_eq!(archive(app, path, &organizer).await, done);
        app.delete(path).by(&organizer).await.expect(StatusCode::NO_CONTENT);
    })
    .await;
}

#[tokio::test]
async fn a_festival_is_archived_when_it_is_over_and_whoever_asks_means_it() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let path = &evening.path;
        let festival = app.get(path).by(&evening.organizer).await.expect(StatusCode::OK);
        let ask = async |organizer: &Person, name: &str| {
            app.post(format!("{path}/archive"), json!({"festival_name": name})).by(organizer).await
        };
        let name = festival["name"]["fa"].as_str().unwrap();

        let early = ask(&evening.organizer, name).await;
        assert_eq!(early.body["type"], "urn:khademyar:problem:festival-not-over");
        assert_eq!(early.status, StatusCode::CONFLICT);
        go_to(app, "2027-04-19T12:00:00Z");
        let organizer = again(app, &evening.organizer).await;
        let other = ask(&organizer, "جشنوارهٔ دیگر").await;
        assert_eq!(other.faults()["/festival_name"], "another_name");
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);

        work(app, store).await;
        assert_eq!(archive(app, path, &organizer).await["since"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn it_is_archived_by_itself_when_its_days_are_over_and_never_where_there_are_none() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let path = &evening.path;
        let arrange = async |organizer: &Person, days: Option<i32>| {
            let mut festival = app.get(path).by(organizer).await.expect(StatusCode::OK);
            without_identity(&mut festival);
            festival["arrangements"] = days.map_or(json!({}), |days| json!({"archive_days": days}));
            app.put(path, festival).by(organizer).await.expect(StatusCode::OK);
        };
        assert_eq!(archive(app, path, &evening.organizer).await["due_at"], "2028-04-17T08:30:00Z");
        arrange(&evening.organizer, Some(0)).await;
        assert_eq!(archive(app, path, &evening.organizer).await["due_at"], Value::Null);

        go_to(app, "2029-01-01T00:00:00Z");
        let organizer = again(app, &evening.organizer).await;
        work(app, store).await;
        assert_eq!(archive(app, path, &organizer).await["since"], Value::Null);

        go_to(app, "2027-05-18T08:29:00Z");
        let organizer = again(app, &organizer).await;
        arrange(&organizer, Some(30)).await;
        work(app, store).await;
        assert_eq!(archive(app, path, &organizer).await["since"], Value::Null);
        go_to(app, "2027-05-18T08:31:00Z");
        work(app, store).await;
        let done = archive(app, path, &again(app, &organizer).await).await;
        assert!(!done["archived_at"].is_null() && done["named"] == 0, "{done}");
    })
    .await;
}

#[tokio::test]
async fn who_was_erased_does_not_become_somebody_and_a_false_date_archives_nothing() {
    on_each_engine(async |store: &TestStore| {
        let app = &TestApp::start(store).await;
        let evening = Evening::on(app).await;
        let Evening { organizer, path, .. } = &evening;
        let erased =
            app.get(format!("{path}/volunteers?code=Narges")).by(organizer).await.expect(StatusCode::OK);
        let erased = erased["items"][0]["id"].as_str().unwrap().to_owned();
        app.delete(format!("{path}/volunteers/{erased}/data"))
            .by(organizer)
            .await
            .expect(StatusCode::NO_CONTENT);
        let list = app.get(format!("{path}/volunteers?limit=500")).by(organizer).await.expect(StatusCode::OK);
        let mut nameless = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"]["fa"] == "بی‌نام")
            .unwrap()
            .clone();
        let nameless_id = nameless["id"].as_str().unwrap().to_owned();
        without_identity(&mut nameless);
        nameless["max_nights"] = json!(3);
        let one = format!("{path}/volunteers/{nameless_id}");
        app.put(&one, nameless.clone()).by(organizer).await.expect(StatusCode::OK);
        for (key, value) in
            [("phone", json!("09145559999")), ("birth_year", json!(1990)), ("name", json!({"fa": "پروین"}))]
        {
            let mut somebody = nameless.clone();
            somebody[key] = value;
            let refused = app.put(&one, somebody).by(organizer).await;
            assert_eq!(
                refused.body["type"], "urn:khademyar:problem:volunteer-erased",
                "{key}: {}",
                refused.body
            );
            assert_eq!(refused.status, StatusCode::CONFLICT);
        }

        // A year mistyped: its shifts are still to come.
        let mut festival = app.get(path).by(organizer).await.expect(StatusCode::OK);
        without_identity(&mut festival);
        let nights = festival["nights"].as_array().unwrap().len() as u32;
        festival["nights"] = (1..=nights).map(|day| json!(format!("2020-04-{day:02}"))).collect();
        festival["arrangements"] = json!({"archive_days": 1});
        let name = festival["name"]["fa"].clone();
        app.put(path, festival).by(organizer).await.expect(StatusCode::OK);
        go_to(app, "2027-04-08T12:00:00Z");
        let organizer = again(app, organizer).await;
        work(app, store).await;
        assert_eq!(archive(app, path, &organizer).await["since"], Value::Null);
        let early = app.post(format!("{path}/archive"), json!({"festival_name": name})).by(&organizer).await;
        assert_eq!(early.body["type"], "urn:khademyar:problem:festival-not-over");
    })
    .await;
}
