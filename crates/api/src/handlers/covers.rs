//! Seats that are to be taken over: asked for, taken, approved, given up.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Check, Fault, Id, Name,
    assignment::{Assignment, AssignmentState, ChangeError, change::allows},
    cover::{AskState, Cover, CoverError, CoverState},
    disclosure::{Age, Reader},
    event::NewEvent,
    festival::Festival,
    position::Position,
    rights::Actor,
    volunteer::Volunteer,
};
use khademyar_roster::covers as seats;
use khademyar_storage::{
    Db, StorageError, assignments,
    covers::{self, Told, Waves, Which},
    events,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::{Acting, Own, Querying, Writing},
    error::ApiError,
    extract::{At, RosterManager, RosterReader, Signed},
    handlers::{answers::own, candidates::Seat},
    own_part::OwnPart,
    query,
    reasons::fault,
    state::AppState,
    work::{Ended, Post},
};

/// How many are asked for one seat at the most.
const MOST_ASKED: usize = 200;
/// How many requests are listed at the most.
const MOST_LISTED: u64 = 200;

/// Whom one asks to take over a seat, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wave_size": 5, "wave_minutes": 30}))]
pub(crate) struct CoverRequestBody {
    /// Whom, all of them at once. Left out: everyone who may have the seat, those first who were asked longest ago.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 200)]
    volunteer_ids: Option<Vec<Uuid>>,
    /// How many are asked at a time.
    #[serde(default = "five")]
    #[schema(minimum = 1, maximum = 200, default = 5)]
    wave_size: i32,
    /// After how many minutes the next are asked, while nobody said yes.
    #[serde(default = "half_an_hour")]
    #[schema(minimum = 1, maximum = 10_000, default = 30)]
    wave_minutes: i32,
}

fn five() -> i32 {
    5
}

fn half_an_hour() -> i32 {
    30
}

impl Check for CoverRequestBody {}

/// With whom one would change places.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignment_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e"}))]
pub(crate) struct SwapRequestBody {
    /// The assignment that one wants, of another volunteer.
    assignment_id: Uuid,
}

impl Check for SwapRequestBody {}

/// A seat that is to be taken over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoverBody {
    /// The request's id.
    id: Uuid,
    /// How often it was written.
    version: i64,
    /// How it stands.
    state: CoverState,
    /// Whether the asker wants another seat in return.
    swap: bool,
    /// The seat.
    position_id: Uuid,
    /// In which shift.
    shift_id: Uuid,
    /// Where.
    venue: Name,
    /// In which district.
    district_id: Uuid,
    /// The field of service.
    specialty: Name,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
    /// The seat that the asker wants in return; null where it is no swap.
    in_return: Option<SeatInReturnBody>,
    /// Who asks; null where a coordinator asks for an empty seat.
    asker: Option<PersonBody>,
    /// Who takes it.
    taker: Option<PersonBody>,
    /// How many were asked until now.
    asked: u32,
    /// How many of them said no.
    refused: u32,
    /// How one stands to it oneself, where one is asked.
    mine: Option<AskState>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// A seat that is wanted in return for another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeatInReturnBody {
    /// The position.
    position_id: Uuid,
    /// Where.
    venue: Name,
    /// The field of service.
    specialty: Name,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
}

impl From<covers::Seat> for SeatInReturnBody {
    fn from(seat: covers::Seat) -> Self {
        Self {
            position_id: seat.position_id,
            venue: seat.venue,
            specialty: seat.specialty,
            night: seat.night,
            starts_at: seat.starts_at,
            ends_at: seat.ends_at,
        }
    }
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonBody {
    /// Who.
    volunteer_id: Uuid,
    /// Their name.
    name: Name,
}

/// Requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoversBody {
    /// The newest first.
    items: Vec<CoverBody>,
}

