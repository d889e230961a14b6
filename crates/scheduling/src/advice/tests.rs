//! Advice about tiny festivals, followed.

use super::{Recruits, recruit};
use crate::bound::Dual;
use crate::bound::tests::file;
use crate::format::{Gender, VolunteerEntry, Window};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::{Options, ProblemFile, judge, sample, solve};

fn solved(problem: &Problem, seed: u64) -> Plan {
    let options = Options { seed, threads: 1, max_steps: Some(2_000) };
    solve(problem, &options, &|| 0.0, &mut |_| {}).plan
}

fn advice(problem: &Problem, plan: &Plan) -> Vec<Recruits> {
    let mut dual = Dual::new(problem, 1);
    dual.reach(judge(problem, plan).score);
    (0..100).for_each(|_| dual.round());
    recruit(problem, plan, &dual, 5)
}

/// The people of a line, as they would register.
fn register(file: &mut ProblemFile, line: &Recruits, number: usize) {
    let shifts = |night: u32| file.shifts.iter().filter(move |shift| shift.night == i64::from(night));
    let evening = |&night: &u32| Window {
        from: shifts(night).map(|shift| shift.start).min().expect("a shift"),
        to: shifts(night).map(|shift| shift.end).max().expect("a shift"),
    };
    let windows: Vec<Window> = line.nights.iter().map(evening).collect();
    for person in 0..line.people {
        file.volunteers.push(VolunteerEntry {
            id: format!("new-{number}-{person}"),
            home: file.districts[line.home as usize].id.clone(),
            gender: line.gender.unwrap_or(Gender::Man),
            skills: [(file.specialties[line.specialty as usize].clone(), i64::from(line.level))].into(),
            available: Some(windows.clone()),
            max_travel_minutes: Some(line.travel),
            max_nights: line.nights.len() as i64,
            max_consecutive_nights: line.nights.len() as i64,
            max_shifts_per_night: 1,
            min_shifts: 0,
            preferred_venues: vec![],
            wishes: vec![],
        });
    }
}

#[test]
fn who_follows_the_advice_fills_the_seats() {
    let (mut lines, mut moves, mut seats) = (0, 0, 0);
    for number in 0..800 {
        let mut file = file(number);
        let problem = Problem::new(&file).expect("a festival");
        let plan = solved(&problem, number);
        let before = judge(&problem, &plan);
        let advice = advice(&problem, &plan);
        let mut held = plan.assignments().to_vec();
        let mut next = problem.volunteers.len() as u32;
        for (i, line) in advice.iter().enumerate() {
            register(&mut file, line, i);
            for &(who, from, to) in &line.moves {
                held.retain(|&pair| pair != (who, from));
                held.push((who, to));
            }
            for takes in &line.takes {
                held.extend(takes.iter().map(|&position| (next, position)));
                next += 1;
            }
        }
        let larger = Problem::new(&file).expect("a festival with more people");
        let after = judge(&larger, &Plan::new(held.clone()));
        assert_eq!(after.breaches, [], "festival {number}: {advice:?}");
        let filled: u32 = advice.iter().map(|line| line.seats).sum();
        assert_eq!(held.len(), plan.assignments().len() + filled as usize, "festival {number}: {advice:?}");
        let essential: i64 = advice.iter().map(|line| line.worth.essential).sum();
        let desired: i64 = advice.iter().map(|line| line.worth.cost).sum();
        assert_eq!(
            after.score.essential,
            before.score.essential - essential,
            "festival {number}: {advice:?}"
        );
        assert_eq!(after.terms.desired, before.terms.desired - desired, "festival {number}: {advice:?}");
        let again = judge(&larger, &solved(&larger, number)).score;
        assert!(again.essential <= after.score.essential, "festival {number}: {advice:?}");
        lines += advice.len();
        moves += advice.iter().map(|line| line.moves.len()).sum::<usize>();
        seats += filled;
    }
    assert!(lines > 500 && moves > 0 && seats > lines as u32, "{lines} lines, {moves} moves, {seats} seats");
}

#[test]
fn one_line_says_it_for_all_who_are_alike() {
    // On each of three nights the garden and the base lack two people of any gender, and nobody is registered.
    let problem = sample::problem(|file| {
        file.volunteers.clear();
        file.positions.iter_mut().for_each(|position| position.minimum = 2);
    });
    let advice = advice(&problem, &Plan::new(vec![]));
    let said: Vec<_> =
        advice.iter().map(|line| (line.people, line.gender, line.nights.clone(), line.seats)).collect();
    // The base lies in the district of greater need.
    assert_eq!(said, [(2, None, vec![0, 1, 2], 6), (2, None, vec![0, 1, 2], 6)]);
    assert_eq!(advice[0].worth.essential, 6 * 4 * 3);
    assert_eq!(advice[1].worth.essential, 6 * 3);
}

#[test]
fn nobody_is_sought_for_a_festival_that_lacks_nobody() {
    let problem = sample::problem(|file| {
        file.positions.iter_mut().for_each(|position| (position.minimum, position.desired) = (0, 0));
    });
    assert_eq!(advice(&problem, &Plan::new(vec![])), []);
}
