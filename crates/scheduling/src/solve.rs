//! From a problem to the best plan that a budget allows.

mod anneal;
mod islands;
mod prove;
#[cfg(test)]
mod tests;

use rayon::ThreadPool;

use crate::construct::construct;
use crate::plan::Plan;
use crate::problem::{Problem, islands};
use crate::roster::Roster;
use crate::score::Score;
use anneal::{Aim, Annealing};
use prove::Proving;

/// Shares of the budget that mending a little, bounding essential and searching for it may take.
const ESSENTIAL_MEND: f64 = 0.05;
const ESSENTIAL_BOUND: f64 = 0.1;
const ESSENTIAL_SEARCH: f64 = 0.4;
/// And mending, as long as that finds anything.
const ESSENTIAL_MENDING: f64 = 0.8;
/// Epochs in a row that may find nothing before mending what is essential is given up.
const IDLE_EPOCHS: u32 = 2;
/// Cold epochs after which what they left is filled along paths, and how often in a row both may find nothing.
const EPOCHS_PER_FILL: u32 = 4;
const IDLE_FILLS: u32 = 2;
/// Epochs of the first hot search for essential; each further one takes twice as many.
const ESSENTIAL_EPOCHS: u32 = 50;
/// Rounds of the bound of cost before the search for it, and the share of the budget that they may take.
const ROUNDS_FIRST: u32 = 100;
const FIRST_ROUNDS: f64 = 0.2;
/// Share of the time that the bound takes afterwards, and when the search has found nothing better for [`STALE`] of it.
const ROUNDS_SHARE: f64 = 0.35;
const ROUNDS_SHARE_WHEN_STALE: f64 = 0.7;
const ROUNDS_SHARE_WHEN_BRANCHING: f64 = 0.9;
const STALE: f64 = 0.3;
/// With a limit of steps, rounds of the bound after each epoch of the search.
const ROUNDS_PER_EPOCH: u32 = 1;
/// Rounds after which the search is guided anew.
const ROUNDS_PER_GUIDE: u32 = 20;

/// More threads than a machine has processors only wait for each other.
const MOST_THREADS: usize = 256;

/// How to solve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Same seed, threads and step limit: the same plan.
    pub seed: u64,
    /// Threads to search with, from 1 to 256; what is beyond counts as the nearest of them.
    pub threads: usize,
    /// Stop after so many steps of the search, whatever the time. The course of the search depends on nothing else then.
    pub max_steps: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, threads: 2, max_steps: None }
    }
}

/// How far a solve has come.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    /// Makes the best plan until now, which is valid.
    pub plan: &'a dyn Fn() -> Plan,
    /// Its score.
    pub score: Score,
    /// What no valid plan beats.
    pub bound: Score,
    /// Steps of the search until now.
    pub steps: u64,
}

/// The best plan found, and what is proven of it.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The plan, valid.
    pub plan: Plan,
    /// Its score.
    pub score: Score,
    /// No valid plan's essential is lower, and none with this essential costs less.
    pub bound: Score,
    /// Steps of the search.
    pub steps: u64,
}

/// Solves until the budget is spent or the plan is proven the best.
///
/// `spent` tells how much of the budget is used: 0 at the start, 1 or more to stop now. The search cools down by it,
/// so it should grow evenly with time; the crate reads no clock. `progress` hears of every better plan and bound.
///
/// Memory is proportional to the eligible pairs. With `max_steps` and a `spent` that stays below 1, the same seed and
/// threads give the same plan.
pub fn solve(
    problem: &Problem,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    let islands = islands(problem, islands::LEAST_PAIRS);
    let pool = Pool::new(options.threads);
    if islands.is_empty() {
        return improve_whole(pool.run(|| construct(problem)), options, spent, progress);
    }
    let rosters = islands::construct_all(&islands, &pool);
    islands::improve_all(&islands, rosters, options, spent, progress)
}

/// Solves, from a valid roster on.
pub(crate) fn improve(
    roster: Roster<'_>,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    let islands = islands(roster.problem, islands::LEAST_PAIRS);
    if islands.is_empty() {
        return improve_whole(roster, options, spent, progress);
    }
    let rosters = islands::divided(&islands, &roster.plan());
    islands::improve_all(&islands, rosters, options, spent, progress)
}

