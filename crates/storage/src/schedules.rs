//! What a volunteer's published nights look like to them, in three queries.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    Id, Name, Text,
    assignment::{Assignment, AssignmentState},
    attendance::Attendance,
    disclosure::{Age, Reader},
    district::District,
    festival::Festival,
    phone::Phone,
    position::Position,
    shift::Shift,
    venue::{Venue, VenueKind},
    volunteer::Volunteer,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, entity::prelude::*};

use crate::{
    Db, StorageError,
    districts::{name, text},
    festivals,
    seats::holding,
    word::named,
};

/// A volunteer's nights in a festival.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// What the festival is called.
    pub festival_name: Name,
    /// The zone its evenings are counted in.
    pub timezone: Tz,
    /// The festival's revision that this shows.
    pub revision: i64,
    /// Every assignment, also those that ended, by night and time.
    pub services: Vec<Service>,
}

/// An assignment with all that the volunteer must know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The assignment.
    pub assignment_id: Id<Assignment>,
    /// How often the assignment was written.
    pub version: i64,
    /// How it stands.
    pub state: AssignmentState,
    /// Rises with every change a calendar must hear of.
    pub sequence: i32,
    /// Whether the volunteer was there.
    pub attendance: Attendance,
    /// How many minutes of the shift they are credited with.
    pub minutes_served: i32,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Until when an offer can be accepted; none: until the shift is over.
    pub answer_until: Option<DateTime<Utc>>,
    /// The festival night, from 0.
    pub night: i32,
    /// The date of that evening.
    pub date: NaiveDate,
    /// The shift.
    pub shift_id: Id<Shift>,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where.
    pub place: Place,
    /// The position.
    pub position_id: Id<Position>,
    /// In which field of service.
    pub specialty: Name,
    /// The level the position asks for.
    pub level: i32,
    /// Who leads the shift, the volunteer apart.
    pub leads: Vec<Lead>,
    /// Who else holds the position.
    pub team: Vec<Name>,
    /// Those who come with the volunteer and serve at the same venue that night.
    pub companions: Vec<Name>,
}

impl Service {
    /// Whether the volunteer leads the shift.
    pub fn is_lead(&self) -> bool {
        self.level == LEAD_LEVEL
    }
}

/// A venue on a night.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The venue.
    pub venue_id: Id<Venue>,
    /// What it is called.
    pub name: Name,
    /// Whether it stays where it is.
    pub kind: VenueKind,
    /// The district it stands in that night.
    pub district_id: Id<District>,
    /// What the district is called.
    pub district: Name,
    /// The way there in words.
    pub address: Option<Text>,
    /// Degrees north and east.
    pub geo: Option<(f64, f64)>,
}

/// Someone who leads a shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// Their name.
    pub name: Name,
    /// Where those of the shift reach them.
    pub phone: Option<Phone>,
}

/// Whoever holds a position that asks for this level leads the shift.
const LEAD_LEVEL: i32 = 3;

/// A volunteer's nights; run it on a snapshot.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such festival.
pub async fn get(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Schedule, StorageError> {
    let festival = festivals::Entity::find_by_id(festival_id.uuid())
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("festival"))?;
    let mut others = others(db, festival_id, volunteer_id).await?;
    let mut companions = companions(db, festival_id, volunteer_id).await?;
    let rows = ServiceRow::find_by_statement(statement(db, SERVICES, festival_id, volunteer_id));
    let mut services = Vec::new();
    for row in rows.all(&db.on()).await? {
        let mut service = row.into_service()?;
        if service.state.holds_seat() {
            // A volunteer has a seat of a shift once: no second service asks for the same.
            (service.leads, service.team) = others.remove(&service.shift_id.uuid()).unwrap_or_default();
            service.companions = companions.remove(&service.shift_id.uuid()).unwrap_or_default();
        }
        services.push(service);
    }
    Ok(Schedule {
        festival_name: name(festival.name_fa, festival.name_en)?,
        timezone: festival.timezone.parse().map_err(|_| StorageError::Corrupt("time zone"))?,
        revision: festival.revision,
        services,
    })
}

fn statement(db: &Db, sql: &str, festival_id: Id<Festival>, volunteer_id: Id<Volunteer>) -> Statement {
    let states: Vec<String> = holding().map(|state| format!("'{state}'")).collect();
    let sql = sql.replace("{holds_seat}", &states.join(", "));
    let values = [festival_id.uuid().into(), volunteer_id.uuid().into()];
    Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)
}

const SERVICES: &str = "
SELECT a.id, a.version, a.state, a.sequence, a.attendance, a.minutes_served, a.updated_at, a.answer_until, s.night, n.date, a.shift_id, a.starts_at, a.ends_at,
       v.id AS venue_id, v.name_fa AS venue_fa, v.name_en AS venue_en, v.kind, v.address, v.latitude, v.longitude,
       d.id AS district_id, d.name_fa AS district_fa, d.name_en AS district_en,
       p.id AS position_id, p.min_level, f.name_fa AS specialty_fa, f.name_en AS specialty_en
FROM assignments a
JOIN positions p ON p.id = a.position_id
JOIN specialties f ON f.id = p.specialty_id
JOIN shifts s ON s.id = a.shift_id
JOIN nights n ON n.festival_id = s.festival_id AND n.night = s.night
JOIN venues v ON v.id = s.venue_id
JOIN districts d ON d.id = s.district_id
WHERE a.festival_id = $1 AND a.volunteer_id = $2
ORDER BY s.night, a.starts_at, a.created_at, a.id";

