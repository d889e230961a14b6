//! Shifts that one could take, what one waits for, and nights on which one stands by.

use std::collections::HashSet;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{Method, StatusCode},
    response::Response,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{Frame, page},
    me::{
        Menu, Which, act, news,
        schedule::{Schedule, Slot},
    },
    news::News,
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Seats {
    items: Vec<Seat>,
    full: Vec<Seat>,
}

#[derive(Deserialize)]
struct Waiting {
    items: Vec<Seat>,
    standby_nights: Vec<i32>,
}

#[derive(Deserialize)]
struct Seat {
    position_id: Uuid,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    venue: String,
    specialty: String,
    #[serde(default)]
    travel_minutes: i32,
    #[serde(default)]
    essential_missing: u32,
    #[serde(default)]
    missing: u32,
}

#[derive(Deserialize)]
struct Profile {
    nights: Vec<FestivalNight>,
}

#[derive(Deserialize)]
struct FestivalNight {
    night: i32,
    label: String,
    date: NaiveDate,
    words: String,
}

/// A seat as it is shown.
struct Shown {
    position_id: Uuid,
    slot: Slot,
    travel_minutes: i32,
    /// Whether it cannot be done without.
    is_essential: bool,
    missing: u32,
}

/// A night on which one may stand by.
struct Standby {
    night: FestivalNight,
    stands_by: bool,
}

#[derive(Template)]
#[template(path = "me/shifts.html")]
struct ShiftsPage {
    frame: Frame,
    menu: Menu,
    festival: String,
    news: News,
    /// How many offers wait for an answer.
    offers: usize,
    open: Vec<Shown>,
    waiting: Vec<Shown>,
    full: Vec<Shown>,
    standbys: Vec<Standby>,
}

/// Shows what one could take, best first.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let news = news(&pages, &visitor, which).await?;
    let schedule = Schedule::read(&pages, &visitor, which).await?;
    let seats: Seats = pages.read(&visitor, &which.asks("/v1/me/eligible-shifts")).await?;
    let waiting: Waiting = pages.read(&visitor, &which.asks("/v1/me/waiting")).await?;
    let profile: Profile = pages.read(&visitor, &which.asks("/v1/me/profile")).await?;
    let now = pages.now();
    let services = schedule.nights.iter().flat_map(|night| &night.services);
    let offers = services.filter(|service| service.is_asked() && service.ends_at > now).count();
    let waited: HashSet<Uuid> = waiting.items.iter().map(|seat| seat.position_id).collect();
    let shown = |seat: Seat| Shown {
        position_id: seat.position_id,
        slot: schedule.slot(
            (seat.starts_at, seat.ends_at),
            seat.night,
            (seat.venue, seat.specialty),
            visitor.language,
        ),
        travel_minutes: seat.travel_minutes,
        is_essential: seat.essential_missing > 0,
        missing: seat.missing,
    };
    let others = |seats: Vec<Seat>| {
        seats.into_iter().filter(|seat| !waited.contains(&seat.position_id)).map(shown).collect()
    };
    let evening = schedule.this_evening(now);
    let standbys = profile.nights.into_iter().filter(|night| night.date >= evening).map(|night| {
        let stands_by = waiting.standby_nights.contains(&night.night);
        Standby { night, stands_by }
    });
    let template = ShiftsPage {
        frame: Frame::new(&visitor, visitor.say("خدمت‌های دیگر", "More to take")),
        menu: Menu::at("/me/shifts", which),
        news,
        offers,
        open: others(seats.items),
        full: others(seats.full),
        waiting: waiting.items.into_iter().filter(|seat| seat.starts_at > now).map(shown).collect(),
        standbys: standbys.collect(),
        festival: schedule.festival.clone(),
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Waits for a seat: where one is empty, it is offered at once.
pub(crate) async fn wait(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(position_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/waiting/{position_id}");
    act(&pages, &visitor, Method::PUT, &which.asks(&path), &which.link("/me/shifts"), "waiting").await
}

/// Waits no longer.
pub(crate) async fn leave(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(position_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/waiting/{position_id}");
    act(&pages, &visitor, Method::DELETE, &which.asks(&path), &which.link("/me/shifts"), "left").await
}

/// Stands by for a night.
pub(crate) async fn stand_by(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(night): Path<i32>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/standbys/{night}");
    act(&pages, &visitor, Method::PUT, &which.asks(&path), &which.link("/me/shifts"), "stands_by").await
}

/// Stands by no longer.
pub(crate) async fn stand_down(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(night): Path<i32>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/standbys/{night}");
    act(&pages, &visitor, Method::DELETE, &which.asks(&path), &which.link("/me/shifts"), "stands_down").await
}
