//! Who could take a seat, and which seats one could take.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Fault, Id, Name, district::District, festival::Festival, language::Language, position::Position,
    shift::Shift, volunteer::Volunteer,
};
use khademyar_roster::{
    Known,
    candidates::{
        Candidate, Excluded, OpenSeat, Past, Ranking, ScoreChange, full_positions, open_seats, rank,
    },
    reason::EligibilityReason,
};
use khademyar_storage::{
    Db, assignments,
    listing::{Filter, FilterKind, FilterValue},
    plans::Pair,
    waiting,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking,
    contract::{Own, Querying},
    error::ApiError,
    extract::{At, RosterReader},
    handlers::schedules::night_label,
    language::Spoken,
    own_part::OwnPart,
    query,
    state::AppState,
};

/// How many people are told of when nothing is said, and at the most.
const USUAL: usize = 20;
const MOST: i64 = 500;
/// How many seats somebody is told of.
const MOST_SEATS: usize = 50;

const FILTERS: &[Filter] = &[
    Filter { name: "limit", kind: FilterKind::Integer },
    Filter { name: "volunteer_id", kind: FilterKind::Id },
    Filter { name: "instead_of", kind: FilterKind::Id },
];

/// Someone who could take the seat at once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CandidateBody {
    /// Who.
    volunteer_id: Uuid,
    /// What files call them.
    #[schema(example = "v17")]
    volunteer_code: String,
    /// Their name.
    volunteer_name: Name,
    /// What it would add to the roster's score.
    change: ScoreChange,
    /// The way from home, in minutes.
    #[schema(minimum = 0)]
    travel_minutes: i32,
    /// How many shifts they have.
    shifts: u32,
    /// On how many nights.
    nights: u32,
    /// Whether they stand by on that night.
    standby: bool,
    /// When they were last asked for anything.
    last_asked_at: Option<DateTime<Utc>>,
}

/// Someone who could not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExcludedBody {
    /// Who.
    volunteer_id: Uuid,
    /// What files call them.
    #[schema(example = "v18")]
    volunteer_code: String,
    /// Their name.
    volunteer_name: Name,
    /// Every reason.
    reasons: Vec<EligibilityReason>,
}

/// Everyone, as far as a seat is concerned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CandidatesBody {
    /// The position.
    position_id: Uuid,
    /// How many could take a seat of it at once.
    eligible: u32,
    /// Those of them who stand by, then those who help the roster most; among equals, first who was asked longest ago.
    candidates: Vec<CandidateBody>,
    /// Of those who could not, the ones with the fewest reasons.
    others: Vec<ExcludedBody>,
    /// How many people each reason keeps from it.
    #[schema(value_type = std::collections::BTreeMap<String, u32>, example = json!({"specialty_missing": 310, "overlap": 12}))]
    reasons: BTreeMap<EligibilityReason, u32>,
}

/// Ranks who could take a seat of a position as the published roster stands, and says of everyone else every reason why
/// not. A coordinator asks of her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/positions/{position_id}/candidates", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("position_id" = Uuid, Path, description = "The position."),
           ("limit" = Option<u64>, Query, description = "How many people at the most of each kind; 20 when nothing is said.", minimum = 1, maximum = 500),
           ("volunteer_id" = Option<Uuid>, Query, description = "Only this volunteer: why, or why not?"),
           ("instead_of" = Option<Uuid>, Query, description = "As if this volunteer had left the position.")),
    responses((status = 200, description = "The candidates.", body = CandidatesBody), Querying))]
pub(crate) async fn list_candidates(
    State(app): State<AppState>,
    reader: RosterReader,
    At((_festival_id, position_id)): At<(Uuid, Id<Position>)>,
    RawQuery(query): RawQuery,
) -> Result<Json<CandidatesBody>, ApiError> {
    let filters = query::filters(FILTERS, query.as_deref())?;
    let limit = limit(&filters)?;
    let id = |wanted| {
        filters.iter().find_map(|(name, value)| match value {
            FilterValue::Id(id) if *name == wanted => Some(Id::<Volunteer>::from(*id)),
            _ => None,
        })
    };
    let (only, instead_of) = (id("volunteer_id"), id("instead_of"));
    let seat = Seat::read(&app, reader.festival_id, position_id, instead_of).await?;
    let (position, _) = seat.known.position(position_id).ok_or(ApiError::NotFound("position"))?;
    let district = seat.known.shift(position.shift_id).and_then(|shift| shift.district_id);
    if !district.is_some_and(|district| reader.scope.covers(district)) {
        return Err(ApiError::NotFound("position"));
    }
    let now = app.clock.now();
    let (known, mut ranking) = blocking(move || seat.rank(now)).await?;
    if let Some(only) = only {
        ranking.candidates.retain(|one| one.volunteer_id == only);
        ranking.others.retain(|one| one.volunteer_id == only);
    }
    let mut reasons = BTreeMap::new();
    for reason in ranking.others.iter().flat_map(|one| &one.reasons) {
        *reasons.entry(*reason).or_default() += 1;
    }
    Ok(Json(CandidatesBody {
        position_id: position_id.uuid(),
        eligible: ranking.candidates.len() as u32,
        candidates: candidate_bodies(&known, &ranking, limit),
        others: ranking.others.iter().take(limit).filter_map(|one| excluded_body(&known, one)).collect(),
        reasons,
    }))
}

