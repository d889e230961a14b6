//! Branch and bound for small festivals: who holds which seat is decided pair by pair where the dual wavers.
//!
//! Each node is the dual again, with some options always and some never taken. Options whose reduced cost exceeds the room
//! below the best plan known are decided for good (Nemhauser & Wolsey 1988); the option to branch on is the one that
//! lifts both branches most in a short trial (strong branching: Applegate, Bixby, Chvátal & Cook 1995). What is
//! proven is the least over all nodes, open or closed, and over all limits used.

use rayon::prelude::*;

use super::ascent::{Ascent, Level, Point, Value};
use super::model::{Decision, Fate, Model};
use crate::judge::judge;
use crate::plan::Plan;

/// Nodes worked on at once, whatever the number of threads.
const BATCH: usize = 4;
/// Passes at a node, in a trial, and between evaluations.
const PASSES: usize = 60;
const TRIALS: [usize; 2] = [20, 80];
const STRETCH: usize = 10;
/// Options tried before one is branched on.
const CANDIDATES: usize = 40;
const KEEP: [usize; 2] = [5, 1];
/// First and last step, in shares of the typical amount.
const STEPS: [f64; 2] = [0.01, 0.001];

/// A part of the plans.
#[derive(Clone)]
struct Node {
    decisions: Vec<Decision>,
    point: Point,
    value: Value,
}

/// How a node falls apart.
enum Split {
    Closed,
    Forced(Node),
    Both(Vec<Node>),
}

/// What came of a node.
struct Outcome {
    children: Vec<Node>,
    /// No plan of it costs less, apart from those in the children.
    closed: i64,
}

/// The search.
pub(super) struct Tree {
    level: Level,
    shares: Vec<f64>,
    /// Best first.
    open: Vec<Node>,
    /// The least cost among all plans that were closed.
    closed: i64,
}

