//! From a problem to the best plan that a budget allows.

use rayon::prelude::*;

use crate::bound::Dual;
use crate::chance::Chance;
use crate::construct::construct;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::roster::Roster;
use crate::score::Score;
use crate::search::{Chains, Part, divide};

/// Steps between two looks at the budget.
const STEPS_PER_LOOK: u64 = 512;
/// Rounds of the bound before the search, and after each of its epochs.
const ROUNDS_FIRST: usize = 60;
const ROUNDS_PER_EPOCH: usize = 4;

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
/// so it should grow evenly with time; the crate reads no clock. `progress` hears of every better plan.
pub fn solve(
    problem: &Problem,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    let threads = options.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok();
    let mut chance = Chance::new(options.seed);
    let mut roster = construct(problem);
    debug_assert!(roster.is_sound());
    let mut best = Solution { plan: roster.plan(), score: roster.score(), bound: Score::default(), steps: 0 };
    report(&best, progress);
    let in_pool = |work: &mut (dyn FnMut() + Send)| match &pool {
        Some(pool) => pool.install(work),
        None => work(),
    };
    let prove = |dual: &mut Dual<'_>, best: &mut Solution, rounds: usize| {
        dual.reach(best.score);
        for _ in 0..rounds {
            if spent() >= 1.0 || best.score == dual.bound() {
                break;
            }
            in_pool(&mut || dual.round());
        }
        best.bound = dual.bound();
    };
    let mut dual = Dual::new(problem, options.seed);
    prove(&mut dual, &mut best, ROUNDS_FIRST);
    report(&best, progress);

    let epoch = (problem.volunteers.len() as u64 * 40).max(20_000);
    let mut steps = 0;
    loop {
        let limit = options.max_steps.unwrap_or(u64::MAX);
        let share = |steps: u64| {
            let time = spent();
            if options.max_steps.is_none() || time >= 1.0 { time } else { steps as f64 / limit as f64 }
        };
        let now = share(steps);
        if now >= 1.0 || best.score == best.bound {
            break;
        }
        let temperature = temperature(now);
        let parts = divide(problem, threads, &mut chance);
        let each = epoch.min((limit - steps).div_ceil(threads as u64));
        let walks: Vec<(&Part, Chance)> =
            parts.iter().map(|part| (part, Chance::new(chance.next()))).collect();
        let walk = |(part, chance): (&Part, Chance)| {
            let mut chains = Chains::new(roster.clone(), part, chance, 5000.0);
            let mut done = 0;
            while done < each {
                let batch = STEPS_PER_LOOK.min(each - done);
                (0..batch).for_each(|_| chains.step(temperature));
                done += batch;
                if spent() >= 1.0 {
                    break;
                }
            }
            (chains.roster.into_lists(), done)
        };
        let run = || walks.into_par_iter().map(walk).collect::<Vec<_>>();
        let found = match &pool {
            Some(pool) => pool.install(run),
            None => run(),
        };
        steps += found.iter().map(|(_, done)| done).sum::<u64>();
        roster = join(problem, &parts, found.into_iter().map(|(lists, _)| lists).collect());
        debug_assert!(roster.is_sound());
        if roster.score() < best.score {
            best = Solution { plan: roster.plan(), score: roster.score(), bound: best.bound, steps };
            report(&best, progress);
        }
        let before = best.bound;
        prove(&mut dual, &mut best, ROUNDS_PER_EPOCH);
        if best.bound != before {
            report(&best, progress);
        }
    }
    Solution { steps, ..best }
}

fn temperature(now: f64) -> f64 {
    let (hot, cold): (f64, f64) = (20.0, 0.6);
    hot * (cold / hot).powf(now)
}

fn report(best: &Solution, progress: &mut dyn FnMut(&Progress<'_>)) {
    progress(&Progress { plan: &best.plan, score: best.score, bound: best.bound, steps: best.steps });
}

/// Of each volunteer the list of the thread whose part they were.
fn join<'a>(problem: &'a Problem, parts: &[Part], mut lists: Vec<Vec<Vec<u32>>>) -> Roster<'a> {
    let mut joined = lists.pop().unwrap_or_default();
    for (part, lists) in parts.iter().zip(lists) {
        for (volunteer, list) in lists.into_iter().enumerate() {
            if part.may_change(volunteer as u32) {
                joined[volunteer] = list;
            }
        }
    }
    Roster::from_lists(problem, joined)
}