fn limit(filters: &[(&'static str, FilterValue)]) -> Result<usize, ApiError> {
    let asked = filters.iter().find_map(|filter| match filter {
        ("limit", FilterValue::Integer(limit)) => Some(i64::from(*limit)),
        _ => None,
    });
    match asked {
        None => Ok(USUAL),
        Some(limit) if (1..=MOST).contains(&limit) => Ok(limit as usize),
        Some(_) => Err(ApiError::Invalid(vec![Fault::new(
            "limit",
            "not_a_limit",
            "Give a whole number from 1 to 500.",
            "عددی از ۱ تا ۵۰۰ بدهید.",
        )])),
    }
}

/// A seat, with all that its candidates are ranked by, read at one moment.
pub(crate) struct Seat {
    known: Arc<Known>,
    held: Vec<Pair>,
    past: Past,
    position_id: Id<Position>,
}

impl Seat {
    /// Reads what is asked of a position; `instead_of` whom, where they are to be thought away.
    pub(crate) async fn read(
        app: &AppState,
        festival_id: Id<Festival>,
        position_id: Id<Position>,
        instead_of: Option<Id<Volunteer>>,
    ) -> Result<Self, ApiError> {
        let db = app.store.snapshot().await?;
        Self::read_on(app, &db, festival_id, position_id, instead_of).await
    }

    pub(crate) async fn read_on(
        app: &AppState,
        db: &Db,
        festival_id: Id<Festival>,
        position_id: Id<Position>,
        instead_of: Option<Id<Volunteer>>,
    ) -> Result<Self, ApiError> {
        let known = app.live.known(db, festival_id).await?;
        let mut held = assignments::pairs(db, festival_id).await?;
        held.retain(|&(volunteer, position)| position != position_id || Some(volunteer) != instead_of);
        let vacancy = assignments::vacancy(db, festival_id, position_id).await?;
        let past = Past {
            is_published: assignments::exist(db, festival_id).await?,
            asked: assignments::last_asked(db, festival_id).await?,
            refused: assignments::refused_by(db, festival_id, position_id).await?.into_iter().collect(),
            standbys: waiting::standbys(db, festival_id, vacancy.night).await?.into_iter().collect(),
        };
        Ok(Self { known, held, past, position_id })
    }

    /// Ranks everyone; takes some milliseconds.
    pub(crate) fn rank(self, now: DateTime<Utc>) -> (Arc<Known>, Ranking) {
        let ranking = rank(&self.known, &self.held, self.position_id, &self.past, now).unwrap_or_default();
        (self.known, ranking)
    }
}

pub(crate) fn candidate_bodies(known: &Known, ranking: &Ranking, limit: usize) -> Vec<CandidateBody> {
    ranking.candidates.iter().take(limit).filter_map(|one| candidate_body(known, one)).collect()
}

fn candidate_body(known: &Known, candidate: &Candidate) -> Option<CandidateBody> {
    let (volunteer, _) = known.volunteer(candidate.volunteer_id)?;
    Some(CandidateBody {
        volunteer_id: candidate.volunteer_id.uuid(),
        volunteer_code: volunteer.code.to_string(),
        volunteer_name: volunteer.name.clone(),
        change: candidate.change,
        travel_minutes: candidate.travel_minutes,
        shifts: candidate.shifts,
        nights: candidate.nights,
        standby: candidate.standby,
        last_asked_at: candidate.last_asked_at,
    })
}

fn excluded_body(known: &Known, excluded: &Excluded) -> Option<ExcludedBody> {
    let (volunteer, _) = known.volunteer(excluded.volunteer_id)?;
    Some(ExcludedBody {
        volunteer_id: excluded.volunteer_id.uuid(),
        volunteer_code: volunteer.code.to_string(),
        volunteer_name: volunteer.name.clone(),
        reasons: excluded.reasons.clone(),
    })
}

/// An empty seat that one could take.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenSeatBody {
    /// The position.
    position_id: Uuid,
    /// The shift.
    shift_id: Uuid,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// Which, in words.
    #[schema(example = "شب سوم")]
    night_label: String,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Where.
    #[schema(example = "باغ غدیر")]
    venue: String,
    /// In which district.
    district_id: Uuid,
    /// The field of service.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
    /// The way from home, in minutes.
    #[schema(minimum = 0)]
    travel_minutes: i32,
    /// Essential people that it lacks.
    essential_missing: u32,
    /// People that it lacks in all.
    missing: u32,
    /// What taking it would add to the roster's score.
    change: ScoreChange,
}

/// The empty seats that one could take.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenSeatsBody {
    /// The festival.
    festival_id: Uuid,
    /// Those first that help the roster most.
    items: Vec<OpenSeatBody>,
    /// The positions that one could serve in if they were not full, in order of time: one may wait for a seat.
    full: Vec<FullPositionBody>,
}

