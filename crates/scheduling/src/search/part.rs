//! The volunteers and positions that one thread may change, so that several can search one roster at once.
//!
//! A thread changes the lists of its own volunteers only, and the head counts of its own positions only: what two
//! threads gain at the same time then simply adds up.

use crate::chance::Chance;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};

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

/// Deals everything out to `count` parts by chance; who is bound to someone as companion or apart goes with them.
pub(crate) fn divide(problem: &Problem, count: usize, chance: &mut Chance) -> Vec<Part> {
    let mut deal_of_group = vec![usize::MAX; problem.volunteers.len()];
    let groups = groups(problem);
    let volunteers: Vec<usize> = groups
        .iter()
        .map(|&group| {
            let deal = &mut deal_of_group[group as usize];
            if *deal == usize::MAX {
                *deal = chance.below(count);
            }
            *deal
        })
        .collect();
    let positions: Vec<usize> = problem.positions.iter().map(|_| chance.below(count)).collect();
    let mine =
        |deals: &[usize], part: usize| -> Vec<bool> { deals.iter().map(|&deal| deal == part).collect() };
    let listed = |deals: &[usize], part: usize, open: &dyn Fn(u32) -> bool| -> Vec<u32> {
        (0..deals.len() as u32).filter(|&i| deals[i as usize] == part && open(i)).collect()
    };
    (0..count)
        .map(|part| Part {
            volunteers: listed(&volunteers, part, &|v| !problem.options(v).is_empty()),
            positions: listed(&positions, part, &|p| !problem.candidates(p).is_empty()),
            has_volunteer: mine(&volunteers, part),
            has_position: mine(&positions, part),
        })
        .collect()
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
