//! Festivals of every family but the largest two, which take long to look at.

use khademyar_scheduling::{Options, Problem, solve};

use crate::{Family, after_drop_outs, problem};

#[test]
fn a_seed_makes_one_sound_festival() {
    for family in &Family::ALL[..5] {
        let file = problem(*family, 7);
        assert_eq!(file, problem(*family, 7));
        assert_ne!(file.volunteers, problem(*family, 8).volunteers);
        let sound = Problem::new(&file).unwrap_or_else(|faults| panic!("{}: {faults:?}", family.name()));
        assert_eq!(sound.volunteer_ids().len(), family.size().people);
        assert_eq!(family.name().parse(), Ok(*family));
    }
    assert!("village".parse::<Family>().is_err());
}

#[test]
fn seats_are_as_many_as_the_family_says() {
    // In the smallest, those who lead are too many of all.
    for family in &Family::ALL[2..5] {
        let file = problem(*family, 3);
        let seats: i64 = file.positions.iter().map(|position| position.desired).sum();
        let free = |nights: Option<usize>| nights.unwrap_or(10) as i64;
        let offered: i64 = file
            .volunteers
            .iter()
            .map(|who| who.max_nights.min(free(who.available.as_ref().map(Vec::len))))
            .sum();
        let (percent, load) = (seats * 100 / offered, family.size().load as i64);
        assert!((load / 2..=load * 3 / 2).contains(&percent), "{}: {percent} %, not {load} %", family.name());
    }
}

#[test]
fn who_drops_out_is_gone_and_the_others_know_their_plan() {
    let file = problem(Family::Hamlet, 1);
    let whole = Problem::new(&file).expect("a festival");
    let options = Options { max_steps: Some(5_000), ..Options::default() };
    let plan = solve(&whole, &options, &|| 0.0, &mut |_| {}).plan.to_file(&whole, None, None);
    let later = after_drop_outs(file.clone(), &plan, 10, 1);
    let gone = file.volunteers.len() - later.volunteers.len();
    assert!((3..=6).contains(&gone), "{gone} of 60 at the most");
    assert!(later.published.len() < plan.assignments.len() && !later.published.is_empty());
    Problem::new(&later).expect("a festival");
    assert_eq!(after_drop_outs(file.clone(), &plan, 0, 1).volunteers, file.volunteers);
}
