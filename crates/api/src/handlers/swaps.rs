//! With whom one could change places.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, AssignmentState, ChangeError, Standing, change::allows},
    festival::Festival,
    language::Language,
    rights::Actor,
};
use khademyar_roster::{
    Known,
    candidates::Past,
    swaps::{SwapSeat, swap_seats},
};
use khademyar_storage::{Db, StorageError, assignments};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking,
    contract::Acting,
    error::ApiError,
    extract::{At, Signed},
    handlers::candidates::Place,
    language::Spoken,
    state::AppState,
};

/// A seat that one could have in return for one's own. Whose it is, is told once they agree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwapSeatBody {
    /// The assignment of whoever is asked to change places.
    assignment_id: Uuid,
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

/// The seats that one could have in return.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwapSeatsBody {
    /// In order of time; 30 at the most.
    items: Vec<SwapSeatBody>,
}

/// Lists the seats that one could have in return for one's own, as the roster stands: both could change places by its
/// rules. Of each position it is one person who is asked, the one who was asked for anything longest ago.
#[utoipa::path(get, path = "/v1/me/assignments/{assignment_id}/swaps", tag = "me",
    params(("assignment_id" = Uuid, Path, description = "The assignment, as `/v1/me/schedule` names it.")),
    responses((status = 200, description = "The seats.", body = SwapSeatsBody), Acting))]
pub(crate) async fn list_swap_seats(
    State(app): State<AppState>,
    Signed(actor): Signed,
    At(id): At<Id<Assignment>>,
    Spoken(language): Spoken,
) -> Result<Json<SwapSeatsBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let (festival_id, mine) = own(&db, &actor, id).await?;
    if !allows(mine.state, AssignmentState::Replaced) {
        return Err(ChangeError::NoWay { from: mine.state, to: AssignmentState::Replaced }.into());
    }
    let known = app.live.known(&db, festival_id).await?;
    let live = assignments::live(&db, festival_id).await?;
    let asked = assignments::last_asked(&db, festival_id).await?;
    let past = Past { asked, ..Past::default() };
    drop(db);
    let now = app.clock.now();
    let items = blocking(move || {
        let seats = if mine.starts_at > now { swap_seats(&known, &live, &mine, &past, now) } else { vec![] };
        seats.iter().filter_map(|seat| body(&known, seat, language)).collect()
    });
    Ok(Json(SwapSeatsBody { items: items.await? }))
}

/// One's own assignment.
async fn own(db: &Db, actor: &Actor, id: Id<Assignment>) -> Result<(Id<Festival>, Standing), ApiError> {
    for (festival_id, volunteer_id) in actor.volunteers() {
        match assignments::find(db, festival_id, id).await {
            Ok(standing) if standing.volunteer_id == volunteer_id => return Ok((festival_id, standing)),
            Ok(_) | Err(StorageError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::NotFound("assignment"))
}

fn body(known: &Known, seat: &SwapSeat, language: Language) -> Option<SwapSeatBody> {
    let place = Place::of(known, seat.position_id, language)?;
    Some(SwapSeatBody {
        assignment_id: seat.assignment_id.uuid(),
        position_id: seat.position_id.uuid(),
        night: place.night,
        night_label: place.night_label,
        starts_at: place.starts_at,
        ends_at: place.ends_at,
        venue: place.venue,
        specialty: place.specialty,
    })
}
