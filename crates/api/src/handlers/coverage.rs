//! What is covered of what was asked, and why the rest is not: of a plan, and of the published roster.

use std::collections::HashSet;

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{Id, Stored, plan::Plan, rights::Scope, set_up::SetUp, shift::Shift};
use khademyar_roster::{
    StoredProblem,
    answer::Answer,
    coverage::{self, Coverage},
    unfilled::{Explanation, Funnel, explanations},
};
use khademyar_storage::{
    Db, assignments,
    plans::{self, Pair},
    seats::{self, Demand, Roster},
    set_ups,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking_while_wanted,
    contract::Querying,
    error::ApiError,
    extract::{At, FiguresReader, RosterReader},
    query,
    state::AppState,
};

/// A position with fewer people than it desires, and how many could take one more seat of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnfilledBody {
    /// Which.
    position_id: Uuid,
    /// What files call it.
    #[schema(example = "p203")]
    position_code: String,
    /// In which field of service.
    specialty_id: Uuid,
    /// In which shift.
    shift_id: Uuid,
    /// Where.
    venue_id: Uuid,
    /// The district the venue stands in that night.
    district_id: Uuid,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
    /// People who are essential.
    minimum: u32,
    /// People who are welcome in all.
    desired: u32,
    /// People there are.
    filled: u32,
    /// Essential people missing.
    essential_missing: u32,
    /// From everyone registered to who is free, as the roster stands.
    funnel: Funnel,
    /// What can be done: a proof that people are too few, or the changes that would fill a seat. Null where they reach
    /// beyond the districts one coordinates, and where the rows have changed so far that nothing is empty any more.
    answer: Option<Answer>,
}

impl UnfilledBody {
    fn new(demand: &Demand, Explanation { funnel, answer }: Explanation) -> Self {
        Self {
            position_id: demand.position_id.uuid(),
            position_code: demand.position_code.to_string(),
            specialty_id: demand.specialty_id.uuid(),
            shift_id: demand.shift_id.uuid(),
            venue_id: demand.venue_id.uuid(),
            district_id: demand.district_id.uuid(),
            night: demand.night,
            starts_at: demand.starts_at,
            ends_at: demand.ends_at,
            minimum: demand.minimum,
            desired: demand.desired,
            filled: demand.filled,
            essential_missing: demand.minimum.saturating_sub(demand.filled),
            funnel,
            answer,
        }
    }
}

/// A page of positions with fewer people than they desire.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnfilledPageBody {
    /// The positions, in order of time where nothing else is asked for.
    items: Vec<UnfilledBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Counts what a plan covers, by night × venue × specialty and by district. A coordinator sees her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/coverage", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty.")),
    responses((status = 200, description = "The figures.", body = Coverage), Querying))]
pub(crate) async fn get_plan_coverage(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<Coverage>, ApiError> {
    let db = app.store.snapshot().await?;
    plans::get(&db, reader.festival_id, plan_id).await?;
    coverage_of(&db, &reader, Roster::Plan(plan_id), query.as_deref()).await
}

/// Counts what the published roster covers, by night × venue × specialty and by district. A coordinator sees her
/// districts, a partner theirs.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/coverage", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty.")),
    responses((status = 200, description = "The figures.", body = Coverage), Querying))]
pub(crate) async fn get_coverage(
    State(app): State<AppState>,
    FiguresReader(reader): FiguresReader,
    RawQuery(query): RawQuery,
) -> Result<Json<Coverage>, ApiError> {
    coverage_of(&app.store.reader(), &reader, Roster::Live, query.as_deref()).await
}

async fn coverage_of(
    db: &Db,
    reader: &RosterReader,
    roster: Roster,
    query: Option<&str>,
) -> Result<Json<Coverage>, ApiError> {
    let filters = query::filters(seats::COVERAGE_FILTERS, query)?;
    reader.reaches(&filters)?;
    let districts = reader.scope.districts();
    let demands = seats::demands(db, reader.festival_id, roster, districts, &filters).await?;
    Ok(Json(coverage::count(&demands)))
}

/// Lists the positions to which a plan gives fewer people than they desire, each with how many people are left for one
/// more seat after each rule and what can be done. A coordinator sees her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/unfilled", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the latest first.", pattern = "^-?starts_at$"),
           ("essential" = Option<bool>, Query, description = "With `true`, only where essential people are missing."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("shift_id" = Option<Uuid>, Query, description = "Only in this shift."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty."),
           ("position_id" = Option<Uuid>, Query, description = "Only this position.")),
    responses((status = 200, description = "A page.", body = UnfilledPageBody), Querying))]