impl CoverBody {
    /// As much of it as `reader` is told.
    fn of(told: Told, reader: Reader) -> Self {
        let person = |(id, name, age): (Id<Volunteer>, Name, Age)| PersonBody {
            volunteer_id: id.uuid(),
            name: reader.name(name, age),
        };
        Self {
            id: told.id.uuid(),
            version: told.version,
            state: told.state,
            swap: told.swap,
            position_id: told.position_id,
            shift_id: told.shift_id,
            venue: told.venue,
            district_id: told.district_id.uuid(),
            specialty: told.specialty,
            night: told.night,
            starts_at: told.starts_at,
            ends_at: told.ends_at,
            in_return: told.in_return.map(SeatInReturnBody::from),
            asker: told.asker.map(person),
            taker: told.taker.map(person),
            asked: told.asked,
            refused: told.refused,
            mine: told.mine,
            created_at: told.created_at,
        }
    }
}

/// Asks others to take over one's seat. The first yes wins; until then the seat is one's own.
#[utoipa::path(post, path = "/v1/me/assignments/{assignment_id}/covers", tag = "me", request_body = CoverRequestBody,
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "The request.", body = CoverBody), Writing))]
pub(crate) async fn request_cover(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
    Post { body, work }: Post<CoverRequestBody>,
) -> Result<Response, Ended> {
    let (festival_id, standing) = own(&work.db, &actor, id).await?;
    if !allows(standing.state, AssignmentState::Replaced) {
        let to = AssignmentState::Replaced;
        return Err(ApiError::from(ChangeError::NoWay { from: standing.state, to }).into());
    }
    let cover = Cover {
        id: app.new_id().into(),
        version: 1,
        state: CoverState::Open,
        asker: Some((standing.volunteer_id, standing.id)),
        in_return: None,
        position_id: standing.position_id,
        district_id: standing.district_id,
        taken_by: None,
        starts_at: standing.starts_at,
    };
    let events = opened(&app, &work.db, festival_id, &cover, &body).await?;
    append(&app, &work.db, festival_id, &actor, events).await?;
    let told = one(&work.db, festival_id, cover.id, Reader::Fellow).await?;
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Asks who will take an empty seat. The first yes wins. A coordinator asks in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/positions/{position_id}/covers", tag = "roster", request_body = CoverRequestBody,
    params(("festival_id" = Uuid, Path, description = "The festival."), ("position_id" = Uuid, Path, description = "The position."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "The request.", body = CoverBody), Writing))]
pub(crate) async fn request_takers(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, position_id)): At<(Uuid, Id<Position>)>,
    Post { body, work }: Post<CoverRequestBody>,
) -> Result<Response, Ended> {
    let festival_id = manager.festival_id;
    let seat = assignments::vacancy(&work.db, festival_id, position_id).await?;
    manager.reaches(seat.district_id)?;
    let cover = Cover {
        id: app.new_id().into(),
        version: 1,
        state: CoverState::Open,
        asker: None,
        in_return: None,
        position_id,
        district_id: seat.district_id,
        taken_by: None,
        starts_at: seat.starts_at,
    };
    let events = opened(&app, &work.db, festival_id, &cover, &body).await?;
    append(&app, &work.db, festival_id, &manager.actor, events).await?;
    let told = one(&work.db, festival_id, cover.id, Reader::Fellow).await?;
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Asks another volunteer to change places.
#[utoipa::path(post, path = "/v1/me/assignments/{assignment_id}/swaps", tag = "me", request_body = SwapRequestBody,
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 201, description = "The request.", body = CoverBody), Writing))]
pub(crate) async fn request_swap(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
    Post { body, work }: Post<SwapRequestBody>,
) -> Result<Response, Ended> {
    let now = app.clock.now();
    let (festival_id, standing) = own(&work.db, &actor, id).await?;
    let theirs = assignments::find(&work.db, festival_id, body.assignment_id.into()).await?;
    let to = AssignmentState::Replaced;
    for one in [&standing, &theirs] {
        if !allows(one.state, to) {
            return Err(ApiError::from(ChangeError::NoWay { from: one.state, to }).into());
        }
    }
    let cover = Cover {
        id: app.new_id().into(),
        version: 1,
        state: CoverState::Open,
        asker: Some((standing.volunteer_id, standing.id)),
        in_return: Some(theirs.id),
        position_id: standing.position_id,
        district_id: standing.district_id,
        taken_by: None,
        starts_at: standing.starts_at.min(theirs.starts_at),
    };
    if cover.starts_at <= now {
        return Err(ApiError::from(CoverError::Started).into());
    }
    let known = app.live.known(&work.db, festival_id).await?;
    let taken = Cover { taken_by: Some(theirs.volunteer_id), ..cover.clone() };
    seats::check(&work.db, &known, festival_id, &taken, now).await?;
    let waves = Waves { size: 1, minutes: half_an_hour() };
    let events = seats::open(&work.db, festival_id, &cover, waves, &[theirs.volunteer_id], now).await?;
    append(&app, &work.db, festival_id, &actor, events).await?;
    let told = one(&work.db, festival_id, cover.id, Reader::InCharge).await?;
    Ok(work.answer_roster(festival_id, StatusCode::CREATED, &told).await?)
}

