//! What handlers take: ids from the path, checked bodies, what `If-Match` says, and how far the actor's rights reach.

use std::{error::Error, net::IpAddr, str::FromStr, sync::Arc};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use khademyar_domain::{
    Check, Fault, Id,
    device::description,
    disclosure::Reader,
    district::District,
    festival::Festival,
    rights::{Action, Actor, Scope, may},
};
use khademyar_storage::listing::FilterValue;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::{
    auth::{Bearer, Credential},
    error::ApiError,
    rights::client_address,
    state::AppState,
    validate,
};

/// Path parameters; what is no id names nothing that is there.
#[derive(Debug)]
pub(crate) struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(path)| Self(path)).map_err(|_| ApiError::NotFound("page"))
    }
}

/// A body that fits its schema and passed its own checks.
#[derive(Debug)]
pub(crate) struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned + ToSchema + Check + 'static,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        checked(&json_bytes(request, state).await?).map(Self)
    }
}

/// The bytes of a JSON body.
pub(crate) async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let is_json =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        });
    if !is_json {
        return Err(ApiError::MediaType);
    }
    body_bytes(request, state).await
}

/// The bytes of any body.
pub(crate) async fn body_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge
        } else if is_silence(&rejection) {
            ApiError::TooSlow
        } else {
            ApiError::Unreadable(Fault::new(
                "",
                "cut_off",
                "The body did not arrive whole: send it again.",
                "متن درخواست کامل نرسید: دوباره بفرستید.",
            ))
        }
    })
}

/// Whether a body could not be read because the client was silent for too long.
pub(crate) fn is_silence(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(<dyn std::error::Error>::is::<tower_http::timeout::TimeoutError>)
}

/// A `T` from JSON, if it fits its schema and passes its own checks.
pub(crate) fn checked<T: DeserializeOwned + ToSchema + Check + 'static>(bytes: &[u8]) -> Result<T, ApiError> {
    let value: T = validate::read(bytes)?;
    let faults = value.check();
    if faults.is_empty() { Ok(value) } else { Err(ApiError::Invalid(faults)) }
}

/// The version `If-Match` asks for; none where it is absent or `*`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IfMatch(pub Option<i64>);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// No row has this version.
const NO_VERSION: i64 = -1;

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(match header_text(&parts.headers, &header::IF_MATCH) {
            None | Some("*") => None,
            Some(tag) => Some(tag.trim_matches('"').parse().unwrap_or(NO_VERSION)),
        }))
    }
}

/// The number of the last event that arrived, where a client comes back to a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastEventId<N>(pub Option<N>);

impl<S: Sync, N: FromStr> FromRequestParts<S> for LastEventId<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(id) = header_text(&parts.headers, &LAST_EVENT_ID) else { return Ok(Self(None)) };
        // A sign would be read as part of a number.
        let number = id.parse().ok().filter(|_| id.bytes().all(|b| b.is_ascii_digit()));
        let fault = Fault::new(
            LAST_EVENT_ID.as_str(),
            "not_an_event",
            "Give the id of an event of this stream, or leave the header out to begin anew.",
            "شناسهٔ یکی از رویدادهای همین جریان را بدهید، یا برای آغاز تازه چیزی ندهید.",
        );
        number.map(|number| Self(Some(number))).ok_or_else(|| ApiError::Invalid(vec![fault]))
    }
}

pub(crate) fn header_text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("").trim())
}

/// Who a request is from, and by what that is known.
#[derive(Debug)]
pub(crate) struct Caller(pub Arc<Bearer>);

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match parts.extensions.get::<Arc<Bearer>>() {
            // The guard has asked before.
            Some(bearer) => Ok(Self(Arc::clone(bearer))),
            None => Bearer::of(&parts.headers, state).await.map(Arc::new).map(Self),
        }
    }
}

/// From where someone signs in.
#[derive(Clone, Debug)]
pub(crate) struct Whence {
    /// The device in a few words, as far as it is known.
    pub device: Option<String>,
    /// The address.
    pub address: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Whence {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let user_agent = header_text(&parts.headers, &header::USER_AGENT);
        Ok(Self { device: user_agent.and_then(description), address: client_address(parts) })
    }
}

/// Someone who is signed in.
#[derive(Debug)]
pub(crate) struct Signed(pub Actor);

impl FromRequestParts<AppState> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(bearer) = Caller::from_request_parts(parts, state).await?;
        Ok(Self(bearer.actor.clone()))
    }
}

