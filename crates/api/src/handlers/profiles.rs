//! What a volunteer reads of themselves, and the part of it that is theirs to say.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use khademyar_domain::{
    Check, Fault, Id, Stored,
    centre::Centre,
    district::District,
    festival::Festival,
    jalali,
    language::Language,
    phone::Phone,
    specialty::Specialty,
    venue::Venue,
    volunteer::{Readiness, Volunteer},
};
use khademyar_storage::{Db, Table, missing, nights, pairs, schedules, table};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Own, Writing},
    error::ApiError,
    extract::{Body, IfMatch},
    handlers::schedules::night_label,
    language::Spoken,
    own_part::OwnPart,
    state::AppState,
};

/// What a volunteer reads of themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileBody {
    /// The festival.
    festival_id: Uuid,
    /// The volunteer.
    volunteer_id: Uuid,
    /// How often it was written.
    version: i64,
    /// Their name.
    #[schema(example = "زهرا کریمی")]
    name: String,
    /// Their mobile phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "+989131234567")]
    phone: Option<Phone>,
    /// The district they live in.
    #[schema(example = "منطقهٔ ۱۴")]
    home_district: String,
    /// The centre they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "کانون سلامت")]
    centre: Option<String>,
    /// What they can do, as those who let them in have it.
    skills: Vec<OwnSkillBody>,
    /// The names of those who come with them, as far as they are told.
    #[schema(example = json!(["مریم کاظمی"]))]
    companions: Vec<String>,
    /// The festival's nights, in order.
    nights: Vec<FestivalNightBody>,
    /// The festival's venues, of which they may prefer some.
    venues: Vec<FestivalVenueBody>,
    /// What they say of themselves.
    readiness: Readiness,
}

/// A field in which one can serve.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnSkillBody {
    /// Which.
    specialty_id: Id<Specialty>,
    /// What it is called.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
    /// How well: 1 to 3.
    #[schema(minimum = 1, maximum = 3)]
    level: i32,
    /// Whether someone who may has confirmed it.
    confirmed: bool,
}

/// A night of a festival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FestivalNightBody {
    /// Which, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// Which, in words.
    #[schema(example = "شب سوم")]
    label: String,
    /// The date of the evening.
    date: NaiveDate,
    /// The date in words.
    #[schema(example = "شنبه ۲۱ فروردین ۱۴۰۶")]
    words: String,
}

/// A venue of a festival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FestivalVenueBody {
    /// Which.
    id: Id<Venue>,
    /// What it is called.
    #[schema(example = "باغ غدیر")]
    name: String,
}

/// Reads one's own profile: what others have of one, and what one says of oneself.
#[utoipa::path(get, path = "/v1/me/profile", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The profile.", body = ProfileBody, headers(("ETag" = String, description = "The profile's version, in quotes."))), Own))]
pub(crate) async fn get_my_profile(
    State(app): State<AppState>,
    own: OwnPart,
    Spoken(language): Spoken,
) -> Result<Response, ApiError> {
    let db = app.store.snapshot().await?;
    let row = table::get(&db, own.festival_id, None, own.volunteer_id).await?;
    told(&db, own.festival_id, row, language).await
}

/// Says when and how much one can serve, and what one wishes for. It counts for rosters to come; what one was given already
/// stays until one says that one cannot come.
#[utoipa::path(put, path = "/v1/me/profile", tag = "me", request_body = Readiness,
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when it is older than the profile.")),
    responses((status = 200, description = "The profile as it is now.", body = ProfileBody, headers(("ETag" = String, description = "The profile's version, in quotes."))), Writing))]
pub(crate) async fn replace_my_profile(
    State(app): State<AppState>,
    own: OwnPart,
    Spoken(language): Spoken,
    IfMatch(expected): IfMatch,
    Body(readiness): Body<Readiness>,
) -> Result<Response, ApiError> {
    let OwnPart { festival_id, volunteer_id, .. } = own;
    let db = app.store.begin().await?;
    let Stored { version, value, .. } = table::get(&db, festival_id, None, volunteer_id).await?;
    let now = app.clock.now();
    let services = schedules::get(&db, festival_id, volunteer_id).await?.services;
    let left_out = services.iter().any(|one| {
        let allows = |readiness: &Readiness| readiness.allows(one.night, one.starts_at, one.ends_at);
        one.state.holds_seat() && one.ends_at > now && allows(&value.readiness()) && !allows(&readiness)
    });
    let value = value.ready(readiness);
    let mut faults = value.check();
    faults.extend(missing(&db, festival_id, &value.references()).await?);
    if left_out {
        faults.push(Fault::new(
            "/available",
            "serving_then",
            "You serve at a time that this leaves out: say first that you cannot come, or find somebody who takes over.",
            "زمانی را برداشته‌اید که در آن خدمت دارید: نخست بگویید که نمی‌توانید بیایید، یا جانشینی بیابید.",
        ));
    }
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    // Somebody in charge may have written it meanwhile.
    let expected = expected.unwrap_or(version);
    let row = table::replace::<Volunteer>(&db, festival_id, volunteer_id, Some(expected), value).await?;
    let answer = told(&db, festival_id, row, language).await?;
    db.commit_change(festival_id).await?;
    Ok(answer)
}

async fn told(
    db: &Db,
    festival_id: Id<Festival>,
    row: Stored<Volunteer>,
    language: Language,
) -> Result<Response, ApiError> {
    let Stored { id, version, value } = row;
    let specialties = table::all::<Specialty>(db, festival_id).await?;
    let skills = value.skills.iter().filter_map(|skill| {
        let specialty = specialties.iter().find(|specialty| specialty.id == skill.specialty_id)?;
        Some(OwnSkillBody {
            specialty_id: skill.specialty_id,
            specialty: specialty.value.name.in_language(language),
            level: skill.level,
            confirmed: skill.confirmed,
        })
    });
    let home = table::get::<District>(db, festival_id, None, value.home_district_id).await?.value;
    let centre = match value.centre_id {
        Some(centre) => Some(table::get::<Centre>(db, festival_id, None, centre).await?.value),
        None => None,
    };
    let venues = table::all::<Venue>(db, festival_id).await?;
    let dates = nights::list(db, festival_id).await?;
    let companions = match dates.first() {
        Some(&first) => pairs::companions(db, festival_id, id, first).await?,
        None => Vec::new(),
    };
    let night = |(night, date)| FestivalNightBody {
        night,
        label: night_label(night, language),
        date,
        words: jalali::long(date, language),
    };
    let body = ProfileBody {
        festival_id: festival_id.uuid(),
        volunteer_id: id.uuid(),
        version,
        name: value.name.in_language(language),
        readiness: value.readiness(),
        skills: skills.collect(),
        phone: value.phone,
        home_district: home.name.in_language(language),
        centre: centre.map(|centre| centre.name.in_language(language)),
        companions: companions.iter().map(|name| name.in_language(language)).collect(),
        nights: (0..).zip(dates).map(night).collect(),
        venues: venues
            .into_iter()
            .map(|venue| FestivalVenueBody { id: venue.id, name: venue.value.name.in_language(language) })
            .collect(),
    };
    let headers = [
        (header::ETAG, format!("\"{version}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "Accept-Language".to_owned()),
    ];
    Ok((headers, Json(body)).into_response())
}
