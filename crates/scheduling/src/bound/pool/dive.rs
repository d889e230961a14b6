//! A search for plans in a small part of a node: rosters that the programme takes most of are taken wholly, one after the other,
//! until everything is whole; where that was wrong, it goes on where it decided otherwise least often (limited discrepancy
//! search: Harvey & Ginsberg 1995).

use super::node::{Node, Work};
use super::programme::WHOLE;
use crate::plan::Plan;
use crate::score::Score;

/// Columns of which so much is taken are made whole together.
const NEARLY_WHOLE: f64 = 0.9;
/// Pivots after each step, and between two looks at whether to stop.
const PIVOTS: u32 = 6_000;
const PORTION: u32 = 200;
/// Nodes of one search and of each step of it, and how often the programme may not be followed.
const NODES: u32 = 400;
const AT_ONCE: u32 = 20;
const WRONG: u32 = 4;

/// Such a search, under way.
pub(super) struct Dive {
    /// With how often the programme was not followed on the way there.
    open: Vec<(u32, Node)>,
    left: u32,
}

impl Dive {
    pub(super) fn new(node: Node) -> Self {
        Self { open: vec![(0, node)], left: NODES }
    }

    pub(super) fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// Goes on for a while; the best plan below the limit that it came by.
    pub(super) fn go_on(&mut self, work: &mut Work<'_>) -> Option<(Score, Plan)> {
        let mut best = None;
        for _ in 0..AT_ONCE {
            if (work.stop)() {
                break;
            }
            let Some((wrong, mut node)) = self.next() else { break };
            if !node.settle(work) {
                continue;
            }
            if let Some(found) = node.found(work) {
                work.limit = found.0.cost;
                best = Some(found);
                continue;
            }
            self.part(wrong, node);
        }
        if self.left == 0 {
            self.open.clear();
        }
        best
    }

    fn next(&mut self) -> Option<(u32, Node)> {
        self.left = self.left.checked_sub(1)?;
        // Of those most followed the last one, which is the deepest.
        let fewest = self.open.iter().map(|open| open.0).min()?;
        let at = self.open.iter().rposition(|open| open.0 == fewest)?;
        Some(self.open.remove(at))
    }

    /// By whether the column of which most is taken is taken wholly.
    fn part(&mut self, wrong: u32, mut node: Node) {
        let Some(programme) = node.programme.as_deref() else { return };
        let mut taken: Vec<_> = programme.taken().into_iter().filter(|taken| taken.2 < WHOLE).collect();
        taken.sort_by(|a, b| b.2.total_cmp(&a.2));
        let Some(&(unit, column, _)) = taken.first() else { return };
        if wrong < WRONG {
            let mut other = node.clone();
            other.retain(unit, |kept| kept != column);
            self.open.push((wrong + 1, other));
        }
        let chosen = taken.iter().take_while(|taken| taken.2 > NEARLY_WHOLE).count().max(1);
        for &(unit, column, _) in &taken[..chosen] {
            node.retain(unit, |kept| kept == column);
        }
        self.open.push((wrong, node));
    }
}

impl Node {
    /// The plan that the programme has come to, if it has.
    fn found(&self, work: &Work<'_>) -> Option<(Score, Plan)> {
        if self.is_settled() {
            return self.plan(work, None);
        }
        let programme = self.programme.as_deref().filter(|programme| programme.is_whole())?;
        self.plan(work, Some(programme))
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
