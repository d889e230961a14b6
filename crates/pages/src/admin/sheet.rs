//! A venue's sheet: what each of its shifts asks for, a line for each kind of people, a column for each night.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::position::AskedGender;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    bulk::{Batch, Made},
    done,
    positions::{Position, copying},
    rows::Row,
    shifts::{Hours, Shift, nights},
};
use crate::{
    Pages,
    form::{Filled, Input, Shape, fill, number, refusal, written},
    frame::{Frame, page},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// The kind of people that a line of the sheet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kind {
    pub(super) specialty_id: Uuid,
    gender: u8,
    pub(super) min_level: i32,
}

const GENDERS: [(&str, AskedGender); 3] =
    [("any", AskedGender::Any), ("woman", AskedGender::Woman), ("man", AskedGender::Man)];

impl Kind {
    pub(super) fn of(position: &Position) -> Self {
        let gender = GENDERS.iter().position(|(_, gender)| *gender == position.gender).unwrap_or_default();
        Self { specialty_id: position.specialty_id, gender: gender as u8, min_level: position.min_level }
    }

    pub(super) fn gender(self) -> &'static str {
        GENDERS[usize::from(self.gender)].0
    }

    /// As a field is named after it.
    fn key(self) -> String {
        format!("{}.{}.{}", self.specialty_id, self.gender(), self.min_level)
    }

    fn read(key: &str) -> Option<Self> {
        let mut parts = key.split('.');
        let specialty_id = parts.next()?.parse().ok()?;
        let gender = parts.next()?;
        let gender = GENDERS.iter().position(|(name, _)| *name == gender)? as u8;
        Some(Self { specialty_id, gender, min_level: parts.next()?.parse().ok()? })
    }
}

/// A cell of the sheet.
struct Cell {
    /// What its field is called; none where the venue has no such shift that night.
    name: Option<String>,
    value: String,
    label: String,
}

struct Line {
    title: String,
    note: String,
    cells: Vec<Cell>,
}

/// The shifts of the same hours.
struct Window {
    hours: Hours,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "admin/sheet.html")]
struct SheetPage {
    frame: Frame,
    ground: Ground,
    venue_id: Uuid,
    windows: Vec<Window>,
    has_lines: bool,
    line: Vec<Input>,
    copying: Vec<Input>,
    /// The venue that a night is copied at.
    only: Option<Uuid>,
    fault: Option<String>,
    made: Option<(usize, Uuid)>,
}

impl SheetPage {
    /// Where one is after something was undone.
    fn back(&self) -> String {
        format!("/admin/{}/positions/{}", self.ground.festival_id, self.venue_id)
    }
}

/// How many are essential and how many welcome, as it stands in a cell: «۲/۳», or one number where both are the same.
fn cell_text(minimum: u32, desired: u32, frame: &Frame) -> String {
    if minimum == desired { frame.n(desired) } else { frame.n(format_args!("{minimum}/{desired}")) }
}

/// How many are essential and how many welcome; none where it cannot be read.
fn cell_numbers(text: &str) -> Option<(u32, u32)> {
    let (minimum, desired) = text.split_once(['/', '-']).unwrap_or((text, text));
    Some((number(minimum)?, number(desired)?))
}

/// What a venue's sheet is made of.
struct Sheet {
    ground: Ground,
    venue: Row,
    shifts: Vec<Shift>,
    positions: Vec<Position>,
}

impl Sheet {
    async fn read(pages: &Pages, visitor: &Visitor, festival: Uuid, venue: Uuid) -> Result<Self, Trouble> {
        let ground = Ground::organized(pages, visitor, festival).await?;
        let path = ground.path();
        let venue: Row = pages.read(visitor, &format!("{path}/venues/{venue}")).await?;
        let shifts = Shift::list(pages, visitor, &path, Some(venue.id)).await?;
        let mut positions = Position::list(pages, visitor, &path).await?;
        positions.retain(|position| shifts.iter().any(|shift| shift.id == position.shift_id));
        Ok(Self { ground, venue, shifts, positions })
    }

