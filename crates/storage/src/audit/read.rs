//! The audit as it is read, and what is erased of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, api_token::ApiToken, festival::Festival, member::User};
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait, entity::prelude::*, sea_query::Expr};
use serde_json::Value;

use super::chain::{CHANGE, ORIGIN, detail, entry, hexadecimal};
use crate::{
    Db, StorageError,
    listing::{self, Filter, FilterKind, FilterValue, Listing, Page, Sort},
};

/// What lists of entries can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter { name: "object_id", kind: FilterKind::Id },
    Filter { name: "actor_id", kind: FilterKind::Id },
    Filter { name: "person_id", kind: FilterKind::Id },
    Filter { name: "operation", kind: FilterKind::Text },
];

/// What lists of entries can be sorted by.
pub const SORTS: &[Sort] = &[Sort { name: "number", column: "number" }];

/// Something that was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the festival's chain, from 1.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; none: by the service itself.
    pub by: Option<Id<User>>,
    /// By which operation.
    pub operation: String,
    /// In which list.
    pub kind: Option<String>,
    /// What.
    pub object_id: Option<Uuid>,
    /// What was before and what is after, as far as they differ; none where it was erased.
    pub change: Option<Value>,
    /// The address it came from; none where nobody knows or it was erased.
    pub address: Option<String>,
    /// The token for another system that asked in their name.
    pub api_token: Option<Id<ApiToken>>,
    /// The hash of the entry, in hexadecimal.
    pub hash: String,
}

/// One page of a festival's entries.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    listing: &Listing,
) -> Result<Page<Entry>, StorageError> {
    let mut rows = entry::Entity::find().filter(entry::Column::FestivalId.eq(festival_id.uuid()));
    for (name, value) in &listing.filters {
        rows = rows.filter(match (*name, value) {
            ("actor_id", FilterValue::Id(id)) => Condition::all().add(entry::Column::ByUserId.eq(*id)),
            ("person_id", FilterValue::Id(id)) => Condition::all().add(
                entry::Column::Number.in_subquery(
                    detail::Entity::find()
                        .select_only()
                        .column(detail::Column::Number)
                        .filter(detail::Column::FestivalId.eq(festival_id.uuid()))
                        .filter(detail::Column::PersonId.eq(*id))
                        .filter(detail::Column::Part.eq(CHANGE))
                        .into_query(),
                ),
            ),
            _ => listing::having::<entry::Entity>(name, value)?,
        });
    }
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    Ok(Page { items: with_details(db, page.items).await?, next: page.next })
}

/// What was changed of someone or by someone, in all festivals, the oldest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn of_person(db: &Db, persons: &[Uuid]) -> Result<Vec<Entry>, StorageError> {
    let details = detail::Entity::find()
        .filter(detail::Column::PersonId.is_in(persons.iter().copied()))
        .all(&db.on())
        .await?;
    let mut rows = Vec::new();
    for details in details.chunks(500) {
        let any = details.iter().fold(Condition::any(), |any, detail| {
            any.add(
                Condition::all()
                    .add(entry::Column::FestivalId.eq(detail.festival_id))
                    .add(entry::Column::Number.eq(detail.number)),
            )
        });
        rows.extend(entry::Entity::find().filter(any).all(&db.on()).await?);
    }
    rows.sort_by_key(|row| (row.at, row.festival_id, row.number));
    rows.dedup_by_key(|row| row.id);
    with_details(db, rows).await
}

async fn with_details(db: &Db, rows: Vec<entry::Model>) -> Result<Vec<Entry>, StorageError> {
    let mut contents: HashMap<(Uuid, i64, String), String> = HashMap::new();
    for rows in rows.chunks(500) {
        let details = detail::Entity::find()
            .filter(detail::Column::FestivalId.is_in(rows.iter().map(|row| row.festival_id)))
            .filter(detail::Column::Number.is_in(rows.iter().map(|row| row.number)))
            .order_by_asc(detail::Column::Number)
            .all(&db.on())
            .await?;
        for detail in details {
            if let Some(content) = detail.content {
                contents.insert((detail.festival_id, detail.number, detail.part), content);
            }
        }
    }
    let mut read = |row: &entry::Model, part: &str| {
        let content = contents.remove(&(row.festival_id, row.number, part.to_owned()));
        let value = content.map(|content| serde_json::from_str::<Value>(&content));
        value.transpose().map_err(|_| StorageError::Corrupt("detail of the audit"))
    };
    rows.into_iter()
        .map(|row| {
            let change = read(&row, CHANGE)?;
            let origin = read(&row, ORIGIN)?;
            let whence = |key: &str| origin.as_ref()?.get(key)?.as_str();
            Ok(Entry {
                address: whence("address").map(str::to_owned),
                api_token: whence("api_token_id").and_then(|id| id.parse().ok()),
                change,
                number: row.number,
                at: row.at,
                by: row.by_user_id.map(Id::from),
                operation: row.operation,
                kind: row.kind,
                object_id: row.object_id,
                hash: hexadecimal(&row.hash),
            })
        })
        .collect()
}

/// Erases what the audit tells of these volunteers and users; that something was changed, and its hash, stay. Tells of how
/// many details.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn erase(db: &Db, persons: &[Uuid]) -> Result<u64, StorageError> {
    erase_where(db, detail::Column::PersonId.is_in(persons.iter().copied())).await
}

/// Erases what the audit of a festival tells, for names stand also in what is nobody's row; that something was changed, and
/// its hash, stay. Tells of how many details.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub(crate) async fn erase_all(db: &Db, festival_id: Id<Festival>) -> Result<u64, StorageError> {
    erase_where(db, detail::Column::FestivalId.eq(festival_id.uuid())).await
}

async fn erase_where(db: &Db, which: Expr) -> Result<u64, StorageError> {
    let erased = detail::Entity::update_many()
        .col_expr(detail::Column::Salt, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(detail::Column::Content, Expr::value(Option::<String>::None))
        .filter(which)
        .exec(&db.on())
        .await?;
    Ok(erased.rows_affected)
}
