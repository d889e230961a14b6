//! People who register by themselves, and those who let them in.

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khademyar_domain::{
    Check, Code, Id, Name, Stored,
    centre::Centre,
    district::District,
    festival::Festival,
    registration::Registration,
    rights::{Action, Scope},
    volunteer::Volunteer,
};
use khademyar_senders::{Message, Sms};
use khademyar_storage::{
    StorageError, audit,
    counts::{self, Limit},
    festivals, missing,
    registrations::{self, MOST, Waiting},
    sign_ins::Attempt,
    table,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Reading, Registering, SecretAddress, Writing},
    error::ApiError,
    extract::{At, Body, InFestival, Organizer, Whence},
    handlers::tokens::too_many,
    state::AppState,
};

/// How many register from an address; behind one there may be all who came on an evening.
const OF_ADDRESS: Limit = Limit { kind: "registration", most: 30, within: TimeDelta::hours(1) };

/// What somebody who registers must know of the festival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationFormBody {
    /// What the festival is called.
    festival_name: Name,
    /// The dates on which its nights begin: what one can come to is named by their places here, from 0.
    nights: Vec<NaiveDate>,
    /// Where one can live.
    districts: Vec<ChoiceBody>,
    /// Which centre one can belong to.
    centres: Vec<ChoiceBody>,
}

/// Something to choose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoiceBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: Name,
}

/// Whether people may register by themselves.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"open": true}))]
pub(crate) struct RegistrationSettingBody {
    /// Whether they may. Those who did before are waiting in either case.
    open: bool,
}

impl Check for RegistrationSettingBody {}

/// Somebody who waits to be let in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7f", "created_at": "2027-03-01T08:30:00Z",
    "registration": {"name": "زهرا کریمی", "phone": "+989121234567", "gender": "woman",
                     "home_district_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e"}
}))]
pub(crate) struct WaitingRegistrationBody {
    /// The id, which will be the volunteer's.
    id: Uuid,
    /// Since when.
    created_at: DateTime<Utc>,
    /// Who. The phone is told in full: whoever lets them in may want to call first.
    registration: Registration,
}

/// Those who wait.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationsBody {
    /// Who has waited longest comes first; 500 at the most.
    items: Vec<WaitingRegistrationBody>,
}

impl From<Waiting> for WaitingRegistrationBody {
    fn from(waiting: Waiting) -> Self {
        Self { id: waiting.id.uuid(), created_at: waiting.created_at, registration: waiting.value }
    }
}

/// Tells what somebody who wants to register must know. Not there where nobody may.
#[utoipa::path(get, path = "/v1/registration-forms/{id}", tag = "me", security(()),
    params(("id" = Uuid, Path, description = "The festival's id.")),
    responses((status = 200, description = "The form.", body = RegistrationFormBody), SecretAddress))]
pub(crate) async fn get_registration_form(
    State(app): State<AppState>,
    At(festival_id): At<Id<Festival>>,
) -> Result<Json<RegistrationFormBody>, ApiError> {
    let db = app.store.snapshot().await?;
    if !registrations::is_open(&db, festival_id).await? {
        return Err(ApiError::NotFound("festival"));
    }
    let festival = festivals::get(&db, festival_id).await?.value;
    let districts: Vec<Stored<District>> = table::all(&db, festival_id).await?;
    let centres: Vec<Stored<Centre>> = table::all(&db, festival_id).await?;
    Ok(Json(RegistrationFormBody {
        festival_name: festival.name,
        nights: festival.nights,
        districts: districts.into_iter().map(|row| choice(row.id.uuid(), row.value.name)).collect(),
        centres: centres.into_iter().map(|row| choice(row.id.uuid(), row.value.name)).collect(),
    }))
}

fn choice(id: Uuid, name: Name) -> ChoiceBody {
    ChoiceBody { id, name }
}

/// Registers somebody, who waits until they are let in and signs in by their phone then. The answer is the same for who is
/// registered already.
#[utoipa::path(post, path = "/v1/registration-forms/{id}", tag = "me", security(()), request_body = Registration,
    params(("id" = Uuid, Path, description = "The festival's id.")),
    responses((status = 202, description = "They wait, if they are not known already."), Registering))]
