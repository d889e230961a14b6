//! Who helps from outside, and what they gave: the districts' municipalities first.

use khademyar_domain::{
    Stored,
    district::District,
    partner::{Contribution, ContributionKind, Partner},
};

use crate::{Maker, code, name, place::Place, text};

/// Something given: what, in words, how much of what, and the venue it went to by its place in the list of venues.
struct Gift {
    kind: ContributionKind,
    description: &'static str,
    amount: Option<(i64, &'static str)>,
    venue: Option<usize>,
}

const fn place(description: &'static str, venue: usize) -> Gift {
    Gift { kind: ContributionKind::Place, description, amount: None, venue: Some(venue) }
}

const fn things(description: &'static str, count: i64, unit: &'static str, venue: Option<usize>) -> Gift {
    Gift { kind: ContributionKind::Equipment, description, amount: Some((count, unit)), venue }
}

const fn rials(description: &'static str, millions: i64) -> Gift {
    Gift {
        kind: ContributionKind::Money,
        description,
        amount: Some((millions * 1_000_000, "ریال")),
        venue: None,
    }
}

const fn people(description: &'static str, count: i64, venue: Option<usize>) -> Gift {
    Gift { kind: ContributionKind::People, description, amount: Some((count, "نفر")), venue }
}

/// The municipalities that take part, by district; each is thanked through its mayor.
const MUNICIPALITIES: [(usize, &[Gift]); 8] = [
    (
        1,
        &[
            place("پیاده‌راه چهارباغ عباسی برای ده شب", 1),
            things("غرفهٔ چوبی", 24, "غرفه", Some(1)),
            people("نیروی نظافت شبانه", 18, Some(1)),
        ],
    ),
    (2, &[things("صندلی", 300, "صندلی", Some(3)), rials("کمک به پذیرایی", 900)]),
    (3, &[things("سامانهٔ صوتی", 4, "دستگاه", Some(1)), place("پارکینگ خیابان باغ گلدسته", 1)]),
    (
        4,
        &[
            place("باغ غدیر با ساختمان اداری آن", 0),
            things("چادر نمازخانه", 6, "چادر", Some(0)),
            people("راهنمای پارکینگ", 12, Some(0)),
        ],
    ),
    (5, &[rials("هزینهٔ برگزاری", 1_500), things("مولد برق", 3, "دستگاه", None)]),
    (
        6,
        &[
            place("صحن و خیابان‌های پیرامون گلستان شهدا", 2),
            things("اتوبوس رفت‌وبرگشت", 10, "دستگاه", Some(2)),
            people("نیروی خدمات شهری", 20, Some(2)),
        ],
    ),
    (11, &[place("بوستان امام رضای رهنان", 3), things("داربست و سایبان", 40, "دهانه", Some(3))]),
    (
        14,
        &[
            place("فرهنگسرای محله برای پایگاه سلامت", 4),
            things("کانکس", 2, "دستگاه", Some(7)),
            people("تسهیلگر محله", 9, Some(4)),
        ],
    ),
];

struct Institution {
    code: &'static str,
    fa: &'static str,
    en: &'static str,
    contact: &'static str,
    gifts: &'static [Gift],
}

const INSTITUTIONS: [Institution; 8] = [
    Institution {
        code: "culture-organisation",
        fa: "سازمان فرهنگی، اجتماعی و ورزشی شهرداری",
        en: "Municipal Organisation of Culture and Sports",
        contact: "دکتر نوید آذرپی",
        gifts: &[
            rials("برنامه‌های فرهنگی چهار مکان", 6_000),
            things("سن نمایش", 4, "دستگاه", None),
            people("مجری و کارشناس برنامه", 16, None),
        ],
    },
    Institution {
        code: "red-crescent",
        fa: "جمعیت هلال احمر استان",
        en: "Red Crescent Society of the Province",
        contact: "دکتر پدرام آرامش",
        gifts: &[
            people("امدادگر", 30, None),
            things("کیف کمک‌های نخستین", 60, "کیف", None),
            things("آمبولانس", 4, "دستگاه", None),
        ],
    },
    Institution {
        code: "medical-university",
        fa: "دانشگاه علوم پزشکی",
        en: "University of Medical Sciences",
        contact: "دکتر شکوفه نیک‌سرشت",
        gifts: &[
            people("دانشجوی پزشکی و پرستاری", 45, Some(4)),
            things("دستگاه سنجش فشار خون", 25, "دستگاه", Some(4)),
        ],
    },
    Institution {
        code: "bus-company",
        fa: "شرکت اتوبوس‌رانی شهر",
        en: "City Bus Company",
        contact: "مهندس عطا راه‌پیما",
        gifts: &[things("سرویس شبانهٔ خادمیاران", 35, "دستگاه", None)],
    },
    Institution {
        code: "parks",
        fa: "سازمان پارک‌ها و فضای سبز",
        en: "Parks and Green Spaces Organisation",
        contact: "مهندس سبزه‌علی باغبان",
        gifts: &[things("گلدان", 1_200, "گلدان", None), people("باغبان", 14, Some(0))],
    },
    Institution {
        code: "bar-association",
        fa: "کانون وکلای دادگستری",
        en: "Bar Association",
        contact: "خانم دکتر آزیتا دادپرور",
        gifts: &[people("وکیل داوطلب", 12, Some(5))],
    },
    Institution {
        code: "bakers-union",
        fa: "اتحادیهٔ نانوایان و شیرینی‌پزان",
        en: "Bakers' and Confectioners' Union",
        contact: "حاج نصرالله شکرچی",
        gifts: &[things("گز و شیرینی", 2_500, "کیلوگرم", None), rials("اطعام محله‌های کم‌برخوردار", 2_200)],
    },
    Institution {
        code: "benefactor-carpets",
        fa: "خاندان فرش‌باف، نیکوکار",
        en: "The Farshbaf Family, Benefactors",
        contact: "حاجیه‌خانم بدری فرش‌باف",
        gifts: &[things("فرش برای نمازخانه‌ها", 80, "تخته", None), rials("کمک به پایگاه‌های سیار", 3_000)],
    },
];

pub(crate) fn partners(
    maker: &mut Maker,
    districts: &[Stored<District>],
    places: &[Place],
) -> (Vec<Stored<Partner>>, Vec<Stored<Contribution>>) {
    let mut partners = Vec::new();
    let mut contributions = Vec::new();
    for (number, gifts) in MUNICIPALITIES {
        let district = &districts[number - 1];
        let partner = maker.stored(Partner {
            code: code(&format!("municipality-{number}")),
            name: name(&format!("شهرداری منطقهٔ {number}"), &format!("Municipality of District {number}")),
            district_id: Some(district.id),
            contact: district.value.mayor.clone(),
        });
        contributions.extend(given(maker, &partner, gifts, places));
        partners.push(partner);
    }
    for institution in &INSTITUTIONS {
        let partner = maker.stored(Partner {
            code: code(institution.code),
            name: name(institution.fa, institution.en),
            district_id: None,
            contact: Some(text(institution.contact)),
        });
        contributions.extend(given(maker, &partner, institution.gifts, places));
        partners.push(partner);
    }
    (partners, contributions)
}

fn given(
    maker: &mut Maker,
    partner: &Stored<Partner>,
    gifts: &[Gift],
    places: &[Place],
) -> Vec<Stored<Contribution>> {
    gifts
        .iter()
        .map(|gift| {
            maker.stored(Contribution {
                partner_id: partner.id,
                kind: gift.kind,
                description: text(gift.description),
                amount: gift.amount.map(|(amount, _)| amount),
                unit: gift.amount.map(|(_, unit)| text(unit)),
                venue_id: gift.venue.map(|venue| places[venue].venue.id),
            })
        })
        .collect()
}
