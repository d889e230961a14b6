//! The organizer's pages: from an empty festival to its published roster, and the thanks afterwards.

mod adding;
mod audit;
mod batches;
mod bulk;
mod comparison;
mod copying;
mod founding;
mod import;
mod letters;
mod lists;
mod members;
mod month;
mod overview;
mod plans;
mod positions;
mod recruitment;
mod reports;
mod rows;
mod sheet;
mod shifts;
mod walls;
mod ways;
mod when;
mod whole;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::{Pages, session::done, weekly};

/// The largest form that holds a file of volunteers, which comes as text the second time, in bytes.
const LARGEST_FILE_FORM: usize = 16 * 1024 * 1024;

/// How a festival words letters of a kind.
const WORDING: &str = "/admin/{festival}/letters/wordings/{kind}/{language}";

/// The organizer's pages.
pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/admin", get(founding::show).post(founding::found))
        .route("/admin/{festival}", get(overview::show))
        .route("/admin/{festival}/festival", get(whole::show).post(whole::save))
        .route("/admin/{festival}/ways", get(ways::show).post(ways::save))
        .route("/admin/{festival}/shifts", get(shifts::show).post(shifts::create))
        .route("/admin/{festival}/shifts/remove", post(shifts::remove))
        .route("/admin/{festival}/positions", get(positions::show))
        .route("/admin/{festival}/positions/copy", post(copying::copy))
        .route("/admin/{festival}/positions/{venue}", get(sheet::show).post(sheet::save))
        .route("/admin/{festival}/positions/{venue}/lines", post(sheet::add_line))
        .route("/admin/{festival}/import", get(import::show).post(import::read))
        .route("/admin/{festival}/plans", get(plans::list).post(plans::create))
        .route("/admin/{festival}/plans/{plan}", get(plans::show))
        .route("/admin/{festival}/plans/{plan}/events", get(plans::follow))
        .route("/admin/{festival}/plans/{plan}/stop", post(plans::stop))
        .route("/admin/{festival}/plans/{plan}/publish", get(comparison::preview).post(plans::publish))
        .route("/admin/{festival}/plans/{plan}/unpublish", post(plans::unpublish))
        .route("/admin/{festival}/plans/{plan}/comparison", get(comparison::show))
        .route("/admin/{festival}/plans/{plan}/recruitment", get(recruitment::show))
        .route("/admin/{festival}/members", get(members::show).post(members::add))
        .route("/admin/{festival}/members/{member}/remove", post(members::remove))
        .route("/admin/{festival}/walls", get(walls::show).post(walls::make))
        .route("/admin/{festival}/walls/{token}/remove", post(walls::switch_off))
        .route("/admin/{festival}/report", get(reports::show))
        .route("/admin/{festival}/report/thank-you", get(reports::download))
        .route("/admin/{festival}/report/festival", get(reports::festival))
        .route("/admin/{festival}/letters", get(letters::show).post(letters::print_all))
        .route("/admin/{festival}/letters/bundles/{bundle}", get(letters::all))
        .route("/admin/{festival}/letters/{kind}/{subject}", get(letters::one))
        .route(WORDING, get(letters::wording).post(letters::word))
        .route(&format!("{WORDING}/usual"), post(letters::word_as_usual))
        .route(&format!("{WORDING}/preview"), post(letters::preview))
        .route("/admin/{festival}/weekly-report", get(weekly::show).post(weekly::save))
        .route("/admin/{festival}/audit", get(audit::show))
        .route("/admin/{festival}/batches", get(batches::show))
        .route("/admin/{festival}/batches/{batch}/undo", post(batches::undo))
        .route("/admin/{festival}/{list}", get(rows::show).post(adding::add))
        .route("/admin/{festival}/{list}/many", post(adding::add_many))
        .route("/admin/{festival}/{list}/{row}", get(rows::show_one).post(rows::save))
        .route("/admin/{festival}/{list}/{row}/remove", post(rows::remove))
        .layer(DefaultBodyLimit::max(LARGEST_FILE_FORM))
}

/// What was done by a form of these pages, in both languages.
pub(crate) fn words(told: &str) -> Option<(&'static str, &'static str)> {
    Some(match told {
        "founded" => ("رویداد ساخته شد.", "The festival is founded."),
        "saved" => ("ذخیره شد.", "Saved."),
        "added" => ("افزوده شد.", "Added."),
        "removed" => ("برداشته شد.", "Removed."),
        "undone" => ("پس گرفته شد.", "It is undone."),
        "unchanged" => ("چیزی برای تغییر نبود.", "There was nothing to change."),
        "stopped" => (
            "حل متوقف می‌شود؛ بهترین برنامه‌ای که یافته شده می‌ماند.",
            "It is being stopped; the best roster found so far stays.",
        ),
        "published" => {
            ("برنامه منتشر شد؛ به همه پیام می‌رود.", "The roster is published; everybody is sent a message.")
        }
        "usual" => ("متن همیشگی برگشت.", "The usual wording is back."),
        "printing" => (
            "نامه‌ها در صف چاپ‌اند؛ همین‌جا آماده می‌شوند.",
            "The letters wait to be printed; they will be here.",
        ),
        "wall_off" => {
            ("تابلو خاموش شد؛ نشانی‌اش دیگر کار نمی‌کند.", "The wall is off: its address works no longer.")
        }
        "unpublished" => ("انتشار پس گرفته شد.", "The publication is taken back."),
        _ => return None,
    })
}