#[derive(FromQueryResult)]
struct ServiceRow {
    id: Uuid,
    version: i64,
    state: String,
    sequence: i32,
    attendance: String,
    minutes_served: i32,
    updated_at: DateTime<Utc>,
    answer_until: Option<DateTime<Utc>>,
    night: i32,
    date: NaiveDate,
    shift_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    venue_id: Uuid,
    venue_fa: String,
    venue_en: Option<String>,
    kind: String,
    address: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    district_id: Uuid,
    district_fa: String,
    district_en: Option<String>,
    position_id: Uuid,
    min_level: i32,
    specialty_fa: String,
    specialty_en: Option<String>,
}

impl ServiceRow {
    fn into_service(self) -> Result<Service, StorageError> {
        Ok(Service {
            assignment_id: self.id.into(),
            version: self.version,
            state: AssignmentState::named(&self.state).ok_or(StorageError::Corrupt("state"))?,
            sequence: self.sequence,
            attendance: Attendance::named(&self.attendance).ok_or(StorageError::Corrupt("attendance"))?,
            minutes_served: self.minutes_served,
            updated_at: self.updated_at,
            answer_until: self.answer_until,
            night: self.night,
            date: self.date,
            shift_id: self.shift_id.into(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            place: Place {
                venue_id: self.venue_id.into(),
                name: name(self.venue_fa, self.venue_en)?,
                kind: named(&self.kind)?,
                district_id: self.district_id.into(),
                district: name(self.district_fa, self.district_en)?,
                address: self.address.map(text).transpose()?,
                geo: self.latitude.zip(self.longitude),
            },
            position_id: self.position_id.into(),
            specialty: name(self.specialty_fa, self.specialty_en)?,
            level: self.min_level,
            leads: Vec::new(),
            team: Vec::new(),
            companions: Vec::new(),
        })
    }
}

// One's own seats are found first, here and below: SQLite would begin with all assignments of the festival.
const OTHERS: &str = "
WITH mine AS MATERIALIZED (
    SELECT shift_id, position_id FROM assignments
    WHERE festival_id = $1 AND volunteer_id = $2 AND state IN ({holds_seat})
)
SELECT a.shift_id, a.starts_at, p.min_level, v.name_fa, v.name_en, v.birth_year,
       CASE WHEN p.min_level = 3 THEN v.phone END AS phone
FROM mine
JOIN assignments a ON a.shift_id = mine.shift_id AND a.volunteer_id <> $2 AND a.state IN ({holds_seat})
JOIN positions p ON p.id = a.position_id
JOIN volunteers v ON v.id = a.volunteer_id
WHERE p.min_level = 3 OR a.position_id = mine.position_id
ORDER BY v.name_sort, v.id";

#[derive(FromQueryResult)]
struct OtherRow {
    shift_id: Uuid,
    starts_at: DateTime<Utc>,
    min_level: i32,
    name_fa: String,
    name_en: Option<String>,
    birth_year: Option<i32>,
    phone: Option<String>,
}

/// For each of the volunteer's shifts who leads it, and who else holds their position, both apart from them.
async fn others(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<HashMap<Uuid, (Vec<Lead>, Vec<Name>)>, StorageError> {
    let rows = OtherRow::find_by_statement(statement(db, OTHERS, festival_id, volunteer_id));
    let mut others: HashMap<Uuid, (Vec<Lead>, Vec<Name>)> = HashMap::new();
    for row in rows.all(&db.on()).await? {
        let (leads, team) = others.entry(row.shift_id).or_default();
        let age = Age::on(row.starts_at.date_naive(), row.birth_year);
        let name = Reader::Fellow.name(name(row.name_fa, row.name_en)?, age);
        if row.min_level == LEAD_LEVEL {
            let phone = row.phone.map(Phone::try_from).transpose();
            let phone = phone.map_err(|_| StorageError::Corrupt("phone"))?;
            leads.push(Lead { name, phone: Reader::Fellow.phone(phone, age) });
        } else {
            team.push(name);
        }
    }
    Ok(others)
}

// The companions are found first: SQLite would begin with all assignments of the festival.
const COMPANIONS: &str = "
WITH companions AS MATERIALIZED (
    SELECT v.id, v.name_sort, v.name_fa, v.name_en FROM pairs c
    JOIN volunteers v ON v.id IN (c.first_id, c.second_id) AND v.id <> $2
    WHERE c.festival_id = $1 AND c.kind = 'companions' AND $2 IN (c.first_id, c.second_id)
)
SELECT DISTINCT mine.shift_id, v.id, v.name_sort, v.name_fa, v.name_en
FROM companions v
JOIN assignments a ON a.volunteer_id = v.id AND a.festival_id = $1 AND a.state IN ({holds_seat})
JOIN shifts t ON t.id = a.shift_id
JOIN assignments mine ON mine.festival_id = $1 AND mine.volunteer_id = $2 AND mine.state IN ({holds_seat})
JOIN shifts s ON s.id = mine.shift_id AND s.night = t.night AND s.venue_id = t.venue_id
ORDER BY v.name_sort, v.id";

#[derive(FromQueryResult)]
struct CompanionRow {
    shift_id: Uuid,
    name_fa: String,
    name_en: Option<String>,
}

/// For each of the volunteer's shifts those of their companions who serve at its venue that night.
async fn companions(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<HashMap<Uuid, Vec<Name>>, StorageError> {
    let rows = CompanionRow::find_by_statement(statement(db, COMPANIONS, festival_id, volunteer_id));
    let mut companions: HashMap<Uuid, Vec<Name>> = HashMap::new();
    for row in rows.all(&db.on()).await? {
        companions.entry(row.shift_id).or_default().push(name(row.name_fa, row.name_en)?);
    }
    Ok(companions)
}
