//! People who registered by themselves, and the festivals where they may.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, phone::Phone, registration::Registration, rights::Scope};
use sea_orm::{
    ActiveValue::Set, Condition, ConnectionTrait, DbBackend, QueryOrder, QuerySelect, Statement,
    TryInsertResult, entity::prelude::*,
};
use serde_json::json;

use crate::{
    Db, Reference, StorageError,
    audit::Change,
    districts::text,
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "registrations")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub name: String,
        pub phone: String,
        pub gender: String,
        pub birth_year: Option<i32>,
        pub home_district_id: Uuid,
        pub centre_id: Option<Uuid>,
        pub nights: Option<String>,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// Somebody who waits to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The id, which will be the volunteer's.
    pub id: Id<Registration>,
    /// Who.
    pub value: Registration,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// The most who wait in a festival; with more, something is wrong, and nobody else is taken.
pub const MOST: u64 = 20_000;

/// Whether people may register by themselves in a festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_open(db: &Db, festival_id: Id<Festival>) -> Result<bool, StorageError> {
    has_row(db, festival_id, "").await
}

/// Like [`is_open`], for whoever registers somebody: it stays open until the transaction ends.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn hold_open(db: &Db, festival_id: Id<Festival>) -> Result<bool, StorageError> {
    let on_postgres = db.on().get_database_backend() == DbBackend::Postgres;
    has_row(db, festival_id, if on_postgres { " FOR SHARE" } else { "" }).await
}

async fn has_row(db: &Db, festival_id: Id<Festival>, lock: &str) -> Result<bool, StorageError> {
    let sql = format!("SELECT 1 AS one FROM open_registrations WHERE festival_id = $1{lock}");
    let values = [festival_id.uuid().into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    Ok(db.on().query_one_raw(statement).await?.is_some())
}

/// Lets people register by themselves in a festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn open(db: &Db, festival_id: Id<Festival>, now: DateTime<Utc>) -> Result<(), StorageError> {
    let sql = "INSERT INTO open_registrations (festival_id, opened_at) VALUES ($1, $2)
               ON CONFLICT (festival_id) DO NOTHING";
    let values = [festival_id.uuid().into(), now.into()];
    db.on().execute_raw(Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)).await?;
    let change = Change::of("festivals", festival_id.uuid()).in_festival(festival_id);
    db.record(change.after(&json!({"registration_open": true})));
    Ok(())
}

/// Ends that people may register by themselves; those who did still wait.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn close(db: &Db, festival_id: Id<Festival>) -> Result<(), StorageError> {
    let sql = "DELETE FROM open_registrations WHERE festival_id = $1";
    let values = [festival_id.uuid().into()];
    db.on().execute_raw(Statement::from_sql_and_values(db.on().get_database_backend(), sql, values)).await?;
    let change = Change::of("festivals", festival_id.uuid()).in_festival(festival_id);
    db.record(change.after(&json!({"registration_open": false})));
    Ok(())
}

/// What a registration refers to.
pub fn references(registration: &Registration) -> Vec<Reference> {
    let mut references =
        vec![Reference::row("/home_district_id", "districts", registration.home_district_id)];
    references.extend(registration.centre_id.map(|centre| Reference::row("/centre_id", "centres", centre)));
    let nights = (0..).zip(registration.nights.iter().flatten());
    references
        .extend(nights.map(|(k, night): (usize, &i32)| Reference::night(format!("/nights/{k}"), *night)));
    references
}

/// Stores that somebody registered, unless their phone waits already; tells whether it did.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Registration>,
    registration: &Registration,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        festival_id: Set(festival_id.uuid()),
        name: Set(registration.name.to_string()),
        phone: Set(registration.phone.as_str().to_owned()),
        gender: Set(word(registration.gender)),
        birth_year: Set(registration.birth_year),
        home_district_id: Set(registration.home_district_id.uuid()),
        centre_id: Set(registration.centre_id.map(Id::uuid)),
        nights: Set(registration
            .nights
            .as_ref()
            .map(|nights| nights.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))),
        created_at: Set(now),
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::FestivalId, Column::Phone])
        .exec_without_returning(&db.on())
        .await?;
    let inserted = matches!(inserted, TryInsertResult::Inserted(1));
    if inserted {
        let change = Change::of("registrations", id.uuid()).person(id.uuid()).in_festival(festival_id);
        db.record(change.after(registration));
    }
    Ok(inserted)
}

/// Whether somebody in a festival has this phone already.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_volunteer(db: &Db, festival_id: Id<Festival>, phone: &Phone) -> Result<bool, StorageError> {
    let sql = "SELECT 1 AS one FROM volunteers WHERE festival_id = $1 AND phone = $2";
    let values = [festival_id.uuid().into(), phone.as_str().into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    Ok(db.on().query_one_raw(statement).await?.is_some())
}

/// How many wait in a festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn count(db: &Db, festival_id: Id<Festival>) -> Result<u64, StorageError> {
    Ok(Entity::find().filter(Column::FestivalId.eq(festival_id.uuid())).count(&db.on()).await?)
}

/// Those within `scope` who have waited longest, 500 of them at the most.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>, scope: &Scope) -> Result<Vec<Waiting>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(within(scope))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(500)
        .all(&db.on())
        .await?;
    rows.into_iter().map(waiting).collect()
}

/// Takes somebody within `scope` out of those who wait.
///
/// # Errors
/// [`StorageError::NotFound`] when they do not wait, or somebody else was faster.
pub async fn take(
    db: &Db,
    festival_id: Id<Festival>,
    scope: &Scope,
    id: Id<Registration>,
) -> Result<Waiting, StorageError> {
    let own = Condition::all()
        .add(Column::FestivalId.eq(festival_id.uuid()))
        .add(Column::Id.eq(id.uuid()))
        .add(within(scope));
    let missing = || StorageError::NotFound("registration");
    let row = Entity::find().filter(own.clone()).one(&db.on()).await?.ok_or_else(missing)?;
    if Entity::delete_many().filter(own).exec(&db.on()).await?.rows_affected == 0 {
        return Err(missing());
    }
    waiting(row)
}

/// Says what became of somebody who was taken.
pub fn record(db: &Db, id: Id<Registration>, approved: bool) {
    db.record(Change::of("registrations", id.uuid()).after(&json!({"approved": approved})));
}

fn within(scope: &Scope) -> Condition {
    match scope {
        Scope::Festival => Condition::all(),
        Scope::Districts(districts) => Condition::all()
            .add(Column::HomeDistrictId.is_in(districts.iter().map(|district| district.uuid()))),
        Scope::Centre(centre) => Condition::all().add(Column::CentreId.eq(centre.uuid())),
        // Nobody with so narrow a right lets people in.
        Scope::Venue(_) | Scope::Own(_) => Condition::all().add(Column::Id.is_null()),
    }
}

fn waiting(row: Model) -> Result<Waiting, StorageError> {
    let nights = row.nights.map(|nights| nights.split_whitespace().map(str::parse).collect()).transpose();
    Ok(Waiting {
        id: row.id.into(),
        value: Registration {
            name: text(row.name)?,
            phone: Phone::from_e164(row.phone).map_err(|_| StorageError::Corrupt("phone"))?,
            gender: named(&row.gender)?,
            birth_year: row.birth_year,
            home_district_id: row.home_district_id.into(),
            centre_id: row.centre_id.map(Id::from),
            nights: nights.map_err(|_| StorageError::Corrupt("nights"))?,
        },
        created_at: row.created_at,
    })
}
