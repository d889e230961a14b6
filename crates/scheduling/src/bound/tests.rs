//! The bound against every plan of tiny festivals.

mod brute;
mod draw;

pub(crate) use brute::{all_plans, all_scores, rosters};
pub(crate) use draw::{draw, festival, file};

use brute::own_cost;
pub(super) use draw::Dice;

use super::dual::Dual;
use super::lagrangian::Lagrangian;
use super::model::{Link, Model};
use super::pool::{Known, Pool};
use super::roster::{Offer, Roster, Scratch};
use super::value::{Level, Point};
use crate::construct::construct;
use crate::judge::judge;
use crate::score::Score;

#[test]
fn branching_proves_nearly_every_tiny_festival_to_its_optimum() {
    let (mut checked, mut proven, mut found) = (0, 0, 0);
    for number in 3_000..5_000 {
        let problem = festival(number);
        let Some(scores) = all_scores(&problem) else { continue };
        let Some(best) = scores.into_iter().min() else { continue };
        // A plan that is not the best may be all that is known.
        let known = if number % 3 == 0 { Score { cost: best.cost + 7, ..best } } else { best };
        let mut dual = Dual::new(&problem, number);
        dual.reach(known);
        let mut rounds = 0;
        while dual.bound() < best && rounds < 3_000 {
            dual.round();
            rounds += 1;
            let bound = dual.bound();
            assert!(bound <= best, "festival {number}: {bound:?} above {best:?}");
            if let Some((score, plan)) = dual.take_plan() {
                let judgement = judge(&problem, &plan);
                assert_eq!((judgement.breaches, judgement.score), (vec![], score), "festival {number}");
                assert!(score < known, "festival {number}: {score:?} is known to be possible");
                found += 1;
            }
        }
        checked += 1;
        proven += usize::from(dual.bound() == best);
    }
    assert!(checked > 1_300, "{checked} festivals were small enough");
    assert!(proven * 100 >= checked * 99, "{proven} of {checked} are proven");
    assert!(found > 10, "{found} better plans were come by");
}

#[test]
fn an_auction_ends_in_a_valid_plan_that_lacks_little() {
    let (mut checked, mut best) = (0, 0);
    for number in 0..2_000 {
        let problem = festival(number);
        let Some(least) = all_scores(&problem).and_then(|scores| scores.into_iter().min()) else { continue };
        let mut roster = crate::roster::Roster::new(&problem);
        Dual::new(&problem, number).auction(&mut roster, &|| false);
        let judgement = judge(&problem, &roster.plan());
        assert!(judgement.breaches.is_empty(), "festival {number}: {:?}", judgement.breaches);
        assert_eq!(judgement.score, roster.score(), "festival {number}");
        checked += 1;
        best += usize::from(judgement.score.essential == least.essential);
    }
    assert!(best * 10 > checked * 8, "{best} of {checked} lack no more than they must");
}

#[test]
fn listing_what_matters_proves_no_more_than_is_true() {
    let (mut checked, mut pooled, mut proven) = (0, 0, 0);
    for number in 5_000..8_000 {
        let problem = festival(number);
        let Some(scores) = all_scores(&problem) else { continue };
        let Some(best) = scores.into_iter().min() else { continue };
        let known = if number % 3 == 0 { Score { cost: best.cost + 7, ..best } } else { best };
        let mut dual = Dual::new(&problem, number).without_branching();
        dual.reach(known);
        for _ in 0..800 {
            let before = dual.bound();
            dual.round();
            let bound = dual.bound();
            assert!(bound <= best, "festival {number}: {bound:?} above {best:?}");
            assert!(bound >= before, "festival {number}: {before:?} was lost");
            if bound == best {
                break;
            }
        }
        checked += 1;
        pooled += usize::from(dual.is_pooled());
        proven += usize::from(dual.is_pooled() && dual.bound() == best);
    }
    assert!(checked > 2_000, "{checked} festivals were small enough");
    // Most are proven by prices before.
    assert!(pooled > 20 && proven > 5, "{proven} of {pooled} are proven");
}

