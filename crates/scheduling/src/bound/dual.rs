//! The schedule: essential first, then cost, in cycles of ever finer steps.

use super::ascent::{Ascent, MOST_BLOCKS};
use super::lagrangian::Stop;
use super::model::Model;
use super::pool::{Known, Pool};
use super::tree::Tree;
use super::value::{Level, Point, Value};
use crate::plan::Plan;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::score::Score;

/// Festivals of more nights are not bounded beyond 0.
const MOST_NIGHTS: usize = 400;
/// Passes between two evaluations.
const STRETCH: usize = 10;
/// Festivals of so many eligible pairs are branched on; a programme in floating point does what cycles of steps would.
const MOST_PAIRS_TO_BRANCH: usize = 1_000;
/// With up to so many a programme over the rosters that matter pays, after so many cycles at the cost level.
const MOST_PAIRS_TO_LIST: usize = 20_000;
const CYCLES_BEFORE_LIST: usize = 2;
/// And up to so many volunteers and positions, of which each is a row.
const MOST_ROWS: usize = 1_200;

/// Good plans that are kept beside the best one.
const MOST_OTHERS: usize = 8;

/// A run of passes whose steps shrink geometrically; lengths of steps are shares of the typical amount.
#[derive(Clone, Copy)]
struct Cycle {
    passes: usize,
    first: f64,
    last: f64,
    /// From the first point, not from the best one.
    afresh: bool,
}

impl Cycle {
    fn essential(number: usize) -> Self {
        let finer = 0.3_f64.powi(number.min(6) as i32);
        Self { passes: 60 * (number + 1), first: 0.2 * finer, last: 0.01 * finer, afresh: false }
    }

    /// From prices that prove much already, and are easily spoilt.
    fn near_proof() -> Self {
        Self { passes: 60, first: 0.0003, last: 0.0001, afresh: false }
    }

    fn cost(number: usize, model: &Model<'_>, essential: i64) -> Self {
        let blocks = Ascent::blocks(model);
        let passes = |steps: usize| steps.div_ceil(blocks.min(MOST_BLOCKS)).next_multiple_of(STRETCH);
        // Where passes are cheap, a second start with damped steps finds what the first has missed.
        if number == 0 || (number == 1 && blocks < MOST_BLOCKS) {
            // Prices that prove an essential above 0 lie far from those of cost, and hasty passes are worth less each.
            let (steps, first, last) = match (essential > 0, Ascent::is_hasty(model)) {
                (true, _) => (500, 0.2, 0.000_8),
                (false, true) => (500, 0.1, 0.001),
                (false, false) => (200, 0.1, 0.001),
            };
            return Self { passes: passes(steps + 200 * number), first, last, afresh: true };
        }
        let later = number.min(16) as i32 - 1;
        let finer = 0.7_f64.powi(later);
        Self {
            passes: passes((600.0 * 1.5_f64.powi(later)) as usize),
            first: 0.003 * finer,
            last: 0.000_2 * finer,
            afresh: false,
        }
    }

    fn step(self, pass: usize) -> f64 {
        self.first * (self.last / self.first).powf(pass as f64 / self.passes as f64)
    }
}

/// A Lagrangian dual of a problem: a price for every position, and the lower bound that the prices prove.
pub struct Dual<'a> {
    model: Model<'a>,
    /// `None` when the problem is beyond what is bounded.
    ascent: Option<Ascent>,
    cycle: Cycle,
    pass: usize,
    /// Cycles begun at the essential level and at the cost level.
    cycles: [usize; 2],
    /// The greatest proven essential, scaled, and the prices that prove it.
    proof: Value,
    shares: Vec<f64>,
    /// The best value at the cost level, and its point.
    best: Option<(Value, Point)>,
    bound: Score,
    reached: Option<Score>,
    /// Plans that the pool may look for better ones near.
    known: Known,
    tree: Option<Tree>,
    pool: Option<Pool>,
    /// How many cycles at the cost level were begun when the pool was laid out.
    pooled_after: usize,
    /// With more eligible pairs there is no branching, but a pool after so many cycles.
    most_to_branch: usize,
    cycles_before_list: usize,
    /// The essential that the cycles at the cost level aim at.
    aim: i64,
    /// Whether the last round was the pool's.
    at_pool: bool,
    /// Prices that may prove much of what is essential, to begin with.
    suggested: Vec<Vec<i64>>,
}

