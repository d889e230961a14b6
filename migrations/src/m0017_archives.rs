//! What is kept of a festival that is over: figures, and nobody's name.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const COLUMNS: &str = "
-- Since when its people are made nameless, and since when all of them are.
ALTER TABLE festivals ADD COLUMN archiving_since {time};
ALTER TABLE festivals ADD COLUMN archived_at {time};
-- Whether this is somebody who was erased.
ALTER TABLE volunteers ADD COLUMN erased boolean NOT NULL DEFAULT false;
";

// Every change of a festival raises its revision, and waits for whoever raised it before: what would bring somebody into an
// archived festival finds it archived here at the latest.
const POSTGRES: &str = "
CREATE FUNCTION festivals_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the festival is archived' USING ERRCODE = 'check_violation', CONSTRAINT = 'festivals_archived';
END $$;
CREATE TRIGGER festivals_archived BEFORE UPDATE OF revision ON festivals
    FOR EACH ROW WHEN (OLD.archived_at IS NOT NULL) EXECUTE FUNCTION festivals_archived();
CREATE INDEX volunteers_named ON volunteers (festival_id, id) WHERE NOT erased;
";

const SQLITE: &str = "
CREATE TRIGGER festivals_archived BEFORE UPDATE OF revision ON festivals
WHEN OLD.archived_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'festivals_archived'); END;
CREATE INDEX volunteers_named ON volunteers (festival_id, id) WHERE NOT erased;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, COLUMNS).await?;
        let rules = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        crate::ddl(manager, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rules = if manager.get_database_backend() == DbBackend::Postgres {
            "DROP TRIGGER festivals_archived ON festivals; DROP FUNCTION festivals_archived();"
        } else {
            "DROP TRIGGER festivals_archived;"
        };
        crate::ddl(manager, rules).await?;
        crate::ddl(
            manager,
            "DROP INDEX volunteers_named;
             ALTER TABLE volunteers DROP COLUMN erased;
             ALTER TABLE festivals DROP COLUMN archived_at;
             ALTER TABLE festivals DROP COLUMN archiving_since;",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
