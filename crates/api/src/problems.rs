//! RFC 9457 problem details, in the reader's language.

use std::{any::Any, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{HeaderValue, Response as HttpResponse, StatusCode, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::{Fault, language::Language};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{ApiError, Unworded},
    language::spoken,
    observe::NoRoom,
    reasons::fault,
};

/// Why a request was not done (RFC 9457).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:khademyar:problem:invalid",
    "title": "The request is not valid",
    "status": 422,
    "detail": "Mend the faults and send it again.",
    "errors": [{"path": "/priority", "code": "maximum", "detail": "Give at most 5."}]
}))]
pub(crate) struct Problem {
    /// What kind of problem it is: stable, for programs.
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened here, and the remedy.
    pub detail: String,
    /// Every fault of what was sent, where that is the problem.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// One fault of what was sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Where: a JSON pointer into the body, or the name of a query parameter or header.
    pub path: String,
    /// What, for programs: stable.
    pub code: String,
    /// What, and how to mend it.
    pub detail: String,
}

impl FieldProblem {
    /// The fault in `language`.
    pub(crate) fn of(fault: &Fault, language: Language) -> Self {
        let detail = match language {
            Language::Persian => &fault.fa,
            Language::English => &fault.en,
        };
        Self { path: fault.path.clone(), code: fault.code.clone(), detail: detail.clone() }
    }
}

/// Gives every refusal, ours or a library's, the one shape of a problem.
pub(crate) async fn as_problems<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let language = spoken(request.headers());
    let mut response = next(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = match response.extensions_mut().remove::<Unworded>() {
        Some(Unworded(error)) => {
            if status.is_server_error() {
                tracing::error!(error = ?error, "request failed");
            }
            if matches!(*error, ApiError::Full(_)) {
                response.extensions_mut().insert(NoRoom);
            }
            worded(&error, language)
        }
        None if is_problem(&response) => return response,
        None => plain(status, language),
    };
    let mut headers = std::mem::take(response.headers_mut());
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    let mut worded = (status, Json(problem)).into_response();
    worded.headers_mut().extend(headers);
    worded.extensions_mut().extend(std::mem::take(response.extensions_mut()));
    worded
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}

/// Answers for a handler that panicked; the panic itself is in the log.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> HttpResponse<Body> {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Unworded(Arc::new(ApiError::Internal("a handler panicked".to_owned()))));
    response
}

struct Words {
    code: &'static str,
    title: (&'static str, &'static str),
    detail: (&'static str, &'static str),
}

fn problem(words: &Words, status: StatusCode, faults: &[Fault], language: Language) -> Problem {
    let in_language = |(fa, en): (&str, &str)| match language {
        Language::Persian => fa.to_owned(),
        Language::English => en.to_owned(),
    };
    Problem {
        r#type: format!("urn:khademyar:problem:{}", words.code),
        title: in_language(words.title),
        status: status.as_u16(),
        detail: in_language(words.detail),
        errors: faults.iter().map(|fault| FieldProblem::of(fault, language)).collect(),
    }
}

fn worded(error: &ApiError, language: Language) -> Problem {
    let status = error.status();
    match error {
        ApiError::Unreadable(fault) => problem(&UNREADABLE, status, std::slice::from_ref(fault), language),
        ApiError::Invalid(faults) => problem(&INVALID, status, faults, language),
        ApiError::Conflict(fault) => {
            let mut told = problem(&CONFLICT, status, &[], language);
            let fault_told = FieldProblem::of(fault, language);
            told.r#type = format!("urn:khademyar:problem:{}", fault.code.replace('_', "-"));
            told.detail.clone_from(&fault_told.detail);
            if !fault.path.is_empty() {
                told.errors.push(fault_told);
            }
            told
        }
        ApiError::Ineligible(reasons) => {
            let faults: Vec<Fault> = reasons.iter().map(|reason| fault("", *reason)).collect();
            problem(&INELIGIBLE, status, &faults, language)
        }
        ApiError::OutOfGrant(grant) => {
            let mut told = problem(&OUT_OF_GRANT, status, &[], language);
            if let Some(grant) = grant {
                told.detail = format!("{} {grant}", told.detail);
            } else {
                told.detail = match language {
                    Language::Persian => "این کار با نشانهٔ سامانه‌ها شدنی نیست: خودتان وارد شوید.".to_owned(),
                    Language::English => {
                        "No token of another system serves for this: sign in yourself.".to_owned()
                    }
                };
            }
            told
        }
        ApiError::Unauthenticated => problem(&UNAUTHENTICATED, status, &[], language),
        ApiError::WrongCredentials => problem(&WRONG_CREDENTIALS, status, &[], language),
        ApiError::WrongRefreshToken => problem(&WRONG_REFRESH_TOKEN, status, &[], language),
        ApiError::WrongSecondFactor => problem(&WRONG_SECOND_FACTOR, status, &[], language),
        ApiError::SecondFactorNeeded => problem(&SECOND_FACTOR_NEEDED, status, &[], language),
        ApiError::WrongCode => problem(&WRONG_CODE, status, &[], language),
        ApiError::KeyReused => problem(&KEY_REUSED, status, &[], language),
        ApiError::Full(_) => problem(&FULL, status, &[], language),
        _ => plain(status, language),
    }
}

