//! Why a page is not what was asked for, and the page that says so.

use askama::Template;
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};

use crate::{
    frame::{Frame, page},
    visitor::Visitor,
};

/// What the API says where it prints nothing.
pub(crate) const NO_FONTS: &str = "urn:khademyar:problem:no-fonts";

/// A problem of the API, in the reader's language.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) r#type: String,
    pub(crate) title: String,
    pub(crate) status: u16,
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) errors: Vec<FieldProblem>,
}

/// One fault of what was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FieldProblem {
    pub(crate) path: String,
    pub(crate) code: String,
    pub(crate) detail: String,
}

impl Problem {
    /// What to say to whoever filled a form in.
    pub(crate) fn remedy(&self) -> String {
        match self.errors.as_slice() {
            [] => self.detail.clone(),
            errors => errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join(" "),
        }
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Why a page is not what was asked for.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// What the API says.
    Problem(Box<Problem>),
    /// There is no such page.
    NotFound,
    /// What was sent is not what our form sends.
    Garbled,
    /// It was sent by a page that is not ours.
    Foreign,
    /// It was done on this device in the name of somebody else.
    SomebodyElse,
    /// A fault of ours, which is in the log.
    Ours,
}

impl Trouble {
    /// What there is to say where a refusal is in no words for people: the router's own, of an address or a form that it
    /// could not read.
    pub(crate) fn of_router(response: &Response, is_read: bool) -> Option<Self> {
        let kind = response.headers().get(header::CONTENT_TYPE);
        let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
        let is_refused = response.status().is_client_error() && is_bare;
        is_refused.then_some(if is_read { Self::NotFound } else { Self::Garbled })
    }

    /// The page that tells it, or, for a script, the problem itself.
    pub(crate) fn tell(self, visitor: &Visitor) -> Response {
        let problem = match self {
            Self::Problem(problem) => *problem,
            Self::NotFound => own(
                visitor,
                StatusCode::NOT_FOUND,
                ("چنین صفحه‌ای نیست", "There is no such page"),
                (
                    "شاید نشانی کامل نیست. از صفحهٔ نخست آغاز کنید.",
                    "The address may be cut off. Begin at the first page.",
                ),
            ),
            Self::Garbled => own(
                visitor,
                StatusCode::UNPROCESSABLE_ENTITY,
                ("این فرم درست نرسید", "This form did not arrive as it should"),
                (
                    "شاید در راه بریده شد یا بیش از اندازه بزرگ بود. چیزی ثبت نشد: صفحه را از نو باز کنید و دوباره بفرستید.",
                    "It may have been cut off, or was too large. Nothing was done: open the page anew and send it again.",
                ),
            ),
            Self::Foreign => own(
                visitor,
                StatusCode::FORBIDDEN,
                ("این درخواست از صفحه‌های ما نیامد", "This did not come from a page of ours"),
                ("صفحه را از نو باز کنید و دوباره بفرستید.", "Open the page anew and send it again."),
            ),
            Self::SomebodyElse => own(
                visitor,
                StatusCode::CONFLICT,
                ("کس دیگری وارد شده است", "Somebody else is signed in"),
                (
                    "این را کس دیگری ثبت کرد که با همین گوشی وارد شده بود: خودتان دوباره ثبت کنید.",
                    "Somebody else told this, who was signed in on this phone: tell it again yourself.",
                ),
            ),
            Self::Ours => own(
                visitor,
                StatusCode::INTERNAL_SERVER_ERROR,
                ("کار ناتمام ماند", "Something broke"),
                ("خطا از ماست. کمی بعد دوباره بکوشید.", "The fault is ours. Try again in a little while."),
            ),
        };
        let status = problem.status();
        if visitor.wants_json {
            let kind = [("content-type", "application/problem+json")];
            return (status, kind, Json(problem)).into_response();
        }
        if status == StatusCode::UNAUTHORIZED {
            return Redirect::to("/sign-in").into_response();
        }
        let frame = Frame::new(visitor, problem.title.clone());
        let back = visitor.from.as_deref().filter(|from| *from != visitor.here);
        page(visitor, status, &TroublePage { frame, problem: &problem, back })
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    frame: Frame,
    problem: &'a Problem,
    /// Where they came from.
    back: Option<&'a str>,
}

fn own(visitor: &Visitor, status: StatusCode, title: (&str, &str), detail: (&str, &str)) -> Problem {
    Problem {
        r#type: "about:blank".to_owned(),
        title: visitor.say(title.0, title.1).to_owned(),
        status: status.as_u16(),
        detail: visitor.say(detail.0, detail.1).to_owned(),
        errors: Vec::new(),
    }
}

impl IntoResponse for Trouble {
    /// [`crate::session::keep`] puts it into words, for it knows who reads them.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
