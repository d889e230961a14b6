//! Signing in: who gets tokens, what tokens are good for, and how they end.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use khademyar_api::auth::Keys;
use khademyar_domain::{Id, member::User};
use khademyar_storage::refresh_tokens::Holder;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    store::on_each_engine,
};

const PASSWORD: &str = "سپید و سبز و بهار";

/// Someone with a password: zahra, an organizer beside the founder.
async fn with_password(app: &TestApp) {
    let (organizer, festival) = app.festival().await;
    let zahra = json!({"username": "zahra.1", "name": "زهرا", "role": "organizer", "password": PASSWORD});
    app.post(format!("{festival}/members"), zahra).by(&organizer).await.expect(StatusCode::CREATED);
}

async fn sign_in(app: &TestApp, username: &str, password: &str) -> Answer {
    app.post("/v1/auth/token", json!({"username": username, "password": password})).await
}

async fn tokens(app: &TestApp) -> (Person, String) {
    signed(&sign_in(app, "zahra.1", PASSWORD).await.expect(StatusCode::OK))
}

fn signed(tokens: &Value) -> (Person, String) {
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    // Nothing here asks for the id.
    let person = Person { id: Id::<User>::from(Uuid::nil()), token };
    (person, tokens["refresh_token"].as_str().unwrap().to_owned())
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/auth/refresh", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn a_password_is_given_for_tokens_however_the_username_is_typed() {
    on_each_api(async |app| {
        with_password(app).await;

        let answer = sign_in(app, " Zahra.۱ ", PASSWORD).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        let tokens = answer.expect(StatusCode::OK);

        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
        let (zahra, _) = signed(&tokens);
        let me = app.get("/v1/me").by(&zahra).await.expect(StatusCode::OK);
        assert_eq!((&me["username"], &me["name"]), (&json!("zahra.1"), &json!("زهرا")));
        assert_eq!(me["parts"][0]["role"], "organizer");
        assert_eq!(me["parts"][0]["festival_name"]["fa"], "دههٔ کرامت");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_username_are_told_the_same() {
    on_each_api(async |app| {
        with_password(app).await;

        let wrong = sign_in(app, "zahra.1", "سپید و سبز و خزان").await;
        let unknown = sign_in(app, "nobody", PASSWORD).await;

        for answer in [&wrong, &unknown] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer");
            assert_eq!(answer.body["type"], "urn:khademyar:problem:wrong-credentials");
        }
        assert_eq!(wrong.bytes, unknown.bytes);
    })
    .await;
}

#[tokio::test]
async fn after_ten_failures_a_username_waits_whether_or_not_someone_has_it() {
    on_each_api(async |app| {
        with_password(app).await;

        for username in ["zahra.1", "nobody"] {
            for _ in 0..10 {
                assert_eq!(sign_in(app, username, "a guess").await.status, StatusCode::UNAUTHORIZED);
            }
            let blocked = sign_in(app, username, PASSWORD).await;
            assert_eq!(blocked.status, StatusCode::TOO_MANY_REQUESTS);
            let seconds: i64 = blocked.header(header::RETRY_AFTER).parse().unwrap();
            assert!((1..=901).contains(&seconds), "{seconds}");
        }

        app.state.clock.advance(TimeDelta::minutes(15));
        assert_eq!(sign_in(app, "zahra.1", "a guess").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(sign_in(app, "zahra.1", PASSWORD).await.status, StatusCode::OK);
        for _ in 0..10 {
            assert_eq!(sign_in(app, "zahra.1", "a guess").await.status, StatusCode::UNAUTHORIZED);
        }
    })
    .await;
}

#[tokio::test]
async fn an_access_token_runs_out() {
    on_each_api(async |app| {
        with_password(app).await;
        let (zahra, _) = tokens(app).await;

        app.state.clock.advance(TimeDelta::minutes(14));
        app.get("/v1/me").by(&zahra).await.expect(StatusCode::OK);
        app.state.clock.advance(TimeDelta::minutes(2));

        let answer = app.get("/v1/me").by(&zahra).await;
        assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer");
        answer.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn processes_that_start_at_once_sign_with_one_key() {
    on_each_engine(async |store| {
        let now = chrono::Utc::now();
        let starts: Vec<_> = (0..6)
            .map(|_| {
                let store = khademyar_storage::Store::clone(store);
                tokio::spawn(async move { Keys::load(&store, now).await.unwrap() })
            })
            .collect();
        let mut keys = Vec::new();
        for start in starts {
            keys.push(start.await.unwrap());
        }

        let holder = Holder { user_id: Uuid::from_u128(7).into(), device_id: Uuid::from_u128(8).into() };
        for signs in &keys {
            let token = signs.sign(holder, now).await.unwrap();
            for verifies in &keys {
                assert_eq!(verifies.verify(&token, now).await.unwrap(), holder);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_second_use_ends_its_family() {
    on_each_api(async |app| {
        with_password(app).await;
        let (_, first) = tokens(app).await;
        let (_, elsewhere) = tokens(app).await;

        let (zahra, second) = signed(&refresh(app, &first).await.expect(StatusCode::OK));
        app.get("/v1/me").by(&zahra).await.expect(StatusCode::OK);
        let (_, third) = signed(&refresh(app, &second).await.expect(StatusCode::OK));
        let stolen = refresh(app, &first).await;

        assert_eq!(stolen.status, StatusCode::UNAUTHORIZED);
        assert_eq!(stolen.body["type"], "urn:khademyar:problem:wrong-refresh-token");
        refresh(app, &third).await.expect(StatusCode::UNAUTHORIZED);
        refresh(app, &elsewhere).await.expect(StatusCode::OK);
        refresh(app, "no token at all").await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn of_uses_at_once_one_succeeds_and_the_family_ends() {
    on_each_api(async |app| {
        with_password(app).await;
        let (_, token) = tokens(app).await;

        let use_it = || refresh(app, &token);
        let (a, b, c, d) = tokio::join!(use_it(), use_it(), use_it(), use_it());

        let successors: Vec<String> = [a, b, c, d]
            .into_iter()
            .filter(|answer| answer.status == StatusCode::OK)
            .map(|answer| signed(&answer.body).1)
            .collect();
        assert_eq!(successors.len(), 1);
        refresh(app, &successors[0]).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_runs_out_after_thirty_days() {
    on_each_api(async |app| {
        with_password(app).await;
        let (_, token) = tokens(app).await;

        app.state.clock.advance(TimeDelta::days(29));
        let (_, token) = signed(&refresh(app, &token).await.expect(StatusCode::OK));
        app.state.clock.advance(TimeDelta::days(30));

        refresh(app, &token).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_family() {
    on_each_api(async |app| {
        with_password(app).await;
        let (_, token) = tokens(app).await;
        let (_, next) = signed(&refresh(app, &token).await.expect(StatusCode::OK));

        for token in [next.as_str(), next.as_str(), "no token at all"] {
            let revoked = app.post("/v1/auth/revoke", json!({"refresh_token": token})).await;
            revoked.expect(StatusCode::NO_CONTENT);
        }

        refresh(app, &next).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_what_was_signed_in_with_the_old_one() {
    on_each_api(async |app| {
        with_password(app).await;
        let (zahra, phone) = tokens(app).await;
        let change = async |old: &str, new: &str| {
            app.put("/v1/me/password", json!({"old_password": old, "new_password": new})).by(&zahra).await
        };
        let new = "هفت سین و یک سبد سیب";

        let wrong = change("سپید و سبز و خزان", new).await;
        assert_eq!(
            (wrong.status, &*wrong.faults()["/old_password"]),
            (StatusCode::UNPROCESSABLE_ENTITY, "wrong_password")
        );
        let short = change(PASSWORD, "کوتاه").await;
        assert_eq!(
            (short.status, &*short.faults()["/new_password"]),
            (StatusCode::UNPROCESSABLE_ENTITY, "min_length")
        );
        let (_, renewed) = signed(&change(PASSWORD, new).await.expect(StatusCode::OK));

        refresh(app, &phone).await.expect(StatusCode::UNAUTHORIZED);
        refresh(app, &renewed).await.expect(StatusCode::OK);
        sign_in(app, "zahra.1", PASSWORD).await.expect(StatusCode::UNAUTHORIZED);
        sign_in(app, "zahra.1", new).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_stolen_access_token_does_not_serve_to_guess_the_password() {
    on_each_api(async |app| {
        with_password(app).await;
        let (zahra, _) = tokens(app).await;
        let guess = async |old: &str| {
            let body = json!({"old_password": old, "new_password": "هفت سین و یک سبد سیب"});
            app.put("/v1/me/password", body).by(&zahra).await.status
        };

        for _ in 0..10 {
            assert_eq!(guess("a guess").await, StatusCode::UNPROCESSABLE_ENTITY);
        }

        assert_eq!(guess(PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    })
    .await;
}
