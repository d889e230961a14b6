//! Copying a night to others: its shifts where they are missing, and what they ask for.

use std::collections::{HashMap, HashSet};

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use chrono::NaiveTime;
use uuid::Uuid;

use super::{
    bulk::Batch,
    done,
    positions::Position,
    rows::Row,
    sheet::{Kind, position, replace},
    shifts::{Shift, body, free_code},
};
use crate::{
    Pages,
    form::{Filled, number},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// Makes the chosen nights ask for what one night asks for, at one venue or at all. What they ask for beside that stays.
pub(crate) async fn copy(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let venue: Option<Uuid> = filled.get("venue").parse().ok();
    let from: i32 = number(filled.get("from")).unwrap_or_default();
    let to: Vec<usize> = filled.all("to").filter_map(number).filter(|night| *night as i32 != from).collect();
    let back = match venue {
        Some(venue) => format!("/admin/{festival}/positions/{venue}"),
        None => format!("/admin/{festival}/positions"),
    };

    let mut shifts = Shift::list(&pages, &visitor, &path, venue).await?;
    let positions = Position::list(&pages, &visitor, &path).await?;
    let copied: Vec<Shift> = shifts
        .iter()
        .filter(|shift| shift.night == from && positions.iter().any(|position| position.shift_id == shift.id))
        .cloned()
        .collect();
    add_missing(&pages, &visitor, &ground, &copied, &to, &mut shifts).await?;

    let mut codes: HashSet<String> = positions.iter().map(|position| position.code.clone()).collect();
    let mut there: HashMap<(Uuid, Kind), &Position> = HashMap::new();
    for known in &positions {
        there.insert((known.shift_id, Kind::of(known)), known);
    }
    let (mut items, mut changed) = (Vec::new(), Vec::new());
    for source in &copied {
        let asked: Vec<&Position> = positions.iter().filter(|one| one.shift_id == source.id).collect();
        for &night in &to {
            let Some(target) = shifts.iter().find(|shift| is_same(&ground, source, shift, night)) else {
                continue;
            };
            for one in &asked {
                let numbers = (one.minimum, one.desired);
                match there.get(&(target.id, Kind::of(one))) {
                    Some(known) if (known.minimum, known.desired) == numbers => {}
                    Some(known) => changed.push((*known, numbers)),
                    None => items.push(position(
                        &mut codes,
                        (target.id, &target.code),
                        Kind::of(one),
                        numbers,
                        one.weight,
                    )),
                }
            }
        }
    }
    for (known, numbers) in &changed {
        replace(&pages, &visitor, &path, known, known.version, *numbers).await?;
    }
    if items.is_empty() {
        return Ok(done(&pages, &back, if changed.is_empty() { "unchanged" } else { "saved" }));
    }
    Ok(Batch::create(&pages, &visitor, &format!("{path}/positions"), items).await?.told_at(&back))
}

/// Whether a shift is on that night what `source` is on its own: at the same venue, at the same hours.
fn is_same(ground: &Ground, source: &Shift, shift: &Shift, night: usize) -> bool {
    shift.venue_id == source.venue_id
        && shift.night == night as i32
        && shift.hours(ground) == source.hours(ground)
}

/// Makes the shifts that the chosen nights lack.
async fn add_missing(
    pages: &Pages,
    visitor: &Visitor,
    ground: &Ground,
    copied: &[Shift],
    to: &[usize],
    shifts: &mut Vec<Shift>,
) -> Result<(), Trouble> {
    let path = ground.path();
    let venues: Vec<Row> = pages_of(pages, visitor, &format!("{path}/venues?limit=500")).await?;
    let all = Shift::list(pages, visitor, &path, None).await?;
    let mut codes: HashSet<String> = all.iter().map(|shift| shift.code.clone()).collect();
    let (mut made, mut items) = (Vec::new(), Vec::new());
    for source in copied {
        let (from, until) = source.hours(ground);
        let [Ok(from), Ok(until)] = [from, until].map(|hour| NaiveTime::parse_from_str(&hour, "%H:%M"))
        else {
            continue;
        };
        let venue = venues.iter().find(|venue| venue.id == source.venue_id);
        let venue = venue.and_then(|venue| venue.value["code"].as_str()).unwrap_or_default();
        for &night in
            to.iter().filter(|night| !shifts.iter().any(|shift| is_same(ground, source, shift, **night)))
        {
            let Some((starts_at, ends_at)) = ground.window(night, from, until) else { continue };
            let code = free_code(&codes, venue, night, from);
            codes.insert(code.clone());
            items.push(body(&code, source.venue_id, night, (starts_at, ends_at)));
            made.push(Shift {
                id: Uuid::nil(),
                code,
                venue_id: source.venue_id,
                night: night as i32,
                starts_at,
                ends_at,
            });
        }
    }
    if made.is_empty() {
        return Ok(());
    }
    let Batch { ids, .. } = Batch::create(pages, visitor, &format!("{path}/shifts"), items).await?;
    shifts.extend(made.into_iter().zip(ids).map(|(shift, id)| Shift { id, ..shift }));
    Ok(())
}
