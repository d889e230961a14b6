//! Festivals that fall into islands: each is solved as what it is, and what is found and proven adds up.
//!
//! A city's roster is searched and bounded in a fraction of the memory and with far fewer rounds than the country's.
//! The islands come one after the other, the small ones first, each with its share of the time that is left: time that
//! one does not need goes to the larger ones.

use super::{Options, Pool, Progress, Solution, improve_whole};
use crate::construct::construct;
use crate::plan::Plan;
use crate::problem::Island;
use crate::roster::Roster;
use crate::score::Score;
use rayon::prelude::*;

/// Eligible pairs of an island that is worth a solve of its own.
pub(super) const LEAST_PAIRS: usize = 20_000;

/// An island of twice the eligible pairs gets less than twice the time: a small one has to be bounded as well, and passes
/// over its pairs are not all that it costs.
const SHARE_OF_PAIRS: f64 = 0.85;

/// First plans of the islands.
pub(super) fn construct_all<'a>(islands: &'a [Island], pool: &Pool) -> Vec<Roster<'a>> {
    pool.run(|| islands.par_iter().map(|island| construct(&island.problem)).collect())
}

/// The islands' parts of a valid plan.
pub(super) fn divided<'a>(islands: &'a [Island], plan: &Plan) -> Vec<Roster<'a>> {
    let part = |island: &'a Island| {
        let number = |members: &[u32], member| members.binary_search(&member).ok().map(|i| i as u32);
        let pairs = plan.assignments().iter();
        let held: Vec<(u32, u32)> = pairs
            .filter_map(|&(v, p)| Some((number(&island.volunteers, v)?, number(&island.positions, p)?)))
            .collect();
        Roster::with(&island.problem, &held)
    };
    islands.iter().map(part).collect()
}

/// Improves the islands' rosters one after the other.
pub(super) fn improve_all(
    islands: &[Island],
    rosters: Vec<Roster<'_>>,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Solution {
    let mut archipelago = Archipelago {
        islands,
        plans: rosters.iter().map(Roster::plan).collect(),
        scores: rosters.iter().map(Roster::score).collect(),
        bounds: vec![Score::default(); islands.len()],
        steps: 0,
    };
    archipelago.report(progress);
    let weight = |island: &Island| (island.problem.eligible_pairs().max(1) as f64).powf(SHARE_OF_PAIRS);
    let mut steps_left = options.max_steps;
    for (i, roster) in rosters.into_iter().enumerate() {
        let share = weight(&islands[i]) / islands[i..].iter().map(weight).sum::<f64>();
        let max_steps = steps_left.map(|steps| (steps as f64 * share) as u64);
        steps_left = steps_left.zip(max_steps).map(|(left, taken)| left - taken);
        let from = spent();
        let length = (1.0 - from) * share;
        let spent_here = || {
            let now = spent();
            if now >= 1.0 || max_steps.is_some() { now } else { (now - from) / length }
        };
        let options =
            Options { seed: options.seed.wrapping_add(i as u64), threads: options.threads, max_steps };
        let before = archipelago.steps;
        let solution = improve_whole(roster, &options, &spent_here, &mut |found| {
            archipelago.steps = before + found.steps;
            archipelago.take(i, (found.plan)(), found.score, found.bound);
            archipelago.report(progress);
        });
        archipelago.steps = before + solution.steps;
        archipelago.take(i, solution.plan, solution.score, solution.bound);
    }
    archipelago.solution()
}

/// What is found of all islands, in their order.
struct Archipelago<'a> {
    islands: &'a [Island],
    plans: Vec<Plan>,
    scores: Vec<Score>,
    bounds: Vec<Score>,
    steps: u64,
}

impl Archipelago<'_> {
    fn take(&mut self, island: usize, plan: Plan, score: Score, bound: Score) {
        self.plans[island] = plan;
        self.scores[island] = score;
        self.bounds[island] = bound;
    }

    fn plan(&self) -> Plan {
        let pairs = self.islands.iter().zip(&self.plans).flat_map(|(island, plan)| {
            let whole = |&(v, p): &(u32, u32)| (island.volunteers[v as usize], island.positions[p as usize]);
            plan.assignments().iter().map(whole)
        });
        Plan::new(pairs.collect())
    }

    fn report(&self, progress: &mut dyn FnMut(&Progress<'_>)) {
        let plan = || self.plan();
        let (score, bound) = (sum(&self.scores), sum(&self.bounds));
        progress(&Progress { plan: &plan, score, bound, steps: self.steps });
    }

    fn solution(self) -> Solution {
        let (score, bound) = (sum(&self.scores), sum(&self.bounds));
        Solution { plan: self.plan(), score, bound, steps: self.steps }
    }
}

/// Where each island's essential is at least its bound, and all of them together have the least, each of them has: so
/// the bounds of cost add up as well.
fn sum(scores: &[Score]) -> Score {
    scores.iter().fold(Score::default(), |sum, score| Score {
        essential: sum.essential + score.essential,
        cost: sum.cost + score.cost,
    })
}