/// Writes a request for a seat down and asks the first.
async fn opened(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    body: &CoverRequestBody,
) -> Result<Vec<NewEvent>, ApiError> {
    let now = app.clock.now();
    if cover.starts_at <= now {
        return Err(CoverError::Started.into());
    }
    let asker = cover.asker.map(|(volunteer, _)| volunteer);
    let (asks, size) = if let Some(chosen) = &body.volunteer_ids {
        (chosen_ones(app, db, festival_id, cover, chosen).await?, chosen.len() as i32)
    } else {
        let seat = Seat::read_on(app, db, festival_id, cover.position_id, asker).await?;
        let (_, mut ranking) = seat.rank(now);
        ranking.candidates.retain(|one| Some(one.volunteer_id) != asker);
        ranking.candidates.sort_by_key(|one| (!one.standby, one.last_asked_at));
        let asks = ranking.candidates.iter().take(MOST_ASKED).map(|one| one.volunteer_id);
        (asks.collect(), body.wave_size)
    };
    if asks.is_empty() {
        return Err(ApiError::conflict(
            "nobody-eligible",
            "Nobody may have the seat as the roster stands.",
            "اکنون کسی نیست که بتواند این خدمت را بپذیرد.",
        ));
    }
    let waves = Waves { size, minutes: body.wave_minutes };
    Ok(seats::open(db, festival_id, cover, waves, &asks, now).await?)
}

