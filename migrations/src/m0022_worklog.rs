//! Service outside shifts, written down and credited once somebody approves; and the rule the database itself keeps: nobody
//! is credited twice for one hour.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const TABLE: &str = "
CREATE TABLE worklog_entries (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    volunteer_id {uuid} NOT NULL,
    -- What was done; emptied with whoever did it.
    what text CHECK (length(what) BETWEEN 1 AND 200),
    started_at {time} NOT NULL,
    ended_at {time} NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'approved', 'declined')),
    -- Why it was declined.
    reason text CHECK (length(reason) BETWEEN 1 AND 200),
    written_by {uuid} REFERENCES users (id) ON DELETE SET NULL,
    decided_by {uuid} REFERENCES users (id) ON DELETE SET NULL,
    decided_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT worklog_entries_end_after_start CHECK (ended_at > started_at),
    CONSTRAINT worklog_entries_sixteen_hours CHECK ({lasts} <= 57600),
    CONSTRAINT worklog_entries_decided CHECK ((state = 'waiting') = (decided_at IS NULL)),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id)
);
CREATE INDEX worklog_entries_volunteer ON worklog_entries (festival_id, volunteer_id, started_at);
CREATE INDEX worklog_entries_festival ON worklog_entries (festival_id, created_at, id);
";

const POSTGRES: &str = "
ALTER TABLE worklog_entries ADD CONSTRAINT worklog_entries_no_overlap
    EXCLUDE USING gist (volunteer_id WITH =, tstzrange(started_at, ended_at, '[)') WITH &&)
    WHERE (state IN ('waiting', 'approved'));
";

const SQLITE: &str = "
CREATE TRIGGER worklog_entries_no_overlap_insert BEFORE INSERT ON worklog_entries
WHEN NEW.state IN ('waiting', 'approved') AND EXISTS (
    SELECT 1 FROM worklog_entries
    WHERE festival_id = NEW.festival_id AND volunteer_id = NEW.volunteer_id AND id <> NEW.id
      AND state IN ('waiting', 'approved')
      AND started_at < NEW.ended_at AND ended_at > NEW.started_at)
BEGIN SELECT RAISE(ABORT, 'worklog_entries_no_overlap'); END;

CREATE TRIGGER worklog_entries_no_overlap_update
AFTER UPDATE OF volunteer_id, started_at, ended_at, state ON worklog_entries
WHEN NEW.state IN ('waiting', 'approved') AND EXISTS (
    SELECT 1 FROM worklog_entries
    WHERE festival_id = NEW.festival_id AND volunteer_id = NEW.volunteer_id AND id <> NEW.id
      AND state IN ('waiting', 'approved')
      AND started_at < NEW.ended_at AND ended_at > NEW.started_at)
BEGIN SELECT RAISE(ABORT, 'worklog_entries_no_overlap'); END;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (lasts, rules) = if manager.get_database_backend() == DbBackend::Postgres {
            ("extract(epoch FROM ended_at - started_at)", POSTGRES)
        } else {
            ("unixepoch(ended_at) - unixepoch(started_at)", SQLITE)
        };
        crate::ddl(manager, &TABLE.replace("{lasts}", lasts)).await?;
        crate::ddl(manager, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, "DROP TABLE worklog_entries;").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
