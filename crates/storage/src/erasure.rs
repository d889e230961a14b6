//! Erasing somebody: nothing that tells of them stays, and the service they gave counts on as a nameless volunteer's.
//!
//! The nameless one is a new row, to which the rows that count move; the old one is deleted, and by their references all
//! rows go that tell of it. A table that refers to volunteers and does neither would stop the deletion: nothing is left
//! over unnoticed.

use std::iter;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Code, Id, Stored, assignment::Excuse, event::NewEvent, festival::Festival, member::User,
    volunteer::Volunteer,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value, entity::prelude::Uuid};

use crate::{
    Db, StorageError, assignments, audit, covers, events,
    held::{Of, TABLES},
    idempotency, letter_bundles, table,
};

/// Erases a volunteer in a festival, by whom somebody asked or by the service itself, and their account where it is good for
/// nothing else. Their seats that are still to
/// come are given up, which coordinators hear of. To be called last before the commit.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no volunteer of that id.
pub async fn erase_volunteer(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
    by: Option<Id<User>>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Volunteer, StorageError> {
    lock(db, festival_id, id).await?;
    let erased = table::get::<Volunteer>(db, festival_id, None, id).await?.value;
    let users = users_of(db, festival_id, id).await?;
    let mut given_up = give_back_covers(db, festival_id, id, now).await?;
    let nameless: Id<Volunteer> = new_id().into();
    replace_by_nameless(db, festival_id, id, &erased, nameless, now).await?;

    for assignment in coming(db, festival_id, nameless, now).await? {
        let standing = assignments::lock(db, festival_id, assignment.into()).await?;
        // One that ended meanwhile is left as it is.
        let Ok(Some(change)) = standing.withdraw(Excuse::Other, now) else { continue };
        assignments::save(db, festival_id, &change).await?;
        given_up.push(change.event());
    }
    events::append(db, festival_id, given_up, by, now, new_id).await?;
    // Not before: what happened names who did it.
    for user in users {
        erase_user(db, user).await?;
    }
    Ok(erased)
}

/// Ends the covers that the volunteer was going to take, once a coordinator approves: whoever asked has the seat still, and
/// is told so.
async fn give_back_covers(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<Vec<NewEvent>, StorageError> {
    let sql =
        "SELECT id FROM covers WHERE festival_id = $1 AND taken_by_id = $2 AND state = 'taken' ORDER BY id";
    let mut told = Vec::new();
    for cover in ids(db, sql, [festival_id.uuid().into(), id.uuid().into()]).await? {
        // One that ended meanwhile is left as it is.
        let Ok(change) = covers::lock(db, festival_id, cover.into()).await?.expire(now) else { continue };
        covers::save(db, festival_id, &change).await?;
        told.extend(change.events());
    }
    Ok(told)
}

/// Keeps the volunteer's row from everybody else until the transaction ends.
async fn lock(db: &Db, festival_id: Id<Festival>, id: Id<Volunteer>) -> Result<(), StorageError> {
    let on_postgres = db.on().get_database_backend() == DbBackend::Postgres;
    let sql = format!(
        "SELECT id FROM volunteers WHERE festival_id = $1 AND id = $2{}",
        if on_postgres { " FOR UPDATE" } else { "" }
    );
    let found =
        db.on().query_one_raw(statement(db, &sql, [festival_id.uuid().into(), id.uuid().into()])).await?;
    found.map(|_| ()).ok_or(StorageError::NotFound("volunteer"))
}

async fn replace_by_nameless(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
    erased: &Volunteer,
    nameless: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let code = Code::new(&format!("nameless-{}", nameless.uuid().simple()));
    let code = code.map_err(|_| StorageError::Corrupt("id"))?;
    let value = Volunteer::nameless(code, erased.home_district_id, erased.gender);
    table::insert(db, festival_id, &[Stored { id: nameless, version: 1, value }], None).await?;
    let sql = "UPDATE volunteers SET erased = true WHERE festival_id = $1 AND id = $2";
    db.on().execute_raw(statement(db, sql, [festival_id.uuid().into(), nameless.uuid().into()])).await?;
    // Without a word of what was done nobody can decide on it any more: what was approved counts on.
    let sql =
        "DELETE FROM worklog_entries WHERE festival_id = $1 AND volunteer_id = $2 AND state <> 'approved'";
    db.on().execute_raw(statement(db, sql, [festival_id.uuid().into(), id.uuid().into()])).await?;
    let both = || [nameless.uuid().into(), festival_id.uuid().into(), id.uuid().into()];
    for kept in TABLES.iter().filter(|table| table.counts_on) {
        for of in kept.of {
            let Of::Volunteer(column) = of else { continue };
            let moved = iter::once(format!("{column} = $1"));
            let emptied = kept.emptied.split_whitespace().map(|column| format!("{column} = NULL"));
            let set = moved.chain(emptied).collect::<Vec<_>>().join(", ");
            let sql = format!("UPDATE {} SET {set} WHERE festival_id = $2 AND {column} = $3", kept.name);
            db.on().execute_raw(statement(db, &sql, both())).await?;
        }
    }
    let sql = "UPDATE plan_assignments SET volunteer_id = $1 WHERE festival_id = $2 AND volunteer_id = $3
               AND position_id IN (SELECT p.id FROM positions p JOIN shifts s ON s.id = p.shift_id
                                   WHERE p.festival_id = $2 AND s.starts_at <= $4)";
    let [new, festival, old] = both();
    db.on().execute_raw(statement(db, sql, [new, festival, old, now.into()])).await?;

    letter_bundles::delete_all(db, festival_id).await?;
    forget_texts(db, festival_id, id, erased).await?;
    audit::erase(db, &[id.uuid()]).await?;
    let sql = "DELETE FROM volunteers WHERE festival_id = $1 AND id = $2";
    db.on().execute_raw(statement(db, sql, [festival_id.uuid().into(), id.uuid().into()])).await?;
    Ok(())
}

/// Takes out of what is kept for other reasons whatever tells of the volunteer.
async fn forget_texts(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
    erased: &Volunteer,
) -> Result<(), StorageError> {
    let mut texts = vec![id.to_string(), erased.name.fa.to_string(), erased.code.to_string()];
    texts.extend(erased.name.en.as_ref().map(ToString::to_string));
    if let Some(phone) = &erased.phone {
        texts.push(phone.as_str().to_owned());
        let sql = "DELETE FROM registrations WHERE festival_id = $1 AND phone = $2";
        db.on().execute_raw(statement(db, sql, [festival_id.uuid().into(), phone.as_str().into()])).await?;
    }
    idempotency::erase(db, festival_id, &texts).await
}

/// The users that a volunteer signs in as.
async fn users_of(db: &Db, festival_id: Id<Festival>, id: Id<Volunteer>) -> Result<Vec<Uuid>, StorageError> {
    let sql = "SELECT user_id FROM members WHERE festival_id = $1 AND volunteer_id = $2";
    ids(db, sql, [festival_id.uuid().into(), id.uuid().into()]).await
}

/// Erases an account that has no part in any festival and runs nothing; any other stays.
async fn erase_user(db: &Db, id: Uuid) -> Result<(), StorageError> {
    let sql = "DELETE FROM sign_in_attempts WHERE username = (SELECT username FROM users WHERE id = $1)";
    db.on().execute_raw(statement(db, sql, [id.into()])).await?;
    let sql = "DELETE FROM users WHERE id = $1 AND NOT operator
               AND NOT EXISTS (SELECT 1 FROM members WHERE members.user_id = users.id)";
    let deleted = db.on().execute_raw(statement(db, sql, [id.into()])).await?;
    if deleted.rows_affected() > 0 {
        audit::erase(db, &[id]).await?;
    }
    Ok(())
}

/// Erases the account of somebody who is no volunteer any more, with what the audit tells of them.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn erase_account(db: &Db, id: Id<User>) -> Result<(), StorageError> {
    erase_user(db, id.uuid()).await?;
    audit::erase(db, &[id.uuid()]).await?;
    Ok(())
}

/// The seats somebody has that are still to come.
async fn coming(
    db: &Db,
    festival_id: Id<Festival>,
    of: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StorageError> {
    let sql = "SELECT id FROM assignments WHERE festival_id = $1 AND volunteer_id = $2 AND starts_at > $3
               AND state IN ('offered', 'accepted') ORDER BY starts_at, id";
    ids(db, sql, [festival_id.uuid().into(), of.uuid().into(), now.into()]).await
}

pub(crate) async fn ids<const N: usize>(
    db: &Db,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<Uuid>, StorageError> {
    let rows = db.on().query_all_raw(statement(db, sql, values)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

pub(crate) fn statement<const N: usize>(db: &Db, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)
}
