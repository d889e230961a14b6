//! What is counted so that nobody does it too often: by phone, by address.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::{Db, StorageError, sign_ins::Attempt};

/// How often something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What.
    pub kind: &'static str,
    /// This often at the most,
    pub most: i32,
    /// within this time from the first.
    pub within: TimeDelta,
}

#[derive(FromQueryResult)]
struct Count {
    done: i32,
    until: DateTime<Utc>,
}

/// Counts that `of_whom` does it once more.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn add(db: &Db, limit: Limit, of_whom: &str, now: DateTime<Utc>) -> Result<Attempt, StorageError> {
    let backend = db.on().get_database_backend();
    let sql = "INSERT INTO counts (kind, of_whom, done, since, until) VALUES ($1, $2, 1, $3, $4)
               ON CONFLICT (kind, of_whom) DO UPDATE SET
                   done = CASE WHEN counts.until <= $3 THEN 1 ELSE counts.done + 1 END,
                   since = CASE WHEN counts.until <= $3 THEN $3 ELSE counts.since END,
                   until = CASE WHEN counts.until <= $3 THEN $4 ELSE counts.until END
               RETURNING done, until";
    let values = [limit.kind.into(), of_whom.into(), now.into(), (now + limit.within).into()];
    let count = Count::find_by_statement(Statement::from_sql_and_values(backend, sql, values))
        .one(&db.on())
        .await?
        .ok_or(StorageError::Corrupt("count"))?;
    Ok(if count.done > limit.most { Attempt::Blocked(count.until) } else { Attempt::Counted })
}

/// Forgets that `of_whom` did it.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn clear(db: &Db, kind: &str, of_whom: &str) -> Result<(), StorageError> {
    let backend = db.on().get_database_backend();
    let sql = "DELETE FROM counts WHERE kind = $1 AND of_whom = $2";
    let values = [kind.into(), of_whom.into()];
    db.on().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Forgets what counts no longer.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn forget(db: &Db, now: DateTime<Utc>) -> Result<(), StorageError> {
    let backend = db.on().get_database_backend();
    let sql = "DELETE FROM counts WHERE until <= $1";
    db.on().execute_raw(Statement::from_sql_and_values(backend, sql, [now.into()])).await?;
    Ok(())
}
