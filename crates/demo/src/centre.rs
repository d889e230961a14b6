//! The centres (kanoon) volunteers belong to: two of each district's neighbourhoods, and those of the professions.

use khademyar_domain::{Id, Stored, centre::Centre, district::District, specialty::Specialty};

use crate::{
    Maker, code, name,
    person::{GENDERS, full_name},
};

const NEIGHBOURHOODS: [[(&str, &str); 2]; 15] = [
    [("بیدآباد", "Bidabad"), ("لنبان", "Lonban")],
    [("بابوکان", "Babukan"), ("جابر انصاری", "Jaber Ansari")],
    [("جوباره", "Jubareh"), ("احمدآباد", "Ahmadabad")],
    [("مهرآباد", "Mehrabad"), ("بزرگمهر", "Bozorgmehr")],
    [("سیچان", "Sichan"), ("حسین‌آباد", "Hoseynabad")],
    [("تخت فولاد", "Takht-e Foulad"), ("آبشار", "Abshar")],
    [("کاوه", "Kaveh"), ("ابن‌سینا", "Ebn-e Sina")],
    [("خانهٔ اصفهان", "Khaneh Esfahan"), ("رزمندگان", "Razmandegan")],
    [("ناژوان", "Nazhvan"), ("خرم", "Khorram")],
    [("پروین", "Parvin"), ("عسکریه", "Askariyeh")],
    [("رهنان", "Rahnan"), ("لادان", "Ladan")],
    [("ملک‌شهر", "Malekshahr"), ("عاشق‌آباد", "Asheqabad")],
    [("قائمیه", "Qaemiyeh"), ("دستگرد", "Dastgerd")],
    [("ارزنان", "Arzanan"), ("زینبیه", "Zeynabiyeh")],
    [("خوراسگان", "Khorasgan"), ("ارغوانیه", "Arghavaniyeh")],
];

/// Whom a centre gathers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathers {
    /// Neighbours.
    Neighbours,
    /// People of a profession.
    Profession(Id<Specialty>),
    /// Those from 12 to 18.
    Teenagers,
}

/// Names, field of service, number of the district it stands in.
const PROFESSIONS: [(&str, &str, &str, usize); 11] = [
    ("کانون پزشکان و پرستاران", "Centre of Physicians and Nurses", "health", 5),
    ("کانون وکلا و کارشناسان", "Centre of Lawyers", "legal", 1),
    ("کانون مشاوران خانواده", "Centre of Family Counsellors", "counselling", 6),
    ("کانون آموزگاران", "Centre of Teachers", "education", 3),
    ("کانون هنرمندان", "Centre of Artists", "arts", 1),
    ("کانون اهل رسانه", "Centre of Journalists", "media", 3),
    ("کانون قاریان و حافظان", "Centre of Reciters", "quran", 3),
    ("کانون مهندسان", "Centre of Engineers", "construction", 5),
    ("کانون ورزشکاران", "Centre of Athletes", "sports", 6),
    ("کانون رانندگان", "Centre of Drivers", "transport", 7),
    ("کانون دوستداران طبیعت", "Centre of the Friends of Nature", "environment", 9),
];

/// A centre and what the rest of the demo needs to know of it.
pub(crate) struct Gathering {
    pub(crate) centre: Stored<Centre>,
    pub(crate) gathers: Gathers,
}

pub(crate) fn centres(maker: &mut Maker, districts: &[Stored<District>]) -> Vec<Gathering> {
    let mut centres = Vec::new();
    for (district, neighbourhoods) in districts.iter().zip(&NEIGHBOURHOODS) {
        for (fa, en) in neighbourhoods {
            let names = name(&format!("کانون محلهٔ {fa}"), &format!("{en} Neighbourhood Centre"));
            centres.push((names, district, Gathers::Neighbours));
        }
    }
    for (fa, en, specialty, district) in PROFESSIONS {
        let gathers = Gathers::Profession(maker.specialty(specialty));
        centres.push((name(fa, en), &districts[district - 1], gathers));
    }
    centres.push((name("کانون نوجوانان خدمت", "Teenagers' Centre"), &districts[9], Gathers::Teenagers));
    centres
        .into_iter()
        .zip(1..)
        .map(|((name, district, gathers), number)| {
            let gender = maker.dice.choose(&GENDERS);
            let centre = Centre {
                code: code(&format!("kanoon-{number}")),
                name,
                district_id: district.id,
                secretary: Some(full_name(&mut maker.dice, gender, None).name.fa),
            };
            Gathering { centre: maker.stored(centre), gathers }
        })
        .collect()
}
