//! What shifts ask for, at a glance: people asked for by venue and night.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{jalali::night_label, position::AskedGender};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    bulk::Made,
    rows::Row,
    shifts::{Shift, nights},
};
use crate::{
    Pages,
    form::{Input, Shape},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// A position of the API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Position {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) code: String,
    pub(crate) shift_id: Uuid,
    pub(crate) specialty_id: Uuid,
    pub(crate) min_level: i32,
    pub(crate) gender: AskedGender,
    pub(crate) minimum: u32,
    pub(crate) desired: u32,
    pub(crate) weight: i32,
}

impl Position {
    pub(crate) async fn list(pages: &Pages, visitor: &Visitor, path: &str) -> Result<Vec<Self>, Trouble> {
        pages_of(pages, visitor, &format!("{path}/positions?limit=500")).await
    }
}

/// A venue on a night.
struct Cell {
    minimum: u32,
    desired: u32,
    has_shifts: bool,
}

struct Line {
    venue_id: Uuid,
    venue: String,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "admin/positions.html")]
struct PositionsPage {
    frame: Frame,
    ground: Ground,
    lines: Vec<Line>,
    totals: Vec<u32>,
    copying: Vec<Input>,
    /// The venue that a night is copied at; none: all of them.
    only: Option<Uuid>,
    made: Option<(usize, Uuid)>,
}

impl PositionsPage {
    /// Where one is after something was undone.
    fn back(&self) -> String {
        format!("/admin/{}/positions", self.ground.festival_id)
    }
}

/// What is asked to copy a night to others.
pub(super) fn copying(visitor: &Visitor, ground: &Ground) -> Vec<Input> {
    let from = (0..ground.nights.len())
        .map(|night| (night.to_string(), night_label(night as u32 + 1, visitor.language)));
    vec![
        Input::new(Shape::Choice, "from", visitor.say("از", "From")).options(from).value("0"),
        nights(visitor, ground, "to", visitor.say("به", "To")),
    ]
}

/// Shows how many people are asked for, by venue and night.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Query(made): Query<Made>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let venues: Vec<Row> = pages_of(&pages, &visitor, &format!("{path}/venues?limit=500")).await?;
    let shifts = Shift::list(&pages, &visitor, &path, None).await?;
    let mut asked: BTreeMap<Uuid, (u32, u32)> = BTreeMap::new();
    for position in Position::list(&pages, &visitor, &path).await? {
        let (minimum, desired) = asked.entry(position.shift_id).or_default();
        *minimum += position.minimum;
        *desired += position.desired;
    }
    let nights = ground.nights.len();
    let mut totals = vec![0; nights];
    let lines = venues.into_iter().map(|venue| {
        let mut cells: Vec<Cell> =
            (0..nights).map(|_| Cell { minimum: 0, desired: 0, has_shifts: false }).collect();
        for shift in shifts.iter().filter(|shift| shift.venue_id == venue.id) {
            let Some(cell) = usize::try_from(shift.night).ok().and_then(|night| cells.get_mut(night)) else {
                continue;
            };
            let (minimum, desired) = asked.get(&shift.id).copied().unwrap_or_default();
            cell.minimum += minimum;
            cell.desired += desired;
            cell.has_shifts = true;
            totals[shift.night.unsigned_abs() as usize] += desired;
        }
        Line { venue_id: venue.id, venue: venue.title(visitor.language), cells }
    });
    let lines = lines.collect();
    let frame = Frame::new(&visitor, visitor.say("جایگاه‌ها", "Positions"));
    let copying = copying(&visitor, &ground);
    let made = made.shown();
    Ok(page(
        &visitor,
        StatusCode::OK,
        &PositionsPage { frame, ground, lines, totals, copying, only: None, made },
    ))
}
