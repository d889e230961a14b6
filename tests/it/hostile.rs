//! What every operation of the contract does with what nobody should send: a new operation is among them by itself.

use std::collections::BTreeSet;

use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode, header},
};
use khademyar_api::rights::{Cell, Needs, Who};
use khademyar_domain::member::Role;
use khademyar_storage::audit;
use serde_json::{Value, json};

use crate::{
    app::{Answer, Person, TestApp, on_each_api},
    rights::{Operation, Whose, World, every_operation},
};

const JSON: &str = "application/json";

/// Someone who may do an operation, and where they would; nobody, where no one need be signed in.
fn by_whom<'w>(world: &'w World, operation: &Operation) -> (String, Option<&'w Person>) {
    if operation.needs == Needs::Nothing {
        return (world.path(&operation.template, Who::Nobody, Whose::Own).0, None);
    }
    let reaches = |who: Who| {
        matches!(Cell::of(operation.needs, who), Cell::All | Cell::Districts | Cell::Own)
            && (operation.needs != Needs::SignIn || who == Who::Member(Role::Organizer))
    };
    let (who, person) = world.people.iter().find(|(who, _)| reaches(*who)).unwrap();
    (world.path(&operation.template, *who, Whose::Own).0, person.as_ref())
}

async fn send(
    app: &TestApp,
    world: &World,
    operation: &Operation,
    kind: &str,
    body: impl Into<Body>,
) -> Answer {
    let (path, person) = by_whom(world, operation);
    let call = app.call(operation.method.clone(), path, body.into(), Some(kind));
    match person {
        Some(person) => call.by(person).await,
        None => call.await,
    }
}

/// Every operation that reads JSON, with an example of it.
fn with_json() -> Vec<(Operation, Value)> {
    let all = every_operation().into_iter().filter_map(|operation| {
        let example =
            operation.body.as_ref().filter(|(kind, _)| kind == JSON).map(|(_, body)| body.clone())?;
        Some((operation, example))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() > 40, "{}", all.len());
    all
}

#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_malformed_body_is_refused_and_named() {
    let deep = "[".repeat(100_000);
    let wide = format!("{{\"items\": [{}0]}}", "0,".repeat(50_000));
    let malformed: [&[u8]; 12] = [
        b"",
        b"{",
        b"nothing",
        b"null",
        b"[]",
        b"\"text\"",
        b"{\"\\ud800\": 1}",
        b"\xff\xfe{\0}\0",
        b"{\"a\": 1e999}",
        b"{} {}",
        deep.as_bytes(),
        wide.as_bytes(),
    ];
    on_each_api(async |app| {
        let world = World::on(app).await;
        let mut wrong = Vec::new();
        for (operation, _) in with_json() {
            let mut refused = async |what: &str, kind: &str, body: Vec<u8>, with: &[StatusCode]| {
                let answer = send(app, &world, &operation, kind, body).await;
                let told = answer.body["type"].as_str().unwrap_or_default();
                if !with.contains(&answer.status) || !told.starts_with("urn:khademyar:problem:") {
                    wrong.push(format!("{} {what}: {} {}", operation.name, answer.status, answer.body));
                }
            };
            for body in malformed {
                let what = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
                // Who is not known yet may send little.
                let large = if body.len() > 16 * 1024 {
                    StatusCode::PAYLOAD_TOO_LARGE
                } else {
                    StatusCode::BAD_REQUEST
                };
                let with = [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, large];
                refused(&what, JSON, body.to_vec(), &with).await;
            }
            for kind in ["text/plain", "application/x-www-form-urlencoded", "text/xml", "application/jsonp"] {
                refused(kind, kind, b"{}".to_vec(), &[StatusCode::UNSUPPORTED_MEDIA_TYPE]).await;
            }
        }
        none(&wrong);
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read_as_anything() {
    let blanks = Bytes::from(vec![b' '; 16 * 1024 * 1024 + 1]);
    on_each_api(async |app| {
        let world = World::on(app).await;
        let mut wrong = Vec::new();
        for operation in every_operation() {
            let (path, person) = by_whom(&world, &operation);
            let send = async |kind: Option<&str>, body: Body, length: &str| {
                let call = app.call(operation.method.clone(), path.clone(), body, kind);
                let call = call.with("content-length", length);
                let call = match person {
                    Some(person) => call.by(person),
                    None => call,
                };
                call.begin().await.status()
            };
            // One that says so is believed.
            let mut statuses = vec![send(None, Body::empty(), "300000000").await];
            if let Some((kind, _)) = operation.body.as_ref().filter(|(kind, _)| kind == JSON)
                && operation.name != "replace_festival_problem"
            {
                statuses.push(send(Some(kind), blanks.clone().into(), "1").await);
            }
            if statuses.iter().any(|status| *status != StatusCode::PAYLOAD_TOO_LARGE) {
                wrong.push(format!("{}: {statuses:?}", operation.name));
            }
        }
        none(&wrong);
    })
    .await;
}

/// What a body might claim that only we decide.
fn claims() -> [(&'static str, Value); 9] {
    [
        ("operator", json!(true)),
        ("is_admin", json!(true)),
        ("role", json!("organizer")),
        ("roles", json!(["organizer"])),
        ("user_id", json!("0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e")),
        ("password_hash", json!("x")),
        ("version", json!(1)),
        ("created_at", json!("2020-01-01T00:00:00Z")),
        ("__proto__", json!({"operator": true})),
    ]
}

/// Where the objects of a body are: JSON pointers.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            members.iter().for_each(|(key, part)| objects(part, &format!("{at}/{key}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(k, part)| objects(part, &format!("{at}/{k}"), found));
        }
        _ => {}
    }
}

/// The names of everything that the body of an operation may have, at whatever depth.
fn known(operation: &Operation) -> BTreeSet<String> {
    fn collect(contract: &Value, schema: &Value, names: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            if seen.insert(reference.to_owned()) {
                let part = contract.pointer(reference.trim_start_matches('#')).unwrap();
                collect(contract, part, names, seen);
            }
            return;
        }
        if let Some(properties) = schema["properties"].as_object() {
            names.extend(properties.keys().cloned());
        }
        match schema {
            Value::Object(parts) => parts.values().for_each(|part| collect(contract, part, names, seen)),
            Value::Array(parts) => parts.iter().for_each(|part| collect(contract, part, names, seen)),
            _ => {}
        }
    }
    let contract = serde_json::to_value(khademyar_api::openapi()).unwrap();
    let told = &contract["paths"][&operation.template][operation.method.as_str().to_lowercase()];
    let mut names = BTreeSet::new();
    collect(&contract, &told["requestBody"], &mut names, &mut BTreeSet::new());
    names
}

