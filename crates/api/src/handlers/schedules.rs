//! A volunteer's own nights.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    assignment::AssignmentState,
    attendance::{Attendance, Hours},
    jalali,
    language::Language,
    persian::digits,
    phone::Phone,
    venue::VenueKind,
    worklog::Approved,
};
use khademyar_storage::{
    festivals,
    schedules::{self, Lead, Place, Schedule, Service},
    worklog,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    again::{Answer, Asked},
    contract::Own,
    edit::unchanged,
    error::ApiError,
    language::Spoken,
    own_part::OwnPart,
    state::AppState,
};

/// A volunteer's nights in a festival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleBody {
    /// The festival.
    festival_id: Uuid,
    /// What the festival is called.
    #[schema(example = "دههٔ کرامت")]
    festival: String,
    /// The IANA zone its evenings are counted in.
    #[schema(example = "Asia/Tehran")]
    timezone: String,
    /// The volunteer.
    volunteer_id: Uuid,
    /// How many minutes the volunteer served in shifts, of all nights so far.
    minutes_served: i64,
    /// How many minutes the volunteer served outside shifts, as far as that was approved.
    worklog_minutes: i64,
    /// How many minutes the volunteer is credited with in all: in shifts and outside them.
    total_minutes: i64,
    /// The nights on which the volunteer serves, in order.
    nights: Vec<NightBody>,
}

/// A festival night on which one serves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NightBody {
    /// Which, from 0.
    night: i32,
    /// Which, in words.
    #[schema(example = "شب سوم")]
    label: String,
    /// The date of the evening.
    date: NaiveDate,
    /// The date in the Solar Hijri calendar.
    #[schema(example = "۱۴۰۶/۰۱/۲۱")]
    persian_date: String,
    /// The date in words.
    #[schema(example = "شنبه ۲۱ فروردین ۱۴۰۶")]
    words: String,
    /// What one does that night, in order, also past midnight.
    services: Vec<ServiceBody>,
}

/// A place in a shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceBody {
    /// The assignment.
    assignment_id: Uuid,
    /// How often the assignment was written.
    version: i64,
    /// How it stands.
    state: AssignmentState,
    /// Whether one was there; `unknown` is not absent.
    attendance: Attendance,
    /// How many minutes of the shift one is credited with.
    minutes_served: i32,
    /// Until when the offer can be accepted; null: until the shift is over.
    answer_until: Option<DateTime<Utc>>,
    /// The shift.
    shift_id: Uuid,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// When it starts, on the festival's clocks.
    #[schema(example = "2027-04-10T20:00:00+03:30")]
    local_starts_at: DateTime<FixedOffset>,
    /// When it ends, on the festival's clocks.
    #[schema(example = "2027-04-10T23:30:00+03:30")]
    local_ends_at: DateTime<FixedOffset>,
    /// When, in words; past midnight this is another day than the night's.
    #[schema(example = "شنبه ۲۱ فروردین ۱۴۰۶، ۲۰:۰۰ تا ۲۳:۳۰")]
    words: String,
    /// Where.
    venue: PlaceBody,
    /// The position.
    position_id: Uuid,
    /// The field of service.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
    /// The level the position asks for, 1 to 3.
    #[schema(minimum = 1, maximum = 3)]
    level: i32,
    /// Whether one leads the shift.
    is_lead: bool,
    /// Who else leads the shift: whom to call.
    leads: Vec<LeadBody>,
    /// The names of the others in the position.
    #[schema(example = json!(["لیلا حسینی", "نرگس رضایی"]))]
    team: Vec<String>,
    /// The names of one's companions who serve at the venue that night.
    #[schema(example = json!(["مریم کاظمی"]))]
    companions: Vec<String>,
}

/// A venue on a night.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceBody {
    /// The venue.
    id: Uuid,
    /// What it is called.
    #[schema(example = "باغ غدیر")]
    name: String,
    /// Whether it stays where it is.
    kind: VenueKind,
    /// The district it stands in that night.
    district_id: Uuid,
    /// What the district is called.
    #[schema(example = "منطقهٔ ۱۴")]
    district: String,
    /// The way there in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "خیابان جی، روبه‌روی پارک غدیر")]
    address: Option<String>,
    /// Degrees north.
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
}

/// Someone who leads a shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeadBody {
    /// Their name.
    #[schema(example = "مریم احمدی")]
    name: String,
    /// Their telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Phone>,
}

/// Reads one's own nights in festival order: when, where, as what, who leads, with whom.
#[utoipa::path(get, path = "/v1/me/schedule", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next."),
           ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what one has: the answer is 304 while that is fresh.")),
    responses((status = 200, description = "One's nights.", body = ScheduleBody, headers(("ETag" = String, description = "Changes when the answer may have."))), (status = 304, description = "It is as one has it."), Own))]
