//! Service outside shifts: written down by whoever did it, and credited once a coordinator or an organizer approves.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use khademyar_domain::{
    Check, Fault, Id, Name, Text,
    district::District,
    event::{EventKind, NewEvent},
    festival::Festival,
    rights::Actor,
    worklog::{Decision, Stint, WorklogEntry, WorklogState, days},
};
use khademyar_storage::{
    Db, StorageError, assignments, events, festivals,
    worklog::{self, MOST, Told},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Own, Querying, Writing},
    error::ApiError,
    extract::{At, RosterManager, RosterReader, Signed},
    own_part::OwnPart,
    query,
    state::AppState,
    work::{Ended, Post},
};

/// What one did outside one's shifts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "festival_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "what": "آذین‌بندی باغ غدیر",
    "started_at": "2027-04-05T12:30:00Z", "ended_at": "2027-04-05T16:00:00Z"
}))]
pub(crate) struct MyWorklogEntryBody {
    /// In which festival.
    festival_id: Uuid,
    /// What.
    what: Text,
    /// From when, to the minute.
    started_at: DateTime<Utc>,
    /// Until when, to the minute: 16 hours later at the most, and not in the future.
    ended_at: DateTime<Utc>,
}

impl MyWorklogEntryBody {
    fn stint(&self) -> Stint {
        Stint { what: self.what.clone(), started_at: self.started_at, ended_at: self.ended_at }
    }
}

impl Check for MyWorklogEntryBody {
    fn check(&self) -> Vec<Fault> {
        self.stint().check()
    }
}

/// What a volunteer did outside their shifts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "volunteer_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "what": "بسته‌بندی هدیه‌ها",
    "started_at": "2027-04-05T12:30:00Z", "ended_at": "2027-04-05T16:00:00Z"
}))]
pub(crate) struct NewWorklogEntryBody {
    /// Who.
    volunteer_id: Uuid,
    /// What.
    what: Text,
    /// From when, to the minute.
    started_at: DateTime<Utc>,
    /// Until when, to the minute: 16 hours later at the most, and not in the future.
    ended_at: DateTime<Utc>,
}

impl NewWorklogEntryBody {
    fn stint(&self) -> Stint {
        Stint { what: self.what.clone(), started_at: self.started_at, ended_at: self.ended_at }
    }
}

impl Check for NewWorklogEntryBody {
    fn check(&self) -> Vec<Fault> {
        self.stint().check()
    }
}

/// Why an entry is not approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "آن روز کسی در باغ نبود"}))]
pub(crate) struct WorklogDeclineBody {
    /// Why; the volunteer reads it.
    reason: Text,
}

impl Check for WorklogDeclineBody {}

/// What somebody did outside their shifts, and how that stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorklogEntryBody {
    /// Its id.
    id: Uuid,
    /// How often it was written.
    version: i64,
    /// Who did it.
    volunteer_id: Uuid,
    /// What; null where whoever did it was erased.
    #[schema(example = "آذین‌بندی باغ غدیر")]
    what: Option<String>,
    /// From when.
    started_at: DateTime<Utc>,
    /// Until when.
    ended_at: DateTime<Utc>,
    /// How many minutes that is.
    #[schema(minimum = 1, maximum = 960, example = 210)]
    minutes: i64,
    /// How it stands; it is credited once it is approved.
    state: WorklogState,
    /// Why it was declined.
    #[schema(example = json!(null))]
    reason: Option<String>,
    /// When somebody decided.
    decided_at: Option<DateTime<Utc>>,
    /// When it was written down.
    created_at: DateTime<Utc>,
}

impl From<&WorklogEntry> for WorklogEntryBody {
    fn from(entry: &WorklogEntry) -> Self {
        Self {
            id: entry.id.uuid(),
            version: entry.version,
            volunteer_id: entry.volunteer_id.uuid(),
            what: entry.what.as_ref().map(ToString::to_string),
            started_at: entry.started_at,
            ended_at: entry.ended_at,
            minutes: entry.minutes(),
            state: entry.state,
            reason: entry.reason.as_ref().map(ToString::to_string),
            decided_at: entry.decided_at,
            created_at: entry.created_at,
        }
    }
}

