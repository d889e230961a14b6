//! Weekly reports: when they are due and to whom they go, how one would look now, and the last one for anybody to read.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use khademyar_domain::{
    Id,
    festival::Festival,
    weekly_report::{Due, WeeklyFigures, WeeklyReportSetting},
};
use khademyar_roster::weekly_report::count;
use khademyar_storage::{festivals, weekly_reports};

use crate::{
    contract::{Reading, SecretAddress, Writing},
    error::ApiError,
    extract::{At, Body, Organizer},
    state::AppState,
};

/// Reads when the weekly report is made and to whom it goes.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/weekly-report", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The setting.", body = WeeklyReportSetting), Reading))]
pub(crate) async fn get_weekly_report_setting(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<WeeklyReportSetting>, ApiError> {
    Ok(Json(weekly_reports::get(&app.store.reader(), organizer.festival_id).await?))
}

/// Says when the weekly report is made, to whom it goes by e-mail, and whether anybody may read the last one. None is made
/// while it goes to nobody and nobody may read it; what was due before is not made afterwards.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/weekly-report", tag = "reports",
    request_body = WeeklyReportSetting,
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "As it is now.", body = WeeklyReportSetting), Writing))]
pub(crate) async fn replace_weekly_report_setting(
    State(app): State<AppState>,
    organizer: Organizer,
    Body(setting): Body<WeeklyReportSetting>,
) -> Result<Json<WeeklyReportSetting>, ApiError> {
    let (festival_id, now) = (organizer.festival_id, app.clock.now());
    let db = app.store.begin().await?;
    weekly_reports::set(&db, festival_id, &setting, now, &mut || app.new_id()).await?;
    let set = weekly_reports::get(&db, festival_id).await?;
    db.commit_roster(festival_id).await?;
    Ok(Json(set))
}

/// Counts the weekly report as it would be if it were due now. Nothing of it is kept or sent.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/weekly-report/preview", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The figures.", body = WeeklyFigures), Reading))]
pub(crate) async fn preview_weekly_report(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<WeeklyFigures>, ApiError> {
    let (festival_id, at) = (organizer.festival_id, app.clock.now());
    let db = app.store.snapshot().await?;
    let timezone = festivals::get(&db, festival_id).await?.value.timezone;
    let day = at.with_timezone(&timezone).date_naive();
    Ok(Json(count(&db, festival_id, Due { day, at }).await?))
}

/// Reads the last weekly report of a festival: figures that name nobody. Not there where the festival keeps them to itself.
#[utoipa::path(get, path = "/v1/weekly-reports/{id}", tag = "reports", security(()),
    params(("id" = Uuid, Path, description = "The festival's id.")),
    responses((status = 200, description = "The report.", body = WeeklyFigures), SecretAddress))]
pub(crate) async fn get_weekly_report(
    State(app): State<AppState>,
    At(festival_id): At<Id<Festival>>,
) -> Result<([(HeaderName, &'static str); 1], Json<WeeklyFigures>), ApiError> {
    let figures = weekly_reports::public(&app.store.reader(), festival_id).await?;
    Ok(([(header::CACHE_CONTROL, "private, no-cache")], Json(figures)))
}
