//! The only place where what went wrong becomes a status.

use std::{borrow::Cow, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::{
    Fault, api_token::Grant, assignment::ChangeError, cover::CoverError, plan::PublishError, rights::Refusal,
    worklog::WorklogError,
};
use khademyar_roster::{covers, reason::EligibilityReason};
use khademyar_storage::{StorageError, archives, members, second_factors};
use thiserror::Error;

use crate::auth::{KeysError, password::HashError, secret::NoRandomness};
use crate::observe::NO_ROOM;

/// Why a request was not done. Nothing of it was.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The body is not what its content type says, or the request is otherwise unreadable.
    #[error("the request cannot be read")]
    Unreadable(Fault),
    /// The body, or the query, was read and is wrong: every fault of it.
    #[error("{} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// No valid token came with the request.
    #[error("no valid token")]
    Unauthenticated,
    /// Username and password do not belong together.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The refresh token is unknown, has run out, or was used or revoked before.
    #[error("wrong refresh token")]
    WrongRefreshToken,
    /// The second factor is none of theirs, or came too late or too often.
    #[error("wrong second factor")]
    WrongSecondFactor,
    /// Whoever staffs a festival here must have a second factor, and this one has none.
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    /// The code is not the phone's newest, has run out, or was tried too often.
    #[error("wrong code")]
    WrongCode,
    /// The actor's part in the festival does not reach so far.
    #[error("denied")]
    Denied,
    /// The token of another system is not for this; what it would have to be for, if any serves.
    #[error("the token is not for this")]
    OutOfGrant(Option<Grant>),
    /// There is none, or the actor may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Something else that is there stands in the way.
    #[error("conflict")]
    Conflict(Fault),
    /// A volunteer may not have a seat: every reason.
    #[error("not eligible: {0:?}")]
    Ineligible(Vec<EligibilityReason>),
    /// Someone else wrote it since the client read it.
    #[error("the {0} was changed since")]
    Stale(&'static str),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The client must wait so many seconds.
    #[error("too many requests")]
    TooMany(u32),
    /// The content type is not one that is read here.
    #[error("unsupported media type")]
    MediaType,
    /// The body is larger than is read.
    #[error("too large")]
    TooLarge,
    /// There is no room to write what the request asks for.
    #[error("no room")]
    Full(StorageError),
    /// The headers are larger than is read.
    #[error("headers too large")]
    HeadersTooLarge,
    /// The client was silent for too long while it sent the request.
    #[error("too slow")]
    TooSlow,
    /// So many ask at once that there is no room for another.
    #[error("crowded")]
    Crowded,
    /// The database is busy; the same request may succeed in a moment.
    #[error("busy")]
    Busy(StorageError),
    /// A fault of ours.
    #[error("internal error")]
    Internal(String),
}

impl ApiError {
    /// A conflict with what is there: `code` is the problem's type.
    pub(crate) fn conflict(
        code: &'static str,
        en: impl Into<Cow<'static, str>>,
        fa: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Conflict(Fault::new("", code, en.into(), fa.into()))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated
            | Self::WrongCredentials
            | Self::WrongRefreshToken
            | Self::WrongSecondFactor
            | Self::WrongCode => StatusCode::UNAUTHORIZED,
            Self::Denied | Self::OutOfGrant(_) | Self::SecondFactorNeeded => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Ineligible(_) => StatusCode::CONFLICT,
            Self::Stale(_) => StatusCode::PRECONDITION_FAILED,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy(_) | Self::Full(_) | Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The error a response stands for, until [`crate::problems::as_problems`] puts it into words.
#[derive(Clone, Debug)]
pub(crate) struct Unworded(pub(crate) Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        match &self {
            Self::Unauthenticated
            | Self::WrongCredentials
            | Self::WrongRefreshToken
            | Self::WrongSecondFactor
            | Self::WrongCode => {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooMany(seconds) => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Self::Busy(_) | Self::Crowded => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(1));
            }
            Self::Full(_) => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(NO_ROOM.num_seconds()));
            }
            _ => {}
        }
        response.extensions_mut().insert(Unworded(Arc::new(self)));
        response
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        if error.is_passing() {
            return Self::Busy(error);
        }
        if error.is_full() {
            return Self::Full(error);
        }
        match error {
            StorageError::NotFound("cursor") => Self::Invalid(vec![Fault::new(
                "cursor",
                "unknown_cursor",
                "This cursor belongs to another list or order: start again without it.",
                "این نشانگر از فهرست یا ترتیب دیگری است: بی آن از نو آغاز کنید.",
            )]),
            StorageError::NotFound(noun) => Self::NotFound(noun),
            StorageError::Stale(noun, _) => Self::Stale(noun),
            StorageError::Refused(rule) => Self::Conflict(refusal(&rule)),
            StorageError::InUse => Self::conflict(
                "in-use",
                "Others refer to it, or it refers to something that is gone: remove those references first.",
                "چیزهای دیگری به آن وابسته‌اند یا آنچه به آن اشاره دارد نیست: نخست آن پیوندها را بردارید.",
            ),
            error @ (StorageError::Corrupt(_) | StorageError::Database(_)) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

/// What the database's rules say, in words. A unique rule is named `TABLE_COLUMN`.
fn refusal(rule: &str) -> Fault {
    match rule {
        "assignments_no_overlap" => Fault::new(
            "",
            "double-booking",
            "The volunteer serves elsewhere at that time.",
            "این خادمیار در آن زمان جای دیگری خدمت می‌کند.",
        ),
        "assignments_within_desired" => Fault::new(
            "",
            "position-full",
            "Every seat of the position is taken.",
            "همهٔ جاهای این جایگاه پر است.",
        ),
        "worklog_entries_no_overlap" => Fault::new(
            "/started_at",
            "worklog-overlap",
            "Another entry of the same volunteer has some of that time: give time that is in none.",
            "بخشی از این زمان در ثبت دیگری از همین خادمیار آمده است: زمانی بدهید که در هیچ‌یک نیست.",
        ),
        "covers_assignment" | "covers_assignment_id" => Fault::new(
            "",
            "asked-already",
            "Others are being asked to take over this seat already.",
            "برای همین خدمت پیش‌تر از دیگران خواسته شده است که جانشین شوند.",
        ),
        "volunteers_erased" => Fault::new(
            "",
            "volunteer-erased",
            "This was somebody who was erased: register whoever it is anew.",
            "این ردیف از آنِ کسی است که داده‌هایش پاک شده است: شخص تازه را جداگانه ثبت کنید.",
        ),
        archives::ARCHIVED => Fault::new(
            "",
            "festival-archived",
            "The festival is archived: nothing in it changes any more.",
            "این رویداد بایگانی شده است و دیگر چیزی در آن تغییر نمی‌کند.",
        ),
        second_factors::ON => Fault::new(
            "",
            "second-factor-on",
            "There is a second factor already: remove it first.",
            "عامل دوم پیش‌تر افزوده شده است: نخست آن را بردارید.",
        ),
        members::LAST_ORGANIZER => Fault::new(
            "",
            "last-organizer",
            "The festival would have no organizer left: make someone else an organizer first.",
            "رویداد بی سرپرست می‌ماند: نخست کس دیگری را سرپرست کنید.",
        ),
        "messages_not_left" => Fault::new(
            "",
            "not-stuck",
            "The message was sent or is about to be: only what could not be sent is sent again.",
            "این پیام فرستاده شده یا در صف است: تنها پیامی که نرفته دوباره فرستاده می‌شود.",
        ),
        "assignments_stand" => Fault::new(
            "",
            "roster-published",
            "People were asked to serve already: change the lists one by one, or put the file into a new festival.",
            "از کسانی خواسته شده که خدمت کنند: فهرست‌ها را تک‌تک تغییر دهید یا پرونده را در رویدادی تازه بگذارید.",
        ),
        "positions_seats_taken" => Fault::new(
            "/desired",
            "seats-taken",
            "More people hold the position in the published roster: release them first.",
            "در برنامهٔ منتشرشده افراد بیشتری این جایگاه را دارند: نخست آنان را آزاد کنید.",
        ),
        _ => {
            let column = rule.split_once('_').map_or(rule, |(_, column)| column);
            Fault::new(
                format!("/{column}"),
                "taken",
                format!("Another one has the same {}: give one that is free.", column.replace('_', " ")),
                "همین مقدار پیش‌تر ثبت شده است: مقدار دیگری بدهید.",
            )
        }
    }
}

impl From<HashError> for ApiError {
    fn from(error: HashError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<KeysError> for ApiError {
    fn from(error: KeysError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<NoRandomness> for ApiError {
    fn from(error: NoRandomness) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::NotFound("festival"),
            Refusal::Denied => Self::Denied,
        }
    }
}

impl From<PublishError> for ApiError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::NotOver(_) => Self::conflict(
                "plan-not-over",
                "The plan is still being solved: wait until it is completed, or stop it.",
                "این برنامه هنوز در دست محاسبه است: صبر کنید یا آن را متوقف کنید.",
            ),
            PublishError::Failed => Self::conflict(
                "plan-failed",
                "The plan failed and has no roster: ask for another.",
                "این برنامه به نتیجه نرسید: برنامهٔ دیگری بخواهید.",
            ),
            PublishError::NotPublished => Self::conflict(
                "plan-not-published",
                "The plan is not the festival's roster.",
                "این برنامه برنامهٔ منتشرشدهٔ رویداد نیست.",
            ),
            PublishError::Answered => Self::conflict(
                "answered-already",
                "Somebody answered what it offered already: change the roster by hand, or publish another plan.",
                "کسانی پیش‌تر پاسخ داده‌اند: برنامه را دستی تغییر دهید یا برنامهٔ دیگری منتشر کنید.",
            ),
            PublishError::NotADraft => Self::conflict(
                "not-a-draft",
                "Only a draft that was not published can be changed by hand.",
                "تنها پیش‌نویسی را که منتشر نشده است می‌توان دستی تغییر داد.",
            ),
            PublishError::Stale => Self::conflict(
                "plan-stale",
                "The festival was changed since the plan was asked for: ask for another.",
                "رویداد پس از درخواست این برنامه تغییر کرده است: برنامهٔ دیگری بخواهید.",
            ),
        }
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NoWay { from, .. } => Self::conflict(
                "no-such-change",
                format!("The assignment is {} and cannot become that any more.", from.as_str()),
                "این خدمت در وضعیتی است که دیگر چنین تغییری نمی‌پذیرد.",
            ),
            ChangeError::TooLate(_) => Self::conflict(
                "answer-too-late",
                "The offer was to be accepted earlier: ask your coordinator whether the seat is still free.",
                "مهلت پذیرفتن این خدمت گذشته است: از هماهنگ‌کننده بپرسید که جا هنوز خالی است یا نه.",
            ),
            ChangeError::Over(_) => {
                Self::conflict("shift-over", "The shift is over.", "زمان این خدمت گذشته است.")
            }
        }
    }
}

