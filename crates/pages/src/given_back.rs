//! Seats that somebody gave back and nobody took since: what a coordinator has to see to first.

use std::{cmp::Reverse, collections::BTreeMap};

use khademyar_domain::Name;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    desk::{Cell, Figures},
    ground::{Ground, pages_of},
    trouble::Trouble,
    visitor::Visitor,
};

/// An assignment that somebody does not keep.
#[derive(Deserialize)]
struct Gone {
    seat: Seat,
}

#[derive(Deserialize)]
struct Seat {
    volunteer_name: Name,
    venue_id: Uuid,
    specialty_id: Uuid,
    night: i32,
}

/// Empty seats of a specialty at a venue on a night, of which some were given back.
pub(crate) struct GivenBack {
    pub(crate) night: i32,
    pub(crate) venue_id: Uuid,
    pub(crate) specialty_id: Uuid,
    pub(crate) label: String,
    pub(crate) venue: String,
    pub(crate) specialty: String,
    pub(crate) figures: Figures,
    /// Who gave them back.
    pub(crate) names: Vec<String>,
}

impl GivenBack {
    /// How many of the empty seats that is.
    pub(crate) fn seats(&self) -> u32 {
        self.figures.missing.min(self.names.len() as u32)
    }
}

/// Those of nights that are not over, the soonest first, and of a night those first that lack somebody essential.
pub(crate) async fn read(
    pages: &Pages,
    visitor: &Visitor,
    ground: &Ground,
    cells: &[Cell],
) -> Result<Vec<GivenBack>, Trouble> {
    let path = ground.path();
    let mut names: BTreeMap<(i32, Uuid, Uuid), Vec<String>> = BTreeMap::new();
    for state in ["withdrawn", "declined"] {
        let path = format!("{path}/assignments?state={state}&limit=500");
        let gone: Vec<Gone> = pages_of(pages, visitor, &path).await?;
        for Gone { seat } in gone {
            let line = names.entry((seat.night, seat.venue_id, seat.specialty_id)).or_default();
            line.push(seat.volunteer_name.in_language(visitor.language));
        }
    }
    let tonight = ground.tonight(pages.now());
    let open = cells.iter().filter(|cell| cell.night >= tonight && cell.figures.missing > 0);
    let mut given_back: Vec<GivenBack> = open
        .filter_map(|cell| {
            Some(GivenBack {
                names: names.remove(&(cell.night, cell.venue_id, cell.specialty_id))?,
                night: cell.night,
                label: ground.label(cell.night),
                venue: ground.venue(&cell.venue_id),
                venue_id: cell.venue_id,
                specialty: ground.specialty(&cell.specialty_id),
                specialty_id: cell.specialty_id,
                figures: cell.figures,
            })
        })
        .collect();
    given_back.sort_by_key(|line| (line.night, Reverse(line.figures.essential_missing)));
    Ok(given_back)
}