#[tokio::test]
async fn nobody_becomes_more_by_saying_so() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let mut wrong = Vec::new();
        let mut claimed = 0;
        // The file of a set-up may hold what other programs keep in it: of that nothing is read.
        for (operation, example) in
            with_json().into_iter().filter(|(asked, _)| asked.name != "replace_festival_problem")
        {
            let known = known(&operation);
            let mut places = Vec::new();
            objects(&example, "", &mut places);
            for place in places {
                for (name, value) in claims() {
                    let mut body = example.clone();
                    let object = body.pointer_mut(&place).and_then(Value::as_object_mut).unwrap();
                    if known.contains(name) || object.contains_key(name) {
                        continue;
                    }
                    object.insert(name.to_owned(), value);
                    let answer = send(app, &world, &operation, JSON, body.to_string()).await;
                    claimed += 1;
                    let codes = ["unknown_key", "schema", "not_readable"];
                    let named = answer.faults().values().any(|code| codes.contains(&code.as_str()));
                    if answer.status != StatusCode::UNPROCESSABLE_ENTITY || !named {
                        let name = &operation.name;
                        wrong.push(format!("{name} {place}/{name}: {} {}", answer.status, answer.body));
                    }
                }
            }
        }
        none(&wrong);
        assert!(claimed > 300, "{claimed}");
    })
    .await;
}

#[tokio::test]
async fn ids_of_another_festival_are_nothing_here() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let organizer = &world.evening.organizer;
        let another = json!({"name": {"fa": "جشن دیگر"}, "first_night": "2027-04-08"});
        let founded = app.post("/v1/festivals", another).by(organizer).await;
        let elsewhere = founded.header(header::LOCATION).rsplit('/').next().unwrap().to_owned();
        founded.expect(StatusCode::CREATED);
        let here = world.evening.path.rsplit('/').next().unwrap();
        let length = async || {
            let chain = audit::verify(&app.state.store.reader(), here.parse().unwrap()).await.unwrap();
            assert_eq!(chain.faults, []);
            chain.entries
        };
        let before = length().await;

        let (mut wrong, mut asked) = (Vec::new(), 0);
        for operation in every_operation() {
            let who = Who::Member(Role::Organizer);
            let names = operation.template.matches('{').count();
            // A letter's wording has no id: every festival has one of each kind in each language.
            if Cell::of(operation.needs, who) != Cell::All
                || !operation.template.contains("{festival_id}")
                || operation.template.contains("/letter-wordings/")
                || names < 2
            {
                continue;
            }
            let (path, _) = world.path(&operation.template, who, Whose::Own);
            let path = path.replace(here, &elsewhere);
            let (kind, body) = match &operation.body {
                Some((kind, example)) => (Some(kind.as_str()), Body::from(example.to_string())),
                None => (None, Body::empty()),
            };
            let status =
                app.call(operation.method.clone(), path, body, kind).by(organizer).begin().await.status();
            asked += 1;
            // A body that names what is not there may be refused before anyone looks for the object.
            let may = status == StatusCode::UNPROCESSABLE_ENTITY && operation.body.is_some();
            if status != StatusCode::NOT_FOUND && !may {
                wrong.push(format!("{}: {status}", operation.name));
            }
        }
        none(&wrong);
        assert!(asked > 40, "{asked}");
        assert_eq!(length().await, before, "something of the other festival was changed");
    })
    .await;
}

