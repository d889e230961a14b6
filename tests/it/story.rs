//! The main job from beginning to end, as its three kinds of people do it: through the API alone.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{StatusCode, header};
use chrono::{DateTime, Utc};
use icalendar::{Calendar, CalendarComponent, Component};
use khademyar_api::auth;
use khademyar_domain::Text;
use khademyar_storage::{Store, users};
use khademyar_worker::Worker;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    parts::someone,
    plans::unstopped,
};

pub(crate) const PASSWORD: &str = "سپید و سبز و بهار";
/// Minutes of every shift.
const MINUTES: i64 = 180;

/// As the secretary of a centre sent it: twelve people who can be known, one of them twice, one of whom nothing can be.
const VOLUNTEERS: &str = "\u{FEFF}نام;نام خانوادگي;شماره موبایل *;منطقه;جنسيت;تخصص ها;شب ها;ملاحظات\r
مريم;كاظمي;۰۹۱۳ ۱۲۳ ۴۵۶۷;منطقهٔ ١;خانم;سلامت:3;;\r
زهرا;کریمی;+98 913 222 0001;1;زن;سلامت:2؛ فرهنگ;;با خودرو\r
نرگس;اميني;0098 913 222 0002;منطقه 1;زن;فرهنگ;;\r
فاطمه;رضایی;٠٩١٣٢٢٢٠٠٠٣;1;زن;سلامت;;\r
مریم;کاظمی;00989131234567;۱;زن;;;همان مریم\r
علي;ژیان;09132220004;2;مرد;سلامت:2;;\r
حسن;ملکی;09132220005;۲;آقا;سلامت;۱ تا ۵;\r
رضا;شریفی;09132220006;2;مرد;فرهنگ:3;;\r
محمد;نوری;09132220007;منطقهٔ ۲;مرد;فرهنگ؛ سلامت;;\r
\r
سارا;ژاله;09132220008;3;زن;سلامت;6 تا 10;\r
ليلا;يزدي;09132220009;3;زن;فرهنگ;;\r
امیر;گلشن;09132220010;3;مرد;سلامت؛ فرهنگ;;\r
پریسا;ناصری;09132220011;1;خانم;سلامت؛ فرهنگ;;\r
؟;؟؟؟;12;منطقه ۹۹;کودک;آشپزی;۱۲;\r
";

fn ids(created: &Value) -> Vec<Value> {
    created["ids"].as_array().unwrap().clone()
}

/// Someone at a keyboard: signed in by name and password.
async fn sign_in(app: &TestApp, username: &str) -> Person {
    let credentials = json!({"username": username, "password": PASSWORD});
    let tokens = app.post("/v1/auth/token", credentials).await.expect(StatusCode::OK);
    assert_eq!(tokens["token_type"], "Bearer");
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    Person { token, ..app.known(username).await }
}

/// The organizer, and the festival that she sets up from nothing.
struct Story<'a> {
    app: &'a TestApp,
    organizer: Person,
    path: String,
    districts: Vec<Value>,
    /// By position: the district of its shift.
    position_districts: BTreeMap<String, Value>,
}

