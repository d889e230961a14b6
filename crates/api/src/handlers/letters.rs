//! Letters and the festival report on paper: as a PDF, and what anybody may ask of a letter that they hold.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::LetterKind,
    rights::{Action, Scope},
};
use khademyar_storage::{StorageError, festivals};
use uuid::Uuid;

use crate::{
    auth::{LetterFacts, PublicKeys, letters::claimed_festival},
    contract::{Printing, SecretAddress},
    error::ApiError,
    extract::{At, InFestival, Organizer},
    query::choices,
    state::AppState,
};

/// Prints a letter as a PDF, in the festival's words: a `certificate` or a letter for a `volunteer`, a letter for a `district`
/// through its mayor, or one for a `partner`. Its QR code holds what it says, signed with the festival's key; its file is
/// sealed, so that a change of it is found out. Organizers may, and volunteers their own. Who did not serve gets no
/// certificate.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/letters/{kind}/{subject_id}", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("kind" = LetterKind, Path, description = "The kind of letter."),
           ("subject_id" = Uuid, Path, description = "Whom it is for: a volunteer, a district or a partner."),
           ("language" = inline(Option<Language>), Query, description = "In which language; Persian where nothing is said.")),
    responses((status = 200, description = "The letter.", content(("application/pdf")),
               headers(("Content-Disposition" = String, description = "The file's name."))), Printing))]
pub(crate) async fn get_letter(
    State(app): State<AppState>,
    here: InFestival,
    At((festival_id, kind, subject)): At<(Id<Festival>, LetterKind, Uuid)>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let language = language(query.as_deref())?;
    if let Scope::Own(own) = here.may(Action::ReadThanks)? {
        let their_own = matches!(kind, LetterKind::Certificate | LetterKind::Volunteer);
        if !their_own || own.uuid() != subject {
            return Err(ApiError::NotFound("letter"));
        }
    }
    let (name, pdf) = app.letters()?.print(festival_id, kind, subject, language, app.clock.now()).await?;
    Ok(pdf_named(&name, pdf))
}

/// Prints the festival report as a PDF of a dozen pages or so, with pictures and a sentence to each: what was done, on which
/// nights, where and as what; how the load was shared, who came, how near the roster was to the best possible, and what
/// partners gave. It names nobody but districts and partners.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/reports/festival", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("language" = inline(Option<Language>), Query, description = "In which language; Persian where nothing is said.")),
    responses((status = 200, description = "The report.", content(("application/pdf")),
               headers(("Content-Disposition" = String, description = "The file's name."))), Printing))]
pub(crate) async fn get_festival_report(
    State(app): State<AppState>,
    organizer: Organizer,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let language = language(query.as_deref())?;
    let (name, pdf) = app.letters()?.report(organizer.festival_id, language, app.clock.now()).await?;
    Ok(pdf_named(&name, pdf))
}

/// Tells what stands on a letter that somebody holds, given the token in its QR code: what is printed on it must be the same.
/// There is no such letter where no festival of this service signed it.
#[utoipa::path(get, path = "/v1/letters/{token}", tag = "reports", security(()),
    params(("token" = String, Path, description = "The token.")),
    responses((status = 200, description = "What the festival signed.", body = LetterFacts), SecretAddress))]
pub(crate) async fn verify_letter(
    State(app): State<AppState>,
    At(token): At<String>,
) -> Result<([(HeaderName, &'static str); 1], Json<LetterFacts>), ApiError> {
    let festival_id = claimed_festival(&token).ok_or(ApiError::NotFound("letter"))?;
    match festivals::revision(&app.store.reader(), festival_id).await {
        Ok(_) => {}
        Err(StorageError::NotFound(_)) => return Err(ApiError::NotFound("letter")),
        Err(error) => return Err(error.into()),
    }
    let keys = PublicKeys::of(&app.festival_keys.of(festival_id)?)?;
    let facts = keys.letter(&token).map_err(|_| ApiError::NotFound("letter"))?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], Json(facts)))
}

/// The language that a query names; Persian where it names none.
pub(super) fn language(query: Option<&str>) -> Result<Language, ApiError> {
    let [tag] = choices(query, [("language", &["fa", "en"])])?;
    Ok(tag.and_then(Language::tagged).unwrap_or_default())
}

/// A PDF, shown or kept under this name.
pub(super) fn pdf_named(name: &str, pdf: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    (headers, pdf).into_response()
}
