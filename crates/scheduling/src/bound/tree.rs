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
use crate::plan::Plan;
use crate::score::Score;

/// Nodes worked on at once, whatever the number of threads.
const BATCH: usize = 4;
/// Rounds of the programme at a node and in a trial.
const ROUNDS: u32 = 200;
const TRIAL_ROUNDS: u32 = 3;
/// Decisions after which the programme is built anew, without what is decided.
const REBUILT: usize = 15;
/// Options tried before one is branched on.
const CANDIDATES: usize = 16;
const HALF: f64 = 0.5;
/// Shares this near to none or all are rounding.
const NEARLY: f64 = 0.01;
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
    /// Decisions made when the programme was built.
    built: usize,
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
    /// A plan below the limit.
    found: Option<(Score, Plan)>,
}

impl Outcome {
    fn closed(at: i64) -> Self {
        Self { children: Vec::new(), closed: at, found: None }
    }
}

/// The search.
pub(super) struct Tree {
    level: Level,
    /// Best first.
    open: Vec<Node>,
    /// The least cost among all plans that were closed.
    closed: i64,
    /// The best plan that a node came to, if it was better than the one known.
    found: Option<(Score, Plan)>,
}

impl Tree {
    /// All plans, or at the cost level those of its essential, with a point of the dual and its value.
    pub(super) fn new(level: Level, point: Point, value: Value) -> Self {
        let root = Node { decisions: Vec::new(), point, value, master: None, built: 0 };
        Self { level, open: vec![root], closed: i64::MAX, found: None }
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

    /// The best plan that was come by since the last call, if it was better than the one known.
    pub(super) fn take_plan(&mut self) -> Option<(Score, Plan)> {
        self.found.take()
    }

    /// Works on the most promising nodes, to prove that no plan costs less than `limit`.
    pub(super) fn step(&mut self, model: &Model<'_>, limit: i64) {
        let batch: Vec<Node> = self.open.drain(..BATCH.min(self.open.len())).collect();
        let outcomes: Vec<Outcome> =
            batch.into_par_iter().with_max_len(1).map(|node| self.work(model, node, limit)).collect();
        for outcome in outcomes {
            self.closed = self.closed.min(outcome.closed);
            self.open.extend(outcome.children);
            if let Some(found) = outcome.found
                && self.found.as_ref().is_none_or(|known| found.0 < known.0)
            {
                self.found = Some(found);
            }
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
        if self.cost(&node) >= limit {
            return Outcome::closed(self.cost(&node));
        }
        let mut model = root.clone();
        for &decision in &node.decisions {
            model.decide(decision);
        }
        let mut lagrangian = Lagrangian::alone(&model, self.level);
        loop {
            self.raise(&model, &mut lagrangian, &mut node, limit, ROUNDS);
            if self.cost(&node) >= limit {
                return Outcome::closed(self.cost(&node));
            }
            // A plan below the limit costs `limit - 1` at most.
            let beyond = (i128::from(limit - 1) << node.value.bits) + 1;
            let fixed = lagrangian.fix(&model, (&node.point, node.value), beyond);
            for &decision in &fixed {
                if node.decide(&mut model, decision) {
                    return Outcome::closed(limit);
                }
            }
            let Wavering { undecided, options: candidates } = wavering(&model, &node);
            if undecided == 0 {
                // The programme holds a plan, unless that breaks a rule which the dual leaves out.
                let found = self.plan_of(&model, &node);
                let at = found.as_ref().map(|(score, _)| self.amount(*score));
                if at.is_some_and(|at| at <= self.cost(&node)) || candidates.is_empty() {
                    let found = found.filter(|_| at.is_some_and(|at| at < limit));
                    return Outcome { children: Vec::new(), closed: at.unwrap_or(limit).min(limit), found };
                }
            }
            if !fixed.is_empty() {
                continue;
            }
            match self.split(&model, &node, candidates, limit) {
                Split::Closed => return Outcome::closed(limit),
                // One branch is closed: the other is the node.
                Split::Forced(forced) => {
                    node = forced;
                    model.decide(*node.decisions.last().expect("just decided"));
                }
                Split::Both(children) => return Outcome { children, closed: limit, found: None },
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
        let value = lagrangian.respond(model, &node.point, &mut Vec::new());
        if value.beyond(self.level.target()) > node.value.beyond(self.level.target()) {
            node.value = value;
        }
        let master = match node.master.take() {
            Some(master) if rounds < ROUNDS || node.decisions.len() < node.built + REBUILT => master,
            other => {
                node.built = node.decisions.len();
                Box::new(other.map_or_else(|| Master::new(model, self.level), |master| master.rebuilt(model)))
            }
        };
        let master = node.master.insert(master);
        master.raise(model, lagrangian, (&mut node.point, &mut node.value), limit, rounds);
    }

    /// What is bounded at this level.
    fn amount(&self, score: Score) -> i64 {
        if self.level == Level::Essential { score.essential } else { score.cost }
    }

    /// The plan that a programme with nothing undecided holds, if it is valid and of this essential.
    fn plan_of(&self, model: &Model<'_>, node: &Node) -> Option<(Score, Plan)> {
        let shares = node.master.as_ref()?.shares().into_iter().filter(|&(.., share)| share > HALF);
        let mut assignments: Vec<(u32, u32)> =
            shares.map(|(person, seat, _)| (model.order[person], seat)).collect();
        for person in (0..model.people.len()).filter(|&person| !model.is_open(person)) {
            assignments.extend(model.decided(person).into_iter().map(|seat| (model.order[person], seat)));
        }
        self.level.plan(model.problem, assignments)
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

/// What a programme leaves open.
struct Wavering {
    /// Options that it takes in part.
    undecided: usize,
    /// Those to branch on, most nearly half taken first; empty when all are decided.
    options: Vec<(usize, usize)>,
}

fn wavering(model: &Model<'_>, node: &Node) -> Wavering {
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
    let undecided = found.iter().filter(|(off, _)| *off < HALF - NEARLY).count();
    found.truncate(undecided.clamp(1, CANDIDATES));
    Wavering { undecided, options: found.into_iter().map(|(_, option)| option).collect() }
}
