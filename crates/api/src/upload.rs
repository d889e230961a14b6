//! A file that is sent in: as the body itself, or as the part `file` of a form.

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, multipart::MultipartError},
    http::{StatusCode, header},
};
use khademyar_domain::{Fault, Id, member::User};
use khademyar_sheets::Limits;
use sha2::{Digest, Sha256};

use crate::{
    error::ApiError,
    extract::{body_bytes, header_text, is_silence},
    state::AppState,
    work::{Ended, Work, idempotency_key},
};

/// The part of a form that holds the file.
const PART: &str = "file";
/// What a form may have around its file, in bytes.
const FORM_ROOM: usize = 64 * 1024;

/// A file, and the key under which it is worked on once.
#[derive(Debug)]
pub(crate) struct Upload {
    /// Its bytes.
    pub(crate) file: Bytes,
    key: Option<String>,
    request_hash: Vec<u8>,
}

impl Upload {
    /// Begins the transaction in which the file is worked on.
    pub(crate) async fn begin(&self, app: &AppState, user_id: Id<User>) -> Result<Work, Ended> {
        Work::begin(app, user_id, self.key.clone(), self.request_hash.clone()).await
    }
}

impl FromRequest<AppState> for Upload {
    type Rejection = ApiError;

    async fn from_request(mut request: Request, state: &AppState) -> Result<Self, ApiError> {
        let key = idempotency_key(request.headers())?;
        let mut hash = Sha256::new_with_prefix(format!("{} {}\n", request.method(), request.uri()));
        let largest = Limits::default().bytes;
        let kind = header_text(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
        let file = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/csv"
            | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            | "application/octet-stream" => {
                DefaultBodyLimit::max(largest).apply(&mut request);
                body_bytes(request, state).await?
            }
            "multipart/form-data" => {
                DefaultBodyLimit::max(largest + FORM_ROOM).apply(&mut request);
                part(request, state).await?
            }
            _ => return Err(ApiError::MediaType),
        };
        // The file alone: the marks between the parts of a form differ each time it is sent.
        hash.update(&file);
        Ok(Self { file, key, request_hash: hash.finalize().to_vec() })
    }
}

async fn part(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    let mut form = Multipart::from_request(request, state).await.map_err(|_| not_a_form())?;
    let (mut file, mut faults) = (None, Vec::new());
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(&error))? {
        match field.name() {
            Some(PART) => file = Some(field.bytes().await.map_err(|error| unreadable(&error))?),
            other => faults.push(unknown_part(other.unwrap_or_default())),
        }
    }
    match file {
        Some(file) if faults.is_empty() => return Ok(file),
        Some(_) => {}
        None => faults.push(no_file()),
    }
    Err(ApiError::Invalid(faults))
}

fn no_file() -> Fault {
    Fault::new(
        format!("/{PART}"),
        "required",
        format!("The form has no part `{PART}`: put the file there."),
        format!("فرم بخش «{PART}» را ندارد: پرونده را در آن بگذارید."),
    )
}

fn unknown_part(name: &str) -> Fault {
    Fault::new(
        format!("/{name}"),
        "unknown_key",
        format!("The form has a part `{name}`, which is not known here: leave it out."),
        format!("فرم بخش «{name}» دارد که شناخته نیست: آن را نیاورید."),
    )
}

fn unreadable(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::TooLarge
    } else if is_silence(error) {
        ApiError::TooSlow
    } else {
        not_a_form()
    }
}

fn not_a_form() -> ApiError {
    ApiError::Unreadable(Fault::new(
        "",
        "not_a_form",
        "The body is not a form of several parts, or did not arrive whole: send it again.",
        "متن درخواست فرم چندبخشی نیست یا کامل نرسید: دوباره بفرستید.",
    ))
}
