//! How a festival words its letters.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::{LetterKind, Wording},
};
use khademyar_reports::paper;
use khademyar_storage::{festivals, letter_wordings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    contract::{Acting, Reading, Writing},
    error::ApiError,
    extract::{At, Body, Organizer},
    handlers::letters::pdf_named,
    state::AppState,
};

/// What letters of a kind say in a language.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterWordingBody {
    /// The kind of letter.
    kind: LetterKind,
    /// The language.
    language: Language,
    /// Whether it is the usual wording, which the festival did not change.
    usual: bool,
    /// What may stand in braces in it, to be filled in for each letter.
    places: Vec<&'static str>,
    /// What is said.
    wording: Wording,
}

/// What every kind of letter says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterWordingsBody {
    /// By kind, in Persian and in English.
    items: Vec<LetterWordingBody>,
}

fn body(kind: LetterKind, language: Language, own: Option<Wording>) -> LetterWordingBody {
    LetterWordingBody {
        kind,
        language,
        usual: own.is_none(),
        places: kind.places().to_vec(),
        wording: own.unwrap_or_else(|| paper::wording(kind, language)),
    }
}

/// Lists what the letters of every kind say, in both languages.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/letter-wordings", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The wordings.", body = LetterWordingsBody), Reading))]
pub(crate) async fn list_letter_wordings(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<LetterWordingsBody>, ApiError> {
    let mut own = letter_wordings::list(&app.store.reader(), organizer.festival_id).await?;
    let mut items = Vec::new();
    for kind in LetterKind::ALL {
        for language in [Language::Persian, Language::English] {
            let at = own.iter().position(|(of, spoken, _)| (*of, *spoken) == (kind, language));
            items.push(body(kind, language, at.map(|at| own.swap_remove(at).2)));
        }
    }
    Ok(Json(LetterWordingsBody { items }))
}

/// Words the letters of a kind in a language. Places in braces are filled in for each letter; those that letters of the kind
/// do not know are refused by name.
#[utoipa::path(put, path = "/v1/festivals/{festival_id}/letter-wordings/{kind}/{language}", tag = "reports",
    request_body = Wording,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("kind" = LetterKind, Path, description = "The kind of letter."),
           ("language" = Language, Path, description = "The language.")),
    responses((status = 200, description = "As it is now.", body = LetterWordingBody), Writing))]
pub(crate) async fn replace_letter_wording(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, kind, language)): At<(Id<Festival>, LetterKind, Language)>,
    Body(wording): Body<Wording>,
) -> Result<Json<LetterWordingBody>, ApiError> {
    filling(&wording, kind)?;
    let db = app.store.begin().await?;
    letter_wordings::replace(&db, organizer.festival_id, kind, language, &wording).await?;
    db.commit().await?;
    Ok(Json(body(kind, language, Some(wording))))
}

/// Words the letters of a kind in a language as is usual again.
#[utoipa::path(delete, path = "/v1/festivals/{festival_id}/letter-wordings/{kind}/{language}", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("kind" = LetterKind, Path, description = "The kind of letter."),
           ("language" = Language, Path, description = "The language.")),
    responses((status = 204, description = "They are."), Acting))]
pub(crate) async fn delete_letter_wording(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, kind, language)): At<(Id<Festival>, LetterKind, Language)>,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    letter_wordings::reset(&db, organizer.festival_id, kind, language).await?;
    db.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Prints a draft of a wording for somebody invented, so that one sees how it looks. Nothing is stored, and the letter is
/// marked as a draft: it is signed by nobody.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/letter-wordings/{kind}/{language}/preview", tag = "reports",
    request_body = Wording,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("kind" = LetterKind, Path, description = "The kind of letter."),
           ("language" = Language, Path, description = "The language.")),
    responses((status = 200, description = "The letter.", content(("application/pdf"))), Writing))]
pub(crate) async fn preview_letter_wording(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, kind, language)): At<(Id<Festival>, LetterKind, Language)>,
    Body(wording): Body<Wording>,
) -> Result<Response, ApiError> {
    filling(&wording, kind)?;
    let festival = festivals::get(&app.store.reader(), organizer.festival_id).await?.value;
    let today = app.clock.now().with_timezone(&festival.timezone).date_naive();
    let pdf = app.letters()?.preview(festival, kind, language, wording, today).await?;
    Ok(pdf_named(&format!("draft-{}-{}.pdf", kind.as_str(), language.tag()), pdf))
}

/// Refuses places that letters of the kind do not know.
fn filling(wording: &Wording, kind: LetterKind) -> Result<(), ApiError> {
    let faults = wording.faults(kind);
    if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
}