pub(crate) async fn list_plan_unfilled(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<UnfilledPageBody>, ApiError> {
    unfilled_of(&app, &reader, Roster::Plan(plan_id), query.as_deref()).await
}

/// Lists the positions that have fewer people than they desire in the published roster, each with how many people are
/// left for one more seat after each rule and what can be done. A coordinator sees her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/unfilled", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the latest first.", pattern = "^-?starts_at$"),
           ("essential" = Option<bool>, Query, description = "With `true`, only where essential people are missing."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("shift_id" = Option<Uuid>, Query, description = "Only in this shift."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty."),
           ("position_id" = Option<Uuid>, Query, description = "Only this position.")),
    responses((status = 200, description = "A page.", body = UnfilledPageBody), Querying))]
pub(crate) async fn list_unfilled(
    State(app): State<AppState>,
    reader: RosterReader,
    RawQuery(query): RawQuery,
) -> Result<Json<UnfilledPageBody>, ApiError> {
    unfilled_of(&app, &reader, Roster::Live, query.as_deref()).await
}

async fn unfilled_of(
    app: &AppState,
    reader: &RosterReader,
    roster: Roster,
    query: Option<&str>,
) -> Result<Json<UnfilledPageBody>, ApiError> {
    let listing = query::listing_by(seats::UNFILLED_FILTERS, seats::UNFILLED_SORTS, query)?;
    reader.reaches(&listing.filters)?;
    let (festival_id, districts) = (reader.festival_id, reader.scope.districts());
    // One moment for all of it: who is free for the seats that are empty then.
    let db = app.store.snapshot().await?;
    let held = match roster {
        Roster::Plan(plan_id) => {
            plans::get(&db, festival_id, plan_id).await?;
            plans::pairs(&db, festival_id, plan_id).await?
        }
        Roster::Live => assignments::pairs(&db, festival_id).await?,
    };
    let page = seats::unfilled(&db, festival_id, roster, districts, &listing).await?;
    let set_up = set_ups::load(&db, festival_id).await?;
    drop(db);
    let next = page.next.clone();
    let scope = reader.scope.clone();
    let items =
        blocking_while_wanted(move |wanted| explained(set_up, &held, &page.items, &scope, wanted)).await??;
    Ok(Json(UnfilledPageBody { items, next_cursor: next.map(|cursor| cursor.encode()) }))
}

fn explained(
    set_up: SetUp,
    held: &[Pair],
    demands: &[Demand],
    scope: &Scope,
    wanted: &dyn Fn() -> bool,
) -> Result<Vec<UnfilledBody>, ApiError> {
    let (set_up, stored) = explicable(set_up)?;
    let reached = positions_within(&set_up, scope);
    let unfilled = demands.iter().zip(explanations(&stored, held, demands, wanted));
    let told = unfilled.filter_map(|(demand, explanation)| {
        let Explanation { funnel, answer } = explanation?;
        let answer = answer.filter(|answer| answer.stays_within(|id| reached.contains(&id)));
        Some(UnfilledBody::new(demand, Explanation { funnel, answer }))
    });
    Ok(told.collect())
}

/// The positions of the districts within reach.
fn positions_within(set_up: &SetUp, scope: &Scope) -> HashSet<Uuid> {
    let within = |shift: &&Stored<Shift>| shift.value.district_id.is_some_and(|id| scope.covers(id));
    let shifts: HashSet<_> = set_up.shifts.iter().filter(within).map(|shift| shift.id).collect();
    let positions = set_up.positions.iter().filter(|position| shifts.contains(&position.value.shift_id));
    positions.map(|position| position.id.uuid()).collect()
}

/// Pins that contradict each other keep a festival from being solved, not from being explained.
pub(crate) fn explicable(mut set_up: SetUp) -> Result<(SetUp, StoredProblem), ApiError> {
    let stored = StoredProblem::new(&set_up, &[]).or_else(|_| {
        set_up.pins.clear();
        StoredProblem::new(&set_up, &[])
    });
    let stored = stored.map_err(|faults| ApiError::Internal(format!("{faults:?}")))?;
    Ok((set_up, stored))
}
