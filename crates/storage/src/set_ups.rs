//! Whole set-ups, read and written at once: a few statements for each table, however long the lists.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Stored, district::District, festival::Festival, set_up::SetUp, volunteer::Volunteer,
};
use uuid::Uuid;

use crate::{
    Db, StorageError, Table, assignments, districts, festivals, nights,
    table::{self, all},
    volunteers,
};

/// How many rows are spoken of in one statement.
const ROWS: usize = 10_000;

/// The whole set-up of a festival; on a snapshot, all of one moment.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such festival.
pub async fn load(db: &Db, festival_id: Id<Festival>) -> Result<SetUp, StorageError> {
    let festival = festivals::get(db, festival_id).await?;
    let districts = all::<District>(db, festival_id).await?;
    let ids = districts.iter().map(|district| district.id).collect();
    Ok(SetUp {
        festival,
        travel: districts::travel_minutes_between(db, festival_id, ids).await?,
        districts,
        centres: all(db, festival_id).await?,
        specialties: all(db, festival_id).await?,
        venues: all(db, festival_id).await?,
        shifts: all(db, festival_id).await?,
        positions: all(db, festival_id).await?,
        volunteers: all(db, festival_id).await?,
        pairs: all(db, festival_id).await?,
        pins: all(db, festival_id).await?,
        partners: all(db, festival_id).await?,
        contributions: all(db, festival_id).await?,
    })
}

/// Stores a festival with its set-up.
///
/// # Errors
/// As [`table::insert`].
pub async fn insert(db: &Db, set_up: &SetUp, now: DateTime<Utc>) -> Result<(), StorageError> {
    festivals::insert(db, &set_up.festival, now).await?;
    save(db, set_up.festival.id, None, set_up).await
}

/// Turns the set-up `there`, as it was loaded in this transaction, into `wanted`. Rows are the same where their ids
/// are: those that differ are written, those that are not wanted go.
///
/// # Errors
/// [`StorageError::Refused`] by the rule `assignments_stand` when people were asked to serve already;
/// [`StorageError::InUse`] when something that is no part of a set-up refers to what would go.
pub async fn replace(db: &Db, there: &SetUp, wanted: &SetUp) -> Result<(), StorageError> {
    let festival_id = there.festival.id;
    if assignments::exist(db, festival_id).await? {
        return Err(StorageError::Refused("assignments_stand".to_owned()));
    }
    if there.festival.value != wanted.festival.value {
        festivals::update(db, festival_id, Some(there.festival.version), &wanted.festival.value).await?;
    }
    nights::set(db, festival_id, &wanted.festival.value.nights).await?;
    free_phones(db, there, wanted).await?;
    save(db, festival_id, Some(there), wanted).await?;
    // What goes is referred to by nothing any more, when it goes in this order.
    remove(db, festival_id, &there.contributions, &wanted.contributions).await?;
    remove(db, festival_id, &there.partners, &wanted.partners).await?;
    remove(db, festival_id, &there.pins, &wanted.pins).await?;
    remove(db, festival_id, &there.pairs, &wanted.pairs).await?;
    remove(db, festival_id, &there.volunteers, &wanted.volunteers).await?;
    remove(db, festival_id, &there.positions, &wanted.positions).await?;
    remove(db, festival_id, &there.shifts, &wanted.shifts).await?;
    remove(db, festival_id, &there.venues, &wanted.venues).await?;
    remove(db, festival_id, &there.specialties, &wanted.specialties).await?;
    remove(db, festival_id, &there.centres, &wanted.centres).await?;
    remove(db, festival_id, &there.districts, &wanted.districts).await?;
    nights::cut(db, festival_id, wanted.festival.value.nights.len()).await
}

/// Writes what is not `there` or stands there otherwise, each table after those it refers to.
async fn save(
    db: &Db,
    festival_id: Id<Festival>,
    there: Option<&SetUp>,
    wanted: &SetUp,
) -> Result<(), StorageError> {
    macro_rules! save {
        ($list:ident) => {
            write(db, festival_id, there.map_or(&[][..], |there| &there.$list), &wanted.$list).await?
        };
    }
    save!(districts);
    if there.is_none_or(|there| there.travel != wanted.travel) {
        districts::save_travel_minutes(db, festival_id, &wanted.travel).await?;
    }
    save!(centres);
    save!(specialties);
    save!(venues);
    save!(shifts);
    save!(positions);
    save!(volunteers);
    save!(pairs);
    save!(pins);
    save!(partners);
    save!(contributions);
    Ok(())
}

fn by_id<T>(rows: &[Stored<T>]) -> HashMap<Id<T>, &T> {
    rows.iter().map(|row| (row.id, &row.value)).collect()
}

/// Inserts the rows that are not `there`, and overwrites those that differ.
async fn write<T: Table + PartialEq>(
    db: &Db,
    festival_id: Id<Festival>,
    there: &[Stored<T>],
    wanted: &[Stored<T>],
) -> Result<(), StorageError> {
    let there = by_id(there);
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for row in wanted {
        match there.get(&row.id) {
            None => new.push(row.clone()),
            Some(value) if **value != row.value => changed.push(row.clone()),
            Some(_) => {}
        }
    }
    for changed in changed.chunks(ROWS) {
        table::overwrite(db, festival_id, changed).await?;
    }
    table::insert(db, festival_id, &new, None).await
}

/// Deletes the rows that are `there` and not wanted.
async fn remove<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    there: &[Stored<T>],
    wanted: &[Stored<T>],
) -> Result<(), StorageError> {
    let wanted = by_id(wanted);
    let gone: Vec<Uuid> =
        there.iter().filter(|row| !wanted.contains_key(&row.id)).map(|row| row.id.uuid()).collect();
    for gone in gone.chunks(ROWS) {
        table::delete_all::<T>(db, festival_id, gone).await?;
    }
    Ok(())
}

/// Takes their phones from volunteers who go or change, so that others can have them at once.
async fn free_phones(db: &Db, there: &SetUp, wanted: &SetUp) -> Result<(), StorageError> {
    let wanted = by_id(&wanted.volunteers);
    let leaves = |row: &&Stored<Volunteer>| {
        row.value.phone.is_some()
            && wanted.get(&row.id).is_none_or(|volunteer| volunteer.phone != row.value.phone)
    };
    let freed: Vec<Uuid> = there.volunteers.iter().filter(leaves).map(|row| row.id.uuid()).collect();
    for freed in freed.chunks(ROWS) {
        volunteers::free_phones(db, freed).await?;
    }
    Ok(())
}
