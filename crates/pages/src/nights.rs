//! *My nights*: where, when, as what and with whom one serves, and saying whether one comes.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use khademyar_domain::{Name, member::Role};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Pages,
    api::Answer,
    frame::{Frame, page},
    me::{
        Menu, Which,
        schedule::{Night, Schedule, Service},
    },
    session,
    trouble::Trouble,
    visitor::Visitor,
};

/// Why one cannot come, as the API knows it, in both languages.
const EXCUSES: [(&str, &str, &str); 5] = [
    ("ill", "بیماری، خودم یا خانواده", "Illness, mine or in the family"),
    ("family", "کاری برای خانواده پیش آمد", "My family needs me"),
    ("work", "کار یا درس", "Work or study"),
    ("transport", "راهی برای آمدن ندارم", "I have no way to get there"),
    ("other", "دلیلی دیگر", "Something else"),
];

#[derive(Deserialize)]
struct Me {
    name: String,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    festival_id: Uuid,
    festival_name: Name,
    role: Role,
}

/// A night as it is shown.
struct Shown {
    night: Night,
    /// Whether it is the one that comes next.
    is_next: bool,
    /// Whether it is over.
    is_past: bool,
}

#[derive(Template)]
#[template(path = "nights.html")]
struct NightsPage {
    frame: Frame,
    menu: Menu,
    name: String,
    festival: String,
    /// The other festivals one serves in.
    others: Vec<(Uuid, String)>,
    to_come: Vec<Shown>,
    past: Vec<Shown>,
    /// How many answers are waited for.
    asked: usize,
    /// When the page was made, on the festival's clocks.
    made_at: String,
}

#[derive(Template)]
#[template(path = "no_nights.html")]
struct NoNightsPage {
    frame: Frame,
    name: String,
}

/// Shows one's nights, the next one first.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    let title = visitor.say("شب‌های من", "My nights");
    let frame = Frame::new(&visitor, title);
    if !me.parts.iter().any(|part| part.role == Role::Volunteer) {
        return Ok(page(&visitor, StatusCode::OK, &NoNightsPage { frame, name: me.name }));
    }
    let Schedule { festival_id, festival, timezone, nights, .. } =
        Schedule::read(&pages, &visitor, which).await?;
    let others =
        me.parts.iter().filter(|part| part.role == Role::Volunteer && part.festival_id != festival_id);
    let others =
        others.map(|part| (part.festival_id, part.festival_name.in_language(visitor.language))).collect();
    let now = pages.now();
    let asked =
        nights.iter().flat_map(|night| &night.services).filter(|one| one.is_asked() && one.ends_at > now);
    let asked = asked.count();
    let made_at = now.with_timezone(&timezone).format("%H:%M").to_string();
    let (past, mut to_come): (Vec<Shown>, Vec<Shown>) = nights
        .into_iter()
        .map(|night| {
            let is_past = night.services.iter().all(|service| service.ends_at <= now);
            Shown { night, is_next: false, is_past }
        })
        .partition(|shown| shown.is_past);
    if let Some(next) = to_come.first_mut() {
        next.is_next = true;
    }
    let menu = Menu::at("/me", which);
    let template = NightsPage { frame, menu, name: me.name, festival, others, to_come, past, asked, made_at };
    Ok(page(&visitor, StatusCode::OK, &template))
}

#[derive(Template)]
#[template(path = "leave.html")]
struct LeavePage {
    frame: Frame,
    night: String,
    service: Service,
    excuses: Vec<(&'static str, &'static str)>,
}

/// Asks why one cannot come, and whether one is sure. A script asks nothing, for it can take back what was not sent yet.
pub(crate) async fn ask_why(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
) -> Result<Response, Trouble> {
    let me: Me = pages.read(&visitor, "/v1/me").await?;
    for part in me.parts.iter().filter(|part| part.role == Role::Volunteer) {
        let schedule = Schedule::read(&pages, &visitor, Which::of(part.festival_id)).await?;
        for night in schedule.nights {
            let Some(service) = night.services.into_iter().find(|one| one.assignment_id == assignment_id)
            else {
                continue;
            };
            let excuses = EXCUSES.map(|(reason, fa, en)| (reason, visitor.say(fa, en))).to_vec();
            let frame = Frame::new(&visitor, visitor.say("نمی‌توانم بیایم", "I cannot come"));
            let template = LeavePage { frame, night: night.label, service, excuses };
            return Ok(page(&visitor, StatusCode::OK, &template));
        }
    }
    Err(Trouble::NotFound)
}

/// Says that one comes.
pub(crate) async fn accept(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/assignments/{assignment_id}/accept");
    let answer = pages.ask(&visitor, Method::POST, &path, None, None).await?;
    Ok(done(&pages, &visitor, answer, "accepted"))
}

#[derive(Deserialize)]
pub(crate) struct Excuse {
    reason: Option<String>,
}

/// Says that one cannot come, however it stands.
pub(crate) async fn withdraw(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(assignment_id): Path<Uuid>,
    headers: HeaderMap,
    Form(Excuse { reason }): Form<Excuse>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/me/assignments/{assignment_id}/withdraw");
    let body = reason.map_or_else(|| json!({}), |reason| json!({"reason": reason}));
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let answer = pages.ask(&visitor, Method::POST, &path, Some(body), key).await?;
    Ok(done(&pages, &visitor, answer, "withdrawn"))
}

/// What the API said, for a script; else one's nights, which tell it.
fn done(pages: &Pages, visitor: &Visitor, answer: Answer, told: &'static str) -> Response {
    if visitor.wants_json {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return (answer.status, kind, answer.into_bytes()).into_response();
    }
    session::done(pages, "/me", told)
}
