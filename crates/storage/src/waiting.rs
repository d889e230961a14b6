//! Who waits for a seat in a position, and who stands by for a night.

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, festival::Festival, position::Position, volunteer::Volunteer};
use sea_orm::{
    ConnectionTrait, ExprTrait, Statement,
    entity::prelude::*,
    sea_query::{Expr, OnConflict, Order, Query},
};

use crate::{Db, StorageError, seats::holding};

/// Puts a volunteer on the waiting list of a position; who is on it stays where they are.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such position.
pub async fn join(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
    volunteer_id: Id<Volunteer>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let insert = Query::insert()
        .into_table("waiting")
        .columns(["festival_id", "position_id", "volunteer_id", "since"])
        .values_panic([
            festival_id.uuid().into(),
            position_id.uuid().into(),
            volunteer_id.uuid().into(),
            now.into(),
        ])
        .on_conflict(OnConflict::columns(["position_id", "volunteer_id"]).do_nothing().to_owned())
        .to_owned();
    db.on().execute(&insert).await?;
    Ok(())
}

/// Takes a volunteer off the waiting list of a position, if they are on it.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn leave(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
    volunteer_id: Id<Volunteer>,
) -> Result<(), StorageError> {
    let delete = Query::delete()
        .from_table("waiting")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("position_id").eq(position_id.uuid()))
        .and_where(Expr::col("volunteer_id").eq(volunteer_id.uuid()))
        .to_owned();
    db.on().execute(&delete).await?;
    Ok(())
}

/// What a volunteer waits for, and since when.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn of_volunteer(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Vec<(Id<Position>, DateTime<Utc>)>, StorageError> {
    let query = Query::select()
        .columns(["position_id", "since"])
        .from("waiting")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("volunteer_id").eq(volunteer_id.uuid()))
        .order_by("since", Order::Asc)
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter()
        .map(|row| Ok((row.try_get::<Uuid>("", "position_id")?.into(), row.try_get("", "since")?)))
        .collect()
}

/// Who waits for a position, the longest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn of_position(
    db: &Db,
    festival_id: Id<Festival>,
    position_id: Id<Position>,
) -> Result<Vec<Id<Volunteer>>, StorageError> {
    let query = Query::select()
        .column("volunteer_id")
        .from("waiting")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("position_id").eq(position_id.uuid()))
        .order_by("since", Order::Asc)
        .order_by("volunteer_id", Order::Asc)
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<Uuid>(0)?.into())).collect()
}

/// Positions with an empty seat for which somebody waits, of shifts that start after `now`, of any festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn with_seats(
    db: &Db,
    now: DateTime<Utc>,
) -> Result<Vec<(Id<Festival>, Id<Position>)>, StorageError> {
    let states: Vec<String> = holding().map(|state| format!("'{state}'")).collect();
    let sql = format!(
        "SELECT DISTINCT w.festival_id, w.position_id FROM waiting w
         JOIN positions p ON p.id = w.position_id
         JOIN shifts s ON s.id = p.shift_id
         WHERE s.starts_at > $1
           AND (SELECT count(*) FROM assignments a WHERE a.position_id = p.id AND a.state IN ({})) < p.desired",
        states.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, [now.into()]);
    let rows = db.on().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index::<Uuid>(0)?.into(), row.try_get_by_index::<Uuid>(1)?.into())))
        .collect()
}

/// Notes whether a volunteer stands by on a night.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such night.
pub async fn set_standby(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    night: i32,
    stands_by: bool,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if stands_by {
        let insert = Query::insert()
            .into_table("standbys")
            .columns(["festival_id", "volunteer_id", "night", "since"])
            .values_panic([festival_id.uuid().into(), volunteer_id.uuid().into(), night.into(), now.into()])
            .on_conflict(OnConflict::columns(["volunteer_id", "night"]).do_nothing().to_owned())
            .to_owned();
        db.on().execute(&insert).await?;
    } else {
        let delete = Query::delete()
            .from_table("standbys")
            .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
            .and_where(Expr::col("volunteer_id").eq(volunteer_id.uuid()))
            .and_where(Expr::col("night").eq(night))
            .to_owned();
        db.on().execute(&delete).await?;
    }
    Ok(())
}

/// Who stands by on a night.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn standbys(
    db: &Db,
    festival_id: Id<Festival>,
    night: i32,
) -> Result<Vec<Id<Volunteer>>, StorageError> {
    let query = Query::select()
        .column("volunteer_id")
        .from("standbys")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("night").eq(night))
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<Uuid>(0)?.into())).collect()
}

/// The nights on which a volunteer stands by, in order.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn standby_nights(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Vec<i32>, StorageError> {
    let query = Query::select()
        .column("night")
        .from("standbys")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("volunteer_id").eq(volunteer_id.uuid()))
        .order_by("night", Order::Asc)
        .to_owned();
    let rows = db.on().query_all(&query).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