impl<'a> Dual<'a> {
    /// Lays the problem out; time and memory are proportional to its eligible pairs. The same seed gives the same
    /// bounds, round by round, at any number of threads.
    #[must_use]
    pub fn new(problem: &'a Problem, seed: u64) -> Self {
        let model = Model::new(problem, seed);
        let shares = vec![0.0; problem.positions.len()];
        let mut dual = Self {
            model,
            ascent: None,
            cycle: Cycle::essential(0),
            pass: 0,
            cycles: [0, 0],
            proof: Value::ZERO,
            shares,
            best: None,
            bound: Score::default(),
            reached: None,
            known: Known::default(),
            tree: None,
            pool: None,
            pooled_after: 0,
            most_to_branch: MOST_PAIRS_TO_BRANCH,
            cycles_before_list: CYCLES_BEFORE_LIST,
            aim: 0,
            at_pool: false,
            suggested: Vec::new(),
        };
        if problem.night_count() <= MOST_NIGHTS {
            dual.begin();
        }
        dual
    }

    /// The greatest lower bound proven so far: no valid plan's essential is below its essential, and no valid plan of
    /// that essential costs less than its cost.
    #[must_use]
    pub fn bound(&self) -> Score {
        self.bound
    }

    pub(super) fn model(&self) -> &Model<'a> {
        &self.model
    }

    /// Prices of essential seats, by position, that may prove more of what is missing than is proven: what a plan that is near
    /// the best leads to. They are tried in the next round about essential.
    pub(crate) fn suggest(&mut self, prices: Vec<i64>) {
        self.suggested.push(prices);
    }

    /// Takes note that a plan of this score exists, so that effort goes where it can still close a gap. The bound
    /// never depends on it.
    pub fn reach(&mut self, score: Score) {
        self.reached = Some(self.reached.map_or(score, |known| known.min(score)));
    }

    /// Takes note of a plan that is known, which better ones may be near to.
    pub(crate) fn know(&mut self, score: Score, plan: &Plan) {
        if self.is_listed() && self.reached.is_none_or(|known| score < known) {
            self.known.best = Some(plan.clone());
        }
        self.reach(score);
    }

    /// Takes note of another good plan: what it has in common with the best one may be part of a better one.
    pub(crate) fn know_other(&mut self, plan: Plan) {
        if self.known.others.len() >= MOST_OTHERS {
            self.known.others.remove(0);
        }
        self.known.others.push(plan);
    }

    /// Whether the festival is small enough for a programme over the rosters that matter.
    pub(crate) fn is_listed(&self) -> bool {
        let rows = self.model.people.len() + self.model.places.len();
        self.model.problem.eligible_pairs() <= MOST_PAIRS_TO_LIST && rows <= MOST_ROWS
    }

    /// A plan that was come by on the way, if it is better than the one known; the bound may need it known to end.
    pub fn take_plan(&mut self) -> Option<(Score, Plan)> {
        let by_tree = self.tree.as_mut().and_then(Tree::take_plan);
        by_tree.or_else(|| self.pool.as_mut()?.take_plan())
    }

    /// Whether what is left is being proven by branching, which no search can speed up.
    #[must_use]
    pub fn is_branching(&self) -> bool {
        self.tree.as_ref().is_some_and(|tree| !tree.is_done())
    }

    /// Whether the last round left the rosters at hand as they were, for it was about a programme over all that matter.
    #[must_use]
    pub fn is_listing(&self) -> bool {
        self.at_pool
    }

    /// What one more seat filled is worth at each position, in units of cost; below 0 where too many would come.
    #[must_use]
    pub fn prices(&self) -> Vec<i64> {
        let point = match (&self.best, &self.ascent) {
            (Some((_, point)), _) => point,
            (None, Some(ascent)) => &ascent.point,
            (None, None) => return vec![0; self.shares.len()],
        };
        point.prices.iter().map(|price| price.round() as i64).collect()
    }

    /// The prices that prove the bound of essential, in 64ths of a unit of it: what one more seat of each position is worth
    /// when only essential counts. All 0 where nothing is missing.
    #[must_use]
    pub fn essential_prices(&self) -> Vec<i64> {
        let priced = self.shares.iter().zip(&self.model.problem.positions);
        let parts = priced.map(|(share, position)| {
            (share.max(0.0) * 64.0).round().min(64.0 * position.essential_worth as f64)
        });
        parts.map(|price| price as i64).collect()
    }

    /// The rosters of the dual's solution at hand: each best for its volunteer at the prices, together not a plan.
    pub fn rosters(&self) -> impl Iterator<Item = (VolunteerIndex, &[PositionIndex])> {
        let rosters = self.ascent.iter().flat_map(Ascent::rosters);
        self.model.order.iter().copied().zip(rosters.map(|roster| roster.seats.as_slice()))
    }

    /// One pass over all volunteers, and now and then an evaluation, which takes another.
    pub fn round(&mut self) {
        self.round_until(&|| false);
    }

    /// A round that ends early when `stop`, which is asked often, says so.
    pub fn round_until(&mut self, stop: &(dyn Fn() -> bool + Sync)) {
        self.at_pool = false;
        if self.branch(stop) {
            return;
        }
        if self.pass == 0 && self.ascent.is_some() && self.essential_is_reached() && !self.at_cost() {
            self.begin();
        }
        if !self.try_suggested(stop) {
            return;
        }
        let Some(ascent) = &mut self.ascent else { return };
        let size = match ascent.level() {
            Level::Essential => self.model.size.essential,
            Level::Cost(_) => self.model.size.cost,
        };
        ascent.pass(&self.model, self.cycle.step(self.pass) * size, stop);
        self.pass += 1;
        if self.pass.is_multiple_of(STRETCH) {
            let Some((value, point)) = ascent.harvest(&self.model, stop) else { return };
            match ascent.level() {
                Level::Essential => {
                    if value.total > self.proof.total {
                        self.proof = value;
                        self.shares = point.prices;
                    }
                }
                Level::Cost(_) => self.keep_better(value, point),
            }
            self.prove();
        }
        let known = self.pass > 0 && self.essential_is_reached() && !self.at_cost();
        if self.pass >= self.cycle.passes || known {
            self.begin();
        }
    }

    /// At the essential level, goes on from what was suggested if that proves more; false if stopped.
    fn try_suggested(&mut self, stop: &Stop<'_>) -> bool {
        let Some(ascent) = self.ascent.as_mut().filter(|ascent| ascent.level() == Level::Essential) else {
            return true;
        };
        if self.pass == 0 && self.cycles == [1, 0] {
            self.suggested.push(vec![self.model.least_essential(); self.shares.len()]);
        }
        for prices in std::mem::take(&mut self.suggested) {
            let Some((value, point)) = ascent.try_prices(&self.model, &prices, stop) else { return false };
            if value.total > self.proof.total {
                (self.pass, self.cycle) = (0, Cycle::near_proof());
                (self.proof, self.shares) = (value, point.prices.clone());
                ascent.point = point;
            }
        }
        self.prove();
        true
    }

    /// Whether the prices and rosters at hand are about cost, and not about essential alone.
    #[must_use]
    pub fn at_cost(&self) -> bool {
        self.ascent.as_ref().is_some_and(|ascent| ascent.level() != Level::Essential)
    }

    /// On a small festival, what the first cycle of a level leaves is for branching. Returns whether it was.
    fn branch(&mut self, stop: &Stop<'_>) -> bool {
        let Some(reached) = self.reached else { return false };
        if self.pass > 0 {
            return false;
        }
        if self.model.problem.eligible_pairs() > self.most_to_branch {
            return self.step_in_pool(reached, stop);
        }
        let proven = |cycles: usize, level: Level| {
            let at_level = self.ascent.as_ref().is_some_and(|ascent| ascent.level() == level);
            cycles > usize::from(at_level)
        };
        let cost = Level::Cost(self.bound.essential);
        let (level, limit) =
            if reached.essential > self.bound.essential && proven(self.cycles[0], Level::Essential) {
                (Level::Essential, reached.essential)
            } else if reached.essential == self.bound.essential
                && reached.cost > self.bound.cost
                && proven(self.cycles[1], cost)
            {
                (cost, reached.cost)
            } else {
                return false;
            };
        if self.tree.as_ref().is_none_or(|tree| tree.level() != level) {
            let start =
                Point { prices: self.shares.clone(), theta: vec![0.0; self.model.link_count()], mu: 1.0 };
            let (value, point) = match (level, &self.best) {
                (Level::Cost(_), Some(best)) => best.clone(),
                (Level::Cost(_), None) => return false,
                (Level::Essential, _) => (self.proof, start),
            };
            self.tree = Some(Tree::new(level, point, value));
        }
        let Some(tree) = &mut self.tree else { return false };
        if tree.is_done() {
            return false;
        }
        tree.step(&self.model, limit);
        self.prove();
        true
    }

    /// On a middling festival, the programme over the rosters that matter follows the later cycles. Returns whether it did.
    fn step_in_pool(&mut self, reached: Score, stop: &Stop<'_>) -> bool {
        let level = Level::Cost(self.bound.essential);
        let open = reached.essential == self.bound.essential && reached.cost > self.bound.cost;
        if !open || !self.is_listed() {
            return false;
        }
        if self.pool.as_ref().is_none_or(|pool| pool.is_done() || pool.level() != level) {
            let after = self.cycles[1].max(self.cycles_before_list + 1);
            let is_due = after == self.cycles[1] && self.pooled_after < after;
            let Some((_, point)) = self.best.as_ref().filter(|_| is_due && self.aim == self.bound.essential)
            else {
                return false;
            };
            self.pooled_after = after;
            self.pool = Some(Pool::new(&self.model, level, point, reached.cost));
        }
        let Some(pool) = &mut self.pool else { return false };
        self.at_pool = true;
        pool.step(&self.model, reached.cost, &mut self.known, stop);
        self.prove();
        let Some(pool) = &mut self.pool else { return false };
        if pool.is_done() {
            let (value, point) = pool.point(&self.model);
            self.keep_better(value, point);
        }
        true
    }

    /// Keeps a point of the cost level if it is the best until now.
    fn keep_better(&mut self, value: Value, point: Point) {
        let essential = self.bound.essential;
        if self.best.as_ref().is_none_or(|(best, _)| best.beyond(essential) < value.beyond(essential)) {
            self.best = Some((value, point));
        }
    }

    /// What takes branching otherwise goes to the programme over a pool.
    #[cfg(test)]
    pub(super) fn without_branching(mut self) -> Self {
        (self.most_to_branch, self.cycles_before_list) = (0, 0);
        self
    }

    #[cfg(test)]
    pub(super) fn is_pooled(&self) -> bool {
        self.pool.is_some()
    }

    fn essential_is_reached(&self) -> bool {
        self.reached.is_some_and(|score| score.essential <= self.bound.essential)
    }

    /// Begins the next cycle: at the cost level, or at the essential level as long as that may still rise.
    fn begin(&mut self) {
        self.pass = 0;
        let [essential, cost] = self.cycles;
        if !self.essential_is_reached() && essential <= cost + 1 && (essential < 2 || cost >= essential) {
            self.cycle = Cycle::essential(essential);
            self.cycles[0] += 1;
            let start =
                Point { prices: self.shares.clone(), theta: vec![0.0; self.model.link_count()], mu: 1.0 };
            let shares = vec![0.0; self.shares.len()];
            self.ascent = Some(Ascent::new(&self.model, Level::Essential, start, shares));
            return;
        }
        // Another essential to aim at is another problem: from the start.
        let cost = if self.aim == self.bound.essential { cost } else { 0 };
        self.aim = self.bound.essential;
        self.cycle = Cycle::cost(cost, &self.model, self.aim);
        self.cycles[1] = cost + 1;
        let level = Level::Cost(self.bound.essential);
        // Where every essential seat can be filled, prices that were after a proof of the contrary would only mislead.
        let shares = if self.aim > 0 { self.shares.clone() } else { vec![0.0; self.shares.len()] };
        let start = match &self.best {
            Some((_, point)) if !self.cycle.afresh => point.clone(),
            _ => self.first_point(&shares),
        };
        match &mut self.ascent {
            Some(ascent) if ascent.level() == level => ascent.restart(start, 1.0),
            _ => self.ascent = Some(Ascent::new(&self.model, level, start, shares)),
        }
    }

    /// Essential at a high price, passed on to the positions by the prices that prove it.
    fn first_point(&self, shares: &[f64]) -> Point {
        let mu = self.model.size.essential_price();
        let prices = self.model.problem.positions.iter().zip(shares).map(|(position, &share)| {
            let saturated = share >= position.essential_worth as f64;
            mu * share + if saturated { 0.0 } else { position.desired_worth as f64 / 2.0 }
        });
        Point { prices: prices.collect(), theta: vec![0.0; self.model.link_count()], mu }
    }

    fn prove(&mut self) {
        let by_tree =
            |level: Level| self.tree.as_ref().filter(|tree| tree.level() == level).map_or(0, Tree::bound);
        let essential = self.proof.ceiling(0).max(by_tree(Level::Essential)).max(self.bound.essential);
        let by_prices = self.best.as_ref().map_or(0, |(best, _)| best.ceiling(essential));
        let level = Level::Cost(essential);
        let by_pool = self.pool.as_ref().filter(|pool| pool.level() == level).map_or(0, Pool::bound);
        let proven = if essential == self.bound.essential { self.bound.cost } else { 0 };
        let cost = by_prices.max(by_tree(level)).max(by_pool).max(proven);
        self.bound = Score { essential, cost };
    }
}
