//! A browser without scripts: it keeps cookies, follows where it is led, and sends forms from our own pages.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use khademyar_pages::Pages;
use tokio::time::timeout;
use tower::ServiceExt;

use crate::app::{Person, TestApp};

/// Longer than anything takes; no test waits for it that passes.
const LONG: Duration = Duration::from_secs(20);

/// What a stream tells next.
pub(crate) async fn next_event(body: &mut Body) -> String {
    let frame = timeout(LONG, body.frame()).await.unwrap().unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

/// Somebody's browser.
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    /// What it was told to do with each cookie, the latest.
    pub(crate) told: Vec<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Page {
    /// The page, which must say this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text} is not in {}", self.text);
        self
    }

    /// Where it leads.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        assert_eq!(self.headers[header::LOCATION], path);
    }
}

impl Browser {
    pub(crate) fn on(app: &TestApp) -> Self {
        Self::at(app, "http://roster.test")
    }

    /// A browser that finds the pages at `address`.
    pub(crate) fn at(app: &TestApp, address: &str) -> Self {
        Self::of(app, address, true)
    }

    /// A browser where no codes are sent to sign in by.
    pub(crate) fn without_codes(app: &TestApp) -> Self {
        Self::of(app, "http://roster.test", false)
    }

    fn of(app: &TestApp, address: &str, sends_codes: bool) -> Self {
        let clock = app.state.clock.clone();
        let pages = Pages::new(app.router(), address, sends_codes, move || clock.now());
        Self { router: khademyar_pages::router(pages), cookies: BTreeMap::new(), told: Vec::new() }
    }

    /// Another window of the same browser.
    pub(crate) fn window(&self) -> Self {
        Self { router: self.router.clone(), cookies: self.cookies.clone(), told: Vec::new() }
    }

    pub(crate) async fn open(&mut self, path: &str) -> Page {
        self.ask(Request::get(path), Body::empty()).await
    }

    /// Signed in by an access token, without a device that renews it.
    pub(crate) fn signed_in(app: &TestApp, person: &Person) -> Self {
        let mut browser = Self::on(app);
        browser.cookies.insert("access".to_owned(), person.token.clone());
        browser
    }

    /// Opens what goes on, and gives the answer while it does.
    pub(crate) async fn follow(&self, path: &str) -> Response<Body> {
        let cookies = format!("access={}", self.cookies["access"]);
        let request = Request::get(path).header(header::COOKIE, cookies).body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a form of a page of ours.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::post(path).header("sec-fetch-site", "same-origin");
        self.ask(request.header(header::CONTENT_TYPE, FORM), form(fields).into()).await
    }

    /// What a script of ours sends.
    pub(crate) async fn fetch(&mut self, path: &str, key: &str, fields: &[(&str, &str)]) -> Page {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::ACCEPT, "application/json")
            .header("idempotency-key", key)
            .header(header::CONTENT_TYPE, FORM);
        self.ask(request, form(fields).into()).await
    }

    pub(crate) async fn ask(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let is_post = *request.method() == Method::POST;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.told = parts
            .headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .collect();
        for cookie in &self.told {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        // What is printed is no text.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!is_post || parts.status != StatusCode::OK || !text.is_empty(), "an empty answer to a form");
        Page { status: parts.status, headers: parts.headers, text }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let bytes: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        bytes.concat()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}
