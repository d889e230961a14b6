//! People register by themselves, and are let in by those who know them.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    parts::someone,
};

const ZAHRA: &str = "09121234567";

/// A festival with two districts and a centre in each, where people may register.
struct World {
    organizer: Person,
    path: String,
    districts: [String; 2],
    centres: [String; 2],
}

impl World {
    async fn on(app: &TestApp) -> Self {
        let (organizer, path) = app.festival().await;
        let create = async |list: &str, body: Value| {
            let made = app.post(format!("{path}/{list}"), body).by(&organizer).await;
            made.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
        };
        let district = |code: &str| json!({"code": code, "name": {"fa": "منطقه"}, "priority": 3});
        let districts =
            [create("districts", district("d1")).await, create("districts", district("d2")).await];
        let centre =
            |k: usize| json!({"code": format!("c{k}"), "name": {"fa": "کانون"}, "district_id": districts[k]});
        let centres = [create("centres", centre(0)).await, create("centres", centre(1)).await];
        let world = Self { organizer, path, districts, centres };
        world.set_open(app, true).await;
        world
    }

    async fn set_open(&self, app: &TestApp, open: bool) {
        let path = format!("{}/registration", self.path);
        let set = app.put(&path, json!({"open": open})).by(&self.organizer).await.expect(StatusCode::OK);
        assert_eq!(set["open"], open);
        assert_eq!(app.get(&path).by(&self.organizer).await.body["open"], open);
    }

    /// Where the form is, and is sent to.
    fn form_path(&self) -> String {
        format!("/v1/registration-forms/{}", self.path.rsplit('/').next().unwrap())
    }

    /// Somebody who lives in the district of this place, as they fill in the form.
    fn form(&self, phone: &str, district: usize, centre: Option<usize>) -> Value {
        json!({"name": "زهرا کریمی", "phone": phone, "gender": "woman", "birth_year": 1995,
               "home_district_id": self.districts[district], "centre_id": centre.map(|k| &self.centres[k]),
               "nights": [0, 3]})
    }

    async fn register(&self, app: &TestApp, form: Value) -> Answer {
        app.post(self.form_path(), form).from("192.0.2.7").await
    }

    /// Those whom someone may let in, by phone, with their paths.
    async fn waiting(&self, app: &TestApp, who: &Person) -> Vec<(String, String)> {
        let list = app.get(format!("{}/registrations", self.path)).by(who).await.expect(StatusCode::OK);
        let items = list["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| {
                let phone = item["registration"]["phone"].as_str().unwrap().to_owned();
                (phone, format!("{}/registrations/{}", self.path, item["id"].as_str().unwrap()))
            })
            .collect()
    }
}

#[tokio::test]
async fn who_registers_waits_is_let_in_and_signs_in() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let form = app.get(world.form_path()).await.expect(StatusCode::OK);
        assert_eq!(form["festival_name"]["fa"], "دههٔ کرامت");
        assert_eq!(form["nights"].as_array().unwrap().len(), 10);
        assert_eq!(form["districts"][0]["id"], world.districts[0].as_str());
        assert_eq!(form["centres"][1]["id"], world.centres[1].as_str());

        world.register(app, world.form(ZAHRA, 0, Some(0))).await.expect(StatusCode::ACCEPTED);
        app.post("/v1/auth/codes", json!({"phone": ZAHRA})).await.expect(StatusCode::ACCEPTED);
        assert_eq!(app.messages().await, Vec::<Value>::new());
        let part = json!({"role": "secretary", "centre_id": world.centres[0]});
        let secretary = someone(app, &world.organizer, &world.path, "secretary", part).await;
        let waiting = world.waiting(app, &secretary).await;
        assert_eq!(waiting[0].0, "+989121234567");
        let approved = app.post(format!("{}/approve", waiting[0].1), json!({})).by(&secretary).await;
        let approved = approved.expect(StatusCode::CREATED);

        assert_eq!(approved["available"], json!([{"night": 0}, {"night": 3}]));
        let volunteer = format!("{}/volunteers/{}", world.path, approved["id"].as_str().unwrap());
        let volunteer = app.get(volunteer).by(&world.organizer).await.expect(StatusCode::OK);
        assert_eq!(
            (&volunteer["name"]["fa"], &volunteer["centre_id"]),
            (&json!("زهرا کریمی"), &json!(world.centres[0]))
        );
        assert_eq!(world.waiting(app, &world.organizer).await, []);
        let told = app.messages().await;
        assert_eq!(told[0]["to"], "+989121234567");
        assert!(told[0]["text"].as_str().unwrap().contains("دههٔ کرامت"));
        app.state.clock.advance(chrono::TimeDelta::minutes(2));
        app.post("/v1/auth/codes", json!({"phone": ZAHRA})).await.expect(StatusCode::ACCEPTED);
        let code = app.messages().await.last().unwrap()["code"].clone();
        let signed = app.post("/v1/auth/codes/verify", json!({"phone": ZAHRA, "code": code})).await;
        signed.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn only_those_who_look_after_a_district_or_a_centre_let_its_people_in() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let (organizer, path) = (&world.organizer, &world.path);
        world.register(app, world.form("09120000001", 0, None)).await.expect(StatusCode::ACCEPTED);
        world.register(app, world.form("09120000002", 1, Some(1))).await.expect(StatusCode::ACCEPTED);
        world.register(app, world.form("09120000003", 1, Some(0))).await.expect(StatusCode::ACCEPTED);
        let north = json!({"role": "coordinator", "district_ids": [world.districts[0]]});
        let north = someone(app, organizer, path, "north", north).await;
        let secretary = json!({"role": "secretary", "centre_id": world.centres[0]});
        let secretary = someone(app, organizer, path, "secretary", secretary).await;
        let partner = json!({"role": "partner", "district_ids": [world.districts[0]]});
        let partner = someone(app, organizer, path, "partner", partner).await;

        let phones = |waiting: &[(String, String)]| -> Vec<String> {
            waiting.iter().map(|(phone, _)| phone[phone.len() - 1..].to_owned()).collect()
        };
        let all = world.waiting(app, organizer).await;
        assert_eq!(phones(&all), ["1", "2", "3"]);
        assert_eq!(phones(&world.waiting(app, &north).await), ["1"]);
        assert_eq!(phones(&world.waiting(app, &secretary).await), ["3"]);
        app.get(format!("{path}/registrations")).by(&partner).await.expect(StatusCode::FORBIDDEN);

        for (who, one) in [(&north, &all[1].1), (&secretary, &all[0].1), (&secretary, &all[1].1)] {
            for verb in ["approve", "decline"] {
                let refused = app.post(format!("{one}/{verb}"), json!({})).by(who).await;
                refused.expect(StatusCode::NOT_FOUND);
            }
        }
        app.post(format!("{}/approve", all[0].1), json!({})).by(&north).await.expect(StatusCode::CREATED);
        app.post(format!("{}/decline", all[2].1), json!({}))
            .by(&secretary)
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(phones(&world.waiting(app, organizer).await), ["2"]);
    })
    .await;
}

