//! Who serves: some fourteen hundred invented people, and what is between some of them.

use std::collections::BTreeSet;

use khademyar_domain::{
    Id, Stored,
    centre::Centre,
    district::{District, TravelMinutes},
    pair::{Pair, PairKind},
    phone::Phone,
    specialty::Specialty,
    venue::Venue,
    volunteer::{Availability, Gender, Skill, Volunteer, Want, Wish},
};

use crate::{
    Maker, NIGHTS,
    centre::{Gathering, Gathers},
    city::AREAS,
    code,
    dice::Dice,
    instant,
    person::{GENDERS, full_name},
    place::Place,
};

/// How many there are.
const VOLUNTEERS: usize = 1_400;
/// About how many come with the one before them.
const COMPANIONS: usize = 95;
/// How many pairs must not meet.
const APART: usize = 9;
/// Born in this year or later, someone is a teenager in 2027.
const TEENAGERS_FROM: i32 = 2009;

/// Field of service; how many women and how many men offer it, in proportion.
const OFFERED: [(&str, u32, u32); 19] = [
    ("reception", 12, 9),
    ("hospitality", 14, 12),
    ("crowd-guidance", 10, 16),
    ("security", 3, 13),
    ("health", 10, 7),
    ("culture", 9, 6),
    ("quran", 8, 7),
    ("children", 10, 3),
    ("media", 3, 3),
    ("arts", 6, 3),
    ("education", 7, 5),
    ("counselling", 3, 2),
    ("legal", 1, 1),
    ("construction", 1, 6),
    ("logistics", 4, 10),
    ("transport", 1, 5),
    ("sports", 4, 5),
    ("environment", 5, 5),
    ("relief", 8, 9),
];

/// What teenagers are asked to help with.
const FOR_TEENAGERS: [&str; 5] = ["reception", "culture", "arts", "quran", "environment"];

/// What there is to belong to.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) districts: &'a [Stored<District>],
    pub(crate) travel: &'a TravelMinutes,
    pub(crate) centres: &'a [Gathering],
    pub(crate) places: &'a [Place],
}

/// Someone who comes along resembles whom they come with.
struct Kin {
    home: usize,
    family: usize,
    volunteer: Stored<Volunteer>,
}

/// The volunteers, and the pairs among them.
pub(crate) fn volunteers(
    maker: &mut Maker,
    setting: Setting<'_>,
) -> (Vec<Stored<Volunteer>>, Vec<Stored<Pair>>) {
    let mut volunteers = Vec::with_capacity(VOLUNTEERS);
    let mut pairs = BTreeSet::new();
    let mut before: Option<Kin> = None;
    for number in 1..=VOLUNTEERS {
        let with = before.take().filter(|_| maker.dice.below(VOLUNTEERS) < COMPANIONS);
        let kin = volunteer(maker, setting, number, with.as_ref());
        if let Some(with) = &with {
            pairs.insert((with.volunteer.id, kin.volunteer.id, false));
        }
        volunteers.push(kin.volunteer.clone());
        // Companions come in twos.
        before = with.is_none().then_some(kin);
    }
    while pairs.iter().filter(|pair| pair.2).count() < APART {
        let mut two = maker.dice.sample(2, volunteers.len());
        two.sort_unstable();
        let [first, second] = [two[0], two[1]].map(|k| &volunteers[k]);
        if first.value.gender == second.value.gender && !pairs.contains(&(first.id, second.id, false)) {
            pairs.insert((first.id, second.id, true));
        }
    }
    let pairs = pairs
        .into_iter()
        .map(|(first_id, second_id, apart)| {
            let kind = if apart { PairKind::Apart } else { PairKind::Companions };
            maker.stored(Pair { kind, first_id, second_id })
        })
        .collect();
    (volunteers, pairs)
}