fn plain(status: StatusCode, language: Language) -> Problem {
    let words = match status {
        StatusCode::UNAUTHORIZED => &UNAUTHENTICATED,
        StatusCode::FORBIDDEN => &DENIED,
        StatusCode::NOT_FOUND => &NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => &METHOD,
        StatusCode::REQUEST_TIMEOUT => &TIMEOUT,
        StatusCode::CONFLICT => &CONFLICT,
        StatusCode::PRECONDITION_FAILED => &STALE,
        StatusCode::PAYLOAD_TOO_LARGE => &TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => &MEDIA_TYPE,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => &HEADERS_TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS => &TOO_MANY,
        StatusCode::SERVICE_UNAVAILABLE => &BUSY,
        status if status.is_server_error() => &INTERNAL,
        _ => &UNREADABLE,
    };
    problem(words, status, &[], language)
}

const UNREADABLE: Words = Words {
    code: "unreadable",
    title: ("درخواست خوانده نشد", "The request cannot be read"),
    detail: (
        "قالب درخواست را درست کنید و دوباره بفرستید.",
        "Mend the form of the request and send it again.",
    ),
};
const INVALID: Words = Words {
    code: "invalid",
    title: ("درخواست درست نیست", "The request is not valid"),
    detail: ("خطاهای زیر را برطرف کنید و دوباره بفرستید.", "Mend the faults and send it again."),
};
const UNAUTHENTICATED: Words = Words {
    code: "unauthenticated",
    title: ("وارد نشده‌اید", "Not signed in"),
    detail: (
        "با «Authorization: Bearer …» نشانهٔ معتبری بفرستید؛ آن را از POST /v1/auth/token بگیرید.",
        "Send a valid token as `Authorization: Bearer …`; POST /v1/auth/token gives one.",
    ),
};
const WRONG_CREDENTIALS: Words = Words {
    code: "wrong-credentials",
    title: ("ورود ناموفق", "Sign-in failed"),
    detail: ("نام کاربری یا گذرواژه درست نیست.", "The username or the password is wrong."),
};
const WRONG_REFRESH_TOKEN: Words = Words {
    code: "wrong-refresh-token",
    title: ("باید دوباره وارد شوید", "Sign in again"),
    detail: (
        "این نشانه به سر آمده، پیش‌تر به کار رفته یا باطل شده است: با نام کاربری و گذرواژه وارد شوید.",
        "This refresh token has run out, or was used or revoked before: sign in with username and password.",
    ),
};
const WRONG_SECOND_FACTOR: Words = Words {
    code: "wrong-second-factor",
    title: ("ورود ناموفق", "Sign-in failed"),
    detail: (
        "کد درست نیست یا دیر رسیده است: کد تازهٔ برنامه را بدهید یا دوباره با گذرواژه آغاز کنید.",
        "The code is wrong or came too late: give the app's newest code, or begin with the password again.",
    ),
};
const SECOND_FACTOR_NEEDED: Words = Words {
    code: "second-factor-needed",
    title: ("عامل دوم لازم است", "A second factor is needed"),
    detail: (
        "در اینجا هر که کاری در رویداد دارد باید عامل دوم داشته باشد: آن را با POST /v1/me/second-factor بیفزایید.",
        "Whoever staffs a festival here needs a second factor: add one by POST /v1/me/second-factor.",
    ),
};
const WRONG_CODE: Words = Words {
    code: "wrong-code",
    title: ("کد درست نیست", "The code is wrong"),
    detail: (
        "این کد تازه‌ترین کد این شماره نیست، به سر آمده یا پنج بار آزموده شده است: کد تازه‌ای بخواهید.",
        "It is not the newest of this phone, has run out or was tried five times: ask for another.",
    ),
};
const DENIED: Words = Words {
    code: "denied",
    title: ("اجازه ندارید", "Not allowed"),
    detail: (
        "نقش شما در این رویداد چنین اجازه‌ای ندارد.",
        "Your part in this festival does not reach so far.",
    ),
};
const OUT_OF_GRANT: Words = Words {
    code: "out-of-grant",
    title: ("این نشانه برای این کار نیست", "The token is not for this"),
    detail: ("برای این کار نشانه باید این اجازه را داشته باشد:", "For this the token must have the grant"),
};
const NOT_FOUND: Words = Words {
    code: "not-found",
    title: ("پیدا نشد", "Not found"),
    detail: (
        "چنین چیزی نیست یا شما به آن راه ندارید؛ نشانی و شناسه را بررسی کنید.",
        "There is no such thing, or you may not know of it: check the address and the id.",
    ),
};
const METHOD: Words = Words {
    code: "method-not-allowed",
    title: ("این کار در این نشانی ممکن نیست", "Method not allowed"),
    detail: (
        "روش‌های مجاز را از سرآیند Allow ببینید.",
        "The header `Allow` names the methods of this address.",
    ),
};
const TIMEOUT: Words = Words {
    code: "timeout",
    title: ("زمان درخواست به سر آمد", "The request took too long"),
    detail: ("درخواست کوچک‌تری بفرستید یا دوباره بکوشید.", "Send less at a time, or try again."),
};
const CONFLICT: Words = Words {
    code: "conflict",
    title: ("با آنچه هست نمی‌خواند", "In conflict with what is there"),
    detail: ("وضعیت کنونی را بخوانید و دوباره بکوشید.", "Read the present state and try again."),
};
const INELIGIBLE: Words = Words {
    code: "not-eligible",
    title: ("این جا به او نمی‌رسد", "Not eligible"),
    detail: (
        "این خادمیار اکنون نمی‌تواند این جایگاه را داشته باشد؛ همهٔ دلیل‌ها در زیر آمده است.",
        "The volunteer may not have the seat as the roster stands; every reason is named below.",
    ),
};
const STALE: Words = Words {
    code: "stale",
    title: ("کس دیگری تغییرش داده است", "Someone else changed it"),
    detail: (
        "آن را دوباره بخوانید و تغییر خود را بر نسخهٔ تازه بفرستید.",
        "Read it again, and send your change with the new ETag in `If-Match`.",
    ),
};
const KEY_REUSED: Words = Words {
    code: "idempotency-key-reused",
    title: (
        "کلید تکرار برای درخواست دیگری به کار رفته است",
        "The idempotency key was used for another request",
    ),
    detail: (
        "برای درخواست تازه، Idempotency-Key تازه‌ای بفرستید.",
        "Send a new `Idempotency-Key` with a new request.",
    ),
};
const TOO_LARGE: Words = Words {
    code: "too-large",
    title: ("درخواست بیش از اندازه بزرگ است", "The request is too large"),
    detail: ("آن را در چند بخش بفرستید.", "Send it in several parts."),
};
const HEADERS_TOO_LARGE: Words = Words {
    code: "headers-too-large",
    title: ("سرآیندها بیش از اندازه بزرگ‌اند", "The headers are too large"),
    detail: (
        "سرآیندهایی را که لازم نیست نفرستید؛ شاید کوکی‌ها انباشته شده باشند.",
        "Leave out headers that are not needed; cookies may have piled up.",
    ),
};
const MEDIA_TYPE: Words = Words {
    code: "unsupported-media-type",
    title: ("این نوع محتوا پذیرفته نیست", "Unsupported media type"),
    detail: (
        "سرآیند Content-Type را بررسی کنید، معمولاً application/json.",
        "Check `Content-Type`; it is usually `application/json`.",
    ),
};
const TOO_MANY: Words = Words {
    code: "too-many-requests",
    title: ("درخواست‌های پیاپی", "Too many requests"),
    detail: (
        "پس از زمانی که Retry-After می‌گوید دوباره بکوشید.",
        "Try again after the seconds that `Retry-After` names.",
    ),
};
const BUSY: Words = Words {
    code: "busy",
    title: ("سرور سرگرم است", "The server is busy"),
    detail: ("کمی بعد همان درخواست را دوباره بفرستید.", "Send the same request again in a moment."),
};
const FULL: Words = Words {
    code: "no-room",
    title: ("دیسک سرور پر است", "The server's disk is full"),
    detail: (
        "چیزی نوشته نشد. گرداننده باید روی دیسک پایگاه داده جا باز کند؛ سپس همان درخواست را دوباره بفرستید.",
        "Nothing was written. The operator must make room on the database's disk; then send the same request again.",
    ),
};
const INTERNAL: Words = Words {
    code: "internal",
    title: ("خطای سرور", "Internal error"),
    detail: ("خطا از ماست و ثبت شد؛ دوباره بکوشید.", "The fault is ours and is logged; try again."),
};
