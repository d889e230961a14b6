//! Second factors: an app that makes codes from a secret, and recovery codes for when it is lost.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, member::User};
use sea_orm::{ActiveValue::Set, ConnectionTrait, Statement, entity::prelude::*};
use serde_json::json;

use crate::{Db, StorageError, audit::Change, refresh_tokens::TokenHash, table::insert_rows};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "second_factors")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub secret: Vec<u8>,
        pub created_at: DateTimeUtc,
        pub confirmed_at: Option<DateTimeUtc>,
        pub last_step: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

mod recovery {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The rule that refuses to begin an enrolment where there is a second factor.
pub const ON: &str = "second_factors_on";

/// Someone's second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// What its codes are made from.
    pub secret: Vec<u8>,
    /// Whether it is asked for; else its enrolment is under way.
    pub confirmed: bool,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("confirmed", &self.confirmed).finish_non_exhaustive()
    }
}

/// Begins an enrolment, in place of one that was not confirmed.
///
/// # Errors
/// [`StorageError::Refused`] by [`ON`] where a second factor is on.
pub async fn begin(
    db: &Db,
    user_id: Id<User>,
    secret: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let sql = "INSERT INTO second_factors (user_id, secret, created_at) VALUES ($1, $2, $3)
               ON CONFLICT (user_id) DO UPDATE SET secret = $2, created_at = $3
               WHERE second_factors.confirmed_at IS NULL";
    let values = [user_id.uuid().into(), secret.to_vec().into(), now.into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    if db.on().execute_raw(statement).await?.rows_affected() == 0 {
        return Err(StorageError::Refused(ON.to_owned()));
    }
    Ok(())
}

/// Someone's second factor, if they have one or are about to.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn get(db: &Db, user_id: Id<User>) -> Result<Option<SecondFactor>, StorageError> {
    let row = Entity::find_by_id(user_id.uuid()).one(&db.on()).await?;
    Ok(row.map(|row| SecondFactor { secret: row.secret, confirmed: row.confirmed_at.is_some() }))
}

/// Whether someone's second factor is asked for.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_on(db: &Db, user_id: Id<User>) -> Result<bool, StorageError> {
    Ok(get(db, user_id).await?.is_some_and(|factor| factor.confirmed))
}

/// Uses the code of a time step up; tells whether it was still good.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn use_step(db: &Db, user_id: Id<User>, step: i64) -> Result<bool, StorageError> {
    let used = Entity::update_many()
        .set(ActiveModel { last_step: Set(step), ..Default::default() })
        .filter(Column::UserId.eq(user_id.uuid()))
        .filter(Column::LastStep.lt(step))
        .exec(&db.on())
        .await?;
    Ok(used.rows_affected == 1)
}

/// Uses a recovery code up; tells whether it was there.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn use_recovery(db: &Db, user_id: Id<User>, hash: &TokenHash) -> Result<bool, StorageError> {
    let used = recovery::Entity::delete_by_id((user_id.uuid(), hash.to_vec())).exec(&db.on()).await?;
    if used.rows_affected == 1 {
        let told = json!({"recovery_code": "used"});
        db.record(Change::of("second_factors", user_id.uuid()).person(user_id.uuid()).after(&told));
    }
    Ok(used.rows_affected == 1)
}

/// How many recovery codes someone has left.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn recovery_codes_left(db: &Db, user_id: Id<User>) -> Result<u64, StorageError> {
    let own = recovery::Entity::find().filter(recovery::Column::UserId.eq(user_id.uuid()));
    Ok(own.count(&db.on()).await?)
}

/// Turns a second factor on, or keeps it on, with these recovery codes and no others.
///
/// # Errors
/// [`StorageError::NotFound`] where no enrolment was begun.
pub async fn confirm(
    db: &Db,
    user_id: Id<User>,
    recovery_codes: &[TokenHash],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let confirmed = Entity::update_many()
        .set(ActiveModel { confirmed_at: Set(Some(now)), ..Default::default() })
        .filter(Column::UserId.eq(user_id.uuid()))
        .exec(&db.on())
        .await?;
    if confirmed.rows_affected == 0 {
        return Err(StorageError::NotFound("second factor"));
    }
    recovery::Entity::delete_many()
        .filter(recovery::Column::UserId.eq(user_id.uuid()))
        .exec(&db.on())
        .await?;
    let rows = recovery_codes
        .iter()
        .map(|hash| recovery::ActiveModel { user_id: Set(user_id.uuid()), hash: Set(hash.to_vec()) });
    insert_rows(db, rows.collect()).await?;
    let told = json!({"second_factor": "on", "recovery_codes": recovery_codes.len()});
    db.record(Change::of("second_factors", user_id.uuid()).person(user_id.uuid()).after(&told));
    Ok(())
}

/// Takes someone's second factor away.
///
/// # Errors
/// [`StorageError::NotFound`] where they have none.
pub async fn remove(db: &Db, user_id: Id<User>) -> Result<(), StorageError> {
    let removed = Entity::delete_by_id(user_id.uuid()).exec(&db.on()).await?;
    if removed.rows_affected == 0 {
        return Err(StorageError::NotFound("second factor"));
    }
    let told = json!({"second_factor": "on"});
    db.record(Change::of("second_factors", user_id.uuid()).person(user_id.uuid()).before(&told));
    Ok(())
}
