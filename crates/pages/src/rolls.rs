//! The rolls that one calls: which there are on a night, and each of them.

mod calling;
mod walk_in;

use std::collections::HashMap;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{Frame, page},
    ground::{Ground, Tab},
    trouble::Trouble,
    visitor::Visitor,
};

/// The pages of the rolls.
pub(crate) fn routes() -> Router<Pages> {
    Router::new()
        .route("/desk/rolls", get(show))
        .route("/desk/roll", get(calling::show).post(calling::tell))
        .route("/desk/roll/events", get(calling::follow).post(calling::tell_all))
        .route("/desk/roll/walk-in", get(walk_in::show).post(walk_in::take_in))
}

/// Which festival's rolls: those of a night, of a venue.
#[derive(Deserialize)]
struct Which {
    festival: Option<Uuid>,
    night: Option<i32>,
    venue: Option<Uuid>,
}

/// The shifts whose rolls one may call.
#[derive(Deserialize)]
pub(crate) struct Rolls {
    pub(crate) items: Vec<Called>,
}

/// A shift, and how many stand how.
#[derive(Deserialize)]
pub(crate) struct Called {
    pub(crate) shift_id: Uuid,
    pub(crate) venue_id: Uuid,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) count: Count,
}

/// How many stand how.
#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) struct Count {
    pub(crate) expected: u32,
    pub(crate) here: u32,
    pub(crate) gone: u32,
    pub(crate) missing: u32,
}

/// A shift as it is shown.
struct Shown {
    href: String,
    venue: String,
    hours: (String, String),
    count: Count,
    /// Whether it is time that people came.
    has_begun: bool,
}

#[derive(Template)]
#[template(path = "rolls/list.html")]
struct RollsPage {
    frame: Frame,
    ground: Ground,
    tabs: Vec<Tab>,
    /// Whether these rolls are soon called, and so are kept on the phone.
    is_tonight: bool,
    label: String,
    date: String,
    rolls: Vec<Shown>,
}

/// Where the roll of a shift is called.
fn address(festival_id: Uuid, shift_id: Uuid) -> String {
    format!("/desk/roll?festival={festival_id}&shift={shift_id}")
}

/// Where the rolls of a venue are called.
pub(crate) struct Way {
    pub(crate) href: String,
    /// Whether it is a roll, and no choice between several.
    pub(crate) is_roll: bool,
}

/// Where the rolls of a night are called, by venue.
pub(crate) async fn ways(
    pages: &Pages,
    visitor: &Visitor,
    ground: &Ground,
    night: i32,
) -> Result<HashMap<Uuid, Way>, Trouble> {
    let Rolls { items } = pages.read(visitor, &format!("{}/rolls?night={night}", ground.path())).await?;
    let festival = ground.festival_id;
    let mut ways: HashMap<Uuid, Way> = HashMap::new();
    for Called { shift_id, venue_id, .. } in items {
        let choice = || format!("/desk/rolls?festival={festival}&night={night}&venue={venue_id}");
        ways.entry(venue_id)
            .and_modify(|way| *way = Way { href: choice(), is_roll: false })
            .or_insert_with(|| Way { href: address(festival, shift_id), is_roll: true });
    }
    Ok(ways)
}

/// Shows the shifts of a night: of the one that comes next, unless another is asked for.
async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::of_rolls(&pages, &visitor, which.festival).await?;
    let tonight = ground.tonight(pages.now());
    let night = which.night.unwrap_or(tonight);
    let at = which.venue.map_or_else(String::new, |venue| format!("&venue_id={venue}"));
    let Rolls { items } = pages.read(&visitor, &format!("{}/rolls?night={night}{at}", ground.path())).await?;
    let rolls = items.into_iter().map(|called| Shown {
        href: address(ground.festival_id, called.shift_id),
        venue: ground.venue(&called.venue_id),
        hours: (ground.hour(called.starts_at), ground.hour(called.ends_at)),
        count: called.count,
        has_begun: called.starts_at <= pages.now(),
    });
    let template = RollsPage {
        frame: Frame::new(&visitor, visitor.say("حضور و غیاب", "Rolls")),
        rolls: rolls.collect(),
        tabs: ground.tabs(night),
        is_tonight: night == tonight,
        label: ground.label(night),
        date: ground.date(night),
        ground,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}
