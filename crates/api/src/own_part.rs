//! The volunteer that one is.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use khademyar_domain::{Fault, Id, festival::Festival, volunteer::Volunteer};
use khademyar_storage::nights;
use serde::Deserialize;

use crate::{error::ApiError, extract::Caller, state::AppState};

/// The volunteer that one is: in the festival that the query's `festival_id` names, else in the one whose nights end
/// next, else in the one whose nights ended last.
#[derive(Debug)]
pub(crate) struct OwnPart {
    /// Where.
    pub(crate) festival_id: Id<Festival>,
    /// Who.
    pub(crate) volunteer_id: Id<Volunteer>,
    /// The festival's revision, where it was read already for this request.
    pub(crate) revision: Option<i64>,
    /// Whether it is this one whatever the day.
    pub(crate) is_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFestival {
    festival_id: Option<Id<Festival>>,
}

impl FromRequestParts<AppState> for OwnPart {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(bearer) = Caller::from_request_parts(parts, state).await?;
        let Query(asked) = Query::<InFestival>::try_from_uri(&parts.uri).map_err(|_| {
            ApiError::Invalid(vec![Fault::new(
                "festival_id",
                "not_a_festival",
                "Give the id of a festival as `festival_id`, or nothing.",
                "شناسهٔ رویدادی را با «festival_id» بدهید یا چیزی نیاورید.",
            )])
        })?;
        let mut own: Vec<(Id<Festival>, Id<Volunteer>)> = bearer
            .actor
            .volunteers()
            .filter(|(festival_id, _)| asked.festival_id.is_none_or(|asked| asked == *festival_id))
            .collect();
        let is_only = own.len() == 1;
        if !is_only {
            let ids: Vec<Id<Festival>> = own.iter().map(|(festival_id, _)| *festival_id).collect();
            let last_dates = nights::last_dates(&state.store.reader(), &ids).await?;
            let today = state.clock.now().date_naive();
            own.sort_by_key(|(festival_id, _)| {
                let days = last_dates.get(festival_id).map(|last| (*last - today).num_days());
                // Those to come by how soon they end, then those over, the latest first, then those without nights.
                days.map_or((2, 0), |days| if days >= 0 { (0, days) } else { (1, -days) })
            });
        }
        let &(festival_id, volunteer_id) = own.first().ok_or(ApiError::NotFound("schedule"))?;
        let revisions = bearer.standing.iter().flat_map(|standing| &standing.revisions);
        let revision = revisions.copied().find(|(id, _)| *id == festival_id).map(|(_, revision)| revision);
        Ok(Self { festival_id, volunteer_id, revision, is_only })
    }
}