impl Tree {
    /// All plans, or at the cost level those of its essential, with a point of the dual and its value.
    pub(super) fn new(level: Level, shares: Vec<f64>, point: Point, value: Value) -> Self {
        Self { level, shares, open: vec![Node { decisions: Vec::new(), point, value }], closed: i64::MAX }
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// No such plan's essential, or cost, is less.
    pub(super) fn bound(&self) -> i64 {
        self.open.first().map_or(i64::MAX, |node| node.value.ceiling(self.level.target())).min(self.closed)
    }

    pub(super) fn is_done(&self) -> bool {
        self.open.is_empty()
    }

    /// Works on the most promising nodes, to prove that no plan costs less than `limit`.
    pub(super) fn step(&mut self, model: &Model<'_>, limit: i64) {
        let batch: Vec<Node> = self.open.drain(..BATCH.min(self.open.len())).collect();
        let outcomes: Vec<Outcome> =
            batch.into_par_iter().with_max_len(1).map(|node| self.work(model, node, limit)).collect();
        for outcome in outcomes {
            self.closed = self.closed.min(outcome.closed);
            self.open.extend(outcome.children);
        }
        self.open.sort_by_key(|node| node.value.beyond(self.level.target()));
    }

    /// No plan of the node costs less.
    fn cost(&self, node: &Node) -> i64 {
        node.value.ceiling(self.level.target())
    }

    fn work(&self, root: &Model<'_>, mut node: Node, limit: i64) -> Outcome {
        let close = |at: i64| Outcome { children: Vec::new(), closed: at };
        if self.cost(&node) >= limit {
            return close(self.cost(&node));
        }
        let mut model = root.clone();
        for &decision in &node.decisions {
            model.decide(decision);
        }
        let mut held = vec![0; model.problem.options.len()];
        let mut ascent = self.climb(&model, &mut node, PASSES, limit, Some(&mut held));
        loop {
            if self.cost(&node) >= limit {
                return close(self.cost(&node));
            }
            // A plan below the limit costs `limit - 1` at most.
            let beyond = (i128::from(limit - 1) << node.value.bits) + 1;
            for decision in ascent.fix(&model, &node.point, beyond) {
                if model.decide(decision) {
                    return close(limit);
                }
                node.decisions.push(decision);
            }
            let candidates = wavering(&model, &held);
            if candidates.is_empty() {
                return close(self.only_plan(&model).min(limit));
            }
            match self.split(&model, &node, candidates, limit) {
                Split::Closed => return close(limit),
                // One branch is closed: the other is the node.
                Split::Forced(forced) => {
                    node = forced;
                    model.decide(*node.decisions.last().expect("just decided"));
                    ascent = self.climb(&model, &mut node, TRIALS[0], limit, None);
                }
                Split::Both(children) => return Outcome { children, closed: limit },
            }
        }
    }

    /// Tries the candidates, all for a little while and then the best few for longer.
    fn split(
        &self,
        model: &Model<'_>,
        node: &Node,
        mut candidates: Vec<(usize, usize)>,
        limit: i64,
    ) -> Split {
        let mut children = Vec::new();
        for (passes, keep) in TRIALS.into_iter().zip(KEEP) {
            let mut tried = Vec::new();
            for (person, option) in candidates {
                let mut branches: Vec<Node> = [Fate::Always, Fate::Never]
                    .into_iter()
                    .filter_map(|fate| {
                        self.branch(model, node, Decision { person, option, fate }, passes, limit)
                    })
                    .collect();
                match branches.len() {
                    0 => return Split::Closed,
                    1 => return Split::Forced(branches.remove(0)),
                    _ => {}
                }
                let base = node.value.beyond(self.level.target());
                let merit: i128 = branches
                    .iter()
                    .map(|branch| branch.value.beyond(self.level.target()) - base + 1)
                    .product();
                tried.push((merit, (person, option), branches));
            }
            // Stable, so that the most wavering stay first among equals.
            tried.sort_by_key(|(merit, ..)| std::cmp::Reverse(*merit));
            tried.truncate(keep);
            candidates = tried.iter().map(|(_, option, _)| *option).collect();
            children = tried.into_iter().next().map(|(_, _, branches)| branches).unwrap_or_default();
        }
        Split::Both(children)
    }

    /// The part of a node's plans where a decision holds, unless no plan below the limit is left.
    fn branch(
        &self,
        model: &Model<'_>,
        node: &Node,
        decision: Decision,
        passes: usize,
        limit: i64,
    ) -> Option<Node> {
        let mut child = node.clone();
        child.decisions.push(decision);
        let mut model = model.clone();
        model.decide(decision);
        self.climb(&model, &mut child, passes, limit, None);
        (self.cost(&child) < limit).then_some(child)
    }

    /// Improves the node's value; counts into `held` who holds what in the second half.
    fn climb(
        &self,
        model: &Model<'_>,
        node: &mut Node,
        passes: usize,
        limit: i64,
        mut held: Option<&mut [u32]>,
    ) -> Ascent {
        let mut ascent = Ascent::new(model, self.level, node.point.clone(), self.shares.clone()).alone();
        let size = if self.level == Level::Essential { model.size.essential } else { model.size.cost };
        let value = ascent.evaluate(model, &node.point);
        if value.beyond(self.level.target()) > node.value.beyond(self.level.target()) {
            node.value = value;
        }
        for pass in 0..passes {
            let step = STEPS[0] * (STEPS[1] / STEPS[0]).powf(pass as f64 / passes as f64);
            ascent.pass(model, step * size);
            if let Some(held) = &mut held
                && pass * 2 >= passes
            {
                tally(model, &ascent, held);
            }
            if (pass + 1) % STRETCH == 0 {
                let (value, point) = ascent.harvest(model);
                if value.beyond(self.level.target()) > node.value.beyond(self.level.target()) {
                    node.value = value;
                    node.point = point;
                }
                if self.cost(node) >= limit {
                    break;
                }
            }
        }
        ascent
    }

    /// Everything is decided: the cost of the one plan that is left, if it is one of this essential.
    fn only_plan(&self, model: &Model<'_>) -> i64 {
        let mut assignments = Vec::new();
        for person in 0..model.people.len() {
            for (option, &seat) in model.options(person).iter().enumerate() {
                if model.fate(person, option) == Fate::Always {
                    assignments.push((model.order[person], seat));
                }
            }
        }
        let judgement = judge(model.problem, &Plan::new(assignments));
        match self.level {
            _ if !judgement.breaches.is_empty() => i64::MAX,
            Level::Essential => judgement.score.essential,
            Level::Cost(essential) if essential == judgement.score.essential => judgement.score.cost,
            Level::Cost(_) => i64::MAX,
        }
    }
}

/// Counts who holds what in the dual's solution.
fn tally(model: &Model<'_>, ascent: &Ascent, held: &mut [u32]) {
    for (person, roster) in ascent.rosters().iter().enumerate() {
        let start = model.problem.options.start(model.order[person]);
        for seat in &roster.seats {
            if let Ok(option) = model.options(person).binary_search(seat) {
                held[start + option] += 1;
            }
        }
    }
}

/// The open options that are taken in most nearly half of the passes.
fn wavering(model: &Model<'_>, held: &[u32]) -> Vec<(usize, usize)> {
    let half = (PASSES / 4) as u32;
    let mut found = Vec::new();
    for person in 0..model.people.len() {
        let start = model.problem.options.start(model.order[person]);
        for option in 0..model.options(person).len() {
            if model.fate(person, option) == Fate::Open {
                found.push((held[start + option].abs_diff(half), (person, option)));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().take(CANDIDATES).map(|(_, option)| option).collect()
}