/// What one did outside one's shifts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyWorklogBody {
    /// What was done last comes first; 500 at the most.
    items: Vec<WorklogEntryBody>,
    /// The first day whose work can be written down; null as long as the festival has no nights.
    #[schema(example = "2027-01-08")]
    first_day: Option<NaiveDate>,
    /// The last day.
    #[schema(example = "2027-05-17")]
    last_day: Option<NaiveDate>,
}

/// What a volunteer did outside their shifts, as those in charge read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldWorklogEntryBody {
    /// The entry.
    entry: WorklogEntryBody,
    /// The volunteer's name.
    volunteer_name: Name,
    /// The user who wrote it down; null where they were erased.
    written_by: Option<Uuid>,
    /// The user who decided; null where nobody has, or they were erased.
    decided_by: Option<Uuid>,
}

impl From<Told> for ToldWorklogEntryBody {
    fn from(Told { entry, volunteer_name }: Told) -> Self {
        Self {
            entry: WorklogEntryBody::from(&entry),
            volunteer_name,
            written_by: entry.written_by.map(Id::uuid),
            decided_by: entry.decided_by.map(Id::uuid),
        }
    }
}

/// A page of what volunteers did outside their shifts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorklogPageBody {
    /// What was written last comes first, where nothing else is asked for.
    items: Vec<ToldWorklogEntryBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Lists what one did outside one's shifts.
#[utoipa::path(get, path = "/v1/me/worklog", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "One's entries.", body = MyWorklogBody), Own))]
pub(crate) async fn list_my_worklog(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<Json<MyWorklogBody>, ApiError> {
    let db = app.store.reader();
    let entries = worklog::of_volunteer(&db, own.festival_id, own.volunteer_id).await?;
    let (first_day, last_day) = days(&festivals::get(&db, own.festival_id).await?.value).unzip();
    Ok(Json(MyWorklogBody {
        items: entries.iter().map(WorklogEntryBody::from).collect(),
        first_day,
        last_day,
    }))
}

/// Writes down what one did outside one's shifts: from 90 days before the first night to 30 days after the last. It is
/// credited once somebody approves. No hour counts twice: neither another entry nor a seat in a shift may have some of that
/// time.
#[utoipa::path(post, path = "/v1/me/worklog", tag = "me", request_body = MyWorklogEntryBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "It waits to be approved.", body = WorklogEntryBody), Writing))]
pub(crate) async fn create_my_worklog_entry(
    State(app): State<AppState>,
    Signed(actor): Signed,
    Post { body, work }: Post<MyWorklogEntryBody>,
) -> Result<Response, Ended> {
    let asked = Id::<Festival>::from(body.festival_id);
    let own = actor.volunteers().find(|(festival_id, _)| *festival_id == asked);
    let (festival_id, volunteer_id) = own.ok_or(ApiError::NotFound("festival"))?;
    worklog::hold_volunteer(&work.db, festival_id, volunteer_id).await?;
    let (id, now) = (app.new_id().into(), app.clock.now().trunc_subsecs(6));
    let entry = WorklogEntry::own(id, volunteer_id, body.stint(), actor.user_id, now);
    write(&work.db, festival_id, &entry, &body.stint()).await?;
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &WorklogEntryBody::from(&entry)).await?)
}

/// Takes back what one wrote down, while nobody decided on it.
#[utoipa::path(delete, path = "/v1/me/worklog/{entry_id}", tag = "me",
    params(("entry_id" = Uuid, Path, description = "The entry.")),
    responses((status = 204, description = "It is gone."), Acting))]