/// A position that is full, which one could serve in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FullPositionBody {
    /// The position.
    position_id: Uuid,
    /// On which festival night, from 0.
    #[schema(minimum = 0)]
    night: i32,
    /// Which, in words.
    #[schema(example = "شب سوم")]
    night_label: String,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// When it ends.
    ends_at: DateTime<Utc>,
    /// Where.
    #[schema(example = "باغ غدیر")]
    venue: String,
    /// The field of service.
    #[schema(example = "سلامت و درمان")]
    specialty: String,
}

/// What people read of a position: where, when and as what.
pub(crate) struct Place {
    pub(crate) shift_id: Id<Shift>,
    pub(crate) night: i32,
    pub(crate) night_label: String,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) venue: String,
    pub(crate) district_id: Option<Id<District>>,
    pub(crate) specialty: String,
}

impl Place {
    /// None for a position that is not there.
    pub(crate) fn of(known: &Known, position_id: Id<Position>, language: Language) -> Option<Self> {
        let (position, _) = known.position(position_id)?;
        let shift = known.shift(position.shift_id)?;
        let venue = known.set_up().venues.iter().find(|venue| venue.id == shift.venue_id)?;
        let specialty = known.set_up().specialties.iter().find(|one| one.id == position.specialty_id)?;
        Some(Self {
            shift_id: position.shift_id,
            night: shift.night,
            night_label: night_label(shift.night, language),
            starts_at: shift.starts_at,
            ends_at: shift.ends_at,
            venue: venue.value.name.in_language(language),
            district_id: shift.district_id,
            specialty: specialty.value.name.in_language(language),
        })
    }
}

/// Lists the empty seats that one could still take, those first that help the roster most; and what is full, which one
/// could wait for.
#[utoipa::path(get, path = "/v1/me/eligible-shifts", tag = "me",
    params(("festival_id" = Option<Uuid>, Query, description = "In which festival; left out: the one whose nights end next.")),
    responses((status = 200, description = "The seats.", body = OpenSeatsBody), Own))]
pub(crate) async fn list_my_eligible_shifts(
    State(app): State<AppState>,
    own: OwnPart,
    Spoken(language): Spoken,
) -> Result<Json<OpenSeatsBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let known = app.live.known(&db, own.festival_id).await?;
    let is_published = assignments::exist(&db, own.festival_id).await?;
    let held = assignments::pairs(&db, own.festival_id).await?;
    let refused = assignments::refused_of(&db, own.festival_id, own.volunteer_id).await?;
    drop(db);
    let (now, festival_id) = (app.clock.now(), own.festival_id.uuid());
    let told = blocking(move || {
        let roster = (is_published, held.as_slice());
        let seats = open_seats(&known, roster, own.volunteer_id, &refused, now);
        let full = full_positions(&known, roster, own.volunteer_id, &refused, now);
        let (seats, full) = (seats.iter().take(MOST_SEATS), full.into_iter().take(MOST_SEATS));
        OpenSeatsBody {
            festival_id,
            items: seats.filter_map(|seat| open_seat_body(&known, seat, language)).collect(),
            full: full.filter_map(|position| full_position_body(&known, position, language)).collect(),
        }
    });
    Ok(Json(told.await?))
}

fn open_seat_body(known: &Known, seat: &OpenSeat, language: Language) -> Option<OpenSeatBody> {
    let place = Place::of(known, seat.position_id, language)?;
    Some(OpenSeatBody {
        position_id: seat.position_id.uuid(),
        shift_id: place.shift_id.uuid(),
        night: place.night,
        night_label: place.night_label,
        starts_at: place.starts_at,
        ends_at: place.ends_at,
        venue: place.venue,
        district_id: place.district_id?.uuid(),
        specialty: place.specialty,
        travel_minutes: seat.travel_minutes,
        essential_missing: seat.essential_missing,
        missing: seat.missing,
        change: seat.change,
    })
}

fn full_position_body(
    known: &Known,
    position_id: Id<Position>,
    language: Language,
) -> Option<FullPositionBody> {
    let place = Place::of(known, position_id, language)?;
    Some(FullPositionBody {
        position_id: position_id.uuid(),
        night: place.night,
        night_label: place.night_label,
        starts_at: place.starts_at,
        ends_at: place.ends_at,
        venue: place.venue,
        specialty: place.specialty,
    })
}
