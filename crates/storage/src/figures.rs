//! How the whole installation is, in figures for its operators.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::{Db, StorageError, seats::holding};

/// How the whole installation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many jobs are in each state.
    pub jobs: Vec<(String, u64)>,
    /// How many messages are in each state.
    pub messages: Vec<(String, u64)>,
    /// For how long the message that is due the longest has been due.
    pub outbox_age: TimeDelta,
    /// Cost less bound of the plan that was solved last, where score and bound miss the same essential seats.
    pub solver_gap: Option<i64>,
    /// Pairs of seats that one person has at the same time.
    pub double_bookings: u64,
    /// Positions that hold more people than they desire.
    pub overfull_positions: u64,
}

/// Counts them; run it on a snapshot.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn read(db: &Db, now: DateTime<Utc>) -> Result<Figures, StorageError> {
    let states: Vec<String> = holding().map(|state| format!("'{state}'")).collect();
    let holding = states.join(", ");
    let due =
        "SELECT next_at FROM messages WHERE state = 'queued' AND next_at <= $1 ORDER BY next_at LIMIT 1";
    let oldest = one(db, due, [now.into()]).await?;
    let oldest: Option<DateTime<Utc>> = oldest.map(|row| row.try_get_by_index(0)).transpose()?;
    let solved = "SELECT cost - bound_cost FROM plans
                  WHERE state = 'completed' AND kind <> 'draft' AND essential = bound_essential
                  ORDER BY finished_at DESC LIMIT 1";
    let gap = one(db, solved, []).await?.map(|row| row.try_get_by_index(0)).transpose()?;
    let doubles = format!(
        "SELECT count(*) FROM assignments a JOIN assignments b
           ON b.festival_id = a.festival_id AND b.volunteer_id = a.volunteer_id AND b.id > a.id
          AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
         WHERE a.state IN ({holding}) AND b.state IN ({holding})"
    );
    let overfull = format!(
        "SELECT count(*) FROM positions p
         WHERE (SELECT count(*) FROM assignments a WHERE a.position_id = p.id AND a.state IN ({holding})) > p.desired"
    );
    Ok(Figures {
        jobs: by_state(db, "SELECT state, count(*) FROM jobs GROUP BY state ORDER BY state").await?,
        messages: by_state(db, "SELECT state, count(*) FROM messages GROUP BY state ORDER BY state").await?,
        outbox_age: oldest.map_or(TimeDelta::zero(), |oldest| now - oldest),
        solver_gap: gap,
        double_bookings: count(db, &doubles).await?,
        overfull_positions: count(db, &overfull).await?,
    })
}

async fn one<const N: usize>(
    db: &Db,
    sql: &str,
    values: [Value; N],
) -> Result<Option<QueryResult>, StorageError> {
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    Ok(db.on().query_one_raw(statement).await?)
}

async fn count(db: &Db, sql: &str) -> Result<u64, StorageError> {
    let row = one(db, sql, []).await?.ok_or(StorageError::Corrupt("count"))?;
    let count: i64 = row.try_get_by_index(0)?;
    Ok(count.unsigned_abs())
}

async fn by_state(db: &Db, sql: &str) -> Result<Vec<(String, u64)>, StorageError> {
    let statement = Statement::from_string(db.on().get_database_backend(), sql);
    let rows = db.on().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get_by_index(1)?;
            Ok((row.try_get_by_index(0)?, count.unsigned_abs()))
        })
        .collect()
}
