//! Where people serve: four named venues, and twelve bases of which most move towards need.

use khademyar_domain::{
    Id, Stored,
    district::District,
    venue::{Stand, Venue, VenueKind},
};

use crate::{Maker, NIGHTS, city::AREAS, code, dice::Dice, name, text};

/// What a venue is for; what it asks for follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Garden,
    Boulevard,
    Cemetery,
    Park,
    Health,
    Advice,
    Children,
    Relief,
}

struct Named {
    code: &'static str,
    fa: &'static str,
    en: &'static str,
    district: usize,
    address: &'static str,
    latitude: f64,
    longitude: f64,
    theme: Theme,
}

const NAMED: [Named; 4] = [
    Named {
        code: "bagh-e-ghadir",
        fa: "باغ غدیر",
        en: "Bagh-e Ghadir",
        district: 4,
        address: "خیابان سلمان فارسی، باغ غدیر، ورودی شمالی",
        latitude: 32.6497,
        longitude: 51.7165,
        theme: Theme::Garden,
    },
    Named {
        code: "chaharbagh",
        fa: "گذر فرهنگی چهارباغ",
        en: "Chaharbagh Cultural Passage",
        district: 1,
        address: "خیابان چهارباغ عباسی، از دروازه‌دولت تا سی‌وسه‌پل",
        latitude: 32.6521,
        longitude: 51.6686,
        theme: Theme::Boulevard,
    },
    Named {
        code: "golestan-e-shohada",
        fa: "گلستان شهدا",
        en: "Golestan-e Shohada",
        district: 6,
        address: "خیابان گلستان شهدا، درِ اصلی",
        latitude: 32.6281,
        longitude: 51.6829,
        theme: Theme::Cemetery,
    },
    Named {
        code: "imam-reza-park-rahnan",
        fa: "بوستان امام رضای رهنان",
        en: "Imam Reza Park of Rahnan",
        district: 11,
        address: "رهنان، خیابان شریف شرقی، بوستان امام رضا",
        latitude: 32.6862,
        longitude: 51.6041,
        theme: Theme::Park,
    },
];

const THEMES: [(Theme, &str, &str); 4] = [
    (Theme::Health, "پایگاه سلامت", "Health base"),
    (Theme::Advice, "پایگاه مشاوره و حقوقی", "Advice base"),
    (Theme::Children, "پایگاه کودک و نوجوان", "Children's base"),
    (Theme::Relief, "پایگاه اطعام و امداد", "Relief base"),
];

/// How many bases there are.
pub(crate) const BASES: usize = 12;

/// A venue and what the rest of the demo needs to know of it.
pub(crate) struct Place {
    pub(crate) venue: Stored<Venue>,
    pub(crate) theme: Theme,
}

pub(crate) fn places(maker: &mut Maker, districts: &[Stored<District>]) -> Vec<Place> {
    let mut places: Vec<Place> = NAMED
        .iter()
        .map(|named| Place {
            venue: maker.stored(Venue {
                code: code(named.code),
                name: name(named.fa, named.en),
                kind: VenueKind::Fixed,
                district_id: Some(districts[named.district - 1].id),
                stands: Vec::new(),
                address: Some(text(named.address)),
                latitude: Some(named.latitude),
                longitude: Some(named.longitude),
            }),
            theme: named.theme,
        })
        .collect();
    for base in 0..BASES {
        let (theme, fa, en) = THEMES[base % THEMES.len()];
        let number = base / THEMES.len() + 1;
        let (district_id, stands) = if base < THEMES.len() {
            // One of each kind stays where it is missed most.
            (Some(districts[[13, 9, 14, 13][base]].id), Vec::new())
        } else {
            (None, stands(&mut maker.dice, districts))
        };
        places.push(Place {
            venue: maker.stored(Venue {
                code: code(&format!("base-{}", base + 1)),
                name: name(&format!("{fa} {number}"), &format!("{en} {number}")),
                kind: VenueKind::Mobile,
                district_id,
                stands,
                address: None,
                latitude: None,
                longitude: None,
            }),
            theme,
        });
    }
    places
}

/// Where a base stands night by night: two nights in each district, the needier the likelier, never the same twice.
fn stands(dice: &mut Dice, districts: &[Stored<District>]) -> Vec<Stand> {
    let mut pull: Vec<u32> =
        AREAS.iter().map(|area| area.inhabitants * (area.priority * area.priority) as u32).collect();
    let mut stands = Vec::with_capacity(NIGHTS);
    for first in (0..NIGHTS).step_by(2) {
        let district = dice.weighted(&pull);
        pull[district] = 0;
        let district_id: Id<District> = districts[district].id;
        stands.extend((first..NIGHTS.min(first + 2)).map(|night| Stand { night: night as i32, district_id }));
    }
    stands
}
