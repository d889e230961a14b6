//! Branch and bound for small festivals: who holds which seat is decided pair by pair where the dual wavers.
//!
//! Each node is the dual again, with some options always and some never taken, solved to its end as a linear programme
//! (branch and price: Barnhart et al. 1998). Options whose reduced cost exceeds the room below the best plan known are
//! decided for good (Nemhauser & Wolsey 1988); the option to branch on is the one that lifts both branches most in a
//! short trial (strong branching: Applegate, Bixby, Chvátal & Cook 1995). What is proven is the least over all nodes,
//! open or closed, and over all limits used.

use rayon::prelude::*;

use super::lagrangian::Lagrangian;
use super::master::Master;
use super::model::{Decision, Fate, Model};
use super::value::{Level, Point, Value};
use crate::judge::judge;
use crate::plan::Plan;

/// Nodes worked on at once, whatever the number of threads.
const BATCH: usize = 4;
/// Rounds of the programme at a node and in a trial.
const ROUNDS: u32 = 200;
const TRIAL_ROUNDS: u32 = 3;
/// Options tried before one is branched on.
const CANDIDATES: usize = 8;
/// Open nodes that may keep their programmes.
const PROGRAMMES: usize = 100;

/// A part of the plans.
#[derive(Clone)]
struct Node {
    decisions: Vec<Decision>,
    point: Point,
    value: Value,
    /// The programme as the node's parent left it, with the node's decisions.
    master: Option<Box<Master>>,
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
    /// Best first.
    open: Vec<Node>,
    /// The least cost among all plans that were closed.
    closed: i64,
    /// Nodes worked on.
    worked: u64,
}

impl Tree {
    /// All plans, or at the cost level those of its essential, with a point of the dual and its value.
    pub(super) fn new(level: Level, point: Point, value: Value) -> Self {
        let root = Node { decisions: Vec::new(), point, value, master: None };
        Self { level, open: vec![root], closed: i64::MAX, worked: 0 }
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
        self.worked += batch.len() as u64;
        let outcomes: Vec<Outcome> =
            batch.into_par_iter().with_max_len(1).map(|node| self.work(model, node, limit)).collect();
        for outcome in outcomes {
            self.closed = self.closed.min(outcome.closed);
            self.open.extend(outcome.children);
        }
        self.open.sort_by_key(|node| node.value.beyond(self.level.target()));
        for node in self.open.iter_mut().skip(PROGRAMMES) {
            node.master = None;
        }
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
        let mut lagrangian = Lagrangian::alone(&model, self.level);
        loop {
            self.raise(&model, &mut lagrangian, &mut node, limit, ROUNDS);
            if self.cost(&node) >= limit {
                return close(self.cost(&node));
            }
            // A plan below the limit costs `limit - 1` at most.
            let beyond = (i128::from(limit - 1) << node.value.bits) + 1;
            let fixed = lagrangian.fix(&model, &node.point, beyond);
            for &decision in &fixed {
                if node.decide(&mut model, decision) {
                    return close(limit);
                }
            }
            let Some(candidates) = wavering(&model, &node) else {
                return close(self.only_plan(&model).min(limit));
            };
            if !fixed.is_empty() {
                continue;
            }
            match self.split(&model, &node, candidates, limit) {
                Split::Closed => return close(limit),
                // One branch is closed: the other is the node.
                Split::Forced(forced) => {
                    node = forced;
                    model.decide(*node.decisions.last().expect("just decided"));
                }
                Split::Both(children) => return Outcome { children, closed: limit },
            }
        }
    }

    /// Tries the candidates for a little while.
    fn split(&self, model: &Model<'_>, node: &Node, candidates: Vec<(usize, usize)>, limit: i64) -> Split {
        let base = node.value.beyond(self.level.target());
        let mut best: Option<(i128, Vec<Node>)> = None;
        for (person, option) in candidates {
            let mut branches: Vec<Node> = [Fate::Always, Fate::Never]
                .into_iter()
                .filter_map(|fate| self.branch(model, node, Decision { person, option, fate }, limit))
                .collect();
            match branches.len() {
                0 => return Split::Closed,
                1 => return Split::Forced(branches.remove(0)),
                _ => {}
            }
            let merit: i128 =
                branches.iter().map(|branch| branch.value.beyond(self.level.target()) - base + 1).product();
            if best.as_ref().is_none_or(|(known, _)| merit > *known) {
                best = Some((merit, branches));
            }
        }
        best.map_or(Split::Closed, |(_, children)| Split::Both(children))
    }

    /// The part of a node's plans where a decision holds, unless no plan below the limit is left.
    fn branch(&self, model: &Model<'_>, node: &Node, decision: Decision, limit: i64) -> Option<Node> {
        let (mut child, mut model) = (node.clone(), model.clone());
        if child.decide(&mut model, decision) {
            return None;
        }
        let mut lagrangian = Lagrangian::alone(&model, self.level);
        self.raise(&model, &mut lagrangian, &mut child, limit, TRIAL_ROUNDS);
        (self.cost(&child) < limit).then_some(child)
    }

    /// Improves the node's value.
    fn raise(
        &self,
        model: &Model<'_>,
        lagrangian: &mut Lagrangian,
        node: &mut Node,
        limit: i64,
        rounds: u32,
    ) {
        let value = lagrangian.evaluate(model, &node.point);
        if value.beyond(self.level.target()) > node.value.beyond(self.level.target()) {
            node.value = value;
        }
        let master = node.master.get_or_insert_with(|| Box::new(Master::new(model, self.level)));
        master.raise(model, lagrangian, (&mut node.point, &mut node.value), limit, rounds);
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

impl Node {
    /// Decides an option; returns whether that contradicts what was decided before.
    fn decide(&mut self, model: &mut Model<'_>, decision: Decision) -> bool {
        self.decisions.push(decision);
        if let Some(master) = &mut self.master {
            master.decide(decision, model.options(decision.person)[decision.option]);
        }
        model.decide(decision)
    }
}

/// The open options that the programme takes most nearly by half; `None` when all are decided.
fn wavering(model: &Model<'_>, node: &Node) -> Option<Vec<(usize, usize)>> {
    let shares = node.master.as_ref().map(|master| master.shares()).unwrap_or_default();
    let mut found = Vec::new();
    for person in 0..model.people.len() {
        for (option, &seat) in model.options(person).iter().enumerate() {
            if model.fate(person, option) == Fate::Open {
                let at = shares.binary_search_by_key(&(person, seat), |&(person, seat, _)| (person, seat));
                let share = at.map_or(0.0, |at| shares[at].2);
                found.push(((share - 0.5).abs(), (person, option)));
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let most = CANDIDATES.min(found.iter().filter(|(off, _)| *off < 0.49).count()).max(1);
    found.truncate(most);
    (!found.is_empty()).then(|| found.into_iter().map(|(_, option)| option).collect())
}
