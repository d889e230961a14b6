//! From a problem to the best plan that a budget allows.

mod anneal;
mod prove;
#[cfg(test)]
mod tests;

use rayon::ThreadPool;

use crate::construct::construct;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::score::Score;
use anneal::Annealing;
use prove::Proving;

/// Rounds of the bound before the search, unless they take more than [`SHARE_FIRST`] of the budget.
const ROUNDS_FIRST: u32 = 100;
const SHARE_FIRST: f64 = 0.25;
/// Share of the budget that the bound takes in all.
const SHARE: f64 = 0.35;
/// With a limit of steps, rounds of the bound after each epoch of the search.
const ROUNDS_PER_EPOCH: u32 = 1;
/// Rounds after which the search is guided anew.
const ROUNDS_PER_GUIDE: u32 = 20;

/// How to solve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Same seed, threads and step limit: the same plan.
    pub seed: u64,
    /// Threads to search with; 0 counts as 1.
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
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The best plan until now, valid.
    pub plan: &'a Plan,
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
    let pool = Pool::new(options.threads);
    let roster = construct(problem);
    debug_assert!(roster.is_sound());
    let mut best = Solution { plan: roster.plan(), score: roster.score(), bound: Score::default(), steps: 0 };
    let mut report = |best: &Solution| {
        progress(&Progress { plan: &best.plan, score: best.score, bound: best.bound, steps: best.steps });
    };
    report(&best);
    let mut proving = Proving::new(problem, options.seed);
    while spent() < SHARE_FIRST && proving.rounds_at_cost() < ROUNDS_FIRST && best.score != best.bound {
        if proving.round(&pool, &mut best) {
            report(&best);
        }
    }
    let mut proved = spent();
    let mut guided_by = proving.rounds_at_cost();
    let mut annealing = Annealing::new(roster, options, proving.guide());
    while best.score != best.bound {
        // With a limit of steps, nothing but the stop itself may depend on time.
        let time = spent();
        let share = options.max_steps.map_or(time, |limit| annealing.steps() as f64 / limit.max(1) as f64);
        if time >= 1.0 || share >= 1.0 {
            break;
        }
        annealing.epoch(&pool, share, spent);
        best.steps = annealing.steps();
        if annealing.score() < best.score {
            (best.plan, best.score) = (annealing.plan(), annealing.score());
            report(&best);
        }
        let from = spent();
        let mut rounds = 0;
        while best.score != best.bound && spent() < 1.0 {
            let enough = match options.max_steps {
                Some(_) => rounds >= ROUNDS_PER_EPOCH,
                None => proved + spent() - from > SHARE * spent(),
            };
            if enough {
                break;
            }
            if proving.round(&pool, &mut best) {
                report(&best);
            }
            rounds += 1;
        }
        proved += spent() - from;
        if proving.rounds_at_cost() >= guided_by + ROUNDS_PER_GUIDE {
            guided_by = proving.rounds_at_cost();
            annealing.set_guide(proving.guide());
        }
    }
    best
}

/// Threads to work with; the caller's own where no others are to be had.
struct Pool {
    threads: usize,
    pool: Option<ThreadPool>,
}

impl Pool {
    fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self { threads, pool: rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok() }
    }

    fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
