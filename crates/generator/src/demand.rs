//! Venues, their shifts, and what the shifts ask for.

use khademyar_scheduling::format::{AskedGender, PositionEntry, ShiftEntry, VenueEntry, VolunteerEntry};

use crate::{NIGHTS, at, dice::Dice, family::Size, ground::Ground};

/// Fields of service, those first that are asked for most.
pub(crate) const SPECIALTIES: [&str; 19] = [
    "welcome",
    "kitchen",
    "stewarding",
    "safety",
    "health",
    "programme",
    "recitation",
    "children",
    "press",
    "art",
    "teaching",
    "advice",
    "law",
    "building",
    "stores",
    "driving",
    "games",
    "greenery",
    "rescue",
];

/// Festivals of so many people have large sites with many fields.
const LARGE: usize = 2_000;
/// Nights to which more people come, and how much more in a hundred.
const BUSY: [usize; 3] = [0, 7, 9];
const BUSIER: i64 = 140;
/// The weight of a position that leads its shift.
const LEAD: i64 = 3;

/// A venue and where it stands each night.
pub(crate) struct Venue {
    pub(crate) id: String,
    /// District by night.
    pub(crate) stands: Vec<usize>,
    /// Whether it is a large site with three shifts a night.
    site: bool,
}

impl Venue {
    pub(crate) fn entry(&self) -> VenueEntry {
        VenueEntry { id: self.id.clone() }
    }
}

/// One line of what each shift of a venue asks for; `least` in hundredths of a person before it is scaled.
struct Line {
    specialty: usize,
    min_level: i64,
    gender: AskedGender,
    least: i64,
    weight: i64,
}

/// Large sites in the first city, bases everywhere: most stay, others move on every three nights.
pub(crate) fn venues(dice: &mut Dice, ground: &Ground, size: Size) -> Vec<Venue> {
    let sites = if size.people >= 300 { 4 } else { 2 };
    let first_city = ground.city.iter().filter(|&&city| city == 0).count();
    let mut venues: Vec<Venue> = (0..sites)
        .map(|number| Venue {
            id: format!("site-{number}"),
            stands: vec![number * first_city / sites; NIGHTS],
            site: true,
        })
        .collect();
    let pull = |district: usize| ground.inhabitants[district] * ground.districts[district].priority as usize;
    let pulls: Vec<usize> = (0..ground.districts.len()).map(pull).collect();
    for number in 0..size.bases {
        let home = dice.weighted(&pulls);
        let here: Vec<usize> =
            (0..ground.city.len()).filter(|&other| ground.city[other] == ground.city[home]).collect();
        let mut stops = [home; 4];
        if dice.percent(40) {
            stops[1..].fill_with(|| here[dice.below(here.len())]);
        }
        let stands = (0..NIGHTS).map(|night| stops[night / 3]).collect();
        venues.push(Venue { id: format!("base-{number}"), stands, site: false });
    }
    venues
}

/// Shifts and positions, scaled so that they ask for the family's share of what people offer.
pub(crate) fn demand(
    dice: &mut Dice,
    ground: &Ground,
    venues: &[Venue],
    volunteers: &[VolunteerEntry],
    size: Size,
) -> (Vec<ShiftEntry>, Vec<PositionEntry>) {
    let mut shifts: Vec<ShiftEntry> = Vec::new();
    let mut asked: Vec<(usize, Line)> = Vec::new();
    for venue in venues {
        let crew = crew(dice, venue, size.people >= LARGE);
        let hours: &[(i64, i64)] = if venue.site {
            &[(17, 20), (20, 23), (23, 25)]
        } else {
            dice.choose(&[(&[(17, 21)][..], 1), (&[(18, 22)][..], 1), (&[(17, 20), (20, 23)][..], 1)])
        };
        for night in 0..NIGHTS {
            for &(start, end) in hours {
                let percent = if BUSY.contains(&night) { BUSIER } else { 100 };
                let lines = crew.iter().map(|line| Line { least: line.least * percent / 100, ..*line });
                asked.extend(lines.map(|line| (shifts.len(), line)));
                shifts.push(ShiftEntry {
                    id: format!("s{}", shifts.len()),
                    venue: venue.id.clone(),
                    district: ground.districts[venue.stands[night]].id.clone(),
                    night: night as i64,
                    start: at(night, start),
                    end: at(night, end),
                });
            }
        }
    }
    let offers = |v: &VolunteerEntry| {
        let free = v.available.as_ref().map_or(NIGHTS, Vec::len);
        (v.max_nights as usize).min(free)
    };
    let offered: usize = volunteers.iter().map(offers).sum();
    // Minimum and what is welcome beyond it, in hundredths of a person.
    let unscaled: i64 = asked.iter().map(|(_, line)| line.least * 14 / 10).sum();
    let wanted = (size.load * offered) as i64;
    let mut positions = Vec::new();
    for (number, (shift, line)) in asked.into_iter().enumerate() {
        let shaken = line.least * wanted / unscaled.max(1) + dice.between(5, 95);
        let (minimum, more) = if line.weight == LEAD {
            (1, 0)
        } else {
            (shaken / 100, (shaken / 100 * dice.between(10, 70) + 50) / 100)
        };
        if minimum + more > 0 {
            positions.push(PositionEntry {
                id: format!("p{number}"),
                shift: shifts[shift].id.clone(),
                specialty: SPECIALTIES[line.specialty].to_owned(),
                min_level: line.min_level,
                gender: line.gender,
                minimum,
                desired: minimum + more,
                weight: line.weight,
            });
        }
    }
    (shifts, positions)
}

/// What every shift of a venue asks for.
fn crew(dice: &mut Dice, venue: &Venue, large: bool) -> Vec<Line> {
    let fields = match (venue.site, large) {
        (true, true) => 9,
        (true, false) => 4,
        (false, _) => dice.between(2, 4) as usize,
    };
    let mut taste: Vec<usize> = (0..SPECIALTIES.len()).map(|rank| 1_000 / (rank + 2)).collect();
    let mut lines = Vec::new();
    let mut first = None;
    for _ in 0..fields {
        let specialty = dice.weighted(&taste);
        taste[specialty] = 0;
        first.get_or_insert(specialty);
        let people = if venue.site { dice.between(2, 6) } else { dice.between(1, 2) } * 100;
        let (genders, share): (&[AskedGender], i64) = if dice.percent(45) {
            (&[AskedGender::Woman, AskedGender::Man], 2)
        } else {
            (&[AskedGender::Any], 1)
        };
        for &gender in genders {
            lines.push(Line {
                specialty,
                min_level: dice.choose(&[(1, 75), (2, 25)]),
                gender,
                least: (people / share).max(100),
                weight: dice.choose(&[(1, 60), (2, 30), (5, 10)]),
            });
        }
    }
    let lead = Line {
        specialty: first.unwrap_or(0),
        min_level: if large { 3 } else { 2 },
        gender: AskedGender::Any,
        least: 100,
        weight: LEAD,
    };
    lines.push(lead);
    lines
}
