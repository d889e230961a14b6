//! Attempts to sign in, counted by username so that passwords cannot be tried one after another.
//!
//! An attempt is counted before the password is looked at, and all are forgotten when it was right: guesses sent at
//! once are counted like any others. Usernames that nobody has are counted too, so that the answer does not tell which.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use crate::{Db, StorageError, users::folded};

/// How many attempts may fail within [`window`].
pub const ATTEMPTS: i32 = 10;

/// For how long attempts count, from the first of them.
pub const fn window() -> TimeDelta {
    TimeDelta::minutes(15)
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The password may be looked at.
    Counted,
    /// There were too many; the next may be made then.
    Blocked(DateTime<Utc>),
}

#[derive(FromQueryResult)]
struct Count {
    attempts: i32,
    since: DateTime<Utc>,
}

/// Counts an attempt.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn attempt(db: &Db, username: &str, now: DateTime<Utc>) -> Result<Attempt, StorageError> {
    let sql = "INSERT INTO sign_in_attempts (username, attempts, since) VALUES ($1, 1, $2)
               ON CONFLICT (username) DO UPDATE SET
                   attempts = CASE WHEN sign_in_attempts.since <= $3 THEN 1 ELSE sign_in_attempts.attempts + 1 END,
                   since = CASE WHEN sign_in_attempts.since <= $3 THEN $2 ELSE sign_in_attempts.since END
               RETURNING attempts, since";
    let values = [folded(username).into(), now.into(), (now - window()).into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let count = Count::find_by_statement(statement)
        .one(&db.on())
        .await?
        .ok_or(StorageError::Corrupt("count of attempts"))?;
    Ok(if count.attempts > ATTEMPTS { Attempt::Blocked(count.since + window()) } else { Attempt::Counted })
}

/// Forgets the attempts of someone who has signed in, and whatever no longer counts.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn forget(db: &Db, username: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    let sql = "DELETE FROM sign_in_attempts WHERE username = $1 OR since <= $2";
    let values = [folded(username).into(), (now - window()).into()];
    db.on().execute_raw(Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)).await?;
    Ok(())
}
