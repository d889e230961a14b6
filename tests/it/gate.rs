//! What is let in: how often, how large, how slow, from where; and what browsers are told not to do with an answer.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, header},
};
use chrono::TimeDelta;
use futures::{StreamExt, poll, stream};
use khademyar_api::gate::{Gate, Limits, ProxyHeader};
use serde_json::json;

use crate::{
    app::{Answer, Call, TestApp, on_each_api},
    evening::Evening,
};

fn limited(app: &TestApp, limits: Limits) -> TestApp {
    app.with(|services| services.gate = Gate::new(limits))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn told(answer: &Answer, name: &str) -> Vec<String> {
    answer.headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// A sign-in whose body goes on for ever, after this.
fn endless<'a>(app: &'a TestApp, begin: &'static str) -> Call<'a> {
    app.send("/v1/auth/token", "application/json", and_then_nothing(begin))
}

/// A body of which no more than this ever comes.
fn and_then_nothing(begin: &'static str) -> Body {
    Body::from_stream(stream::iter([Ok::<_, io::Error>(begin)]).chain(stream::pending()))
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits_and_is_told_how_long() {
    on_each_api(async |app| {
        let app = limited(app, Limits { address_requests: 3, ..Limits::default() });
        let ask = async |address: &str| app.get("/v1/me").from(address).await;

        for left in ["2", "1", "0"] {
            let answer = ask("203.0.113.7").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert!(
                told(&answer, "ratelimit")[0].starts_with(&format!("\"address\";r={left};t=")),
                "{answer:?}"
            );
            assert_eq!(told(&answer, "ratelimit-policy"), ["\"address\";q=3;w=60"]);
        }
        let refused = ask("203.0.113.7").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.body["type"], "urn:khademyar:problem:too-many-requests");
        let wait: i64 = refused.header(header::RETRY_AFTER).parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        assert!(told(&refused, "ratelimit")[0].starts_with("\"address\";r=0;t="));

        assert_eq!(ask("203.0.113.8").await.status, StatusCode::UNAUTHORIZED, "another address");
        assert_eq!(app.get("/healthz").from("203.0.113.7").await.status, StatusCode::OK);
        for _ in 0..5 {
            assert_eq!(
                ask("127.0.0.1").await.status,
                StatusCode::UNAUTHORIZED,
                "this machine is not counted"
            );
        }
        // Whoever has one address of IPv6 has a whole network of them.
        for k in 0..3 {
            assert_eq!(ask(&format!("2001:db8::{k}")).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(ask("2001:db8::beef").await.status, StatusCode::TOO_MANY_REQUESTS);
        app.state.clock.advance(TimeDelta::seconds(wait));
        assert_eq!(ask("203.0.113.7").await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_counted_on_all_its_devices_and_from_wherever() {
    on_each_api(async |app| {
        let app = limited(app, Limits { account_requests: 2, ..Limits::default() });
        let (zahra, hassan) = (app.person("zahra", false).await, app.person("hassan", false).await);
        let elsewhere = app.known("zahra").await;

        let first = app.get("/v1/me").by(&zahra).from("203.0.113.7").await;
        assert_eq!(told(&first, "ratelimit-policy"), ["\"account\";q=2;w=60"]);
        first.expect(StatusCode::OK);
        app.get("/v1/me").by(&elsewhere).from("203.0.113.8").await.expect(StatusCode::OK);
        let refused = app.get("/v1/me").by(&elsewhere).await;
        assert!(!refused.header(header::RETRY_AFTER).is_empty());
        assert!(told(&refused, "ratelimit")[0].starts_with("\"account\";r=0;t="));
        refused.expect(StatusCode::TOO_MANY_REQUESTS);

        app.get("/v1/me").by(&hassan).await.expect(StatusCode::OK);
        // To sign in, or to read what needs no account, stays open.
        app.get("/.well-known/jwks.json").await.expect(StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn where_no_one_more_fits_in_they_are_told_to_come_again() {
    on_each_api(async |app| {
        let app = limited(app, Limits { at_once: 1, ..Limits::default() });
        let mut under_way = Box::pin(endless(&app, "{").begin());
        assert!(poll!(&mut under_way).is_pending());

        let refused = app.get("/v1/me").await;
        assert_eq!(refused.header(header::RETRY_AFTER), "1");
        assert_eq!(refused.body["type"], "urn:khademyar:problem:busy");
        refused.expect(StatusCode::SERVICE_UNAVAILABLE);
        app.get("/healthz").await.expect(StatusCode::OK);

        drop(under_way);
        app.get("/v1/me").await.expect(StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn who_falls_silent_in_the_middle_is_not_waited_for() {
    on_each_api(async |app| {
        let short = Duration::from_millis(20);
        let impatient = limited(app, Limits { silence: short, ..Limits::default() });
        let brief = limited(app, Limits { longest_request: short, ..Limits::default() });
        for app in [impatient, brief] {
            let answer = endless(&app, "{\"username\": \"zah").await;
            assert_eq!(answer.body["type"], "urn:khademyar:problem:timeout");
            answer.expect(StatusCode::REQUEST_TIMEOUT);
        }

        let impatient = limited(app, Limits { silence: short, ..Limits::default() });
        let (organizer, path) = app.festival().await;
        let part = "--m\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nنام";
        let import = format!("{path}/volunteers/import?mode=dry-run");
        let slow =
            impatient.send(import, "multipart/form-data; boundary=m", and_then_nothing(part)).by(&organizer);
        slow.await.expect(StatusCode::REQUEST_TIMEOUT);
    })
    .await;
}

#[tokio::test]
async fn headers_and_bodies_that_are_too_large_are_refused() {
    on_each_api(async |app| {
        let answer = app.get("/v1/me").with("cookie", &"a".repeat(17_000)).await;
        assert_eq!(answer.body["type"], "urn:khademyar:problem:headers-too-large");
        answer.expect(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        app.get("/v1/me").with("cookie", &"a".repeat(15_000)).await.expect(StatusCode::UNAUTHORIZED);

        // Of strangers only what they sign in with is read.
        let password = |letters: usize| json!({"username": "zahra", "password": "a".repeat(letters)});
        app.post("/v1/auth/token", password(64 * 1024)).await.expect(StatusCode::PAYLOAD_TOO_LARGE);
        app.post("/v1/auth/token", password(60 * 1024)).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn a_client_is_known_by_what_a_trusted_proxy_says_and_by_no_one_else() {
    on_each_api(async |app| {
        for (header, name, value) in [
            (ProxyHeader::XForwardedFor, "x-forwarded-for", "127.0.0.9, 198.51.100.7"),
            (ProxyHeader::Forwarded, "forwarded", "for=127.0.0.9, for=\"198.51.100.7:4711\";proto=https"),
        ] {
            let app = limited(
                app,
                Limits {
                    trusted_proxies: "10.0.0.0/8".parse().unwrap(),
                    proxy_header: header,
                    address_requests: 1,
                    ..Limits::default()
                },
            );
            let ask = async |peer: &str, name: &str, value: &str| {
                app.get("/v1/me").from(peer).with(name, value).await.status
            };
            assert_eq!(ask("10.0.0.1", name, value).await, StatusCode::UNAUTHORIZED);
            assert_eq!(ask("10.0.0.2", name, value).await, StatusCode::TOO_MANY_REQUESTS, "the same client");
            // One who is no proxy of ours is counted as themselves, whatever they say.
            assert_eq!(ask("203.0.113.7", name, "192.0.2.1").await, StatusCode::UNAUTHORIZED);
            assert_eq!(ask("203.0.113.7", name, "192.0.2.2").await, StatusCode::TOO_MANY_REQUESTS);
            // The header that the proxy does not write could be anyone's.
            let other = if name == "forwarded" { "x-forwarded-for" } else { "forwarded" };
            assert_eq!(ask("10.0.0.3", other, "for=192.0.2.3").await, StatusCode::UNAUTHORIZED);
            assert_eq!(ask("10.0.0.3", other, "for=192.0.2.4").await, StatusCode::TOO_MANY_REQUESTS);
        }
    })
    .await;
}

#[tokio::test]
async fn the_audit_names_the_client_behind_the_proxy() {
    on_each_api(async |app| {
        let trusted_proxies = "10.0.0.1".parse().unwrap();
        let app = limited(app, Limits { trusted_proxies, ..Limits::default() });
        let (organizer, path) = app.festival().await;
        let district = json!({"code": "d1", "name": {"fa": "منطقه"}, "priority": 1});
        let call = app.post(format!("{path}/districts"), district).by(&organizer).from("10.0.0.1");
        call.with("x-forwarded-for", "198.51.100.7").await.expect(StatusCode::CREATED);

        let audit = app.get(format!("{path}/audit?operation=create_district")).by(&organizer).await;
        assert_eq!(audit.body["items"][0]["address"], "198.51.100.7");
    })
    .await;
}

#[tokio::test]
async fn every_answer_says_what_browsers_may_not_do_with_it() {
    on_each_api(async |app| {
        let person = app.person("zahra", false).await;
        let secure = app.with(|services| services.address = "https://roster.test".into());
        for path in
            ["/v1/me", "/healthz", "/readyz", "/nothing", "/v1/openapi.json", "/v1/openapi.yaml", "/metrics"]
        {
            let answer = app.get(path).by(&person).await;
            let headers = &answer.headers;
            assert_eq!(text(headers, "x-content-type-options"), "nosniff", "{path}");
            assert_eq!(text(headers, "referrer-policy"), "no-referrer", "{path}");
            assert_eq!(text(headers, "x-frame-options"), "DENY", "{path}");
            assert_eq!(text(headers, "cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(text(headers, "cross-origin-resource-policy"), "same-origin", "{path}");
            let policy = text(headers, "content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert_eq!(text(headers, "strict-transport-security"), "", "{path}");
            assert!(!text(headers, "cache-control").is_empty(), "{path}");
            let headers = secure.get(path).by(&person).await.headers;
            assert_eq!(text(&headers, "strict-transport-security"), "max-age=31536000", "{path}");
        }
        assert_eq!(app.get("/v1/me").by(&person).await.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(app.get("/v1/me").await.header(header::CACHE_CONTROL), "no-store");
    })
    .await;
}

#[tokio::test]
async fn pages_of_others_may_ask_only_where_it_is_configured() {
    on_each_api(async |app| {
        let cors_origins = "https://pages.example".parse().unwrap();
        let open = limited(app, Limits { cors_origins, ..Limits::default() });
        let preflight = async |app: &TestApp, origin: &str| {
            let call = app.call(Method::OPTIONS, "/v1/me".into(), Body::empty(), None);
            let call = call.with("origin", origin).with("access-control-request-method", "GET");
            call.with("access-control-request-headers", "authorization").begin().await
        };
        let allowed = "access-control-allow-origin";

        let refused = preflight(app, "https://pages.example").await;
        assert_eq!(
            (refused.status(), text(refused.headers(), allowed)),
            (StatusCode::METHOD_NOT_ALLOWED, "")
        );
        let answer = app.get("/v1/me").with("origin", "https://pages.example").await;
        assert_eq!(text(&answer.headers, allowed), "");

        let answer = preflight(&open, "https://pages.example").await;
        assert_eq!(text(answer.headers(), allowed), "https://pages.example");
        assert!(text(answer.headers(), "access-control-allow-headers").contains("authorization"));
        assert_eq!(text(answer.headers(), "access-control-allow-credentials"), "");
        for other in ["https://evil.example", "https://pages.example.evil.example", "null"] {
            assert_eq!(text(preflight(&open, other).await.headers(), allowed), "", "{other}");
        }
        // Also what is answered as before, to whoever asked from a page of ours.
        let evening = Evening::on(app).await;
        for origin in ["", "https://pages.example", "https://pages.example"] {
            let nights = open.get("/v1/me/schedule").by(&evening.maryam).with("accept-language", "fa");
            let nights = if origin.is_empty() { nights } else { nights.with("origin", origin) };
            assert_eq!(text(&nights.await.headers, allowed), origin);
        }
    })
    .await;
}
