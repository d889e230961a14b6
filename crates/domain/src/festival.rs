//! A festival: its name, its zone, its nights, and how its rosters are weighed.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Fault, Name};

/// A festival. A night is named by its place in `nights`, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Festival {
    /// What people call it.
    pub name: Name,
    /// The IANA zone its evenings are counted in.
    #[serde(default = "tehran")]
    #[schema(value_type = String, default = "Asia/Tehran", example = "Asia/Tehran", pattern = r"^[A-Za-z0-9_+\-/]+$")]
    pub timezone: Tz,
    /// The dates of its evenings, in order. A shift after midnight belongs to the evening before.
    #[schema(max_items = 400, example = json!(["2027-04-08", "2027-04-09"]))]
    pub nights: Vec<NaiveDate>,
    /// The shortest rest between shifts of different nights, in minutes.
    #[serde(default = "ten_hours")]
    #[schema(minimum = 0, maximum = 10_000, default = 600)]
    pub min_rest_minutes: i32,
    /// How much each term of a roster's cost counts.
    #[serde(default)]
    pub weights: Weights,
    /// What volunteers arrange by themselves once a roster is published.
    #[serde(default)]
    pub arrangements: Arrangements,
}

/// What volunteers arrange by themselves once a roster is published, and when they are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Arrangements {
    /// How many hours a volunteer has to accept an offer. Left out: until the shift is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 2_000, example = 48)]
    pub answer_hours: Option<i32>,
    /// Whether a cover or a swap holds only when a coordinator approves of it.
    #[schema(default = false)]
    pub approve_covers: bool,
    /// How many hours before a shift people are reminded of it; 24 where nothing is said, 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 168, example = 24)]
    pub reminder_hours: Option<i32>,
    /// When nobody is written to. Left out: people are written to at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// How many days after the last night volunteers are made nameless, so that figures stay and nobody's data does; 365
    /// where nothing is said, 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 3_650, example = 365)]
    pub archive_days: Option<i32>,
}

/// When nobody is written to, by the festival's clock; but for what cannot wait, because its shift begins before they end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": 23, "until": 7}))]
pub struct QuietHours {
    /// From this full hour on.
    #[schema(minimum = 0, maximum = 23)]
    pub from: u32,
    /// Until this full hour; equal to `from`: never.
    #[schema(minimum = 0, maximum = 23)]
    pub until: u32,
}

impl QuietHours {
    /// When they end, where `now` is in them.
    #[must_use]
    pub fn end(self, now: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        let local = now.with_timezone(&timezone);
        let hours = (self.until + 24 - self.from) % 24;
        if (local.hour() + 24 - self.from) % 24 >= hours {
            return None;
        }
        let days = u64::from(local.hour() >= self.until);
        let end = local.date_naive().checked_add_days(Days::new(days))?.and_hms_opt(self.until, 0, 0)?;
        // An hour that the clocks skip ends with the skip.
        let end = end
            .and_local_timezone(timezone)
            .earliest()
            .or_else(|| (end + TimeDelta::hours(1)).and_local_timezone(timezone).earliest())?;
        Some(end.with_timezone(&Utc))
    }
}

impl Arrangements {
    /// How long before a shift people are reminded of it; none: they are not.
    #[must_use]
    pub fn reminder(&self) -> Option<TimeDelta> {
        match self.reminder_hours.unwrap_or(24) {
            0 => None,
            hours => Some(TimeDelta::hours(hours.into())),
        }
    }

    /// Until when an offer made at `now` can be accepted.
    #[must_use]
    pub fn answer_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.answer_hours.map(|hours| now + TimeDelta::hours(hours.into()))
    }
}

fn tehran() -> Tz {
    Tz::Asia__Tehran
}

fn ten_hours() -> i32 {
    600
}

