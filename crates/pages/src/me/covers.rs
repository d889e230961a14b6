//! Somebody else instead of oneself: asked for, asked of one, answered.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{Method, StatusCode},
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Name,
    cover::{AskState, CoverState},
    language::Language,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{Frame, page},
    me::{
        Menu, Which, act, done, news,
        schedule::{Schedule, Service, Slot},
    },
    news::News,
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Covers {
    items: Vec<Cover>,
}

#[derive(Deserialize)]
struct Cover {
    id: Uuid,
    state: CoverState,
    position_id: Uuid,
    #[serde(flatten)]
    seat: Seat,
    in_return: Option<Seat>,
    asker: Option<Somebody>,
    taker: Option<Somebody>,
    asked: u32,
    refused: u32,
    mine: Option<AskState>,
}

#[derive(Deserialize)]
struct Seat {
    venue: Name,
    specialty: Name,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Somebody {
    volunteer_id: Uuid,
    name: Name,
}

impl Seat {
    fn slot(&self, schedule: &Schedule, language: Language) -> Slot {
        let place = (self.venue.in_language(language), self.specialty.in_language(language));
        schedule.slot((self.starts_at, self.ends_at), self.night, place, language)
    }
}

/// A request as it is shown.
struct Shown {
    id: Uuid,
    slot: Slot,
    /// What is wanted for it, where it is a swap.
    in_return: Option<Slot>,
    state: CoverState,
    asker: Option<String>,
    taker: Option<String>,
    asked: u32,
    refused: u32,
    mine: Option<AskState>,
}

impl Shown {
    /// Whether one can still say yes or no.
    fn is_open_to_me(&self) -> bool {
        self.state == CoverState::Open && self.mine == Some(AskState::Asked)
    }

    /// Whether nothing is decided yet.
    fn is_pending(&self) -> bool {
        matches!(self.state, CoverState::Open | CoverState::Taken)
    }

    /// How one's own request stands.
    fn standing(&self, frame: &Frame) -> String {
        let taker = self.taker.as_deref().unwrap_or("—");
        match self.state {
            CoverState::Open => {
                let waits = self.asked.saturating_sub(self.refused);
                format!(
                    "{} {} {}",
                    frame.say("از", "Asked:"),
                    frame.n(self.asked),
                    if frame.is_persian() {
                        format!("نفر پرسیدیم؛ پاسخ {} نفر مانده است.", frame.n(waits))
                    } else {
                        format!("people; {waits} have yet to answer.")
                    }
                )
            }
            CoverState::Taken if frame.is_persian() => {
                format!("{taker} پذیرفت؛ هماهنگ‌کننده باید تأیید کند.")
            }
            CoverState::Taken => format!("{taker} said yes; your coordinator has yet to approve."),
            CoverState::Approved if frame.is_persian() => format!("{taker} به جای شما می‌آید."),
            CoverState::Approved => format!("{taker} comes in your place."),
            CoverState::Declined => {
                frame.say("هماهنگ‌کننده تأیید نکرد.", "Your coordinator did not approve.").to_owned()
            }
            CoverState::Cancelled => frame.say("پس گرفته شد.", "Taken back.").to_owned(),
            CoverState::Expired => {
                frame.say("تا آغاز خدمت کسی نپذیرفت.", "Nobody said yes before it began.").to_owned()
            }
        }
    }

    /// What came of what one was asked.
    fn outcome<'a>(&self, frame: &'a Frame) -> &'a str {
        match (self.mine, self.state) {
            (Some(AskState::Yes), CoverState::Taken) => frame.say(
                "پذیرفتید؛ هماهنگ‌کننده باید تأیید کند.",
                "You said yes; the coordinator has yet to approve.",
            ),
            (Some(AskState::Yes), CoverState::Approved) => {
                frame.say("با شماست. سپاس!", "It is yours. Thank you!")
            }
            (Some(AskState::Yes), CoverState::Declined) => {
                frame.say("هماهنگ‌کننده تأیید نکرد.", "The coordinator did not approve.")
            }
            (Some(AskState::No), _) => frame.say("گفتید که نمی‌توانید.", "You said that you cannot."),
            _ => frame.say("دیگر نیازی نیست.", "There is no need any more."),
        }
    }
}

/// A service of one's own that somebody else could have.
struct OwnService {
    night: String,
    date: String,
    service: Service,
}

#[derive(Template)]
#[template(path = "me/covers.html")]
struct CoversPage {
    frame: Frame,
    menu: Menu,
    festival: String,
    news: News,
    asked_of_me: Vec<Shown>,
    mine: Vec<Shown>,
    services: Vec<OwnService>,
    past: Vec<Shown>,
}

