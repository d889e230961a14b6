//! A first plan, at once: the position that matters most and has fewest candidates takes the cheapest who fit.

use rayon::prelude::*;

use crate::problem::{PositionIndex, Problem, VolunteerIndex};
use crate::roster::{Roster, Trial};
use crate::score::Score;

/// Candidates worth handing to another thread.
const GRAIN: usize = 200;

/// Keeps what is published and still possible, fills essential seats, then the welcome ones that are worth their
/// cost. Every eligible pair is looked at at most twice.
pub(crate) fn construct(problem: &Problem) -> Roster<'_> {
    let mut roster = Roster::new(problem);
    keep_published(&mut roster);
    fill_up(&mut roster);
    roster
}

/// Fills the essential seats, then the welcome ones that are worth their cost.
fn fill_up(roster: &mut Roster<'_>) {
    let problem = roster.problem;
    let mut order: Vec<PositionIndex> = (0..problem.positions.len() as u32).collect();
    order.sort_by_key(|&p| {
        let position = problem.position(p);
        let per_seat = problem.candidates(p).len() / (position.minimum.max(1) as usize);
        (-position.essential_worth, per_seat, p)
    });
    for &p in &order {
        fill(roster, p, problem.position(p).minimum, i64::MAX);
    }
    order.sort_by_key(|&p| (-problem.position(p).desired_worth, p));
    for &p in &order {
        fill(roster, p, problem.position(p).desired, problem.position(p).desired_worth);
    }
}

/// Takes eligible pairs in the order given where they fit and make nothing worse, then fills what is left.
pub(crate) fn follow<'a>(problem: &'a Problem, ranked: &[(VolunteerIndex, PositionIndex)]) -> Roster<'a> {
    let mut roster = Roster::new(problem);
    let mut trial = Trial::default();
    for &(volunteer, position) in ranked {
        trial.clear();
        if roster.filled(position) < problem.position(position).desired
            && !roster.held(volunteer).contains(&position)
            && trial.fits(&roster, volunteer, position)
            && trial.is_apart(&roster, volunteer, position)
        {
            trial.insert(&roster, volunteer, position);
            let more = trial.weigh(&roster);
            if more <= Score::default() {
                roster.take_over(&trial, more);
            }
        }
    }
    fill_up(&mut roster);
    roster
}

fn keep_published(roster: &mut Roster<'_>) {
    let problem = roster.problem;
    let mut trial = Trial::default();
    for &(volunteer, position) in &problem.published {
        trial.clear();
        if problem.is_eligible(volunteer, position)
            && !roster.held(volunteer).contains(&position)
            && roster.filled(position) < problem.position(position).desired
            && trial.fits(roster, volunteer, position)
        {
            trial.insert(roster, volunteer, position);
            let more = trial.weigh(roster);
            roster.take_over(&trial, more);
        }
    }
}

/// Fills a position up to `goal` people who each cost less than `worth`.
fn fill(roster: &mut Roster<'_>, position: PositionIndex, goal: u32, worth: i64) {
    if roster.filled(position) >= goal {
        return;
    }
    let problem = roster.problem;
    let mut trial = Trial::default();
    let price = |(trial, list): &mut (Trial, Vec<PositionIndex>), &v: &VolunteerIndex| {
        let fits = !roster.held(v).contains(&position) && trial.fits(roster, v, position);
        fits.then(|| (trial.price(roster, v, position, list), v)).filter(|&(price, _)| price < worth)
    };
    let mut fitting: Vec<(i64, VolunteerIndex)> = problem
        .candidates(position)
        .par_iter()
        .with_min_len(GRAIN)
        .map_init(Default::default, price)
        .flatten_iter()
        .collect();
    fitting.sort_unstable();
    for (_, volunteer) in fitting {
        if roster.filled(position) >= goal {
            break;
        }
        trial.clear();
        // Someone just seated may have to be kept apart from this one.
        if trial.is_apart(roster, volunteer, position) {
            trial.insert(roster, volunteer, position);
            let more = trial.weigh(roster);
            roster.take_over(&trial, more);
        }
    }
}
