//! The second factor: enrolled, asked for, lost, and not to be guessed.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use khademyar_domain::Id;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use uuid::Uuid;

use crate::app::{Answer, Person, TestApp, on_each_api};

const PASSWORD: &str = "سپید و سبز و بهار";

/// An app on a phone, which has Zahra's secret.
struct Phone(Secret);

impl Phone {
    /// The code it shows.
    fn code(&self, app: &TestApp) -> String {
        let totp = Builder::new().with_secret(self.0.clone()).build().unwrap();
        totp.generate(app.state.clock.now().timestamp() as u64).to_string()
    }

    /// A code it does not show, and did not just now.
    fn wrong(&self, app: &TestApp) -> String {
        let totp = Builder::new().with_secret(self.0.clone()).build().unwrap();
        let now = app.state.clock.now().timestamp() as u64;
        let shown: Vec<String> =
            [now - 30, now, now + 30].iter().map(|at| totp.generate(*at).to_string()).collect();
        (0..9).map(|k| format!("{k:06}")).find(|code| !shown.contains(code)).unwrap()
    }
}

/// Lets the code of now pass, so that there is a new one.
fn wait(app: &TestApp) {
    app.state.clock.advance(TimeDelta::seconds(31));
}

/// Zahra, who organizes and has a password.
async fn zahra(app: &TestApp) -> Person {
    let (organizer, path) = app.festival().await;
    let zahra = json!({"username": "zahra", "name": "زهرا", "role": "organizer", "password": PASSWORD});
    app.post(format!("{path}/members"), zahra).by(&organizer).await.expect(StatusCode::CREATED);
    signed(&give_password(app, PASSWORD).await.expect(StatusCode::OK))
}

fn signed(tokens: &Value) -> Person {
    // Nothing here asks for the id.
    let id = Id::from(Uuid::nil());
    Person { id, token: tokens["access_token"].as_str().unwrap().to_owned() }
}

async fn give_password(app: &TestApp, password: &str) -> Answer {
    app.post("/v1/auth/token", json!({"username": "zahra", "password": password})).await
}

