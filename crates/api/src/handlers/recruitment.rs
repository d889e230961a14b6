//! Whom a plan lacks.

use axum::{Json, extract::State};
use khademyar_domain::{Id, plan::Plan};
use khademyar_roster::recruitment::{Recruitment, recruitment};
use khademyar_storage::{plans, set_ups};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking_while_wanted,
    contract::Reading,
    error::ApiError,
    extract::{At, Organizer},
    handlers::coverage::explicable,
    state::AppState,
};

/// Kinds of people that are told.
const LINES: usize = 12;

/// Whom to recruit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecruitmentBody {
    /// Kinds of people, those first who help most; each next one counts on those before it.
    items: Vec<Recruitment>,
}

/// Says whom a plan lacks: how many people of which gender, specialty and level, free on which nights, and how many
/// seats each kind would fill. Takes some seconds for a large festival.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/plans/{plan_id}/recruitment", tag = "plans",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("plan_id" = Uuid, Path, description = "The plan.")),
    responses((status = 200, description = "Whom to recruit.", body = RecruitmentBody), Reading))]
pub(crate) async fn get_plan_recruitment(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, plan_id)): At<(Uuid, Id<Plan>)>,
) -> Result<Json<RecruitmentBody>, ApiError> {
    let festival_id = organizer.festival_id;
    let db = app.store.snapshot().await?;
    plans::get(&db, festival_id, plan_id).await?;
    let held = plans::pairs(&db, festival_id, plan_id).await?;
    let set_up = set_ups::load(&db, festival_id).await?;
    drop(db);
    let items = blocking_while_wanted(move |wanted| {
        let (set_up, stored) = explicable(set_up)?;
        Ok::<_, ApiError>(recruitment(&set_up, &stored, &held, LINES, wanted))
    });
    Ok(Json(RecruitmentBody { items: items.await?? }))
}