pub(crate) async fn withdraw_my_worklog_entry(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<WorklogEntry>>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    for (festival_id, volunteer_id) in actor.volunteers() {
        let entry = match worklog::lock(&db, festival_id, id).await {
            Ok((entry, _)) if entry.volunteer_id == volunteer_id => entry,
            Ok(_) | Err(StorageError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        entry.withdraw()?;
        worklog::delete(&db, festival_id, &entry).await?;
        db.commit_roster(festival_id).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ApiError::NotFound("worklog entry"))
}

/// Lists what volunteers did outside their shifts. A coordinator sees those who live in her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/worklog", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the latest first.", pattern = "^-?(created_at|started_at)$"),
           ("state" = Option<WorklogState>, Query, description = "Only in this state."),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only of this volunteer.")),
    responses((status = 200, description = "A page.", body = WorklogPageBody), Querying))]
pub(crate) async fn list_worklog(
    State(app): State<AppState>,
    reader: RosterReader,
    RawQuery(query): RawQuery,
) -> Result<Json<WorklogPageBody>, ApiError> {
    let listing = query::newest_first(worklog::FILTERS, worklog::SORTS, query.as_deref())?;
    let db = app.store.snapshot().await?;
    let page = worklog::list(&db, reader.festival_id, reader.scope.districts(), &listing).await?;
    Ok(Json(WorklogPageBody {
        items: page.items.into_iter().map(ToldWorklogEntryBody::from).collect(),
        next_cursor: page.next.map(|cursor| cursor.encode()),
    }))
}

/// Writes down what a volunteer did outside their shifts: it is approved at once. A coordinator does so for those who live in
/// her districts, and nobody for themselves.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/worklog", tag = "roster", request_body = NewWorklogEntryBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "It is credited.", body = ToldWorklogEntryBody), Writing))]
pub(crate) async fn create_worklog_entry(
    State(app): State<AppState>,
    manager: RosterManager,
    Post { body, work }: Post<NewWorklogEntryBody>,
) -> Result<Response, Ended> {
    let (festival_id, volunteer_id) = (manager.festival_id, body.volunteer_id.into());
    let home = worklog::hold_volunteer(&work.db, festival_id, volunteer_id).await?;
    if !manager.scope.covers(home) {
        return Err(ApiError::NotFound("volunteer").into());
    }
    let (id, now) = (app.new_id().into(), app.clock.now().trunc_subsecs(6));
    let entry = WorklogEntry::of_another(id, volunteer_id, body.stint(), &manager.actor, now);
    let entry = entry.map_err(ApiError::from)?;
    write(&work.db, festival_id, &entry, &body.stint()).await?;
    let told = ToldWorklogEntryBody::from(worklog::get(&work.db, festival_id, id).await?);
    tell(&app, &work.db, festival_id, home, &entry, &manager.actor).await?;
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Approves of what a volunteer did outside their shifts: it is credited. The first decision stands, and nobody decides on
/// their own entry. A coordinator approves of those who live in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/worklog/{entry_id}/approve", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("entry_id" = Uuid, Path, description = "The entry.")),
    responses((status = 200, description = "The entry as it stands now.", body = ToldWorklogEntryBody), Acting))]
pub(crate) async fn approve_worklog_entry(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<WorklogEntry>)>,
) -> Result<Json<ToldWorklogEntryBody>, ApiError> {
    let festival_id = manager.festival_id;
    let db = app.store.begin().await?;
    let (entry, home) = theirs(&db, &manager, id).await?;
    let decision = entry.approve(&manager.actor, app.clock.now())?;
    if let Some(decision) = &decision {
        free(&db, festival_id, &entry).await?;
        decide(&app, &db, festival_id, home, decision, &manager.actor).await?;
    }
    let told = worklog::get(&db, festival_id, id).await?.into();
    if decision.is_some() {
        db.commit_roster(festival_id).await?;
    }
    Ok(Json(told))
}

/// Does not approve of what a volunteer wrote down, and says why. The first decision stands, and nobody decides on their own
/// entry. A coordinator decides on those who live in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/worklog/{entry_id}/decline", tag = "roster", request_body = WorklogDeclineBody,
    params(("festival_id" = Uuid, Path, description = "The festival."), ("entry_id" = Uuid, Path, description = "The entry."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 200, description = "The entry as it stands now.", body = ToldWorklogEntryBody), Writing))]
