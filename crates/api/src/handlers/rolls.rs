//! The roll of a shift, to be called and to be carried away to where there is no network; and how far the rolls are called.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Stored,
    assignment::AssignmentState,
    attendance::{Attendance, Told, standing},
    disclosure::{Age, Reader},
    district::District,
    festival::Festival,
    language::Language,
    phone::Phone,
    rights::{Action, Scope},
    shift::Shift,
};
use khademyar_storage::{
    Db, attendance, events, festivals,
    rolls::{self, Called, Expected},
    table,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::{FestivalKey, KeysError},
    contract::{Querying, Reading},
    edit::unchanged,
    error::ApiError,
    extract::{At, InFestival},
    handlers::attendance::AttendanceKind,
    language::Spoken,
    query,
    state::AppState,
};

/// The roll of a shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollBody {
    /// The shift.
    shift_id: Uuid,
    /// Where.
    venue_id: Uuid,
    /// On which festival night, from 0.
    night: i32,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
    /// The number of the last event that this shows: `/events` goes on from it by `Last-Event-ID`.
    sequence: i64,
    /// How many stand how.
    count: RollCount,
    /// Everyone the roster counts on: leaders first, then in the order of their names.
    people: Vec<ExpectedBody>,
}

/// How many stand how.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct RollCount {
    /// All of them.
    expected: usize,
    /// Who are here now.
    here: usize,
    /// Who were here and went.
    gone: usize,
    /// Of whom nobody has said anything yet.
    missing: usize,
    /// Who did not come.
    absent: usize,
    /// Who did not come, with good reason.
    excused: usize,
}

/// Somebody who is on the roll.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExpectedBody {
    /// By which assignment: events name it.
    assignment_id: Uuid,
    /// How often it was written.
    version: i64,
    /// How it stands.
    state: AssignmentState,
    /// Whether they were there; `unknown` is not absent.
    attendance: Attendance,
    /// When they came, where somebody saw it.
    came_at: Option<DateTime<Utc>>,
    /// When they went, where somebody saw it.
    left_at: Option<DateTime<Utc>>,
    /// How many minutes of the shift they are credited with; until they have gone, to its end.
    minutes: i32,
    /// In which position.
    position_id: Uuid,
    /// As what.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
    /// The level the position asks for: 3 leads.
    level: i32,
    /// Who.
    volunteer_id: Uuid,
    /// Their name.
    #[schema(example = "زهرا کریمی")]
    name: String,
    /// The code of their pass, which they say where no camera reads it.
    #[schema(example = "048213")]
    pass_code: String,
    /// Where they are called when they are missing. Of who may be under age it is told to their coordinator and organizers
    /// alone, and to another system never.
    phone: Option<Phone>,
    /// What phones told of them, in the order in which it happened; without what was taken back.
    events: Vec<SaidBody>,
}

/// Something that was told of somebody, and stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaidBody {
    /// The event: `undo` names it.
    id: Uuid,
    /// What it says.
    kind: AttendanceKind,
    /// When it happened.
    at: DateTime<Utc>,
}

/// A shift whose roll one may call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalledBody {
    /// The shift.
    shift_id: Uuid,
    /// Where.
    venue_id: Uuid,
    /// The district the venue stands in that night.
    district_id: Uuid,
    /// On which festival night, from 0.
    night: i32,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
    /// How many stand how.
    count: RollCount,
}

/// The shifts whose rolls one may call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollsBody {
    /// In order of time.
    items: Vec<CalledBody>,
}

/// Lists the shifts whose rolls one may call, each with how many are expected, here and missing; it names nobody. A venue
/// lead sees the venue's, a coordinator those of her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/rolls", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("night" = Option<i32>, Query, description = "Only on this night, from 0."),
           ("venue_id" = Option<Uuid>, Query, description = "Only at this venue.")),
    responses((status = 200, description = "The shifts.", body = RollsBody), Querying))]
pub(crate) async fn list_rolls(
    State(app): State<AppState>,
    here: InFestival,
    RawQuery(query): RawQuery,
) -> Result<Json<RollsBody>, ApiError> {
    let filters = query::filters(rolls::FILTERS, query.as_deref())?;
    let scope = here.may(Action::CallRoll)?;
    let called = rolls::called(&app.store.snapshot().await?, here.festival_id, &scope, &filters).await?;
    Ok(Json(RollsBody { items: called.iter().map(CalledBody::of).collect() }))
}

/// A shift that is there, and within reach.
pub(crate) async fn shift_within(
    db: &Db,
    festival_id: Id<Festival>,
    scope: &Scope,
    shift_id: Id<Shift>,
) -> Result<Stored<Shift>, ApiError> {
    let shift = table::get::<Shift>(db, festival_id, None, shift_id).await?;
    let Shift { venue_id, district_id, .. } = shift.value;
    if !district_id.is_some_and(|district_id| scope.covers_venue(venue_id, district_id)) {
        return Err(ApiError::NotFound("shift"));
    }
    Ok(shift)
}

