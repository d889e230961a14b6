//! What is known of who will not come: by field of service, never by person.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, district::District, festival::Festival, specialty::Specialty};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use uuid::Uuid;

use crate::{Db, StorageError, seats::holding};

/// Of those in a district and a field of service whose roll was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Called {
    /// Where.
    pub district_id: Id<District>,
    /// As what.
    pub specialty_id: Id<Specialty>,
    /// How many there were.
    pub told: u32,
    /// How many of them did not come, whatever their reason.
    pub missed: u32,
}

/// Seats of a night to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Where.
    pub district_id: Id<District>,
    /// As what.
    pub specialty_id: Id<Specialty>,
    /// On which night.
    pub night: i32,
    /// How many are taken.
    pub seats: u32,
}

/// Who stands by on a night and has a skill of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingBy {
    /// As what.
    pub specialty_id: Id<Specialty>,
    /// On which night.
    pub night: i32,
    /// How many.
    pub people: u32,
}

/// How many were called, and how many of them did not come.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn called(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Called>, StorageError> {
    let sql = "SELECT s.district_id, p.specialty_id, count(*),
                      count(CASE WHEN a.attendance IN ('absent', 'excused') THEN 1 END)
                 FROM assignments a JOIN shifts s ON s.id = a.shift_id JOIN positions p ON p.id = a.position_id
                WHERE a.festival_id = $1 AND a.attendance <> 'unknown'
                GROUP BY s.district_id, p.specialty_id";
    let called = |row: &QueryResult| {
        Ok(Called {
            district_id: id(row, 0)?,
            specialty_id: id(row, 1)?,
            told: count(row, 2)?,
            missed: count(row, 3)?,
        })
    };
    all(db, sql, vec![festival_id.uuid().into()]).await?.iter().map(called).collect()
}

/// The taken seats of shifts that begin after `now`.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn coming(
    db: &Db,
    festival_id: Id<Festival>,
    now: DateTime<Utc>,
) -> Result<Vec<Coming>, StorageError> {
    let states: Vec<String> = holding().map(|state| format!("'{state}'")).collect();
    let sql = format!(
        "SELECT s.district_id, p.specialty_id, s.night, count(*)
           FROM assignments a JOIN shifts s ON s.id = a.shift_id JOIN positions p ON p.id = a.position_id
          WHERE a.festival_id = $1 AND a.starts_at > $2 AND a.state IN ({})
          GROUP BY s.district_id, p.specialty_id, s.night",
        states.join(", ")
    );
    let coming = |row: &QueryResult| {
        Ok(Coming {
            district_id: id(row, 0)?,
            specialty_id: id(row, 1)?,
            night: row.try_get_by_index(2)?,
            seats: count(row, 3)?,
        })
    };
    all(db, &sql, vec![festival_id.uuid().into(), now.into()]).await?.iter().map(coming).collect()
}

/// Who stands by. Whoever has several skills counts for each.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn standing_by(db: &Db, festival_id: Id<Festival>) -> Result<Vec<StandingBy>, StorageError> {
    let sql = "SELECT k.specialty_id, b.night, count(*)
                 FROM standbys b JOIN skills k ON k.volunteer_id = b.volunteer_id
                WHERE b.festival_id = $1 GROUP BY k.specialty_id, b.night";
    let standing_by = |row: &QueryResult| {
        Ok(StandingBy { specialty_id: id(row, 0)?, night: row.try_get_by_index(1)?, people: count(row, 2)? })
    };
    all(db, sql, vec![festival_id.uuid().into()]).await?.iter().map(standing_by).collect()
}

async fn all(db: &Db, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<QueryResult>, StorageError> {
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    Ok(db.on().query_all_raw(statement).await?)
}

fn id<T>(row: &QueryResult, column: usize) -> Result<Id<T>, StorageError> {
    Ok(row.try_get_by_index::<Uuid>(column)?.into())
}

fn count(row: &QueryResult, column: usize) -> Result<u32, StorageError> {
    Ok(u32::try_from(row.try_get_by_index::<i64>(column)?).unwrap_or(u32::MAX))
}
