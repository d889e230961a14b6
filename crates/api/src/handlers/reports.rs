//! Thanks, when the nights are over: the report in three formats, and a letter for each person and each district.

use std::sync::LazyLock;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDate, Utc};
use khademyar_domain::{
    Id,
    district::District,
    festival::Festival,
    rights::{Action, Scope},
    volunteer::Volunteer,
    worklog::credits_beside,
};
use khademyar_reports::{facts::Facts, letter, table::Table as ReportTable, thank_you::ThankYou};
use khademyar_sheets::{Sheet, to_csv, to_xlsx};
use khademyar_storage::{
    Db, StorageError, festivals,
    services::{self, Served},
    table, volunteers, worklog,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    accept::weighted,
    blocking::blocking,
    contract::{Querying, Reading},
    error::ApiError,
    extract::{At, InFestival, Organizer, header_text},
    query::choices,
    state::AppState,
};

/// Reads who served, from where, at what places, and what partners gave. Hours are those that the roll tells; where nobody
/// called it, those of the accepted seats whose shifts are over, and `roll_taken` says so. What was done outside shifts and
/// approved stands beside them as `worklog_minutes`; `total_minutes` is both.
///
/// As JSON; as CSV, one of its tables; as XLSX, all of them. `format` says which, else `Accept` does.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/reports/thank-you", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("format" = inline(Option<Format>), Query, description = "The format, whatever `Accept` says."),
           ("table" = inline(Option<ReportTable>), Query, description = "Which table a CSV has; `volunteers` when nothing is said.")),
    responses(
        (status = 200, description = "The report.", content(
            (ThankYou = "application/json", example = json!(example())),
            (String = "text/csv"),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
            headers(("Content-Disposition" = String, description = "The file's name."))),
        Querying))]
pub(crate) async fn get_thank_you_report(
    State(app): State<AppState>,
    organizer: Organizer,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let (format, table) = asked(query.as_deref(), &headers)?;
    let facts = facts(&app.store.snapshot().await?, organizer.festival_id, None, app.clock.now()).await?;
    blocking(move || {
        let report = ThankYou::count(&facts);
        let day = report.festival.first_night.map_or_else(String::new, |night| format!("-{night}"));
        let internal = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
        let (kind, disposition, bytes) = match format {
            Format::Json => {
                let bytes = serde_json::to_vec(&report).map_err(|error| internal(&error))?;
                (format.media_type(), format!("inline; filename=\"thank-you{day}.json\""), bytes)
            }
            Format::Csv => {
                let name = format!("attachment; filename=\"thank-you{day}-{}.csv\"", table.as_str());
                ("text/csv; charset=utf-8", name, to_csv(&table.of(&report)))
            }
            Format::Xlsx => {
                let sheets: Vec<Sheet> = ReportTable::ALL.iter().map(|table| table.of(&report)).collect();
                let bytes = to_xlsx(&sheets).map_err(|error| internal(&error))?;
                (format.media_type(), format!("attachment; filename=\"thank-you{day}.xlsx\""), bytes)
            }
        };
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::VARY, "accept".to_owned()),
        ];
        Ok((headers, bytes).into_response())
    })
    .await?
}

/// Reads the page that thanks a volunteer, in Persian, to be printed. Organizers may, and the volunteer.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/reports/thank-you/volunteers/{volunteer_id}", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("volunteer_id" = Uuid, Path, description = "The volunteer.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), Reading))]
pub(crate) async fn get_volunteer_letter(
    State(app): State<AppState>,
    here: InFestival,
    At((festival_id, volunteer_id)): At<(Id<Festival>, Id<Volunteer>)>,
) -> Result<Response, ApiError> {
    if let Scope::Own(own) = here.may(Action::ReadThanks)?
        && own != volunteer_id
    {
        return Err(ApiError::NotFound("volunteer"));
    }
    let facts = facts(&app.store.snapshot().await?, festival_id, Some(volunteer_id), app.clock.now()).await?;
    let today = today(&app, &facts.festival);
    let letter = blocking(move || letter::to_volunteer(&facts, volunteer_id, today)).await?;
    letter.map(page).ok_or(ApiError::NotFound("volunteer"))
}

/// Reads the page that thanks a district through its mayor, in Persian, to be printed.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/reports/thank-you/districts/{district_id}", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("district_id" = Uuid, Path, description = "The district.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), Reading))]
pub(crate) async fn get_district_letter(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, district_id)): At<(Uuid, Id<District>)>,
) -> Result<Response, ApiError> {
    let facts = facts(&app.store.snapshot().await?, organizer.festival_id, None, app.clock.now()).await?;
    let today = today(&app, &facts.festival);
    let letter = blocking(move || letter::to_district(&facts, district_id, today)).await?;
    letter.map(page).ok_or(ApiError::NotFound("district"))
}

