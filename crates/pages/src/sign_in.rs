//! Signing in: by phone and code, or by password and second factor; and out.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Pages,
    frame::{Frame, page},
    session::{self, Tokens},
    trouble::Trouble,
    visitor::Visitor,
};

/// What a browser is to forget of whoever signs out.
const CLEAR_SITE_DATA: (HeaderName, HeaderValue) =
    (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));

/// What is asked for next.
enum Step {
    Phone { phone: String },
    Code { phone: String },
    Password { username: String, sends_codes: bool },
    SecondFactor { challenge: String },
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    step: Step,
    /// Why what was given is not enough.
    fault: Option<String>,
}

fn show_step(visitor: &Visitor, step: Step, trouble: Option<Trouble>) -> Result<Response, Trouble> {
    let (status, fault) = match trouble {
        None => (StatusCode::OK, None),
        Some(Trouble::Problem(problem)) if problem.status < 500 => {
            (StatusCode::UNPROCESSABLE_ENTITY, Some(problem.remedy()))
        }
        Some(trouble) => return Err(trouble),
    };
    let title = visitor.say("ورود", "Sign in").to_owned();
    // The address of a form that was sent is no page to come back to.
    let mut frame = Frame::new(visitor, title);
    "/sign-in".clone_into(&mut frame.here);
    Ok(page(visitor, status, &SignInPage { frame, step, fault }))
}

/// Asks for the phone, or for a password where no codes are sent; leads on who is signed in.
pub(crate) async fn show(State(pages): State<Pages>, visitor: Visitor) -> Result<Response, Trouble> {
    if visitor.access.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    if !pages.sends_codes() {
        return show_step(&visitor, by_password(&pages, String::new()), None);
    }
    show_step(&visitor, Step::Phone { phone: String::new() }, None)
}

/// Asks for a username and its password.
pub(crate) async fn show_password(State(pages): State<Pages>, visitor: Visitor) -> Result<Response, Trouble> {
    show_step(&visitor, by_password(&pages, String::new()), None)
}

fn by_password(pages: &Pages, username: String) -> Step {
    Step::Password { username, sends_codes: pages.sends_codes() }
}

#[derive(Deserialize)]
pub(crate) struct PhoneForm {
    phone: String,
}

/// Has a code sent to the phone, and asks for it.
pub(crate) async fn ask_for_code(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(PhoneForm { phone }): Form<PhoneForm>,
) -> Result<Response, Trouble> {
    if !pages.sends_codes() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    match pages.post(&visitor, "/v1/auth/codes", json!({"phone": phone})).await {
        Ok(_) => show_step(&visitor, Step::Code { phone }, None),
        Err(trouble) => show_step(&visitor, Step::Phone { phone }, Some(trouble)),
    }
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    phone: String,
    code: String,
}

/// Signs in by a phone and its code.
pub(crate) async fn give_code(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(CodeForm { phone, code }): Form<CodeForm>,
) -> Result<Response, Trouble> {
    if !pages.sends_codes() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    match pages.post(&visitor, "/v1/auth/codes/verify", json!({"phone": phone, "code": code})).await {
        Ok(answer) => Ok(enter(&pages, &answer.read()?)),
        Err(trouble) => show_step(&visitor, Step::Code { phone }, Some(trouble)),
    }
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    username: String,
    password: String,
}

#[derive(Deserialize)]
struct Challenge {
    challenge: String,
}

/// Signs in by a password, or asks for the second factor.
pub(crate) async fn give_password(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(PasswordForm { username, password }): Form<PasswordForm>,
) -> Result<Response, Trouble> {
    match pages.post(&visitor, "/v1/auth/token", json!({"username": username, "password": password})).await {
        Ok(answer) if answer.status == StatusCode::ACCEPTED => {
            let Challenge { challenge } = answer.read()?;
            show_step(&visitor, Step::SecondFactor { challenge }, None)
        }
        Ok(answer) => Ok(enter(&pages, &answer.read()?)),
        Err(trouble) => show_step(&visitor, by_password(&pages, username), Some(trouble)),
    }
}

#[derive(Deserialize)]
pub(crate) struct SecondFactorForm {
    challenge: String,
    code: String,
}

/// Signs in by the second factor.
pub(crate) async fn give_second_factor(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(SecondFactorForm { challenge, code }): Form<SecondFactorForm>,
) -> Result<Response, Trouble> {
    let body = json!({"challenge": challenge, "code": code});
    match pages.post(&visitor, "/v1/auth/token/second-factor", body).await {
        Ok(answer) => Ok(enter(&pages, &answer.read()?)),
        Err(trouble) => show_step(&visitor, Step::SecondFactor { challenge }, Some(trouble)),
    }
}

fn enter(pages: &Pages, tokens: &Tokens) -> Response {
    session::lead("/", session::sign_in(pages, tokens))
}

/// Signs out here, and has the browser forget what it kept.
pub(crate) async fn sign_out(
    State(pages): State<Pages>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    if let Some(token) = session::refresh_token(&headers) {
        pages.post(&visitor, "/v1/auth/revoke", json!({"refresh_token": token})).await?;
    }
    let mut response = session::lead("/sign-in", session::sign_out(&pages));
    let (name, value) = CLEAR_SITE_DATA;
    response.headers_mut().insert(name, value);
    Ok(response)
}
