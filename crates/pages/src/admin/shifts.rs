//! Shifts: hours that are given once and made for the venues and nights that are chosen.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Days, NaiveTime, Utc};
use khademyar_domain::{jalali::night_label, persian};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    bulk::{Batch, Made},
    done,
    rows::Row,
};
use crate::{
    Pages,
    form::{Choice, Filled, Input, Shape, fill, number, refusal, written},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::{Problem, Trouble},
    visitor::Visitor,
};

/// How many stretches of time the form takes at once.
const WINDOWS: usize = 3;
/// A shift that begins before this hour belongs to the evening before.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(6, 0, 0).expect("six o'clock is an hour");

/// A shift of the API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Shift {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    pub(crate) venue_id: Uuid,
    pub(crate) night: i32,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
}

/// From when until when, on the festival's clocks.
pub(crate) type Hours = (String, String);

impl Shift {
    pub(crate) async fn list(
        pages: &Pages,
        visitor: &Visitor,
        path: &str,
        venue: Option<Uuid>,
    ) -> Result<Vec<Self>, Trouble> {
        let only = venue.map_or_else(String::new, |venue| format!("&venue_id={venue}"));
        pages_of(pages, visitor, &format!("{path}/shifts?limit=500&sort=starts_at{only}")).await
    }

    pub(crate) fn hours(&self, ground: &Ground) -> Hours {
        (ground.hour(self.starts_at), ground.hour(self.ends_at))
    }
}

/// The nights and the ids of shifts at the same hours.
type Group = (Vec<i32>, Vec<Uuid>);

/// The shifts of a venue at the same hours.
struct Shown {
    hours: Hours,
    nights: String,
    /// Their ids, with blanks between them.
    ids: String,
}

struct Venue {
    name: String,
    shifts: Vec<Shown>,
}

#[derive(Template)]
#[template(path = "admin/shifts.html")]
struct ShiftsPage {
    frame: Frame,
    ground: Ground,
    venues: Vec<Venue>,
    form: Vec<Input>,
    /// Whether there are nights and venues to make shifts for.
    is_ready: bool,
    fault: Option<String>,
    made: Option<(usize, Uuid)>,
}

impl ShiftsPage {
    /// Where one is after something was undone.
    fn back(&self) -> String {
        format!("/admin/{}/shifts", self.ground.festival_id)
    }
}

fn form(visitor: &Visitor, ground: &Ground, venues: &[Row]) -> Vec<Input> {
    let mut form = Vec::new();
    for window in 1..=WINDOWS {
        let label =
            |fa: &str, en: &str| format!("{} {}", visitor.say(fa, en), written(window, visitor.language));
        let mut from =
            Input::new(Shape::Hour, &format!("from{window}"), label("از؛ شیفت", "From, shift")).plain();
        let mut until =
            Input::new(Shape::Hour, &format!("until{window}"), label("تا؛ شیفت", "Until, shift")).plain();
        if window == 1 {
            (from, until) = (from.required().value("18:00"), until.required().value("21:00"));
        }
        form.extend([from, until]);
    }
    let mut places = Input::new(Shape::Ticks, "venue", visitor.say("در کدام مکان‌ها", "At which venues"));
    places.options = venues
        .iter()
        .map(|venue| Choice {
            value: venue.id.to_string(),
            label: venue.title(visitor.language),
            is_chosen: true,
        })
        .collect();
    form.extend([places, nights(visitor, ground, "night", visitor.say("در کدام شب‌ها", "On which nights"))]);
    form
}

fn joined(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" ")
}

/// The festival's nights, to be ticked; all of them are.
pub(super) fn nights(visitor: &Visitor, ground: &Ground, name: &str, label: &str) -> Input {
    let mut ticks = Input::new(Shape::Ticks, name, label);
    ticks.options = (0..ground.nights.len())
        .map(|night| Choice {
            value: night.to_string(),
            label: night_label(night as u32 + 1, visitor.language),
            is_chosen: true,
        })
        .collect();
    ticks
}

/// Nights in words, runs of them as such: «شب‌های ۱ تا ۳، ۵».
pub(super) fn told(nights: &[i32], frame: &Frame) -> String {
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for &night in nights {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == night => *last = night,
            Some((_, last)) if *last == night => {}
            _ => runs.push((night, night)),
        }
    }
    let words = runs.into_iter().map(|(first, last)| {
        if first == last {
            frame.n(first + 1)
        } else {
            format!("{} {} {}", frame.n(first + 1), frame.say("تا", "to"), frame.n(last + 1))
        }
    });
    let words: Vec<String> = words.collect();
    let one = nights.len() == 1;
    let nights = if one { frame.say("شب", "night") } else { frame.say("شب‌های", "nights") };
    format!("{nights} {}", words.join(frame.say("، ", ", ")))
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    made: Made,
    refused: Option<(Filled, String)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let frame = Frame::new(visitor, visitor.say("شیفت‌ها", "Shifts"));
    let path = ground.path();
    let venues: Vec<Row> = pages_of(pages, visitor, &format!("{path}/venues?limit=500")).await?;
    let mut groups: BTreeMap<Uuid, BTreeMap<Hours, Group>> = BTreeMap::new();
    for shift in Shift::list(pages, visitor, &path, None).await? {
        let hours = groups.entry(shift.venue_id).or_default().entry(shift.hours(&ground)).or_default();
        hours.0.push(shift.night);
        hours.1.push(shift.id);
    }
    let mut form = form(visitor, &ground, &venues);
    let (mut status, mut fault) = (StatusCode::OK, None);
    if let Some((filled, why)) = refused {
        fill(&mut form, &filled);
        (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some(why));
    }
    let is_ready = !venues.is_empty() && !ground.nights.is_empty();
    let shown = venues.into_iter().filter_map(|venue| {
        let mut shifts: Vec<(i32, Shown)> = groups
            .remove(&venue.id)?
            .into_iter()
            .map(|(hours, (mut nights, ids))| {
                nights.sort_unstable();
                (nights[0], Shown { hours, nights: told(&nights, &frame), ids: joined(&ids) })
            })
            .collect();
        shifts.sort_by_key(|(first, _)| *first);
        let shifts = shifts.into_iter().map(|(_, shown)| shown).collect();
        Some(Venue { name: venue.title(visitor.language), shifts })
    });
    let venues = shown.collect();
    let made = made.shown();
    Ok(page(visitor, status, &ShiftsPage { frame, ground, venues, form, is_ready, fault, made }))
}

