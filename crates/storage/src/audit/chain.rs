//! The chain: each entry holds the hash of the one before, and of what stands beside it.

use chrono::SubsecRound;
use khademyar_domain::{Id, festival::Festival};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, Statement, entity::prelude::*};
use sha2::{Digest, Sha256};

use super::{Change, Origin};
use crate::{Db, StorageError, table::insert_rows};

pub(super) mod entry {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entries")]
    pub(in crate::audit) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub number: i64,
        pub at: DateTimeUtc,
        pub by_user_id: Option<Uuid>,
        pub operation: String,
        pub kind: Option<String>,
        pub object_id: Option<Uuid>,
        pub change_hash: Vec<u8>,
        pub origin_hash: Vec<u8>,
        pub hash: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod detail {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_details")]
    pub(in crate::audit) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: String,
        pub person_id: Option<Uuid>,
        pub salt: Option<Vec<u8>>,
        pub content: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The part of the details that tells what was before and after.
pub(super) const CHANGE: &str = "change";
/// The part of the details that tells where it came from.
pub(super) const ORIGIN: &str = "origin";

/// What one festival's chain looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Which festival's; the nil id for what concerns none.
    pub festival_id: Id<Festival>,
    /// How many entries it has.
    pub entries: i64,
    /// Of how many of them something was erased.
    pub erased: i64,
    /// The hash of the last, in hexadecimal: who notes it elsewhere can tell later whether the chain was written anew.
    pub head: String,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// Something that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From which entry on.
    pub number: i64,
    /// What.
    pub what: &'static str,
}

/// Appends to the chain, whose head is locked until the transaction ends. To be called last.
pub(super) async fn append(
    db: &Db,
    origin: &Origin,
    festival_id: Uuid,
    changes: Vec<Change>,
) -> Result<(), StorageError> {
    let (mut number, mut hash) = lock_head(db, festival_id).await?;
    // As PostgreSQL keeps it.
    let at = origin.at.trunc_subsecs(6);
    let mut whence = serde_json::json!({"address": origin.address});
    if let Some(id) = origin.api_token {
        whence["api_token_id"] = id.uuid().to_string().into();
    }
    let whence = whence.to_string();
    let (mut entries, mut details) = (Vec::new(), Vec::new());
    let told = if changes.is_empty() { vec![None] } else { changes.into_iter().map(Some).collect() };
    for change in told {
        number += 1;
        let kind = change.as_ref().map(|change| change.kind.to_owned());
        let object_id = change.as_ref().map_or(origin.object_id, |change| Some(change.object_id));
        let person_id = change.as_ref().and_then(|change| change.person_id);
        let mut beside = |part: &str, person_id: Option<Uuid>, content: String| {
            let salt = salt(origin, number, part);
            let hash = of_content(&salt, &content);
            details.push(detail::ActiveModel {
                festival_id: Set(festival_id),
                number: Set(number),
                part: Set(part.to_owned()),
                person_id: Set(person_id),
                salt: Set(Some(salt)),
                content: Set(Some(content)),
            });
            hash
        };
        let change_hash = beside(CHANGE, person_id, change.map_or_else(|| "{}".to_owned(), Change::content));
        let origin_hash = beside(ORIGIN, origin.by.map(Id::uuid), whence.clone());
        let mut row = entry::Model {
            id: Uuid::nil(),
            festival_id,
            number,
            at,
            by_user_id: origin.by.map(Id::uuid),
            operation: origin.operation.to_string(),
            kind,
            object_id,
            change_hash,
            origin_hash,
            hash: Vec::new(),
        };
        hash = of_entry(&hash, &row);
        row.hash.clone_from(&hash);
        row.id = id_of(&hash);
        entries.push(entry::ActiveModel::from(row).reset_all());
    }
    insert_rows(db, entries).await?;
    insert_rows(db, details).await?;
    let head = Statement::from_sql_and_values(
        db.on().get_database_backend(),
        "UPDATE audit_heads SET number = $1, hash = $2 WHERE festival_id = $3",
        [number.into(), hash.into(), festival_id.into()],
    );
    db.on().execute_raw(head).await?;
    Ok(())
}

/// The number and hash of the chain's last entry.
async fn lock_head(db: &Db, festival_id: Uuid) -> Result<(i64, Vec<u8>), StorageError> {
    let lock = Statement::from_sql_and_values(
        db.on().get_database_backend(),
        "INSERT INTO audit_heads (festival_id, number, hash) VALUES ($1, 0, $2)
         ON CONFLICT (festival_id) DO UPDATE SET number = audit_heads.number RETURNING number, hash",
        [festival_id.into(), Vec::<u8>::new().into()],
    );
    let row = db.on().query_one_raw(lock).await?.ok_or(StorageError::Corrupt("head of the audit"))?;
    Ok((row.try_get("", "number")?, row.try_get("", "hash")?))
}

/// Of 16 bytes, which differ in every detail.
fn salt(origin: &Origin, number: i64, part: &str) -> Vec<u8> {
    let hash =
        Sha256::new().chain_update(origin.secret).chain_update(number.to_be_bytes()).chain_update(part);
    hash.finalize()[..16].to_vec()
}

fn of_content(salt: &[u8], content: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(content).finalize().to_vec()
}

fn of_entry(before: &[u8], row: &entry::Model) -> Vec<u8> {
    let mut hash = Sha256::new();
    // Each with its length, so that no two rows are the same bytes.
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    let id = |id: Option<Uuid>| id.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
    add(before);
    add(row.festival_id.as_bytes());
    add(&row.number.to_be_bytes());
    add(&row.at.timestamp_micros().to_be_bytes());
    add(&id(row.by_user_id));
    add(row.operation.as_bytes());
    add(row.kind.as_deref().unwrap_or_default().as_bytes());
    add(&id(row.object_id));
    add(&row.change_hash);
    add(&row.origin_hash);
    hash.finalize().to_vec()
}

/// A hash as people compare it.
pub(super) fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        text.extend(
            [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()),
        );
        text
    })
}