#[tokio::test]
async fn who_is_declined_is_forgotten() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        world.register(app, world.form(ZAHRA, 0, None)).await.expect(StatusCode::ACCEPTED);
        let audit = format!("{}/audit", world.path);
        let before = app.get(&audit).by(&world.organizer).await;
        assert!(String::from_utf8_lossy(&before.bytes).contains("9121234567"));

        let waiting = world.waiting(app, &world.organizer).await;
        let declined = app.post(format!("{}/decline", waiting[0].1), json!({})).by(&world.organizer).await;
        declined.expect(StatusCode::NO_CONTENT);

        let after = app.get(&audit).by(&world.organizer).await;
        let told = String::from_utf8_lossy(&after.bytes);
        assert!(!told.contains("9121234567") && !told.contains("زهرا"), "{told}");
        assert!(told.contains("decline_registration"));
        let people = app.get(format!("{}/volunteers", world.path)).by(&world.organizer).await;
        assert_eq!(people.body["items"], json!([]));
        // They may come again.
        world.register(app, world.form(ZAHRA, 0, None)).await.expect(StatusCode::ACCEPTED);
        assert_eq!(world.waiting(app, &world.organizer).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_who_is_registered_already() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let volunteer = json!({"code": "v", "name": {"fa": "مریم"}, "gender": "woman", "phone": "09121111111",
                               "home_district_id": world.districts[0]});
        let volunteers = format!("{}/volunteers", world.path);
        app.post(volunteers, volunteer).by(&world.organizer).await.expect(StatusCode::CREATED);

        let new = world.register(app, world.form(ZAHRA, 0, None)).await;
        let waits = world.register(app, world.form(ZAHRA, 0, None)).await;
        let serves = world.register(app, world.form("09121111111", 0, None)).await;

        for answer in [&new, &waits, &serves] {
            assert_eq!((answer.status, &answer.bytes), (StatusCode::ACCEPTED, &new.bytes));
        }
        assert_eq!(world.waiting(app, &world.organizer).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_festival_that_is_not_open_takes_nobody_and_tells_nothing() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        world.register(app, world.form(ZAHRA, 0, None)).await.expect(StatusCode::ACCEPTED);
        world.set_open(app, false).await;

        world.register(app, world.form("09120000001", 0, None)).await.expect(StatusCode::NOT_FOUND);
        app.get(world.form_path()).await.expect(StatusCode::NOT_FOUND);

        assert_eq!(world.waiting(app, &world.organizer).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_form_is_checked_and_takes_no_rights() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let refused = async |change: &dyn Fn(&mut Value)| {
            let mut form = world.form(ZAHRA, 0, None);
            change(&mut form);
            let answer = world.register(app, form).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
            answer.faults()
        };

        let elsewhere = |form: &mut Value| form["home_district_id"] = json!(uuid::Uuid::nil());
        assert!(refused(&elsewhere).await.contains_key("/home_district_id"));
        assert!(refused(&|form| form["nights"] = json!([10])).await.contains_key("/nights/0"));
        assert_eq!(refused(&|form| form["nights"] = json!([1, 1])).await["/nights/1"], "twice");
        assert!(refused(&|form| form["phone"] = json!("0912")).await.contains_key("/phone"));
        for field in ["id", "role", "operator", "skills", "code", "volunteer_id", "approved"] {
            refused(&|form| form[field] = json!("organizer")).await;
        }
        assert_eq!(world.waiting(app, &world.organizer).await, []);
    })
    .await;
}

#[tokio::test]
async fn an_address_registers_no_more_than_thirty_people_an_hour() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        for k in 0..30 {
            let form = world.form(&format!("091200000{k:02}"), 0, None);
            world.register(app, form).await.expect(StatusCode::ACCEPTED);
        }

        let blocked = world.register(app, world.form(ZAHRA, 0, None)).await;

        assert!(blocked.header(header::RETRY_AFTER).parse::<u32>().unwrap() > 3_000);
        blocked.expect(StatusCode::TOO_MANY_REQUESTS);
        let elsewhere = app.post(world.form_path(), world.form(ZAHRA, 0, None));
        elsewhere.from("198.51.100.9").await.expect(StatusCode::ACCEPTED);
    })
    .await;
}
