//! Who one is.

use axum::{Json, extract::State};
use khademyar_domain::{
    Check, Fault, Id, Name, centre::Centre, district::District, festival::Festival, member::Role,
    rights::PartRole, venue::Venue, volunteer::Volunteer,
};
use khademyar_storage::{festivals, users};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{password, strength},
    contract::{ChangingPassword, Reading},
    error::ApiError,
    extract::{Body, Signed, Whence},
    handlers::tokens::{TokenBody, Tokens, count_attempt, replace_password},
    state::AppState,
};

/// Who one is, and as what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeBody {
    /// One's id as a user.
    user_id: Uuid,
    /// What one signs in with.
    #[schema(example = "zahra.karimi")]
    username: String,
    /// One's name.
    #[schema(example = "زهرا کریمی")]
    name: String,
    /// Whether one runs the installation.
    operator: bool,
    /// One's parts in festivals.
    parts: Vec<PartBody>,
}

/// A part in a festival.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartBody {
    /// Where.
    festival_id: Id<Festival>,
    /// What the festival is called.
    festival_name: Name,
    /// As what.
    role: Role,
    /// A coordinator's or a partner's districts.
    district_ids: Vec<Id<District>>,
    /// The volunteer one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    volunteer_id: Option<Id<Volunteer>>,
    /// A secretary's centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    centre_id: Option<Id<Centre>>,
    /// Where a venue lead calls the roll.
    #[serde(skip_serializing_if = "Option::is_none")]
    venue_id: Option<Id<Venue>>,
}

/// Tells who one is, and one's parts in festivals.
#[utoipa::path(get, path = "/v1/me", tag = "sign-in",
    responses((status = 200, description = "Who one is.", body = MeBody), Reading))]
pub(crate) async fn get_me(
    State(app): State<AppState>,
    Signed(actor): Signed,
) -> Result<Json<MeBody>, ApiError> {
    let db = app.store.reader();
    let account = users::get(&db, actor.user_id).await?;
    let ids: Vec<Id<Festival>> = actor.parts.iter().map(|part| part.festival_id).collect();
    let festivals = festivals::list(&db, &ids).await?;
    let parts = actor
        .parts
        .into_iter()
        .filter_map(|part| {
            // A festival that was deleted meanwhile is left out.
            let festival = festivals.iter().find(|festival| festival.id == part.festival_id)?;
            let role = part.role.role();
            let mut body = PartBody {
                festival_id: part.festival_id,
                festival_name: festival.value.name.clone(),
                role,
                district_ids: Vec::new(),
                volunteer_id: None,
                centre_id: None,
                venue_id: None,
            };
            match part.role {
                PartRole::Organizer => {}
                PartRole::Coordinator(districts) | PartRole::Partner(districts) => {
                    body.district_ids = districts;
                }
                PartRole::Secretary(centre) => body.centre_id = Some(centre),
                PartRole::VenueLead(venue) => body.venue_id = Some(venue),
                PartRole::Volunteer(volunteer) => body.volunteer_id = Some(volunteer),
            }
            Some(body)
        })
        .collect();
    Ok(Json(MeBody {
        user_id: actor.user_id.uuid(),
        username: account.username,
        name: account.name.to_string(),
        operator: actor.operator,
        parts,
    }))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"old_password": "سپید و سبز و بهار", "new_password": "هفت سین و یک سبد سیب"}))]
pub(crate) struct PasswordBody {
    /// As it is.
    #[schema(min_length = 1, max_length = 1000)]
    old_password: String,
    /// As it shall be: the longer, the better.
    #[schema(min_length = 10, max_length = 1000)]
    new_password: String,
}

impl Check for PasswordBody {}

/// Changes one's password. Whoever else was signed in as oneself no longer is; the answer has new tokens.
#[utoipa::path(put, path = "/v1/me/password", tag = "sign-in", request_body = PasswordBody,
    responses((status = 200, description = "Changed, and signed in anew.", body = TokenBody), ChangingPassword))]
pub(crate) async fn change_my_password(
    State(app): State<AppState>,
    Signed(actor): Signed,
    whence: Whence,
    Body(body): Body<PasswordBody>,
) -> Result<Tokens, ApiError> {
    let account = users::get(&app.store.reader(), actor.user_id).await?;
    // A stolen access token must not serve to guess the password.
    count_attempt(&app, &account.username).await?;
    if !password::verify(body.old_password, Some(account.password_hash.clone())).await? {
        return Err(ApiError::Invalid(vec![Fault::new(
            "/old_password",
            "wrong_password",
            "This is not your password.",
            "این گذرواژهٔ شما نیست.",
        )]));
    }
    let names = [account.username.as_str(), account.name.as_str()];
    if let Some(weak) = strength::fault("/new_password", &body.new_password, &names).await {
        return Err(ApiError::Invalid(vec![weak]));
    }
    replace_password(&app, &account, body.new_password, whence).await
}
