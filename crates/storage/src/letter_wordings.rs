//! How festivals word their letters, where they do so otherwise than is usual.

use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::{LetterKind, Prose, Wording},
};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};
use serde_json::json;

use crate::{Db, StorageError, audit::Change, districts::text};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "letter_wordings")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub language: String,
        pub title: String,
        pub greeting: String,
        pub body: String,
        pub closing: String,
        pub signatory: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

fn worded(row: Model) -> Result<(LetterKind, Language, Wording), StorageError> {
    let kind = LetterKind::named(&row.kind).ok_or(StorageError::Corrupt("kind of a letter"))?;
    let language = Language::tagged(&row.language).ok_or(StorageError::Corrupt("language of a letter"))?;
    let wording = Wording {
        title: text(row.title)?,
        greeting: text(row.greeting)?,
        body: Prose::new(&row.body).map_err(|_| StorageError::Corrupt("wording of a letter"))?,
        closing: text(row.closing)?,
        signatory: text(row.signatory)?,
    };
    Ok((kind, language, wording))
}

/// What the festival words otherwise.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
) -> Result<Vec<(LetterKind, Language, Wording)>, StorageError> {
    let rows = Entity::find().filter(Column::FestivalId.eq(festival_id.uuid())).all(&db.on()).await?;
    rows.into_iter().map(worded).collect()
}

/// Words letters of a kind in a language.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such festival.
pub async fn replace(
    db: &Db,
    festival_id: Id<Festival>,
    kind: LetterKind,
    language: Language,
    wording: &Wording,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        festival_id: Set(festival_id.uuid()),
        kind: Set(kind.as_str().to_owned()),
        language: Set(language.tag().to_owned()),
        title: Set(wording.title.to_string()),
        greeting: Set(wording.greeting.to_string()),
        body: Set(wording.body.to_string()),
        closing: Set(wording.closing.to_string()),
        signatory: Set(wording.signatory.to_string()),
    };
    let key = [Column::FestivalId, Column::Kind, Column::Language];
    let said = [Column::Title, Column::Greeting, Column::Body, Column::Closing, Column::Signatory];
    let or_replace = OnConflict::columns(key).update_columns(said).to_owned();
    Entity::insert(row).on_conflict(or_replace).exec_without_returning(&db.on()).await?;
    let after = json!({"kind": kind, "language": language, "wording": wording});
    db.record(Change::of("letter_wordings", festival_id.uuid()).after(&after));
    Ok(())
}

/// Words letters of a kind in a language as is usual again.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn reset(
    db: &Db,
    festival_id: Id<Festival>,
    kind: LetterKind,
    language: Language,
) -> Result<(), StorageError> {
    Entity::delete_many()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Language.eq(language.tag()))
        .exec(&db.on())
        .await?;
    let before = json!({"kind": kind, "language": language});
    db.record(Change::of("letter_wordings", festival_id.uuid()).before(&before));
    Ok(())
}
