//! The schedule: essential first, then cost, in cycles of ever finer steps.

use super::ascent::{Ascent, Level, Point, Value};
use super::model::Model;
use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::score::Score;

/// Festivals of more nights are not bounded beyond 0.
const MOST_NIGHTS: usize = 400;
/// Passes between two evaluations.
const STRETCH: usize = 10;
/// Bounds stay below this, as every score does.
const CEILING: i128 = 1 << 60;

/// A run of passes whose steps shrink geometrically; lengths of steps are shares of the typical amount.
#[derive(Clone, Copy)]
struct Cycle {
    passes: usize,
    first: f64,
    last: f64,
}

impl Cycle {
    fn essential(number: usize) -> Self {
        let finer = 0.3_f64.powi(number.min(6) as i32);
        Self { passes: 60 * (number + 1), first: 0.2 * finer, last: 0.01 * finer }
    }

    fn cost(number: usize, blocks: usize) -> Self {
        let passes = |steps: usize| steps.div_ceil(blocks).next_multiple_of(STRETCH);
        if number == 0 {
            return Self { passes: passes(200), first: 0.1, last: 0.001 };
        }
        let finer = 0.7_f64.powi(number.min(16) as i32 - 1);
        Self { passes: passes(300 + 300 * number), first: 0.003 * finer, last: 0.000_2 * finer }
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

    /// Takes note that a plan of this score exists, so that effort goes where it can still close a gap. The bound
    /// never depends on it.
    pub fn reach(&mut self, score: Score) {
        self.reached = Some(self.reached.map_or(score, |known| known.min(score)));
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

    /// The rosters of the dual's solution at hand: each best for its volunteer at the prices, together not a plan.
    pub fn rosters(&self) -> impl Iterator<Item = (VolunteerIndex, &[PositionIndex])> {
        let rosters = self.ascent.iter().flat_map(Ascent::rosters);
        self.model.order.iter().copied().zip(rosters.map(|roster| roster.seats.as_slice()))
    }

    /// One pass over all volunteers, and now and then an evaluation, which takes another.
    pub fn round(&mut self) {
        let Some(ascent) = &mut self.ascent else { return };
        let size = match ascent.level() {
            Level::Essential => self.model.size.essential,
            Level::Cost(_) => self.model.size.cost,
        };
        ascent.pass(&self.model, self.cycle.step(self.pass) * size);
        self.pass += 1;
        if self.pass.is_multiple_of(STRETCH) {
            let mean = ascent.take_mean();
            match ascent.level() {
                Level::Essential => self.prove_essential(&mean),
                Level::Cost(_) => self.prove_cost(mean),
            }
        }
        let known = self.pass > 0 && self.essential_is_reached() && self.at_essential();
        if self.pass >= self.cycle.passes || known {
            self.begin();
        }
    }

    /// Whether the prices and rosters at hand are about cost, and not about essential alone.
    #[must_use]
    pub fn at_cost(&self) -> bool {
        self.ascent.as_ref().is_some_and(|ascent| ascent.level() != Level::Essential)
    }

    fn at_essential(&self) -> bool {
        self.ascent.as_ref().is_some_and(|ascent| ascent.level() == Level::Essential)
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
        self.cycle = Cycle::cost(cost, Ascent::blocks(&self.model));
        self.cycles[1] += 1;
        let level = Level::Cost(self.bound.essential);
        let start = match &self.best {
            Some((_, point)) => point.clone(),
            None => self.first_point(),
        };
        match &mut self.ascent {
            Some(ascent) if ascent.level() == level => ascent.point = start,
            _ => self.ascent = Some(Ascent::new(&self.model, level, start, self.shares.clone())),
        }
    }

    /// Essential at a high price, passed on to the positions by the prices that prove it.
    fn first_point(&self) -> Point {
        let mu = self.model.size.cost * 6.0;
        let prices = self.model.problem.positions.iter().zip(&self.shares).map(|(position, &share)| {
            let saturated = share >= position.essential_worth as f64;
            mu * share + if saturated { 0.0 } else { position.desired_worth as f64 / 2.0 }
        });
        Point { prices: prices.collect(), theta: vec![0.0; self.model.link_count()], mu }
    }

    /// The essential level is nearly a transportation problem, whose best prices are whole numbers: the mean is tried
    /// as it is and rounded.
    fn prove_essential(&mut self, mean: &Point) {
        let Some(ascent) = &mut self.ascent else { return };
        let rounded = |parts: f64, up: f64| Point {
            prices: mean.prices.iter().map(|price| (price * parts + up).floor() / parts).collect(),
            ..mean.clone()
        };
        let candidates =
            [mean.clone(), rounded(1.0, 0.25), rounded(1.0, 0.5), rounded(1.0, 0.75), rounded(2.0, 0.5)];
        for point in candidates {
            let value = ascent.evaluate(&self.model, &point);
            if value.total > self.proof.total {
                self.proof = value;
                self.shares = point.prices;
            }
        }
        self.bound.essential = self.proof.ceiling(0);
        self.prove();
    }

    fn prove_cost(&mut self, mean: Point) {
        let Some(ascent) = &mut self.ascent else { return };
        let value = ascent.evaluate(&self.model, &mean);
        let essential = self.bound.essential;
        if self.best.as_ref().is_none_or(|(best, _)| best.beyond(essential) < value.beyond(essential)) {
            self.best = Some((value, mean));
        }
        self.prove();
    }

    fn prove(&mut self) {
        self.bound.cost = self.best.as_ref().map_or(0, |(best, _)| best.ceiling(self.bound.essential));
    }
}

impl Value {
    const ZERO: Self = Self { bits: 0, total: 0, mu: 0 };

    /// A lower bound of the cost of plans of this essential, scaled.
    fn beyond(self, essential: i64) -> i128 {
        self.total - i128::from(self.mu) * i128::from(essential)
    }

    /// The same, as a whole number: costs are whole, so it may be rounded up.
    fn ceiling(self, essential: i64) -> i64 {
        let (value, unit) = (self.beyond(essential), 1_i128 << self.bits);
        (value.div_euclid(unit) + i128::from(value.rem_euclid(unit) > 0)).clamp(0, CEILING) as i64
    }
}
