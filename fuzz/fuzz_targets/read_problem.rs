//! Any bytes: a problem is read or refused, and one that is read can be solved, judged and explained.

#![no_main]

use khademyar_scheduling::{Options, Problem, explain::Explainer, judge, solve};
use libfuzzer_sys::fuzz_target;

/// Larger festivals only make fuzzing slow.
const MOST_PAIRS: usize = 5_000;

fuzz_target!(|bytes: &[u8]| {
    let Ok(problem) = Problem::read(bytes) else { return };
    if problem.eligible_pairs() > MOST_PAIRS || problem.position_ids().len() > MOST_PAIRS {
        return;
    }
    let options = Options { seed: 1, threads: 1, max_steps: Some(200) };
    let solution = solve(&problem, &options, &|| 0.0, &mut |_| {});
    let judgement = judge(&problem, &solution.plan);
    assert!(judgement.breaches.is_empty(), "{:?}", judgement.breaches);
    assert_eq!(judgement.score, solution.score);
    assert!(solution.bound <= solution.score);
    let explainer = Explainer::new(&problem, &solution.plan);
    for unfilled in explainer.unfilled().iter().take(20) {
        let _ = explainer.answer(unfilled.position);
    }
});
