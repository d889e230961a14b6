//! What else is a volunteer's own, beside *my nights*: the pass, shifts they could take, covers and swaps, hours, and what
//! they say of themselves.

mod covers;
mod hours;
mod messages;
mod pass;
mod profile;
pub(crate) mod schedule;
mod shifts;

use std::fmt::Display;

use axum::{
    Router,
    extract::{Query, State},
    http::Method,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{asking, once},
    news::{Last, News},
    session::done,
    trouble::Trouble,
    visitor::Visitor,
};

/// The volunteer's own pages.
pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/me/pass", get(pass::show))
        .route("/me/shifts", get(shifts::show))
        .route("/me/shifts/{position_id}/wait", post(shifts::wait))
        .route("/me/shifts/{position_id}/leave", post(shifts::leave))
        .route("/me/standbys/{night}", post(shifts::stand_by))
        .route("/me/standbys/{night}/end", post(shifts::stand_down))
        .route("/me/covers", get(covers::show))
        .route("/me/covers/{cover_id}/accept", post(covers::accept))
        .route("/me/covers/{cover_id}/decline", post(covers::decline))
        .route("/me/covers/{cover_id}/cancel", post(covers::cancel))
        .route("/me/assignments/{assignment_id}/cover", get(covers::choose).post(covers::ask))
        .route("/me/assignments/{assignment_id}/swap", post(covers::swap))
        .route("/me/hours", get(hours::show).post(hours::write))
        .route("/me/hours/{entry_id}/withdraw", post(hours::withdraw))
        .route("/me/letter", get(hours::letter))
        .route("/me/certificate", get(hours::certificate))
        .route("/me/profile", get(profile::show).post(profile::save))
        .route("/me/messages", get(messages::show).post(messages::save))
        .route("/me/calendar", post(messages::create_calendar))
        .route("/me/calendar/end", post(messages::revoke_calendar))
        .route("/me/events", get(follow))
}

/// Which festival one looks at: the one that the query names, else the one whose nights end next.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct Which {
    festival: Option<Uuid>,
}

impl Which {
    pub(crate) fn of(festival: Uuid) -> Self {
        Self { festival: Some(festival) }
    }

    /// Where the API has what is one's own there.
    pub(crate) fn asks(self, path: &str) -> String {
        self.festival.map_or_else(|| path.to_owned(), |id| format!("{path}?festival_id={id}"))
    }

    /// A page of ours that looks at the same festival.
    pub(crate) fn link(self, path: &str) -> String {
        self.festival.map_or_else(|| path.to_owned(), |id| format!("{path}?festival={id}"))
    }
}

/// The way between a volunteer's pages.
pub(crate) struct Menu {
    which: Which,
    here: &'static str,
}

impl Menu {
    /// From one of the pages: `/me`, `/me/shifts`, …
    pub(crate) fn at(here: &'static str, which: Which) -> Self {
        Self { which, here }
    }

    pub(crate) fn link(&self, path: &str) -> String {
        self.which.link(path)
    }

    /// Where a form is sent that is done once however often it comes.
    pub(crate) fn once(&self, path: &str) -> String {
        asking(&self.link(path), once())
    }

    /// What is done with one of a list of one's own: `/me/covers/…/accept`; without a verb, the one itself.
    pub(crate) fn of(&self, list: &str, id: impl Display, verb: &str) -> String {
        let verb = if verb.is_empty() { String::new() } else { format!("/{verb}") };
        self.which.link(&format!("/me/{list}/{id}{verb}"))
    }

    /// Whether this is the page, or the one that leads to it.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.here == path
    }
}

/// Has the API do something that takes no body, and leads to a page, which tells what was done.
async fn act(
    pages: &Pages,
    visitor: &Visitor,
    method: Method,
    path: &str,
    to: &str,
    told: &str,
) -> Result<Response, Trouble> {
    pages.ask(visitor, method, path, None, None).await?;
    Ok(done(pages, to, told))
}

/// What happens to oneself from now on.
async fn news(pages: &Pages, visitor: &Visitor, which: Which) -> Result<News, Trouble> {
    pages.news(visitor, &which.asks("/v1/me/events"), &which.link("/me/events")).await
}

/// Follows what happens to oneself, for a script that then makes the page anew.
async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Last(last): Last,
) -> Result<Response, Trouble> {
    pages.stream(&visitor, &which.asks("/v1/me/events"), last).await
}

/// What was done, in both languages.
pub(crate) fn words(told: &str) -> Option<(&'static str, &'static str)> {
    Some(match told {
        "waiting" => (
            "ثبت شد. همین که جایی برایتان باشد، پیشنهادش در «شب‌ها» می‌آید و پیامک می‌شود.",
            "It is noted. As soon as there is a seat for you, the offer is among your nights, and a message tells you.",
        ),
        "left" => ("دیگر در صف آن نیستید.", "You no longer wait for it."),
        "stands_by" => (
            "سپاس! آن شب اگر کسی کم باشد، نخست از شما می‌پرسیم.",
            "Thank you! If somebody is missing that night, you are asked first.",
        ),
        "stands_down" => ("دیگر آماده‌باش آن شب نیستید.", "You no longer stand by that night."),
        "cover_asked" => (
            "از کسانی که می‌توانند پرسیدیم. تا کسی نپذیرفته، خدمت با شماست.",
            "Those who could are asked. Until somebody says yes, the service is yours.",
        ),
        "swap_asked" => (
            "پرسیدیم. تا او نپذیرفته، خدمت شما همان است.",
            "They are asked. Until they say yes, your service stays as it is.",
        ),
        "cover_accepted" => ("پذیرفتید. سپاس از همراهی‌تان!", "You said yes. Thank you!"),
        "cover_declined" => {
            ("ثبت شد که نمی‌توانید. از دیگری می‌پرسیم.", "It is noted that you cannot. Somebody else is asked.")
        }
        "cover_cancelled" => {
            ("درخواستتان پس گرفته شد؛ خدمت با شماست.", "Your request is taken back; the service is yours.")
        }
        "written" => ("ثبت شد و چشم‌به‌راه تأیید است.", "It is written down, and waits to be approved."),
        "unwritten" => ("آن ثبت پاک شد.", "The entry is gone."),
        "profile" => {
            ("ذخیره شد. برنامه‌های بعدی با همین چیده می‌شوند.", "Saved. Rosters to come are made by it.")
        }
        "preferences" => ("ذخیره شد.", "Saved."),
        "calendar_ended" => ("نشانی پیشین دیگر کار نمی‌کند.", "The address no longer works."),
        _ => return None,
    })
}