impl<'a> Story<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let operator = users::NewUser {
            id: Uuid::now_v7().into(),
            username: "maryam".to_owned(),
            name: Text::new("مریم نیک‌اندیش").unwrap(),
            password_hash: auth::password::hash(PASSWORD.to_owned()).await.unwrap(),
            operator: true,
        };
        let db = app.state.store.begin().await.unwrap();
        assert!(users::insert(&db, &operator, app.state.clock.now()).await.unwrap());
        db.commit().await.unwrap();

        let organizer = sign_in(app, "maryam").await;
        let founding =
            json!({"name": {"fa": "دههٔ کرامت", "en": "Ten Days of Karamat"}, "first_night": "2027-04-08"});
        let founded = app.post("/v1/festivals", founding).by(&organizer).await;
        let path = founded.header(header::LOCATION).to_owned();
        assert_eq!(founded.expect(StatusCode::CREATED)["nights"].as_array().unwrap().len(), 10);
        Self { app, organizer, path, districts: Vec::new(), position_districts: BTreeMap::new() }
    }

    async fn get(&self, path: &str) -> Value {
        self.app.get(format!("{}/{path}", self.path)).by(&self.organizer).await.expect(StatusCode::OK)
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.app.post(format!("{}/{path}", self.path), body).by(&self.organizer).await
    }

    async fn create(&self, list: &str, body: Value) -> Value {
        self.post(list, body).await.expect(StatusCode::CREATED)["id"].clone()
    }

    async fn create_all(&self, list: &str, items: Vec<Value>) -> Vec<Value> {
        let created = self.post(&format!("{list}/bulk"), json!({"items": items})).await;
        ids(&created.expect(StatusCode::CREATED))
    }

    /// Districts, places, and what they ask for on each of the ten nights.
    async fn set_up(&mut self) {
        let district = |k: i32| json!({"code": format!("d{k}"), "name": {"fa": format!("منطقهٔ {k}")}, "priority": k, "mayor": "مهندس رضا امینی"});
        self.districts = self.create_all("districts", (1..=3).map(district).collect()).await;
        let ways = json!({"districts": self.districts, "minutes": [[5, 20, 30], [20, 5, 25], [30, 25, 5]]});
        let ways = self.app.put(format!("{}/travel-minutes", self.path), ways).by(&self.organizer).await;
        ways.expect(StatusCode::OK);
        let [first, second, third] = &self.districts[..] else { panic!("three districts") };

        let garden = self
            .create("venues", json!({"code": "garden", "name": {"fa": "باغ غدیر"}, "district_id": first}))
            .await;
        let stands: Vec<Value> = (0..10)
            .map(|night| json!({"night": night, "district_id": if night < 5 { second } else { third }}))
            .collect();
        let base = self
            .create(
                "venues",
                json!({"code": "base", "name": {"fa": "پایگاه سیار"}, "kind": "mobile", "stands": stands}),
            )
            .await;
        let municipality = self
            .create(
                "partners",
                json!({"code": "m1", "name": {"fa": "شهرداری منطقهٔ ۱"}, "district_id": first}),
            )
            .await;
        let gift = json!({"partner_id": municipality, "kind": "place", "description": "باغ غدیر، ده شب", "venue_id": garden});
        self.create("contributions", gift).await;

        let specialties = self.get("specialties?limit=500").await;
        let specialty = |code: &str| {
            let found = specialties["items"].as_array().unwrap().iter().find(|row| row["code"] == code);
            found.unwrap_or_else(|| panic!("{specialties}"))["id"].clone()
        };
        let (health, culture) = (specialty("health"), specialty("culture"));
        let shifts = (0..10).flat_map(|night| {
            [("garden", &garden), ("base", &base)].map(|(code, venue)| {
                let day = 8 + night;
                json!({
                    "code": format!("{code}-{night}"), "venue_id": venue, "night": night,
                    "starts_at": format!("2027-04-{day:02}T16:30:00Z"), "ends_at": format!("2027-04-{day:02}T19:30:00Z"),
                })
            })
        });
        let shifts = self.create_all("shifts", shifts.collect()).await;
        let positions = shifts.iter().enumerate().flat_map(|(k, shift)| {
            [("health", &health, 1, 2), ("culture", &culture, 1, 1)].map(|(code, specialty, minimum, desired)| {
                json!({"code": format!("p{k}-{code}"), "shift_id": shift, "specialty_id": specialty, "minimum": minimum, "desired": desired})
            })
        });
        let positions = self.create_all("positions", positions.collect()).await;
        let listed = self.get("shifts?limit=500").await;
        let stands: BTreeMap<String, Value> = listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|shift| (shift["id"].to_string(), shift["district_id"].clone()))
            .collect();
        self.position_districts = positions
            .iter()
            .enumerate()
            .map(|(k, id)| (id.to_string(), stands[&shifts[k / 2].to_string()].clone()))
            .collect();
    }

    /// The volunteers, from the secretary's file: looked at first, then all that can be taken.
    async fn import(&self) {
        let send = async |mode: &str| {
            let url = format!("{}/volunteers/import?mode={mode}", self.path);
            self.app.send(url, "text/csv", VOLUNTEERS).by(&self.organizer).await
        };
        let looked_at = send("dry-run").await.expect(StatusCode::OK);
        assert_eq!(
            looked_at["summary"],
            json!({"rows": 14, "created": 0, "would_create": 12, "duplicates": 1, "rejected": 1})
        );
        assert_eq!(send("all-or-nothing").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let taken = send("good-rows").await.expect(StatusCode::CREATED);
        assert_eq!((&taken["summary"]["created"], &taken["summary"]["rejected"]), (&json!(12), &json!(1)));
    }

    /// Asks for a roster, has it solved, and publishes it.
    async fn roster(&self) -> Value {
        let asked = self.post("plans", json!({"seconds": 2, "seed": 1})).await;
        let plan = asked.header(header::LOCATION).to_owned();
        assert_eq!(asked.expect(StatusCode::ACCEPTED)["state"], "queued");
        assert!(Worker::new(Store::clone(&self.app.state.store), 1).turn(&unstopped()).await.unwrap());
        let solved = self.app.get(&plan).by(&self.organizer).await.expect(StatusCode::OK);
        assert_eq!((&solved["state"], &solved["error"]), (&json!("completed"), &Value::Null));
        let published = self.app.post(format!("{plan}/publish"), Value::Null).by(&self.organizer).await;
        published.expect(StatusCode::OK)
    }

    /// Who serves where.
    async fn assignments(&self, by: &Person) -> Vec<Value> {
        let page =
            self.app.get(format!("{}/assignments?limit=500", self.path)).by(by).await.expect(StatusCode::OK);
        assert_eq!(page["next_cursor"], Value::Null);
        page["items"].as_array().unwrap().clone()
    }

    /// Someone with a part in the festival, who then signs in.
    async fn member(&self, username: &str, mut part: Value) -> Person {
        part["username"] = json!(username);
        part["name"] = json!(username);
        part["password"] = json!(PASSWORD);
        self.create("members", part).await;
        sign_in(self.app, username).await
    }
}

