//! Two rosters beside each other, term by term and person by person; and whom a publication would touch.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{
    jalali::night_label,
    plan::{Score, Terms},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    plans::{Plan, published},
    positions::Position,
    rows::Row,
    shifts::Shift,
};
use crate::{
    Pages,
    frame::{Frame, page},
    ground::Ground,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many people are named on a page.
const SHOWN: usize = 100;

#[derive(Deserialize)]
struct Comparison {
    this: Counted,
    other: Counted,
    kept: u32,
    dropped: u32,
    added: u32,
    people: Vec<Touched>,
}

#[derive(Deserialize)]
struct Counted {
    score: Score,
    terms: Terms,
    broken_rules: u32,
}

#[derive(Deserialize)]
struct Touched {
    volunteer_id: Uuid,
    loses: Vec<Uuid>,
    gains: Vec<Uuid>,
}

/// Which other plan, and from which person on.
#[derive(Deserialize)]
pub(crate) struct Which {
    with: Option<Uuid>,
    #[serde(default)]
    from: usize,
}

/// A term of both.
struct Line {
    name: &'static str,
    this: i64,
    other: i64,
}

impl Line {
    fn is_better(&self) -> bool {
        self.this < self.other
    }

    fn is_worse(&self) -> bool {
        self.this > self.other
    }

    /// By how much, with its sign.
    fn difference(&self, frame: &Frame) -> String {
        let difference = self.this - self.other;
        let sign = match difference {
            1.. => "+",
            0 => "",
            _ => "−",
        };
        // A sign stands on the left of its number in both languages.
        format!("\u{2066}{sign}{}\u{2069}", frame.amount(difference.abs()))
    }
}

/// Somebody whom it touches.
struct Person {
    name: String,
    loses: Vec<String>,
    gains: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/comparison.html")]
struct ComparisonPage {
    frame: Frame,
    ground: Ground,
    plan: Plan,
    with: Option<Uuid>,
    comparison: Comparison,
    lines: Vec<Line>,
    people: Vec<Person>,
    from: usize,
    /// Where the next people are named; none where these are the last.
    next: Option<usize>,
    /// Whether it may be published from here.
    is_preview: bool,
    has_roster: bool,
}

fn lines(frame: &Frame, comparison: &Comparison) -> Vec<Line> {
    let (this, other) = (&comparison.this, &comparison.other);
    let term = |fa, en, of: fn(&Terms) -> i64| Line {
        name: frame.say(fa, en),
        this: of(&this.terms),
        other: of(&other.terms),
    };
    vec![
        Line {
            name: frame.say("جای ضروری خالی (با وزن)", "Essential seats empty, weighted"),
            this: this.score.essential,
            other: other.score.essential,
        },
        Line {
            name: frame.say("هزینه روی هم", "Cost in all"),
            this: this.score.cost,
            other: other.score.cost,
        },
        term("جای مطلوب خالی", "Welcome seats empty", |terms| terms.desired),
        term("راه تا خانه", "Ways from home", |terms| terms.travel),
        term("مکانی که دلخواه نیست", "Venues not preferred", |terms| terms.venue),
        term("خواستهٔ برنیامده", "Wishes not granted", |terms| terms.wish),
        term("کسی که خدمت خواست و نیافت", "Hoped to serve, got less", |terms| terms.idle),
        term("بار نابرابر", "Uneven load", |terms| terms.fairness),
        term("جابه‌جایی میان مکان‌ها", "Changing between venues", |terms| {
            terms.continuity
        }),
        term("همراهان جدا از هم", "Companions apart", |terms| terms.companion),
        term("برداشته از برنامهٔ منتشرشده", "Taken from what is published", |terms| {
            terms.stability
        }),
    ]
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    plan: Uuid,
    which: Which,
    is_preview: bool,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let path = ground.path();
    let plan: Plan = pages.read(visitor, &format!("{path}/plans/{plan}")).await?;
    let with = which.with.map_or_else(String::new, |with| format!("?with={with}"));
    let comparison: Comparison =
        pages.read(visitor, &format!("{path}/plans/{}/comparison{with}", plan.id)).await?;
    let has_roster = published(&Plan::list(pages, visitor, &path).await?).is_some();

    let shifts: HashMap<Uuid, Shift> =
        Shift::list(pages, visitor, &path, None).await?.into_iter().map(|shift| (shift.id, shift)).collect();
    let positions: HashMap<Uuid, Position> = Position::list(pages, visitor, &path)
        .await?
        .into_iter()
        .map(|position| (position.id, position))
        .collect();
    let place = |id: &Uuid| {
        let position = positions.get(id)?;
        let shift = shifts.get(&position.shift_id)?;
        let comma = visitor.say("، ", ", ");
        let night = night_label(shift.night.unsigned_abs() + 1, visitor.language);
        let (venue, specialty) = (ground.venue(&shift.venue_id), ground.specialty(&position.specialty_id));
        Some((shift.starts_at, format!("{night}{comma}{venue}{comma}{specialty}")))
    };
    let places = |ids: &[Uuid]| {
        let mut places: Vec<_> = ids.iter().filter_map(place).collect();
        places.sort();
        places.into_iter().map(|(_, place)| place).collect()
    };
    let mut people = Vec::new();
    for touched in comparison.people.iter().skip(which.from).take(SHOWN) {
        let row: Row = pages.read(visitor, &format!("{path}/volunteers/{}", touched.volunteer_id)).await?;
        people.push(Person {
            name: row.title(visitor.language),
            loses: places(&touched.loses),
            gains: places(&touched.gains),
        });
    }
    let next = which.from + people.len();
    let title = if is_preview {
        visitor.say("پیش از انتشار", "Before it is published")
    } else {
        visitor.say("سنجش دو برنامه", "Two rosters compared")
    };
    let frame = Frame::new(visitor, title);
    let template = ComparisonPage {
        lines: lines(&frame, &comparison),
        next: (next < comparison.people.len()).then_some(next),
        from: which.from,
        with: which.with,
        frame,
        ground,
        plan,
        comparison,
        people,
        is_preview,
        has_roster,
    };
    Ok(page(visitor, StatusCode::OK, &template))
}

/// Compares a plan with another, or with the published roster.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, plan, which, false).await
}

/// Shows whom the publication of a plan would touch.
pub(crate) async fn preview(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, plan, Which { with: None, ..which }, true).await
}
