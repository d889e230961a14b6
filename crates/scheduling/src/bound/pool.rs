//! Where a festival is too large for columns to be sought at every node of a search: every roster that can be part of a
//! better plan, in one list, and branch and bound over it.
//!
//! At a good point of the dual a roster whose reduced cost is above its person's least by more than the room between the
//! bound and the best plan known is part of no better plan (Baldacci, Christofides & Mingozzi 2008). Most people have so
//! few rosters left that they can be listed, under all rules of their own; companions, and people to be kept apart,
//! are then listed together, so that what they owe each other is exact and no multipliers stand for it. Who has too
//! many is asked by the dynamic programme as before, until less room is left. The programme (Dantzig & Wolfe 1960) finds
//! the best prices, where steps along subgradients only come near; and where it is of two minds, the plans are parted.
//! It only suggests prices: what they prove is counted in integers.

mod branch;
mod dive;
mod groups;
mod join;
mod list;
mod near;
mod node;
mod programme;
mod unit;

use rayon::prelude::*;

use super::lagrangian::{Lagrangian, Stop};
use super::model::Model;
use super::value::{Level, Point, Value};
use crate::plan::Plan;
use crate::score::Score;
use dive::Dive;
use groups::Groups;
use node::{Node, Work};

/// Nodes worked on at once, whatever the number of threads.
const BATCH: usize = 4;
/// Pivots in one step, and between two looks at whether to stop.
const PIVOTS: u32 = 600;
const PORTION: u32 = 150;
/// Nodes between two searches near a plan.
const BETWEEN: u32 = 16;
/// Open nodes whose programmes stay as they are, and those whose programmes are kept at least without what can be computed
/// again.
const AWAKE: usize = 8;
const KEPT: usize = 48;

/// What came of a node.
struct Outcome {
    children: Vec<Node>,
    /// No plan of it costs less, apart from those in the children.
    closed: i64,
    /// A plan below the limit.
    found: Option<(Score, Plan)>,
    is_finished: bool,
}

impl Outcome {
    fn closed(at: i64) -> Self {
        Self { children: Vec::new(), closed: at, found: None, is_finished: true }
    }
}

/// Plans that better ones may be near to.
#[derive(Default)]
pub(super) struct Known {
    pub(super) best: Option<Plan>,
    /// Good ones that were not looked at.
    pub(super) others: Vec<Plan>,
}

/// The plans of an essential that cost less than a limit, and a search among them.
pub(super) struct Pool {
    level: Level,
    groups: Groups,
    /// Best first.
    open: Vec<Node>,
    /// No plan that is not in an open node costs less.
    closed: i64,
    /// The best plan that was come by, if it was better than the one known.
    found: Option<(Score, Plan)>,
    /// The best point for all plans.
    root: (Point, Value),
    is_parted: bool,
    /// A search near the best plan known.
    dive: Option<Dive>,
    /// Nodes that have been worked on to their end since the last such search ended.
    since: u32,
}

