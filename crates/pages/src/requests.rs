//! What waits for a coordinator: seats that were given back and are empty, seats that somebody would take over, hours outside
//! shifts, people who want to be let in.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::{
    Name,
    jalali::{long, without_weekday},
    registration::Registration,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Pages,
    desk::Coverage,
    frame::{Frame, page},
    given_back::{self, GivenBack},
    ground::{Ground, Named, pages_of},
    session::done,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many lines of empty seats are shown.
const SHOWN: usize = 30;

/// Which festival's.
#[derive(Deserialize)]
pub(crate) struct Which {
    festival: Option<Uuid>,
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

/// Somebody who would take over a seat.
#[derive(Deserialize)]
struct Cover {
    id: Uuid,
    swap: bool,
    #[serde(flatten)]
    seat: Seat,
    in_return: Option<Seat>,
    asker: Option<Person>,
    taker: Option<Person>,
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
struct Person {
    name: Name,
}

/// What somebody did outside their shifts.
#[derive(Deserialize)]
struct Worked {
    entry: Entry,
    volunteer_name: Name,
}

#[derive(Deserialize)]
struct Entry {
    id: Uuid,
    what: Option<String>,
    started_at: DateTime<Utc>,
    ended_at: DateTime<Utc>,
}

/// Somebody who wants to be let in.
#[derive(Deserialize)]
struct Waiting {
    id: Uuid,
    created_at: DateTime<Utc>,
    registration: Registration,
}

/// A request as it is shown.
struct Shown {
    id: Uuid,
    who: String,
    lines: Vec<String>,
    /// Where they are called.
    phone: Option<String>,
}

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage {
    frame: Frame,
    ground: Ground,
    /// The soonest, and of a night those first that lack somebody essential.
    empty: Vec<GivenBack>,
    /// How many more there are.
    more: usize,
    covers: Vec<Shown>,
    worklog: Vec<Shown>,
    registrations: Vec<Shown>,
}

/// Shows what waits.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::read(&pages, &visitor, which.festival).await?;
    let path = ground.path();
    let covers: Items<Cover> = pages.read(&visitor, &format!("{path}/covers?state=taken")).await?;
    let worked = format!("{path}/worklog?state=waiting&sort=created_at&limit=100");
    let worked: Items<Worked> = pages.read(&visitor, &worked).await?;
    let waiting: Items<Waiting> = pages.read(&visitor, &format!("{path}/registrations")).await?;
    let districts: Vec<Named> = pages_of(&pages, &visitor, &format!("{path}/districts?limit=500")).await?;
    let Coverage { cells, .. } = pages.read(&visitor, &format!("{path}/coverage")).await?;
    let mut empty = given_back::read(&pages, &visitor, &ground, &cells).await?;
    let more = empty.len().saturating_sub(SHOWN);
    empty.truncate(SHOWN);
    let frame = Frame::new(&visitor, visitor.say("در انتظار شما", "Waiting for you"));
    let telling = Telling { frame: &frame, ground: &ground };
    let template = RequestsPage {
        empty,
        more,
        covers: covers.items.iter().map(|cover| telling.cover(cover)).collect(),
        worklog: worked.items.iter().map(|worked| telling.worked(worked)).collect(),
        registrations: waiting.items.iter().map(|waiting| telling.waiting(waiting, &districts)).collect(),
        frame,
        ground,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Requests in words.
struct Telling<'a> {
    frame: &'a Frame,
    ground: &'a Ground,
}

impl Telling<'_> {
    fn cover(&self, cover: &Cover) -> Shown {
        let Cover { id, swap, seat, in_return, asker, taker } = cover;
        let frame = self.frame;
        let name = |person: &Option<Person>| person.as_ref().map(|person| self.name(&person.name));
        let mut lines = vec![match name(asker) {
            Some(asker) if *swap => format!("{} {asker}", frame.say("جابه‌جایی با", "Changes places with")),
            Some(asker) => format!("{} {asker}", frame.say("به جای", "In the place of")),
            None => frame.say("برای جایی خالی", "For an empty seat").to_owned(),
        }];
        lines.push(self.seat(seat));
        if let Some(seat) = in_return {
            lines.push(format!("{} {}", frame.say("در برابر", "In return for"), self.seat(seat)));
        }
        Shown { id: *id, who: name(taker).unwrap_or_default(), lines, phone: None }
    }

    fn worked(&self, Worked { entry, volunteer_name }: &Worked) -> Shown {
        let frame = self.frame;
        let day = entry.started_at.with_timezone(&self.ground.timezone).date_naive();
        let when = format!(
            "{}{}{}",
            long(day, frame.language),
            frame.say("، ", ", "),
            self.hours((entry.started_at, entry.ended_at))
        );
        let lines = entry.what.iter().cloned().chain([when]).collect();
        Shown { id: entry.id, who: self.name(volunteer_name), lines, phone: None }
    }

    fn waiting(&self, Waiting { id, created_at, registration }: &Waiting, districts: &[Named]) -> Shown {
        let frame = self.frame;
        let home = districts.iter().find(|district| district.id == registration.home_district_id.uuid());
        let since = created_at.with_timezone(&self.ground.timezone).date_naive();
        let since = without_weekday(since, frame.language);
        let mut lines: Vec<String> = home.iter().map(|district| self.name(&district.name)).collect();
        lines.push(format!("{} {since}", frame.say("از", "Since")));
        let phone = Some(registration.phone.as_str().to_owned());
        Shown { id: *id, who: registration.name.to_string(), lines, phone }
    }

    fn seat(&self, Seat { venue, specialty, night, starts_at, ends_at }: &Seat) -> String {
        let hours = self.hours((*starts_at, *ends_at));
        let parts = [self.name(specialty), self.name(venue), self.ground.label(*night), hours];
        parts.join(self.frame.say("، ", ", "))
    }

    fn hours(&self, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> String {
        let frame = self.frame;
        let [from, until] = [from, until].map(|at| frame.n(self.ground.hour(at)));
        format!("{from} {} {until}", frame.say("تا", "to"))
    }

    fn name(&self, name: &Name) -> String {
        name.in_language(self.frame.language)
    }
}

/// What is decided: of which festival, and why not.
#[derive(Deserialize)]
pub(crate) struct Decision {
    festival: Uuid,
    reason: Option<String>,
}

/// Says yes or no to a request. The API knows which there are: `covers`, `worklog`, `registrations`.
pub(crate) async fn decide(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((list, id, verb)): Path<(String, Uuid, String)>,
    Form(Decision { festival, reason }): Form<Decision>,
) -> Result<Response, Trouble> {
    let is_known = matches!(list.as_str(), "covers" | "worklog" | "registrations");
    let told = match verb.as_str() {
        "approve" if is_known => "request-approved",
        "decline" if is_known => "request-declined",
        _ => return Err(Trouble::NotFound),
    };
    let path = format!("/v1/festivals/{festival}/{list}/{id}/{verb}");
    let body: Option<Value> = reason.map(|reason| json!({"reason": reason}));
    pages.ask(&visitor, axum::http::Method::POST, &path, body, None).await?;
    Ok(done(&pages, &format!("/desk/requests?festival={festival}"), told))
}
