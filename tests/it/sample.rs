//! A small festival to test on: three nights, two districts, a fixed venue and a mobile base.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khademyar_domain::{
    Code, Id, Name, Stored, Text,
    centre::Centre,
    district::District,
    festival::{Arrangements, Festival, Weights},
    position::{AskedGender, Position},
    shift::Shift,
    specialty::Specialty,
    venue::{Stand, Venue, VenueKind},
    volunteer::{Gender, Skill, Volunteer},
};
use khademyar_storage::{Db, Store, Table, festivals, table};
use uuid::Uuid;

pub(crate) fn code(code: &str) -> Code {
    Code::new(code).unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub(crate) fn name(fa: &str) -> Name {
    Name { fa: text(fa), en: None }
}

/// A time on the evening of a night: minutes after 17:00 in Isfahan.
pub(crate) fn evening(night: i32, minutes: i64) -> DateTime<Utc> {
    let first = DateTime::parse_from_rfc3339("2027-04-08T17:00:00+03:30").unwrap();
    first.to_utc() + TimeDelta::days(night.into()) + TimeDelta::minutes(minutes)
}

/// When the tests write.
pub(crate) fn now() -> DateTime<Utc> {
    evening(-30, 0)
}

pub(crate) fn stored<T>(value: T) -> Stored<T> {
    Stored { id: Uuid::now_v7().into(), version: 1, value }
}

/// Stores one value and gives its id.
pub(crate) async fn insert<T: Table>(db: &Db, festival_id: Id<Festival>, value: T) -> Id<T> {
    let row = stored(value);
    table::insert(db, festival_id, std::slice::from_ref(&row), None).await.unwrap();
    row.id
}

pub(crate) fn three_nights() -> Festival {
    let first = NaiveDate::from_ymd_opt(2027, 4, 8).unwrap();
    Festival {
        name: name("دههٔ کرامت"),
        timezone: "Asia/Tehran".parse().unwrap(),
        nights: first.iter_days().take(3).collect(),
        min_rest_minutes: 600,
        arrangements: Arrangements::default(),
        weights: Weights::default(),
    }
}

pub(crate) fn district(of: &str, name_fa: &str) -> District {
    District { code: code(of), name: name(name_fa), priority: 3, mayor: None }
}

pub(crate) fn shift(of: &str, venue_id: Id<Venue>, night: i32, (start, end): (i64, i64)) -> Shift {
    Shift {
        code: code(of),
        venue_id,
        district_id: None,
        night,
        starts_at: evening(night, start),
        ends_at: evening(night, end),
    }
}

pub(crate) fn position(of: &str, shift_id: Id<Shift>, specialty_id: Id<Specialty>, desired: i32) -> Position {
    Position {
        code: code(of),
        shift_id,
        specialty_id,
        min_level: 1,
        gender: AskedGender::Any,
        minimum: 0,
        desired,
        weight: 1,
    }
}

pub(crate) fn volunteer(of: &str, home_district_id: Id<District>) -> Volunteer {
    Volunteer {
        code: code(of),
        name: name("زهرا کریمی"),
        phone: None,
        home_district_id,
        centre_id: None,
        gender: Gender::Woman,
        birth_year: None,
        skills: Vec::new(),
        available: None,
        max_travel_minutes: None,
        max_nights: None,
        max_consecutive_nights: None,
        max_shifts_per_night: 1,
        min_shifts: 0,
        preferred_venue_ids: Vec::new(),
        wishes: Vec::new(),
    }
}

/// The ids of a festival's set-up.
pub(crate) struct Sample {
    pub(crate) festival_id: Id<Festival>,
    /// The north and the south.
    pub(crate) districts: [Id<District>; 2],
    /// In the north.
    pub(crate) centre: Id<Centre>,
    /// Health and culture.
    pub(crate) specialties: [Id<Specialty>; 2],
    /// A garden in the north; a base in the north on night 0 and in the south on night 1.
    pub(crate) venues: [Id<Venue>; 2],
    /// In the garden on night 0 from 17:00 to 20:00 and from 19:00 to 22:00; at the base on night 1.
    pub(crate) shifts: [Id<Shift>; 3],
    /// Two seats in each shift.
    pub(crate) positions: [Id<Position>; 3],
    /// One from the north with a skill in health, one from the south.
    pub(crate) volunteers: [Id<Volunteer>; 2],
}

impl Sample {
    /// Sets the festival up.
    pub(crate) async fn on(store: &Store) -> Self {
        let db = store.begin().await.unwrap();
        let festival = stored(three_nights());
        let festival_id = festival.id;
        festivals::insert(&db, &festival, now()).await.unwrap();

        let north = insert(&db, festival_id, district("north", "شمال")).await;
        let south = insert(&db, festival_id, district("south", "جنوب")).await;
        let centre =
            Centre {
                code: code("c1"), name: name("کانون سلامت"), district_id: north, secretary: None
            };
        let centre = insert(&db, festival_id, centre).await;
        let health = Specialty { code: code("health"), name: name("سلامت") };
        let health = insert(&db, festival_id, health).await;
        let culture = Specialty { code: code("culture"), name: name("فرهنگی") };
        let culture = insert(&db, festival_id, culture).await;
        let garden = Venue {
            code: code("garden"),
            name: name("باغ غدیر"),
            kind: VenueKind::Fixed,
            district_id: Some(north),
            stands: Vec::new(),
            address: None,
            latitude: None,
            longitude: None,
        };
        let base = Venue {
            code: code("base"),
            name: name("پایگاه سیار"),
            kind: VenueKind::Mobile,
            district_id: None,
            stands: vec![Stand { night: 0, district_id: north }, Stand { night: 1, district_id: south }],
            ..garden.clone()
        };
        let garden = insert(&db, festival_id, garden).await;
        let base = insert(&db, festival_id, base).await;

        let mut shifts = [
            shift("garden-0-early", garden, 0, (0, 180)),
            shift("garden-0-late", garden, 0, (120, 300)),
            shift("base-1", base, 1, (0, 180)),
        ];
        Shift::complete(&db, festival_id, &mut shifts).await.unwrap();
        let shifts = shifts.map(stored);
        table::insert(&db, festival_id, &shifts, None).await.unwrap();
        let shifts = shifts.map(|shift| shift.id);
        let positions = ["p0", "p1", "p2"].map(code).into_iter().zip(shifts);
        let positions: Vec<_> = positions
            .map(|(code, shift_id)| stored(Position { code, ..position("p", shift_id, health, 2) }))
            .collect();
        table::insert(&db, festival_id, &positions, None).await.unwrap();
        let positions = [0, 1, 2].map(|k: usize| positions[k].id);

        let skilled = Volunteer {
            skills: vec![Skill { specialty_id: health, level: 2, confirmed: true }],
            ..volunteer("v0", north)
        };
        let skilled = insert(&db, festival_id, skilled).await;
        let other = insert(&db, festival_id, volunteer("v1", south)).await;
        db.commit_change(festival_id).await.unwrap();
        Self {
            festival_id,
            districts: [north, south],
            centre,
            specialties: [health, culture],
            venues: [garden, base],
            shifts,
            positions,
            volunteers: [skilled, other],
        }
    }
}
