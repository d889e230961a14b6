//! Companions, and people to be kept apart, taken together: what they may do as a pair.

use rustc_hash::FxHashSet;

use super::unit::{Column, Unit};
use crate::bound::lagrangian::Lagrangian;
use crate::bound::model::{Coupling, Model};
use crate::bound::pair;

/// Columns of a unit, and combinations to look at for them.
const MOST_IN_UNIT: usize = 40_000;
const MOST_LOOKED_AT: usize = 1_000_000;

/// Two people, the companions' nights between them, and whether they are to be kept apart.
struct Bond {
    people: [u32; 2],
    couplings: Vec<usize>,
    apart: bool,
}

/// Joins units as far as their columns do not become too many; `room` is how far a column may be above the least at the
/// point looked at. Returns which units are others now; those that were taken in are nobody's.
pub(super) fn join(
    model: &Model<'_>,
    lagrangian: &mut Lagrangian,
    units: &mut [Unit],
    room: i64,
) -> Vec<usize> {
    let mut home: Vec<usize> = vec![0; model.people.len()];
    for (at, unit) in units.iter().enumerate() {
        for &person in &unit.people {
            home[person as usize] = at;
        }
    }
    let mut changed = Vec::new();
    for bond in bonds(model) {
        let [a, b] = bond.people.map(|person| home[person as usize]);
        // Closing a circle is rare enough to leave to the multipliers.
        if a == b || !units[a].complete || !units[b].complete {
            continue;
        }
        let Some(joined) = joined(model, lagrangian, [&units[a], &units[b]], &bond, room) else { continue };
        for &person in &joined.people {
            home[person as usize] = a;
        }
        units[a] = joined;
        units[b] = Unit::nobody();
        changed.extend([a, b]);
    }
    changed
}

/// Bonds between people, in order.
fn bonds(model: &Model<'_>) -> Vec<Bond> {
    let owner = |link: u32| model.people.partition_point(|person| person.first_link <= link) as u32 - 1;
    let mut found: Vec<([u32; 2], Option<usize>)> = Vec::new();
    for (at, coupling) in model.couplings.iter().enumerate() {
        let [a, b] = coupling.sides.map(|side| owner(side.first_link));
        found.push(([a.min(b), a.max(b)], Some(at)));
    }
    let person_of = model.people_by_volunteer();
    for pair in &model.problem.apart {
        let [a, b] = pair.map(|volunteer| person_of[volunteer as usize]);
        if a != b {
            found.push(([a.min(b), a.max(b)], None));
        }
    }
    found.sort_unstable();
    found
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| Bond {
            people: same[0].0,
            couplings: same.iter().filter_map(|bond| bond.1).collect(),
            apart: same.iter().any(|bond| bond.1.is_none()),
        })
        .collect()
}

/// What a column means to a bond: by coupling, the links that happen (as bits) and what they cost; and its shifts.
struct Seen {
    links: Vec<(Vec<bool>, i64)>,
    shifts: Vec<u32>,
}

fn seen(model: &Model<'_>, lagrangian: &Lagrangian, column: &Column, bond: &Bond, side: usize) -> Seen {
    // The sides of a coupling may be in either order.
    let seats = |person: u32| column.held.iter().filter(move |held| held.1 == person).map(|held| held.0);
    let person = bond.people[side];
    let (from, own) = (model.people[person as usize].first_link, model.links_of(person as usize));
    let links = bond.couplings.iter().map(|&at| {
        let coupling = &model.couplings[at];
        let first = first_link(coupling, from, own.len());
        let mut cost = 0;
        let active = (first..=first + coupling.common as usize)
            .map(|link| {
                let happens =
                    seats(person).any(|seat| own[link - from as usize].is_at(model.places[seat as usize]));
                cost += if happens { lagrangian.theta[link] } else { 0 };
                happens
            })
            .collect();
        (active, cost)
    });
    let shifts = seats(person).map(|seat| model.problem.position(seat).shift);
    Seen { links: links.collect(), shifts: shifts.collect() }
}

/// Where the links of the person whose own begin at `from` are in the coupling.
fn first_link(coupling: &Coupling, from: u32, count: usize) -> usize {
    let own = from as usize..from as usize + count;
    let [a, b] = coupling.sides.map(|side| side.first_link as usize);
    if own.contains(&a) { a } else { b }
}

fn joined(
    model: &Model<'_>,
    lagrangian: &mut Lagrangian,
    units: [&Unit; 2],
    bond: &Bond,
    room: i64,
) -> Option<Unit> {
    // Which of the two units each side of the bond is in.
    let flipped = !units[0].people.contains(&bond.people[0]);
    let Lagrangian { theta, unit, chosen, .. } = lagrangian;
    let least: Vec<i64> =
        bond.couplings.iter().map(|&at| pair::least(&model.couplings[at], theta, *unit, chosen)).collect();
    let unit = *unit;
    let sides =
        bond.couplings.iter().flat_map(|&at| model.couplings[at].sides.map(|side| (at, side.first_link)));
    let inner: FxHashSet<u32> =
        sides.flat_map(|(at, first)| first..=first + model.couplings[at].common).collect();
    let mut sides = [0, 1].map(|which| {
        let side = if flipped { 1 - which } else { which };
        let (offer, least) = (lagrangian.offer(), units[which].least(lagrangian));
        let columns = units[which].alive();
        let seen = columns.map(|(_, column)| {
            (column, column.reduced(offer) - least, seen(model, lagrangian, column, bond, side))
        });
        seen.collect::<Vec<_>>()
    });
    for side in &mut sides {
        side.sort_by_key(|&(_, slack, _)| slack);
    }
    let mut columns = Vec::new();
    let mut looked_at = 0;
    for (a, above, here) in &sides[0] {
        for (b, further, there) in &sides[1] {
            let mut slack = above + further;
            if slack > room {
                break;
            }
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT {
                return None;
            }
            if bond.apart && here.shifts.iter().any(|shift| there.shifts.contains(shift)) {
                continue;
            }
            let mut cost = a.cost + b.cost;
            for (index, &at) in bond.couplings.iter().enumerate() {
                let (left, right) = (&here.links[index], &there.links[index]);
                let serves = left.0[0] || right.0[0];
                let together = left.0[1..].iter().zip(&right.0[1..]).any(|(a, b)| *a && *b);
                let owed = if serves && !together { model.couplings[at].cost * unit } else { 0 };
                slack += owed - left.1 - right.1 - least[index];
                cost += owed;
            }
            if slack <= room {
                let mut held = [a.held.as_slice(), b.held.as_slice()].concat();
                held.sort_unstable();
                let mut links = [a.links.as_slice(), b.links.as_slice()].concat();
                links.retain(|link| !inner.contains(link));
                columns.push(Column { held, cost, links, slack });
                if columns.len() > MOST_IN_UNIT {
                    return None;
                }
            }
        }
    }
    let people = [units[0].people.as_slice(), units[1].people.as_slice()].concat();
    let couplings = [&units[0].couplings, &units[1].couplings, &bond.couplings].map(Vec::as_slice).concat();
    Some(Unit::new(people, couplings, true, columns))
}