/// The price of each term of a roster's cost, whole numbers from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// A welcome seat left empty, times the district's priority.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub desired: i64,
    /// A minute of travel.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub travel: i64,
    /// A shift at a venue that is not among those the volunteer prefers.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub venue: i64,
    /// A wish not granted, times its own weight.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub wish: i64,
    /// A shift short of what a volunteer hopes for at least.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub idle: i64,
    /// The square of a volunteer's number of shifts.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub fairness: i64,
    /// Each venue a volunteer serves at beyond the first.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub continuity: i64,
    /// A night on which companions do not serve together.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub companion: i64,
    /// A published assignment that is dropped.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub stability: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            desired: 60,
            travel: 1,
            venue: 15,
            wish: 4,
            idle: 40,
            fairness: 3,
            continuity: 10,
            companion: 30,
            stability: 40,
        }
    }
}

/// How many nights a festival has when nothing else is said.
pub const USUAL_NIGHTS: u64 = 10;

impl Festival {
    /// The ten evenings from `first` on.
    pub fn usual_nights(first: NaiveDate) -> Vec<NaiveDate> {
        (0..USUAL_NIGHTS).filter_map(|night| first.checked_add_days(Days::new(night))).collect()
    }

    /// When its last night is over; none where it has no nights.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        Some(self.whole_night(self.nights.len().checked_sub(1)?)?.1)
    }

    /// When it is archived by itself; `last` is what happened in it last: it was founded, perhaps after its own nights from an
    /// old file, or a shift ended. None: never.
    pub fn archive_due(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = match self.arrangements.archive_days.unwrap_or(365) {
            0 => return None,
            days => TimeDelta::days(days.into()),
        };
        self.end()?.max(last).checked_add_signed(days)
    }

    /// The whole of night `night` as an instant range: from noon of its date to the next noon, in the festival's zone.
    pub fn whole_night(&self, night: usize) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let noon =
            self.nights.get(night)?.and_hms_opt(12, 0, 0)?.and_local_timezone(self.timezone).earliest()?;
        let noon = noon.with_timezone(&Utc);
        Some((noon, noon.checked_add_signed(TimeDelta::hours(24))?))
    }
}

impl Check for Festival {
    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (k, pair) in self.nights.windows(2).enumerate() {
            if pair[1] <= pair[0] {
                faults.push(Fault::new(
                    format!("/nights/{}", k + 1),
                    "out_of_order",
                    "The nights' dates must rise: put this date after the one before it, each date once.",
                    "تاریخ شب‌ها باید به ترتیب باشد: این تاریخ را پس از تاریخ پیشین و تنها یک بار بیاورید.",
                ));
            }
        }
        faults.extend(self.nights.iter().enumerate().filter(|(_, date)| !in_our_time(**date)).map(
            |(k, _)| {
                Fault::new(
                    format!("/nights/{k}"),
                    "out_of_range",
                    "The year must lie between 1900 and 2200.",
                    "سال باید میان ۱۹۰۰ و ۲۲۰۰ میلادی باشد.",
                )
            },
        ));
        faults
    }
}

/// Whether a date is one that both databases and both calendars know: 1900 to 2200.
pub(crate) fn in_our_time(date: NaiveDate) -> bool {
    use chrono::Datelike;
    (1900..=2200).contains(&date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: u32, until: u32, now: &str, end: Option<&str>) {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        // Tehran is three hours and a half ahead of UTC.
        let told = QuietHours { from, until }.end(at(now), Tz::Asia__Tehran);
        assert_eq!(told, end.map(at), "{from} to {until} at {now}");
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        check(23, 7, "2027-04-08T19:29:00Z", None);
        check(23, 7, "2027-04-08T19:30:00Z", Some("2027-04-09T03:30:00Z"));
        check(23, 7, "2027-04-08T21:00:00Z", Some("2027-04-09T03:30:00Z"));
        check(23, 7, "2027-04-09T03:29:00Z", Some("2027-04-09T03:30:00Z"));
        check(23, 7, "2027-04-09T03:30:00Z", None);
        check(13, 15, "2027-04-09T10:00:00Z", Some("2027-04-09T11:30:00Z"));
        check(13, 15, "2027-04-09T11:30:00Z", None);
        check(7, 7, "2027-04-09T03:30:00Z", None);
    }
}
