//! All letters of a festival in one file, printed in the background.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures::stream;
use khademyar_domain::{
    Check, Fault, Id,
    festival::Festival,
    language::Language,
    letter::{BundleState, LetterBundle, LetterKind},
};
use khademyar_reports::paper::Writer;
use khademyar_storage::{
    StorageError,
    letter_bundles::{self, BundleRun, KEPT},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking,
    contract::{Printing, Reading, Writing},
    error::ApiError,
    extract::{At, Organizer},
    handlers::reports::facts,
    state::AppState,
    work::{Ended, Post},
};

/// How many bundles of a festival may wait or be printed at a time.
const MOST: u64 = 4;

/// Letters that are asked for together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kinds": ["certificate"], "language": "fa"}))]
pub(crate) struct BundleRequestBody {
    /// Which kinds of letters; all of them where nothing is said.
    #[serde(default = "every_kind")]
    #[schema(min_items = 1, max_items = 4)]
    kinds: Vec<LetterKind>,
    /// In which language.
    #[serde(default)]
    language: Language,
}

fn every_kind() -> Vec<LetterKind> {
    LetterKind::ALL.to_vec()
}

impl Check for BundleRequestBody {
    fn check(&self) -> Vec<Fault> {
        let mut kinds = self.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() == self.kinds.len() {
            return Vec::new();
        }
        let (en, fa) = ("Name each kind once.", "هر گونه را یک بار بنویسید.");
        vec![Fault::new("/kinds", "repeated", en, fa)]
    }
}

/// Letters that were asked for together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "kinds": ["certificate"], "language": "fa", "state": "running",
    "printed": 480, "letters": 1200, "progress": 0.4, "size": 24_001_536, "error": null,
    "created_at": "2027-04-20T09:00:00Z", "finished_at": null, "kept_until": "2027-04-27T09:00:00Z"
}))]
pub(crate) struct BundleBody {
    /// Its id.
    id: Uuid,
    /// Which kinds of letters.
    kinds: Vec<LetterKind>,
    /// In which language.
    language: Language,
    /// How it stands.
    state: BundleState,
    /// How many letters are printed.
    printed: i32,
    /// Of how many; null until that is known.
    letters: Option<i32>,
    /// How much of it is done, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    progress: f64,
    /// How large the file is until now, in bytes.
    size: i64,
    /// Why it failed, or its last try did.
    error: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was over.
    finished_at: Option<DateTime<Utc>>,
    /// Until when it is kept; somebody's erasure ends it sooner.
    kept_until: DateTime<Utc>,
}

impl From<BundleRun> for BundleBody {
    fn from(run: BundleRun) -> Self {
        let progress = match (run.state, run.letters) {
            (BundleState::Completed | BundleState::Failed, _) => 1.0,
            (_, Some(letters)) if letters > 0 => f64::from(run.printed) / f64::from(letters),
            _ => 0.0,
        };
        Self {
            id: run.id.uuid(),
            kinds: run.bundle.kinds,
            language: run.bundle.language,
            state: run.state,
            printed: run.printed,
            letters: run.letters,
            progress,
            size: run.size,
            error: run.error,
            created_at: run.created_at,
            finished_at: run.finished_at,
            kept_until: run.created_at + KEPT,
        }
    }
}

/// A festival's bundles.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BundlesBody {
    /// The newest first.
    items: Vec<BundleBody>,
}

/// Has all letters of some kinds printed into a ZIP file, in the background: for everyone who served, every district that
/// took part, every partner that gave something; refused where there is nobody of them. Where every kind is asked for, the
/// festival report is in it too. The same letters asked for on the same day are the same to the byte.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/letter-bundles", tag = "reports",
    request_body = BundleRequestBody,
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    responses((status = 202, description = "It waits for a worker.", body = BundleBody,
               headers(("Location" = String, description = "Where the bundle can be read."))), Writing))]
