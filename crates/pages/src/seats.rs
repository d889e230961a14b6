//! Empty seats: why they are empty, who could take them, and giving one to somebody.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{Name, jalali::night_label};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{Frame, page},
    ground::Ground,
    session::done,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many candidates of a position are shown, and of those who could not.
const SHOWN: usize = 8;

/// Which seats: those of a specialty at a venue on a night.
#[derive(Deserialize)]
pub(crate) struct Which {
    festival: Uuid,
    night: i32,
    venue: Uuid,
    specialty: Uuid,
}

#[derive(Deserialize)]
struct Unfilled {
    items: Vec<Empty>,
}

/// A position with fewer people than it desires.
#[derive(Deserialize)]
struct Empty {
    position_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    desired: u32,
    filled: u32,
    essential_missing: u32,
    funnel: Funnel,
}

/// How many people are left after each rule.
#[derive(Deserialize)]
struct Funnel {
    registered: u32,
    specialty: u32,
    level: u32,
    gender: u32,
    available: u32,
    reach: u32,
    not_assigned: u32,
    rested: u32,
    free: u32,
}

#[derive(Deserialize)]
struct Candidates {
    eligible: u32,
    #[serde(rename = "candidates")]
    best: Vec<Candidate>,
    others: Vec<Excluded>,
}

#[derive(Deserialize)]
struct Candidate {
    volunteer_id: Uuid,
    volunteer_name: Name,
    change: Change,
    travel_minutes: i32,
    nights: u32,
    standby: bool,
}

#[derive(Deserialize)]
struct Change {
    essential: i64,
    cost: i64,
}

#[derive(Deserialize)]
struct Excluded {
    volunteer_name: Name,
    reasons: Vec<String>,
}

/// A position as it is shown.
struct Shown {
    empty: Empty,
    hours: (String, String),
    people: Candidates,
}

impl Funnel {
    /// The rules in order, with how many people are left after each.
    fn steps(&self) -> [(&'static str, &'static str, u32); 9] {
        [
            ("ثبت‌نام کرده‌اند", "are registered", self.registered),
            ("این عرصه را می‌شناسند", "have the specialty", self.specialty),
            ("درجهٔ کافی دارند", "have the level", self.level),
            ("از همان بانوان یا آقایان‌اند", "are of the gender asked for", self.gender),
            ("آن ساعت می‌توانند بیایند", "can come at that hour", self.available),
            ("خانه‌شان دور نیست", "live near enough", self.reach),
            ("همین جا را ندارند", "are not here already", self.not_assigned),
            ("استراحت کافی دارند", "have rest enough", self.rested),
            ("آن شب کار دیگری ندارند", "do nothing else that night", self.free),
        ]
    }
}

impl Excluded {
    /// Every reason, in words.
    fn told(&self, frame: &Frame) -> String {
        let words: Vec<&str> = self.reasons.iter().map(|reason| reason_words(reason, frame)).collect();
        words.join(frame.say("، ", ", "))
    }
}

fn reason_words(reason: &str, frame: &Frame) -> &'static str {
    let (fa, en) = match reason {
        "specialty_missing" => ("این عرصه را ندارد", "has not the specialty"),
        "level_too_low" => ("درجه کافی نیست", "the level is too low"),
        "specialty_unconfirmed" => ("تخصص تأیید نشده", "the specialty is not confirmed"),
        "gender" => ("جایگاه بانوان یا آقایان", "the place is for the other gender"),
        "unavailable" => ("آن ساعت نمی‌تواند", "cannot come at that hour"),
        "overlap" => ("همان ساعت جای دیگری است", "serves elsewhere at that hour"),
        "travel_too_long" => ("راه دور است", "the way is too long"),
        "rest_too_short" => ("استراحت کم است", "too little rest"),
        "shifts_per_night" => ("آن شب شیفت دیگری نمی‌پذیرد", "takes no more shifts that night"),
        "nights_limit" => ("شب بیشتری نمی‌پذیرد", "takes no more nights"),
        "consecutive_nights" => ("شب‌های پیاپی زیاد می‌شود", "too many nights in a row"),
        "apart" => ("نباید با کسی در این شیفت هم‌شیفت باشد", "is to be kept apart from somebody there"),
        "full" => ("جا پر است", "no seat is empty"),
        "already_assigned" => ("همین جا را دارد", "is there already"),
        "declined_before" => ("پیش‌تر نه گفته", "said no before"),
        "started" => ("شیفت آغاز شده", "the shift has started"),
        "ended" => ("شیفت پایان یافته", "the shift is over"),
        _ => ("قاعده‌ای مانع است", "a rule is against it"),
    };
    frame.say(fa, en)
}

#[derive(Template)]
#[template(path = "seats.html")]
struct SeatsPage {
    frame: Frame,
    ground: Ground,
    which: Which,
    label: String,
    shown: Vec<Shown>,
}

impl SeatsPage {
    fn name(&self, name: &Name) -> String {
        name.in_language(self.frame.language)
    }
}

/// Shows the empty seats of a specialty at a venue on a night.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::read(&pages, &visitor, Some(which.festival)).await?;
    let path = ground.path();
    let Which { night, venue, specialty, .. } = which;
    let query = format!("night={night}&venue_id={venue}&specialty_id={specialty}&limit=20");
    let Unfilled { items } = pages.read(&visitor, &format!("{path}/unfilled?{query}")).await?;
    let mut shown = Vec::new();
    for empty in items {
        let candidates = format!("{path}/positions/{}/candidates?limit={SHOWN}", empty.position_id);
        let people: Candidates = pages.read(&visitor, &candidates).await?;
        let hours = (ground.hour(empty.starts_at), ground.hour(empty.ends_at));
        shown.push(Shown { empty, hours, people });
    }
    let frame = Frame::new(&visitor, visitor.say("جاهای خالی", "Empty seats"));
    let label = night_label(night.unsigned_abs() + 1, visitor.language);
    Ok(page(&visitor, StatusCode::OK, &SeatsPage { frame, ground, which, label, shown }))
}

#[derive(Deserialize)]
pub(crate) struct Assign {
    festival: Uuid,
    position: Uuid,
    volunteer: Uuid,
    night: i32,
}

/// Gives a seat to somebody, who is asked. Refused with every rule that is against it.
pub(crate) async fn assign(
    State(pages): State<Pages>,
    visitor: Visitor,
    Form(wanted): Form<Assign>,
) -> Result<Response, Trouble> {
    let body = json!({"volunteer_id": wanted.volunteer, "position_id": wanted.position});
    pages.post(&visitor, &format!("/v1/festivals/{}/assignments", wanted.festival), body).await?;
    Ok(done(&pages, &format!("/desk?festival={}&night={}", wanted.festival, wanted.night), "assigned"))
}