fn of<'a>(assignments: &'a [Value], volunteer: &Value) -> Vec<&'a Value> {
    assignments.iter().filter(|assignment| assignment["seat"]["volunteer_id"] == *volunteer).collect()
}

/// A volunteer reads her nights on a phone, twice, and has them in her calendar.
async fn reads_her_nights(story: &Story<'_>, assignments: &[Value], volunteer: &Value) {
    let app = story.app;
    let phone = story.member("khademyar", json!({"role": "volunteer", "volunteer_id": volunteer})).await;
    let schedule = app.get("/v1/me/schedule").by(&phone).with("accept-language", "fa").await;
    let tag = schedule.header(header::ETAG).to_owned();
    let nights = schedule.expect(StatusCode::OK)["nights"].as_array().unwrap().clone();
    let services: Vec<&Value> =
        nights.iter().flat_map(|night| night["services"].as_array().unwrap()).collect();
    let mine = of(assignments, volunteer);
    assert!(!mine.is_empty());
    let starts =
        |rows: &mut dyn Iterator<Item = &Value>| -> BTreeSet<String> { rows.map(Value::to_string).collect() };
    assert_eq!(
        starts(&mut services.iter().map(|service| &service["starts_at"])),
        starts(&mut mine.iter().map(|assignment| &assignment["seat"]["starts_at"])),
    );
    let again =
        app.get("/v1/me/schedule").by(&phone).with("accept-language", "fa").with("if-none-match", &tag).await;
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));

    let secret = app.post("/v1/me/calendar", Value::Null).by(&phone).await.expect(StatusCode::CREATED);
    let address = secret["url"].as_str().unwrap().strip_prefix("http://roster.test").unwrap().to_owned();
    let feed = app.get(address).await;
    assert_eq!(feed.status, StatusCode::OK);
    let calendar: Calendar = std::str::from_utf8(&feed.bytes).unwrap().parse().unwrap();
    let events: Vec<_> = calendar.components.iter().filter_map(CalendarComponent::as_event).collect();
    assert_eq!(events.len(), mine.len());
    let uids: BTreeSet<_> = events.iter().map(|event| event.get_uid().unwrap()).collect();
    assert_eq!(uids.len(), mine.len());

    // Her own nights, and nothing else of the festival.
    for denied in ["assignments", "coverage", "unfilled", "volunteers", "reports/thank-you", "plans"] {
        let answer = app.get(format!("{}/{denied}", story.path)).by(&phone).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{denied}");
    }
}

