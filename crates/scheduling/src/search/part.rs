//! The volunteers and positions that one thread may change, so that several can search one roster at once.
//!
//! A thread changes the lists of its own volunteers only, and the head counts of its own positions only: what two
//! threads gain at the same time then simply adds up.

use std::collections::VecDeque;

use super::Guide;
use crate::chance::Chance;
use crate::problem::{PositionIndex, Problem, Rows, VolunteerIndex};

/// Nobody's yet.
const NOBODYS: u32 = u32::MAX;
/// Times that a deal is mended; more hardly changes it.
const MENDINGS: usize = 6;
/// Pairs of a row that are looked at.
const LOOKED_AT: usize = 32;

/// One thread's share.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The volunteers of the share who have any option.
    pub(crate) volunteers: Vec<VolunteerIndex>,
    /// The positions of the share that have any candidate.
    pub(crate) positions: Vec<PositionIndex>,
    has_volunteer: Vec<bool>,
    has_position: Vec<bool>,
}

impl Part {
    pub(crate) fn may_change(&self, volunteer: VolunteerIndex) -> bool {
        self.has_volunteer[volunteer as usize]
    }

    pub(crate) fn may_refill(&self, position: PositionIndex) -> bool {
        self.has_position[position as usize]
    }
}

/// Deals everything out to `count` parts. Who is bound to someone as companion or apart goes with them; beyond that parts
/// are grown from volunteers drawn by chance along the guide's pairs, and then mended (label propagation of parts that stay
/// balanced: Ugander and Backstrom, 2013): a pair of two parts is one that nobody can try.
pub(crate) fn divide(problem: &Problem, guide: &Guide, count: usize, chance: &mut Chance) -> Vec<Part> {
    let mut deal = Deal::grown(problem, guide, count, chance);
    (0..MENDINGS).for_each(|_| deal.mend(guide));
    let Deal { volunteers, positions, .. } = deal;
    let mine = |deals: &[u32], part: u32| -> Vec<bool> { deals.iter().map(|&deal| deal == part).collect() };
    let listed = |deals: &[u32], part: u32, open: &dyn Fn(u32) -> bool| -> Vec<u32> {
        (0..deals.len() as u32).filter(|&i| deals[i as usize] == part && open(i)).collect()
    };
    (0..count as u32)
        .map(|part| Part {
            volunteers: listed(&volunteers, part, &|v| !problem.options(v).is_empty()),
            positions: listed(&positions, part, &|p| !problem.candidates(p).is_empty()),
            has_volunteer: mine(&volunteers, part),
            has_position: mine(&positions, part),
        })
        .collect()
}

/// To which part everyone and everything goes.
struct Deal {
    /// By volunteer.
    volunteers: Vec<u32>,
    /// By position.
    positions: Vec<u32>,
    /// Those bound together, by the first of them.
    groups: Rows,
    /// Volunteers of each part.
    sizes: Vec<usize>,
}

impl Deal {
    /// Parts that grow in turn, so that they are of one size, each from a volunteer drawn by chance.
    fn grown(problem: &Problem, guide: &Guide, count: usize, chance: &mut Chance) -> Self {
        let first = groups(problem);
        let mut members = vec![Vec::new(); first.len()];
        for (volunteer, &first) in first.iter().enumerate() {
            members[first as usize].push(volunteer as u32);
        }
        let mut deal = Self {
            volunteers: vec![NOBODYS; problem.volunteers.len()],
            positions: vec![NOBODYS; problem.positions.len()],
            groups: Rows::new(&members),
            sizes: vec![0; count],
        };
        let mut drawn: Vec<u32> = (0..first.len() as u32).collect();
        for i in (1..drawn.len()).rev() {
            drawn.swap(i, chance.below(i + 1));
        }
        let mut reached = vec![VecDeque::new(); count];
        while let Some(&next) = drawn.last() {
            let part = (0..count).min_by_key(|&part| deal.sizes[part]).unwrap_or(0);
            let volunteer = reached[part].pop_front().unwrap_or(next);
            if volunteer == next {
                drawn.pop();
            }
            if deal.volunteers[volunteer as usize] != NOBODYS {
                continue;
            }
            deal.give(first[volunteer as usize], part as u32);
            for &member in deal.groups.row(first[volunteer as usize]) {
                for &position in some(guide.options.row(member)) {
                    let owner = &mut deal.positions[position as usize];
                    if *owner == NOBODYS {
                        *owner = part as u32;
                        let open = some(guide.candidates.row(position))
                            .filter(|&&v| deal.volunteers[v as usize] == NOBODYS);
                        reached[part].extend(open);
                    }
                }
            }
        }
        for owner in &mut deal.positions {
            if *owner == NOBODYS {
                *owner = chance.below(count) as u32;
            }
        }
        deal
    }

    /// Positions go where most of their candidates are, then groups where most of their options are, as far as there is room.
    fn mend(&mut self, guide: &Guide) {
        let count = self.sizes.len();
        let room = self.volunteers.len().div_ceil(count) * 21 / 20;
        let mut votes = vec![0_u32; count];
        let most = |votes: &[u32], own: u32| {
            let best = (0..count).max_by_key(|&part| (votes[part], part == own as usize)).unwrap_or(0);
            best as u32
        };
        for (position, owner) in self.positions.iter_mut().enumerate() {
            votes.fill(0);
            for &volunteer in some(guide.candidates.row(position as u32)) {
                votes[self.volunteers[volunteer as usize] as usize] += 1;
            }
            *owner = most(&votes, *owner);
        }
        for group in 0..self.volunteers.len() as u32 {
            let members = self.groups.row(group);
            let Some(&member) = members.first() else { continue };
            votes.fill(0);
            for &member in members {
                for &position in some(guide.options.row(member)) {
                    votes[self.positions[position as usize] as usize] += 1;
                }
            }
            let own = self.volunteers[member as usize];
            let best = most(&votes, own);
            if best != own && self.sizes[best as usize] + members.len() <= room {
                self.sizes[own as usize] -= members.len();
                self.give(group, best);
            }
        }
    }

    fn give(&mut self, group: VolunteerIndex, part: u32) {
        let members = self.groups.row(group);
        self.sizes[part as usize] += members.len();
        for &member in members {
            self.volunteers[member as usize] = part;
        }
    }
}

/// A few of a long row.
fn some(row: &[u32]) -> impl Iterator<Item = &u32> {
    row.iter().step_by(row.len().div_ceil(LOOKED_AT).max(1))
}

/// For each volunteer, the first of those they are bound to, directly or through others.
fn groups(problem: &Problem) -> Vec<VolunteerIndex> {
    let mut first: Vec<u32> = (0..problem.volunteers.len() as u32).collect();
    for &[a, b] in problem.companions.iter().chain(&problem.apart) {
        let (a, b) = (root(&mut first, a), root(&mut first, b));
        first[a.max(b) as usize] = a.min(b);
    }
    (0..first.len() as u32).map(|v| root(&mut first, v)).collect()
}

/// The one that stands for the group of `v` (disjoint sets, paths halved: Tarjan and van Leeuwen, 1984).
fn root(first: &mut [u32], mut v: u32) -> u32 {
    while first[v as usize] != v {
        first[v as usize] = first[first[v as usize] as usize];
        v = first[v as usize];
    }
    v
}
