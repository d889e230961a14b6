//! Volunteers: what they can do, when they are free, and with whom.

use std::collections::{BTreeMap, BTreeSet};

use khademyar_scheduling::format::{Gender, VolunteerEntry, Want, Window, Wish};

use crate::{
    NIGHTS, at,
    demand::{SPECIALTIES, Venue},
    dice::Dice,
    ground::Ground,
};

/// People for each pair of companions, and for each who are kept apart.
const PER_COMPANIONS: usize = 16;
const PER_APART: usize = 100;

pub(crate) fn volunteers(
    dice: &mut Dice,
    ground: &Ground,
    venues: &[Venue],
    count: usize,
) -> Vec<VolunteerEntry> {
    // What people can do is about what is asked for, but for a few fields.
    let mut taste: Vec<usize> = (0..SPECIALTIES.len()).map(|rank| 1_000 / (rank + 2)).collect();
    for _ in 0..5 {
        let field = dice.below(taste.len() - 1);
        taste.swap(field, field + 1);
    }
    let cities = ground.city.iter().max().map_or(0, |last| last + 1);
    let mut near: Vec<Vec<&str>> = vec![vec![]; cities];
    for venue in venues {
        near[ground.city[venue.stands[0]]].push(&venue.id);
    }
    let mut volunteer = |number: usize| {
        let home = dice.weighted(&ground.inhabitants);
        let near = &near[ground.city[home]];
        let preferred = if dice.percent(40) { dice.between(1, 3) as usize } else { 0 };
        VolunteerEntry {
            id: format!("v{number}"),
            home: ground.districts[home].id.clone(),
            gender: if dice.percent(52) { Gender::Woman } else { Gender::Man },
            skills: skills(dice, &taste),
            available: (!dice.percent(15)).then(|| windows(dice)),
            // Nobody is sent to another city.
            max_travel_minutes: (cities > 1 || dice.percent(90))
                .then(|| dice.choose(&[(20, 10), (30, 25), (45, 35), (60, 30)])),
            max_nights: dice.choose(&[(2, 8), (3, 14), (4, 20), (5, 20), (6, 16), (8, 12), (10, 10)]),
            max_consecutive_nights: dice.choose(&[(2, 10), (3, 25), (4, 25), (10, 40)]),
            max_shifts_per_night: dice.choose(&[(1, 80), (2, 20)]),
            min_shifts: dice.choose(&[(0, 10), (1, 70), (2, 20)]),
            preferred_venues: some_of(dice, near, preferred),
            wishes: wishes(dice),
        }
    };
    (0..count).map(&mut volunteer).collect()
}

fn skills(dice: &mut Dice, taste: &[usize]) -> BTreeMap<String, i64> {
    let count = dice.choose(&[(1, 40), (2, 35), (3, 18), (4, 7)]);
    let mut skills = BTreeMap::new();
    while skills.len() < count {
        let field = SPECIALTIES[dice.weighted(taste)].to_owned();
        skills.insert(field, dice.choose(&[(1, 50), (2, 35), (3, 15)]));
    }
    skills
}

/// Free on some evenings, for most of the evening.
fn windows(dice: &mut Dice) -> Vec<Window> {
    let free = dice.between(30, 95) as usize;
    let mut windows = Vec::new();
    for night in 0..NIGHTS {
        if dice.percent(free) {
            let from = dice.choose(&[(15, 30), (17, 30), (19, 25), (20, 15)]);
            let to = dice.choose(&[(22, 15), (23, 20), (24, 30), (26, 35)]);
            windows.push(Window { from: at(night, from), to: at(night, to) });
        }
    }
    windows
}

fn wishes(dice: &mut Dice) -> Vec<Wish> {
    let count = dice.choose(&[(0, 50), (1, 30), (2, 20)]);
    let mut nights = BTreeSet::new();
    while nights.len() < count {
        nights.insert(dice.below(NIGHTS) as i64);
    }
    let wish = |night| {
        let want = dice.choose(&[(Want::Serve, 1), (Want::Rest, 2)]);
        Wish { night, want, weight: dice.between(1, 10) }
    };
    nights.into_iter().map(wish).collect()
}

fn some_of(dice: &mut Dice, all: &[&str], count: usize) -> Vec<String> {
    let mut chosen = BTreeSet::new();
    for _ in 0..count.min(all.len()) {
        chosen.insert(all[dice.below(all.len())].to_owned());
    }
    chosen.into_iter().collect()
}

/// Companions live in one district; who is kept apart is not among them.
pub(crate) fn pairs(dice: &mut Dice, volunteers: &[VolunteerEntry]) -> (Vec<[String; 2]>, Vec<[String; 2]>) {
    let mut homes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, volunteer) in volunteers.iter().enumerate() {
        homes.entry(&volunteer.home).or_default().push(number);
    }
    let count = volunteers.len();
    let mut together = BTreeSet::new();
    for _ in 0..count / PER_COMPANIONS {
        let one = dice.below(count);
        let neighbours = &homes[volunteers[one].home.as_str()];
        let other = neighbours[dice.below(neighbours.len())];
        if one != other {
            together.insert([one.min(other), one.max(other)]);
        }
    }
    let mut apart = BTreeSet::new();
    for _ in 0..count / PER_APART {
        let (one, other) = (dice.below(count), dice.below(count));
        let pair = [one.min(other), one.max(other)];
        if one != other && !together.contains(&pair) {
            apart.insert(pair);
        }
    }
    let ids = |pairs: BTreeSet<[usize; 2]>| -> Vec<[String; 2]> {
        pairs.into_iter().map(|pair| pair.map(|number| volunteers[number].id.clone())).collect()
    };
    (ids(together), ids(apart))
}