/// A coordinator sees what is covered in her district, and nothing of the others.
async fn sees_her_district(story: &Story<'_>, assignments: &[Value]) {
    let app = story.app;
    let [first, second, _] = &story.districts[..] else { panic!("three districts") };
    let desk = story.member("coordinator", json!({"role": "coordinator", "district_ids": [first]})).await;
    let here = |assignment: &&Value| assignment["seat"]["district_id"] == *first;
    let filled = assignments.iter().filter(here).count();

    let coverage = app.get(format!("{}/coverage", story.path)).by(&desk).await.expect(StatusCode::OK);
    assert_eq!((&coverage["total"]["filled"], &coverage["total"]["positions"]), (&json!(filled), &json!(20)));
    assert_eq!(coverage["total"]["desired"], json!(30));
    assert!(coverage["cells"].as_array().unwrap().iter().all(|cell| cell["district_id"] == *first));
    assert_eq!(story.assignments(&desk).await.len(), filled);
    let missing = coverage["total"]["missing"].as_u64().unwrap();
    let unfilled =
        app.get(format!("{}/unfilled?limit=500", story.path)).by(&desk).await.expect(StatusCode::OK);
    let unfilled = unfilled["items"].as_array().unwrap();
    let seats = |row: &Value| row["desired"].as_u64().unwrap() - row["filled"].as_u64().unwrap();
    assert_eq!(unfilled.iter().map(seats).sum::<u64>(), missing);
    assert!(unfilled.iter().all(|row| story.position_districts[&row["position_id"].to_string()] == *first));

    for list in ["coverage", "unfilled", "assignments"] {
        let elsewhere = format!("{}/{list}?district_id={}", story.path, second.as_str().unwrap());
        assert_eq!(app.get(&elsewhere).by(&desk).await.status, StatusCode::FORBIDDEN, "{list}");
        app.get(&elsewhere).by(&story.organizer).await.expect(StatusCode::OK);
    }
    let people =
        app.get(format!("{}/volunteers?limit=500", story.path)).by(&desk).await.expect(StatusCode::OK);
    let people = people["items"].as_array().unwrap();
    assert_eq!(people.len(), 5);
    assert!(people.iter().all(|volunteer| volunteer["home_district_id"] == *first));
    for list in ["partners", "members", "reports/thank-you"] {
        let answer = app.get(format!("{}/{list}", story.path)).by(&desk).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{list}");
    }
    let asked = app.post(format!("{}/plans", story.path), json!({"seconds": 1})).by(&desk).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    let other = app.person("hassan", true).await;
    let founded = json!({"name": {"fa": "نیمهٔ شعبان"}, "first_night": "2027-01-20"});
    let other = app.post("/v1/festivals", founded).by(&other).await.expect(StatusCode::CREATED);
    let theirs = format!("/v1/festivals/{}/coverage", other["id"].as_str().unwrap());
    assert_eq!(app.get(theirs).by(&desk).await.status, StatusCode::NOT_FOUND);
}

/// The assignments that take a seat.
async fn holding(story: &Story<'_>) -> Vec<Value> {
    let assignments = story.assignments(&story.organizer).await.into_iter();
    assignments.filter(|row| row["state"] == "offered" || row["state"] == "accepted").collect()
}

