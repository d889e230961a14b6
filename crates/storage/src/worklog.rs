//! What people did outside their shifts, and who decided on it.

use std::collections::HashMap;

use khademyar_domain::{
    Id, Name,
    district::District,
    festival::Festival,
    volunteer::Volunteer,
    worklog::{Approved, Decision, WorklogEntry, WorklogState},
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, DbBackend, ExprTrait, QueryOrder, QuerySelect, Statement,
    entity::prelude::*,
    sea_query::{Expr, LockType, Query},
};
use serde_json::json;

use crate::{
    Db, StorageError,
    audit::Change,
    districts::{name, text},
    listing::{self, Filter, FilterKind, Listing, Page, Sort},
    volunteers,
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "worklog_entries")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub volunteer_id: Uuid,
        pub what: Option<String>,
        pub started_at: DateTimeUtc,
        pub ended_at: DateTimeUtc,
        pub state: String,
        pub reason: Option<String>,
        pub written_by: Option<Uuid>,
        pub decided_by: Option<Uuid>,
        pub decided_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// What lists of entries can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter { name: "state", kind: FilterKind::Word(&["waiting", "approved", "declined"]) },
    Filter { name: "volunteer_id", kind: FilterKind::Id },
];

/// What lists of entries can be sorted by.
pub const SORTS: &[Sort] =
    &[Sort { name: "created_at", column: "created_at" }, Sort { name: "started_at", column: "started_at" }];

/// The most that a volunteer has in a festival; with more, something is wrong, and nothing else is written.
pub const MOST: u64 = 500;

/// An entry with the name of whoever did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The entry.
    pub entry: WorklogEntry,
    /// Their name.
    pub volunteer_name: Name,
}

fn from_row(row: Model) -> Result<WorklogEntry, StorageError> {
    Ok(WorklogEntry {
        id: row.id.into(),
        version: row.version,
        volunteer_id: row.volunteer_id.into(),
        what: row.what.map(text).transpose()?,
        started_at: row.started_at,
        ended_at: row.ended_at,
        state: WorklogState::named(&row.state).ok_or(StorageError::Corrupt("state of an entry"))?,
        reason: row.reason.map(text).transpose()?,
        written_by: row.written_by.map(Id::from),
        decided_by: row.decided_by.map(Id::from),
        decided_at: row.decided_at,
        created_at: row.created_at,
    })
}

/// What the audit says of an entry.
fn told(entry: &WorklogEntry) -> serde_json::Value {
    json!({"what": entry.what, "started_at": entry.started_at, "ended_at": entry.ended_at,
           "state": entry.state, "reason": entry.reason})
}

fn change(entry: &WorklogEntry) -> Change {
    Change::of("worklog_entries", entry.id.uuid()).person(entry.volunteer_id.uuid())
}

/// The district a volunteer lives in. Whoever else writes of what they did, or decides on it, waits until the transaction
/// ends.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has no such volunteer, or they were erased.
pub async fn hold_volunteer(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Volunteer>,
) -> Result<Id<District>, StorageError> {
    let backend = db.on().get_database_backend();
    let lock = if backend == DbBackend::Postgres { " FOR NO KEY UPDATE" } else { "" };
    let sql = format!(
        "SELECT home_district_id FROM volunteers WHERE festival_id = $1 AND id = $2 AND NOT erased{lock}"
    );
    let values = [festival_id.uuid().into(), id.uuid().into()];
    let row = db.on().query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    let row = row.ok_or(StorageError::NotFound("volunteer"))?;
    Ok(row.try_get::<Uuid>("", "home_district_id")?.into())
}

/// Writes an entry down.
///
/// # Errors
/// [`StorageError::Refused`] by the rule `worklog_entries_no_overlap` when another of the volunteer's has some of its time.
pub async fn insert(db: &Db, festival_id: Id<Festival>, entry: &WorklogEntry) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(entry.id.uuid()),
        festival_id: Set(festival_id.uuid()),
        version: Set(entry.version),
        volunteer_id: Set(entry.volunteer_id.uuid()),
        what: Set(entry.what.as_ref().map(ToString::to_string)),
        started_at: Set(entry.started_at),
        ended_at: Set(entry.ended_at),
        state: Set(entry.state.as_str().to_owned()),
        reason: Set(entry.reason.as_ref().map(ToString::to_string)),
        written_by: Set(entry.written_by.map(Id::uuid)),
        decided_by: Set(entry.decided_by.map(Id::uuid)),
        decided_at: Set(entry.decided_at),
        created_at: Set(entry.created_at),
        updated_at: Set(entry.created_at),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    db.record(change(entry).after(&told(entry)));
    Ok(())
}

/// An entry as it stands, and the district where whoever did it lives; kept so until the transaction ends: whoever else would
/// decide waits.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id, or whoever did it was erased.
pub async fn lock(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<WorklogEntry>,
) -> Result<(WorklogEntry, Id<District>), StorageError> {
    let missing = || StorageError::NotFound("worklog entry");
    let of_id = || Entity::find_by_id(id.uuid()).filter(Column::FestivalId.eq(festival_id.uuid()));
    let found = of_id().one(&db.on()).await?.ok_or_else(missing)?;
    // The volunteer first, as everyone does who writes of what they did: nobody waits for each other.
    let home = hold_volunteer(db, festival_id, found.volunteer_id.into()).await?;
    let row = of_id().lock(LockType::NoKeyUpdate).one(&db.on()).await?.ok_or_else(missing)?;
    Ok((from_row(row)?, home))
}

