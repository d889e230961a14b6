//! How many should stand by on the nights to come.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use khademyar_domain::standby;
use khademyar_storage::standbys;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{contract::Reading, error::ApiError, extract::RosterManager, state::AppState};

/// How many should stand by on a night in a field of service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandbyAdviceBody {
    /// On which festival night, from 0.
    night: i32,
    /// In which field of service.
    specialty_id: Uuid,
    /// How many seats are taken that night, of shifts that have yet to begin.
    seats: u32,
    /// In how many seats of that field the roll was called so far.
    told: u32,
    /// How many of those did not come, excused or not.
    missed: u32,
    /// Of how many in a hundred it is reckoned that they will not come: of those called, as if two of twenty more had not.
    #[schema(example = 10.0)]
    percent_missing: f64,
    /// How many should stand by, so that in nine nights of ten they are enough.
    advised: u32,
    /// How many stand by that have a skill of that field, anywhere in the festival: who has several counts in each.
    standing_by: u32,
}

/// How many should stand by.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandbyAdvicesBody {
    /// By night, then those first that lack most.
    items: Vec<StandbyAdviceBody>,
}

/// Reads how many should stand by on the nights to come: by field of service, from how many did not come so far. Nobody is
/// judged by it: whoever did not come is asked as before. A coordinator reads of the venues in her districts.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/standby-advice", tag = "roster",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The advice.", body = StandbyAdvicesBody), Reading))]
pub(crate) async fn get_standby_advice(
    State(app): State<AppState>,
    manager: RosterManager,
) -> Result<Json<StandbyAdvicesBody>, ApiError> {
    let db = app.store.snapshot().await?;
    let mut called: BTreeMap<Uuid, (u32, u32)> = BTreeMap::new();
    for row in standbys::called(&db, manager.festival_id).await? {
        if manager.scope.covers(row.district_id) {
            let (told, missed) = called.entry(row.specialty_id.uuid()).or_default();
            *told += row.told;
            *missed += row.missed;
        }
    }
    let mut coming: BTreeMap<(i32, Uuid), u32> = BTreeMap::new();
    for row in standbys::coming(&db, manager.festival_id, app.clock.now()).await? {
        if manager.scope.covers(row.district_id) {
            *coming.entry((row.night, row.specialty_id.uuid())).or_default() += row.seats;
        }
    }
    let standing_by: BTreeMap<(i32, Uuid), u32> = standbys::standing_by(&db, manager.festival_id)
        .await?
        .into_iter()
        .map(|row| ((row.night, row.specialty_id.uuid()), row.people))
        .collect();
    let advice = |((night, specialty_id), seats): ((i32, Uuid), u32)| {
        let (told, missed) = called.get(&specialty_id).copied().unwrap_or_default();
        let rate = standby::rate(told, missed);
        StandbyAdviceBody {
            night,
            specialty_id,
            seats,
            told,
            missed,
            percent_missing: (rate * 1000.0).round() / 10.0,
            advised: standby::advised(seats, rate),
            standing_by: standing_by.get(&(night, specialty_id)).copied().unwrap_or_default(),
        }
    };
    let mut items: Vec<StandbyAdviceBody> = coming.into_iter().map(advice).collect();
    items.sort_by_key(|item| (item.night, i64::from(item.standing_by) - i64::from(item.advised)));
    Ok(Json(StandbyAdvicesBody { items }))
}
