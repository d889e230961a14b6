//! Weekly reports: when they are due and to whom they go, and each one that was made with its mails.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    Id,
    email::EmailAddress,
    festival::Festival,
    language::Language,
    weekly_report::{Weekday, WeeklyFigures, WeeklyReportSetting},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, FromQueryResult, QueryOrder, Statement, TryInsertResult,
    entity::prelude::*, sea_query::OnConflict,
};
use serde_json::json;

use crate::{
    Db, StorageError,
    audit::Change,
    messages::{self, Claim},
};

mod settings {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "weekly_report_settings")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        pub weekday: String,
        pub hour: i32,
        pub languages: String,
        pub is_public: bool,
        pub since: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod recipients {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "weekly_report_recipients")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub email: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod reports {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "weekly_reports")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: Date,
        #[sea_orm(column_type = "JsonBinary")]
        pub figures: Json,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A festival that wants weekly reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub festival_id: Id<Festival>,
    /// The zone its hours are counted in.
    pub timezone: Tz,
    /// When they are due.
    pub setting: WeeklyReportSetting,
    /// What was due before is not made afterwards.
    pub since: DateTime<Utc>,
}

/// A report as it is mailed to one reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whose address it is for.
    pub to: EmailAddress,
    /// In which languages.
    pub languages: Vec<Language>,
    /// What it tells.
    pub figures: WeeklyFigures,
}

fn setting(
    row: &settings::Model,
    recipients: Vec<EmailAddress>,
) -> Result<WeeklyReportSetting, StorageError> {
    let languages = row.languages.split_whitespace().map(Language::tagged).collect::<Option<_>>();
    Ok(WeeklyReportSetting {
        weekday: Weekday::named(&row.weekday).ok_or(StorageError::Corrupt("weekday of a report"))?,
        hour: row.hour,
        recipients,
        languages: languages.ok_or(StorageError::Corrupt("languages of a report"))?,
        is_public: row.is_public,
    })
}

fn address(email: String) -> Result<EmailAddress, StorageError> {
    EmailAddress::try_from(email).map_err(|_| StorageError::Corrupt("address"))
}

/// When the festival's reports are due, and to whom they go; as it is without a word where nothing was said.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn get(db: &Db, festival_id: Id<Festival>) -> Result<WeeklyReportSetting, StorageError> {
    let Some(row) = settings::Entity::find_by_id(festival_id.uuid()).one(&db.on()).await? else {
        return Ok(WeeklyReportSetting::default());
    };
    let recipients = of_festival(db, festival_id).await?.into_iter().map(|row| address(row.email));
    setting(&row, recipients.collect::<Result<_, _>>()?)
}

async fn of_festival(db: &Db, festival_id: Id<Festival>) -> Result<Vec<recipients::Model>, StorageError> {
    let rows = recipients::Entity::find()
        .filter(recipients::Column::FestivalId.eq(festival_id.uuid()))
        .order_by_asc(recipients::Column::Email)
        .all(&db.on())
        .await?;
    Ok(rows)
}

/// Says when the festival's reports are due, and to whom they go. Mails that wait go with whoever is named no more.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn set(
    db: &Db,
    festival_id: Id<Festival>,
    wanted: &WeeklyReportSetting,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<(), StorageError> {
    let before = settings::Entity::find_by_id(festival_id.uuid()).one(&db.on()).await?;
    let languages: Vec<&str> = wanted.languages.iter().map(|language| language.tag()).collect();
    let at = (wanted.weekday.as_str(), wanted.hour);
    // Another hour holds from now on; the same one goes on.
    let since = before.filter(|row| (row.weekday.as_str(), row.hour) == at).map_or(now, |row| row.since);
    let row = settings::ActiveModel {
        festival_id: Set(festival_id.uuid()),
        weekday: Set(wanted.weekday.as_str().to_owned()),
        hour: Set(wanted.hour),
        languages: Set(languages.join(" ")),
        is_public: Set(wanted.is_public),
        since: Set(since),
    };
    let update = OnConflict::column(settings::Column::FestivalId)
        .update_columns([
            settings::Column::Weekday,
            settings::Column::Hour,
            settings::Column::Languages,
            settings::Column::IsPublic,
            settings::Column::Since,
        ])
        .to_owned();
    settings::Entity::insert(row).on_conflict(update).exec_without_returning(&db.on()).await?;
    let emails: Vec<&str> = wanted.recipients.iter().map(EmailAddress::as_str).collect();
    recipients::Entity::delete_many()
        .filter(recipients::Column::FestivalId.eq(festival_id.uuid()))
        .filter(recipients::Column::Email.is_not_in(emails.iter().copied()))
        .exec(&db.on())
        .await?;
    let rows = emails.into_iter().map(|email| recipients::ActiveModel {
        id: Set(new_id()),
        festival_id: Set(festival_id.uuid()),
        email: Set(email.to_owned()),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        recipients::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&db.on())
            .await?;
    }
    // How many it goes to, and to nobody by name: the chain stays when an address goes.
    let told = json!({"weekday": wanted.weekday, "hour": wanted.hour, "languages": languages,
                      "is_public": wanted.is_public, "recipients": wanted.recipients.len()});
    db.record(Change::of("weekly_reports", festival_id.uuid()).in_festival(festival_id).after(&told));
    Ok(())
}