pub(crate) async fn create_registration(
    State(app): State<AppState>,
    At(festival_id): At<Id<Festival>>,
    whence: Whence,
    Body(registration): Body<Registration>,
) -> Result<StatusCode, ApiError> {
    let now = app.clock.now();
    let db = app.store.begin().await?;
    if !registrations::hold_open(&db, festival_id).await? {
        return Err(ApiError::NotFound("festival"));
    }
    counts::forget(&db, now).await?;
    if let Some(address) = whence.address
        && let Attempt::Blocked(until) = counts::add(&db, OF_ADDRESS, &address.to_string(), now).await?
    {
        db.commit().await?;
        return Err(too_many(until, now));
    }
    let faults = missing(&db, festival_id, &registrations::references(&registration)).await?;
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    if registrations::count(&db, festival_id).await? >= MOST {
        return Err(ApiError::conflict(
            "too-many-wait",
            "Very many wait to be let in: register later.",
            "شمار بسیاری در انتظار پذیرش‌اند: بعداً ثبت‌نام کنید.",
        ));
    }
    if !registrations::is_volunteer(&db, festival_id, &registration.phone).await? {
        registrations::insert(&db, festival_id, app.new_id().into(), &registration, now).await?;
    }
    db.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tells whether people may register by themselves.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/registration", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "Whether they may.", body = RegistrationSettingBody), Reading))]
pub(crate) async fn get_registration_setting(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<RegistrationSettingBody>, ApiError> {
    let open = registrations::is_open(&app.store.reader(), organizer.festival_id).await?;
    Ok(Json(RegistrationSettingBody { open }))
}

/// Says whether people may register by themselves.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/registration", tag = "festivals",
    request_body = RegistrationSettingBody,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "As it is now.", body = RegistrationSettingBody), Writing))]
pub(crate) async fn replace_registration_setting(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(setting): Body<RegistrationSettingBody>,
) -> Result<Json<RegistrationSettingBody>, ApiError> {
    let db = app.store.begin().await?;
    if setting.open {
        registrations::open(&db, organizer.festival_id, app.clock.now()).await?;
    } else {
        registrations::close(&db, organizer.festival_id).await?;
    }
    db.commit_roster(organizer.festival_id).await?;
    Ok(Json(setting))
}

/// Lists those who wait to be let in: of one's districts, or one's centre.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/registrations", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "Those who wait.", body = RegistrationsBody), Reading))]
pub(crate) async fn list_registrations(
    State(app): State<AppState>,
    here: InFestival,
) -> Result<Json<RegistrationsBody>, ApiError> {
    let scope = here.may(Action::Approve)?;
    let waiting = registrations::list(&app.store.reader(), here.festival_id, &scope).await?;
    Ok(Json(RegistrationsBody { items: waiting.into_iter().map(WaitingRegistrationBody::from).collect() }))
}

/// Lets somebody in: they are a volunteer from now on, and are told by a text message.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/registrations/{registration_id}/approve", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("registration_id" = Uuid, Path, description = "Who waits.")),
    responses((status = 201, description = "The volunteer.", body = Stored<Volunteer>), Acting))]
pub(crate) async fn approve_registration(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, id)): At<(Uuid, Id<Registration>)>,
) -> Result<(StatusCode, Json<Stored<Volunteer>>), ApiError> {
    let scope: Scope = here.may(Action::Approve)?;
    let db = app.store.begin().await?;
    let waiting = registrations::take(&db, here.festival_id, &scope, id).await?;
    registrations::record(&db, id, true);
    let code = Code::new(&format!("registered-{}", id.uuid().simple()));
    let code = code.map_err(|_| StorageError::Corrupt("id"))?;
    let (id, to) = (id.uuid().into(), waiting.value.phone.clone());
    let volunteer = Stored { id, version: 1, value: waiting.value.volunteer(code) };
    table::insert(&db, here.festival_id, std::slice::from_ref(&volunteer), None).await?;
    let festival = festivals::get(&db, here.festival_id).await?.value;
    db.commit_change(here.festival_id).await?;
    let text =
        format!("ثبت‌نام شما در «{}» پذیرفته شد. با همین شماره وارد شوید: {}", festival.name.fa, app.address);
    app.courier.take(Message::Sms(Sms { id: None, to, text, code: None }));
    Ok((StatusCode::CREATED, Json(volunteer)))
}

/// Does not let somebody in: what they told is forgotten.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/registrations/{registration_id}/decline", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("registration_id" = Uuid, Path, description = "Who waits.")),
    responses((status = 204, description = "They wait no longer."), Acting))]
pub(crate) async fn decline_registration(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, id)): At<(Uuid, Id<Registration>)>,
) -> Result<StatusCode, ApiError> {
    let scope = here.may(Action::Approve)?;
    let db = app.store.begin().await?;
    registrations::take(&db, here.festival_id, &scope, id).await?;
    registrations::record(&db, id, false);
    // Nobody needs to know any more who it was.
    audit::erase(&db, &[id.uuid()]).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
