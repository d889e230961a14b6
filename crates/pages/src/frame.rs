//! What every page has around it, and how it is answered.

use std::{borrow::Borrow, fmt::Display};

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use khademyar_domain::{language::Language, persian::digits};
use uuid::Uuid;

use crate::{
    admin,
    assets::{ASSETS, Assets},
    me,
    trouble::Trouble,
    visitor::{TOLD, Theme, Visitor},
};

/// What every page has around it.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) theme: Theme,
    /// Whether somebody is signed in.
    pub(crate) signed_in: bool,
    /// The page itself, for forms that come back to it.
    pub(crate) here: String,
    /// What the page before did.
    pub(crate) told: Option<&'static str>,
    pub(crate) assets: &'static Assets,
    pub(crate) language: Language,
}

impl Frame {
    pub(crate) fn new(visitor: &Visitor, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            theme: visitor.theme,
            signed_in: visitor.access.is_some(),
            here: visitor.here.clone(),
            told: visitor.told.as_deref().and_then(|told| words(told, visitor.language)),
            assets: &ASSETS,
            language: visitor.language,
        }
    }

    pub(crate) fn is_persian(&self) -> bool {
        self.language == Language::Persian
    }

    /// Of two texts the one that is read.
    pub(crate) fn say<'a>(&self, fa: &'a str, en: &'a str) -> &'a str {
        if self.is_persian() { fa } else { en }
    }

    /// A large number, in groups of three digits.
    pub(crate) fn amount(&self, value: impl Borrow<i64>) -> String {
        self.language.amount(*value.borrow())
    }

    /// A number, or an hour, in the reader's digits.
    pub(crate) fn n(&self, value: impl Display) -> String {
        if self.is_persian() { digits(value) } else { value.to_string() }
    }
}

/// What makes an address that a form is sent to its own, so that it is done once however often it is sent.
pub(crate) fn once() -> String {
    format!("once={}", Uuid::new_v4())
}

/// An address that asks for more.
pub(crate) fn asking(address: &str, more: impl Display) -> String {
    let and = if address.contains('?') { '&' } else { '?' };
    format!("{address}{and}{more}")
}

/// What was done, in words.
fn words(told: &str, language: Language) -> Option<&'static str> {
    let (fa, en) = match told {
        "accepted" => ("ثبت شد که می‌آیید. سپاس!", "It is noted that you come. Thank you!"),
        "withdrawn" => (
            "ثبت شد که نمی‌توانید بیایید. به هماهنگ‌کننده خبر دادیم.",
            "It is noted that you cannot come. Your coordinator knows.",
        ),
        "assigned" => {
            ("از او خواسته شد؛ پیام به گوشی‌اش می‌رود.", "They are asked: a message goes to their phone.")
        }
        "request-approved" => ("پذیرفته شد.", "It is approved."),
        "request-declined" => ("نپذیرفتید.", "It is declined."),
        told => me::words(told).or_else(|| admin::words(told))?,
    };
    Some(match language {
        Language::Persian => fa,
        Language::English => en,
    })
}

/// A page as it is answered.
pub(crate) fn page(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page cannot be made");
            return Trouble::Ours.into_response();
        }
    };
    let mut response = (status, Html(html)).into_response();
    if visitor.told.is_some() {
        let forget = format!("{TOLD}=; Path=/; Max-Age=0");
        if let Ok(forget) = HeaderValue::from_str(&forget) {
            response.headers_mut().append(header::SET_COOKIE, forget);
        }
    }
    response
}
