//! Users' parts in a festival: who may give them, and what cannot be done with them.

use axum::http::{StatusCode, header};
use khademyar_domain::rights::Actor;
use khademyar_storage::users;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, on_each_api};

const PASSWORD: &str = "سپید و سبز و بهار";

struct Festival {
    organizer: Person,
    path: String,
    district: Value,
    volunteer: Value,
}

/// A festival with a district and a volunteer who lives there.
async fn festival(app: &TestApp) -> Festival {
    let (organizer, path) = app.festival().await;
    let district = json!({"code": "d1", "name": {"fa": "منطقهٔ ۱"}, "priority": 3});
    let district = app.post(format!("{path}/districts"), district).by(&organizer).await;
    let district = district.expect(StatusCode::CREATED)["id"].clone();
    let volunteer =
        json!({"code": "v1", "name": {"fa": "مریم امینی"}, "gender": "woman", "home_district_id": district});
    let volunteer = app.post(format!("{path}/volunteers"), volunteer).by(&organizer).await;
    let volunteer = volunteer.expect(StatusCode::CREATED)["id"].clone();
    Festival { organizer, path, district, volunteer }
}

impl Festival {
    async fn add(&self, app: &TestApp, member: Value) -> Answer {
        app.post(format!("{}/members", self.path), member).by(&self.organizer).await
    }
}

fn organizer(username: &str) -> Value {
    json!({"username": username, "name": "کاربر", "role": "organizer", "password": PASSWORD})
}

