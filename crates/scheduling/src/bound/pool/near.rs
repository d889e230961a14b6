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
        let other = other.map(|other| Held::new(work, other));
        let units = (0..).zip(&self.units);
        let agreed: Vec<(u32, u32)> = if let Some(other) = other {
            let open = units.filter(|(_, unit)| unit.settled().is_none());
            let same = open.filter_map(|(at, unit)| {
                let held = known.by(unit);
                let mut alive = unit.alive().filter(|(_, column)| column.held == held);
                let (column, _) = alive.next().filter(|_| held == other.by(unit))?;
                Some((at, column))
            });
            same.collect()
        } else {
            let whole = programme.taken().into_iter().filter(|taken| taken.2 > WHOLE);
            let same = whole.filter(|&(at, column, _)| {
                let unit = &self.units[at as usize];
                known.by(unit) == unit.columns[column as usize].held
            });
            same.map(|(at, column, _)| (at, column)).collect()
        };
        let mut near = self.clone_without_programme();
        for (at, column) in agreed {
            near.units[at as usize].retain(|kept| kept == column);
        }
        near.programme = Some(near.rebuilt(work, programme, &FxHashMap::default()));
        Some(near)
    }

    /// Keeps of a unit only such columns.
    pub(super) fn retain(&mut self, unit: u32, keep: impl Fn(u32) -> bool) {
        self.units[unit as usize].retain(&keep);
        if let Some(programme) = &mut self.programme {
            programme.retain(|at, column| at != unit || keep(column));
        }
    }
}

/// Who holds what in a plan.
struct Held(Vec<Vec<u32>>);

impl Held {
    fn new(work: &Work<'_>, plan: &Plan) -> Self {
        let person_of = work.model.people_by_volunteer();
        let mut held: Vec<Vec<u32>> = vec![Vec::new(); person_of.len()];
        for &(volunteer, seat) in plan.assignments() {
            held[person_of[volunteer as usize] as usize].push(seat);
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
