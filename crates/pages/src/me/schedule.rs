//! One's nights as the API tells them, and hours and dates as they are read.

use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use khademyar_domain::{assignment::AssignmentState, jalali, language::Language};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Pages, ground::evening, me::Which, trouble::Trouble, visitor::Visitor};

/// One's nights in a festival.
#[derive(Deserialize)]
pub(crate) struct Schedule {
    pub(crate) festival_id: Uuid,
    pub(crate) festival: String,
    pub(crate) timezone: Tz,
    pub(crate) volunteer_id: Uuid,
    pub(crate) minutes_served: i64,
    pub(crate) worklog_minutes: i64,
    pub(crate) total_minutes: i64,
    pub(crate) nights: Vec<Night>,
}

#[derive(Deserialize)]
pub(crate) struct Night {
    pub(crate) label: String,
    pub(crate) words: String,
    pub(crate) services: Vec<Service>,
}

#[derive(Deserialize)]
pub(crate) struct Service {
    pub(crate) assignment_id: Uuid,
    pub(crate) state: AssignmentState,
    pub(crate) minutes_served: i64,
    pub(crate) answer_until: Option<DateTime<Utc>>,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) local_starts_at: DateTime<FixedOffset>,
    pub(crate) local_ends_at: DateTime<FixedOffset>,
    pub(crate) venue: Place,
    pub(crate) position_id: Uuid,
    pub(crate) specialty: String,
    pub(crate) is_lead: bool,
    pub(crate) leads: Vec<Lead>,
    pub(crate) team: Vec<String>,
    pub(crate) companions: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) district: String,
    pub(crate) address: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct Lead {
    pub(crate) name: String,
    pub(crate) phone: Option<String>,
}

impl Schedule {
    pub(crate) async fn read(pages: &Pages, visitor: &Visitor, which: Which) -> Result<Self, Trouble> {
        pages.read(visitor, &which.asks("/v1/me/schedule")).await
    }

    /// When and where something is, as it is read.
    pub(crate) fn slot(
        &self,
        hours: (DateTime<Utc>, DateTime<Utc>),
        night: i32,
        place: (String, String),
        language: Language,
    ) -> Slot {
        let [starts, ends] = [hours.0, hours.1].map(|at| at.with_timezone(&self.timezone));
        Slot {
            night: jalali::night_label(night.unsigned_abs() + 1, language),
            date: jalali::long(evening(hours.0, self.timezone), language),
            starts: starts.format("%H:%M").to_string(),
            ends: ends.format("%H:%M").to_string(),
            venue: place.0,
            specialty: place.1,
        }
    }

    /// The evening that goes on or comes next.
    pub(crate) fn this_evening(&self, now: DateTime<Utc>) -> chrono::NaiveDate {
        evening(now, self.timezone)
    }
}

impl Service {
    pub(crate) fn starts(&self) -> impl std::fmt::Display {
        self.local_starts_at.format("%H:%M")
    }

    pub(crate) fn ends(&self) -> impl std::fmt::Display {
        self.local_ends_at.format("%H:%M")
    }

    /// By which time one has to answer, on the festival's clocks.
    pub(crate) fn answer_by(&self) -> Option<DateTime<FixedOffset>> {
        self.answer_until.map(|until| until.with_timezone(self.local_starts_at.offset()))
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.state == AssignmentState::Offered
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.state == AssignmentState::Accepted
    }

    pub(crate) fn is_there(&self) -> bool {
        matches!(self.state, AssignmentState::CheckedIn | AssignmentState::Completed)
    }

    /// Whether somebody else could still have it instead.
    pub(crate) fn may_change_hands(&self, now: DateTime<Utc>) -> bool {
        self.starts_at > now && (self.is_asked() || self.is_accepted())
    }
}

impl Place {
    /// Where the phone's maps find it.
    pub(crate) fn geo(&self) -> Option<String> {
        let (latitude, longitude) = (self.latitude?, self.longitude?);
        Some(format!("geo:{latitude},{longitude}?q={latitude},{longitude}"))
    }
}

/// When, where and as what somebody would serve, as it is read.
pub(crate) struct Slot {
    pub(crate) night: String,
    pub(crate) date: String,
    pub(crate) starts: String,
    pub(crate) ends: String,
    pub(crate) venue: String,
    pub(crate) specialty: String,
}