#[tokio::test]
async fn a_part_makes_a_user_who_can_do_what_it_says() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let member = json!({
            "username": "narges", "name": "نرگس", "role": "coordinator", "password": PASSWORD,
            "district_ids": [here.district, here.district],
        });

        let created = here.add(app, member).await;
        let location = created.header(header::LOCATION).to_owned();
        let created = created.expect(StatusCode::CREATED);

        assert_eq!(created["district_ids"], json!([here.district]));
        assert!(created.get("password").is_none());
        let read = app.get(location).by(&here.organizer).await;
        assert_eq!(read.header(header::ETAG), "\"1\"");
        assert_eq!(read.expect(StatusCode::OK), created);
        let narges = app.known("narges").await;
        let me = app.get("/v1/me").by(&narges).await.expect(StatusCode::OK);
        assert_eq!(me["parts"][0]["district_ids"], json!([here.district]));
        app.get(format!("{}/volunteers", here.path)).by(&narges).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn nobody_gets_another_password_or_name_by_being_given_a_part() {
    on_each_api(async |app| {
        let here = festival(app).await;
        here.add(app, organizer("zahra")).await.expect(StatusCode::CREATED);
        let there = app.person("founder", true).await;
        let founded = json!({"name": {"fa": "جشن"}, "first_night": "2027-08-01"});
        let founded = app.post("/v1/festivals", founded).by(&there).await.expect(StatusCode::CREATED);
        let path = format!("/v1/festivals/{}/members", founded["id"].as_str().unwrap());
        let stolen =
            json!({"username": "zahra", "name": "دیگری", "role": "organizer", "password": "گذرواژهٔ دیگر من"});

        let added = app.post(&path, stolen.clone()).by(&there).await;
        let location = added.header(header::LOCATION).to_owned();
        let added = added.expect(StatusCode::CREATED);

        assert_eq!(added["name"], "کاربر");
        let sign_in = async |password: &str| {
            app.post("/v1/auth/token", json!({"username": "zahra", "password": password})).await.status
        };
        assert_eq!(sign_in("گذرواژهٔ دیگر من").await, StatusCode::UNAUTHORIZED);
        assert_eq!(sign_in(PASSWORD).await, StatusCode::OK);
        let renamed = json!({"username": "zahra", "name": "دیگری", "role": "organizer"});
        let renamed = app.put(location, renamed).by(&there).await;
        assert_eq!(
            (renamed.status, &*renamed.faults()["/name"]),
            (StatusCode::UNPROCESSABLE_ENTITY, "known_elsewhere")
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_part_is_named() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let nobody = "00000000-0000-7000-8000-000000000000";
        let cases = [
            (json!({"username": "new.one", "role": "organizer"}), "/password", "required"),
            (json!({"username": "New One", "role": "organizer", "password": PASSWORD}), "/username", "pattern"),
            (json!({"username": "new.one", "role": "organizer", "password": "short"}), "/password", "min_length"),
            (json!({"username": "new.one", "role": "coordinator", "password": PASSWORD}), "/district_ids", "role_mismatch"),
            (json!({"username": "new.one", "role": "volunteer", "password": PASSWORD}), "/volunteer_id", "role_mismatch"),
            (
                json!({"username": "new.one", "role": "coordinator", "password": PASSWORD, "district_ids": [nobody]}),
                "/district_ids/0",
                "unknown_reference",
            ),
            (
                json!({"username": "new.one", "role": "volunteer", "password": PASSWORD, "volunteer_id": nobody}),
                "/volunteer_id",
                "unknown_reference",
            ),
        ];
        for (mut member, path, code) in cases {
            member["name"] = json!("کاربر");
            let answer = here.add(app, member).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(answer.faults().get(path).map(String::as_str), Some(code), "{:?}", answer.body);
        }
        assert!(users::find(&app.state.store.reader(), "new.one").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_role_is_given_once_and_a_volunteer_is_one_user() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let volunteer = |username: &str| {
            let member = json!({"name": "مریم", "role": "volunteer", "password": PASSWORD});
            let mut member = member;
            (member["username"], member["volunteer_id"]) = (json!(username), here.volunteer.clone());
            member
        };

        here.add(app, volunteer("maryam")).await.expect(StatusCode::CREATED);
        here.add(app, organizer("maryam")).await.expect(StatusCode::CREATED);

        let again = here.add(app, organizer("maryam")).await;
        assert!(again.faults().contains_key("/role"), "{:?}", again.body);
        again.expect(StatusCode::CONFLICT);
        let other = here.add(app, volunteer("other")).await;
        assert!(other.faults().contains_key("/volunteer_id"), "{:?}", other.body);
        other.expect(StatusCode::CONFLICT);
        assert!(users::find(&app.state.store.reader(), "other").await.unwrap().is_none());
        let Actor { parts, .. } =
            users::actor(&app.state.store.reader(), app.known("maryam").await.id).await.unwrap().unwrap();
        assert_eq!(parts.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_festival_keeps_an_organizer() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let members = format!("{}/members", here.path);
        let list = app.get(&members).by(&here.organizer).await.expect(StatusCode::OK);
        let founder = format!("{members}/{}", list["items"][0]["id"].as_str().unwrap());
        let demoted = json!({
            "username": "organizer", "name": "organizer", "role": "coordinator", "district_ids": [here.district],
        });

        for refused in [app.delete(&founder).by(&here.organizer), app.put(&founder, demoted.clone()).by(&here.organizer)] {
            let refused = refused.await;
            assert_eq!(refused.body["type"], "urn:khademyar:problem:last-organizer");
            refused.expect(StatusCode::CONFLICT);
        }
        here.add(app, organizer("second")).await.expect(StatusCode::CREATED);
        let coordinator = app.put(&founder, demoted).by(&here.organizer).await.expect(StatusCode::OK);
        assert_eq!((&coordinator["version"], &coordinator["role"]), (&json!(2), &json!("coordinator")));

        // The founder organizes no longer, and the second has become the last.
        app.get(&members).by(&here.organizer).await.expect(StatusCode::FORBIDDEN);
        let second = app.known("second").await;
        let list = app.get(format!("{members}?username=Second")).by(&second).await.expect(StatusCode::OK);
        let last = format!("{members}/{}", list["items"][0]["id"].as_str().unwrap());
        app.delete(last).by(&second).await.expect(StatusCode::CONFLICT);
        app.delete(founder).by(&second).await.expect(StatusCode::NO_CONTENT);
        app.get(&here.path).by(&here.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn of_two_organizers_who_remove_each_other_at_once_one_stays() {
    on_each_api(async |app| {
        let here = festival(app).await;
        here.add(app, organizer("second")).await.expect(StatusCode::CREATED);
        let second = app.known("second").await;
        let list = app.get(format!("{}/members", here.path)).by(&second).await.expect(StatusCode::OK);
        let path_of = |username: &str| {
            let items = list["items"].as_array().unwrap();
            let member = items.iter().find(|item| item["username"] == username).unwrap();
            format!("{}/members/{}", here.path, member["id"].as_str().unwrap())
        };

        let (one, other) = tokio::join!(
            app.delete(path_of("second")).by(&here.organizer).into_future(),
            app.delete(path_of("organizer")).by(&second).into_future(),
        );

        let removed = [&one, &other].iter().filter(|answer| answer.status == StatusCode::NO_CONTENT).count();
        assert_eq!(removed, 1, "{one:?} {other:?}");
        let stays = [&here.organizer, &second];
        let mut reads = 0;
        for person in stays {
            let answer = app.get(format!("{}/members", here.path)).by(person).await;
            reads += usize::from(answer.status == StatusCode::OK);
        }
        assert_eq!(reads, 1);
    })
    .await;
}

#[tokio::test]
async fn a_part_is_replaced_and_no_change_is_lost() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let created = here.add(app, organizer("zahra")).await;
        let path = created.header(header::LOCATION).to_owned();
        let replace = async |member: Value, version: &str| {
            app.put(&path, member).by(&here.organizer).with("if-match", version).await
        };
        let member = json!({"username": "zahra", "name": "زهرا کریمی", "role": "organizer"});

        let renamed = replace(member.clone(), "\"1\"").await.expect(StatusCode::OK);
        assert_eq!((&renamed["name"], &renamed["version"]), (&json!("زهرا کریمی"), &json!(2)));
        let lost = json!({"username": "zahra", "name": "زهرا", "role": "organizer"});
        replace(lost, "\"1\"").await.expect(StatusCode::PRECONDITION_FAILED);
        let fixed =
            replace(json!({"username": "zohreh", "name": "زهرا", "role": "organizer"}), "\"2\"").await;
        assert_eq!(fixed.faults()["/username"], "fixed");
        app.delete(&path)
            .by(&here.organizer)
            .with("if-match", "\"1\"")
            .await
            .expect(StatusCode::PRECONDITION_FAILED);

        let read = app.get(&path).by(&here.organizer).await.expect(StatusCode::OK);
        assert_eq!(read, renamed);
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_page_by_page_and_filtered() {
    on_each_api(async |app| {
        let here = festival(app).await;
        for username in ["a.user", "b.user", "c.user"] {
            let member = json!({
                "username": username, "name": "کاربر", "role": "coordinator", "password": PASSWORD,
                "district_ids": [here.district],
            });
            here.add(app, member).await.expect(StatusCode::CREATED);
        }
        let list = async |query: &str| {
            app.get(format!("{}/members?{query}", here.path)).by(&here.organizer).await.expect(StatusCode::OK)
        };
        let usernames = |page: &Value| -> Vec<String> {
            let items = page["items"].as_array().unwrap();
            items.iter().map(|member| member["username"].as_str().unwrap().to_owned()).collect()
        };

        let mut seen = Vec::new();
        let mut query = "limit=3".to_owned();
        loop {
            let page = list(&query).await;
            seen.extend(usernames(&page));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            query = format!("limit=3&cursor={cursor}");
        }
        assert_eq!(seen, ["a.user", "b.user", "c.user", "organizer"]);
        assert_eq!(usernames(&list("sort=-role").await)[0], "organizer");
        assert_eq!(usernames(&list("role=organizer").await), ["organizer"]);
        assert_eq!(usernames(&list("username=B.User").await), ["b.user"]);
        assert!(usernames(&list("username=nobody").await).is_empty());
        let unknown = app.get(format!("{}/members?rolle=organizer", here.path)).by(&here.organizer).await;
        assert_eq!(unknown.faults()["rolle"], "unknown_parameter");
    })
    .await;
}

#[tokio::test]
async fn only_organizers_deal_with_members() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let coordinator = json!({
            "username": "narges", "name": "نرگس", "role": "coordinator", "password": PASSWORD,
            "district_ids": [here.district],
        });
        let volunteer = json!({
            "username": "maryam", "name": "مریم", "role": "volunteer", "password": PASSWORD,
            "volunteer_id": here.volunteer,
        });
        here.add(app, coordinator).await.expect(StatusCode::CREATED);
        let member = here.add(app, volunteer).await;
        let one = member.header(header::LOCATION).to_owned();
        let body = member.expect(StatusCode::CREATED);
        let change = json!({
            "username": "maryam", "name": "مریم", "role": "volunteer", "volunteer_id": body["volunteer_id"],
        });
        let stranger = app.person("stranger", true).await;
        let all = format!("{}/members", here.path);

        for (person, status) in [
            (Some(app.known("narges").await), StatusCode::FORBIDDEN),
            (Some(app.known("maryam").await), StatusCode::FORBIDDEN),
            (Some(stranger), StatusCode::NOT_FOUND),
            (None, StatusCode::UNAUTHORIZED),
        ] {
            for call in [
                app.get(&all),
                app.post(&all, organizer("intruder")),
                app.get(&one),
                app.put(&one, change.clone()),
                app.delete(&one),
            ] {
                let call = match &person {
                    Some(person) => call.by(person),
                    None => call,
                };
                call.await.expect(status);
            }
        }
        app.get(&one).by(&here.organizer).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_member_of_another_festival_is_none_here() {
    on_each_api(async |app| {
        let here = festival(app).await;
        let founded = json!({"name": {"fa": "جشن"}, "first_night": "2027-08-01"});
        let there = app.post("/v1/festivals", founded).by(&here.organizer).await.expect(StatusCode::CREATED);
        let there = format!("/v1/festivals/{}/members", there["id"].as_str().unwrap());
        let created = here.add(app, organizer("zahra")).await;
        let id = created.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned();
        let one = format!("{there}/{id}");

        app.get(&one).by(&here.organizer).await.expect(StatusCode::NOT_FOUND);
        app.put(&one, json!({"username": "zahra", "name": "کاربر", "role": "organizer"}))
            .by(&here.organizer)
            .await
            .expect(StatusCode::NOT_FOUND);
        app.delete(&one).by(&here.organizer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}