    fn windows(&self, frame: &Frame) -> Vec<Window> {
        let mut windows: Vec<(Hours, Vec<&Shift>)> = Vec::new();
        for shift in &self.shifts {
            let hours = shift.hours(&self.ground);
            match windows.iter_mut().find(|(known, _)| *known == hours) {
                Some((_, shifts)) => shifts.push(shift),
                None => windows.push((hours, vec![shift])),
            }
        }
        let shown = windows.into_iter().map(|(hours, shifts)| {
            let mut by_kind: BTreeMap<Kind, Vec<&Position>> = BTreeMap::new();
            let here = |position: &&Position| shifts.iter().any(|shift| shift.id == position.shift_id);
            for position in self.positions.iter().filter(here) {
                by_kind.entry(Kind::of(position)).or_default().push(position);
            }
            let lines =
                by_kind.into_iter().map(|(kind, positions)| self.line(kind, &positions, &shifts, frame));
            Window { hours, lines: lines.collect() }
        });
        shown.collect()
    }

    fn line(&self, kind: Kind, positions: &[&Position], shifts: &[&Shift], frame: &Frame) -> Line {
        let title = self.ground.specialty(&kind.specialty_id);
        let mut notes = Vec::new();
        match kind.gender() {
            "woman" => notes.push(frame.say("بانوان", "women").to_owned()),
            "man" => notes.push(frame.say("آقایان", "men").to_owned()),
            _ => {}
        }
        if kind.min_level > 1 {
            notes.push(format!("{} {}", frame.say("درجهٔ", "level"), frame.n(kind.min_level)));
        }
        let note = notes.join(frame.say("، ", ", "));
        let cells = (0..self.ground.nights.len()).map(|night| {
            let label = format!(
                "{title} {note}{}{} {}",
                frame.say("، ", ", "),
                frame.say("شب", "night"),
                frame.n(night + 1)
            );
            let shift = shifts.iter().find(|shift| shift.night == night as i32);
            let position =
                positions.iter().find(|position| Some(position.shift_id) == shift.map(|shift| shift.id));
            match (shift, position) {
                (_, Some(position)) => Cell {
                    name: Some(format!("p.{}.{}", position.id, position.version)),
                    value: cell_text(position.minimum, position.desired, frame),
                    label,
                },
                (Some(shift), None) => {
                    Cell { name: Some(format!("n.{}.{}", shift.id, kind.key())), value: String::new(), label }
                }
                (None, None) => Cell { name: None, value: String::new(), label },
            }
        });
        let cells = cells.collect();
        Line { title, note, cells }
    }
}

/// What is asked for a new line.
fn line_form(visitor: &Visitor, ground: &Ground, specialties: &[Row], shifts: &[Shift]) -> Vec<Input> {
    let fields = specialties.iter().map(|row| (row.id.to_string(), row.title(visitor.language)));
    let genders = [("any", "همه", "Anyone"), ("woman", "بانوان", "Women"), ("man", "آقایان", "Men")];
    let levels = [
        ("1", "۱: هر درجه‌ای", "1: any"),
        ("2", "۲ یا بالاتر", "2 or above"),
        ("3", "۳: سرگروه", "3: who leads"),
    ];
    let words = |words: [(&str, &str, &str); 3]| {
        words.map(|(value, fa, en)| (value.to_owned(), visitor.say(fa, en).to_owned()))
    };
    let mut hours: Vec<Hours> = shifts.iter().map(|shift| shift.hours(ground)).collect();
    hours.sort();
    hours.dedup();
    let every = (String::new(), visitor.say("همهٔ ساعت‌ها", "All hours").to_owned());
    let hours = hours.into_iter().map(|(from, until)| {
        let told = format!("{from} {} {until}", visitor.say("تا", "to"));
        (format!("{from}-{until}"), written(told, visitor.language))
    });
    vec![
        Input::new(Shape::Choice, "specialty", visitor.say("عرصه", "Specialty")).options(fields),
        Input::new(Shape::Choice, "gender", visitor.say("چه کسانی", "Who")).options(words(genders)),
        Input::new(Shape::Choice, "level", visitor.say("درجهٔ لازم", "Level needed")).options(words(levels)),
        Input::new(Shape::Choice, "hours", visitor.say("ساعت", "Hours"))
            .options([every].into_iter().chain(hours)),
        Input::new(Shape::Number, "minimum", visitor.say("چند نفر ضروری است", "How many are essential"))
            .required()
            .value(written(1, visitor.language)),
        Input::new(Shape::Number, "desired", visitor.say("چند نفر مطلوب است", "How many are welcome in all"))
            .required()
            .value(written(2, visitor.language)),
        nights(visitor, ground, "night", visitor.say("در کدام شب‌ها", "On which nights")),
    ]
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    sheet: Sheet,
    made: Made,
    refused: Option<(Option<&Filled>, String)>,
) -> Result<Response, Trouble> {
    let mut frame = Frame::new(visitor, sheet.venue.title(visitor.language));
    let path = format!("{}/specialties?limit=500", sheet.ground.path());
    let specialties: Vec<Row> = pages_of(pages, visitor, &path).await?;
    let mut line = line_form(visitor, &sheet.ground, &specialties, &sheet.shifts);
    let (mut status, mut fault) = (StatusCode::OK, None);
    if let Some((filled, why)) = refused {
        if let Some(filled) = filled {
            fill(&mut line, filled);
        }
        (status, fault) = (StatusCode::UNPROCESSABLE_ENTITY, Some(why));
        // Where a form was sent to is no page to come back to.
        frame.here = format!("/admin/{}/positions/{}", sheet.ground.festival_id, sheet.venue.id);
    }
    let windows = sheet.windows(&frame);
    let template = SheetPage {
        has_lines: windows.iter().any(|window| !window.lines.is_empty()),
        windows,
        line,
        copying: copying(visitor, &sheet.ground),
        fault,
        made: made.shown(),
        venue_id: sheet.venue.id,
        only: Some(sheet.venue.id),
        ground: sheet.ground,
        frame,
    };
    Ok(page(visitor, status, &template))
}

