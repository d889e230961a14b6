//! What a message says, and to whom, as things stand when it is sent.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    Name,
    event::Event,
    festival::QuietHours,
    language::Language,
    message::{About, MessageKind, Told},
    phone::Phone,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, entity::prelude::*};

use super::{Claim, preferences::parsed};
use crate::{Db, StorageError, districts::name, events, festivals, worklog};

/// What a message says, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What the festival is called.
    pub festival: Name,
    /// The zone its evenings are counted in.
    pub timezone: Tz,
    /// When nobody is written to.
    pub quiet_hours: Option<QuietHours>,
    /// In which language.
    pub language: Language,
    /// The reader's phone, where one is known.
    pub phone: Option<Phone>,
    /// Whether the reader wants messages of this kind.
    pub wanted: bool,
    /// What it tells, by time. Empty where nothing of it is so any more.
    pub told: Vec<Told>,
}

#[derive(FromQueryResult)]
struct Reader {
    phone: Option<String>,
    language: Option<String>,
    unwanted: Option<Json>,
}

#[derive(FromQueryResult)]
struct Line {
    kind: String,
    who_fa: String,
    who_en: Option<String>,
    specialty_fa: String,
    specialty_en: Option<String>,
    venue_fa: String,
    venue_en: Option<String>,
    date: NaiveDate,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

const PLACE: &str =
    "f.name_fa AS specialty_fa, f.name_en AS specialty_en, v.name_fa AS venue_fa, v.name_en AS venue_en,
    n.date, s.starts_at, s.ends_at";
const JOINS: &str = "JOIN specialties f ON f.id = p.specialty_id
    JOIN shifts s ON s.id = p.shift_id
    JOIN nights n ON n.festival_id = s.festival_id AND n.night = s.night
    JOIN venues v ON v.id = s.venue_id";

/// What `claim` says, and to whom; run it on a snapshot.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival is gone.
pub async fn letter(db: &Db, claim: &Claim) -> Result<Letter, StorageError> {
    let festival = festivals::get(db, claim.festival_id).await?.value;
    let reader = reader(db, claim).await?;
    let (language, unwanted) = match &reader {
        Some(Reader { language: Some(language), unwanted: Some(unwanted), .. }) => {
            parsed(language, unwanted)?
        }
        _ => (Language::default(), Vec::new()),
    };
    let phone = reader.and_then(|reader| reader.phone).map(Phone::from_e164).transpose();
    let phone = phone.map_err(|_| StorageError::Corrupt("phone"))?;
    Ok(Letter {
        quiet_hours: festival.arrangements.quiet_hours,
        festival: festival.name,
        timezone: festival.timezone,
        language,
        phone,
        wanted: !unwanted.contains(&claim.kind),
        told: match claim.kind {
            MessageKind::WorklogApproved | MessageKind::WorklogDeclined => decided(db, claim).await?,
            _ => told(db, claim).await?,
        },
    })
}

/// The phone of a volunteer is theirs; that of a user is the one they gave as a volunteer of the festival.
async fn reader(db: &Db, claim: &Claim) -> Result<Option<Reader>, StorageError> {
    let (which, id) = match (claim.volunteer_id, claim.user_id) {
        (Some(volunteer), _) => ("v.id = $2", volunteer),
        (None, Some(user)) => (
            "v.id = (SELECT m.volunteer_id FROM members m
                     WHERE m.festival_id = $1 AND m.user_id = $2 AND m.volunteer_id IS NOT NULL)",
            user,
        ),
        (None, None) => return Err(StorageError::Corrupt("recipient of a message")),
    };
    let sql = format!(
        "SELECT v.phone, w.language, w.unwanted FROM volunteers v
         LEFT JOIN message_preferences w ON w.volunteer_id = v.id
         WHERE v.festival_id = $1 AND {which}"
    );
    let values = [claim.festival_id.uuid().into(), id.into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    Ok(Reader::find_by_statement(statement).one(&db.on()).await?)
}

async fn told(db: &Db, claim: &Claim) -> Result<Vec<Told>, StorageError> {
    let festival_id = claim.festival_id.uuid();
    let (sql, values): (String, Vec<sea_orm::Value>) = match (claim.numbers, claim.assignment_id) {
        (Some((first, last)), _) => {
            let concerned = match claim.volunteer_id {
                Some(_) => "e.volunteer_id = $4",
                // Those of whoever is no volunteer here are told of what leaves seats empty, or waits for a coordinator.
                None => "$4 IS NOT NULL AND e.kind IN ('assignment_declined', 'assignment_withdrawn', 'cover_taken')
                         AND (e.assignment_id IS NOT NULL OR e.volunteer_id IS NULL)",
            };
            let reader = claim.volunteer_id.or(claim.user_id);
            let sql = format!(
                "SELECT e.kind, COALESCE(w.name_fa, '') AS who_fa, w.name_en AS who_en, {PLACE}
                 FROM events e JOIN positions p ON p.id = e.position_id {JOINS}
                 LEFT JOIN volunteers w ON w.id = e.volunteer_id
                 WHERE e.festival_id = $1 AND e.number BETWEEN $2 AND $3 AND {concerned}
                 ORDER BY s.starts_at, e.number"
            );
            (sql, vec![festival_id.into(), first.into(), last.into(), reader.into()])
        }
        (None, Some(assignment)) => {
            let sql = format!(
                "SELECT 'reminder' AS kind, '' AS who_fa, NULL AS who_en, {PLACE}
                 FROM assignments a JOIN positions p ON p.id = a.position_id {JOINS}
                 WHERE a.festival_id = $1 AND a.id = $2 AND a.state = 'accepted'"
            );
            (sql, vec![festival_id.into(), assignment.into()])
        }
        (None, None) => return Err(StorageError::Corrupt("occasion of a message")),
    };
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let lines = Line::find_by_statement(statement).all(&db.on()).await?;
    let own = claim.volunteer_id.is_some();
    lines
        .into_iter()
        .filter_map(|line| MessageKind::named(&line.kind).map(|kind| (kind, line)))
        .map(|(kind, line)| {
            let other = !own && !line.who_fa.is_empty();
            Ok(Told {
                kind,
                who: other.then(|| name(line.who_fa, line.who_en)).transpose()?,
                about: About::Seat {
                    specialty: name(line.specialty_fa, line.specialty_en)?,
                    venue: name(line.venue_fa, line.venue_en)?,
                    date: line.date,
                    starts_at: line.starts_at,
                    ends_at: line.ends_at,
                },
            })
        })
        .collect()
}

/// What was decided on what the reader did outside their shifts: each decision is a transaction of its own.
async fn decided(db: &Db, claim: &Claim) -> Result<Vec<Told>, StorageError> {
    let (first, last) = claim.numbers.ok_or(StorageError::Corrupt("occasion of a message"))?;
    let mut told = Vec::new();
    for Event { event, .. } in events::between(db, claim.festival_id, first, last).await? {
        let id = event.body["worklog_entry_id"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        let id = id.ok_or(StorageError::Corrupt("entry of an event"))?;
        let entry = worklog::get(db, claim.festival_id, id.into()).await?.entry;
        let about = About::Work { what: entry.what, started_at: entry.started_at, reason: entry.reason };
        told.push(Told { kind: claim.kind, who: None, about });
    }
    Ok(told)
}
