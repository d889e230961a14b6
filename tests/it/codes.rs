//! Signing in by phone and one-time code: who gets one, what it is good for, and that nothing tells who is registered.

use std::time::Instant;

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    parts::someone,
};

const ZAHRA: &str = "09121234567";
const STRANGER: &str = "09137654321";

/// A festival with the volunteer Zahra, who has a phone and is no user.
async fn festival(app: &TestApp) -> (Person, String, String) {
    let (organizer, path) = app.festival().await;
    let id = register(app, &organizer, &path, "zahra", ZAHRA).await;
    (organizer, path, id)
}

/// Registers a volunteer of this code and phone; gives their id.
async fn register(app: &TestApp, organizer: &Person, path: &str, code: &str, phone: &str) -> String {
    let districts = app.get(format!("{path}/districts")).by(organizer).await.body;
    let district = if let Some(id) = districts["items"][0]["id"].as_str() {
        id.to_owned()
    } else {
        let one = json!({"code": "d1", "name": {"fa": "منطقه"}, "priority": 3});
        let made = app.post(format!("{path}/districts"), one).by(organizer).await;
        made.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
    };
    let volunteer = json!({"code": code, "name": {"fa": "زهرا کریمی"}, "gender": "woman", "phone": phone,
                           "home_district_id": district});
    let made = app.post(format!("{path}/volunteers"), volunteer).by(organizer).await;
    made.expect(StatusCode::CREATED)["id"].as_str().unwrap().to_owned()
}

async fn ask(app: &TestApp, phone: &str) -> Answer {
    app.post("/v1/auth/codes", json!({"phone": phone})).from("192.0.2.7").await
}

async fn give(app: &TestApp, phone: &str, code: &str) -> Answer {
    app.post("/v1/auth/codes/verify", json!({"phone": phone, "code": code})).from("192.0.2.7").await
}

/// The code of the last message.
async fn last_code(app: &TestApp) -> String {
    app.messages().await.last().unwrap()["code"].as_str().unwrap().to_owned()
}

/// Asks for a code and gives it: who is signed in then.
async fn sign_in(app: &TestApp, phone: &str) -> Person {
    ask(app, phone).await.expect(StatusCode::ACCEPTED);
    let tokens = give(app, phone, &last_code(app).await).await.expect(StatusCode::OK);
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    let me = app.get("/v1/me").with("authorization", &format!("Bearer {token}")).await.expect(StatusCode::OK);
    Person { id: me["user_id"].as_str().unwrap().parse().unwrap(), token }
}

/// The volunteers someone is.
async fn volunteers(app: &TestApp, person: &Person) -> Vec<Value> {
    let me = app.get("/v1/me").by(person).await.expect(StatusCode::OK);
    me["parts"].as_array().unwrap().iter().map(|part| part["volunteer_id"].clone()).collect()
}

/// Another code than this.
fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