/// Those who are chosen, if each may have the seat.
async fn chosen_ones(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    cover: &Cover,
    chosen: &[Uuid],
) -> Result<Vec<Id<Volunteer>>, ApiError> {
    let known = app.live.known(db, festival_id).await?;
    let (mut asks, mut faults) = (Vec::new(), Vec::new());
    for (k, &id) in chosen.iter().enumerate() {
        let (volunteer, path) = (Id::<Volunteer>::from(id), format!("/volunteer_ids/{k}"));
        if known.volunteer(volunteer).is_none() {
            faults.push(Fault::new(
                path,
                "unknown_volunteer",
                "There is no such volunteer in the festival.",
                "چنین خادمیاری در این رویداد نیست.",
            ));
            continue;
        }
        let taken = Cover { taken_by: Some(volunteer), ..cover.clone() };
        match seats::check(db, &known, festival_id, &taken, app.clock.now()).await {
            Ok(()) if !asks.contains(&volunteer) => asks.push(volunteer),
            Ok(()) => {}
            Err(seats::Error::Ineligible(_, reasons)) => {
                faults.extend(reasons.into_iter().map(|reason| fault(&path, reason)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if faults.is_empty() { Ok(asks) } else { Err(ApiError::Invalid(faults)) }
}

/// Lists the requests that one made or is asked by.
#[utoipa::path(get, path = "/v1/me/covers", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The requests.", body = CoversBody), Own))]
pub(crate) async fn list_my_covers(
    State(app): State<AppState>,
    own: OwnPart,
) -> Result<Json<CoversBody>, ApiError> {
    let which = Which::Of(own.volunteer_id);
    let told = covers::list(&app.store.reader(), own.festival_id, which, None, MOST_LISTED).await?;
    Ok(Json(CoversBody { items: told.into_iter().map(|told| CoverBody::of(told, Reader::Fellow)).collect() }))
}

/// Lists the requests in the festival. A coordinator sees those in her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/covers", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("state" = Option<CoverState>, Query, description = "Only in this state.")),
    responses((status = 200, description = "The requests.", body = CoversBody), Querying))]
pub(crate) async fn list_covers(
    State(app): State<AppState>,
    reader: RosterReader,
    RawQuery(query): RawQuery,
) -> Result<Json<CoversBody>, ApiError> {
    const STATES: &[&str] = &["open", "taken", "approved", "declined", "cancelled", "expired"];
    let [state] = query::choices(query.as_deref(), [("state", STATES)])?;
    let (db, which) = (app.store.reader(), Which::In(reader.scope.districts()));
    let state = state.and_then(CoverState::named);
    let told = covers::list(&db, reader.festival_id, which, state, MOST_LISTED).await?;
    Ok(Json(CoversBody {
        items: told.into_iter().map(|told| CoverBody::of(told, Reader::InCharge)).collect(),
    }))
}

/// Takes a seat over that one is asked to. The first yes wins; where the festival asks for it, a coordinator has yet to
/// approve. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/covers/{cover_id}/accept", tag = "me",
    params(("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn accept_cover(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Cover>>,
) -> Result<Json<CoverBody>, ApiError> {
    warm(&app, &actor).await?;
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let (festival_id, volunteer, cover) = mine(&db, &actor, id).await?;
    let known = app.live.known(&db, festival_id).await?;
    let taken = seats::take(&db, &known, festival_id, &cover, volunteer, now, &mut || app.new_id()).await?;
    finish(&app, db, festival_id, &actor, id, taken.map(|(_, events)| events), Reader::Fellow).await
}

/// Says no to taking a seat over. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/me/covers/{cover_id}/decline", tag = "me",
    params(("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn decline_cover(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Cover>>,
) -> Result<Json<CoverBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let (festival_id, volunteer, cover) = mine(&db, &actor, id).await?;
    let events = seats::refuse(&db, festival_id, &cover, volunteer, now).await?;
    finish(&app, db, festival_id, &actor, id, Some(events), Reader::Fellow).await
}

/// Takes back one's own request. Nobody need answer any more.
#[utoipa::path(delete, path = "/v1/me/covers/{cover_id}", tag = "me",
    params(("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn cancel_my_cover(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Cover>>,
) -> Result<Json<CoverBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let (festival_id, volunteer, cover) = mine(&db, &actor, id).await?;
    if cover.asker.is_none_or(|(asker, _)| asker != volunteer) {
        return Err(ApiError::NotFound("cover"));
    }
    let events = match cover.cancel(now)? {
        Some(change) => Some(seats::end(&db, festival_id, &change).await?),
        None => None,
    };
    finish(&app, db, festival_id, &actor, id, events, Reader::Fellow).await
}

/// Approves of who would take a seat over: it changes hands. A coordinator approves in her districts.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/covers/{cover_id}/approve", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn approve_cover(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Cover>)>,
) -> Result<Json<CoverBody>, ApiError> {
    let festival_id = manager.festival_id;
    app.live.known(&app.store.snapshot().await?, festival_id).await?;
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let cover = covers::lock(&db, festival_id, id).await?;
    manager.reaches(cover.district_id)?;
    let known = app.live.known(&db, festival_id).await?;
    let approved = seats::approve(&db, &known, festival_id, &cover, now, &mut || app.new_id()).await?;
    finish(&app, db, festival_id, &manager.actor, id, approved.map(|(_, events)| events), Reader::InCharge)
        .await
}

/// Does not approve of who would take a seat over: it stays as it is.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/covers/{cover_id}/decline", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn disapprove_cover(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Cover>)>,
) -> Result<Json<CoverBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let cover = covers::lock(&db, manager.festival_id, id).await?;
    manager.reaches(cover.district_id)?;
    let events = match cover.refuse(now)? {
        Some(change) => Some(seats::end(&db, manager.festival_id, &change).await?),
        None => None,
    };
    finish(&app, db, manager.festival_id, &manager.actor, id, events, Reader::InCharge).await
}

/// Takes a request back, a volunteer's or one's own. Nobody need answer any more.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/covers/{cover_id}", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("cover_id" = Uuid, Path, description = "The request.")),
    responses((status = 200, description = "The request as it stands now.", body = CoverBody), Acting))]