/// What the report is counted from; of volunteers and their services all, or `only` one volunteer's.
pub(crate) async fn facts(
    db: &Db,
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
    now: DateTime<Utc>,
) -> Result<Facts, StorageError> {
    let Served { services, roll_taken, unknown } = services::list(db, festival_id, only, now).await?;
    let credits = credits_beside(&worklog::approved(db, festival_id, only).await?, &services);
    Ok(Facts {
        festival: festivals::get(db, festival_id).await?.value,
        districts: table::all(db, festival_id).await?,
        centres: table::all(db, festival_id).await?,
        venues: table::all(db, festival_id).await?,
        specialties: table::all(db, festival_id).await?,
        partners: table::all(db, festival_id).await?,
        contributions: table::all(db, festival_id).await?,
        volunteers: volunteers::registered(db, festival_id, only).await?,
        services,
        credits,
        roll_taken,
        unknown,
    })
}

fn today(app: &AppState, festival: &Festival) -> NaiveDate {
    app.clock.now().with_timezone(&festival.timezone).date_naive()
}

/// The formats the report comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Format {
    /// All of it, for programs.
    Json,
    /// One of its tables.
    Csv,
    /// All of its tables, in Persian.
    Xlsx,
}

impl Format {
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Xlsx];

    fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The one an `Accept` names with the greatest weight; JSON where it names none of them.
    fn accepted(accept: &str) -> Self {
        let weight = |format: Self| {
            weighted(accept)
                .filter(|(kind, _)| kind.eq_ignore_ascii_case(format.media_type()))
                .map(|(_, weight)| weight)
                .fold(0.0, f32::max)
        };
        Self::ALL
            .into_iter()
            .fold(Self::Json, |best, format| if weight(format) > weight(best) { format } else { best })
    }
}

fn asked(query: Option<&str>, headers: &HeaderMap) -> Result<(Format, ReportTable), ApiError> {
    let formats = Format::ALL.map(Format::as_str);
    let tables = ReportTable::ALL.map(ReportTable::as_str);
    let [format, table] = choices(query, [("format", &formats), ("table", &tables)])?;
    let format = Format::ALL.into_iter().find(|known| format == Some(known.as_str()));
    let table = ReportTable::ALL.into_iter().find(|known| table == Some(known.as_str()));
    let accept = header_text(headers, &header::ACCEPT).unwrap_or_default();
    Ok((format.unwrap_or_else(|| Format::accepted(accept)), table.unwrap_or(ReportTable::Volunteers)))
}

/// A letter may show its own style and nothing else: no script, no picture, nothing from elsewhere.
static LETTER_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(letter::STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

fn page(html: String) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, LETTER_POLICY.as_str()),
        (header::CONTENT_LANGUAGE, "fa"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    (headers, Html(html)).into_response()
}

/// Two shifts of somebody, who did something outside shifts too.
fn effort(worklog_minutes: i64) -> serde_json::Value {
    let total = 300 + worklog_minutes;
    json!({"volunteers": 1, "nights": 2, "shifts": 2, "assignments": 2, "minutes": 300, "hours": 5.0,
           "worklog_minutes": worklog_minutes, "total_minutes": total, "total_hours": total as f64 / 60.0})
}

fn example() -> serde_json::Value {
    let (sent, hosted) = (effort(90), effort(0));
    let (id, name, garden) =
        ("0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", json!({"fa": "زهرا کریمی"}), json!({"fa": "باغ غدیر"}));
    let contributions = json!([{
        "partner": {"fa": "شهرداری منطقهٔ ۱۴"}, "kind": "place", "description": "باغ غدیر", "amount": null, "unit": null,
        "venue": garden, "effort": hosted
    }]);
    json!({
        "festival": {
            "name": {"fa": "دههٔ کرامت"}, "first_night": "2027-04-08", "last_night": "2027-04-17", "nights": 10,
            "registered": 2, "partners": 1, "contributions": 1, "roll_taken": true, "unknown": 0, "effort": sent
        },
        "volunteers": [{
            "id": id, "code": "v17", "name": name, "district_id": id, "district": {"fa": "منطقهٔ ۱۴"}, "centre": null,
            "nights": 2, "shifts": 2, "minutes": 300, "hours": 5.0, "worklog_minutes": 90, "total_minutes": 390,
            "total_hours": 6.5, "venues": [garden],
            "specialties": [{"fa": "سلامت و درمان"}]
        }],
        "districts": [{
            "id": id, "code": "d14", "name": {"fa": "منطقهٔ ۱۴"}, "mayor": "مهندس رضا امینی", "sent": sent,
            "hosted": hosted, "venues": [garden], "contributions": contributions
        }],
        "venues": [{
            "id": id, "code": "ghadir", "name": garden, "districts": [{"fa": "منطقهٔ ۱۴"}], "effort": hosted,
            "specialties": [{"fa": "سلامت و درمان"}]
        }],
        "partners": [{
            "id": id, "code": "municipality-14", "name": {"fa": "شهرداری منطقهٔ ۱۴"}, "contact": null,
            "district": {"fa": "منطقهٔ ۱۴"}, "contributions": contributions
        }]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_that_is_named() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/html, */*;q=0.8", Format::Json),
            ("text/csv", Format::Csv),
            ("application/json;q=0.5, TEXT/CSV; q=0.6", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("text/csv;q=0", Format::Json),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*", Format::Xlsx),
        ] {
            assert_eq!(Format::accepted(accept), format, "{accept}");
        }
    }
}
