//! The schema, step by step, for SQLite and PostgreSQL alike.
//!
//! A step is SQL that both engines read, save for the names of a few types, which [`ddl`] puts in. A step that has
//! shipped is never changed: the next change is the next step.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

pub use sea_orm_migration::MigratorTrait;

mod m0001_users;
mod m0002_festivals;
mod m0003_volunteers;
mod m0004_partners;
mod m0005_plans;
mod m0006_assignments;
mod m0007_requests;
mod m0008_events;
mod m0009_life;
mod m0010_roles;
mod m0011_attendance;
mod m0012_devices;
mod m0013_audit;
mod m0014_letters;
mod m0016_api_tokens;
mod m0017_archives;
mod m0019_messages;
mod m0020_webhooks;
mod m0021_covers;
mod m0022_worklog;
mod m0023_drafts;
mod m0025_codes;
mod m0026_coming_in;
mod m0027_festival_keys;
mod m0028_weekly_reports;

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_users::Step),
            Box::new(m0002_festivals::Step),
            Box::new(m0003_volunteers::Step),
            Box::new(m0004_partners::Step),
            Box::new(m0005_plans::Step),
            Box::new(m0006_assignments::Step),
            Box::new(m0007_requests::Step),
            Box::new(m0008_events::Step),
            Box::new(m0009_life::Step),
            Box::new(m0010_roles::Step),
            Box::new(m0011_attendance::Step),
            Box::new(m0012_devices::Step),
            Box::new(m0013_audit::Step),
            Box::new(m0014_letters::Step),
            Box::new(m0016_api_tokens::Step),
            Box::new(m0017_archives::Step),
            Box::new(m0019_messages::Step),
            Box::new(m0020_webhooks::Step),
            Box::new(m0021_covers::Step),
            Box::new(m0022_worklog::Step),
            Box::new(m0023_drafts::Step),
            Box::new(m0025_codes::Step),
            Box::new(m0026_coming_in::Step),
            Box::new(m0027_festival_keys::Step),
            Box::new(m0028_weekly_reports::Step),
        ]
    }
}

/// Runs statements parted by `;`, with `{uuid}`, `{time}`, `{date}`, `{json}` and `{bytes}` as the engine calls them.
pub(crate) async fn ddl(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let types = match manager.get_database_backend() {
        DbBackend::Postgres => [
            ("{uuid}", "uuid"),
            ("{time}", "timestamptz"),
            ("{date}", "date"),
            ("{json}", "jsonb"),
            ("{bytes}", "bytea"),
        ],
        DbBackend::Sqlite => [
            ("{uuid}", "uuid_text"),
            ("{time}", "timestamp_with_timezone_text"),
            ("{date}", "date_text"),
            ("{json}", "jsonb_text"),
            ("{bytes}", "blob"),
        ],
        other => return Err(DbErr::Migration(format!("{other:?} is neither SQLite nor PostgreSQL"))),
    };
    let sql = types.iter().fold(statements.to_owned(), |sql, (mark, name)| sql.replace(mark, name));
    manager.get_connection().execute_unprepared(&sql).await.map(|_| ())
}

/// A step whose way up is `$up` for both engines, and whose way down is to drop `$tables`, or the statements `$down`.
macro_rules! step {
    ($up:expr, [$($table:literal),+ $(,)?]) => {
        crate::step!($up, concat!($("DROP TABLE ", $table, ";"),+));
    };
    ($up:expr, $down:expr) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Step;

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Step {
            async fn up(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
                crate::ddl(manager, $up).await
            }

            async fn down(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::DbErr> {
                crate::ddl(manager, $down).await
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use step;
