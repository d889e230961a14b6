//! Who has a phone, and who signs in by it.

use khademyar_domain::{
    Id,
    member::{Member, Role, User},
    phone::Phone,
    phone_owner::{Bearer, Known, Linked},
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, entity::prelude::Uuid};
use serde_json::json;

use crate::{Db, StorageError, audit::Change, districts::text};

#[derive(FromQueryResult)]
struct Row {
    festival_id: Uuid,
    volunteer_id: Uuid,
    name_fa: String,
    user_id: Option<Uuid>,
    staff: i32,
    proved: i32,
    elsewhere: i32,
}

#[derive(FromQueryResult)]
struct Holder {
    id: Uuid,
    staff: i32,
}

const STAFF: &str = "CASE WHEN users.operator OR EXISTS (
    SELECT 1 FROM members AS others WHERE others.user_id = users.id AND others.role <> 'volunteer'
) THEN 1 ELSE 0 END AS staff";

/// What is known of a phone, in all festivals.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn known(db: &Db, phone: &Phone) -> Result<Known, StorageError> {
    let sql = format!(
        "SELECT volunteers.festival_id, volunteers.id AS volunteer_id, volunteers.name_fa, users.id AS user_id, {STAFF},
            CASE WHEN users.phone IS NULL THEN 0 ELSE 1 END AS proved,
            CASE WHEN EXISTS (
                SELECT 1 FROM members AS others JOIN volunteers AS themselves ON themselves.id = others.volunteer_id
                WHERE others.user_id = users.id AND (themselves.phone IS NULL OR themselves.phone <> $1)
            ) THEN 1 ELSE 0 END AS elsewhere
         FROM volunteers
         LEFT JOIN members ON members.festival_id = volunteers.festival_id AND members.volunteer_id = volunteers.id
         LEFT JOIN users ON users.id = members.user_id
         WHERE volunteers.phone = $1 ORDER BY volunteers.festival_id"
    );
    let rows = Row::find_by_statement(statement(db, &sql, [phone.as_str().into()])).all(&db.on()).await?;
    let sql = format!("SELECT users.id, {STAFF} FROM users WHERE users.phone = $1");
    let holder =
        Holder::find_by_statement(statement(db, &sql, [phone.as_str().into()])).one(&db.on()).await?;
    let bearers = rows.into_iter().map(|row| {
        Ok(Bearer {
            festival_id: row.festival_id.into(),
            volunteer_id: row.volunteer_id.into(),
            name: text(row.name_fa)?,
            user: row.user_id.map(|user_id| Linked {
                user_id: user_id.into(),
                staff: row.staff != 0,
                proved: row.proved != 0,
                this_phone_alone: row.elsewhere == 0,
            }),
        })
    });
    Ok(Known {
        holder: holder.map(|holder| (holder.id.into(), holder.staff != 0)),
        bearers: bearers.collect::<Result<_, StorageError>>()?,
    })
}

/// Says that a user proved to have this phone.
///
/// # Errors
/// [`StorageError::Refused`] when somebody else did meanwhile.
pub async fn prove(db: &Db, user_id: Id<User>, phone: &Phone) -> Result<(), StorageError> {
    let sql = "UPDATE users SET phone = $2 WHERE id = $1 AND (phone IS NULL OR phone <> $2)";
    let values = [user_id.uuid().into(), phone.as_str().into()];
    let changed = db.on().execute_raw(statement(db, sql, values)).await?;
    if changed.rows_affected() > 0 {
        let told = json!({"phone": phone.masked()});
        db.record(Change::of("users", user_id.uuid()).person(user_id.uuid()).after(&told));
    }
    Ok(())
}

/// The phone that a user proved to have.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn proved_by(db: &Db, user_id: Id<User>) -> Result<Option<String>, StorageError> {
    let sql = "SELECT phone FROM users WHERE id = $1";
    let row = db.on().query_one_raw(statement(db, sql, [user_id.uuid().into()])).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?.flatten())
}

/// Makes a user the volunteer they proved to be, unless they are one in that festival already.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn link(db: &Db, id: Id<Member>, user_id: Id<User>, bearer: &Bearer) -> Result<(), StorageError> {
    let (festival_id, volunteer_id) = (bearer.festival_id.uuid(), bearer.volunteer_id.uuid());
    let sql = "SELECT 1 AS one FROM members WHERE festival_id = $1 AND user_id = $2 AND role = 'volunteer'";
    let values = [festival_id.into(), user_id.uuid().into()];
    if db.on().query_one_raw(statement(db, sql, values)).await?.is_some() {
        return Ok(());
    }
    let sql = "INSERT INTO members (id, festival_id, version, user_id, role, volunteer_id)
               VALUES ($1, $2, 1, $3, 'volunteer', $4)
               ON CONFLICT (festival_id, volunteer_id) DO UPDATE SET user_id = $3, version = members.version + 1";
    let values = [id.uuid().into(), festival_id.into(), user_id.uuid().into(), volunteer_id.into()];
    db.on().execute_raw(statement(db, sql, values)).await?;
    let change = Change::of("members", id.uuid()).person(user_id.uuid()).in_festival(bearer.festival_id);
    db.record(change.after(&json!({"role": Role::Volunteer, "volunteer_id": volunteer_id})));
    Ok(())
}

fn statement<const N: usize>(db: &Db, sql: &str, values: [sea_orm::Value; N]) -> Statement {
    Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)
}