/// One declines and another takes the empty seat; one has another cover for her; two change places. `known` is who has signed
/// in before.
async fn life_goes_on(story: &Story<'_>, known: &Value) {
    let app = story.app;
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    for (k, volunteer) in
        story.get("volunteers?limit=500").await["items"].as_array().unwrap().iter().enumerate()
    {
        let id = &volunteer["id"];
        let person = if id == known {
            app.known("khademyar").await
        } else {
            let part = json!({"role": "volunteer", "volunteer_id": id});
            someone(app, &story.organizer, &story.path, &format!("volunteer{k}"), part).await
        };
        people.insert(id.to_string(), person);
    }
    let who = |row: &Value| &people[&row["seat"]["volunteer_id"].to_string()];
    let at = |row: &Value, word: &str| format!("/v1/me/assignments/{}/{word}", row["id"].as_str().unwrap());
    // Whoever could take this one's seat, the best first.
    let candidates = async |row: &Value| -> Vec<Value> {
        let (position, volunteer) = (&row["seat"]["position_id"], &row["seat"]["volunteer_id"]);
        let path = format!(
            "positions/{}/candidates?instead_of={}",
            position.as_str().unwrap(),
            volunteer.as_str().unwrap()
        );
        let told = story.get(&path).await["candidates"].as_array().unwrap().clone();
        told.into_iter().filter(|one| one["volunteer_id"] != *volunteer).collect()
    };
    let replaceable = async || {
        for row in holding(story).await {
            if !candidates(&row).await.is_empty() {
                return row;
            }
        }
        panic!("nobody can be replaced")
    };
    let takes = async |person: &Person, cover: &Value| {
        let path = format!("/v1/me/covers/{}/accept", cover["id"].as_str().unwrap());
        app.post(path, Value::Null).by(person).await.expect(StatusCode::OK)
    };

    // Declined, and the empty seat is taken by the first who says yes.
    let declined = replaceable().await;
    app.post(at(&declined, "decline"), json!({"reason": "family"}))
        .by(who(&declined))
        .await
        .expect(StatusCode::OK);
    let best = candidates(&declined).await[0].clone();
    let ask = format!("positions/{}/covers", declined["seat"]["position_id"].as_str().unwrap());
    let call = story.post(&ask, json!({})).await.expect(StatusCode::CREATED);
    let taken = takes(&people[&best["volunteer_id"].to_string()], &call).await;
    assert_eq!(
        (&taken["state"], &taken["taker"]["volunteer_id"]),
        (&json!("approved"), &best["volunteer_id"])
    );

    // Covered.
    let covered = replaceable().await;
    app.post(at(&covered, "accept"), Value::Null).by(who(&covered)).await.expect(StatusCode::OK);
    let best = candidates(&covered).await[0]["volunteer_id"].clone();
    let ask = json!({"volunteer_ids": [best]});
    let cover = app.post(at(&covered, "covers"), ask).by(who(&covered)).await.expect(StatusCode::CREATED);
    takes(&people[&best.to_string()], &cover).await;

    // Changed places, where the rules allow it.
    let rows = holding(story).await;
    let pairs = rows.iter().flat_map(|mine| rows.iter().map(move |theirs| (mine, theirs)));
    for (mine, theirs) in
        pairs.filter(|(mine, theirs)| mine["seat"]["shift_id"] != theirs["seat"]["shift_id"])
    {
        let ask = json!({"assignment_id": theirs["id"]});
        let asked = app.post(at(mine, "swaps"), ask).by(who(mine)).await;
        if asked.status != StatusCode::CREATED {
            assert_eq!(asked.body["type"], "urn:khademyar:problem:not-eligible");
            continue;
        }
        takes(who(theirs), &asked.body).await;
        let after = holding(story).await;
        let has = |of: &Value, seat: &Value| {
            after.iter().any(|row| {
                row["seat"]["volunteer_id"] == of["seat"]["volunteer_id"]
                    && row["seat"]["position_id"] == seat["seat"]["position_id"]
            })
        };
        assert!(has(mine, theirs) && has(theirs, mine) && !has(mine, mine) && !has(theirs, theirs));
        assert_eq!(after.len(), rows.len());
        return;
    }
    panic!("no two can change places");
}

/// When the nights are over the roll is called: one did not come, one was there for an hour, all others to the end. The
/// assignments of those who came.
async fn calls_the_roll(story: &mut Story<'_>) -> Vec<Value> {
    let over: DateTime<Utc> = "2027-04-20T12:00:00Z".parse().unwrap();
    story.app.state.clock.advance(over - story.app.state.clock.now());
    story.organizer.token = story.app.token(story.organizer.id).await;
    let rows = holding(story).await;
    let event = |(k, row): (usize, &Value)| {
        let (kind, minutes) = match k {
            0 => ("absent", None),
            1 => ("partial", Some(60)),
            _ => ("present", None),
        };
        json!({"id": Uuid::now_v7(), "assignment_id": row["id"], "kind": kind, "minutes": minutes,
               "at": row["seat"]["ends_at"]})
    };
    let items: Vec<Value> = rows.iter().enumerate().map(event).collect();
    let told = story.post("attendance-events", json!({"items": items})).await.expect(StatusCode::OK);
    assert!(told["items"].as_array().unwrap().iter().all(|item| item["outcome"] == "accepted"), "{told}");

    let after = story.assignments(&story.organizer).await;
    let came: Vec<Value> = after.into_iter().filter(|row| row["state"] == "completed").collect();
    assert_eq!(came.len(), rows.len() - 1);
    assert_eq!(minutes(&came), (rows.len() as i64 - 2) * MINUTES + 60);
    came
}

