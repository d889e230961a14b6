//! A festival's members: who organizes, who coordinates, which user is which volunteer.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{
    Check, Fault, Id, Stored, Text,
    centre::Centre,
    district::District,
    festival::Festival,
    member::{Member, Role},
    venue::Venue,
    volunteer::Volunteer,
};
use khademyar_storage::{
    Db, StorageError, members, missing,
    users::{self, Account, NewUser},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{password, strength},
    contract::{Acting, Querying, Reading, Writing},
    edit::Versioned,
    error::ApiError,
    extract::{At, Body, IfMatch, Organizer},
    query,
    state::AppState,
    work::{Ended, Post},
};

/// A part in the festival for a user, who is created where the username is new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "zahra.karimi", "name": "زهرا کریمی", "role": "organizer", "password": "سپید و سبز و بهار"}))]
pub(crate) struct NewMemberBody {
    /// What they sign in with: 3 to 60 of `a-z 0-9 . _ - @ +`.
    #[schema(min_length = 3, max_length = 60, pattern = r"^[a-z0-9._@+\-]+$")]
    username: String,
    /// Their name; someone who has a username already keeps the name they have.
    name: Text,
    /// What they do.
    role: Role,
    /// A coordinator's or a partner's districts.
    #[serde(default)]
    #[schema(max_items = 1000)]
    district_ids: Vec<Id<District>>,
    /// The volunteer they are, for the role `volunteer`.
    #[serde(default)]
    volunteer_id: Option<Id<Volunteer>>,
    /// The centre whose volunteers they look after, for the role `secretary`.
    #[serde(default)]
    centre_id: Option<Id<Centre>>,
    /// Where they call the roll, for the role `venue_lead`.
    #[serde(default)]
    venue_id: Option<Id<Venue>>,
    /// What a new user signs in with; someone who has a username already keeps the password they have.
    #[serde(default)]
    #[schema(min_length = 10, max_length = 1000)]
    password: Option<String>,
}

impl NewMemberBody {
    fn member(&self) -> Member {
        Member {
            username: self.username.clone(),
            name: self.name.clone(),
            role: self.role,
            district_ids: self.district_ids.clone(),
            volunteer_id: self.volunteer_id,
            centre_id: self.centre_id,
            venue_id: self.venue_id,
        }
    }
}

impl Check for NewMemberBody {
    fn check(&self) -> Vec<Fault> {
        self.member().check()
    }
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembersBody {
    /// The members, by role where nothing else is asked for.
    items: Vec<Stored<Member>>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Lists the festival's members.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/members", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the largest first.", pattern = "^-?role$"),
           ("username" = Option<String>, Query, description = "Only this user.", max_length = 100),
           ("role" = Option<Role>, Query, description = "Only members with this role."),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only the member who is this volunteer.")),
    responses((status = 200, description = "A page.", body = MembersBody), Querying))]
pub(crate) async fn list_members(
    State(app): State<AppState>,
    organizer: Organizer,
    RawQuery(query): RawQuery,
) -> Result<Json<MembersBody>, ApiError> {
    let listing = query::listing_by(members::FILTERS, members::SORTS, query.as_deref())?;
    let page = members::list(&app.store.reader(), organizer.festival_id, &listing).await?;
    Ok(Json(MembersBody { items: page.items, next_cursor: page.next.map(|cursor| cursor.encode()) }))
}

/// Reads a member.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/members/{id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("id" = Uuid, Path, description = "Its id.")),
    responses((status = 200, description = "It.", body = Stored<Member>, headers(("ETag" = String, description = "The row's version, in quotes."))), Reading))]
pub(crate) async fn get_member(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Uuid, Id<Member>)>,
) -> Result<Versioned<Member>, ApiError> {
    Ok(Versioned(members::get(&app.store.reader(), organizer.festival_id, id).await?))
}

