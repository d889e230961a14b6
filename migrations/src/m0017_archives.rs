//! What is kept of a festival that is over: figures, and nobody's name.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const COLUMNS: &str = "
-- Since when its people are made nameless, and since when all of them are.
ALTER TABLE festivals ADD COLUMN archiving_since {time};
ALTER TABLE festivals ADD COLUMN archived_at {time};
-- How many steps of that were done.
ALTER TABLE festivals ADD COLUMN archiving_steps integer NOT NULL DEFAULT 0;
-- Whether this is somebody who was erased.
ALTER TABLE volunteers ADD COLUMN erased boolean NOT NULL DEFAULT false;
";

// Every change of a festival raises its revision, and waits for whoever raised it before: what would bring somebody into a
// festival that is being archived finds that here at the latest. The steps of the archive itself are counted.
// Who was erased is nobody, and does not become somebody.
const POSTGRES: &str = "
CREATE FUNCTION festivals_archived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the festival is archived' USING ERRCODE = 'check_violation', CONSTRAINT = 'festivals_archived';
END $$;
CREATE TRIGGER festivals_archived BEFORE UPDATE OF revision ON festivals
    FOR EACH ROW WHEN (OLD.archiving_since IS NOT NULL AND NEW.archiving_steps = OLD.archiving_steps)
    EXECUTE FUNCTION festivals_archived();
CREATE FUNCTION volunteers_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the volunteer was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'volunteers_erased';
END $$;
CREATE TRIGGER volunteers_erased BEFORE UPDATE ON volunteers
    FOR EACH ROW WHEN (OLD.erased AND (NOT NEW.erased OR NEW.phone IS NOT NULL OR NEW.birth_year IS NOT NULL
        OR NEW.code <> OLD.code OR NEW.name_fa <> OLD.name_fa OR coalesce(NEW.name_en, OLD.name_en) <> OLD.name_en))
    EXECUTE FUNCTION volunteers_erased();
CREATE INDEX volunteers_named ON volunteers (festival_id, id) WHERE NOT erased;
";

const SQLITE: &str = "
CREATE TRIGGER festivals_archived BEFORE UPDATE OF revision ON festivals
WHEN OLD.archiving_since IS NOT NULL AND NEW.archiving_steps = OLD.archiving_steps
BEGIN SELECT RAISE(ABORT, 'festivals_archived'); END;
CREATE TRIGGER volunteers_erased BEFORE UPDATE ON volunteers
WHEN OLD.erased AND (NOT NEW.erased OR NEW.phone IS NOT NULL OR NEW.birth_year IS NOT NULL
    OR NEW.code <> OLD.code OR NEW.name_fa <> OLD.name_fa OR coalesce(NEW.name_en, OLD.name_en) <> OLD.name_en)
BEGIN SELECT RAISE(ABORT, 'volunteers_erased'); END;
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
            "DROP TRIGGER festivals_archived ON festivals; DROP FUNCTION festivals_archived();
             DROP TRIGGER volunteers_erased ON volunteers; DROP FUNCTION volunteers_erased();"
        } else {
            "DROP TRIGGER festivals_archived; DROP TRIGGER volunteers_erased;"
        };
        crate::ddl(manager, rules).await?;
        crate::ddl(
            manager,
            "DROP INDEX volunteers_named;
             ALTER TABLE volunteers DROP COLUMN erased;
             ALTER TABLE festivals DROP COLUMN archiving_steps;
             ALTER TABLE festivals DROP COLUMN archived_at;
             ALTER TABLE festivals DROP COLUMN archiving_since;",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