pub(crate) async fn cancel_cover(
    State(app): State<AppState>,
    manager: RosterManager,
    At((_festival_id, id)): At<(Uuid, Id<Cover>)>,
) -> Result<Json<CoverBody>, ApiError> {
    let (db, now) = (app.store.begin().await?, app.clock.now());
    let cover = covers::lock(&db, manager.festival_id, id).await?;
    manager.reaches(cover.district_id)?;
    let events = match cover.cancel(now)? {
        Some(change) => Some(seats::end(&db, manager.festival_id, &change).await?),
        None => None,
    };
    finish(&app, db, manager.festival_id, &manager.actor, id, events, Reader::InCharge).await
}

/// Has the set-ups of the actor's festivals known before anything is locked.
async fn warm(app: &AppState, actor: &Actor) -> Result<(), ApiError> {
    let db = app.store.snapshot().await?;
    for (festival_id, _) in actor.volunteers() {
        app.live.known(&db, festival_id).await?;
    }
    Ok(())
}

/// A request that one made or is asked by, which nobody else changes until the transaction ends.
async fn mine(
    db: &Db,
    actor: &Actor,
    id: Id<Cover>,
) -> Result<(Id<Festival>, Id<Volunteer>, Cover), ApiError> {
    for (festival_id, volunteer) in actor.volunteers() {
        let cover = match covers::lock(db, festival_id, id).await {
            Ok(cover) => cover,
            Err(StorageError::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let asks = cover.asker.is_some_and(|(asker, _)| asker == volunteer);
        let ask = covers::ask_of(db, festival_id, id, volunteer).await?;
        if asks || ask.is_some_and(|ask| ask != AskState::Waiting) {
            return Ok((festival_id, volunteer, cover));
        }
    }
    Err(ApiError::NotFound("cover"))
}

async fn one(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Cover>,
    reader: Reader,
) -> Result<CoverBody, ApiError> {
    let told = covers::list(db, festival_id, Which::One(id), None, 1).await?.pop();
    told.map(|told| CoverBody::of(told, reader)).ok_or(ApiError::NotFound("cover"))
}

async fn append(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    actor: &Actor,
    events: Vec<NewEvent>,
) -> Result<(), ApiError> {
    let (by, now) = (Some(actor.user_id), app.clock.now());
    Ok(events::append(db, festival_id, events, by, now, &mut || app.new_id()).await?)
}

/// Commits what was done, if anything was.
async fn finish(
    app: &AppState,
    db: Db,
    festival_id: Id<Festival>,
    actor: &Actor,
    id: Id<Cover>,
    events: Option<Vec<NewEvent>>,
    reader: Reader,
) -> Result<Json<CoverBody>, ApiError> {
    let told = one(&db, festival_id, id, reader).await?;
    if let Some(events) = events {
        append(app, &db, festival_id, actor, events).await?;
        db.commit_roster(festival_id).await?;
    }
    Ok(Json(told))
}
