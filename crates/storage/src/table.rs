//! What every list of a festival's set-up can do: be listed, read, created (one or many), replaced, deleted, undone.
//!
//! A domain type says how it becomes a row and back; the rest is here once.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Check, Id, Stored, centre::Centre, district::District, festival::Festival, member::User, rights::Scope,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{Expr, OnConflict},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Db, Reference, StorageError, batches,
    listing::{self, Filter, FilterValue, Listing, Page, Sort, column},
    store::rows_per_statement,
};

/// A domain type that has a table of rows, each of one festival.
///
/// The table has the columns `id`, `festival_id`, `version`, `batch_id` and `ordinal` (the order of creation).
pub trait Table: Check + Clone + Serialize + DeserializeOwned + Send + Sync + Sized + 'static {
    /// The sea-orm entity.
    type Entity: EntityTrait<Model: Send + Sync + IntoActiveModel<Self::Row>, ActiveModel = Self::Row>;
    /// Its active model.
    type Row: ActiveModelTrait<Entity = Self::Entity> + Send;

    /// One of them, in words: `district`.
    const NOUN: &'static str;
    /// The table, which is also the collection's name in URLs: `districts`.
    const NAME: &'static str;
    /// What lists can be narrowed by.
    const FILTERS: &'static [Filter];
    /// What lists can be sorted by; the first is the default.
    const SORTS: &'static [Sort];

    /// The value's own columns, set; the common ones are set here.
    fn to_row(&self) -> Self::Row;

    /// The value of a row, without what stands in other tables.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] for a row this program cannot have written.
    fn from_row(row: <Self::Entity as EntityTrait>::Model) -> Result<Self, StorageError>;

    /// What the value refers to.
    fn references(&self) -> Vec<Reference>;

    /// Which rows belong to these districts. None: all may be seen by whoever may see the festival.
    fn within(districts: &[Id<District>]) -> Option<Condition>;

    /// Which rows belong to the volunteers of this centre; none, where the table says nothing else.
    fn of_centre(_centre: Id<Centre>) -> Condition {
        Condition::any().add(Expr::val(1).eq(0))
    }

    /// What a filter that is no column of its own asks for.
    fn narrow(_filter: &str, _value: &FilterValue) -> Option<Condition> {
        None
    }

    /// Fills in what the value left to be said by others, before it is checked and stored.
    fn complete(
        _db: &Db,
        _festival_id: Id<Festival>,
        _values: &mut [Self],
    ) -> impl Future<Output = Result<(), StorageError>> + Send {
        async { Ok(()) }
    }

    /// Reads what stands in other tables, in one query per table.
    fn load_children(
        _db: &Db,
        _festival_id: Id<Festival>,
        _rows: &mut [Stored<Self>],
    ) -> impl Future<Output = Result<(), StorageError>> + Send {
        async { Ok(()) }
    }

    /// Writes what stands in other tables; `replacing` what was there.
    fn save_children(
        _db: &Db,
        _festival_id: Id<Festival>,
        _rows: &[Stored<Self>],
        _replacing: bool,
    ) -> impl Future<Output = Result<(), StorageError>> + Send {
        async { Ok(()) }
    }
}

/// The ids of districts as the database compares them.
pub(crate) fn uuids<T>(ids: &[Id<T>]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}

/// The ids of rows as the database compares them.
pub(crate) fn row_ids<T>(rows: &[Stored<T>]) -> Vec<Uuid> {
    rows.iter().map(|row| row.id.uuid()).collect()
}

/// More rows than this have their children read by reading all of the festival's.
const FEW_ROWS: usize = 1_000;

/// The rows of another table whose column `parent` names one of `rows`, in the order of their keys. Where `rows` are
/// many, those of the festival's other rows are among them.
pub(crate) async fn children<E: EntityTrait, T>(
    db: &Db,
    festival_id: Id<Festival>,
    parent: E::Column,
    rows: &[Stored<T>],
) -> Result<Vec<E::Model>, StorageError> {
    let few = (rows.len() <= FEW_ROWS).then(|| parent.is_in(row_ids(rows)));
    let mut query = E::find()
        .filter(column::<E>("festival_id")?.eq(festival_id.uuid()))
        .filter(Condition::all().add_option(few));
    for key in E::PrimaryKey::iter() {
        query = query.order_by_asc(key.into_column());
    }
    Ok(query.all(&db.on()).await?)
}