/// Shows the shifts, and the form that makes more.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Query(made): Query<Made>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, made, None).await
}

/// The stretches of time that were given, or what is wrong with them.
fn windows(visitor: &Visitor, filled: &Filled) -> Result<Vec<(NaiveTime, NaiveTime)>, String> {
    let mut windows = Vec::new();
    for window in 1..=WINDOWS {
        let [from, until] = ["from", "until"].map(|name| filled.get(&format!("{name}{window}")).to_owned());
        if from.is_empty() && until.is_empty() {
            continue;
        }
        let read = |text: &str| NaiveTime::parse_from_str(&persian::normalise(text), "%H:%M").ok();
        match (read(&from), read(&until)) {
            (Some(from), Some(until)) if from != until => windows.push((from, until)),
            _ => {
                return Err(visitor
                    .say(
                        "آغاز و پایان هر شیفت را مانند ۱۸:۰۰ و ۲۱:۰۰ بنویسید.",
                        "Give the start and the end of each shift, such as 18:00 and 21:00.",
                    )
                    .to_owned());
            }
        }
    }
    Ok(windows)
}

/// Makes the shifts that were asked for and are not there yet.
pub(crate) async fn create(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let windows = match windows(&visitor, &filled) {
        Ok(windows) => windows,
        Err(why) => return shown(&pages, &visitor, festival, Made::default(), Some((filled, why))).await,
    };
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let venues: Vec<Row> = pages_of(&pages, &visitor, &format!("{path}/venues?limit=500")).await?;
    let there = Shift::list(&pages, &visitor, &path, None).await?;
    let mut codes: HashSet<String> = there.iter().map(|shift| shift.code.clone()).collect();
    let mut items = Vec::new();
    for venue in venues.iter().filter(|venue| filled.all("venue").any(|id| id == venue.id.to_string())) {
        for night in filled.all("night").filter_map(number::<usize>) {
            for &(from, until) in &windows {
                let Some((starts_at, ends_at)) = ground.window(night, from, until) else { continue };
                let is_there = there.iter().any(|shift| {
                    shift.venue_id == venue.id
                        && shift.night == night as i32
                        && (shift.starts_at, shift.ends_at) == (starts_at, ends_at)
                });
                if is_there {
                    continue;
                }
                let venue_code = venue.value["code"].as_str().unwrap_or_default();
                let code = free_code(&codes, venue_code, night, from);
                codes.insert(code.clone());
                items.push(body(&code, venue.id, night, (starts_at, ends_at)));
            }
        }
    }
    if items.is_empty() {
        return Ok(done(&pages, &format!("/admin/{festival}/shifts"), "unchanged"));
    }
    match Batch::create(&pages, &visitor, &format!("{path}/shifts"), items).await {
        Ok(batch) => Ok(batch.told_at(&format!("/admin/{festival}/shifts"))),
        Err(trouble) => {
            let why = refusal(trouble).map(|problem: Problem| problem.remedy())?;
            shown(&pages, &visitor, festival, Made::default(), Some((filled, why))).await
        }
    }
}

/// A shift to be made.
pub(super) fn body(
    code: &str,
    venue_id: Uuid,
    night: usize,
    (starts_at, ends_at): (DateTime<Utc>, DateTime<Utc>),
) -> Value {
    json!({"code": code, "venue_id": venue_id, "night": night, "starts_at": starts_at, "ends_at": ends_at})
}

/// A code that no shift has: `m1-3-1800`, and with a number where that is taken.
pub(super) fn free_code(taken: &HashSet<String>, venue: &str, night: usize, from: NaiveTime) -> String {
    let code = format!("{venue}-{}-{}", night + 1, from.format("%H%M"));
    if !taken.contains(&code) {
        return code;
    }
    (2..=taken.len() + 2)
        .map(|number| format!("{code}-{number}"))
        .find(|code| !taken.contains(code))
        .unwrap_or(code)
}

impl Ground {
    /// A stretch of time of a night; hours before morning are after midnight.
    pub(super) fn window(
        &self,
        night: usize,
        from: NaiveTime,
        until: NaiveTime,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let evening = *self.nights.get(night)?;
        let first = if from < MORNING { evening.checked_add_days(Days::new(1))? } else { evening };
        let last = if until <= from { first.checked_add_days(Days::new(1))? } else { first };
        let instant = |date: chrono::NaiveDate, time| {
            let local = date.and_time(time).and_local_timezone(self.timezone).earliest()?;
            Some(local.with_timezone(&Utc))
        };
        Some((instant(first, from)?, instant(last, until)?))
    }
}

/// Takes shifts out; refused as long as they have positions.
pub(crate) async fn remove(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    for id in filled.get("shifts").split_whitespace() {
        let id: Uuid = id.parse().map_err(|_| Trouble::NotFound)?;
        pages.delete(&visitor, &format!("/v1/festivals/{festival}/shifts/{id}")).await?;
    }
    Ok(done(&pages, &format!("/admin/{festival}/shifts"), "removed"))
}