#[test]
fn a_pool_laid_out_at_any_prices_is_below_every_plan() {
    let (mut checked, mut done, mut proven, mut found) = (0, 0, 0, 0);
    for number in 0..3_000 {
        let problem = festival(number);
        let Some(scores) = all_scores(&problem) else { continue };
        let Some(best) = scores.into_iter().min() else { continue };
        let model = Model::new(&problem, number);
        let mut dice = Dice(number);
        let mut any = |count: usize, most: i64| -> Vec<f64> {
            (0..count).map(|_| dice.number(-most, most) as f64 / 3.0).collect()
        };
        let (size, limit) = (any(1, 90)[0].abs() as i64 + 1, best.cost + any(1, 150)[0] as i64);
        let point = Point {
            prices: any(model.places.len(), size),
            theta: any(model.link_count(), size),
            mu: any(1, 100)[0].abs(),
        };
        let mut bid = crate::roster::Roster::new(&problem);
        Dual::new(&problem, number).auction(&mut bid, &|| false);
        let mut known = Known { best: Some(construct(&problem).plan()), others: vec![bid.plan()] };
        let mut pool = Pool::new(&model, Level::Cost(best.essential), &point, limit);
        for _ in 0..200 {
            assert!(pool.bound() <= best.cost, "festival {number}: {} above {best:?}", pool.bound());
            if pool.is_done() {
                break;
            }
            pool.step(&model, limit, &mut known, &|| false);
            if let Some((score, plan)) = pool.take_plan() {
                let judgement = judge(&problem, &plan);
                assert_eq!((judgement.breaches, judgement.score), (vec![], score), "festival {number}");
                assert!(score >= best && score.cost < limit, "festival {number}: {score:?}");
                found += 1;
            }
        }
        checked += 1;
        done += usize::from(pool.is_done());
        proven += usize::from(pool.bound() == best.cost.min(limit));
    }
    assert_eq!(done, checked, "all come to an end");
    assert!(proven * 1_000 >= checked * 995, "{proven} of {checked} are proven");
    assert!(found > 10, "{found} better plans were come by");
}

#[test]
fn no_plan_of_a_tiny_festival_beats_its_bound() {
    let (mut checked, mut bounds, mut optima, mut tight) = (0, 0, 0, 0);
    for number in 0..3_000 {
        let problem = festival(number);
        let Some(scores) = all_scores(&problem) else { continue };
        let Some(best) = scores.into_iter().min() else { continue };
        let mut dual = Dual::new(&problem, number);
        if number % 2 == 0 {
            dual.reach(best);
        }
        let mut before = Score::default();
        for _ in 0..300 {
            dual.round();
            let bound = dual.bound();
            assert!(bound.essential <= best.essential, "festival {number}: {bound:?} above {best:?}");
            assert!(
                bound.essential < best.essential || bound.cost <= best.cost,
                "festival {number}: {bound:?} above {best:?}"
            );
            assert!(bound.essential >= before.essential, "festival {number}: the proof was lost");
            before = bound;
        }
        checked += 1;
        if before.essential == best.essential {
            tight += 1;
            bounds += before.cost;
            optima += best.cost;
        }
    }
    assert!(checked > 2_000, "{checked} festivals were small enough");
    assert!(tight * 100 > checked * 97, "essential is proven for {tight} of {checked}");
    assert!(bounds * 100 > optima * 97, "bounds of {bounds} in all, where the optima are {optima}");
}