fn of_festival<T: Table>(festival_id: Id<Festival>) -> Result<sea_orm::Select<T::Entity>, StorageError> {
    Ok(T::Entity::find().filter(column::<T::Entity>("festival_id")?.eq(festival_id.uuid())))
}

fn identity<M: ModelTrait>(row: &M) -> Result<(Uuid, i64), StorageError> {
    match (row.get(column::<M::Entity>("id")?), row.get(column::<M::Entity>("version")?)) {
        (Value::Uuid(Some(id)), Value::BigInt(Some(version))) => Ok((id, version)),
        _ => Err(StorageError::Corrupt("row")),
    }
}

async fn read<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    rows: Vec<<T::Entity as EntityTrait>::Model>,
) -> Result<Vec<Stored<T>>, StorageError> {
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, version) = identity(&row)?;
        stored.push(Stored { id: id.into(), version, value: T::from_row(row)? });
    }
    if !stored.is_empty() {
        T::load_children(db, festival_id, &mut stored).await?;
    }
    Ok(stored)
}

/// One page; only rows of `districts` where they are given.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    districts: Option<&[Id<District>]>,
    listing: &Listing,
) -> Result<Page<Stored<T>>, StorageError> {
    list_where(db, festival_id, reach::<T>(districts), listing).await
}

/// One page; only rows within `scope`.
///
/// # Errors
/// As [`list`].
pub async fn list_within<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    scope: &Scope,
    listing: &Listing,
) -> Result<Page<Stored<T>>, StorageError> {
    list_where(db, festival_id, within::<T>(scope), listing).await
}

async fn list_where<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    reach: Condition,
    listing: &Listing,
) -> Result<Page<Stored<T>>, StorageError> {
    let mut rows = of_festival::<T>(festival_id)?.filter(reach);
    for (name, value) in &listing.filters {
        rows = rows.filter(match T::narrow(name, value) {
            Some(condition) => condition,
            None => listing::having::<T::Entity>(name, value)?,
        });
    }
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    Ok(Page { items: read(db, festival_id, page.items).await?, next: page.next })
}

fn reach<T: Table>(districts: Option<&[Id<District>]>) -> Condition {
    Condition::all().add_option(districts.and_then(T::within))
}

fn within<T: Table>(scope: &Scope) -> Condition {
    match scope {
        Scope::Centre(centre) => T::of_centre(*centre),
        Scope::Festival | Scope::Districts(_) | Scope::Venue(_) | Scope::Own(_) => {
            reach::<T>(scope.districts())
        }
    }
}

/// Every row, in the order of creation.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn all<T: Table>(db: &Db, festival_id: Id<Festival>) -> Result<Vec<Stored<T>>, StorageError> {
    let rows =
        of_festival::<T>(festival_id)?.order_by_asc(column::<T::Entity>("ordinal")?).all(&db.on()).await?;
    read(db, festival_id, rows).await
}

/// The row of that id; only if it belongs to `districts` where they are given.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none.
pub async fn get<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    districts: Option<&[Id<District>]>,
    id: Id<T>,
) -> Result<Stored<T>, StorageError> {
    get_where(db, festival_id, reach::<T>(districts), id).await
}

/// The row of that id; only if it is within `scope`.
///
/// # Errors
/// As [`get`].
pub async fn get_within<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    scope: &Scope,
    id: Id<T>,
) -> Result<Stored<T>, StorageError> {
    get_where(db, festival_id, within::<T>(scope), id).await
}

async fn get_where<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    reach: Condition,
    id: Id<T>,
) -> Result<Stored<T>, StorageError> {
    let row = of_festival::<T>(festival_id)?
        .filter(column::<T::Entity>("id")?.eq(id.uuid()))
        .filter(reach)
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound(T::NOUN))?;
    read(db, festival_id, vec![row]).await?.pop().ok_or(StorageError::NotFound(T::NOUN))
}

