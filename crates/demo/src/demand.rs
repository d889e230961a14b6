//! What each venue asks for, night by night: shifts, and the positions of each.

use khademyar_domain::{
    Stored,
    position::{AskedGender, Position},
    shift::Shift,
};

use crate::{
    Maker, NIGHTS, code, instant,
    place::{Place, Theme},
};

/// A line of what a shift asks for when it is neither quiet nor busy.
struct Ask {
    specialty: &'static str,
    min_level: i32,
    heads: Heads,
    /// Welcome beyond the minimum, per line.
    welcome: i32,
    weight: i32,
}

/// How many, and whether women's and men's places are staffed apart.
enum Heads {
    Anyone(i32),
    Apart { women: i32, men: i32 },
}

const fn apart(specialty: &'static str, min_level: i32, women: i32, men: i32, weight: i32) -> Ask {
    Ask { specialty, min_level, heads: Heads::Apart { women, men }, welcome: 1, weight }
}

const fn anyone(specialty: &'static str, min_level: i32, heads: i32, weight: i32) -> Ask {
    Ask { specialty, min_level, heads: Heads::Anyone(heads), welcome: 1, weight }
}

/// The one who leads the shift.
const fn lead(specialty: &'static str) -> Ask {
    Ask { specialty, min_level: 3, heads: Heads::Anyone(1), welcome: 0, weight: 6 }
}

/// What each of the four named venues asks for.
const AT_EVERY_VENUE: [Ask; 8] = [
    lead("crowd-guidance"),
    apart("security", 1, 1, 3, 5),
    apart("health", 2, 1, 1, 8),
    apart("crowd-guidance", 1, 2, 2, 4),
    apart("reception", 1, 2, 1, 2),
    apart("hospitality", 1, 2, 2, 2),
    anyone("logistics", 1, 1, 3),
    apart("children", 1, 1, 0, 3),
];

/// What a place asks for besides.
const fn own(theme: Theme) -> &'static [Ask] {
    match theme {
        Theme::Garden => {
            const { &[anyone("culture", 1, 2, 2), anyone("environment", 1, 1, 1), anyone("media", 2, 1, 2)] }
        }
        Theme::Boulevard => {
            const { &[anyone("arts", 1, 2, 2), anyone("culture", 1, 2, 2), anyone("media", 1, 1, 2)] }
        }
        Theme::Cemetery => {
            const { &[apart("quran", 2, 1, 1, 3), anyone("transport", 1, 2, 3), anyone("relief", 1, 1, 2)] }
        }
        Theme::Park => {
            const { &[anyone("sports", 1, 2, 1), anyone("education", 1, 1, 1), anyone("construction", 1, 1, 2)] }
        }
        Theme::Health => {
            const {
                &[
                    lead("health"),
                    apart("health", 2, 1, 1, 7),
                    anyone("reception", 1, 1, 2),
                    anyone("transport", 1, 1, 2),
                ]
            }
        }
        Theme::Advice => {
            const {
                &[
                    lead("counselling"),
                    apart("counselling", 2, 1, 1, 4),
                    anyone("legal", 1, 1, 4),
                    anyone("reception", 1, 1, 1),
                ]
            }
        }
        Theme::Children => {
            const {
                &[
                    lead("children"),
                    apart("children", 1, 2, 1, 3),
                    anyone("arts", 1, 1, 1),
                    anyone("sports", 1, 1, 1),
                    anyone("quran", 1, 1, 2),
                ]
            }
        }
        Theme::Relief => {
            const {
                &[
                    lead("relief"),
                    apart("relief", 1, 1, 2, 5),
                    anyone("hospitality", 1, 2, 2),
                    anyone("logistics", 1, 1, 3),
                ]
            }
        }
    }
}

/// A stretch of the evening in hours after midnight of its date, and how much of what is asked for it needs.
struct Window {
    name: &'static str,
    from: i64,
    to: i64,
    percent: i32,
}

const fn window(name: &'static str, from: i64, to: i64, percent: i32) -> Window {
    Window { name, from, to, percent }
}

/// At the named venues, until an hour past midnight.
const LONG: [Window; 3] =
    [window("early", 17, 20, 80), window("prime", 20, 23, 100), window("late", 23, 25, 50)];
/// At most bases.
const SHORT: [Window; 1] = [window("evening", 18, 22, 100)];
/// At the bases of health and relief that stay.
const SPLIT: [Window; 2] = [window("early", 17, 20, 80), window("prime", 20, 23, 100)];

/// Thursdays and Fridays, the eve of the last day and the last day itself bring more guests.
const BUSY: [usize; 5] = [0, 1, 7, 8, 9];

/// The shifts of all nights, and their positions.
pub(crate) fn demand(maker: &mut Maker, places: &[Place]) -> (Vec<Stored<Shift>>, Vec<Stored<Position>>) {
    let mut shifts = Vec::new();
    let mut positions = Vec::new();
    for night in 0..NIGHTS {
        for place in places {
            for window in windows(place) {
                let shift = maker.stored(Shift {
                    code: code(&format!("{}-n{}-{}", place.venue.value.code, night + 1, window.name)),
                    venue_id: place.venue.id,
                    district_id: place.venue.value.district_on(night as i32),
                    night: night as i32,
                    starts_at: instant(night, window.from),
                    ends_at: instant(night, window.to),
                });
                let percent = if BUSY.contains(&night) { window.percent * 13 / 10 } else { window.percent };
                let everywhere: &[Ask] = if is_named(place.theme) { &AT_EVERY_VENUE } else { &[] };
                for ask in everywhere.iter().chain(own(place.theme)) {
                    positions.extend(staffed(maker, &shift, ask, percent));
                }
                shifts.push(shift);
            }
        }
    }
    (shifts, positions)
}

fn windows(place: &Place) -> &'static [Window] {
    match place.theme {
        theme if is_named(theme) => &LONG,
        Theme::Health | Theme::Relief if place.venue.value.stands.is_empty() => &SPLIT,
        _ => &SHORT,
    }
}

fn is_named(theme: Theme) -> bool {
    matches!(theme, Theme::Garden | Theme::Boulevard | Theme::Cemetery | Theme::Park)
}

/// The positions of one line at `percent` of its usual heads.
fn staffed(maker: &mut Maker, shift: &Stored<Shift>, ask: &Ask, percent: i32) -> Vec<Stored<Position>> {
    let lines = match ask.heads {
        Heads::Anyone(heads) => vec![(AskedGender::Any, heads, "any")],
        Heads::Apart { women, men } => {
            vec![(AskedGender::Woman, women, "woman"), (AskedGender::Man, men, "man")]
        }
    };
    let specialty_id = maker.specialty(ask.specialty);
    let rank = if ask.min_level == 3 { "lead" } else { "team" };
    let mut positions = Vec::with_capacity(lines.len());
    for (gender, heads, suffix) in lines.into_iter().filter(|&(_, heads, _)| heads > 0) {
        // One is one at any hour; of more, a quiet hour needs fewer.
        let minimum = ((heads * percent + 50) / 100).max(1);
        positions.push(maker.stored(Position {
            code: code(&format!("{}-{}-{rank}-{suffix}", shift.value.code, ask.specialty)),
            shift_id: shift.id,
            specialty_id,
            min_level: ask.min_level,
            gender,
            minimum,
            desired: minimum + ask.welcome,
            weight: ask.weight,
        }));
    }
    positions
}
