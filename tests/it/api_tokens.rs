//! Tokens for other systems: what they are good for, and how they end.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    app::{Person, TestApp, on_each_api},
    parts::someone,
};

/// Makes a token; gives its id, and a system that has it.
pub(crate) async fn system(app: &TestApp, maker: &Person, path: &str, grants: Value) -> (String, Person) {
    let body = json!({"name": "سامانهٔ شهر", "grants": grants, "days": 30});
    let made = app.post(format!("{path}/api-tokens"), body).by(maker).await;
    assert_eq!(made.header(header::CACHE_CONTROL), "no-store");
    let made = made.expect(StatusCode::CREATED);
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    (text("id"), Person { id: maker.id, token: text("token") })
}

pub(crate) fn grants(of: &[(&str, &str)]) -> Value {
    of.iter().map(|(data, access)| json!({"data": data, "access": access})).collect()
}

fn district(code: &str) -> Value {
    json!({"code": code, "name": {"fa": "منطقه"}, "priority": 3})
}

#[tokio::test]
async fn a_token_does_what_it_is_for_and_nothing_else() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let (_, reader) = system(app, &organizer, &path, grants(&[("set_up", "read")])).await;

        app.get(format!("{path}/districts")).by(&reader).await.expect(StatusCode::OK);
        app.get(&path).by(&reader).await.expect(StatusCode::OK);

        let refused = app.post(format!("{path}/districts"), district("d1")).by(&reader).await;
        assert_eq!(refused.body["type"], "urn:khademyar:problem:out-of-grant");
        assert!(refused.body["detail"].as_str().unwrap().ends_with("set_up:write"), "{}", refused.body);
        refused.expect(StatusCode::FORBIDDEN);
        for list in ["volunteers", "plans", "assignments", "partners", "audit", "members", "api-tokens"] {
            let answer = app.get(format!("{path}/{list}")).by(&reader).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{list}");
        }
        let (_, writer) = system(app, &organizer, &path, grants(&[("set_up", "write")])).await;
        let made = app.post(format!("{path}/districts"), district("d1")).by(&writer).await;
        made.expect(StatusCode::CREATED);
        app.get(format!("{path}/districts")).by(&writer).await.expect(StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn no_token_changes_who_has_rights_or_is_somebody_who_is_signed_in() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let all = ["set_up", "people", "plans", "roster", "partners", "reports", "audit"];
        let all: Vec<(&str, &str)> =
            all.iter().flat_map(|data| [(*data, "read"), (*data, "write")]).collect();
        let (id, system) = system(app, &organizer, &path, grants(&all)).await;

        let member =
            json!({"username": "mina", "name": "مینا", "role": "organizer", "password": "سپید و سبز و بهار"});
        let another = json!({"name": "دیگری", "grants": grants(&all), "days": 1});
        let festival = json!({"name": {"fa": "دیگر"}, "first_night": "2027-04-08"});
        let password = json!({"old_password": "x", "new_password": "هفت سین و یک سبد سیب"});
        for refused in [
            app.post(format!("{path}/members"), member).by(&system).await,
            app.post(format!("{path}/api-tokens"), another).by(&system).await,
            app.delete(format!("{path}/api-tokens/{id}")).by(&system).await,
            app.post("/v1/festivals", festival).by(&system).await,
            app.get("/v1/festivals").by(&system).await,
            app.delete(&path).by(&system).await,
            app.get("/v1/me").by(&system).await,
            app.put("/v1/me/password", password).by(&system).await,
            app.get("/v1/me/devices").by(&system).await,
            app.delete("/v1/me/devices").by(&system).await,
            app.get("/v1/me/schedule").by(&system).await,
        ] {
            assert_eq!(refused.body["type"], "urn:khademyar:problem:out-of-grant", "{}", refused.body);
            refused.expect(StatusCode::FORBIDDEN);
        }
        app.get("/v1/me").by(&organizer).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_in_its_festival_as_long_as_its_maker_organizes_it() {
    on_each_api(async |app| {
        let (founder, path) = app.festival().await;
        let zahra = someone(app, &founder, &path, "zahra", json!({"role": "organizer"})).await;
        let elsewhere = json!({"name": {"fa": "جای دیگر"}, "first_night": "2027-04-08"});
        let elsewhere = app.post("/v1/festivals", elsewhere).by(&zahra).await;
        let elsewhere = elsewhere.header(header::LOCATION).to_owned();
        let (_, system) = system(app, &zahra, &path, grants(&[("set_up", "read")])).await;

        app.get(&path).by(&system).await.expect(StatusCode::OK);
        app.get(&elsewhere).by(&zahra).await.expect(StatusCode::OK);
        app.get(&elsewhere).by(&system).await.expect(StatusCode::NOT_FOUND);

        let members = app.get(format!("{path}/members?username=zahra")).by(&founder).await.body;
        let part = format!("{path}/members/{}", members["items"][0]["id"].as_str().unwrap());
        app.delete(part).by(&founder).await.expect(StatusCode::NO_CONTENT);

        app.get(&path).by(&system).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_and_when_its_days_are_over() {
    on_each_api(async |app| {
        let (mut organizer, path) = app.festival().await;
        let (id, revoked) = system(app, &organizer, &path, grants(&[("set_up", "read")])).await;
        let (_, old) = system(app, &organizer, &path, grants(&[("set_up", "read")])).await;
        let one = format!("{path}/api-tokens/{id}");

        app.get(&path).by(&revoked).await.expect(StatusCode::OK);
        app.delete(&one).by(&organizer).await.expect(StatusCode::NO_CONTENT);
        app.get(&path).by(&revoked).await.expect(StatusCode::UNAUTHORIZED);
        app.delete(&one).by(&organizer).await.expect(StatusCode::NOT_FOUND);

        app.state.clock.advance(TimeDelta::days(30) - TimeDelta::minutes(1));
        app.get(&path).by(&old).await.expect(StatusCode::OK);
        app.state.clock.advance(TimeDelta::minutes(1));
        app.get(&path).by(&old).await.expect(StatusCode::UNAUTHORIZED);

        organizer.token = app.token(organizer.id).await;
        let list = app.get(format!("{path}/api-tokens")).by(&organizer).await.expect(StatusCode::OK);
        let list = list["items"].as_array().unwrap();
        assert_eq!(list.len(), 2);
        assert!(list.iter().any(|token| token["id"] == id.as_str() && !token["revoked_at"].is_null()));
        assert!(list.iter().all(|token| !token["last_used_at"].is_null()));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_a_hash() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let (_, system) = system(app, &organizer, &path, grants(&[("roster", "read")])).await;
        assert!(system.token.starts_with("khademyar_"), "{}", system.token);

        let list = app.get(format!("{path}/api-tokens")).by(&organizer).await;
        let audit = app.get(format!("{path}/audit")).by(&organizer).await;

        let secret = &system.token["khademyar_".len()..];
        for answer in [&list, &audit] {
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains(secret));
        }
        assert_eq!(list.body["items"][0]["name"], "سامانهٔ شهر");
        assert_eq!(list.body["items"][0]["grants"], grants(&[("roster", "read")]));
    })
    .await;
}

#[tokio::test]
async fn the_audit_tells_by_which_token_something_was_changed() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let (id, system) = system(app, &organizer, &path, grants(&[("set_up", "write")])).await;

        app.post(format!("{path}/districts"), district("d1")).by(&system).await.expect(StatusCode::CREATED);
        app.post(format!("{path}/districts"), district("d2"))
            .by(&organizer)
            .await
            .expect(StatusCode::CREATED);

        let audit =
            app.get(format!("{path}/audit?operation=create_district&sort=number")).by(&organizer).await;
        let entries = audit.expect(StatusCode::OK)["items"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| entry["actor_id"] == organizer.id.to_string()));
        assert_eq!(entries[0]["api_token_id"], id.as_str());
        assert_eq!(entries[1]["api_token_id"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_of_a_token_is_checked() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let refused = async |body: Value| {
            let answer = app.post(format!("{path}/api-tokens"), body).by(&organizer).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
            answer.faults()
        };
        let body = |grants: Value, days: i32| json!({"name": "نام", "grants": grants, "days": days});

        assert_eq!(refused(body(json!([]), 1)).await["/grants"], "min_items");
        assert_eq!(refused(body(grants(&[("roster", "read")]), 367)).await["/days"], "maximum");
        let twice = grants(&[("roster", "read"), ("roster", "read")]);
        assert_eq!(refused(body(twice, 1)).await["/grants/1"], "twice");
        refused(body(json!([{"data": "everything", "access": "read"}]), 1)).await;
    })
    .await;
}
