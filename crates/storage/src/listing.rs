//! Which rows of a table are asked for, in which order, and where the page begins.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, ModelTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    Select, Value,
    sea_query::{Expr, LikeExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::StorageError;

/// A query parameter that narrows a list: to the rows whose column of the same name has its value, where the table says
/// nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The parameter's name, and the column's.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: FilterKind,
}

/// What a filter's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// An id.
    Id,
    /// A whole number.
    Integer,
    /// A text, the same to the letter.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A part of a text, folded as searches fold it.
    Part,
}

/// A filter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterValue {
    /// An id.
    Id(Uuid),
    /// A whole number.
    Integer(i32),
    /// A text or a word.
    Text(String),
    /// A part of a text.
    Part(String),
}

/// A column a list may be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What the API calls it.
    pub name: &'static str,
    /// The column.
    pub column: &'static str,
}

/// One page of a list, as asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Columns and the values they must have.
    pub filters: Vec<(&'static str, FilterValue)>,
    /// The column to sort by; rows that are equal in it are sorted by id.
    pub sort: Sort,
    /// Whether the largest comes first.
    pub descending: bool,
    /// How many rows at the most.
    pub limit: u64,
    /// Where the last page ended.
    pub after: Option<Cursor>,
}

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// The place between two rows of a sorted list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    key: Key,
    id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Time(DateTime<Utc>),
}

impl Cursor {
    /// As clients carry it: opaque, safe in a URL.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads what [`Cursor::encode`] wrote; none when it is something else.
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    /// The place after a row that is named by two ids.
    pub(crate) fn of_ids(first: Uuid, then: Uuid) -> Self {
        Self { key: Key::Bytes(first.as_bytes().to_vec()), id: then }
    }

    /// The two ids of [`Cursor::of_ids`].
    pub(crate) fn ids(&self) -> Option<(Uuid, Uuid)> {
        match &self.key {
            Key::Bytes(first) => Some((Uuid::from_slice(first).ok()?, self.id)),
            Key::Int(_) | Key::Text(_) | Key::Time(_) => None,
        }
    }

    /// The place after a row that is named by a time and an id.
    pub(crate) fn of_time(time: DateTime<Utc>, id: Uuid) -> Self {
        Self { key: Key::Time(time), id }
    }

    /// The time and the id of [`Cursor::of_time`].
    pub(crate) fn time(&self) -> Option<(DateTime<Utc>, Uuid)> {
        match self.key {
            Key::Time(time) => Some((time, self.id)),
            Key::Int(_) | Key::Text(_) | Key::Bytes(_) => None,
        }
    }

    /// The sort key, when it is of the column's type: a cursor of another list would else confuse the database.
    fn key_for(&self, column: impl ColumnTrait) -> Option<Value> {
        use sea_orm::sea_query::ColumnType;
        Some(match (&self.key, column.def().get_column_type()) {
            (Key::Int(n), ColumnType::Integer) => i32::try_from(*n).ok()?.into(),
            (Key::Int(n), ColumnType::BigInteger) => (*n).into(),
            (Key::Text(text), ColumnType::String(_) | ColumnType::Text) => text.clone().into(),
            (Key::Bytes(bytes), ColumnType::VarBinary(_) | ColumnType::Binary(_) | ColumnType::Blob) => {
                bytes.clone().into()
            }
            (Key::Time(time), ColumnType::TimestampWithTimeZone) => (*time).into(),
            _ => return None,
        })
    }

    fn of<M: ModelTrait>(row: &M, sort: <M::Entity as EntityTrait>::Column, id: Uuid) -> Option<Self> {
        let key = match row.get(sort) {
            Value::Int(Some(n)) => Key::Int(n.into()),
            Value::BigInt(Some(n)) => Key::Int(n),
            Value::String(Some(text)) => Key::Text(text),
            Value::Bytes(Some(bytes)) => Key::Bytes(bytes),
            Value::ChronoDateTimeUtc(Some(time)) => Key::Time(time),
            _ => return None,
        };
        Some(Self { key, id })
    }
}

/// The column of that name; every table that is listed has those it names.
pub(crate) fn column<E: EntityTrait>(name: &str) -> Result<E::Column, StorageError> {
    name.parse().map_err(|_| StorageError::Corrupt("column name"))
}

/// The condition that a row's column of that name has the value.
pub(crate) fn having<E: EntityTrait>(name: &str, value: &FilterValue) -> Result<Condition, StorageError> {
    let column = column::<E>(name)?;
    Ok(Condition::all().add(match value {
        FilterValue::Id(id) => column.eq(*id),
        FilterValue::Integer(n) => column.eq(*n),
        FilterValue::Text(text) => column.eq(text.as_str()),
        FilterValue::Part(part) => holding(column, part),
    }))
}

/// The condition that a column holds a part of a text.
pub(crate) fn holding(column: impl ColumnTrait, part: &str) -> Expr {
    column.like(LikeExpr::new(format!("%{}%", escaped(part))).escape('\\'))
}

/// Orders `rows` as `listing` asks, from its cursor on, one row more than its limit.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub(crate) fn select<E: EntityTrait>(
    mut rows: Select<E>,
    listing: &Listing,
) -> Result<Select<E>, StorageError> {
    let (sort, id) = (column::<E>(listing.sort.column)?, column::<E>("id")?);
    if let Some(cursor) = &listing.after {
        let key = cursor.key_for(sort).ok_or(StorageError::NotFound("cursor"))?;
        let (sort, id, at) = (Expr::col(sort), Expr::col(id), cursor.id);
        rows = rows.filter(if listing.descending {
            Condition::any()
                .add(sort.clone().lt(key.clone()))
                .add(Condition::all().add(sort.eq(key)).add(id.lt(at)))
        } else {
            Condition::any()
                .add(sort.clone().gt(key.clone()))
                .add(Condition::all().add(sort.eq(key)).add(id.gt(at)))
        });
    }
    let order = if listing.descending { Order::Desc } else { Order::Asc };
    Ok(rows.order_by(sort, order.clone()).order_by(id, order).limit(listing.limit + 1))
}

/// Cuts the one row too many off, which tells that there is a next page.
pub(crate) fn page<M: ModelTrait>(mut rows: Vec<M>, listing: &Listing) -> Result<Page<M>, StorageError> {
    let more = rows.len() as u64 > listing.limit;
    rows.truncate(listing.limit as usize);
    let (sort, id) = (column::<M::Entity>(listing.sort.column)?, column::<M::Entity>("id")?);
    let next = if more {
        rows.last().and_then(|row| match row.get(id) {
            Value::Uuid(Some(id)) => Cursor::of(row, sort, id),
            _ => None,
        })
    } else {
        None
    };
    Ok(Page { items: rows, next })
}

/// What `LIKE` takes for itself, taken literally.
fn escaped(part: &str) -> String {
    part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