/// What these were credited with, together.
fn minutes<'a>(rows: impl IntoIterator<Item = &'a Value>) -> i64 {
    rows.into_iter().map(|row| row["minutes_served"].as_i64().unwrap()).sum()
}

/// The totals of the report are those of the assignments, whichever way they are added up.
async fn thanks_everyone(story: &Story<'_>, assignments: &[Value]) {
    let report = story.get("reports/thank-you").await;
    let all = assignments.len() as i64;
    let effort = &report["festival"]["effort"];
    assert_eq!((&effort["assignments"], &effort["minutes"]), (&json!(all), &json!(minutes(assignments))));
    assert_eq!(
        (&report["festival"]["roll_taken"], &report["festival"]["unknown"]),
        (&json!(true), &json!(0))
    );
    let serving: BTreeSet<String> =
        assignments.iter().map(|assignment| assignment["seat"]["volunteer_id"].to_string()).collect();
    assert_eq!(
        (&effort["volunteers"], &report["festival"]["registered"]),
        (&json!(serving.len()), &json!(12))
    );

    let volunteers = report["volunteers"].as_array().unwrap();
    assert_eq!(volunteers.len(), serving.len());
    for thanks in volunteers {
        let theirs = of(assignments, &thanks["id"]);
        let nights: BTreeSet<i64> = theirs.iter().map(|row| row["seat"]["night"].as_i64().unwrap()).collect();
        assert_eq!(
            (&thanks["shifts"], &thanks["nights"]),
            (&json!(theirs.len()), &json!(nights.len())),
            "{thanks}"
        );
        assert_eq!(thanks["minutes"], json!(minutes(theirs)));
    }
    for district in report["districts"].as_array().unwrap() {
        let here = |row: &&Value| row["seat"]["district_id"] == district["id"];
        assert_eq!(
            district["hosted"]["assignments"],
            json!(assignments.iter().filter(here).count()),
            "{district}"
        );
    }
    let sum = |list: &str, of: fn(&Value) -> &Value| -> i64 {
        report[list].as_array().unwrap().iter().map(|thanks| of(thanks).as_i64().unwrap()).sum()
    };
    assert_eq!(sum("districts", |thanks| &thanks["sent"]["assignments"]), all);
    assert_eq!(sum("venues", |thanks| &thanks["effort"]["assignments"]), all);
    assert_eq!(report["partners"][0]["contributions"][0]["description"], "باغ غدیر، ده شب");

    let csv = format!("{}/reports/thank-you?format=csv&table=volunteers", story.path);
    let csv = story.app.get(csv).by(&story.organizer).await;
    assert_eq!(
        (csv.status, String::from_utf8(csv.bytes).unwrap().lines().count()),
        (StatusCode::OK, 1 + serving.len())
    );
    let letter =
        format!("{}/reports/thank-you/districts/{}", story.path, story.districts[0].as_str().unwrap());
    let letter = story.app.get(letter).by(&story.organizer).await;
    assert!(String::from_utf8(letter.bytes).unwrap().contains("مهندس رضا امینی"));
}

/// The whole of it; returns the organizer, signed in still, and the festival's path.
pub(crate) async fn from_nothing_to_thanks(app: &TestApp) -> (Person, String) {
    let mut story = Story::begin(app).await;
    story.set_up().await;
    story.import().await;
    let published = story.roster().await;

    let assignments = story.assignments(&story.organizer).await;
    assert_eq!(published["publication"]["offered"], json!(assignments.len()));
    assert!(assignments.iter().all(|assignment| assignment["state"] == "offered"));
    let coverage = story.get("coverage").await;
    assert_eq!(coverage["total"]["filled"], json!(assignments.len()));

    let most = assignments
        .iter()
        .map(|assignment| &assignment["seat"]["volunteer_id"])
        .max_by_key(|volunteer| of(&assignments, volunteer).len())
        .unwrap();
    reads_her_nights(&story, &assignments, most).await;
    sees_her_district(&story, &assignments).await;
    life_goes_on(&story, most).await;
    let assignments = calls_the_roll(&mut story).await;
    thanks_everyone(&story, &assignments).await;
    (story.organizer, story.path)
}

#[tokio::test]
async fn a_festival_from_nothing_to_its_thanks() {
    on_each_api(async |app| {
        from_nothing_to_thanks(app).await;
    })
    .await;
}
