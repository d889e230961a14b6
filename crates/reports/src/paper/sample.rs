//! Somebody invented, for whom a wording is tried out.

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use khademyar_domain::{
    Code, Id, Name, Stored, Text,
    assignment::Service,
    district::District,
    festival::Festival,
    letter::LetterKind,
    partner::{Contribution, ContributionKind, Partner},
    specialty::Specialty,
    venue::{Venue, VenueKind},
    volunteer::{Gender, Registered},
};
use uuid::Uuid;

use crate::facts::Facts;

const DISTRICT: u128 = 1;
const VENUES: [u128; 2] = [2, 3];
const SPECIALTY: u128 = 4;
const PARTNER: u128 = 5;
const VOLUNTEER: u128 = 6;

fn id<T>(number: u128) -> Id<T> {
    Uuid::from_u128(number).into()
}

fn text(text: &str) -> Text {
    Text::new(text).expect("these are short texts")
}

fn code(code: &str) -> Code {
    Code::new(code).expect("these are codes")
}

fn name(fa: &str, en: &str) -> Name {
    Name { fa: text(fa), en: Some(text(en)) }
}

fn stored<T>(number: u128, value: T) -> Stored<T> {
    Stored { id: id(number), version: 1, value }
}

/// A festival of this name and these nights in which one invented volunteer served, with a district and a partner that
/// gave something; and who of them gets a letter of a kind.
pub fn sample(festival: &Festival, kind: LetterKind) -> (Facts, Uuid) {
    let first = festival.nights.first().copied().unwrap_or(NaiveDate::MIN);
    let services = (0..3_i32).map(|night| {
        let date = first.checked_add_days(Days::new(night.unsigned_abs().into())).unwrap_or(first);
        let starts_at = date.and_hms_opt(16, 0, 0).unwrap_or_default().and_local_timezone(Utc).earliest();
        let starts_at = starts_at.unwrap_or_default();
        Service {
            volunteer_id: id(VOLUNTEER),
            shift_id: id(100 + u128::from(night.unsigned_abs())),
            venue_id: id(VENUES[usize::from(night == 2)]),
            district_id: id(DISTRICT),
            specialty_id: id(SPECIALTY),
            night,
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(250),
            minutes: 250,
        }
    });
    let venue = |code_: &str, called: Name| Venue {
        code: code(code_),
        name: called,
        kind: VenueKind::Fixed,
        district_id: Some(id(DISTRICT)),
        stands: Vec::new(),
        address: None,
        latitude: None,
        longitude: None,
    };
    let given = |kind, description: &str, amount, unit: Option<&str>| Contribution {
        partner_id: id(PARTNER),
        kind,
        description: text(description),
        amount,
        unit: unit.map(text),
        venue_id: Some(id(VENUES[0])),
    };
    let facts = Facts {
        festival: festival.clone(),
        districts: vec![stored(
            DISTRICT,
            District {
                code: code("d1"),
                name: name("منطقهٔ ۱", "District 1"),
                priority: 3,
                mayor: Some(text("مهندس رؤیا امینی")),
            },
        )],
        centres: Vec::new(),
        venues: vec![
            stored(VENUES[0], venue("ghadir", name("باغ غدیر", "Ghadir Garden"))),
            stored(VENUES[1], venue("chaharbagh", name("گذر فرهنگی چهارباغ", "Chaharbagh Walk"))),
        ],
        specialties: vec![stored(
            SPECIALTY,
            Specialty { code: code("health"), name: name("سلامت و درمان", "Health") },
        )],
        partners: vec![stored(
            PARTNER,
            Partner {
                code: code("m1"),
                name: name("شهرداری منطقهٔ ۱", "Municipality of District 1"),
                district_id: Some(id(DISTRICT)),
                contact: Some(text("مهندس رؤیا امینی")),
            },
        )],
        contributions: vec![
            stored(7, given(ContributionKind::Place, "واگذاری باغ غدیر و آماده‌سازی محوطه", None, None)),
            stored(8, given(ContributionKind::Equipment, "صندلی تاشو", Some(1200), Some("عدد"))),
        ],
        volunteers: vec![Registered {
            id: id(VOLUNTEER),
            code: code("v17"),
            name: name("علی‌اکبر مؤذن‌زادهٔ اصفهانی", "Ali-Akbar Moazzenzadeh Isfahani"),
            phone: None,
            gender: Gender::Man,
            home_district_id: id(DISTRICT),
            centre_id: None,
            birth_year: None,
        }],
        services: services.collect(),
        credits: Vec::new(),
        roll_taken: true,
        unknown: 0,
    };
    let subject = match kind {
        LetterKind::Certificate | LetterKind::Volunteer => VOLUNTEER,
        LetterKind::District => DISTRICT,
        LetterKind::Partner => PARTNER,
    };
    (facts, Uuid::from_u128(subject))
}
