//! Whether what a value refers to is there, asked in one query per table.

use std::collections::{BTreeMap, HashSet};

use khademyar_domain::{Fault, Id, festival::Festival, persian::digits};
use sea_orm::{
    ConnectionTrait, ExprTrait,
    sea_query::{Alias, Query},
};
use uuid::Uuid;

use crate::{Db, StorageError};

/// A reference a value makes.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Where in the value: a JSON pointer.
    pub path: String,
    /// What it refers to.
    pub target: Target,
}

/// What can be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A row of a table by its id.
    Row(&'static str, Uuid),
    /// A festival night, from 0.
    Night(i32),
    /// Where a venue stands on a night, though it stands nowhere: what could be filled in is a [`Target::Row`] by then.
    Stand(i32),
}

impl Reference {
    /// A reference to a row of `table`.
    pub fn row<T>(path: impl Into<String>, table: &'static str, id: Id<T>) -> Self {
        Self { path: path.into(), target: Target::Row(table, id.uuid()) }
    }

    /// A reference to a night.
    pub fn night(path: impl Into<String>, night: i32) -> Self {
        Self { path: path.into(), target: Target::Night(night) }
    }

    /// A reference to where a venue stands on a night, which the venue does not say.
    pub fn stand(path: impl Into<String>, night: i32) -> Self {
        Self { path: path.into(), target: Target::Stand(night) }
    }
}

/// A fault for each reference to something that is not in the festival.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn missing(
    db: &Db,
    festival_id: Id<Festival>,
    references: &[Reference],
) -> Result<Vec<Fault>, StorageError> {
    let mut wanted: BTreeMap<&'static str, HashSet<Uuid>> = BTreeMap::new();
    let mut nights_wanted = false;
    for reference in references {
        match reference.target {
            Target::Row(table, id) => {
                wanted.entry(table).or_default().insert(id);
            }
            Target::Night(_) => nights_wanted = true,
            Target::Stand(_) => {}
        }
    }
    let mut there: HashSet<(&'static str, Uuid)> = HashSet::new();
    for (table, ids) in wanted {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for ids in ids.chunks(10_000) {
            let query = Query::select()
                .column("id")
                .from(Alias::new(table))
                .and_where(sea_orm::sea_query::Expr::col("festival_id").eq(festival_id.uuid()))
                .and_where(sea_orm::sea_query::Expr::col("id").is_in(ids.iter().copied()))
                .to_owned();
            for row in db.on().query_all(&query).await? {
                there.insert((table, row.try_get_by_index(0)?));
            }
        }
    }
    let nights = if nights_wanted { crate::nights::list(db, festival_id).await?.len() } else { 0 };
    Ok(references
        .iter()
        .filter(|reference| match reference.target {
            Target::Row(table, id) => !there.contains(&(table, id)),
            Target::Night(night) => usize::try_from(night).is_ok_and(|night| night >= nights),
            Target::Stand(_) => true,
        })
        .map(|reference| match reference.target {
            Target::Row(table, _) => Fault::new(
                &*reference.path,
                "unknown_reference",
                format!(
                    "There is no such row among the festival's {table}: give the id of one that is there."
                ),
                "چنین چیزی در این رویداد نیست: شناسهٔ درست را بدهید.",
            ),
            Target::Night(_) => Fault::new(
                &*reference.path,
                "unknown_night",
                format!("The festival has {nights} nights, counted from 0."),
                format!("این رویداد {} شب دارد که از ۰ شمرده می‌شود.", digits(nights)),
            ),
            Target::Stand(night) => Fault::new(
                &*reference.path,
                "no_stand",
                format!("The venue does not say where it stands on night {night}: give the district."),
                format!("مکان نمی‌گوید که شب {} در کدام منطقه است: منطقه را بدهید.", digits(night)),
            ),
        })
        .collect())
}
