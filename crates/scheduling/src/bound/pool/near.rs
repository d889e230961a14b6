//! Plans out of programmes, and better plans near one that is known: where the programme and the plan are of one mind, both
//! are followed, and what is left is searched by itself (relaxation induced neighbourhoods: Danna, Rothberg & Le Pape 2005).

use rustc_hash::FxHashMap;

use super::node::{Node, Work};
use super::programme::{Programme, WHOLE};
use super::unit::Unit;
use crate::plan::Plan;
use crate::score::Score;

impl Node {
    /// The plan of what is settled and what the programme, if there is one, takes: if that is valid, of the essential aimed at
    /// and below the limit.
    pub(super) fn plan(&self, work: &Work<'_>, programme: Option<&Programme>) -> Option<(Score, Plan)> {
        let (model, mut assignments) = (work.model, Vec::new());
        let taken = programme.map(Programme::taken).unwrap_or_default();
        let taken = taken.iter().filter(|taken| taken.2 > WHOLE);
        let taken = taken.map(|&(unit, column, _)| &self.units[unit as usize].columns[column as usize]);
        for column in taken.chain(self.units.iter().filter_map(|unit| unit.settled())) {
            let held = column.held.iter();
            assignments.extend(held.map(|&(seat, person)| (model.order[person as usize], seat)));
        }
        work.level.plan(model.problem, assignments).filter(|(score, _)| score.cost < work.limit)
    }

    /// What is left of it near a plan: units that another plan has the same rosters for, or without another the programme, keep
    /// those. `None` before the programme is there.
    pub(super) fn near(&self, work: &Work<'_>, known: &Plan, other: Option<&Plan>) -> Option<Self> {
        let programme = self.programme.as_deref()?;
        let known = Held::new(work, known);
        let mut near = self.clone();
        if let Some(other) = other {
            let other = Held::new(work, other);
            for (at, unit) in (0..).zip(&self.units) {
                let held = known.by(unit);
                if unit.settled().is_none()
                    && held == other.by(unit)
                    && let Some((column, _)) = unit.alive().find(|(_, column)| column.held == held)
                {
                    near.retain(at, |kept| kept == column);
                }
            }
        } else {
            for (at, column, _) in programme.taken().into_iter().filter(|taken| taken.2 > WHOLE) {
                let unit = &self.units[at as usize];
                if known.by(unit) == unit.columns[column as usize].held {
                    near.retain(at, |kept| kept == column);
                }
            }
        }
        near.rebuild(work, &FxHashMap::default());
        Some(near)
    }

    /// Keeps of a unit only such columns.
    pub(super) fn retain(&mut self, unit: u32, keep: impl Fn(u32) -> bool) {
        let of = &mut self.units[unit as usize];
        of.alive.retain(|&column| keep(column));
        // Whoever had too many rosters to list has one that is chosen now, or is left as they are.
        of.complete |= of.alive.len() == 1;
        if let Some(programme) = &mut self.programme {
            programme.retain(|at, column| at != unit || keep(column));
        }
    }
}

/// Who holds what in a plan.
struct Held(Vec<Vec<u32>>);

impl Held {
    fn new(work: &Work<'_>, plan: &Plan) -> Self {
        let order = &work.model.order;
        let person_of: FxHashMap<_, usize> = order.iter().copied().zip(0..).collect();
        let mut held: Vec<Vec<u32>> = vec![Vec::new(); order.len()];
        for (volunteer, seat) in plan.assignments() {
            held[person_of[volunteer]].push(*seat);
        }
        Self(held)
    }

    /// By a unit's people, as its columns have it.
    fn by(&self, unit: &Unit) -> Vec<(u32, u32)> {
        let of = |&person: &u32| self.0[person as usize].iter().map(move |&seat| (seat, person));
        let mut held: Vec<(u32, u32)> = unit.people.iter().flat_map(of).collect();
        held.sort_unstable();
        held
    }
}
