//! Days and moments as their readers write them.

use chrono::{DateTime, NaiveDate, Utc};
use khademyar_domain::{
    jalali::{day_month_year, long},
    language::Language,
};

use crate::{frame::Frame, ground::Ground};

/// The day as its readers write it.
pub(super) fn date(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Persian => day_month_year(date),
        Language::English => long(date, language),
    }
}

/// The day and the hour on the festival's clocks.
pub(super) fn moment(at: DateTime<Utc>, ground: &Ground, frame: &Frame) -> String {
    let local = at.with_timezone(&ground.timezone);
    let day = date(local.date_naive(), frame.language);
    format!("{day}{}{}", frame.say("، ", ", "), frame.n(local.format("%H:%M")))
}
