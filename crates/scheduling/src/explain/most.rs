//! The most that one person can collect when seats pay prices: the arithmetic of a witness.

use crate::problem::{PositionIndex, Problem, VolunteerIndex};

/// Labels kept at once; beyond that they are merged, which can only overstate what the person collects.
const MOST_LABELS: usize = 1_000;

/// What a person collects at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Take {
    /// The sum of the prices; never less than what any valid plan gives the person.
    pub(super) sum: i64,
    /// Seats that pay it.
    pub(super) seats: Vec<PositionIndex>,
}

/// The seat of a shift that pays most, or that is locked.
struct Offer {
    position: PositionIndex,
    price: i64,
    night: u32,
    required: bool,
    /// The last offer that can't be held beside this one.
    blocks_until: usize,
}

/// A roster up to now, as far as later choices depend on it.
#[derive(Clone)]
struct Label {
    sum: i64,
    nights: u32,
    run: u32,
    tonight: u32,
    last: Option<u32>,
    /// Held offers that a later one may clash with.
    blocking: Vec<usize>,
    /// The last choice, in the list of all choices.
    choice: Option<usize>,
}

/// Finds the best roster of one volunteer at the prices, locked assignments included, under all rules about one
/// volunteer. Dynamic programming over the shifts in order of time, labels dominated by others dropped (Irnich and
/// Desaulniers, 2005); time is a few labels a shift where rest between nights seldom matters.
pub(super) fn most(
    problem: &Problem,
    volunteer: VolunteerIndex,
    price: impl Fn(PositionIndex) -> i64,
) -> Take {
    let offers = offers(problem, volunteer, price);
    let who = problem.volunteer(volunteer);
    let mut choices: Vec<(Option<usize>, PositionIndex)> = Vec::new();
    let start = Label { sum: 0, nights: 0, run: 0, tonight: 0, last: None, blocking: vec![], choice: None };
    let mut labels = vec![start];
    for (i, offer) in offers.iter().enumerate() {
        let shift = problem.shift_of(offer.position);
        let mut more = Vec::new();
        for label in &mut labels {
            label.blocking.retain(|&held| offers[held].blocks_until >= i);
            forget_nights(problem, label, offer.night);
            let clashes = |&held: &usize| problem.clash(problem.shift_of(offers[held].position), shift);
            let Some(mut next) = one_more(who, label, offer.night) else { continue };
            if label.blocking.iter().any(clashes) {
                continue;
            }
            next.sum += offer.price;
            if offer.blocks_until > i {
                next.blocking.push(i);
            }
            choices.push((label.choice, offer.position));
            next.choice = Some(choices.len() - 1);
            more.push(next);
        }
        if offer.required {
            labels.clear();
        }
        labels.append(&mut more);
        thin(&mut labels);
    }
    let best = labels.into_iter().max_by_key(|label| label.sum);
    let mut take = Take { sum: best.as_ref().map_or(0, |best| best.sum), seats: Vec::new() };
    let mut choice = best.and_then(|best| best.choice);
    while let Some(i) = choice {
        take.seats.push(choices[i].1);
        choice = choices[i].0;
    }
    take
}

fn offers(problem: &Problem, volunteer: VolunteerIndex, price: impl Fn(PositionIndex) -> i64) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    let mut last_shift = u32::MAX;
    for &position in problem.options(volunteer) {
        let required = problem.locked.binary_search(&(volunteer, position)).is_ok();
        let offer = Offer {
            position,
            price: price(position),
            night: problem.shift_of(position).night,
            required,
            blocks_until: 0,
        };
        if offer.price <= 0 && !required {
            continue;
        }
        let shift = problem.position(position).shift;
        match offers.last_mut().filter(|_| shift == last_shift) {
            Some(best) if best.required || (!required && best.price >= offer.price) => {}
            Some(best) => *best = offer,
            None => offers.push(offer),
        }
        last_shift = shift;
    }
    for i in 0..offers.len() {
        let shift = problem.shift_of(offers[i].position);
        let clashes = |&j: &usize| problem.clash(shift, problem.shift_of(offers[j].position));
        offers[i].blocks_until = (i + 1..offers.len()).rev().find(clashes).unwrap_or(i);
    }
    offers
}

/// Of nights long past nothing matters but their number.
fn forget_nights(problem: &Problem, label: &mut Label, night: u32) {
    let Some(last) = label.last.filter(|&last| last != night) else { return };
    label.tonight = 0;
    if last + 1 != night || !problem.follows[night as usize] {
        label.run = 0;
        label.last = None;
    }
}

/// The label with one more shift on the night, if the limits allow it.
fn one_more(who: &crate::problem::Volunteer, label: &Label, night: u32) -> Option<Label> {
    let mut next = label.clone();
    if label.last == Some(night) {
        next.tonight += 1;
    } else {
        next.nights += 1;
        next.run += 1;
        next.tonight = 1;
        next.last = Some(night);
    }
    let within =
        next.tonight <= who.max_per_night && next.nights <= who.max_nights && next.run <= who.max_consecutive;
    within.then_some(next)
}

/// Drops what another label is at least as good as in everything; merges what is still too much.
fn thin(labels: &mut Vec<Label>) {
    labels.sort_by_key(|label| (-label.sum, label.nights, label.run, label.tonight));
    let mut kept: Vec<Label> = Vec::with_capacity(labels.len());
    for label in labels.drain(..) {
        let better = |other: &Label| {
            other.last == label.last
                && other.nights <= label.nights
                && other.run <= label.run
                && other.tonight <= label.tonight
                && other.blocking.iter().all(|held| label.blocking.contains(held))
        };
        if !kept.iter().any(better) {
            kept.push(label);
        }
    }
    if kept.len() > MOST_LABELS {
        // The best of each in one: more than any of them can do.
        let mut merged: Vec<Label> = Vec::new();
        for label in kept {
            match merged.iter_mut().find(|other| other.last == label.last) {
                Some(other) => {
                    other.nights = other.nights.min(label.nights);
                    other.run = other.run.min(label.run);
                    other.tonight = other.tonight.min(label.tonight);
                }
                None => merged.push(Label { blocking: vec![], ..label }),
            }
        }
        kept = merged;
    }
    *labels = kept;
}
