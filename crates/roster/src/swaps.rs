//! With whom one could change places.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id,
    assignment::{Assignment, Standing},
    position::Position,
    shift::Shift,
};
use khademyar_storage::{assignments::Live, plans::Pair};

use crate::{
    Known,
    candidates::{Past, obstacles},
};

/// How many seats somebody is told of.
const MOST_SEATS: usize = 30;
/// How many pairs of people are looked at; each takes a moment.
const MOST_TRIED: usize = 120;
/// How many people of one position are looked at.
const MOST_PER_POSITION: usize = 4;

/// A seat that somebody could have in return for theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwapSeat {
    /// Whose assignment that is: of those who could change places, who was asked for anything longest ago.
    pub assignment_id: Id<Assignment>,
    /// The position.
    pub position_id: Id<Position>,
}

/// The seats that the holder of `mine` could have in return for it as the roster `live` stands, each once, in order of
/// time; of the `past` it matters when each was last asked for anything. Nothing of shifts that have started.
#[must_use]
pub fn swap_seats(
    known: &Known,
    live: &[Live],
    mine: &Standing,
    past: &Past,
    now: DateTime<Utc>,
) -> Vec<SwapSeat> {
    let own = (mine.volunteer_id, mine.position_id);
    let (Some((_, who)), Some(shift_id)) = (known.volunteer(own.0), shift_of(known, own.1)) else {
        return Vec::new();
    };
    let mut holders: HashMap<Id<Position>, Vec<&Live>> = HashMap::new();
    for one in live.iter().filter(|one| one.starts_at > now && one.pair.0 != own.0) {
        holders.entry(one.pair.1).or_default().push(one);
    }
    let held_by_me: HashSet<Id<Shift>> =
        live.iter().filter(|one| one.pair.0 == own.0).filter_map(|one| shift_of(known, one.pair.1)).collect();
    let (mut seats, mut tried) = (Vec::new(), 0);
    for &index in known.stored().problem().options(who) {
        let position_id = known.stored().position_id(index);
        let Some(there) = shift_of(known, position_id).filter(|shift| !held_by_me.contains(shift)) else {
            continue;
        };
        let Some(mut people) = holders.remove(&position_id) else { continue };
        people.sort_by_key(|one| past.asked.get(&one.pair.0));
        for theirs in people.into_iter().take(MOST_PER_POSITION) {
            if tried == MOST_TRIED || seats.len() == MOST_SEATS {
                return seats;
            }
            tried += 1;
            let concerns = |pair: &Pair| {
                [own.0, theirs.pair.0].contains(&pair.0)
                    || shift_of(known, pair.1).is_some_and(|shift| [shift_id, there].contains(&shift))
            };
            let held = live.iter().map(|one| one.pair).filter(concerns).collect();
            if can_change(known, held, own, theirs.pair, now) {
                seats.push(SwapSeat { assignment_id: theirs.id, position_id });
                break;
            }
        }
    }
    seats
}

/// Whether two may change places; `held` is at least what they hold and who serves in both shifts.
fn can_change(known: &Known, mut held: Vec<Pair>, mine: Pair, theirs: Pair, now: DateTime<Utc>) -> bool {
    held.retain(|pair| ![mine, theirs].contains(pair));
    if !obstacles(known, &held, theirs.0, mine.1, now).is_empty() {
        return false;
    }
    held.push((theirs.0, mine.1));
    obstacles(known, &held, mine.0, theirs.1, now).is_empty()
}

fn shift_of(known: &Known, position_id: Id<Position>) -> Option<Id<Shift>> {
    known.position(position_id).map(|(position, _)| position.shift_id)
}
