//! Who serves where: in a plan, and in the published roster.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Name,
    assignment::{AssignmentState, Reason, Source},
    attendance::Attendance,
    plan::Plan,
};
use khademyar_storage::{
    assignments::{self, Published},
    plans,
    seats::{self, Seat},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    contract::Querying,
    error::ApiError,
    extract::{At, RosterReader},
    query,
    state::AppState,
};

/// A seat that a volunteer has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeatBody {
    /// Who.
    volunteer_id: Uuid,
    /// What files call them.
    #[schema(example = "v17")]
    volunteer_code: String,
    /// Their name.
    volunteer_name: Name,
    /// As what.
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
}

impl From<Seat> for SeatBody {
    fn from(seat: Seat) -> Self {
        Self {
            volunteer_id: seat.volunteer_id.uuid(),
            volunteer_code: seat.volunteer_code.to_string(),
            volunteer_name: seat.volunteer_name,
            position_id: seat.position_id.uuid(),
            position_code: seat.position_code.to_string(),
            specialty_id: seat.specialty_id.uuid(),
            shift_id: seat.shift_id.uuid(),
            venue_id: seat.venue_id.uuid(),
            district_id: seat.district_id.uuid(),
            night: seat.night,
            starts_at: seat.starts_at,
            ends_at: seat.ends_at,
        }
    }
}

/// A page of a plan's seats.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeatsBody {
    /// The seats, by position where nothing else is asked for.
    items: Vec<SeatBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// An assignment of the published roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentBody {
    /// Its id.
    id: Uuid,
    /// How often it was written.
    version: i64,
    /// How it stands.
    state: AssignmentState,
    /// Who put the volunteer there.
    source: Source,
    /// The plan it came with.
    plan_id: Option<Uuid>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last written.
    updated_at: DateTime<Utc>,
    /// Until when the offer can be accepted; null: until the shift is over.
    answer_until: Option<DateTime<Utc>>,
    /// When the volunteer answered last.
    answered_at: Option<DateTime<Utc>>,
    /// Why it ended before its shift did.
    reason: Option<Reason>,
    /// Why an organizer put the volunteer there against the rules.
    #[schema(example = "تنها پزشک این منطقه است")]
    note: Option<String>,
    /// Whether the volunteer was there; `unknown` is not absent.
    attendance: Attendance,
    /// How many minutes of the shift they are credited with.
    minutes_served: i32,
    /// Whose, where, when.
    seat: SeatBody,
}

impl From<Published> for AssignmentBody {
    fn from(row: Published) -> Self {
        Self {
            id: row.id.uuid(),
            version: row.version,
            state: row.state,
            source: row.source,
            plan_id: row.plan_id.map(Id::uuid),
            created_at: row.created_at,
            updated_at: row.updated_at,
            answer_until: row.answer_until,
            answered_at: row.answered_at,
            reason: row.reason,
            note: row.note,
            attendance: row.attendance,
            minutes_served: row.minutes_served,
            seat: row.seat.into(),
        }
    }
}

/// A page of the published roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignmentsBody {
    /// The assignments, in whatever state, by position where nothing else is asked for.
    items: Vec<AssignmentBody>,
    /// Where the next page begins; null after the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Lists who serves where in a plan. A coordinator sees her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/assignments", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the largest first.", pattern = "^-?position$"),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("shift_id" = Option<Uuid>, Query, description = "Only in this shift."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty."),
           ("position_id" = Option<Uuid>, Query, description = "Only in this position."),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only of this volunteer.")),
    responses((status = 200, description = "A page.", body = SeatsBody), Querying))]
pub(crate) async fn list_plan_assignments(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<SeatsBody>, ApiError> {
    let listing = query::listing_by(seats::FILTERS, seats::SORTS, query.as_deref())?;
    reader.reaches(&listing.filters)?;
    let db = app.store.snapshot().await?;
    plans::get(&db, reader.festival_id, plan_id).await?;
    let page = seats::of_plan(&db, reader.festival_id, plan_id, reader.scope.districts(), &listing).await?;
    let items = page.items.into_iter().map(SeatBody::from).collect();
    Ok(Json(SeatsBody { items, next_cursor: page.next.map(|cursor| cursor.encode()) }))
}

/// Lists who serves where in the published roster, and how that stands. A coordinator sees her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/assignments", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("limit" = Option<u64>, Query, description = "How many rows at the most.", minimum = 1, maximum = 500),
           ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
           ("sort" = Option<String>, Query, description = "By what; with `-`, the largest first.", pattern = "^-?position$"),
           ("state" = Option<AssignmentState>, Query, description = "Only in this state."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("district_id" = Option<Uuid>, Query, description = "Only in this district."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue."),
           ("shift_id" = Option<Uuid>, Query, description = "Only in this shift."),
           ("specialty_id" = Option<Uuid>, Query, description = "Only in this specialty."),
           ("position_id" = Option<Uuid>, Query, description = "Only in this position."),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only of this volunteer.")),
    responses((status = 200, description = "A page.", body = AssignmentsBody), Querying))]
pub(crate) async fn list_assignments(
    State(app): State<AppState>,
    reader: RosterReader,
    RawQuery(query): RawQuery,
) -> Result<Json<AssignmentsBody>, ApiError> {
    let listing = query::listing_by(assignments::FILTERS, seats::SORTS, query.as_deref())?;
    reader.reaches(&listing.filters)?;
    let db = app.store.reader();
    let page = assignments::list(&db, reader.festival_id, reader.scope.districts(), &listing).await?;
    let items = page.items.into_iter().map(AssignmentBody::from).collect();
    Ok(Json(AssignmentsBody { items, next_cursor: page.next.map(|cursor| cursor.encode()) }))
}
