//! What those try who are not let in, and what they are answered.

use axum::http::{StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet};
use khademyar_api::auth::{self, Keys, STALE_SECONDS};
use khademyar_storage::{Store, refresh_tokens::Holder, signing_keys};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    store::on_each_engine,
};

/// What a token is made of, as whoever knows the newest key would make it.
struct Forge {
    header: Header,
    claims: Value,
    key: EncodingKey,
}

impl Forge {
    /// A token that is good, as its claims and header stand.
    async fn of(app: &TestApp, person: &Person) -> Self {
        let stored = signing_keys::list(&app.state.store.reader()).await.unwrap();
        let key = EncodingKey::from_ed_der(&stored[0].private_der);
        let header = jsonwebtoken::decode_header(&person.token).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(person.token.split('.').nth(1).unwrap()).unwrap();
        Self { header, claims: serde_json::from_slice(&claims).unwrap(), key }
    }

    fn token(&self) -> String {
        jsonwebtoken::encode(&self.header, &self.claims, &self.key).unwrap()
    }

    fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[claim] = value;
        jsonwebtoken::encode(&self.header, &claims, &self.key).unwrap()
    }

    fn without(&self, claim: &str) -> String {
        let mut claims = self.claims.clone();
        claims.as_object_mut().unwrap().remove(claim);
        jsonwebtoken::encode(&self.header, &claims, &self.key).unwrap()
    }
}

/// A key that is not ours: of another installation.
async fn other_keys() -> (tempfile::TempDir, Keys) {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("other.db").display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    let keys = Keys::load(&store, Utc::now()).await.unwrap();
    (folder, keys)
}

#[tokio::test]
async fn forged_and_stale_tokens_are_refused() {
    on_each_api(async |app| {
        let person = app.person("zahra", false).await;
        let now = app.state.clock.now();
        let forge = Forge::of(app, &person).await;
        let status = async |token: &str| {
            let forged = Person { id: person.id, token: token.to_owned() };
            let answer = app.get("/v1/me").by(&forged).await;
            if answer.status != StatusCode::OK {
                assert_eq!(answer.header(header::WWW_AUTHENTICATE), "Bearer");
                assert_eq!(answer.body["type"], "urn:khademyar:problem:unauthenticated");
            }
            answer.status
        };
        // The forge's own are good: what follows is refused for what is changed of them.
        assert_eq!(status(&forge.token()).await, StatusCode::OK);
        let device_id: Uuid = forge.claims["sid"].as_str().unwrap().parse().unwrap();
        let holder = Holder { user_id: person.id, device_id: device_id.into() };

        let mut forged: Vec<(String, String)> = Vec::new();
        let seconds = now.timestamp();
        for (what, claim, value) in [
            ("expired", "exp", json!(seconds - 60)),
            ("not yet good", "nbf", json!(seconds + 60)),
            ("another audience", "aud", json!("another-api")),
            ("another issuer", "iss", json!("another")),
            ("another user on the same device", "sub", json!(Uuid::from_u128(1))),
            ("another device", "sid", json!(Uuid::from_u128(1))),
            ("no number", "exp", json!("never")),
        ] {
            forged.push((what.to_owned(), forge.with(claim, value)));
        }
        for claim in ["sub", "sid", "iss", "aud", "nbf", "exp"] {
            forged.push((format!("without {claim}"), forge.without(claim)));
        }

        let (_folder, others) = other_keys().await;
        let theirs = others.sign(holder, now - TimeDelta::minutes(1)).await.unwrap();
        forged.push(("another key and its kid".to_owned(), theirs.clone()));
        let [header, claims, signature] = parts(&person.token);
        let [_, their_claims, their_signature] = parts(&theirs);
        forged.push((
            "another key under our kid".to_owned(),
            format!("{header}.{their_claims}.{their_signature}"),
        ));
        forged.push(("another's claims".to_owned(), format!("{header}.{their_claims}.{signature}")));
        for kid in [None, Some("unknown"), Some(""), Some("../../dev/null"), Some("' OR 1=1 --")] {
            let other = Header { kid: kid.map(str::to_owned), ..forge.header.clone() };
            let token = jsonwebtoken::encode(&other, &forge.claims, &forge.key).unwrap();
            forged.push((format!("kid {kid:?}"), token));
        }

        // The public key is published: it must not serve as a secret.
        let jwks = app.get("/.well-known/jwks.json").await.expect(StatusCode::OK);
        let x = jwks["keys"][0]["x"].as_str().unwrap();
        for secret in [x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(x).unwrap()] {
            let hs256 = Header { kid: forge.header.kid.clone(), ..Header::new(Algorithm::HS256) };
            let key = EncodingKey::from_secret(&secret);
            let token = jsonwebtoken::encode(&hs256, &forge.claims, &key).unwrap();
            forged.push(("HS256 with the public key".to_owned(), token));
        }
        for alg in ["none", "None", "NONE", ""] {
            let none = json!({"alg": alg, "typ": "JWT", "kid": forge.header.kid}).to_string();
            let none = URL_SAFE_NO_PAD.encode(none);
            forged.push((format!("alg {alg}"), format!("{none}.{claims}.")));
            forged.push((format!("alg {alg}, signed"), format!("{none}.{claims}.{signature}")));
        }
        forged.push(("no dots".to_owned(), person.token.replace('.', "")));
        forged.push(("no signature".to_owned(), format!("{header}.{claims}.")));
        forged.push(("long".to_owned(), "eyJ".repeat(2_000)));
        forged.push(("another system's".to_owned(), format!("khademyar_{signature}")));

        for (what, token) in &forged {
            assert_eq!(status(token).await, StatusCode::UNAUTHORIZED, "{what}");
        }
        app.get("/v1/me").await.expect(StatusCode::UNAUTHORIZED);
        for value in ["Bearer", "Basic emFocmE6", "Bearer \u{fe}"] {
            app.get("/v1/me").with("authorization", value).await.expect(StatusCode::UNAUTHORIZED);
        }
    })
    .await;
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

#[tokio::test]
async fn a_new_key_signs_and_what_the_old_one_signed_is_good_until_it_is_stale() {
    on_each_engine(async |store| {
        let app = TestApp::start(store).await;
        let neighbour = TestApp::start(store).await;
        let person = app.person("zahra", false).await;
        let kid = |person: &Person| jsonwebtoken::decode_header(&person.token).unwrap().kid.unwrap();
        let kids = async |app: &TestApp| -> Vec<String> {
            let jwks = app.get("/.well-known/jwks.json").await.expect(StatusCode::OK);
            let keys = jwks["keys"].as_array().unwrap();
            keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kids(&app).await, [kid(&person)]);

        let new = auth::rotate(store, false, app.state.clock.now()).await.unwrap();
        app.state.clock.advance(TimeDelta::seconds(61));

        let later = Person { id: person.id, token: app.token(person.id).await };
        assert_eq!(kid(&later), new);
        assert_eq!(kids(&app).await, [new.clone(), kid(&person)]);
        // A process that has no reason yet to ask for keys asks when it does not know one.
        neighbour.state.clock.advance(TimeDelta::seconds(50));
        for app in [&app, &neighbour] {
            app.get("/v1/me").by(&person).await.expect(StatusCode::OK);
            app.get("/v1/me").by(&later).await.expect(StatusCode::OK);
        }

        app.state.clock.advance(TimeDelta::seconds(STALE_SECONDS));
        assert_eq!(kids(&app).await, [new.as_str()]);
        let newest = auth::rotate(store, false, app.state.clock.now()).await.unwrap();
        let stored = signing_keys::list(&store.reader()).await.unwrap();
        assert_eq!(stored.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&newest, &new]);
    })
    .await;
}

