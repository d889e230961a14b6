//! A shift: a venue and a stretch of time on a festival night.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Fault, Id, district::District, festival::in_our_time, venue::Venue};

/// A venue's time window on a night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// What files call it.
    pub code: Code,
    /// Where.
    pub venue_id: Id<Venue>,
    /// The district the venue stands in that night. Left out: what the venue says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district_id: Option<Id<District>>,
    /// The festival night it belongs to, from 0, also when it starts past midnight.
    #[schema(minimum = 0, maximum = 399)]
    pub night: i32,
    /// When it starts, to the minute.
    pub starts_at: DateTime<Utc>,
    /// When it ends, to the minute.
    pub ends_at: DateTime<Utc>,
}

impl Check for Shift {
    fn check(&self) -> Vec<Fault> {
        check_window("/starts_at", self.starts_at, "/ends_at", self.ends_at)
    }
}

/// What is wrong with a stretch of time: its order, its length (three days at most), its minutes, its years.
pub(crate) fn check_window(from: &str, start: DateTime<Utc>, to: &str, end: DateTime<Utc>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, instant) in [(from, start), (to, end)] {
        if instant.timestamp() % 60 != 0 || instant.timestamp_subsec_nanos() != 0 {
            faults.push(Fault::new(
                path,
                "not_a_minute",
                "Give the time to the minute, without seconds.",
                "زمان را به دقیقه و بی ثانیه بدهید.",
            ));
        }
        if !in_our_time(instant.date_naive()) {
            faults.push(Fault::new(
                path,
                "out_of_range",
                "The year must lie between 1900 and 2200.",
                "سال باید میان ۱۹۰۰ و ۲۲۰۰ میلادی باشد.",
            ));
        }
    }
    if end <= start {
        faults.push(Fault::new(
            to,
            "end_before_start",
            "The end must come after the start.",
            "پایان باید پس از آغاز باشد.",
        ));
    } else if end - start > TimeDelta::days(400) {
        faults.push(Fault::new(
            to,
            "too_long",
            "No stretch of time may be longer than 400 days.",
            "هیچ بازه‌ای بلندتر از ۴۰۰ روز نیست.",
        ));
    }
    faults
}