/// Someone who is signed in, in the festival that the path's `festival_id` names, and how far their rights reach there.
#[derive(Debug)]
pub(crate) struct InFestival {
    /// Who.
    pub actor: Actor,
    /// Where.
    pub festival_id: Id<Festival>,
    /// Whether another system asks in their name.
    by_system: bool,
}

impl InFestival {
    /// How far the actor may do `action` here.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where the actor has no part, [`ApiError::Denied`] where it does not reach so far.
    pub(crate) fn may(&self, action: Action) -> Result<Scope, ApiError> {
        Ok(may(&self.actor, action, self.festival_id)?)
    }

    /// Who reads what is in `scope`, as far as it matters to those who are read about.
    pub(crate) fn reader(&self, scope: &Scope) -> Reader {
        if self.by_system { Reader::System } else { Reader::of(scope) }
    }
}

impl FromRequestParts<AppState> for InFestival {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(bearer) = Caller::from_request_parts(parts, state).await?;
        let by_system = matches!(bearer.by, Credential::ApiToken(..));
        let axum::extract::Path(path) =
            axum::extract::Path::<std::collections::HashMap<String, String>>::from_request_parts(
                parts, state,
            )
            .await
            .map_err(|_| ApiError::NotFound("festival"))?;
        let festival_id =
            path.get("festival_id").and_then(|id| id.parse().ok()).ok_or(ApiError::NotFound("festival"))?;
        Ok(Self { actor: bearer.actor.clone(), festival_id, by_system })
    }
}

/// An organizer of the festival that the path names.
#[derive(Debug)]
pub(crate) struct Organizer {
    /// Who.
    pub actor: Actor,
    /// Where.
    pub festival_id: Id<Festival>,
    /// As whom they read of volunteers.
    pub reader: Reader,
}

impl FromRequestParts<AppState> for Organizer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let here = InFestival::from_request_parts(parts, state).await?;
        let reader = here.reader(&here.may(Action::Organize)?);
        Ok(Self { actor: here.actor, festival_id: here.festival_id, reader })
    }
}

/// An organizer, or a coordinator with her districts, of the festival that the path names.
#[derive(Debug)]
pub(crate) struct RosterReader {
    /// Where.
    pub festival_id: Id<Festival>,
    /// What they may see there.
    pub scope: Scope,
}

impl RosterReader {
    /// Lets a question through that asks for no district out of reach: an empty answer would look as if there were
    /// nothing.
    ///
    /// # Errors
    /// [`ApiError::Denied`].
    pub(crate) fn reaches(&self, filters: &[(&'static str, FilterValue)]) -> Result<(), ApiError> {
        let within = filters.iter().all(|filter| match filter {
            ("district_id", FilterValue::Id(id)) => self.scope.covers((*id).into()),
            _ => true,
        });
        if within { Ok(()) } else { Err(ApiError::Denied) }
    }
}

impl FromRequestParts<AppState> for RosterReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let here = InFestival::from_request_parts(parts, state).await?;
        let scope = here.may(Action::ReadRoster)?;
        Ok(Self { festival_id: here.festival_id, scope })
    }
}

/// Whoever may read figures of the festival that the path names, and of which districts.
#[derive(Debug)]
pub(crate) struct FiguresReader(pub RosterReader);

impl FromRequestParts<AppState> for FiguresReader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let here = InFestival::from_request_parts(parts, state).await?;
        let scope = here.may(Action::ReadFigures)?;
        Ok(Self(RosterReader { festival_id: here.festival_id, scope }))
    }
}

/// Someone who says who serves where in the festival that the path names: an organizer, or a coordinator in her districts.
#[derive(Debug)]
pub(crate) struct RosterManager {
    /// Who.
    pub actor: Actor,
    /// Where.
    pub festival_id: Id<Festival>,
    /// In which part of it.
    pub scope: Scope,
}

impl RosterManager {
    /// Lets what belongs to a district through that is within reach; of the rest they are not told that it is there.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub(crate) fn reaches(&self, district: Id<District>) -> Result<(), ApiError> {
        if self.scope.covers(district) { Ok(()) } else { Err(ApiError::NotFound("seat")) }
    }
}

impl FromRequestParts<AppState> for RosterManager {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let here = InFestival::from_request_parts(parts, state).await?;
        let scope = here.may(Action::Staff)?;
        Ok(Self { actor: here.actor, festival_id: here.festival_id, scope })
    }
}