#[tokio::test]
async fn a_volunteer_signs_in_by_the_code_that_came_to_their_phone() {
    on_each_api(async |app| {
        let (_, _, id) = festival(app).await;

        let asked = ask(app, "+98 912 123 4567").await.expect(StatusCode::ACCEPTED);
        assert_eq!((&asked["good_seconds"], &asked["resend_seconds"]), (&json!(120), &json!(60)));
        let messages = app.messages().await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["to"], "+989121234567");
        let code = messages[0]["code"].as_str().unwrap();
        assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
        assert!(messages[0]["text"].as_str().unwrap().contains(code));

        let persian: String =
            code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0x6F0).unwrap()).collect();
        let answer = give(app, "۰۹۱۲۱۲۳۴۵۶۷", &persian).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        let tokens = answer.expect(StatusCode::OK);
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let me = app.get("/v1/me").with("authorization", &bearer).await.expect(StatusCode::OK);
        assert_eq!((&me["name"], &me["operator"]), (&json!("زهرا کریمی"), &json!(false)));
        assert_eq!(
            (&me["parts"][0]["role"], &me["parts"][0]["volunteer_id"]),
            (&json!("volunteer"), &json!(id))
        );
        app.get("/v1/me/schedule").with("authorization", &bearer).await.expect(StatusCode::OK);
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        app.post("/v1/auth/refresh", refresh).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_once_for_two_minutes_and_only_while_it_is_the_newest() {
    on_each_api(async |app| {
        festival(app).await;

        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let used = last_code(app).await;
        give(app, ZAHRA, &used).await.expect(StatusCode::OK);
        give(app, ZAHRA, &used).await.expect(StatusCode::UNAUTHORIZED);

        app.state.clock.advance(TimeDelta::seconds(61));
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let earlier = last_code(app).await;
        app.state.clock.advance(TimeDelta::seconds(61));
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let newest = last_code(app).await;
        if earlier != newest {
            give(app, ZAHRA, &earlier).await.expect(StatusCode::UNAUTHORIZED);
        }
        app.state.clock.advance(TimeDelta::seconds(120));
        let late = give(app, ZAHRA, &newest).await;
        assert_eq!(late.body["type"], "urn:khademyar:problem:wrong-code");
        late.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn of_uses_of_a_code_at_once_one_succeeds() {
    on_each_api(async |app| {
        festival(app).await;
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let code = last_code(app).await;

        let use_it = || give(app, ZAHRA, &code);
        let (a, b, c, d) = tokio::join!(use_it(), use_it(), use_it(), use_it());

        let succeeded = [a, b, c, d].iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(succeeded, 1);
    })
    .await;
}

#[tokio::test]
async fn after_five_wrong_guesses_from_wherever_the_right_code_is_good_no_longer() {
    on_each_api(async |app| {
        festival(app).await;
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let code = last_code(app).await;
        let wrong = other(&code);

        let mut answers = Vec::new();
        for k in 0..5 {
            let guess = json!({"phone": ZAHRA, "code": wrong});
            let from = format!("198.51.100.{k}");
            answers.push(app.post("/v1/auth/codes/verify", guess).from(&from).await);
        }
        answers.push(give(app, ZAHRA, &code).await);

        for answer in &answers {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.bytes, answers[0].bytes);
        }
    })
    .await;
}

#[tokio::test]
async fn guesses_sent_at_once_are_counted_like_any_others() {
    on_each_api(async |app| {
        festival(app).await;
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let code = last_code(app).await;
        let wrong = other(&code);

        let guesses = (0..8).map(|_| give(app, ZAHRA, &wrong));
        let answers = futures::future::join_all(guesses).await;

        assert!(answers.iter().all(|answer| answer.status == StatusCode::UNAUTHORIZED));
        give(app, ZAHRA, &code).await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn known_and_unknown_phones_are_answered_the_same() {
    on_each_api(async |app| {
        let (organizer, path, _) = festival(app).await;
        let staff = register(app, &organizer, &path, "staff", "09121111111").await;
        let mut part = json!({"role": "volunteer", "volunteer_id": staff});
        let both = someone(app, &organizer, &path, "both", part.clone()).await;
        part = json!({"username": "both", "name": "both", "role": "organizer"});
        app.post(format!("{path}/members"), part).by(&organizer).await.expect(StatusCode::CREATED);
        assert_eq!(volunteers(app, &both).await.len(), 2);

        let phones = [ZAHRA, STRANGER, "09121111111"];
        let mut asked = Vec::new();
        let mut wrong = Vec::new();
        let mut soon = Vec::new();
        let mut code = String::new();
        for phone in phones {
            asked.push(ask(app, phone).await);
            if phone == ZAHRA {
                code = last_code(app).await;
            }
            let refused = ask(app, phone).await;
            let seconds: i64 = refused.header(header::RETRY_AFTER).parse().unwrap();
            assert!((1..=61).contains(&seconds), "{seconds}");
            soon.push(refused);
            wrong.push(give(app, phone, &other(&code)).await);
        }

        for (answers, status) in [
            (&asked, StatusCode::ACCEPTED),
            (&soon, StatusCode::TOO_MANY_REQUESTS),
            (&wrong, StatusCode::UNAUTHORIZED),
        ] {
            for answer in answers {
                assert_eq!(answer.status, status);
                assert_eq!(answer.bytes, answers[0].bytes);
                let names =
                    |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
                assert_eq!(names(answer), names(&answers[0]));
            }
        }
        // A message went to whom it is for, and to nobody else.
        let to: Vec<Value> = app.messages().await.into_iter().map(|message| message["to"].clone()).collect();
        assert_eq!(to, ["+989121234567"]);
    })
    .await;
}

#[tokio::test]
async fn codes_are_not_sent_to_a_phone_too_often() {
    on_each_api(async |app| {
        festival(app).await;

        for phone in [ZAHRA, STRANGER] {
            for _ in 0..5 {
                app.state.clock.advance(TimeDelta::seconds(61));
                ask(app, phone).await.expect(StatusCode::ACCEPTED);
            }
            app.state.clock.advance(TimeDelta::seconds(61));
            let blocked = ask(app, phone).await;
            let seconds: i64 = blocked.header(header::RETRY_AFTER).parse().unwrap();
            assert!((61..3_600).contains(&seconds), "{seconds}");
            blocked.expect(StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(app.messages().await.len(), 5);
        app.state.clock.advance(TimeDelta::hours(1));
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
    })
    .await;
}

#[tokio::test]
async fn an_address_asks_for_no_more_than_sixty_codes_an_hour() {
    on_each_api(async |app| {
        for k in 0..60 {
            ask(app, &format!("09120000{k:03}")).await.expect(StatusCode::ACCEPTED);
        }

        let blocked = ask(app, ZAHRA).await;
        blocked.expect(StatusCode::TOO_MANY_REQUESTS);
        let elsewhere = app.post("/v1/auth/codes", json!({"phone": ZAHRA})).from("198.51.100.9").await;

        elsewhere.expect(StatusCode::ACCEPTED);
    })
    .await;
}

#[tokio::test]
async fn one_person_is_one_user_in_all_festivals() {
    on_each_api(async |app| {
        let (organizer, path, first) = festival(app).await;
        let zahra = sign_in(app, ZAHRA).await;
        assert_eq!(volunteers(app, &zahra).await, [json!(first)]);

        let next = json!({"name": {"fa": "سال بعد"}, "first_night": "2028-04-08"});
        let next = app.post("/v1/festivals", next).by(&organizer).await.header(header::LOCATION).to_owned();
        let second = register(app, &organizer, &next, "z", ZAHRA).await;
        app.state.clock.advance(TimeDelta::seconds(61));
        let again = sign_in(app, ZAHRA).await;

        assert_eq!(again.id, zahra.id);
        let mut both = volunteers(app, &again).await;
        both.sort_by_key(ToString::to_string);
        let mut expected = [json!(first), json!(second)];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(both, expected);
        // Each festival's audit tells of its own.
        for path in [&path, &next] {
            let audit = app.get(format!("{path}/audit?operation=verify_sign_in_code")).by(&organizer).await;
            assert_eq!(audit.body["items"].as_array().unwrap().len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_phone_opens_nobody_else() {
    on_each_api(async |app| {
        // Zahra is a volunteer in one festival, by her own phone.
        let (organizer, path, zahras) = festival(app).await;
        let part = json!({"role": "volunteer", "volunteer_id": zahras});
        let zahra = someone(app, &organizer, &path, "zahra", part).await;
        // Elsewhere somebody makes her user a volunteer with a phone of theirs.
        let elsewhere = json!({"name": {"fa": "جای دیگر"}, "first_night": "2027-04-08"});
        let elsewhere =
            app.post("/v1/festivals", elsewhere).by(&organizer).await.header(header::LOCATION).to_owned();
        let bait = register(app, &organizer, &elsewhere, "bait", STRANGER).await;
        let part = json!({"username": "zahra", "name": "x", "role": "volunteer", "volunteer_id": bait});
        app.post(format!("{elsewhere}/members"), part).by(&organizer).await.expect(StatusCode::CREATED);

        ask(app, STRANGER).await.expect(StatusCode::ACCEPTED);

        assert_eq!(app.messages().await, Vec::<Value>::new());
        assert_eq!(volunteers(app, &zahra).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_volunteer_whose_number_changes_is_opened_by_the_new_one_alone() {
    on_each_api(async |app| {
        let (organizer, path, id) = festival(app).await;
        let old = sign_in(app, ZAHRA).await;
        let one = format!("{path}/volunteers/{id}");
        let mut row = app.get(&one).by(&organizer).await.body;
        for key in ["id", "version", "batch_id"] {
            row.as_object_mut().unwrap().remove(key);
        }
        row["phone"] = json!(STRANGER);
        app.put(&one, row).by(&organizer).await.expect(StatusCode::OK);

        let new = sign_in(app, STRANGER).await;

        assert_ne!(new.id, old.id);
        assert_eq!(volunteers(app, &new).await, [json!(id)]);
        assert_eq!(volunteers(app, &old).await, Vec::<Value>::new());
        app.state.clock.advance(TimeDelta::seconds(61));
        let sent = app.messages().await.len();
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        assert_eq!(app.messages().await.len(), sent);
    })
    .await;
}

#[tokio::test]
async fn neither_phones_nor_codes_are_stored_to_be_read() {
    on_each_api(async |app| {
        let (organizer, path, _) = festival(app).await;
        ask(app, ZAHRA).await.expect(StatusCode::ACCEPTED);
        let code = last_code(app).await;

        let hash = khademyar_api::auth::secret::hash("+989121234567");
        let db = app.state.store.begin().await.unwrap();
        let stored =
            khademyar_storage::sign_in_codes::take_try(&db, &hash, app.state.clock.now()).await.unwrap();
        let stored = stored.unwrap();
        drop(db);

        assert!(stored.starts_with("$argon2id$") && !stored.contains(&code), "{stored}");
        let audit = app.get(format!("{path}/audit")).by(&organizer).await;
        assert!(!String::from_utf8_lossy(&audit.bytes).contains(&code));
    })
    .await;
}

/// Whether it can be told by the time. Outside the usual run: `cargo test --workspace --test it -- --ignored timing`.
#[tokio::test]
#[ignore = "measures time, which other work on the machine disturbs"]
async fn timing_does_not_tell_who_is_registered() {
    on_each_api(async |app| {
        let (organizer, path) = app.festival().await;
        for k in 0..100 {
            register(app, &organizer, &path, &format!("v{k}"), &format!("091210001{k:02}")).await;
        }
        // Pairs, each in either order, so that what grows with time disturbs both alike.
        let mut slower = 0;
        let mut sums = [0.0; 2];
        for k in 0..100 {
            let mut times = [0.0; 2];
            let order = if k % 2 == 0 { [0, 1] } else { [1, 0] };
            for known in order {
                let phone = if known == 1 { format!("091210001{k:02}") } else { format!("091310001{k:02}") };
                let begun = Instant::now();
                let body = json!({"phone": phone});
                app.post("/v1/auth/codes", body).from(&format!("10.0.{known}.{k}")).await;
                times[known] = begun.elapsed().as_secs_f64();
                sums[known] += times[known];
                app.state.courier.idle().await;
            }
            slower += i32::from(times[1] > times[0]);
        }
        // Of a hundred fair coins, fewer than 33 or more than 67 come up once in two thousand times.
        println!("known {:.2} ms, unknown {:.2} ms, slower {slower} of 100", sums[1] * 10.0, sums[0] * 10.0);
        assert!((33..=67).contains(&slower), "{slower} of 100 known phones were slower");
    })
    .await;
}