/// Every text of a body in turn with the line end of a header in it.
fn with_line_ends(example: &Value) -> Vec<Value> {
    fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(at.to_owned()),
            Value::Object(members) => {
                members.iter().for_each(|(key, part)| texts(part, &format!("{at}/{key}"), found));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(k, part)| texts(part, &format!("{at}/{k}"), found));
            }
            _ => {}
        }
    }
    let mut places = Vec::new();
    texts(example, "", &mut places);
    let changed = |place: String| {
        let mut body = example.clone();
        *body.pointer_mut(&place).unwrap() = json!("خط\r\nSet-Cookie: a=b\r\nATTENDEE:mailto:a@b");
        body
    };
    places.into_iter().map(changed).collect()
}

/// Whether a text somewhere in it has the line end of a header.
fn has_line_end(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\r') || text.contains("\nSet-Cookie"),
        // What a letter says has lines, and they end up on paper alone.
        Value::Object(members) => {
            let lines = |key: &str| key == "body" && members.contains_key("signatory");
            members.iter().any(|(key, part)| !lines(key) && has_line_end(part))
        }
        Value::Array(items) => items.iter().any(has_line_end),
        _ => false,
    }
}

#[tokio::test]
async fn no_text_carries_a_line_into_a_header_or_a_calendar() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let calendar = app.post("/v1/me/calendar", Value::Null).by(&world.evening.maryam).await;
        let calendar = calendar.body["url"].as_str().unwrap().replace("http://roster.test", "");
        let mut wrong = Vec::new();
        let mut sent = 0;
        for (operation, example) in
            with_json().into_iter().filter(|(o, _)| o.name != "replace_festival_problem")
        {
            for body in with_line_ends(&example) {
                let answer = send(app, &world, &operation, JSON, body.to_string()).await;
                sent += 1;
                let leaks = answer.headers.contains_key("set-cookie") || has_line_end(&answer.body);
                if answer.status.is_server_error() || leaks {
                    wrong.push(format!("{}: {} {}", operation.name, answer.status, answer.body));
                }
            }
        }
        let calendar = app.get(calendar).await;
        let text = String::from_utf8(calendar.bytes.clone()).unwrap();
        calendar.expect(StatusCode::OK);
        assert!(
            !text.lines().any(|line| line.starts_with("Set-Cookie") || line.starts_with("ATTENDEE")),
            "{text}"
        );
        for operation in every_operation().into_iter().filter(|operation| operation.method == Method::GET) {
            let (path, person) = by_whom(&world, &operation);
            let call = app.get(path);
            let response = match person {
                Some(person) => call.by(person).begin().await,
                None => call.begin().await,
            };
            if response.headers().contains_key("set-cookie") || response.status().is_server_error() {
                wrong.push(format!("{}: {:?}", operation.name, response.headers()));
            }
        }
        none(&wrong);
        assert!(sent > 100, "{sent}");
    })
    .await;
}

#[tokio::test]
async fn no_path_leads_to_the_disk() {
    on_each_api(async |app| {
        for path in [
            "/../etc/passwd",
            "/..%2f..%2fetc%2fpasswd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/docs/../../etc/passwd",
            "/docs/..%2f..%2f..%2fetc%2fpasswd",
            "/docs/%2e%2e%2fCargo.toml",
            "/docs//etc/passwd",
            "/v1/../../etc/passwd",
            "/v1/festivals/..%2f..%2fetc%2fpasswd",
            "/data/khademyar.sqlite",
            "/khademyar.toml",
            "/.git/config",
            "/.env",
            "/etc/passwd%00.html",
            "/docs/..\\..\\windows\\win.ini",
        ] {
            let answer = app.get(path.replace('\\', "%5c")).await;

            let refused = [StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED].contains(&answer.status);
            assert!(refused, "{path}: {}", answer.status);
            let text = String::from_utf8_lossy(&answer.bytes);
            assert!(!text.contains("root:") && !text.contains("[package]"), "{path}: {text}");
        }
    })
    .await;
}