pub(crate) async fn decline_worklog_entry(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<WorklogEntry>)>,
    Post { body, work }: Post<WorklogDeclineBody>,
) -> Result<Response, Ended> {
    let festival_id = manager.festival_id;
    let (entry, home) = theirs(&work.db, &manager, id).await?;
    let decision = entry.decline(body.reason, &manager.actor, app.clock.now()).map_err(ApiError::from)?;
    if let Some(decision) = &decision {
        decide(&app, &work.db, festival_id, home, decision, &manager.actor).await?;
    }
    let told =
        ToldWorklogEntryBody::from(worklog::get(&work.db, festival_id, id).await.map_err(ApiError::from)?);
    Ok(work.answer_roster(festival_id, StatusCode::OK, &told).await?)
}

/// An entry of somebody whom the manager looks after, and the district where they live; nobody else decides on it until the
/// transaction ends.
async fn theirs(
    db: &Db,
    manager: &RosterManager,
    id: Id<WorklogEntry>,
) -> Result<(WorklogEntry, Id<District>), ApiError> {
    let (entry, home) = worklog::lock(db, manager.festival_id, id).await?;
    if manager.scope.covers(home) { Ok((entry, home)) } else { Err(ApiError::NotFound("worklog entry")) }
}

/// Writes a decision, and whoever did the work is told of it.
async fn decide(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    home: Id<District>,
    decision: &Decision,
    by: &Actor,
) -> Result<(), ApiError> {
    worklog::save(db, festival_id, decision).await?;
    tell(app, db, festival_id, home, &decision.after(), by).await
}

/// Tells whoever did the work what was decided on it.
async fn tell(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    home: Id<District>,
    entry: &WorklogEntry,
    by: &Actor,
) -> Result<(), ApiError> {
    let kind = match entry.state {
        WorklogState::Waiting => return Ok(()),
        WorklogState::Approved => EventKind::WorklogApproved,
        WorklogState::Declined => EventKind::WorklogDeclined,
    };
    let event = NewEvent {
        kind,
        district_id: Some(home),
        volunteer_id: Some(entry.volunteer_id),
        assignment: None,
        position_id: None,
        body: json!({"worklog_entry_id": entry.id}),
    };
    let now = entry.decided_at.unwrap_or(entry.created_at);
    Ok(events::append(db, festival_id, vec![event], Some(by.user_id), now, &mut || app.new_id()).await?)
}

/// Writes an entry down, if it is of the festival and the volunteer had no seat then.
async fn write(
    db: &Db,
    festival_id: Id<Festival>,
    entry: &WorklogEntry,
    stint: &Stint,
) -> Result<(), ApiError> {
    let festival = festivals::get(db, festival_id).await?.value;
    let faults = stint.against(&festival, entry.created_at);
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    if worklog::count(db, festival_id, entry.volunteer_id).await? >= MOST {
        return Err(ApiError::conflict(
            "too-many-entries",
            "The volunteer has 500 entries already: write what is of one day into one.",
            "این خادمیار ۵۰۰ ثبت دارد: کارهای هر روز را در یک ثبت بنویسید.",
        ));
    }
    free(db, festival_id, entry).await?;
    Ok(worklog::insert(db, festival_id, entry).await?)
}

/// Lets an entry through in whose time the volunteer has no seat in a shift: hours of shifts come from the roll.
async fn free(db: &Db, festival_id: Id<Festival>, entry: &WorklogEntry) -> Result<(), ApiError> {
    let (from, to) = (entry.started_at, entry.ended_at);
    if assignments::serves_between(db, festival_id, entry.volunteer_id, from, to).await? {
        return Err(ApiError::Conflict(Fault::new(
            "/started_at",
            "serves-then",
            "The volunteer has a seat in a shift in that time, whose hours come from the roll: give time outside shifts.",
            "این خادمیار در آن زمان در شیفتی جا دارد و ساعت‌های شیفت از حضور و غیاب می‌آید: زمانی بیرون از شیفت‌ها بدهید.",
        )));
    }
    Ok(())
}
