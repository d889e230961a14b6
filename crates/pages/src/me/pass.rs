//! The pass that is shown at the gate; a phone keeps it.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{Method, StatusCode},
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::jalali;
use serde::Deserialize;

use crate::{
    Pages,
    frame::{Frame, page},
    me::{Menu, Which, schedule::Schedule},
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Pass {
    code: String,
    good_until: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Me {
    name: String,
}

#[derive(Template)]
#[template(path = "me/pass.html")]
struct PassPage {
    frame: Frame,
    menu: Menu,
    festival: String,
    name: String,
    /// The picture, as an element of the page: what is kept with it needs no second file.
    picture: String,
    /// Six digits, in two groups.
    code: (String, String),
    /// Until which day it is good, that day included.
    good_until: String,
}

/// Shows one's pass.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    let schedule = Schedule::read(&pages, &visitor, which).await?;
    let pass: Pass = pages.read(&visitor, &which.asks("/v1/me/pass")).await?;
    let drawn = pages.ask(&visitor, Method::GET, &which.asks("/v1/me/pass.svg"), None, None).await?;
    let drawn = String::from_utf8(drawn.into_bytes().to_vec()).map_err(|_| Trouble::Ours)?;
    // What stands before the element is for files of their own.
    let picture = drawn.find("<svg").map(|begin| drawn[begin..].to_owned()).ok_or(Trouble::Ours)?;
    let (first, second) = pass.code.split_at_checked(3).ok_or(Trouble::Ours)?;
    let last_day = pass.good_until.date_naive().pred_opt().unwrap_or_default();
    let template = PassPage {
        frame: Frame::new(&visitor, visitor.say("کارت من", "My pass")),
        menu: Menu::at("/me/pass", which),
        festival: schedule.festival,
        name: me.name,
        picture,
        code: (first.to_owned(), second.to_owned()),
        good_until: jalali::long(last_day, visitor.language),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}
