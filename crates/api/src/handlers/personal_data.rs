//! What is held on somebody: told to them, and erased.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use chrono::TimeDelta;
use khademyar_domain::{
    Id,
    festival::Festival,
    member::User,
    phone::Phone,
    rights::{Action, Actor},
    volunteer::Volunteer,
};
use khademyar_storage::{
    devices, erasure,
    held::{self, Person},
    phones, table,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::Credential,
    contract::{Acting, Reading},
    error::ApiError,
    extract::{At, Caller, InFestival, Signed},
    handlers::sign_in_codes::forget_phone,
    state::AppState,
};

/// How long ago somebody may have signed in who erases themselves: an access token that was left behind must not do it.
const RECENT: TimeDelta = TimeDelta::minutes(15);

/// Everything that is held on somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"tables": {
    "volunteers": [{"id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "name_fa": "زهرا کریمی", "phone": "+989121234567"}],
    "waiting": [{"position_id": "0190d1a0-5e6c-7a3b-8c1d-000000000004", "since": "2027-04-01T08:30:00+00:00"}]
}}))]
pub(crate) struct PersonalDataBody {
    /// By table, as it stands in the database: its rows, as objects of columns. Hashes and secrets are left out.
    #[schema(value_type = BTreeMap<String, Vec<BTreeMap<String, serde_json::Value>>>)]
    tables: BTreeMap<&'static str, Vec<serde_json::Value>>,
}

/// Tells everything that is held on oneself, in all festivals.
#[utoipa::path(get, path = "/v1/me/data", tag = "me",
    responses((status = 200, description = "Everything.", body = PersonalDataBody), Reading))]
pub(crate) async fn get_my_data(
    State(app): State<AppState>,
    Signed(actor): Signed,
) -> Result<Json<PersonalDataBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let mut person = Person { users: vec![actor.user_id.uuid()], ..Person::default() };
    person.phones.extend(phones::proved_by(&db, actor.user_id).await?);
    for (festival_id, volunteer_id) in actor.volunteers() {
        let volunteer = table::get::<Volunteer>(&db, festival_id, None, volunteer_id).await?.value;
        person.volunteers.push(volunteer_id.uuid());
        person.phones.extend(volunteer.phone.map(|phone| phone.as_str().to_owned()));
    }
    Ok(Json(PersonalDataBody { tables: held::everything(&db, &person).await? }))
}

/// Erases oneself, in all festivals, and signs out for good. Seats that are still to come are given up; service that was
/// given counts on without a name. Who staffs a festival hands that over before.
#[utoipa::path(delete, path = "/v1/me/data", tag = "me",
    responses((status = 204, description = "Nothing is held on them any more."), Acting))]
pub(crate) async fn erase_my_data(
    State(app): State<AppState>,
    Caller(bearer): Caller,
) -> Result<StatusCode, ApiError> {
    let actor = &bearer.actor;
    if actor.is_staff() {
        return Err(ApiError::conflict(
            "staff",
            "You staff a festival or run the service: have an organizer take that part from you, and erase yourself then.",
            "شما در جشنواره‌ای مسئولیت دارید یا سامانه را می‌گردانید: نخست برگزارکننده آن را از شما بگیرد، سپس خود را پاک کنید.",
        ));
    }
    signed_in_just_now(&app, actor, &bearer.by).await?;
    for (festival_id, volunteer_id) in actor.volunteers() {
        match erase(&app, festival_id, volunteer_id, actor.user_id).await {
            // Somebody else was faster.
            Ok(()) | Err(ApiError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let db = app.store.begin().await?;
    let proved = phones::proved_by(&db, actor.user_id).await?;
    for phone in proved.into_iter().filter_map(|phone| Phone::from_e164(phone).ok()) {
        forget_phone(&db, &phone).await?;
    }
    erasure::erase_account(&db, actor.user_id).await?;
    db.commit().await?;
    app.store.empty_log().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn signed_in_just_now(app: &AppState, actor: &Actor, by: &Credential) -> Result<(), ApiError> {
    let now = app.clock.now();
    let devices = devices::list(&app.store.reader(), actor.user_id, now).await?;
    let own = devices.into_iter().find(|device| *by == Credential::Device(device.id));
    if own.is_some_and(|device| now - device.created_at <= RECENT) {
        return Ok(());
    }
    Err(ApiError::conflict(
        "sign-in-again",
        "Sign in anew, and erase yourself within a quarter of an hour.",
        "دوباره وارد شوید و تا یک ربع پس از آن خود را پاک کنید.",
    ))
}

/// Erases a volunteer for good, in this festival: nothing that tells of them stays, seats that are still to come are given
/// up, and service that was given counts on without a name.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/volunteers/{id}/data", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("id" = Uuid, Path, description = "The volunteer.")),
    responses((status = 204, description = "Nothing is held on them any more."), Acting))]
pub(crate) async fn erase_volunteer(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, id)): At<(Uuid, Id<Volunteer>)>,
) -> Result<StatusCode, ApiError> {
    let scope = here.may(Action::Erase)?;
    // Before anything is locked: who may not know of them finds nothing.
    table::get_within::<Volunteer>(&app.store.reader(), here.festival_id, &scope, id).await?;
    erase(&app, here.festival_id, id, here.actor.user_id).await?;
    app.store.empty_log().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn erase(
    app: &AppState,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
    by: Id<User>,
) -> Result<(), ApiError> {
    let db = app.store.begin().await?;
    let now = app.clock.now();
    let erased = erasure::erase_volunteer(&db, festival_id, id, Some(by), now, &mut || app.new_id()).await?;
    if let Some(phone) = &erased.phone {
        forget_phone(&db, phone).await?;
    }
    Ok(db.commit_change(festival_id).await?)
}