pub(crate) async fn get_my_schedule(
    State(app): State<AppState>,
    own: OwnPart,
    Spoken(language): Spoken,
    Asked(question): Asked,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let tag = |revision| format!("\"{}-{revision}-{}\"", own.volunteer_id.uuid().simple(), language.tag());
    let known = match own.revision {
        Some(revision) => revision,
        None => festivals::revision(&app.store.reader(), own.festival_id).await?,
    };
    let (revision, answer) = if let Some(fresh) = unchanged(&headers, &tag(known)) {
        (known, Answer::of(fresh, Bytes::new()))
    } else {
        let (revision, json) = make(&app, &own, language).await?;
        let caching = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "private, no-cache"),
            (header::VARY, "Authorization, Accept-Language"),
        ];
        (revision, Answer::of(([(header::ETAG, tag(revision))], caching), json))
    };
    // What was read is of how they stand now, unless something changed meanwhile.
    if let Some(question) = question.filter(|_| own.is_only && own.revision == Some(revision)) {
        app.fresh.again.keep(question, answer.clone());
    }
    Ok(answer.into_response())
}

/// Makes somebody's nights; of which revision they are.
async fn make(app: &AppState, own: &OwnPart, language: Language) -> Result<(i64, Bytes), ApiError> {
    let db = app.store.snapshot().await?;
    let schedule = schedules::get(&db, own.festival_id, own.volunteer_id).await?;
    let approved = worklog::approved(&db, own.festival_id, Some(own.volunteer_id)).await?;
    let json = serde_json::to_vec(&body(own, &schedule, &approved, language));
    Ok((schedule.revision, Bytes::from(json.map_err(|error| ApiError::Internal(error.to_string()))?)))
}

fn body(own: &OwnPart, schedule: &Schedule, approved: &[Approved], language: Language) -> ScheduleBody {
    let services: Vec<&Service> =
        schedule.services.iter().filter(|service| service.state.holds_seat()).collect();
    let nights = services.chunk_by(|one, next| one.night == next.night).map(|services| NightBody {
        night: services[0].night,
        label: night_label(services[0].night, language),
        date: services[0].date,
        persian_date: jalali::short(services[0].date),
        words: jalali::long(services[0].date, language),
        services: services.iter().map(|service| service_body(service, schedule.timezone, language)).collect(),
    });
    let minutes_served = services.iter().map(|service| i64::from(service.minutes_served)).sum();
    let shifts = services.iter().map(|service| {
        let hours = Hours { starts_at: service.starts_at, ends_at: service.ends_at };
        (hours, i64::from(service.minutes_served))
    });
    let worklog_minutes = approved.iter().map(|entry| entry.minutes_beside(shifts.clone())).sum();
    ScheduleBody {
        festival_id: own.festival_id.uuid(),
        festival: schedule.festival_name.in_language(language),
        timezone: schedule.timezone.name().to_owned(),
        volunteer_id: own.volunteer_id.uuid(),
        minutes_served,
        worklog_minutes,
        total_minutes: minutes_served + worklog_minutes,
        nights: nights.collect(),
    }
}

fn service_body(service: &Service, timezone: Tz, language: Language) -> ServiceBody {
    ServiceBody {
        assignment_id: service.assignment_id.uuid(),
        version: service.version,
        state: service.state,
        attendance: service.attendance,
        minutes_served: service.minutes_served,
        answer_until: service.answer_until,
        shift_id: service.shift_id.uuid(),
        starts_at: service.starts_at,
        ends_at: service.ends_at,
        local_starts_at: service.starts_at.with_timezone(&timezone).fixed_offset(),
        local_ends_at: service.ends_at.with_timezone(&timezone).fixed_offset(),
        words: when(service, timezone, language),
        venue: place_body(&service.place, language),
        position_id: service.position_id.uuid(),
        specialty: service.specialty.in_language(language),
        level: service.level,
        is_lead: service.is_lead(),
        leads: service.leads.iter().map(|lead| lead_body(lead, language)).collect(),
        team: service.team.iter().map(|name| name.in_language(language)).collect(),
        companions: service.companions.iter().map(|name| name.in_language(language)).collect(),
    }
}

fn place_body(place: &Place, language: Language) -> PlaceBody {
    PlaceBody {
        id: place.venue_id.uuid(),
        name: place.name.in_language(language),
        kind: place.kind,
        district_id: place.district_id.uuid(),
        district: place.district.in_language(language),
        address: address(place, language),
        latitude: place.geo.map(|(latitude, _)| latitude),
        longitude: place.geo.map(|(_, longitude)| longitude),
    }
}

fn lead_body(lead: &Lead, language: Language) -> LeadBody {
    LeadBody { name: lead.name.in_language(language), phone: lead.phone.clone() }
}

/// The way to a place as readers of `language` see it.
pub(crate) fn address(place: &Place, language: Language) -> Option<String> {
    place.address.as_ref().map(|address| match language {
        Language::Persian => digits(address),
        Language::English => address.to_string(),
    })
}

/// A night, counted from 0, as it is called.
pub(crate) fn night_label(night: i32, language: Language) -> String {
    jalali::night_label(u32::try_from(night).unwrap_or_default().saturating_add(1), language)
}

/// Day and hours of a service on the festival's clocks, in words.
pub(crate) fn when(service: &Service, timezone: Tz, language: Language) -> String {
    let [start, end] = [service.starts_at, service.ends_at].map(|at| at.with_timezone(&timezone));
    let day = jalali::long(start.date_naive(), language);
    let [start, end] = [start, end].map(|at| at.format("%H:%M"));
    match language {
        Language::Persian => format!("{day}، {} تا {}", digits(start), digits(end)),
        Language::English => format!("{day}, {start} to {end}"),
    }
}
