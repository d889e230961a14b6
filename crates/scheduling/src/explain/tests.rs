//! What is said of a plan of the sample, and of plans of tiny festivals against what `judge` says.

use super::{Explainer, Reason};
use crate::bound::tests::festival;
use crate::format::AskedGender;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::sample::{plan, problem};
use crate::score::Score;
use crate::{Options, ProblemFile, judge, solve};

/// Asserts the reasons against Amir in `0-base`, when he holds `held`.
#[track_caller]
fn check(change: impl FnOnce(&mut ProblemFile), held: &[(&str, &str)], reasons: &[Reason]) {
    let problem = problem(change);
    let explainer = Explainer::new(&problem, &plan(&problem, held));
    let position = plan(&problem, &[("amir", "0-base")]).assignments()[0].1;
    assert_eq!(explainer.reasons(0, position), reasons);
}

#[test]
fn every_reason_is_told_and_not_the_first_only() {
    check(|_| {}, &[], &[]);
    check(|_| {}, &[("amir", "0-base")], &[Reason::AlreadyAssigned]);
    check(|file| file.volunteers[0].skills.clear(), &[], &[Reason::SpecialtyMissing]);
    check(|file| file.positions[1].min_level = 3, &[], &[Reason::LevelTooLow]);
    check(|file| file.rules.min_rest_minutes = 1_100, &[("amir", "1-garden")], &[Reason::RestTooShort]);
    check(
        |file| file.travel_minutes = vec![vec![5, 40], vec![40, 5]],
        &[("amir", "0-garden")],
        &[Reason::TravelTooLong],
    );
    let overlapping = |file: &mut ProblemFile| file.shifts[1].start = file.shifts[0].start;
    check(overlapping, &[("amir", "0-garden")], &[Reason::Overlap]);
    check(
        |file| file.volunteers[0].max_consecutive_nights = 1,
        &[("amir", "1-garden")],
        &[Reason::ConsecutiveNights],
    );
    check(
        |file| file.apart.push(["amir", "zahra"].map(Into::into)),
        &[("zahra", "0-base")],
        &[Reason::Apart],
    );
    let everything = |file: &mut ProblemFile| {
        file.positions[1].gender = AskedGender::Woman;
        file.positions[1].desired = 1;
        file.volunteers[0].available = Some(vec![]);
        file.volunteers[0].max_travel_minutes = Some(10);
        file.volunteers[0].max_nights = 1;
        file.volunteers[0].max_shifts_per_night = 1;
    };
    check(
        everything,
        &[("amir", "0-garden"), ("zahra", "0-base")],
        &[Reason::Gender, Reason::Unavailable, Reason::TravelTooLong, Reason::ShiftsPerNight, Reason::Full],
    );
}

#[test]
fn a_funnel_narrows_to_who_is_free() {
    let problem = problem(|file| file.volunteers[0].max_nights = 1);
    let explainer = Explainer::new(&problem, &plan(&problem, &[("amir", "1-base"), ("zahra", "0-base")]));
    let unfilled = explainer.unfilled();
    assert_eq!(unfilled.len(), 6); // two people on twelve seats fill no position
    let base = unfilled.iter().find(|unfilled| unfilled.filled == 1).expect("the base on the first night");
    let funnel = base.funnel;
    assert_eq!(
        (funnel.registered, funnel.reach, funnel.not_assigned, funnel.rested, funnel.free),
        (2, 2, 1, 0, 0)
    );
}

fn solved(problem: &Problem) -> Plan {
    let options = Options { seed: 1, threads: 1, max_steps: Some(500) };
    solve(problem, &options, &|| 0.0, &mut |_| {}).plan
}

#[test]
fn what_forcing_someone_would_take_is_true() {
    for number in 0..400 {
        let problem = festival(number);
        let plan = solved(&problem);
        let explainer = Explainer::new(&problem, &plan);
        let before = judge(&problem, &plan).score;
        for volunteer in 0..problem.volunteer_ids().len() as u32 {
            for &position in problem.options(volunteer) {
                let Some(forced) = explainer.force(volunteer, position) else { continue };
                let kept = plan.assignments().iter().filter(|held| !forced.given_up.contains(held)).copied();
                let with: Vec<_> = kept.chain([(volunteer, position)]).collect();
                let after = judge(&problem, &Plan::new(with));
                assert_eq!(after.breaches, [], "festival {number}");
                let change = Score {
                    essential: after.score.essential - before.essential,
                    cost: after.score.cost - before.cost,
                };
                assert_eq!(forced.change, change, "festival {number}");
                let free = explainer.reasons(volunteer, position).is_empty();
                assert_eq!(free, forced.given_up.is_empty(), "festival {number}: {forced:?}");
            }
        }
    }
}