/// The value's code, where its table has one.
pub fn code_of<T: Table>(value: &T) -> Option<String> {
    let column = column::<T::Entity>("code").ok()?;
    match value.to_row().get(column).into_value() {
        Some(Value::String(code)) => code,
        _ => None,
    }
}

/// Which of `codes` are taken.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn taken_codes<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    codes: &[String],
) -> Result<Vec<String>, StorageError> {
    let code = column::<T::Entity>("code")?;
    let mut taken = Vec::new();
    for codes in codes.chunks(10_000) {
        let found: Vec<String> = of_festival::<T>(festival_id)?
            .select_only()
            .column(code)
            .filter(code.is_in(codes.iter().map(String::as_str)))
            .into_tuple()
            .all(&db.on())
            .await?;
        taken.extend(found);
    }
    Ok(taken)
}

/// Stores new rows in the order given. With `batch`, they can be undone together.
///
/// # Errors
/// [`StorageError::Refused`] when a rule of the table forbids one of them; then none is stored.
pub async fn insert<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
    batch: Option<Uuid>,
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let ordinal = next_ordinal::<T>(db, festival_id).await?;
    insert_rows(db, whole_rows(festival_id, rows, batch, ordinal)?).await?;
    T::save_children(db, festival_id, rows, false).await
}

/// Overwrites rows that are there, whatever version they have.
pub(crate) async fn overwrite<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
) -> Result<(), StorageError> {
    let (id, version) = (column::<T::Entity>("id")?, column::<T::Entity>("version")?);
    let kept = ["id", "festival_id", "version", "batch_id", "ordinal"];
    let own = <T::Entity as EntityTrait>::Column::iter().filter(|column| !kept.contains(&column.as_str()));
    let overwrite = OnConflict::column(id)
        .update_columns(own)
        .value(version, Expr::col((T::Entity::default(), version)).add(1))
        .to_owned();
    write_rows(db, whole_rows(festival_id, rows, None, 0)?, Some(&overwrite)).await?;
    T::save_children(db, festival_id, rows, true).await
}

/// Deletes the rows of these ids.
pub(crate) async fn delete_all<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    ids: &[Uuid],
) -> Result<(), StorageError> {
    T::Entity::delete_many()
        .filter(column::<T::Entity>("festival_id")?.eq(festival_id.uuid()))
        .filter(column::<T::Entity>("id")?.is_in(ids.iter().copied()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Rows with all their columns, numbered from `ordinal` on.
fn whole_rows<T: Table>(
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
    batch: Option<Uuid>,
    ordinal: i64,
) -> Result<Vec<T::Row>, StorageError> {
    let whole = |(row, ordinal): (&Stored<T>, i64)| {
        let mut model = row.value.to_row();
        model.set(column::<T::Entity>("id")?, row.id.uuid().into());
        model.set(column::<T::Entity>("festival_id")?, festival_id.uuid().into());
        model.set(column::<T::Entity>("version")?, row.version.into());
        model.set(column::<T::Entity>("batch_id")?, batch.into());
        model.set(column::<T::Entity>("ordinal")?, ordinal.into());
        Ok(model)
    };
    rows.iter().zip(ordinal..).map(whole).collect()
}

/// Inserts rows of one table, as many in a statement as it may hold.
pub(crate) async fn insert_rows<A: ActiveModelTrait + Send>(
    db: &Db,
    rows: Vec<A>,
) -> Result<(), StorageError> {
    write_rows(db, rows, None).await
}

async fn write_rows<A: ActiveModelTrait + Send>(
    db: &Db,
    mut rows: Vec<A>,
    conflict: Option<&OnConflict>,
) -> Result<(), StorageError> {
    let per_statement = rows_per_statement(<A::Entity as EntityTrait>::Column::iter().count());
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(per_statement));
        let insert = <A::Entity as EntityTrait>::insert_many(rows);
        match conflict {
            Some(conflict) => insert.on_conflict(conflict.clone()).exec_without_returning(&db.on()).await?,
            None => insert.exec_without_returning(&db.on()).await?,
        };
        rows = rest;
    }
    Ok(())
}

async fn next_ordinal<T: Table>(db: &Db, festival_id: Id<Festival>) -> Result<i64, StorageError> {
    let last: Option<Option<i64>> = of_festival::<T>(festival_id)?
        .select_only()
        .expr(Expr::col(column::<T::Entity>("ordinal")?).max())
        .into_tuple()
        .one(&db.on())
        .await?;
    Ok(last.flatten().map_or(0, |last| last + 1))
}

/// Replaces the value of a row; `expected` is the version the caller read, where it says.
///
/// # Errors
/// [`StorageError::NotFound`]; [`StorageError::Stale`] when someone else wrote it since.
pub async fn replace<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<T>,
    expected: Option<i64>,
    value: T,
) -> Result<Stored<T>, StorageError> {
    let version = column::<T::Entity>("version")?;
    let mut update = T::Entity::update_many()
        .set(value.to_row())
        .col_expr(version, Expr::col(version).add(1))
        .filter(column::<T::Entity>("id")?.eq(id.uuid()))
        .filter(column::<T::Entity>("festival_id")?.eq(festival_id.uuid()));
    if let Some(expected) = expected {
        update = update.filter(version.eq(expected));
    }
    if update.exec(&db.on()).await?.rows_affected == 0 {
        return Err(gone_or_stale::<T>(db, festival_id, id).await);
    }
    let stored = Stored { id, version: 0, value };
    T::save_children(db, festival_id, std::slice::from_ref(&stored), true).await?;
    get(db, festival_id, None, id).await
}