impl Pool {
    /// Lists the rosters that can be part of a plan of the level's essential below `limit`, at a point of the dual.
    pub(super) fn new(model: &Model<'_>, level: Level, point: &Point, limit: i64) -> Self {
        let groups = Groups::new(model);
        let node = Node::new(&mut Work::new(model, (level, limit), &groups, &|| false), point);
        let root = (node.point.clone(), node.value);
        let open = vec![node];
        Self {
            level,
            groups,
            open,
            closed: limit,
            found: None,
            root,
            is_parted: false,
            dive: None,
            since: BETWEEN,
        }
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// No plan of the level's essential costs less.
    pub(super) fn bound(&self) -> i64 {
        self.open.iter().map(|node| node.cost(self.level)).min().unwrap_or(i64::MAX).min(self.closed)
    }

    pub(super) fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// The best plan that was come by since the last call, if it was better than the one known.
    pub(super) fn take_plan(&mut self) -> Option<(Score, Plan)> {
        self.found.take()
    }

    /// The best point for all plans, and what the dual without the lists is worth there.
    pub(super) fn point(&self, model: &Model<'_>) -> (Value, Point) {
        let value = Lagrangian::alone(model, self.level).respond(model, &self.root.0, &mut Vec::new());
        (value, self.root.0.clone())
    }

    /// Works on the most promising nodes, to prove that no plan costs less than `limit`, and looks for such plans near those
    /// that are known.
    pub(super) fn step(&mut self, model: &Model<'_>, limit: i64, known: &mut Known, stop: &Stop<'_>) {
        let limit = limit.min(self.closed);
        let (level, is_parted, groups) = (self.level, self.is_parted, &self.groups);
        let work = || Work::new(model, (level, limit), groups, stop);
        if is_parted && self.dive.is_none() {
            let other = known.others.pop();
            let best = known.best.as_ref().filter(|_| other.is_some() || self.since >= BETWEEN);
            let near =
                best.zip(self.open.first()).and_then(|(best, node)| node.near(&work(), best, other.as_ref()));
            self.dive = near.map(Dive::new);
        }
        let batch: Vec<Node> = self.open.drain(..BATCH.min(self.open.len())).collect();
        let mut dive = self.dive.take();
        let (outcomes, found): (Vec<Outcome>, _) = rayon::join(
            || batch.into_par_iter().with_max_len(1).map(|node| work_on(&mut work(), node)).collect(),
            || dive.as_mut().and_then(|dive| dive.go_on(&mut work())),
        );
        if dive.is_some() {
            self.since = 0;
        }
        self.dive = dive.filter(|dive| !dive.is_done());
        let mut found: Vec<(Score, Plan)> = found.into_iter().collect();
        for outcome in outcomes {
            self.closed = self.closed.min(outcome.closed);
            self.open.extend(outcome.children);
            self.since += u32::from(outcome.is_finished);
            found.extend(outcome.found);
        }
        for plan in found {
            if self.found.as_ref().is_none_or(|known| plan.0 < known.0) {
                self.found = Some(plan);
            }
        }
        if !is_parted {
            match &self.open[..] {
                [root] if root.programme.is_some() => self.root = (root.point.clone(), root.value),
                _ => self.is_parted = true,
            }
        }
        self.open.sort_by_key(|node| node.value.beyond(self.level.target()));
        for (at, node) in self.open.iter_mut().enumerate().skip(AWAKE) {
            match &mut node.programme {
                Some(programme) if at < KEPT => programme.rest(),
                programme => *programme = None,
            }
        }
    }
}

fn work_on(work: &mut Work<'_>, mut node: Node) -> Outcome {
    let unfinished =
        |node: Node| Outcome { children: vec![node], is_finished: false, ..Outcome::closed(i64::MAX) };
    loop {
        if node.cost(work.level) >= work.limit || !node.is_possible() {
            return Outcome::closed(work.limit);
        }
        if !node.raise(work, PIVOTS, PORTION) {
            return unfinished(node);
        }
        if node.cost(work.level) >= work.limit {
            return Outcome::closed(work.limit);
        }
        if !node.tidy(work) {
            break;
        }
    }
    if !node.is_possible() {
        return Outcome::closed(work.limit);
    }
    if node.is_settled() {
        // Whatever the programme takes, there is one plan left at the most.
        let found = node.plan(work, None);
        let closed = found.as_ref().map_or(work.limit, |(score, _)| score.cost);
        return Outcome { found, ..Outcome::closed(closed) };
    }
    // The programme holds a plan, unless that breaks a rule which it leaves out.
    let whole = node.programme.as_deref().filter(|programme| programme.is_whole());
    let found = whole.and_then(|programme| node.plan(work, Some(programme)));
    let cost = found.as_ref().map(|(score, _)| score.cost);
    if let Some(cost) = cost.filter(|&cost| cost <= node.cost(work.level)) {
        return Outcome { found, ..Outcome::closed(cost) };
    }
    if let Some((score, _)) = &found {
        work.limit = work.limit.min(score.cost);
    }
    // With nothing to branch on, what is proven of the node stays.
    let nothing = node.cost(work.level).min(work.limit);
    let parts = node.split(work);
    if (work.stop)() {
        return Outcome { found, ..unfinished(node) };
    }
    let (children, closed) = parts.map_or((Vec::new(), nothing), |parts| (parts, work.limit));
    Outcome { children, found, ..Outcome::closed(closed) }
}
