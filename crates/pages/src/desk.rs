//! The coordinator's desk: the night that comes next by venue, who is there, who said no, what is missing.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::{Name, assignment::AssignmentState};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    frame::{Frame, page},
    given_back::{self, GivenBack},
    ground::{Ground, Person, Tab, pages_of},
    news::{Last, News},
    rolls::{self, Way},
    trouble::Trouble,
    visitor::Visitor,
};

/// Which festival's desk, and which night of it.
#[derive(Deserialize)]
pub(crate) struct Which {
    festival: Option<Uuid>,
    night: Option<i32>,
}

#[derive(Deserialize)]
pub(crate) struct Coverage {
    pub(crate) total: Figures,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) struct Figures {
    pub(crate) desired: u32,
    pub(crate) filled: u32,
    pub(crate) essential_missing: u32,
    pub(crate) missing: u32,
}

#[derive(Deserialize)]
pub(crate) struct Cell {
    pub(crate) night: i32,
    pub(crate) venue_id: Uuid,
    pub(crate) specialty_id: Uuid,
    pub(crate) figures: Figures,
}

/// The figures of several cells together.
fn sum(cells: &[Cell]) -> Figures {
    cells.iter().fold(Figures::default(), |sum, Cell { figures, .. }| Figures {
        desired: sum.desired + figures.desired,
        filled: sum.filled + figures.filled,
        essential_missing: sum.essential_missing + figures.essential_missing,
        missing: sum.missing + figures.missing,
    })
}

#[derive(Deserialize)]
struct Assignment {
    state: AssignmentState,
    seat: Seat,
}

#[derive(Deserialize)]
struct Seat {
    volunteer_name: Name,
    specialty_id: Uuid,
    venue_id: Uuid,
}

/// A venue on the board.
struct Board {
    name: String,
    lines: Vec<Line>,
    /// Where its rolls are called.
    rolls: Option<Way>,
}

impl Board {
    /// How many essential seats are empty there.
    fn lacks(&self) -> u32 {
        self.lines.iter().map(|line| line.figures.essential_missing).sum()
    }
}

/// A specialty at a venue: who, and who is missing.
struct Line {
    venue_id: Uuid,
    specialty_id: Uuid,
    specialty: String,
    figures: Figures,
    people: Vec<Person>,
    /// Who said that they do not come.
    gone: Vec<Person>,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    frame: Frame,
    ground: Ground,
    tabs: Vec<Tab>,
    night: i32,
    /// Whether its rolls are soon called, and so are kept on the phone.
    is_tonight: bool,
    label: String,
    date: String,
    total: Figures,
    /// How many seats of other nights were given back, and are empty.
    elsewhere: u32,
    boards: Vec<Board>,
    news: News,
}

