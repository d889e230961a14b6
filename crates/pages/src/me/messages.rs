//! What one wants to be written, and one's nights in the phone's own calendar.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{Method, StatusCode, header},
    response::Response,
};
use khademyar_domain::{language::Language, message::MessageKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Pages,
    form::Filled,
    frame::{Frame, page},
    me::{Menu, Which, act, done},
    trouble::Trouble,
    visitor::{Visitor, language_named},
};

/// Kinds of messages that somebody wants or does not want together.
struct Group {
    name: &'static str,
    words: (&'static str, &'static str),
    kinds: &'static [MessageKind],
}

const GROUPS: [Group; 6] = [
    Group {
        name: "offers",
        words: ("خدمتی از من خواسته شود", "I am asked to serve"),
        kinds: &[MessageKind::AssignmentOffered],
    },
    Group {
        name: "changes",
        words: ("خدمتی از من دگرگون شود", "A service of mine changes"),
        kinds: &[
            MessageKind::AssignmentAccepted,
            MessageKind::AssignmentWithdrawn,
            MessageKind::AssignmentCancelled,
            MessageKind::AssignmentReplaced,
            MessageKind::RosterChanged,
        ],
    },
    Group {
        name: "reminders", words: ("خدمتم نزدیک باشد", "I serve soon"), kinds: &[MessageKind::Reminder]
    },
    Group {
        name: "covers",
        words: ("دیگری جانشین بخواهد", "Somebody asks me to take over"),
        kinds: &[MessageKind::CoverAsked, MessageKind::CoverClosed],
    },
    Group {
        name: "requests",
        words: ("درخواست جانشینی‌ام به جایی برسد", "Something came of my own request"),
        kinds: &[
            MessageKind::CoverTaken,
            MessageKind::CoverApproved,
            MessageKind::CoverDeclined,
            MessageKind::CoverCancelled,
            MessageKind::CoverExpired,
        ],
    },
    Group {
        name: "worklog",
        words: ("دربارهٔ کارم بیرون از شیفت‌ها تصمیم بگیرند", "My work outside shifts is decided on"),
        kinds: &[MessageKind::WorklogApproved, MessageKind::WorklogDeclined],
    },
];

#[derive(Serialize, Deserialize)]
struct Preferences {
    language: Language,
    unwanted_sms: Vec<MessageKind>,
}

/// A group as it is shown.
struct Choice {
    name: &'static str,
    words: &'static str,
    is_wanted: bool,
}

#[derive(Template)]
#[template(path = "me/messages.html")]
struct MessagesPage {
    frame: Frame,
    menu: Menu,
    choices: Vec<Choice>,
    in_english: bool,
    /// The address that was made just now.
    calendar: Option<Calendar>,
}

struct Calendar {
    url: String,
    /// What a phone opens its calendar by.
    subscribe: String,
}

/// Shows what one wants to be written.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    show_with(&pages, &visitor, which, None).await
}

async fn show_with(
    pages: &Pages,
    visitor: &Visitor,
    which: Which,
    calendar: Option<Calendar>,
) -> Result<Response, Trouble> {
    let wanted: Preferences = pages.read(visitor, &which.asks("/v1/me/preferences")).await?;
    let choices = GROUPS.iter().map(|group| Choice {
        name: group.name,
        words: visitor.say(group.words.0, group.words.1),
        is_wanted: !group.kinds.iter().all(|kind| wanted.unwanted_sms.contains(kind)),
    });
    let mut frame = Frame::new(visitor, visitor.say("پیام‌ها و تقویم", "Messages and calendar"));
    frame.here = which.link("/me/messages");
    let is_secret = calendar.is_some();
    let template = MessagesPage {
        frame,
        menu: Menu::at("/me/profile", which),
        choices: choices.collect(),
        in_english: wanted.language == Language::English,
        calendar,
    };
    let mut response = page(visitor, StatusCode::OK, &template);
    if is_secret {
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Keeps what one wants to be written.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    // The last field of the form: where it is missing, so may ticks be that nobody took away.
    let language = filled.all("language").next().map(language_named).ok_or(Trouble::Garbled)?;
    let path = which.asks("/v1/me/preferences");
    let before: Preferences = pages.read(&visitor, &path).await?;
    let ticked = |name: &str| filled.all(name).any(|value| value == "wanted");
    let mut unwanted = before.unwanted_sms;
    for group in &GROUPS {
        let was_wanted = !group.kinds.iter().all(|kind| unwanted.contains(kind));
        // Who left a group as it was keeps what they chose of it elsewhere, kind by kind.
        if ticked(group.name) != was_wanted {
            unwanted.retain(|kind| !group.kinds.contains(kind));
            if was_wanted {
                unwanted.extend(group.kinds);
            }
        }
    }
    let wanted = Preferences { language, unwanted_sms: unwanted };
    pages.put(&visitor, &path, &json!(wanted), None).await?;
    Ok(done(&pages, &which.link("/me/messages"), "preferences"))
}

#[derive(Deserialize)]
struct Address {
    url: String,
}

/// Gives one's nights an address for calendars, and shows it once.
pub(crate) async fn create_calendar(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let answer = pages.ask(&visitor, Method::POST, &which.asks("/v1/me/calendar"), None, None).await?;
    let Address { url } = answer.read()?;
    let subscribe = url.split_once("://").map_or_else(|| url.clone(), |(_, rest)| format!("webcal://{rest}"));
    show_with(&pages, &visitor, which, Some(Calendar { url, subscribe })).await
}

/// Ends the address of one's calendar.
pub(crate) async fn revoke_calendar(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = which.asks("/v1/me/calendar");
    act(&pages, &visitor, Method::DELETE, &path, &which.link("/me/messages"), "calendar_ended").await
}