fn volunteer(maker: &mut Maker, setting: Setting<'_>, number: usize, with: Option<&Kin>) -> Kin {
    let inhabitants: Vec<u32> = AREAS.iter().map(|area| area.inhabitants).collect();
    let gender = maker.dice.choose(&GENDERS);
    let home = with.map_or_else(|| maker.dice.weighted(&inhabitants), |kin| kin.home);
    let family = with.filter(|_| maker.dice.percent(60)).map(|kin| kin.family);
    let full_name = full_name(&mut maker.dice, gender, family);
    let birth_year = birth_year(&mut maker.dice);
    let teenager = birth_year >= TEENAGERS_FROM;
    let skills = if teenager { teenage_skills(maker) } else { skills(maker, gender, birth_year) };
    let dice = &mut maker.dice;
    let centre_id = centre(dice, setting, home, teenager, &skills);
    let available = match with {
        Some(kin) if !teenager => kin.volunteer.value.available.clone(),
        _ if teenager => Some(windows(dice, 65, &[(15, 1), (17, 2)], &[(21, 1), (22, 1)])),
        _ => available(dice),
    };
    let volunteer = Volunteer {
        code: code(&format!("v{number:04}")),
        name: full_name.name,
        phone: Some(phone(number)),
        home_district_id: setting.districts[home].id,
        centre_id,
        gender,
        birth_year: Some(birth_year),
        skills,
        available,
        max_travel_minutes: dice.choose(&[
            (Some(18), 8),
            (Some(25), 22),
            (Some(35), 32),
            (Some(50), 28),
            (None, 10),
        ]),
        max_nights: dice.choose(&[
            (Some(2), 8),
            (Some(3), 15),
            (Some(4), 22),
            (Some(5), 20),
            (Some(6), 15),
            (Some(8), 10),
            (None, 10),
        ]),
        max_consecutive_nights: dice.choose(&[(Some(2), 12), (Some(3), 28), (Some(4), 20), (None, 40)]),
        max_shifts_per_night: if teenager { 1 } else { dice.choose(&[(1, 4), (2, 1)]) },
        min_shifts: dice.choose(&[(0, 10), (1, 68), (2, 22)]),
        preferred_venue_ids: match with {
            Some(kin) => kin.volunteer.value.preferred_venue_ids.clone(),
            None => preferred(dice, setting, home),
        },
        wishes: wishes(dice),
    };
    Kin { home, family: full_name.family, volunteer: maker.stored(volunteer) }
}

/// A number that nobody has: no subscriber of Isfahan's mobile prefix begins with three zeros.
fn phone(number: usize) -> Phone {
    let subscriber = number * 7_919 % 10_000;
    Phone::parse(&format!("+98913000{subscriber:04}"))
        .expect("ten digits after the country are a mobile number")
}

fn birth_year(dice: &mut Dice) -> i32 {
    let (from, to) = dice.choose(&[
        ((1950, 1962), 8),
        ((1963, 1976), 22),
        ((1977, 1988), 34),
        ((1989, 2006), 32),
        ((TEENAGERS_FROM, 2013), 4),
    ]);
    dice.between(from, to)
}

fn skills(maker: &mut Maker, gender: Gender, birth_year: i32) -> Vec<Skill> {
    let mut offered = OFFERED.map(|(_, women, men)| match gender {
        Gender::Woman => women,
        Gender::Man => men,
    });
    let experienced = if birth_year < 2000 { 15 } else { 0 };
    let count = maker.dice.choose(&[(1, 30), (2, 36), (3, 22), (4, 12)]);
    (0..count)
        .map(|_| {
            let field = maker.dice.weighted(&offered);
            offered[field] = 0;
            Skill {
                specialty_id: maker.specialty(OFFERED[field].0),
                level: maker.dice.choose(&[(1, 50), (2, 35), (3, experienced)]),
                confirmed: maker.dice.percent(96),
            }
        })
        .collect()
}

fn teenage_skills(maker: &mut Maker) -> Vec<Skill> {
    let count = maker.dice.choose(&[(1, 2), (2, 1)]);
    let fields = maker.dice.sample(count, FOR_TEENAGERS.len());
    fields
        .into_iter()
        .map(|field| Skill {
            specialty_id: maker.specialty(FOR_TEENAGERS[field]),
            level: 1,
            confirmed: maker.dice.percent(90),
        })
        .collect()
}