#[tokio::test]
async fn what_a_leaked_key_signed_is_good_no_longer_and_nobody_is_signed_out() {
    on_each_engine(async |store| {
        let app = TestApp::start(store).await;
        let (organizer, path) = app.festival().await;
        let zahra = json!({"username": "zahra", "name": "زهرا", "role": "organizer", "password": "سپید و سبز و بهار"});
        app.post(format!("{path}/members"), zahra).by(&organizer).await.expect(StatusCode::CREATED);
        let credentials = json!({"username": "zahra", "password": "سپید و سبز و بهار"});
        let tokens = app.post("/v1/auth/token", credentials).await.expect(StatusCode::OK);

        auth::rotate(store, true, app.state.clock.now()).await.unwrap();
        app.state.clock.advance(TimeDelta::seconds(61));

        app.get("/v1/me").by(&organizer).await.expect(StatusCode::UNAUTHORIZED);
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        app.post("/v1/auth/refresh", refresh).await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn the_published_keys_verify_what_is_signed_and_tell_nothing_secret() {
    on_each_api(async |app| {
        let person = app.person("zahra", false).await;

        let answer = app.get("/.well-known/jwks.json").await;

        let text = String::from_utf8(answer.bytes.clone()).unwrap();
        assert!(!text.contains("\"d\""), "{text}");
        let key = answer.body["keys"][0].clone();
        assert_eq!(
            (&key["alg"], &key["crv"], &key["use"]),
            (&json!("EdDSA"), &json!("Ed25519"), &json!("sig"))
        );
        let jwks: JwkSet = serde_json::from_str(&text).unwrap();
        let kid = jsonwebtoken::decode_header(&person.token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["khademyar-api"]);
        validation.set_issuer(&["khademyar"]);
        let read = jsonwebtoken::decode::<Value>(&person.token, &key, &validation).unwrap();
        assert_eq!(read.claims["sub"], person.id.to_string());
    })
    .await;
}
