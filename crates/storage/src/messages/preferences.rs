//! What volunteers want to be written, and in which language.

use khademyar_domain::{
    Id, festival::Festival, language::Language, message::MessageKind, volunteer::Volunteer,
};
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::OnConflict};

use crate::{Db, StorageError, audit::Change};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_preferences")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        pub language: String,
        #[sea_orm(column_type = "JsonBinary")]
        pub unwanted: Json,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity};

/// What a volunteer wants to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// In which language.
    pub language: Language,
    /// What not by text message.
    pub unwanted: Vec<MessageKind>,
}

fn word(language: Language) -> &'static str {
    match language {
        Language::Persian => "fa",
        Language::English => "en",
    }
}

/// The language and the unwanted kinds of a row.
pub(super) fn parsed(language: &str, unwanted: &Json) -> Result<(Language, Vec<MessageKind>), StorageError> {
    let language = if language == word(Language::English) { Language::English } else { Language::Persian };
    let kinds = unwanted["sms"].as_array().ok_or(StorageError::Corrupt("preferences"))?;
    let kinds = kinds.iter().filter_map(|kind| MessageKind::named(kind.as_str()?)).collect();
    Ok((language, kinds))
}

/// What a volunteer wants; everything in Persian, where they did not say.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn preferences(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
) -> Result<Preferences, StorageError> {
    let row = Entity::find_by_id(volunteer_id.uuid())
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .one(&db.on())
        .await?;
    let Some(row) = row else { return Ok(Preferences::default()) };
    let (language, unwanted) = parsed(&row.language, &row.unwanted)?;
    Ok(Preferences { language, unwanted })
}

/// Keeps what a volunteer wants.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such volunteer.
pub async fn set_preferences(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    wanted: &Preferences,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        festival_id: Set(festival_id.uuid()),
        volunteer_id: Set(volunteer_id.uuid()),
        language: Set(word(wanted.language).to_owned()),
        unwanted: Set(serde_json::json!({"sms": wanted.unwanted})),
    };
    let mut replace = OnConflict::column(Column::VolunteerId);
    replace.update_columns([Column::Language, Column::Unwanted]);
    Entity::insert(row).on_conflict(replace).exec_without_returning(&db.on()).await?;
    db.record(
        Change::of("message_preferences", volunteer_id.uuid())
            .person(volunteer_id.uuid())
            .in_festival(festival_id)
            .after(&serde_json::json!({"language": wanted.language, "unwanted": wanted.unwanted})),
    );
    Ok(())
}
