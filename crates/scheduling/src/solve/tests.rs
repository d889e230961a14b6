//! Solves against every plan of tiny festivals.

use super::{
    Options, Pool, Solution,
    islands::{construct_all, improve_all},
    solve,
};
use crate::bound::tests::{all_scores, draw, festival};
use crate::format::ProblemFile;
use crate::judge;
use crate::problem::{Problem, islands};

fn solved(problem: &Problem, threads: usize, steps: u64) -> Solution {
    let options = Options { seed: 7, threads, max_steps: Some(steps) };
    solve(problem, &options, &|| 0.0, &mut |progress| {
        assert!(progress.bound <= progress.score || progress.bound.essential < progress.score.essential);
    })
}

#[test]
fn plans_of_tiny_festivals_are_valid_and_nearly_always_the_best() {
    let (mut checked, mut best) = (0, 0);
    for number in 0..1_500 {
        let problem = festival(number);
        let Some(optimum) = all_scores(&problem).and_then(|scores| scores.into_iter().min()) else {
            continue;
        };
        let solution = solved(&problem, 1, 20_000);
        let judgement = judge(&problem, &solution.plan);
        assert_eq!(judgement.breaches, [], "festival {number}");
        assert_eq!(judgement.score, solution.score, "festival {number}");
        assert!(solution.score >= optimum, "festival {number}: the oracle is wrong");
        assert!(solution.bound <= optimum, "festival {number}: {:?} above {optimum:?}", solution.bound);
        checked += 1;
        best += u32::from(solution.score == optimum);
    }
    assert!(checked > 1_000, "{checked} festivals were small enough");
    assert!(best * 1_000 >= checked * 995, "{best} plans of {checked} are the best");
}

#[test]
fn islands_are_solved_apart_and_what_is_proven_of_them_adds_up() {
    let (mut divided, mut best) = (0, 0);
    for number in 0..20_000 {
        let problem = festival(number);
        let islands = islands(&problem, 1);
        if islands.len() < 2 {
            continue;
        }
        let Some(optimum) = all_scores(&problem).and_then(|scores| scores.into_iter().min()) else {
            continue;
        };
        let options = Options { seed: 7, threads: 1, max_steps: Some(20_000) };
        let rosters = construct_all(&islands, &Pool::new(1));
        let solution = improve_all(&islands, rosters, &options, &|| 0.0, &mut |found| {
            let judgement = judge(&problem, &(found.plan)());
            assert_eq!((judgement.breaches, judgement.score), (vec![], found.score), "festival {number}");
            assert!(found.bound <= optimum, "festival {number}: {:?} above {optimum:?}", found.bound);
        });
        let judgement = judge(&problem, &solution.plan);
        assert_eq!((judgement.breaches, judgement.score), (vec![], solution.score), "festival {number}");
        assert!(solution.bound <= optimum, "festival {number}: {:?} above {optimum:?}", solution.bound);
        divided += 1;
        best += u32::from(solution.score == optimum);
    }
    assert!(divided > 100, "{divided} festivals fell into islands");
    assert!(best * 1_000 >= divided * 990, "{best} plans of {divided} are the best");
}

#[test]
fn no_steps_and_any_number_of_threads_come_to_an_end() {
    let problem = festival(3);
    for (threads, steps) in [(0, 0), (1, 0), (100_000, 1_000)] {
        let solution = solved(&problem, threads, steps);
        assert_eq!(judge(&problem, &solution.plan).breaches, []);
    }
}

#[test]
fn the_same_seed_and_threads_give_the_same_plan() {
    for number in [3, 9, 10, 22] {
        let problem = festival(number);
        for threads in [1, 2, 3] {
            assert_eq!(solved(&problem, threads, 5_000).plan, solved(&problem, threads, 5_000).plan);
        }
    }
}

#[test]
fn a_spent_budget_still_gives_a_valid_plan() {
    for number in 0..50 {
        let problem = festival(number);
        let solution = solve(&problem, &Options::default(), &|| 1.0, &mut |_| {});
        assert_eq!(judge(&problem, &solution.plan).breaches, []);
    }
}

/// A tiny festival, what weighs anything weighing a thousand million.
fn heavy(number: u64) -> Problem {
    let mut json = draw(number, 8);
    for weight in json["weights"].as_object_mut().expect("weights").values_mut() {
        *weight = (weight.as_i64().expect("a number").min(1) * 1_000_000_000).into();
    }
    let file: ProblemFile = serde_json::from_value(json).expect("a well-formed file");
    Problem::new(&file).expect("no faults")
}

#[test]
fn weights_of_a_thousand_million_do_not_overflow() {
    for number in 0..200 {
        let problem = heavy(number);
        let solution = solved(&problem, 2, 2_000);
        let judgement = judge(&problem, &solution.plan);
        assert_eq!((judgement.breaches, judgement.score), (vec![], solution.score), "festival {number}");
        assert!(solution.bound <= solution.score);
    }
}
