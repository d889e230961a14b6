//! What one is signed in on, and signing out of it.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use khademyar_domain::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Person, TestApp, on_each_api};

const PASSWORD: &str = "سپید و سبز و بهار";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";
const LAPTOP: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

/// Zahra, who has a password, and whoever made her an organizer.
async fn zahra(app: &TestApp) -> Person {
    let (organizer, festival) = app.festival().await;
    let zahra = json!({"username": "zahra", "name": "زهرا", "role": "organizer", "password": PASSWORD});
    app.post(format!("{festival}/members"), zahra).by(&organizer).await.expect(StatusCode::CREATED);
    organizer
}

/// Zahra signs in from a program that calls itself this: who she is then, and her refresh token.
async fn sign_in(app: &TestApp, user_agent: &str, address: &str) -> (Person, String) {
    let credentials = json!({"username": "zahra", "password": PASSWORD});
    let answer = app.post("/v1/auth/token", credentials).with("user-agent", user_agent).from(address).await;
    let tokens = answer.expect(StatusCode::OK);
    let text = |key: &str| tokens[key].as_str().unwrap().to_owned();
    // Nothing here asks for the id.
    (Person { id: Id::from(Uuid::nil()), token: text("access_token") }, text("refresh_token"))
}

async fn devices(app: &TestApp, person: &Person) -> Vec<Value> {
    let list = app.get("/v1/me/devices").by(person).await.expect(StatusCode::OK);
    list["items"].as_array().unwrap().clone()
}

async fn refresh(app: &TestApp, token: &str, address: &str) -> StatusCode {
    app.post("/v1/auth/refresh", json!({"refresh_token": token})).from(address).await.status
}

#[tokio::test]
async fn each_sign_in_is_listed_with_what_it_was_on_and_from_where() {
    on_each_api(async |app| {
        zahra(app).await;
        let (phone, phones) = sign_in(app, PHONE, "192.0.2.7").await;
        app.state.clock.advance(TimeDelta::minutes(1));
        let (laptop, _) = sign_in(app, LAPTOP, "2001:db8::7").await;

        let seen = devices(app, &laptop).await;
        let told = |k: usize| (&seen[k]["description"], &seen[k]["address"], &seen[k]["current"]);
        assert_eq!(seen.len(), 2);
        assert_eq!(told(0), (&json!("Firefox, Linux"), &json!("2001:db8::7"), &json!(true)));
        assert_eq!(told(1), (&json!("Chrome, Android"), &json!("192.0.2.7"), &json!(false)));

        app.state.clock.advance(TimeDelta::minutes(1));
        assert_eq!(refresh(app, &phones, "198.51.100.9").await, StatusCode::OK);
        let seen = devices(app, &phone).await;
        assert_eq!(seen[0]["address"], "198.51.100.9");
        assert_eq!((&seen[0]["current"], &seen[1]["current"]), (&json!(true), &json!(false)));
        assert!(seen[0]["created_at"].as_str() < seen[0]["last_used_at"].as_str());
    })
    .await;
}

#[tokio::test]
async fn signing_one_device_out_ends_its_tokens_at_once_and_no_others() {
    on_each_api(async |app| {
        zahra(app).await;
        let (phone, phones) = sign_in(app, PHONE, "192.0.2.7").await;
        let (laptop, laptops) = sign_in(app, LAPTOP, "192.0.2.8").await;
        let lost = devices(app, &phone).await.into_iter().find(|device| device["current"] == true).unwrap();
        let lost = format!("/v1/me/devices/{}", lost["id"].as_str().unwrap());

        app.delete(&lost).by(&laptop).await.expect(StatusCode::NO_CONTENT);

        app.get("/v1/me").by(&phone).await.expect(StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(app, &phones, "192.0.2.7").await, StatusCode::UNAUTHORIZED);
        assert_eq!(devices(app, &laptop).await.len(), 1);
        assert_eq!(refresh(app, &laptops, "192.0.2.8").await, StatusCode::OK);
        app.delete(&lost).by(&laptop).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_device_too() {
    on_each_api(async |app| {
        zahra(app).await;
        let (phone, phones) = sign_in(app, PHONE, "192.0.2.7").await;
        let (laptop, laptops) = sign_in(app, LAPTOP, "192.0.2.8").await;

        app.delete("/v1/me/devices").by(&phone).await.expect(StatusCode::NO_CONTENT);

        for person in [&phone, &laptop] {
            app.get("/v1/me").by(person).await.expect(StatusCode::UNAUTHORIZED);
        }
        for token in [&phones, &laptops] {
            assert_eq!(refresh(app, token, "192.0.2.7").await, StatusCode::UNAUTHORIZED);
        }
    })
    .await;
}

#[tokio::test]
async fn the_devices_of_others_are_not_there() {
    on_each_api(async |app| {
        let organizer = zahra(app).await;
        let (phone, phones) = sign_in(app, PHONE, "192.0.2.7").await;
        let id = devices(app, &phone).await[0]["id"].as_str().unwrap().to_owned();

        let theirs = app.delete(format!("/v1/me/devices/{id}")).by(&organizer).await;

        theirs.expect(StatusCode::NOT_FOUND);
        assert_eq!(devices(app, &organizer).await.len(), 1);
        assert_eq!(refresh(app, &phones, "192.0.2.7").await, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_not_used_for_thirty_days_is_signed_out() {
    on_each_api(async |app| {
        zahra(app).await;
        let (_, phones) = sign_in(app, PHONE, "192.0.2.7").await;
        app.state.clock.advance(TimeDelta::days(30));
        assert_eq!(refresh(app, &phones, "192.0.2.7").await, StatusCode::UNAUTHORIZED);

        let (laptop, _) = sign_in(app, LAPTOP, "192.0.2.8").await;

        let seen = devices(app, &laptop).await;
        assert_eq!(seen.iter().map(|device| &device["description"]).collect::<Vec<_>>(), ["Firefox, Linux"]);
    })
    .await;
}

#[tokio::test]
async fn the_fifty_first_device_ends_the_one_that_was_used_longest_ago() {
    on_each_api(async |app| {
        let organizer = zahra(app).await;
        app.state.clock.advance(TimeDelta::seconds(1));
        for _ in 0..49 {
            app.token(organizer.id).await;
        }
        app.get("/v1/me").by(&organizer).await.expect(StatusCode::OK);

        app.token(organizer.id).await;

        app.get("/v1/me").by(&organizer).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn what_a_browser_says_of_itself_is_not_stored_as_it_comes() {
    on_each_api(async |app| {
        zahra(app).await;
        let (phone, _) = sign_in(app, "<script>alert('Chrome/1')</script>", "192.0.2.7").await;

        let list = app.get("/v1/me/devices").by(&phone).await;

        assert!(!String::from_utf8_lossy(&list.bytes).contains("alert"));
        assert_eq!(list.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(list.body["items"][0]["description"], "Chrome");
    })
    .await;
}
