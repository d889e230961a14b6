//! Where people come in.

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
};

use crate::{
    Pages,
    frame::{Frame, page},
    ground::Me,
    session,
    trouble::Trouble,
    visitor::Visitor,
};

/// Leads to one's own page: to the festivals of an organizer, the desk of a coordinator, the rolls of a venue lead, else one's
/// nights.
pub(crate) async fn lead(State(pages): State<Pages>, visitor: Visitor) -> Result<Response, Trouble> {
    if visitor.access.is_none() {
        return Ok(session::lead("/sign-in", Vec::new()));
    }
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    let to = if me.organizes() {
        "/admin"
    } else if me.desk(None).is_some() {
        "/desk"
    } else if me.rolls(None).is_some() {
        "/desk/rolls"
    } else {
        "/me"
    };
    Ok(session::lead(to, Vec::new()))
}

/// Nothing is at this address: said on a page to people, and as the API says it to programs.
pub(crate) async fn lost(State(pages): State<Pages>, request: Request) -> Result<Response, Trouble> {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let is_html = |part: &str| {
        let mut words = part.split(';').map(|word| word.trim().to_ascii_lowercase());
        words.next().is_some_and(|kind| kind == "text/html") && !words.any(|word| word == "q=0")
    };
    let is_read = accepted.is_some_and(|accepted| accepted.split(',').any(is_html));
    if is_read && !request.uri().path().starts_with("/v1/") {
        return Err(Trouble::NotFound);
    }
    Ok(pages.pass(request).await)
}

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    frame: Frame,
}

/// What a phone shows of a page that it did not keep, while there is no network.
pub(crate) async fn offline(visitor: Visitor) -> Response {
    let title = visitor.say("شبکه در دسترس نیست", "There is no network").to_owned();
    page(&visitor, StatusCode::OK, &OfflinePage { frame: Frame::new(&visitor, title) })
}