impl From<CoverError> for ApiError {
    fn from(error: CoverError) -> Self {
        match error {
            CoverError::Over(_) => Self::conflict(
                "cover-over",
                "Somebody else was faster, or the request ended.",
                "کس دیگری زودتر پذیرفت یا این درخواست پایان یافته است.",
            ),
            CoverError::Started => {
                Self::conflict("shift-started", "The shift has started.", "این شیفت آغاز شده است.")
            }
            CoverError::NotAsked => Self::conflict(
                "not-asked",
                "You are not asked to take over this seat.",
                "از شما خواسته نشده است که این خدمت را بپذیرید.",
            ),
        }
    }
}

impl From<WorklogError> for ApiError {
    fn from(error: WorklogError) -> Self {
        match error {
            WorklogError::Own => Self::conflict(
                "own-entry",
                "Nobody is credited with service by themselves: have another coordinator or an organizer decide.",
                "هیچ‌کس خدمت خودش را تأیید نمی‌کند: هماهنگ‌کننده‌ای دیگر یا سرپرست رویداد باید تصمیم بگیرد.",
            ),
            WorklogError::Decided(state) => Self::conflict(
                "entry-decided",
                format!("The entry is {} already, and that stands.", state.as_str()),
                "دربارهٔ این ثبت پیش‌تر تصمیم گرفته شده است و همان می‌ماند.",
            ),
        }
    }
}

impl From<covers::Error> for ApiError {
    fn from(error: covers::Error) -> Self {
        match error {
            covers::Error::Cover(error) => error.into(),
            covers::Error::Assignment(error) => error.into(),
            covers::Error::Ineligible(_, reasons) => Self::Ineligible(reasons),
            covers::Error::Storage(error) => error.into(),
        }
    }
}
