//! After publication: the plan that changes least.
//!
//! The festival is solved twice. First nothing counts but essential seats and published assignments given up, whose
//! dual proves how few can do; then everything counts, with changes above all but essential.

use serde::{Deserialize, Serialize};

use crate::bound::Dual;
use crate::judge;
use crate::problem::Problem;
use crate::roster::Roster;
use crate::score::Score;
use crate::solve::{Options, Pool, Progress, Solution, improve, solve};

/// Shares of the budget after which the first solve and the second end; the rest bounds the cost.
const COUNTED: f64 = 0.5;
const IMPROVED: f64 = 0.85;

/// How many published assignments a plan gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Published assignments that are not in the plan.
    pub dropped: i64,
    /// No valid plan of the lowest proven essential drops fewer.
    pub bound: i64,
}

/// Like [`solve`], but of the plans with the lowest essential one that gives up the fewest published assignments, and
/// only then the cheapest.
pub fn solve_with_fewest_changes(
    problem: &Problem,
    options: &Options,
    spent: &(dyn Fn() -> f64 + Sync),
    progress: &mut dyn FnMut(&Progress<'_>),
) -> (Solution, Changes) {
    let half = Options { max_steps: options.max_steps.map(|steps| steps / 2), ..options.clone() };
    let mut bound = Score::default();
    // What is told is about the festival as it is, whatever is being counted.
    let mut tell = |found: &Progress<'_>| {
        bound.essential = bound.essential.max(found.bound.essential);
        let score = judge::judge(problem, &(found.plan)()).score;
        progress(&Progress { plan: found.plan, score, bound, steps: found.steps });
    };
    let counting = problem.counting_changes();
    let counted = solve(&counting, &half, &|| spent() / COUNTED, &mut tell);

    let clinging = problem.clinging();
    let roster = Roster::with(&clinging, counted.plan.assignments());
    let until = |end: f64, from: f64| (spent() - from) / (end - from).max(f64::EPSILON);
    let from = spent().min(IMPROVED);
    let improved = improve(roster, &half, &|| until(IMPROVED, from), &mut tell);

    let judgement = judge::judge(problem, &improved.plan);
    let mut dual = Dual::new(problem, options.seed);
    dual.reach(judgement.score);
    let pool = Pool::new(options.threads);
    let rounds = if options.max_steps.is_some() { 100 } else { u32::MAX };
    for _ in 0..rounds {
        if spent() >= 1.0 || dual.bound() == judgement.score {
            break;
        }
        pool.run(|| dual.round_until(&|| spent() >= 1.0));
    }
    let proven = [counted.bound, improved.bound, dual.bound()];
    let essential = proven.iter().map(|bound| bound.essential).max().unwrap_or(0);
    // A bound of cost or of changes holds for the essential that it was proven with.
    let at = |bound: Score| if bound.essential == essential { bound.cost } else { 0 };
    let dropped = problem.published.iter().filter(|&&(v, p)| !improved.plan.contains(v, p)).count() as i64;
    let solution = Solution {
        score: judgement.score,
        bound: Score { essential, cost: at(dual.bound()) },
        steps: counted.steps + improved.steps,
        plan: improved.plan,
    };
    (solution, Changes { dropped, bound: at(counted.bound) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::tests::{all_scores, festival};

    #[test]
    fn of_the_plans_of_least_essential_one_changes_least() {
        let (mut checked, mut fewest) = (0, 0);
        for number in 0..600 {
            let problem = festival(number);
            if problem.published.is_empty() {
                continue;
            }
            let scores = all_scores(&problem.counting_changes());
            let Some(best) = scores.and_then(|scores| scores.into_iter().min()) else { continue };
            let options = Options { seed: number, threads: 1, max_steps: Some(20_000) };
            let (solution, changes) = solve_with_fewest_changes(&problem, &options, &|| 0.0, &mut |_| {});
            let judgement = judge::judge(&problem, &solution.plan);
            assert_eq!((judgement.breaches, judgement.score), (vec![], solution.score), "festival {number}");
            let optimum = all_scores(&problem).and_then(|scores| scores.into_iter().min()).expect("a plan");
            assert!(solution.bound <= optimum, "festival {number}: {:?}", solution.bound);
            if solution.bound.essential == best.essential {
                assert!(changes.bound <= best.cost, "festival {number}: {changes:?}");
            }
            checked += 1;
            fewest += i64::from((solution.score.essential, changes.dropped) == (best.essential, best.cost));
        }
        assert!(checked > 200, "{checked} festivals had something published");
        assert!(fewest * 100 >= checked * 99, "{fewest} plans of {checked} change least");
    }
}
