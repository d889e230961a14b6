//! From the demo's values to rows.

use chrono::{DateTime, Utc};
use khademyar_demo::Demo;
use khademyar_storage::{Db, StorageError, districts, festivals, table};

/// Stores all of `demo`.
///
/// # Errors
/// [`StorageError`] when the database refuses; the caller's transaction is then of no more use.
pub(super) async fn load(db: &Db, demo: &Demo, now: DateTime<Utc>) -> Result<(), StorageError> {
    let Demo {
        festival,
        districts,
        travel,
        specialties,
        centres,
        venues,
        shifts,
        positions,
        volunteers,
        pairs,
        partners,
        contributions,
    } = demo;
    let id = festival.id;
    festivals::insert(db, festival, now).await?;
    table::insert(db, id, districts, None).await?;
    districts::save_travel_minutes(db, id, travel).await?;
    table::insert(db, id, specialties, None).await?;
    table::insert(db, id, centres, None).await?;
    table::insert(db, id, venues, None).await?;
    table::insert(db, id, shifts, None).await?;
    table::insert(db, id, positions, None).await?;
    table::insert(db, id, volunteers, None).await?;
    table::insert(db, id, pairs, None).await?;
    table::insert(db, id, partners, None).await?;
    table::insert(db, id, contributions, None).await
}