/// The teenagers' centre, that of someone's profession, or one of the neighbourhood; or none.
fn centre(
    dice: &mut Dice,
    setting: Setting<'_>,
    home: usize,
    teenager: bool,
    skills: &[Skill],
) -> Option<Id<Centre>> {
    let mut among = |fits: &dyn Fn(&Gathering) -> bool| {
        let fitting: Vec<&Gathering> = setting.centres.iter().filter(|centre| fits(centre)).collect();
        (!fitting.is_empty()).then(|| dice.pick(&fitting).centre.id)
    };
    if teenager {
        return among(&|centre| centre.gathers == Gathers::Teenagers);
    }
    let profession: Option<Id<Specialty>> = skills.first().map(|skill| skill.specialty_id);
    let professional =
        among(&|centre| matches!(centre.gathers, Gathers::Profession(id) if Some(id) == profession));
    let neighbours = among(&|centre| {
        centre.gathers == Gathers::Neighbours && centre.centre.value.district_id == setting.districts[home].id
    });
    match professional {
        Some(id) if dice.percent(45) => Some(id),
        _ => neighbours.filter(|_| dice.percent(92)),
    }
}

/// Always, on certain nights, or from an hour to an hour on certain nights.
fn available(dice: &mut Dice) -> Option<Vec<Availability>> {
    let free = dice.choose(&[(40, 2), (60, 3), (80, 3), (95, 2)]);
    match dice.below(100) {
        0..15 => None,
        15..50 => {
            let nights = (0..NIGHTS as i32).filter(|_| dice.percent(free));
            Some(nights.map(|night| Availability::Night { night }).collect())
        }
        _ => Some(windows(
            dice,
            free,
            &[(15, 3), (17, 4), (19, 2), (20, 1)],
            &[(22, 2), (23, 3), (25, 3), (26, 1)],
        )),
    }
}

/// Windows between hours after midnight of each night's date.
fn windows(dice: &mut Dice, free: usize, from: &[(i64, u32)], to: &[(i64, u32)]) -> Vec<Availability> {
    let mut windows = Vec::with_capacity(NIGHTS);
    for night in 0..NIGHTS {
        if dice.percent(free) {
            let (from, to) = (dice.choose(from), dice.choose(to));
            windows.push(Availability::Window { from: instant(night, from), to: instant(night, to) });
        }
    }
    windows
}

/// Up to three venues, the nearer the likelier; most people have no preference.
fn preferred(dice: &mut Dice, setting: Setting<'_>, home: usize) -> Vec<Id<Venue>> {
    if !dice.percent(40) {
        return Vec::new();
    }
    let mut nearness: Vec<u32> = setting
        .places
        .iter()
        .map(|place| {
            let minutes = setting
                .districts
                .iter()
                .position(|district| Some(district.id) == place.venue.value.district_id)
                .map_or(40, |district| setting.travel.minutes[home][district]);
            (10_000 / (minutes * minutes).max(1)) as u32
        })
        .collect();
    (0..dice.between(1, 3))
        .map(|_| {
            let place = dice.weighted(&nearness);
            nearness[place] = 0;
            setting.places[place].venue.id
        })
        .collect()
}

/// Wishes for up to two nights; on the last, the birthday of Imam Reza, nearly all wish to serve.
fn wishes(dice: &mut Dice) -> Vec<Wish> {
    let count = dice.choose(&[(0, 50), (1, 30), (2, 20)]);
    let mut nights = dice.sample(count, NIGHTS);
    nights.sort_unstable();
    nights
        .into_iter()
        .map(|night| {
            let serves = dice.percent(if night + 1 == NIGHTS { 85 } else { 40 });
            Wish {
                night: night as i32,
                want: if serves { Want::Serve } else { Want::Rest },
                weight: dice.between(1, 10),
            }
        })
        .collect()
}
