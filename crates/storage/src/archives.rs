//! Archiving a festival that is over: its people are made nameless, some at a time, and its figures stay.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival};
use sea_orm::{ConnectionTrait, DbBackend, Value, entity::prelude::Uuid};
use serde_json::json;

use crate::{
    Db, StorageError,
    audit::{self, Change},
    erasure::{self, ids, statement},
    idempotency,
};

/// How many are made nameless in one transaction: others write meanwhile.
const SOME: u32 = 25;

/// The rule by which nothing changes in a festival that is archived.
pub const ARCHIVED: &str = "festivals_archived";

/// How far a festival's archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Since when its people are made nameless, where that has begun.
    pub since: Option<DateTime<Utc>>,
    /// Since when all of them are.
    pub archived_at: Option<DateTime<Utc>>,
    /// How many have a name still.
    pub named: i64,
    /// The last of what happened in the festival: it was founded, or a shift ended.
    pub last_at: DateTime<Utc>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Some were made nameless; there may be more.
    Erased,
    /// Nobody has a name any more.
    Archived,
    /// Somebody else is at it, or was faster.
    NotOurs,
}

/// How far a festival's archive is.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such festival.
pub async fn get(db: &Db, festival_id: Id<Festival>) -> Result<Archive, StorageError> {
    let sql = "SELECT archiving_since, archived_at, created_at,
                      (SELECT max(ends_at) FROM shifts WHERE festival_id = $1) AS over_at,
                      (SELECT count(*) FROM volunteers WHERE festival_id = $1 AND NOT erased) AS named
               FROM festivals WHERE id = $1";
    let row = db.on().query_one_raw(statement(db, sql, [festival_id.uuid().into()])).await?;
    let row = row.ok_or(StorageError::NotFound("festival"))?;
    let over_at: Option<DateTime<Utc>> = row.try_get("", "over_at")?;
    Ok(Archive {
        since: row.try_get("", "archiving_since")?,
        archived_at: row.try_get("", "archived_at")?,
        named: row.try_get("", "named")?,
        last_at: row.try_get::<DateTime<Utc>>("", "created_at")?.max(over_at.unwrap_or_default()),
    })
}

/// Whether a festival is archived, or is about to be.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_begun(db: &Db, festival_id: Id<Festival>) -> Result<bool, StorageError> {
    let sql = "SELECT id FROM festivals WHERE id = $1 AND archiving_since IS NOT NULL";
    Ok(!ids(db, sql, [festival_id.uuid().into()]).await?.is_empty())
}

/// Has a festival archived, if that has not begun. Nothing else changes in it from then on.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn begin(db: &Db, festival_id: Id<Festival>, now: DateTime<Utc>) -> Result<(), StorageError> {
    let sql = "UPDATE festivals SET archiving_since = $2 WHERE id = $1 AND archiving_since IS NULL";
    if execute(db, sql, [festival_id.uuid().into(), now.into()]).await? > 0 {
        // Whoever is registering holds this row, and is waited for.
        execute(db, "DELETE FROM open_registrations WHERE festival_id = $1", [festival_id.uuid().into()])
            .await?;
        let change = Change::of("festivals", festival_id.uuid()).in_festival(festival_id);
        db.record(change.after(&json!({"archiving_since": now})));
    }
    Ok(())
}

/// The festivals whose people are being made nameless.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn under_way(db: &Db) -> Result<Vec<Id<Festival>>, StorageError> {
    let sql =
        "SELECT id FROM festivals WHERE archiving_since IS NOT NULL AND archived_at IS NULL ORDER BY id";
    festivals(db, sql, []).await
}

/// The festivals that are not archived and whose last evening was before `now`.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn over(db: &Db, now: DateTime<Utc>) -> Result<Vec<Id<Festival>>, StorageError> {
    let sql = "SELECT id FROM festivals
               WHERE archiving_since IS NULL
                 AND (SELECT max(date) FROM nights WHERE nights.festival_id = festivals.id) < $1
               ORDER BY id";
    festivals(db, sql, [now.date_naive().into()]).await
}

/// Makes some of a festival's people nameless, or, where nobody is left, takes out what else tells of people and ends it.
/// Run it in a transaction of its own, and commit that as it is. One caller at a time does it, however many there are.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn step(
    db: &Db,
    festival_id: Id<Festival>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Step, StorageError> {
    let on_postgres = db.on().get_database_backend() == DbBackend::Postgres;
    let ours = format!(
        "SELECT id FROM festivals WHERE id = $1 AND archiving_since IS NOT NULL AND archived_at IS NULL{}",
        if on_postgres { " FOR UPDATE SKIP LOCKED" } else { "" }
    );
    let of_festival = || [festival_id.uuid().into()];
    if ids(db, &ours, of_festival()).await?.is_empty() {
        return Ok(Step::NotOurs);
    }
    let sql =
        format!("SELECT id FROM volunteers WHERE festival_id = $1 AND NOT erased ORDER BY id LIMIT {SOME}");
    let named = ids(db, &sql, of_festival()).await?;
    for &volunteer in &named {
        erasure::erase_volunteer(db, festival_id, volunteer.into(), None, now, new_id).await?;
    }
    let sql = "UPDATE festivals SET revision = revision + 1, set_up_revision = set_up_revision + 1,
                                    archiving_steps = archiving_steps + 1 WHERE id = $1";
    execute(db, sql, of_festival()).await?;
    if !named.is_empty() {
        return Ok(Step::Erased);
    }
    forget_the_rest(db, festival_id).await?;
    let sql = "UPDATE festivals SET archived_at = $2 WHERE id = $1";
    execute(db, sql, [festival_id.uuid().into(), now.into()]).await?;
    let change = Change::of("festivals", festival_id.uuid()).in_festival(festival_id);
    db.record(change.after(&json!({"archived_at": now})));
    Ok(Step::Archived)
}

/// Who waited to be let in, who signs in as nobody, the names that stand in the set-up, and all that the audit and kept
/// answers tell.
async fn forget_the_rest(db: &Db, festival_id: Id<Festival>) -> Result<(), StorageError> {
    let of_festival = || [festival_id.uuid().into()];
    idempotency::erase_all(db, festival_id).await?;
    for sql in [
        "DELETE FROM registrations WHERE festival_id = $1",
        "DELETE FROM members WHERE festival_id = $1 AND volunteer_id IS NOT NULL",
        // The mails that they were sent go with them.
        "DELETE FROM weekly_report_recipients WHERE festival_id = $1",
        "UPDATE districts SET mayor = NULL WHERE festival_id = $1",
        "UPDATE centres SET secretary = NULL WHERE festival_id = $1",
        "UPDATE partners SET contact = NULL WHERE festival_id = $1",
    ] {
        execute(db, sql, of_festival()).await?;
    }
    audit::erase_all(db, festival_id).await?;
    Ok(())
}

async fn festivals<const N: usize>(
    db: &Db,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<Id<Festival>>, StorageError> {
    Ok(ids(db, sql, values).await?.into_iter().map(Id::from).collect())
}

async fn execute<const N: usize>(db: &Db, sql: &str, values: [Value; N]) -> Result<u64, StorageError> {
    Ok(db.on().execute_raw(statement(db, sql, values)).await?.rows_affected())
}