/// Writes a decision, if the entry still stands as it was decided by.
///
/// # Errors
/// [`StorageError::Stale`] when someone else was faster.
pub async fn save(db: &Db, festival_id: Id<Festival>, decision: &Decision) -> Result<(), StorageError> {
    let (before, after) = (&decision.before, decision.after());
    let update = Entity::update_many()
        .set(ActiveModel {
            state: Set(after.state.as_str().to_owned()),
            reason: Set(after.reason.as_ref().map(ToString::to_string)),
            decided_by: Set(after.decided_by.map(Id::uuid)),
            decided_at: Set(after.decided_at),
            version: Set(after.version),
            updated_at: Set(decision.at),
            ..Default::default()
        })
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(before.id.uuid()))
        .filter(Column::Version.eq(before.version))
        .filter(Column::State.eq(before.state.as_str()))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 0 {
        return Err(StorageError::Stale("worklog entry", before.version));
    }
    db.record(change(before).before(&told(before)).after(&told(&after)));
    Ok(())
}

/// Takes an entry out that nobody decided on.
///
/// # Errors
/// [`StorageError::Stale`] when somebody did meanwhile.
pub async fn delete(db: &Db, festival_id: Id<Festival>, entry: &WorklogEntry) -> Result<(), StorageError> {
    let deleted = Entity::delete_many()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Id.eq(entry.id.uuid()))
        .filter(Column::State.eq(WorklogState::Waiting.as_str()))
        .exec(&db.on())
        .await?;
    if deleted.rows_affected == 0 {
        return Err(StorageError::Stale("worklog entry", entry.version));
    }
    db.record(change(entry).before(&told(entry)));
    Ok(())
}

/// How many entries a volunteer has.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn count(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<u64, StorageError> {
    let theirs = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::VolunteerId.eq(volunteer_id.uuid()));
    Ok(theirs.count(&db.on()).await?)
}

/// A volunteer's entries, what was done last first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn of_volunteer(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Vec<WorklogEntry>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::VolunteerId.eq(volunteer_id.uuid()))
        .order_by_desc(Column::StartedAt)
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// A page of a festival's entries; only those of people who live in `districts` where they are given.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<Page<Told>, StorageError> {
    let mut rows = Entity::find().filter(Column::FestivalId.eq(festival_id.uuid()));
    if let Some(districts) = districts {
        rows = rows.filter(Column::VolunteerId.in_subquery(volunteers::ids_within(districts)));
    }
    for (name, value) in &listing.filters {
        rows = rows.filter(listing::having::<Entity>(name, value)?);
    }
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    Ok(Page { items: with_names(db, festival_id, page.items).await?, next: page.next })
}

/// An entry with the name of whoever did it.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn get(db: &Db, festival_id: Id<Festival>, id: Id<WorklogEntry>) -> Result<Told, StorageError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::FestivalId.eq(festival_id.uuid()));
    let rows = row.one(&db.on()).await?.into_iter().collect();
    with_names(db, festival_id, rows).await?.pop().ok_or(StorageError::NotFound("worklog entry"))
}

async fn with_names(db: &Db, festival_id: Id<Festival>, rows: Vec<Model>) -> Result<Vec<Told>, StorageError> {
    let people = Query::select()
        .columns(["id", "name_fa", "name_en"])
        .from("volunteers")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("id").is_in(rows.iter().map(|row| row.volunteer_id)))
        .to_owned();
    let mut names: HashMap<Uuid, Name> = HashMap::new();
    for row in db.on().query_all(&people).await? {
        names.insert(row.try_get("", "id")?, name(row.try_get("", "name_fa")?, row.try_get("", "name_en")?)?);
    }
    rows.into_iter()
        .map(|row| {
            let volunteer_name = names.get(&row.volunteer_id).cloned();
            let volunteer_name = volunteer_name.ok_or(StorageError::Corrupt("volunteer of an entry"))?;
            Ok(Told { entry: from_row(row)?, volunteer_name })
        })
        .collect()
}

/// What was approved of what people did outside their shifts, or of what `only` one volunteer did.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn approved(
    db: &Db,
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
) -> Result<Vec<Approved>, StorageError> {
    let query = Query::select()
        .columns(["volunteer_id", "started_at", "ended_at"])
        .from("worklog_entries")
        .and_where(Expr::col("festival_id").eq(festival_id.uuid()))
        .and_where(Expr::col("state").eq(WorklogState::Approved.as_str()))
        .and_where_option(only.map(|id| Expr::col("volunteer_id").eq(id.uuid())))
        .to_owned();
    let entry = |row: &sea_orm::QueryResult| {
        Ok(Approved {
            volunteer_id: row.try_get::<Uuid>("", "volunteer_id")?.into(),
            started_at: row.try_get("", "started_at")?,
            ended_at: row.try_get("", "ended_at")?,
        })
    };
    db.on().query_all(&query).await?.iter().map(entry).collect()
}
