//! Plans out of programmes: what is nearly whole is made whole, until everything is.

use super::node::{Node, Work};
use super::programme::{Programme, WHOLE};
use crate::plan::Plan;
use crate::score::Score;

/// Columns of which so much is taken are made whole together.
const NEARLY_WHOLE: f64 = 0.9;
/// Times that the way may turn out to be a wrong one.
const WRONG: u32 = 6;
/// Pivots after each step, and steps.
const PIVOTS: u32 = 1_500;
const PORTION: u32 = 100;
const STEPS: u32 = 400;

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

    /// Follows the programme down to a plan.
    pub(super) fn dive(&self, work: &mut Work<'_>) -> Option<(Score, Plan)> {
        let (mut node, mut wrong) = (self.clone(), 0);
        for _ in 0..STEPS {
            if (work.stop)() {
                return None;
            }
            let programme = node.programme.as_deref()?;
            let mut open: Vec<_> = programme.taken().into_iter().filter(|taken| taken.2 < WHOLE).collect();
            if open.is_empty() {
                return node.plan(work, Some(programme));
            }
            open.sort_by(|a, b| b.2.total_cmp(&a.2));
            let chosen = open.iter().take_while(|taken| taken.2 > NEARLY_WHOLE).count().max(1);
            let before = node.clone();
            for &(unit, column, _) in &open[..chosen] {
                node.keep_only(unit, |kept| kept == column);
            }
            if !node.settle(work) {
                wrong += 1;
                node = before;
                let (unit, column, _) = open[0];
                node.keep_only(unit, |kept| kept != column);
                if wrong > WRONG || !node.settle(work) {
                    return None;
                }
            }
        }
        None
    }

    fn keep_only(&mut self, unit: u32, keep: impl Fn(u32) -> bool) {
        let of = &mut self.units[unit as usize];
        of.alive.retain(|&column| keep(column));
        // Whoever had too many rosters to list has one that is chosen now, or is left as they are.
        of.complete |= of.alive.len() == 1;
        if let Some(programme) = &mut self.programme {
            programme.retain(|at, column| at != unit || keep(column));
        }
    }

    /// Solves the programme anew; whether plans below the limit are left.
    fn settle(&mut self, work: &mut Work<'_>) -> bool {
        loop {
            if !self.raise(work, PIVOTS, PORTION)
                || !self.is_possible()
                || self.cost(work.level) >= work.limit
            {
                return false;
            }
            if !self.tidy(work) {
                return self.is_possible();
            }
        }
    }
}