/// Shows what one is asked and what one asked for.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let news = news(&pages, &visitor, which).await?;
    let mut schedule = Schedule::read(&pages, &visitor, which).await?;
    let covers: Covers = pages.read(&visitor, &which.asks("/v1/me/covers")).await?;
    let now = pages.now();
    let nights = std::mem::take(&mut schedule.nights);
    let (mut asked_of_me, mut mine, mut past, mut pending) = (vec![], vec![], vec![], vec![]);
    for cover in covers.items {
        let is_mine = cover.asker.as_ref().is_some_and(|asker| asker.volunteer_id == schedule.volunteer_id);
        let name = |somebody: Option<Somebody>| somebody.map(|one| one.name.in_language(visitor.language));
        let shown = Shown {
            id: cover.id,
            slot: cover.seat.slot(&schedule, visitor.language),
            in_return: cover.in_return.map(|seat| seat.slot(&schedule, visitor.language)),
            state: cover.state,
            asker: name(cover.asker),
            taker: name(cover.taker),
            asked: cover.asked,
            refused: cover.refused,
            mine: cover.mine,
        };
        let to_come = cover.seat.starts_at > now;
        match (is_mine, shown.is_pending() && to_come) {
            (true, true) => {
                pending.push(cover.position_id);
                mine.push(shown);
            }
            (false, _) if shown.is_open_to_me() && to_come => asked_of_me.push(shown),
            _ => past.push(shown),
        }
    }
    let services = nights.into_iter().flat_map(|night| {
        let (label, date) = (night.label, night.words);
        night.services.into_iter().map(move |service| OwnService {
            night: label.clone(),
            date: date.clone(),
            service,
        })
    });
    let free =
        |one: &OwnService| one.service.may_change_hands(now) && !pending.contains(&one.service.position_id);
    let template = CoversPage {
        frame: Frame::new(&visitor, visitor.say("جانشین و جابه‌جایی", "Covers and swaps")),
        menu: Menu::at("/me/covers", which),
        news,
        asked_of_me,
        mine,
        services: services.filter(free).collect(),
        past,
        festival: schedule.festival,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

#[derive(Deserialize)]
struct SwapSeats {
    items: Vec<SwapSeat>,
}

#[derive(Deserialize)]
struct SwapSeat {
    assignment_id: Uuid,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    venue: String,
    specialty: String,
}

/// A seat that one could have in return.
struct InReturn {
    assignment_id: Uuid,
    slot: Slot,
}

#[derive(Template)]
#[template(path = "me/cover.html")]
struct CoverPage {
    frame: Frame,
    menu: Menu,
    night: String,
    date: String,
    service: Service,
    in_return: Vec<InReturn>,
}

/// Asks whether somebody shall take a service over, or change places.
pub(crate) async fn choose(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let mut schedule = Schedule::read(&pages, &visitor, which).await?;
    let seats: SwapSeats = pages.read(&visitor, &format!("/v1/me/assignments/{assignment_id}/swaps")).await?;
    let in_return = seats.items.into_iter().map(|seat| InReturn {
        assignment_id: seat.assignment_id,
        slot: schedule.slot(
            (seat.starts_at, seat.ends_at),
            seat.night,
            (seat.venue, seat.specialty),
            visitor.language,
        ),
    });
    let in_return = in_return.collect();
    let found = std::mem::take(&mut schedule.nights).into_iter().find_map(|night| {
        let service = night.services.into_iter().find(|one| one.assignment_id == assignment_id)?;
        Some((night.label, night.words, service))
    });
    let (night, date, service) = found.ok_or(Trouble::NotFound)?;
    let template = CoverPage {
        frame: Frame::new(&visitor, visitor.say("کسی به جای من", "Somebody instead of me")),
        menu: Menu::at("/me/covers", which),
        night,
        date,
        service,
        in_return,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Asks all who could to take one's service over.
pub(crate) async fn ask(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    pages.post(&visitor, &format!("/v1/me/assignments/{assignment_id}/covers"), json!({})).await?;
    Ok(done(&pages, &which.link("/me/covers"), "cover_asked"))
}

#[derive(Deserialize)]
pub(crate) struct Swap {
    assignment_id: Uuid,
}

/// Asks somebody to change places.
pub(crate) async fn swap(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
    Query(which): Query<Which>,
    Form(Swap { assignment_id: theirs }): Form<Swap>,
) -> Result<Response, Trouble> {
    let body = json!({"assignment_id": theirs});
    pages.post(&visitor, &format!("/v1/me/assignments/{assignment_id}/swaps"), body).await?;
    Ok(done(&pages, &which.link("/me/covers"), "swap_asked"))
}

/// Says yes to taking a seat over.
pub(crate) async fn accept(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(cover_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/covers/{cover_id}/accept");
    act(&pages, &visitor, Method::POST, &path, &which.link("/me/covers"), "cover_accepted").await
}

/// Says no.
pub(crate) async fn decline(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(cover_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/covers/{cover_id}/decline");
    act(&pages, &visitor, Method::POST, &path, &which.link("/me/covers"), "cover_declined").await
}

/// Takes one's own request back.
pub(crate) async fn cancel(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(cover_id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/covers/{cover_id}");
    act(&pages, &visitor, Method::DELETE, &path, &which.link("/me/covers"), "cover_cancelled").await
}