/// Shows the board of a night: the one that comes next, unless another is asked for.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::read(&pages, &visitor, which.festival).await?;
    let tonight = ground.tonight(pages.now());
    let night = which.night.unwrap_or(tonight);
    let path = ground.path();
    let address = format!("/desk/events?festival={}", ground.festival_id);
    let news = pages.news(&visitor, &format!("{path}/events"), &address).await?;
    let Coverage { mut cells, .. } = pages.read(&visitor, &format!("{path}/coverage")).await?;
    let mut tabs = ground.tabs(night);
    let given_back = given_back::read(&pages, &visitor, &ground, &cells).await?;
    for tab in &mut tabs {
        tab.given_back = given_back.iter().filter(|line| line.night == tab.night).map(GivenBack::seats).sum();
    }
    let elsewhere = given_back.iter().filter(|line| line.night != night).map(GivenBack::seats).sum();
    cells.retain(|cell| cell.night == night);
    let total = sum(&cells);
    let assignments: Vec<Assignment> =
        pages_of(&pages, &visitor, &format!("{path}/assignments?night={night}&limit=500")).await?;
    let mut people: BTreeMap<(Uuid, Uuid), (Vec<Person>, Vec<Person>)> = BTreeMap::new();
    for Assignment { state, seat } in assignments {
        let (here, gone) = people.entry((seat.venue_id, seat.specialty_id)).or_default();
        let person = Person { name: seat.volunteer_name.in_language(visitor.language), state };
        match state {
            AssignmentState::Declined | AssignmentState::Withdrawn | AssignmentState::NoShow => {
                gone.push(person);
            }
            state if state.holds_seat() => here.push(person),
            _ => {}
        }
    }
    let mut rolls = rolls::ways(&pages, &visitor, &ground, night).await?;
    let mut boards: Vec<(Uuid, Board)> = Vec::new();
    for cell in cells {
        let (people, gone) = people.remove(&(cell.venue_id, cell.specialty_id)).unwrap_or_default();
        let line = Line {
            venue_id: cell.venue_id,
            specialty_id: cell.specialty_id,
            specialty: ground.specialty(&cell.specialty_id),
            figures: cell.figures,
            people,
            gone,
        };
        if let Some((_, board)) = boards.iter_mut().find(|(id, _)| *id == cell.venue_id) {
            board.lines.push(line);
        } else {
            let (name, rolls) = (ground.venue(&cell.venue_id), rolls.remove(&cell.venue_id));
            boards.push((cell.venue_id, Board { name, lines: vec![line], rolls }));
        }
    }
    let mut boards: Vec<Board> = boards.into_iter().map(|(_, board)| board).collect();
    // Where somebody essential is missing comes first.
    boards.sort_by_key(|board| std::cmp::Reverse(board.lacks()));
    let template = DeskPage {
        frame: Frame::new(&visitor, visitor.say("میز هماهنگی", "The desk")),
        tabs,
        night,
        is_tonight: night == tonight,
        label: ground.label(night),
        date: ground.date(night),
        total,
        elsewhere,
        boards,
        news,
        ground,
    };
    Ok(page(&visitor, StatusCode::OK, &template))
}

/// Follows what happens, for a script that then makes the page anew.
pub(crate) async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
    Last(last): Last,
) -> Result<Response, Trouble> {
    let festival = which.festival.ok_or(Trouble::NotFound)?;
    pages.stream(&visitor, &format!("/v1/festivals/{festival}/events"), last).await
}

/// A night's figures of one specialty at one venue.
struct Heat {
    night: i32,
    figures: Option<Figures>,
}

impl Heat {
    /// How much of what is asked there is, from 0 to 4; essential people missing are 0.
    fn warmth(&self) -> u32 {
        match self.figures {
            None => 5,
            Some(figures) if figures.essential_missing > 0 => 0,
            Some(Figures { desired: 0, .. }) => 4,
            Some(Figures { desired, filled, .. }) => 1 + (filled.min(desired) * 3 / desired),
        }
    }
}

struct Row {
    venue: String,
    venue_id: Uuid,
    specialty: String,
    specialty_id: Uuid,
    cells: Vec<Heat>,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    frame: Frame,
    ground: Ground,
    labels: Vec<String>,
    total: Figures,
    rows: Vec<Row>,
}

/// Shows what is covered, by venue and specialty, night for night.
pub(crate) async fn coverage(
    State(pages): State<Pages>,
    visitor: Visitor,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let ground = Ground::read(&pages, &visitor, which.festival).await?;
    let coverage: Coverage = pages.read(&visitor, &format!("{}/coverage", ground.path())).await?;
    let nights = ground.nights.len() as i32;
    let mut cells: BTreeMap<(String, String, Uuid, Uuid), BTreeMap<i32, Figures>> = BTreeMap::new();
    for cell in coverage.cells {
        let names = (ground.venue(&cell.venue_id), ground.specialty(&cell.specialty_id));
        let row = cells.entry((names.0, names.1, cell.venue_id, cell.specialty_id)).or_default();
        row.insert(cell.night, cell.figures);
    }
    let rows = cells.into_iter().map(|((venue, specialty, venue_id, specialty_id), figures)| {
        let cells = (0..nights).map(|night| Heat { night, figures: figures.get(&night).copied() }).collect();
        Row { venue, venue_id, specialty, specialty_id, cells }
    });
    let rows = rows.collect();
    let frame = Frame::new(&visitor, visitor.say("پوشش شب‌ها", "Coverage"));
    let labels = (1..=nights.unsigned_abs()).map(|ordinal| frame.n(ordinal)).collect();
    let template = CoveragePage { frame, ground, labels, total: coverage.total, rows };
    Ok(page(&visitor, StatusCode::OK, &template))
}