/// Shows a venue's sheet.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, venue)): Path<(Uuid, Uuid)>,
    Query(made): Query<Made>,
) -> Result<Response, Trouble> {
    let sheet = Sheet::read(&pages, &visitor, festival, venue).await?;
    shown(&pages, &visitor, sheet, made, None).await
}

/// A position to be made, under a code that none has.
pub(super) fn position(
    codes: &mut HashSet<String>,
    shift: (Uuid, &str),
    kind: Kind,
    (minimum, desired): (u32, u32),
    weight: i32,
) -> Value {
    let (shift_id, shift_code) = shift;
    let mut numbered = (1..=codes.len() + 1).map(|number| format!("{shift_code}-p{number}"));
    let code = numbered.find(|code| !codes.contains(code)).unwrap_or_default();
    codes.insert(code.clone());
    json!({
        "code": code, "shift_id": shift_id, "specialty_id": kind.specialty_id, "gender": kind.gender(),
        "min_level": kind.min_level, "minimum": minimum, "desired": desired, "weight": weight,
    })
}

/// Keeps what was written into the sheet: cells that were changed, emptied, or filled anew.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, venue)): Path<(Uuid, Uuid)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let sheet = Sheet::read(&pages, &visitor, festival, venue).await?;
    let path = sheet.ground.path();
    let unread = || {
        visitor
            .say(
                "در هر خانه یک عدد یا دو عدد مانند ۲/۳ بنویسید.",
                "Write a number into a cell, or two such as 2/3.",
            )
            .to_owned()
    };
    let mut codes: HashSet<String> = sheet.positions.iter().map(|position| position.code.clone()).collect();
    let mut changed = Vec::new();
    let mut emptied = Vec::new();
    for (key, text) in filled.under("p.") {
        let Some((id, version)) = key.split_once('.') else { continue };
        let Some(position) = sheet.positions.iter().find(|position| position.id.to_string() == id) else {
            continue;
        };
        if text.is_empty() {
            emptied.push(position);
            continue;
        }
        let Some(numbers) = cell_numbers(text) else {
            return shown(&pages, &visitor, sheet, Made::default(), Some((None, unread()))).await;
        };
        if numbers != (position.minimum, position.desired) {
            changed.push((position, number::<i64>(version).unwrap_or_default(), numbers));
        }
    }
    let mut items = Vec::new();
    for (key, text) in filled.under("n.").filter(|(_, text)| !text.is_empty()) {
        let Some((shift, kind)) = key.split_once('.') else { continue };
        let shift = sheet.shifts.iter().find(|known| known.id.to_string() == shift);
        let (Some(shift), Some(kind)) = (shift, Kind::read(kind)) else { continue };
        let Some(numbers) = cell_numbers(text) else {
            return shown(&pages, &visitor, sheet, Made::default(), Some((None, unread()))).await;
        };
        items.push(position(&mut codes, (shift.id, &shift.code), kind, numbers, 1));
    }
    let is_same = changed.is_empty() && emptied.is_empty() && items.is_empty();
    for (position, version, numbers) in &changed {
        if let Err(trouble) = replace(&pages, &visitor, &path, position, *version, *numbers).await {
            let why = refusal(trouble)?.remedy();
            return shown(&pages, &visitor, sheet, Made::default(), Some((None, why))).await;
        }
    }
    for position in &emptied {
        pages.delete(&visitor, &format!("{path}/positions/{}", position.id)).await?;
    }
    let back = format!("/admin/{festival}/positions/{venue}");
    if !items.is_empty() {
        return Ok(Batch::create(&pages, &visitor, &format!("{path}/positions"), items)
            .await?
            .told_at(&back));
    }
    Ok(done(&pages, &back, if is_same { "unchanged" } else { "saved" }))
}

