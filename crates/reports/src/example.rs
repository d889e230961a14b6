//! A festival for this crate's tests: ten nights, fifteen districts, as many volunteers as asked for.

use chrono::{Days, NaiveDate, TimeDelta, TimeZone, Utc};
use khademyar_domain::{
    Code, Id, Name, Stored, Text,
    assignment::Service,
    partner::ContributionKind,
    volunteer::{Gender, Registered},
};
use serde_json::json;
use uuid::Uuid;

use crate::facts::Facts;

pub(crate) const FESTIVAL_NIGHTS: usize = 10;

pub(crate) fn id<T>(number: u128) -> Id<T> {
    Uuid::from_u128(number).into()
}

fn name(fa: &str) -> Name {
    Name { fa: Text::new(fa).unwrap(), en: None }
}

fn stored<T: serde::de::DeserializeOwned>(number: u128, value: serde_json::Value) -> Stored<T> {
    Stored { id: id(number), version: 1, value: serde_json::from_value(value).unwrap() }
}

/// The facts of a festival in which volunteer `k` (from 0) served on `k % 5` nights, and on the first at least.
pub(crate) fn facts(volunteers: usize) -> Facts {
    const WOMEN: [&str; 5] =
        ["زهرا رضایی", "مریم‌سادات موسوی‌نژاد", "فاطمه کاظمی", "ریحانه پورمؤذن", "نرگس یزدانی"];
    const MEN: [&str; 5] =
        ["علی‌رضا احمدی", "حسن ژیان", "محمدمهدی حاج‌علی‌اکبری اصفهانی", "رضا Rezaei", "حسین چیت‌ساز"];
    let evening = |night: u64| NaiveDate::from_ymd_opt(2027, 4, 8).unwrap() + Days::new(night);
    let nights: Vec<_> = (0..FESTIVAL_NIGHTS as u64).map(evening).collect();
    let people = (0..volunteers).map(|k| {
        let (gender, names) = if k % 2 == 0 { (Gender::Woman, WOMEN) } else { (Gender::Man, MEN) };
        Registered {
            id: id(1_000 + k as u128),
            code: Code::new(&format!("v{}", k + 1)).unwrap(),
            name: name(names[k / 2 % 5]),
            phone: None,
            gender,
            home_district_id: id(1 + (k * 7 % 15) as u128),
            centre_id: Some(id(50)),
            birth_year: None,
        }
    });
    let services = (0..volunteers).flat_map(|k| {
        (0..(k % 5).max(1)).map(move |night| {
            let starts_at = Utc.with_ymd_and_hms(2027, 4, 8 + night as u32, 15, 0, 0).unwrap();
            let venue = (k % 3) as u128;
            Service {
                volunteer_id: id(1_000 + k as u128),
                shift_id: id(500 + 10 * venue + night as u128),
                venue_id: id(100 + venue),
                district_id: id(1 + venue),
                specialty_id: id(200 + (k % 2) as u128),
                night: night as i32,
                starts_at,
                ends_at: starts_at + TimeDelta::minutes(250),
                minutes: 250,
            }
        })
    });
    Facts {
        festival: serde_json::from_value(json!({ "name": { "fa": "دههٔ کرامت اصفهان" }, "nights": nights }))
            .unwrap(),
        districts: (1..=15)
            .map(|k| {
                let district = json!({
                    "code": format!("d{k}"), "name": { "fa": format!("منطقهٔ {k}") },
                    "priority": 3, "mayor": (k != 4).then(|| format!("مهندس شهردار {k}"))
                });
                stored(k, district)
            })
            .collect(),
        centres: vec![stored(
            50,
            json!({ "code": "c", "name": { "fa": "کانون سلامت" }, "district_id": id::<()>(1) }),
        )],
        venues: ["باغ غدیر", "گذر فرهنگی چهارباغ", "گلستان شهدا"]
            .iter()
            .zip(100..)
            .map(|(venue, k)| stored(k, json!({ "code": format!("p{k}"), "name": { "fa": venue } })))
            .collect(),
        specialties: ["سلامت و درمان", "پذیرایی"]
            .iter()
            .zip(200..)
            .map(|(field, k)| stored(k, json!({ "code": format!("s{k}"), "name": { "fa": field } })))
            .collect(),
        partners: vec![
            stored(
                300,
                json!({ "code": "m1", "name": { "fa": "شهرداری منطقهٔ ۱" }, "district_id": id::<()>(1), "contact": "مهندس امینی" }),
            ),
            stored(301, json!({ "code": "x", "name": { "fa": "شرکت <آبفا> & Co" } })),
        ],
        contributions: vec![
            stored(
                400,
                json!({ "partner_id": id::<()>(300), "kind": ContributionKind::Place, "venue_id": id::<()>(100),
                    "description": "واگذاری باغ غدیر و آماده‌سازی محوطه" }),
            ),
            stored(
                401,
                json!({ "partner_id": id::<()>(301), "kind": ContributionKind::Equipment,
                    "description": "صندلی تاشو", "amount": 1200, "unit": "عدد" }),
            ),
        ],
        volunteers: people.collect(),
        services: services.collect(),
        credits: Vec::new(),
        roll_taken: true,
        unknown: 0,
    }
}