/// The same for a festival that is not divided.
fn improve_whole(
    roster: Roster<'_>,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    debug_assert!(roster.is_sound());
    let problem = roster.problem;
    let best = Solution { plan: roster.plan(), score: roster.score(), bound: Score::default(), steps: 0 };
    let mut run = Run {
        pool: Pool::new(options.threads),
        max_steps: options.max_steps,
        spent,
        progress,
        annealing: Annealing::new(roster, options),
        proving: Proving::new(problem, options.seed),
        best,
        improved: 0.0,
    };
    run.report();
    run.essential();
    run.first_rounds();
    run.cost();
    run.best
}

/// A solve under way.
struct Run<'a> {
    pool: Pool,
    max_steps: Option<u64>,
    spent: &'a (dyn Fn() -> f64 + Sync),
    progress: &'a mut dyn FnMut(&Progress<'_>),
    annealing: Annealing<'a>,
    proving: Proving<'a>,
    best: Solution,
    /// When the search last found something better.
    improved: f64,
}

impl Run<'_> {
    /// Bounds essential, and reaches that bound or comes near.
    fn essential(&mut self) {
        self.bid();
        // Often a little mending is enough, and nothing is to be bounded.
        self.mend(self.share() + ESSENTIAL_MEND);
        let until = self.time() + ESSENTIAL_BOUND;
        while !self.proving.at_cost() && self.time() < until && !self.is_over() {
            self.prove();
        }
        self.annealing.set_guide(self.proving.guide());
        let until = self.share() + ESSENTIAL_SEARCH;
        self.mend(self.share() + ESSENTIAL_MENDING);
        let open = |run: &Self| {
            run.best.score.essential > run.best.bound.essential && run.share() < until && !run.is_over()
        };
        let (mut epoch, mut epochs) = (0, ESSENTIAL_EPOCHS);
        while open(self) {
            self.search(Aim::Essential, f64::from(epoch) / f64::from(epochs));
            epoch += 1;
            if epoch == epochs {
                // Not cool enough, or caught: again, and more slowly.
                (epoch, epochs) = (0, epochs * 2);
                self.annealing.set_plan(&self.best.plan);
                self.fill();
            }
        }
        self.annealing.set_plan(&self.best.plan);
    }

    /// Where the first plan lacks what is essential, tries another way to begin, and bounds in one round what is missing in
    /// any plan.
    fn bid(&mut self) {
        if self.best.score.essential == 0 {
            return;
        }
        let spent = self.spent;
        let roster = self.proving.auctioned(&self.pool, &|| spent() >= 1.0);
        self.take_up(&roster);
        self.fill();
    }

    /// Goes on from a roster if it is the best until now.
    fn take_up(&mut self, roster: &Roster<'_>) {
        if roster.score() < self.best.score {
            self.annealing.set_plan(&roster.plan());
            self.adopt();
        }
    }

    /// Fills what the best plan lacks along alternating paths, and proves what no plan fills.
    fn fill(&mut self) {
        let spent = self.spent;
        let mut roster = Roster::with(self.annealing.problem(), self.best.plan.assignments());
        self.proving.fill(&self.pool, &mut roster, &|| spent() >= 1.0);
        self.take_up(&roster);
        if self.best.score.essential > 0 {
            self.prove();
        }
    }

    /// Searches coldly for essential, and along paths after that, as long as that finds anything.
    fn mend(&mut self, until: f64) {
        let open = |run: &Self| {
            run.best.score.essential > run.best.bound.essential && run.share() < until && !run.is_over()
        };
        let mut idle = 0;
        while open(self) && idle < IDLE_FILLS {
            let found = self.best.score.essential;
            for _ in 0..EPOCHS_PER_FILL {
                if open(self) {
                    self.search(Aim::Essential, 1.0);
                }
            }
            if open(self) {
                self.fill();
            }
            idle = if self.best.score.essential < found { 0 } else { idle + 1 };
        }
    }

    /// Prices the positions well enough to guide the search.
    fn first_rounds(&mut self) {
        let until = self.time() + FIRST_ROUNDS;
        while self.proving.rounds_at_cost() < ROUNDS_FIRST && self.time() < until && !self.is_over() {
            self.prove();
        }
        if !self.is_over() {
            self.annealing.set_guide(self.proving.guide());
            self.follow();
        }
    }

    /// Goes on from the plan that the dual's rosters lead to, if that is better once what it lacks of what is essential is
    /// mended.
    fn follow(&mut self) {
        let known = self.best.score;
        self.annealing.start_at(self.proving.followed());
        let mut idle = 0;
        while self.annealing.score().essential > known.essential && idle < IDLE_EPOCHS && !self.is_over() {
            let before = self.annealing.score().essential;
            self.search(Aim::Cost, 0.0);
            idle = if self.annealing.score().essential < before { 0 } else { idle + 1 };
        }
        self.adopt();
        if self.best.score == known {
            self.annealing.start_over(&self.best.plan);
        }
    }

    /// Lowers the cost and raises its bound, turn by turn.
    fn cost(&mut self) {
        let (from, begun) = (self.share(), self.time());
        let mut guided_by = self.proving.rounds_at_cost();
        let mut proved = 0.0;
        let wants_others = self.proving.wants_others();
        let (mut cooled, mut since) = (from, self.annealing.steps());
        while !self.is_over() {
            let by_time = (self.share() - cooled) / (1.0 - cooled);
            let by_steps = (self.annealing.steps() - since) as f64 / self.annealing.steps_of_cycle() as f64;
            self.search(Aim::Cost, if wants_others { by_time.max(by_steps) } else { by_time });
            if wants_others && by_steps >= 1.0 {
                self.proving.know_other(self.annealing.plan());
                self.annealing.heat_up();
                (cooled, since) = (self.share(), self.annealing.steps());
            }
            let turn = self.time();
            let mut rounds = 0;
            while !self.is_over() {
                let enough = match self.max_steps {
                    Some(_) => rounds >= ROUNDS_PER_EPOCH,
                    None => proved + self.time() - turn > self.rounds_share(begun) * (self.time() - begun),
                };
                if enough {
                    break;
                }
                self.prove();
                rounds += 1;
            }
            proved += self.time() - turn;
            if self.proving.rounds_at_cost() >= guided_by + ROUNDS_PER_GUIDE {
                guided_by = self.proving.rounds_at_cost();
                self.annealing.set_guide(self.proving.guide());
            }
        }
    }

    fn rounds_share(&self, begun: f64) -> f64 {
        if self.proving.is_branching() {
            return ROUNDS_SHARE_WHEN_BRANCHING;
        }
        let now = self.time();
        let stale = now - self.improved.max(begun) > STALE * (now - begun);
        if stale { ROUNDS_SHARE_WHEN_STALE } else { ROUNDS_SHARE }
    }

    fn prove(&mut self) {
        let (known, spent) = (self.best.score, self.spent);
        if self.proving.round(&self.pool, &mut self.best, &|| spent() >= 1.0) {
            if self.best.score < known {
                self.annealing.set_plan(&self.best.plan);
            }
            self.report();
        }
    }

    fn search(&mut self, aim: Aim, share: f64) {
        self.annealing.epoch(&self.pool, aim, share, self.spent);
        self.best.steps = self.annealing.steps();
        self.adopt();
    }

    /// Keeps what the search is at, if it is the best until now.
    fn adopt(&mut self) {
        if self.annealing.score() < self.best.score {
            (self.best.plan, self.best.score) = (self.annealing.plan(), self.annealing.score());
            self.improved = self.time();
            self.report();
        }
    }

    fn report(&mut self) {
        let Solution { plan, score, bound, steps } = &self.best;
        let plan = || plan.clone();
        (self.progress)(&Progress { plan: &plan, score: *score, bound: *bound, steps: *steps });
    }

    fn is_over(&self) -> bool {
        self.time() >= 1.0 || self.share() >= 1.0 || self.best.score == self.best.bound
    }

    fn time(&self) -> f64 {
        (self.spent)()
    }

    /// What the course of the search goes by: with a limit of steps nothing but the stop itself depends on time.
    fn share(&self) -> f64 {
        let steps = self.annealing.steps();
        let by_steps = |limit: u64| if steps < limit { steps as f64 / limit as f64 } else { 1.0 };
        self.max_steps.map_or_else(|| self.time(), by_steps)
    }
}

/// Threads to work with; the caller's own where no others are to be had.
pub(crate) struct Pool {
    threads: usize,
    pool: Option<ThreadPool>,
}

impl Pool {
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, MOST_THREADS);
        Self { threads, pool: rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok() }
    }

    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