/// Adds a second factor: the phone it is on, and the recovery codes.
async fn enrol(app: &TestApp, person: &Person) -> (Phone, Vec<String>) {
    let begun = app.post("/v1/me/second-factor", json!({"password": PASSWORD})).by(person).await;
    assert_eq!(begun.header(header::CACHE_CONTROL), "no-store");
    let secret = begun.expect(StatusCode::OK)["secret"].as_str().unwrap().to_owned();
    let phone = Phone(Secret::try_from_base32(&secret).unwrap());
    let code = json!({"code": phone.code(app)});
    let confirmed = app.post("/v1/me/second-factor/confirm", code).by(person).await;
    let codes = confirmed.expect(StatusCode::OK)["recovery_codes"].as_array().unwrap().clone();
    (phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// Gives the password; the challenge that comes back.
async fn challenge(app: &TestApp) -> String {
    let answer = give_password(app, PASSWORD).await;
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let body = answer.expect(StatusCode::ACCEPTED);
    assert_eq!(body["mfa_required"], true);
    assert!(body.get("access_token").is_none());
    body["challenge"].as_str().unwrap().to_owned()
}

async fn give_code(app: &TestApp, challenge: &str, code: &str) -> Answer {
    app.post("/v1/auth/token/second-factor", json!({"challenge": challenge, "code": code})).await
}

async fn state(app: &TestApp, person: &Person) -> (String, u64) {
    let state = app.get("/v1/me/second-factor").by(person).await.expect(StatusCode::OK);
    (state["state"].as_str().unwrap().to_owned(), state["recovery_codes_left"].as_u64().unwrap())
}

#[tokio::test]
async fn it_is_asked_for_once_the_app_has_shown_that_it_has_the_secret() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        assert_eq!(state(app, &zahra).await, ("off".to_owned(), 0));

        let wrong = app.post("/v1/me/second-factor", json!({"password": "a guess"})).by(&zahra).await;
        assert_eq!(wrong.faults()["/password"], "wrong_password");
        let begun = app.post("/v1/me/second-factor", json!({"password": PASSWORD})).by(&zahra).await;
        let begun = begun.expect(StatusCode::OK);
        let uri = begun["uri"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Khademyar:zahra?secret="), "{uri}");
        assert_eq!(state(app, &zahra).await, ("pending".to_owned(), 0));
        give_password(app, PASSWORD).await.expect(StatusCode::OK);
        let phone = Phone(Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap());
        let code = json!({"code": phone.wrong(app)});
        let wrong = app.post("/v1/me/second-factor/confirm", code).by(&zahra).await;
        assert_eq!(wrong.faults()["/code"], "wrong_code");

        // Whoever begins anew has another secret.
        let (phone, codes) = enrol(app, &zahra).await;

        assert_eq!(codes.len(), 10);
        assert_eq!(state(app, &zahra).await, ("on".to_owned(), 10));
        wait(app);
        let challenge = challenge(app).await;
        app.get("/v1/me")
            .with("authorization", &format!("Bearer {challenge}"))
            .await
            .expect(StatusCode::UNAUTHORIZED);
        let tokens = give_code(app, &challenge, &phone.code(app)).await.expect(StatusCode::OK);
        app.get("/v1/me").by(&signed(&tokens)).await.expect(StatusCode::OK);
        let again = app.post("/v1/me/second-factor", json!({"password": PASSWORD})).by(&zahra).await;
        assert_eq!(again.body["type"], "urn:khademyar:problem:second-factor-on");
        again.expect(StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn a_code_and_a_challenge_are_good_once() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, _) = enrol(app, &zahra).await;

        // The code that enrolled it is used up.
        let first = challenge(app).await;
        give_code(app, &first, &phone.code(app)).await.expect(StatusCode::UNAUTHORIZED);
        wait(app);
        let code = phone.code(app);
        give_code(app, &first, &code).await.expect(StatusCode::OK);

        give_code(app, &first, &code).await.expect(StatusCode::UNAUTHORIZED);
        let second = challenge(app).await;
        let seen = give_code(app, &second, &code).await;
        assert_eq!(seen.body["type"], "urn:khademyar:problem:wrong-second-factor");
        seen.expect(StatusCode::UNAUTHORIZED);
        wait(app);
        give_code(app, &second, &phone.code(app)).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn of_uses_of_a_code_at_once_one_succeeds() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, codes) = enrol(app, &zahra).await;
        wait(app);
        let shown = phone.code(app);

        for code in [&shown, &codes[0]] {
            let (a, b, c) = (challenge(app).await, challenge(app).await, challenge(app).await);
            let (a, b, c) =
                tokio::join!(give_code(app, &a, code), give_code(app, &b, code), give_code(app, &c, code));
            let succeeded = [a, b, c].iter().filter(|answer| answer.status == StatusCode::OK).count();
            assert_eq!(succeeded, 1, "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_challenge_takes_five_tries_and_five_minutes() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, _) = enrol(app, &zahra).await;
        wait(app);

        let tried = challenge(app).await;
        for _ in 0..5 {
            give_code(app, &tried, &phone.wrong(app)).await.expect(StatusCode::UNAUTHORIZED);
        }
        give_code(app, &tried, &phone.code(app)).await.expect(StatusCode::UNAUTHORIZED);

        let late = challenge(app).await;
        app.state.clock.advance(TimeDelta::minutes(5));
        give_code(app, &late, &phone.code(app)).await.expect(StatusCode::UNAUTHORIZED);
        give_code(app, "no challenge", &phone.code(app)).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn whoever_knows_the_password_gets_ten_guesses_an_hour_by_whatever_challenges() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, _) = enrol(app, &zahra).await;
        wait(app);

        for _ in 0..2 {
            let challenge = challenge(app).await;
            for _ in 0..5 {
                give_code(app, &challenge, &phone.wrong(app)).await.expect(StatusCode::UNAUTHORIZED);
            }
        }
        let next = challenge(app).await;
        let blocked = give_code(app, &next, &phone.code(app)).await;
        assert!(blocked.header(header::RETRY_AFTER).parse::<u32>().unwrap() > 3_000);
        blocked.expect(StatusCode::TOO_MANY_REQUESTS);

        app.state.clock.advance(TimeDelta::hours(1));
        let next = challenge(app).await;
        give_code(app, &next, &phone.code(app)).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_serves_once_however_it_is_typed() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (_, codes) = enrol(app, &zahra).await;

        let typed = codes[3].replace('-', " ").to_uppercase();
        let first = challenge(app).await;
        let tokens = give_code(app, &first, &typed).await.expect(StatusCode::OK);

        assert_eq!(state(app, &signed(&tokens)).await, ("on".to_owned(), 9));
        let second = challenge(app).await;
        give_code(app, &second, &codes[3]).await.expect(StatusCode::UNAUTHORIZED);
        give_code(app, &second, &codes[4]).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn new_recovery_codes_end_those_before() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, old) = enrol(app, &zahra).await;
        wait(app);
        let path = "/v1/me/second-factor/recovery-codes";

        let body = json!({"password": PASSWORD, "code": phone.wrong(app)});
        let wrong = app.post(path, body).by(&zahra).await;
        assert_eq!(wrong.faults()["/code"], "wrong_code");
        let body = json!({"password": PASSWORD, "code": phone.code(app)});
        let renewed = app.post(path, body).by(&zahra).await.expect(StatusCode::OK);

        let new = renewed["recovery_codes"][0].as_str().unwrap();
        let challenge = challenge(app).await;
        give_code(app, &challenge, &old[0]).await.expect(StatusCode::UNAUTHORIZED);
        give_code(app, &challenge, new).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn it_is_taken_away_by_password_and_code() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let path = "/v1/me/second-factor/remove";
        let none = app.post(path, json!({"password": PASSWORD, "code": "123456"})).by(&zahra).await;
        assert_eq!(none.body["type"], "urn:khademyar:problem:no-second-factor");
        let (phone, _) = enrol(app, &zahra).await;
        wait(app);

        let body = json!({"password": "a guess", "code": phone.code(app)});
        app.post(path, body).by(&zahra).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        let body = json!({"password": PASSWORD, "code": phone.wrong(app)});
        app.post(path, body).by(&zahra).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        let body = json!({"password": PASSWORD, "code": phone.code(app)});
        app.post(path, body).by(&zahra).await.expect(StatusCode::NO_CONTENT);

        assert_eq!(state(app, &zahra).await, ("off".to_owned(), 0));
        give_password(app, PASSWORD).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_began() {
    on_each_api(async |app| {
        let zahra = zahra(app).await;
        let (phone, _) = enrol(app, &zahra).await;
        wait(app);
        let begun = challenge(app).await;
        let change = json!({"old_password": PASSWORD, "new_password": "هفت سین و یک سبد سیب"});
        app.put("/v1/me/password", change).by(&zahra).await.expect(StatusCode::OK);

        give_code(app, &begun, &phone.code(app)).await.expect(StatusCode::UNAUTHORIZED);
        give_password(app, "هفت سین و یک سبد سیب").await.expect(StatusCode::ACCEPTED);
    })
    .await;
}

#[tokio::test]
async fn where_it_is_required_staff_do_nothing_else_before_they_have_it() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let zahra = json!({"username": "zahra", "name": "زهرا", "role": "organizer", "password": PASSWORD});
        app.post(format!("{path}/members"), zahra).by(&organizer).await.expect(StatusCode::CREATED);
        let strict = app.with(|services| services.staff_need_second_factor = true);
        let zahra = signed(&give_password(&strict, PASSWORD).await.expect(StatusCode::OK));

        for path in [path.clone(), format!("{path}/volunteers"), format!("{path}/audit")] {
            let refused = strict.get(path).by(&zahra).await;
            assert_eq!(refused.body["type"], "urn:khademyar:problem:second-factor-needed");
            refused.expect(StatusCode::FORBIDDEN);
        }
        let founding = json!({"name": {"fa": "دیگر"}, "first_night": "2027-04-08"});
        strict.post("/v1/festivals", founding).by(&zahra).await.expect(StatusCode::FORBIDDEN);
        strict.get("/v1/me").by(&zahra).await.expect(StatusCode::OK);
        enrol(&strict, &zahra).await;

        strict.get(&path).by(&zahra).await.expect(StatusCode::OK);
        let volunteer = app.person("somebody", false).await;
        strict.get(&path).by(&volunteer).await.expect(StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_password_that_everyone_uses_is_refused() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        let create = async |password: &str| {
            let body =
                json!({"username": "mina.rezaei", "name": "مینا", "role": "organizer", "password": password});
            app.post(format!("{path}/members"), body).by(&organizer).await
        };

        for weak in ["password123", "1234567890", "qwertyuiop", "mina.rezaei", "minarezaei1"] {
            let refused = create(weak).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{weak}");
            assert_eq!(refused.faults()["/password"], "weak_password", "{weak}");
        }
        create(PASSWORD).await.expect(StatusCode::CREATED);
        let tokens =
            app.post("/v1/auth/token", json!({"username": "mina.rezaei", "password": PASSWORD})).await;
        let mina = signed(&tokens.expect(StatusCode::OK));
        let change = json!({"old_password": PASSWORD, "new_password": "qwertyuiop123"});
        let refused = app.put("/v1/me/password", change).by(&mina).await;
        assert_eq!(refused.faults()["/new_password"], "weak_password");
    })
    .await;
}