/// Gives someone a part in the festival. A new username makes a new user, with the password given.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/members", tag = "festivals", request_body = NewMemberBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "Created.", body = Stored<Member>, headers(("ETag" = String, description = "The row's version, in quotes."))), Writing))]
pub(crate) async fn create_member(
    State(app): State<AppState>,
    organizer: Organizer,
    Post { body, work }: Post<NewMemberBody>,
) -> Result<Response, Ended> {
    let festival_id = organizer.festival_id;
    let member = body.member();
    check_references(&work.db, festival_id, &member).await?;
    let account = match users::find(&work.db, &member.username).await? {
        Some(account) => account,
        None => create_user(&app, &work.db, body).await?,
    };
    let id = app.new_id().into();
    let row = members::insert(&work.db, festival_id, id, account.id, &member).await?;
    let location = format!("/v1/festivals/{festival_id}/members/{id}");
    Ok(work.created(festival_id, location, row.version, &row).await?)
}

async fn create_user(app: &AppState, db: &Db, body: NewMemberBody) -> Result<Account, ApiError> {
    let Some(password) = body.password else {
        return Err(ApiError::Invalid(vec![Fault::new(
            "/password",
            "required",
            "Nobody has this username yet: give a password for the new user.",
            "هنوز کسی این نام کاربری را ندارد: برای کاربر تازه گذرواژه‌ای بدهید.",
        )]));
    };
    let names = [body.username.as_str(), body.name.as_str()];
    if let Some(weak) = strength::fault("/password", &password, &names).await {
        return Err(ApiError::Invalid(vec![weak]));
    }
    let user = NewUser {
        id: app.new_id().into(),
        username: body.username,
        name: body.name,
        password_hash: password::hash(password).await?,
        operator: false,
    };
    // Where someone else took the username meanwhile, it is theirs, with their password.
    users::insert(db, &user, app.clock.now()).await?;
    Ok(users::find(db, &user.username).await?.ok_or(StorageError::NotFound("user"))?)
}

async fn check_references(db: &Db, festival_id: Id<Festival>, member: &Member) -> Result<(), ApiError> {
    let faults = missing(db, festival_id, &members::references(member)).await?;
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}

/// Replaces a member's role and what it is limited to. The name can be changed of someone who is in no other festival;
/// the username stays.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/members/{id}", tag = "festivals", request_body = Member,
    params(("festival_id" = Uuid, Path, description = "The festival."), ("id" = Uuid, Path, description = "Its id."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when it is older than the row.")),
    responses((status = 200, description = "As it is now.", body = Stored<Member>, headers(("ETag" = String, description = "The row's version, in quotes."))), Writing))]
pub(crate) async fn replace_member(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Uuid, Id<Member>)>,
    IfMatch(expected): IfMatch,
    Body(member): Body<Member>,
) -> Result<Versioned<Member>, ApiError> {
    let festival_id = organizer.festival_id;
    let db = app.store.begin().await?;
    let now = members::get(&db, festival_id, id).await?.value;
    if member.username != now.username {
        return Err(ApiError::Invalid(vec![Fault::new(
            "/username",
            "fixed",
            "A username stays: remove this member and create another.",
            "نام کاربری تغییر نمی‌کند: این عضو را حذف کنید و دیگری بسازید.",
        )]));
    }
    check_references(&db, festival_id, &member).await?;
    if member.name != now.name {
        let user_id = members::user_id(&db, festival_id, id).await?;
        let user = users::actor(&db, user_id).await?.ok_or(StorageError::NotFound("user"))?;
        if user.operator || user.parts.iter().any(|part| part.festival_id != festival_id) {
            return Err(ApiError::Invalid(vec![Fault::new(
                "/name",
                "known_elsewhere",
                "This user is known in other festivals too, by the name they have: leave it as it is.",
                "این کاربر در رویدادهای دیگر هم با همین نام شناخته می‌شود: نام را همان‌گونه بفرستید.",
            )]));
        }
        users::rename(&db, user_id, &member.name).await?;
    }
    let row = members::replace(&db, festival_id, id, expected, &member).await?;
    db.commit_change(festival_id).await?;
    Ok(Versioned(row))
}

/// Takes someone's part in the festival away; the last organizer stays.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/members/{id}", tag = "festivals",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("id" = Uuid, Path, description = "Its id."),
           ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; refused when it is older than the row.")),
    responses((status = 204, description = "Deleted."), Acting))]
pub(crate) async fn delete_member(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Uuid, Id<Member>)>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    members::delete(&db, organizer.festival_id, id, expected).await?;
    db.commit_change(organizer.festival_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
