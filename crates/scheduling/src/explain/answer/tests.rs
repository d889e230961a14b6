//! Answers about seats of tiny festivals, against every plan there is.

use std::collections::HashSet;

use super::super::most::most;
use super::super::{Answer, Explainer, Witness};
use crate::bound::tests::{all_plans, festival, rosters};
use crate::judge;
use crate::plan::Plan;
use crate::problem::{Position, Problem};
use crate::score::Score;
use crate::{Options, sample, solve};

/// A plan that is good, poor or empty.
fn some_plan(problem: &Problem, number: u64) -> Plan {
    let options = Options { seed: number, threads: 1, max_steps: Some([1, 30, 2_000][number as usize % 3]) };
    if number.is_multiple_of(4) {
        return Plan::new(problem.locked.clone());
    }
    solve(problem, &options, &|| 0.0, &mut |_| {}).plan
}

/// How many people each position has, in every plan.
fn head_counts(problem: &Problem) -> Option<HashSet<Vec<u32>>> {
    let count = |plan: &Vec<Vec<u32>>| {
        let mut filled = vec![0; problem.positions.len()];
        plan.iter().flatten().for_each(|&position| filled[position as usize] += 1);
        filled
    };
    Some(all_plans(problem)?.iter().map(count).collect())
}

fn fills(filled: &[u32], witness: &Witness) -> bool {
    witness.seats.iter().all(|seats| filled[seats.position as usize] >= seats.seats)
}

#[test]
fn what_people_can_collect_is_the_most_of_all_their_rosters() {
    for number in 0..3_000 {
        let problem = festival(number);
        for volunteer in 0..problem.volunteers.len() as u32 {
            let price = |position: u32| (i64::from(position) * 7 + number as i64) % 5;
            let worth = |held: &Vec<u32>| held.iter().map(|&position| price(position)).sum::<i64>();
            let best = rosters(&problem, volunteer, true).iter().map(worth).max().expect("a roster");
            let take = most(&problem, volunteer, price);
            assert_eq!(take.sum, best, "festival {number}, volunteer {volunteer}");
            assert_eq!(worth(&take.seats), best, "festival {number}, volunteer {volunteer}");
        }
    }
}

#[test]
fn every_answer_is_true() {
    let (mut by_count, mut by_prices, mut chains, mut losses, mut provable, mut proven) = (0, 0, 0, 0, 0, 0);
    for number in 0..1_500 {
        let problem = festival(number);
        let Some(plans) = head_counts(&problem) else { continue };
        if plans.is_empty() {
            continue;
        }
        let plan = some_plan(&problem, number);
        let before = judge(&problem, &plan).score;
        let explainer = Explainer::new(&problem, &plan);
        for unfilled in explainer.unfilled() {
            let essential = unfilled.filled < unfilled.minimum;
            // Nobody can fill all essential seats, or all desired ones: is that what is said?
            let asked = |p: &Position| if essential { p.minimum } else { p.desired };
            let full = |filled: &Vec<u32>| filled.iter().zip(&problem.positions).all(|(&n, p)| n >= asked(p));
            let impossible = !plans.iter().any(full);
            match explainer.answer(unfilled.position).expect("it is not full") {
                Answer::TooFew(witness) => {
                    assert!(witness.holds(&problem), "festival {number}: {witness:?}");
                    assert!(witness.seats.iter().any(|seats| seats.position == unfilled.position));
                    assert!(
                        !plans.iter().any(|plan| fills(plan, &witness)),
                        "festival {number}: {witness:?}"
                    );
                    *if witness.is_count() { &mut by_count } else { &mut by_prices } += 1;
                    (provable, proven) = (provable + 1, proven + 1);
                }
                Answer::Chain(chain) => {
                    let mut held = plan.assignments().to_vec();
                    let gone = chain.moves.iter().flat_map(|m| m.gives_up.iter().map(|&p| (m.volunteer, p)));
                    for pair in gone {
                        held.swap_remove(held.iter().position(|&other| other == pair).expect("it was held"));
                    }
                    held.extend(chain.moves.iter().filter_map(|m| Some((m.volunteer, m.takes?))));
                    let after = judge(&problem, &Plan::new(held.clone()));
                    assert_eq!(after.breaches, [], "festival {number}: {chain:?}");
                    let change = Score {
                        essential: after.score.essential - before.essential,
                        cost: after.score.cost - before.cost,
                    };
                    assert_eq!(chain.change, change, "festival {number}: {chain:?}");
                    let filled = held.iter().filter(|pair| pair.1 == unfilled.position).count();
                    assert_eq!(filled as u32, unfilled.filled + 1, "festival {number}: {chain:?}");
                    let loses = held.len() <= plan.assignments().len();
                    chains += usize::from(!loses);
                    losses += usize::from(loses);
                    provable += usize::from(loses && impossible);
                }
                Answer::Bound => assert!(problem.locked.len() + problem.apart.len() > 0, "festival {number}"),
            }
        }
    }
    assert!(by_count > 1_000 && by_prices > 0 && chains > 500 && losses > 0);
    assert!(proven * 100 >= provable * 98, "{proven} of {provable} seats that can't be filled are proven so");
}

#[test]
fn a_proof_names_what_stands_in_the_way_and_no_more() {
    // On the first night either both shifts or a long one across them. Four seats, and two people who could hold two
    // each: but of the base's two seats and the long shift nobody can hold more than one.
    let problem = sample::problem(|file| {
        let mut long = file.shifts[0].clone();
        (long.id, long.end) = ("long".into(), file.shifts[1].end);
        file.shifts.push(long);
        let mut lead = file.positions[0].clone();
        (lead.id, lead.shift) = ("long".into(), "long".into());
        file.positions.push(lead);
        for (position, seats) in file.positions.iter_mut().zip([1, 2, 0, 0, 0, 0, 1]) {
            (position.minimum, position.desired) = (seats, seats);
        }
    });
    let plan = sample::plan(&problem, &[("amir", "0-garden"), ("amir", "0-base"), ("zahra", "0-base")]);
    let long = problem.position_ids().iter().position(|id| id == "long").expect("it is there") as u32;
    let Some(Answer::TooFew(witness)) = Explainer::new(&problem, &plan).answer(long) else {
        panic!("no proof")
    };
    assert!(witness.holds(&problem));
    let mut prices: Vec<(u32, i64)> = witness.seats.iter().map(|seats| (seats.seats, seats.price)).collect();
    prices.sort_unstable();
    assert_eq!((prices, witness.asked, witness.most), (vec![(1, 1), (2, 1)], 3, 2));
    let mut weaker = witness.clone();
    weaker.people[0].most -= 1;
    assert!(!weaker.holds(&problem), "more can be collected than is said");
    weaker.people.remove(0);
    assert!(!weaker.holds(&problem), "someone is missing");
}