#[test]
fn the_dual_at_any_prices_is_below_every_plan() {
    for number in 0..3_000 {
        let problem = festival(number);
        let Some(scores) = all_scores(&problem) else { continue };
        let model = Model::new(&problem, number);
        let mut dice = Dice(number);
        let mut any = |count: usize, most: i64| -> Vec<f64> {
            (0..count).map(|_| dice.number(-most, most) as f64 / 3.0).collect()
        };
        let point = Point {
            prices: any(model.places.len(), 200),
            theta: any(model.link_count(), 40),
            mu: any(1, 100)[0].abs(),
        };
        let mut lagrangian = Lagrangian::new(&model, Level::Cost(0));
        let held = vec![Roster::default(); model.people.len()];
        let value = lagrangian.evaluate(&model, &point, &held, &|| false).expect("not stopped");
        assert!(lagrangian.evaluate(&model, &point, &held, &|| true).is_none() || model.people.is_empty());
        for score in scores {
            let worth =
                (i128::from(score.cost) << value.bits) + i128::from(value.mu) * i128::from(score.essential);
            assert!(value.total <= worth, "festival {number}: {value:?} above {score:?}");
        }
    }
}

#[test]
fn a_volunteers_minimum_is_the_least_of_all_their_rosters() {
    for number in 0..4_000 {
        let problem = festival(number);
        let model = Model::new(&problem, number);
        let mut dice = Dice(number);
        let mut any =
            |count: usize, most: i64| -> Vec<i64> { (0..count).map(|_| dice.number(-most, most)).collect() };
        let (prices, theta) = (any(model.places.len(), 100), any(model.link_count(), 20));
        let offer = Offer { prices: &prices, companion: &theta, unit: 1 };
        let (before, theta_before) = (any(model.places.len(), 100), any(model.link_count(), 20));
        let earlier = Offer { prices: &before, companion: &theta_before, unit: 1 };
        for person in 0..model.people.len() {
            let volunteer = model.order[person];
            let serving = |held: &[u32], link: &Link| {
                held.iter().any(|&seat| {
                    let shift = problem.shift_of(seat);
                    shift.night == link.night && (link.venue == Link::ANY || link.venue == shift.venue)
                })
            };
            let first = model.people[person].first_link as usize;
            let alone = |held: &[u32]| -> i64 {
                let nights = 0..problem.night_count();
                let charged =
                    nights.filter(|&night| held.iter().any(|&s| problem.shift_of(s).night as usize == night));
                charged.map(|night| model.serve_cost[person * model.nights + night]).sum()
            };
            let worth = |held: &Vec<u32>| -> i64 {
                let paid: i64 = held.iter().map(|&seat| prices[seat as usize]).sum();
                let links = model.links_of(person).iter().enumerate();
                let linked: i64 =
                    links.filter(|(_, link)| serving(held, link)).map(|(at, _)| theta[first + at]).sum();
                let rests: i64 = problem
                    .volunteer(volunteer)
                    .wishes
                    .iter()
                    .filter(|wish| wish.1 > 0 && held.iter().any(|&s| problem.shift_of(s).night == wish.0))
                    .map(|wish| wish.1)
                    .sum();
                own_cost(&problem, volunteer, held) + linked - paid + alone(held) - rests
            };
            let least = rosters(&problem, volunteer, false).iter().map(worth).min().expect("a roster");
            let constant = {
                let who = problem.volunteer(volunteer);
                let serve: i64 = who.wishes.iter().map(|wish| wish.1.min(0)).sum();
                who.wish_base + serve + problem.weights.idle * who.min_shifts
            };
            let mut roster = Roster::default();
            let value = Scratch::default().best_roster(&model, person, offer, &mut roster);
            assert_eq!(value + constant, least, "festival {number}, volunteer {volunteer}");
            roster.seats.sort_unstable();
            assert_eq!(worth(&roster.seats), least, "festival {number}, volunteer {volunteer}: {roster:?}");
            let (mut exact, mut hasty) = (Scratch::default(), Scratch::hasty());
            exact.best_roster(&model, person, earlier, &mut roster);
            let mut held = roster.clone();
            let value = exact.renew_roster(&model, person, offer, &mut roster);
            assert_eq!(value + constant, least, "renewed: festival {number}, volunteer {volunteer}");
            assert_eq!(worth(&roster.seats), least, "renewed: festival {number}, volunteer {volunteer}");
            let below = hasty.renew_roster(&model, person, offer, &mut held);
            assert!(below + constant <= least && least <= worth(&held.seats), "hasty: festival {number}");
        }
    }
}