fn id_of(hash: &[u8]) -> Uuid {
    hash.first_chunk().map_or_else(Uuid::nil, |first| Uuid::from_bytes(*first))
}

/// The festivals that have a chain; the nil id is among them where something concerned none.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn chains(db: &Db) -> Result<Vec<Id<Festival>>, StorageError> {
    let ids: Vec<Uuid> = entry::Entity::find()
        .select_only()
        .column(entry::Column::FestivalId)
        .distinct()
        .order_by_asc(entry::Column::FestivalId)
        .into_tuple()
        .all(&db.on())
        .await?;
    Ok(ids.into_iter().map(Id::from).collect())
}

/// Reads a chain from its beginning and counts every hash anew.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn verify(db: &Db, festival_id: Id<Festival>) -> Result<Chain, StorageError> {
    const PAGE: u64 = 1_000;
    let mut chain = Chain { festival_id, entries: 0, erased: 0, head: String::new(), faults: Vec::new() };
    let mut hash = Vec::new();
    let mut last = 0;
    loop {
        let of_festival = entry::Column::FestivalId.eq(festival_id.uuid());
        let rows = entry::Entity::find()
            .filter(of_festival)
            .filter(entry::Column::Number.gt(last))
            .order_by_asc(entry::Column::Number)
            .limit(PAGE)
            .all(&db.on())
            .await?;
        let Some(end) = rows.last().map(|row| row.number) else { break };
        let details = detail::Entity::find()
            .filter(detail::Column::FestivalId.eq(festival_id.uuid()))
            .filter(detail::Column::Number.gt(last))
            .filter(detail::Column::Number.lte(end))
            .all(&db.on())
            .await?;
        for row in rows {
            let mut fault = |what| chain.faults.push(Fault { number: row.number, what });
            if row.number != last + 1 {
                fault("entries before it are missing");
            }
            if of_entry(&hash, &row) != row.hash || row.id != id_of(&row.hash) {
                fault("it was changed, or what is before it");
            }
            let mut is_erased = false;
            for (part, expected) in [(CHANGE, &row.change_hash), (ORIGIN, &row.origin_hash)] {
                let beside = details.iter().find(|detail| detail.number == row.number && detail.part == part);
                match beside.map(|detail| (&detail.salt, &detail.content)) {
                    None => fault("what stands beside it is missing"),
                    Some((Some(salt), Some(content))) if of_content(salt, content) != *expected => {
                        fault("what stands beside it was changed");
                    }
                    Some((Some(_), Some(_))) => {}
                    Some(_) => is_erased = true,
                }
            }
            chain.erased += i64::from(is_erased);
            chain.entries += 1;
            (last, hash) = (row.number, row.hash);
        }
    }
    let head = Statement::from_sql_and_values(
        db.on().get_database_backend(),
        "SELECT number, hash FROM audit_heads WHERE festival_id = $1",
        [festival_id.uuid().into()],
    );
    let head = db.on().query_one_raw(head).await?;
    let head: Option<(i64, Vec<u8>)> = match head {
        Some(row) => Some((row.try_get("", "number")?, row.try_get("", "hash")?)),
        None => None,
    };
    if head.is_none_or(|head| head != (last, hash.clone())) {
        chain.faults.push(Fault { number: last + 1, what: "entries after the last are missing" });
    }
    chain.head = hexadecimal(&hash);
    Ok(chain)
}