/// Deletes a row; `expected` is the version the caller read, where it says.
///
/// # Errors
/// [`StorageError::NotFound`], [`StorageError::Stale`], [`StorageError::InUse`] when other rows refer to it.
pub async fn delete<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<T>,
    expected: Option<i64>,
) -> Result<(), StorageError> {
    let mut delete = T::Entity::delete_many()
        .filter(column::<T::Entity>("id")?.eq(id.uuid()))
        .filter(column::<T::Entity>("festival_id")?.eq(festival_id.uuid()));
    if let Some(expected) = expected {
        delete = delete.filter(column::<T::Entity>("version")?.eq(expected));
    }
    if delete.exec(&db.on()).await?.rows_affected == 0 {
        return Err(gone_or_stale::<T>(db, festival_id, id).await);
    }
    Ok(())
}

async fn gone_or_stale<T: Table>(db: &Db, festival_id: Id<Festival>, id: Id<T>) -> StorageError {
    match get(db, festival_id, None, id).await {
        Ok(row) => StorageError::Stale(T::NOUN, row.version),
        Err(error) => error,
    }
}

/// Stores new rows as a batch that can be undone.
///
/// # Errors
/// As [`insert`].
pub async fn insert_batch<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    rows: &[Stored<T>],
    batch_id: Uuid,
    by: Id<User>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    batches::insert(db, festival_id, batch_id, T::NAME, rows.len(), by, now).await?;
    insert(db, festival_id, rows, Some(batch_id)).await
}

/// Deletes what is left of a batch's rows, unless one was changed since.
///
/// # Errors
/// [`StorageError::Stale`] when a row was changed since, [`StorageError::InUse`] when other rows refer to one.
pub async fn delete_batch<T: Table>(
    db: &Db,
    festival_id: Id<Festival>,
    batch_id: Uuid,
) -> Result<u64, StorageError> {
    let batch = || {
        Ok::<_, StorageError>(
            Condition::all()
                .add(column::<T::Entity>("festival_id")?.eq(festival_id.uuid()))
                .add(column::<T::Entity>("batch_id")?.eq(batch_id)),
        )
    };
    let changed = T::Entity::find()
        .filter(batch()?)
        .filter(column::<T::Entity>("version")?.gt(1))
        .one(&db.on())
        .await?;
    if let Some(row) = changed {
        return Err(StorageError::Stale(T::NOUN, identity(&row)?.1));
    }
    Ok(T::Entity::delete_many().filter(batch()?).exec(&db.on()).await?.rows_affected)
}