/// Reads who is expected in a shift, who is here and who is missing. A venue lead reads it at the venue, a coordinator in
/// her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/shifts/{shift_id}/roll", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("shift_id" = Uuid, Path, description = "The shift."),
           ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what one has: the answer is 304 while that is fresh.")),
    responses((status = 200, description = "The roll.", body = RollBody, headers(("ETag" = String, description = "Changes when the answer may have."))), (status = 304, description = "It is as one has it."), Reading))]
pub(crate) async fn get_roll(
    State(app): State<AppState>,
    here: InFestival,
    At((_festival_id, shift_id)): At<(Uuid, Id<Shift>)>,
    Spoken(language): Spoken,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (festival_id, scope) = (here.festival_id, here.may(Action::CallRoll)?);
    let db = app.store.snapshot().await?;
    let shift = shift_within(&db, festival_id, &scope, shift_id).await?;
    let revision = festivals::revision(&db, festival_id).await?;
    let reader = here.reader(&scope);
    let tag = format!("\"{}-{revision}-{}-{reader:?}\"", shift_id.uuid().simple(), language.tag());
    if let Some(fresh) = unchanged(&headers, &tag) {
        return Ok(fresh);
    }
    // Who comes from another district is in somebody else's charge.
    let reader_of = |home| match reader {
        Reader::InCharge if !scope.covers(home) => Reader::VenueLead,
        _ => reader,
    };
    let people = rolls::list(&db, festival_id, shift_id).await?;
    let ids: Vec<_> = people.iter().map(|person| person.assignment_id).collect();
    let mut told = attendance::of_assignments(&db, festival_id, &ids).await?;
    let sequence = events::last_number(&db, festival_id).await?;
    let caching = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "Authorization, Accept-Language".to_owned()),
    ];
    let key = app.festival_keys.of(festival_id)?;
    let people = people.into_iter().map(|person| {
        let told = told.remove(&person.assignment_id).unwrap_or_default();
        (person, standing(told))
    });
    let roll = RollBody::of(&shift, people.collect(), sequence, language, reader_of, &key)?;
    Ok((caching, Json(roll)).into_response())
}

impl RollBody {
    fn of(
        shift: &Stored<Shift>,
        people: Vec<(Expected, Vec<Told>)>,
        sequence: i64,
        language: Language,
        reader_of: impl Fn(Id<District>) -> Reader,
        key: &FestivalKey,
    ) -> Result<Self, KeysError> {
        let count = RollCount::of(people.iter().map(|(person, _)| (person.state, 1)));
        let on = shift.value.starts_at.date_naive();
        let expected = |(person, told): (Expected, Vec<Told>)| {
            let age = Age::on(on, person.birth_year);
            let phone = reader_of(person.home_district_id).phone(person.phone.clone(), age);
            let pass_code = key.code(person.volunteer_id)?;
            Ok(ExpectedBody::of(Expected { phone, ..person }, told, pass_code, language))
        };
        let people = people.into_iter().map(expected).collect::<Result<_, KeysError>>()?;
        Ok(Self {
            shift_id: shift.id.uuid(),
            venue_id: shift.value.venue_id.uuid(),
            night: shift.value.night,
            starts_at: shift.value.starts_at,
            ends_at: shift.value.ends_at,
            sequence,
            count,
            people,
        })
    }
}

impl CalledBody {
    fn of(called: &Called) -> Self {
        Self {
            shift_id: called.shift_id.uuid(),
            venue_id: called.venue_id.uuid(),
            district_id: called.district_id.uuid(),
            night: called.night,
            starts_at: called.starts_at,
            ends_at: called.ends_at,
            count: RollCount::of(called.counts.iter().copied()),
        }
    }
}

impl RollCount {
    /// Of so many in each state.
    fn of(states: impl Iterator<Item = (AssignmentState, usize)>) -> Self {
        let mut count = Self::default();
        for (state, people) in states {
            let stands = match state {
                AssignmentState::CheckedIn => &mut count.here,
                AssignmentState::Completed => &mut count.gone,
                AssignmentState::NoShow => &mut count.absent,
                AssignmentState::Excused => &mut count.excused,
                _ => &mut count.missing,
            };
            *stands += people;
            count.expected += people;
        }
        count
    }
}

impl ExpectedBody {
    fn of(person: Expected, told: Vec<Told>, pass_code: String, language: Language) -> Self {
        let said = |told: Told| SaidBody { id: told.id.uuid(), kind: told.saying.into(), at: told.at };
        Self {
            assignment_id: person.assignment_id.uuid(),
            version: person.version,
            state: person.state,
            attendance: person.attendance,
            came_at: person.came_at,
            left_at: person.left_at,
            minutes: person.minutes,
            position_id: person.position_id.uuid(),
            specialty: person.specialty.in_language(language),
            level: person.level,
            volunteer_id: person.volunteer_id.uuid(),
            name: person.name.in_language(language),
            pass_code,
            phone: person.phone,
            events: told.into_iter().map(said).collect(),
        }
    }
}