pub(crate) async fn create_letter_bundle(
    State(app): State<AppState>,
    organizer: Organizer,
    Post { body, work }: Post<BundleRequestBody>,
) -> Result<Response, Ended> {
    let (festival_id, now) = (organizer.festival_id, app.clock.now());
    app.letters()?;
    if letter_bundles::waiting(&work.db, festival_id).await? >= MOST {
        return Err(ApiError::conflict(
            "bundles-waiting",
            "Letters of the festival are being printed already: wait until that is done.",
            "نامه‌های این رویداد در دست چاپ است: تا پایان آن صبر کنید.",
        )
        .into());
    }
    let facts = facts(&work.db, festival_id, None, now).await?;
    let issued_on = now.with_timezone(&facts.festival.timezone).date_naive();
    let (kinds, language) = (body.kinds.clone(), body.language);
    let is_any = blocking(move || {
        let writer = Writer::new(&facts, BTreeMap::new(), language, issued_on);
        kinds.into_iter().any(|kind| !writer.subjects(kind).is_empty())
    })
    .await?;
    if !is_any {
        return Err(ApiError::conflict(
            "nobody-to-thank",
            "There is nobody to print such a letter for. Volunteers and districts are thanked once a shift is over, partners \
             once a gift of theirs is written down: ask again then, or name other kinds.",
            "کسی نیست که چنین نامه‌ای برایش چاپ شود: نامهٔ خادمیاران و منطقه‌ها پس از پایان نخستین شیفت است و نامهٔ همکاران پس از ثبت کمکشان. آن گاه دوباره بخواهید، یا گونهٔ دیگری نام ببرید.",
        )
        .into());
    }
    let id: Id<LetterBundle> = app.new_id().into();
    let bundle = LetterBundle { kinds: body.kinds, language: body.language, issued_on };
    letter_bundles::insert(&work.db, festival_id, id, app.new_id(), &bundle, now).await?;
    let run = letter_bundles::get(&work.db, festival_id, id).await?;
    let location = format!("/v1/festivals/{festival_id}/letter-bundles/{id}");
    let headers = [(header::LOCATION, location)];
    Ok(work.answer(None, StatusCode::ACCEPTED, &headers, &BundleBody::from(run)).await?)
}

/// Lists the bundles of letters that are still kept.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/letter-bundles", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival.")),
    responses((status = 200, description = "The bundles.", body = BundlesBody), Reading))]
pub(crate) async fn list_letter_bundles(
    State(app): State<AppState>,
    organizer: Organizer,
) -> Result<Json<BundlesBody>, ApiError> {
    let runs = letter_bundles::list(&app.store.reader(), organizer.festival_id).await?;
    Ok(Json(BundlesBody { items: runs.into_iter().map(BundleBody::from).collect() }))
}

/// Reads how a bundle of letters stands.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/letter-bundles/{bundle_id}", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("bundle_id" = Uuid, Path, description = "The bundle.")),
    responses((status = 200, description = "The bundle.", body = BundleBody), Reading))]
pub(crate) async fn get_letter_bundle(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Id<Festival>, Id<LetterBundle>)>,
) -> Result<Json<BundleBody>, ApiError> {
    let run = letter_bundles::get(&app.store.reader(), organizer.festival_id, id).await?;
    Ok(Json(run.into()))
}

/// Fetches the ZIP file of a bundle that is completed.
#[utoipa::path(get, path = "/v1/festivals/{festival_id}/letter-bundles/{bundle_id}/file", tag = "reports",
    params(("festival_id" = Uuid, Path, description = "The festival."), ("bundle_id" = Uuid, Path, description = "The bundle.")),
    responses((status = 200, description = "The file.", content(("application/zip")),
               headers(("Content-Disposition" = String, description = "The file's name."))), Printing))]
pub(crate) async fn get_letter_bundle_file(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_festival_id, id)): At<(Id<Festival>, Id<LetterBundle>)>,
) -> Result<Response, ApiError> {
    let festival_id = organizer.festival_id;
    let run = letter_bundles::get(&app.store.reader(), festival_id, id).await?;
    if run.state != BundleState::Completed {
        return Err(ApiError::conflict(
            "bundle-not-completed",
            "The letters are not printed yet: wait until the bundle is completed, or ask for another where it failed.",
            "نامه‌ها هنوز چاپ نشده‌اند: تا پایان کار صبر کنید، یا اگر ناتمام ماند دوباره بخواهید.",
        ));
    }
    // Piece by piece, so that no process holds all of it.
    let pieces = stream::try_unfold(0, move |number| {
        let store = app.store.clone();
        async move {
            let piece = letter_bundles::piece(&store.reader(), festival_id, id, number).await?;
            Ok::<_, StorageError>(piece.map(|piece| (Bytes::from(piece), number + 1)))
        }
    });
    let name = format!("letters-{}-{}.zip", run.bundle.language.tag(), run.bundle.issued_on);
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_LENGTH, run.size.to_string()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