/// The festivals that want reports, but for those that are archived; without their recipients.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn wanted(db: &Db) -> Result<Vec<Wanted>, StorageError> {
    #[derive(FromQueryResult)]
    struct Row {
        festival_id: Uuid,
        weekday: String,
        hour: i32,
        languages: String,
        is_public: bool,
        since: DateTime<Utc>,
        timezone: String,
    }
    let sql = "SELECT s.festival_id, s.weekday, s.hour, s.languages, s.is_public, s.since, f.timezone
               FROM weekly_report_settings s JOIN festivals f ON f.id = s.festival_id
               WHERE f.archiving_since IS NULL
                 AND (s.is_public OR EXISTS (SELECT 1 FROM weekly_report_recipients r
                                             WHERE r.festival_id = s.festival_id))
               ORDER BY s.festival_id";
    let statement = Statement::from_string(db.on().get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(&db.on()).await?;
    rows.into_iter()
        .map(|row| {
            let Row { festival_id, weekday, hour, languages, is_public, since, timezone } = row;
            let row = settings::Model { festival_id, weekday, hour, languages, is_public, since };
            Ok(Wanted {
                festival_id: festival_id.into(),
                timezone: timezone.parse().map_err(|_| StorageError::Corrupt("timezone"))?,
                setting: setting(&row, Vec::new())?,
                since,
            })
        })
        .collect()
}

/// Whether the report of a day was made.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn is_made(db: &Db, festival_id: Id<Festival>, day: NaiveDate) -> Result<bool, StorageError> {
    let found = reports::Entity::find_by_id((festival_id.uuid(), day)).one(&db.on()).await?;
    Ok(found.is_some())
}

/// Keeps a report and writes its mails, once: of several who try at the same time, one does; whether it was this one.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    figures: &WeeklyFigures,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<bool, StorageError> {
    let row = reports::ActiveModel {
        festival_id: Set(festival_id.uuid()),
        day: Set(figures.day),
        figures: Set(serde_json::to_value(figures).map_err(|_| StorageError::Corrupt("figures"))?),
        created_at: Set(now),
    };
    let inserted =
        reports::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(&db.on()).await?;
    if !matches!(inserted, TryInsertResult::Inserted(1..)) {
        return Ok(false);
    }
    let readers = of_festival(db, festival_id).await?.into_iter().map(|row| row.id).collect();
    messages::write_reports(db, festival_id, figures.day, readers, now, new_id).await?;
    Ok(true)
}

/// The last report of a festival that lets anybody read it.
///
/// # Errors
/// [`StorageError::NotFound`] where it does not, or none was made yet.
pub async fn public(db: &Db, festival_id: Id<Festival>) -> Result<WeeklyFigures, StorageError> {
    let setting = settings::Entity::find_by_id(festival_id.uuid()).one(&db.on()).await?;
    setting.filter(|row| row.is_public).ok_or(StorageError::NotFound("report"))?;
    let last = reports::Entity::find()
        .filter(reports::Column::FestivalId.eq(festival_id.uuid()))
        .order_by_desc(reports::Column::Day)
        .one(&db.on())
        .await?;
    figures(last.ok_or(StorageError::NotFound("report"))?)
}

fn figures(row: reports::Model) -> Result<WeeklyFigures, StorageError> {
    serde_json::from_value(row.figures).map_err(|_| StorageError::Corrupt("figures of a report"))
}

/// What `claim` mails, and to whom; run it on a snapshot.
///
/// # Errors
/// [`StorageError::NotFound`] when the reader is named no more.
pub async fn mail(db: &Db, claim: &Claim) -> Result<Mail, StorageError> {
    let (recipient, day) = claim.report.ok_or(StorageError::Corrupt("recipient of a message"))?;
    let festival_id = claim.festival_id;
    let reader = recipients::Entity::find_by_id(recipient)
        .filter(recipients::Column::FestivalId.eq(festival_id.uuid()))
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("reader"))?;
    let report = reports::Entity::find_by_id((festival_id.uuid(), day)).one(&db.on()).await?;
    Ok(Mail {
        to: address(reader.email)?,
        languages: get(db, festival_id).await?.languages,
        figures: figures(report.ok_or(StorageError::NotFound("report"))?)?,
    })
}
