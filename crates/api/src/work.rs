//! A POST as one transaction: begun before anything is decided, holding the idempotency key from the start, committed
//! with the answer that a repetition will get again.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::{Check, Fault, Id, festival::Festival, member::User};
use khademyar_storage::{Db, StorageError, Store, idempotency};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extract::{Signed, checked, header_text, json_bytes},
    state::AppState,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A checked body and the transaction it is worked on in.
#[derive(Debug)]
pub(crate) struct Post<T> {
    /// The body.
    pub body: T,
    /// The transaction.
    pub work: Work,
}

/// A transaction that ends with an answer.
#[derive(Debug)]
pub(crate) struct Work {
    /// What storage functions run on.
    pub db: Db,
    key: Option<(Id<User>, String)>,
}

/// Why a POST goes no further: it is refused, or was answered before.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It is refused.
    Refused(ApiError),
    /// The same request was answered so.
    Replayed(Response),
}

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Replayed(response) => response,
        }
    }
}

impl<E: Into<ApiError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl<T: DeserializeOwned + ToSchema + Check + Send + 'static> FromRequest<AppState> for Post<T> {
    type Rejection = Ended;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Ended> {
        let (mut parts, body) = request.into_parts();
        let Signed(actor) = Signed::from_request_parts(&mut parts, state).await?;
        let mut hash = Sha256::new_with_prefix(format!("{} {}\n", parts.method, parts.uri));
        let key = idempotency_key(&parts.headers)?;
        let bytes = json_bytes(Request::from_parts(parts, body), state).await?;
        hash.update(&bytes);
        let body = checked(&bytes)?;
        let work = Work::begin(state, actor.user_id, key, hash.finalize().to_vec()).await?;
        Ok(Self { body, work })
    }
}

/// The key under which the request is worked on once, where it has one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    match header_text(headers, &IDEMPOTENCY_KEY) {
        None => Ok(None),
        Some(key) if (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(key.to_owned()))
        }
        Some(_) => Err(ApiError::Invalid(vec![Fault::new(
            IDEMPOTENCY_KEY.as_str(),
            "not_a_key",
            "Give 1 to 200 printable ASCII characters without a blank, such as a UUID.",
            "۱ تا ۲۰۰ نویسهٔ ساده و بی فاصله بدهید، مانند یک UUID.",
        )])),
    }
}

impl Work {
    /// Begins a transaction. With a key, the same request that comes at the same time waits here for this one's end.
    pub(crate) async fn begin(
        state: &AppState,
        user_id: Id<User>,
        key: Option<String>,
        request_hash: Vec<u8>,
    ) -> Result<Self, Ended> {
        let db = state.store.begin().await?;
        let Some(key) = key else { return Ok(Self { db, key: None }) };
        match idempotency::claim(&db, user_id, &key, &request_hash, state.clock.now()).await {
            Ok(()) => Ok(Self { db, key: Some((user_id, key)) }),
            Err(StorageError::Refused(_)) => {
                drop(db);
                replay(&state.store, user_id, &key, &request_hash).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Commits, with the answer for this request and for every repetition of it.
    ///
    /// # Errors
    /// [`ApiError`] when the transaction could not be committed; then nothing of it lasts.
    pub(crate) async fn answer(
        self,
        festival_id: Option<Id<Festival>>,
        status: StatusCode,
        headers: &[(HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let answer = self.keep(status, headers, body).await?;
        match festival_id {
            Some(festival_id) => self.db.commit_change(festival_id).await?,
            None => self.db.commit().await?,
        }
        Ok(answer)
    }

    /// [`Work::answer`] for a change of who serves where, and of nothing that rosters are made from.
    ///
    /// # Errors
    /// As [`Work::answer`].
    pub(crate) async fn answer_roster(
        self,
        festival_id: Id<Festival>,
        status: StatusCode,
        body: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let answer = self.keep(status, &[], body).await?;
        self.db.commit_roster(festival_id).await?;
        Ok(answer)
    }

    /// The answer, kept for repetitions of the request.
    async fn keep(
        &self,
        status: StatusCode,
        headers: &[(HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let body = serde_json::to_vec(body).map_err(|error| ApiError::Internal(error.to_string()))?;
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        if let Some((user_id, key)) = &self.key {
            idempotency::save(&self.db, *user_id, key, status.as_u16(), &headers, &body).await?;
        }
        response(status.as_u16(), &headers, body)
    }

    /// Commits the creation of one row.
    ///
    /// # Errors
    /// As [`Work::answer`].
    pub(crate) async fn created(
        self,
        festival_id: Id<Festival>,
        location: String,
        version: i64,
        body: &impl Serialize,
    ) -> Result<Response, ApiError> {
        let headers = [(header::LOCATION, location), (header::ETAG, format!("\"{version}\""))];
        self.answer(Some(festival_id), StatusCode::CREATED, &headers, body).await
    }
}

async fn replay(store: &Store, user_id: Id<User>, key: &str, request_hash: &[u8]) -> Result<Work, Ended> {
    let stored = idempotency::get(&store.reader(), user_id, key).await?;
    if stored.request_hash != request_hash {
        return Err(ApiError::KeyReused.into());
    }
    if i32::from(stored.status) == idempotency::ERASED {
        return Err(ApiError::conflict(
            "answer-erased",
            "This was done under this key; its answer was erased with a person it told of.",
            "این کار با همین کلید انجام شده است؛ پاسخ آن همراه کسی که از او می‌گفت پاک شده است.",
        )
        .into());
    }
    let mut response = response(stored.status, &stored.headers, stored.body)?;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Err(Ended::Replayed(response))
}

fn response(status: u16, headers: &[(String, String)], body: Vec<u8>) -> Result<Response, ApiError> {
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body.into()).map_err(|error| ApiError::Internal(error.to_string()))
}