/// Writes other numbers into a position; refused where somebody changed it since `version`.
pub(super) async fn replace(
    pages: &Pages,
    visitor: &Visitor,
    path: &str,
    position: &Position,
    version: i64,
    (minimum, desired): (u32, u32),
) -> Result<(), Trouble> {
    let body = json!({
        "code": position.code, "shift_id": position.shift_id, "specialty_id": position.specialty_id,
        "gender": position.gender, "min_level": position.min_level, "minimum": minimum, "desired": desired,
        "weight": position.weight,
    });
    pages.put(visitor, &format!("{path}/positions/{}", position.id), &body, Some(version)).await.map(|_| ())
}

/// Adds a line: the same for all the chosen nights and hours at once. Cells that are filled already stay.
pub(crate) async fn add_line(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, venue)): Path<(Uuid, Uuid)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let sheet = Sheet::read(&pages, &visitor, festival, venue).await?;
    let back = format!("/admin/{festival}/positions/{venue}");
    let key = format!("{}.{}.{}", filled.get("specialty"), filled.get("gender"), filled.get("level"));
    let numbers = number(filled.get("minimum")).zip(number(filled.get("desired")));
    let (Some(kind), Some(numbers)) = (Kind::read(&key), numbers) else {
        let why =
            visitor.say("عرصه و شمار نفرها را بدهید.", "Give the specialty and how many people.").to_owned();
        return shown(&pages, &visitor, sheet, Made::default(), Some((Some(&filled), why))).await;
    };
    let mut codes: HashSet<String> = sheet.positions.iter().map(|position| position.code.clone()).collect();
    let hours = filled.get("hours");
    let wanted = |shift: &&Shift| {
        let (from, until) = shift.hours(&sheet.ground);
        let is_there = sheet
            .positions
            .iter()
            .any(|position| position.shift_id == shift.id && Kind::of(position) == kind);
        (hours.is_empty() || hours == format!("{from}-{until}"))
            && filled.all("night").any(|night| number(night) == Some(shift.night))
            && !is_there
    };
    let items: Vec<Value> = sheet
        .shifts
        .iter()
        .filter(wanted)
        .map(|shift| position(&mut codes, (shift.id, &shift.code), kind, numbers, 1))
        .collect();
    if items.is_empty() {
        return Ok(done(&pages, &back, "unchanged"));
    }
    match Batch::create(&pages, &visitor, &format!("{}/positions", sheet.ground.path()), items).await {
        Ok(batch) => Ok(batch.told_at(&back)),
        Err(trouble) => {
            let why = refusal(trouble)?.remedy();
            shown(&pages, &visitor, sheet, Made::default(), Some((Some(&filled), why))).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cell_numbers;

    #[test]
    fn a_cell_holds_one_number_or_two_in_any_digits() {
        for (text, numbers) in [
            ("3", Some((3, 3))),
            ("۲/۳", Some((2, 3))),
            (" ٢ / ٣ ", Some((2, 3))),
            ("2-3", Some((2, 3))),
            ("", None),
            ("دو", None),
            ("-1", None),
        ] {
            assert_eq!(cell_numbers(text), numbers, "{text}");
        }
    }
}
