//! Who changed what, when, from where: a chain of entries per festival that the database lets grow and nothing else. What
//! was before and after stands beside the chain with the hash that the chain holds of it, so that it can be erased and the
//! chain still be verified.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const TABLES: &str = "
-- No reference to festivals and users: what happened stays true when they are gone. The chain of what concerns no
-- festival has the nil id.
CREATE TABLE audit_entries (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL,
    number bigint NOT NULL,
    at {time} NOT NULL,
    by_user_id {uuid},
    operation text NOT NULL,
    kind text,
    object_id {uuid},
    -- SHA-256 of what stands in audit_details.
    change_hash {bytes} NOT NULL,
    origin_hash {bytes} NOT NULL,
    -- SHA-256 of the hash before and all of the above.
    hash {bytes} NOT NULL,
    UNIQUE (festival_id, number)
);
CREATE INDEX audit_entries_object ON audit_entries (festival_id, object_id, number);
CREATE INDEX audit_entries_user ON audit_entries (festival_id, by_user_id, number);

CREATE TABLE audit_details (
    festival_id {uuid} NOT NULL,
    number bigint NOT NULL,
    part text NOT NULL CHECK (part IN ('change', 'origin')),
    -- Whom it tells of.
    person_id {uuid},
    salt {bytes},
    content text,
    PRIMARY KEY (festival_id, number, part),
    CHECK ((salt IS NULL) = (content IS NULL)),
    FOREIGN KEY (festival_id, number) REFERENCES audit_entries (festival_id, number)
);
CREATE INDEX audit_details_person ON audit_details (person_id);

CREATE TABLE audit_heads (
    festival_id {uuid} PRIMARY KEY,
    number bigint NOT NULL,
    hash {bytes} NOT NULL
);
";

const POSTGRES: &str = "
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit only grows' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_entries_keep BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_details_keep BEFORE DELETE ON audit_details
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
-- Details are erased, never changed.
CREATE TRIGGER audit_details_append_only BEFORE UPDATE ON audit_details
    FOR EACH ROW WHEN (NEW.content IS NOT NULL) EXECUTE FUNCTION audit_append_only();
";

const SQLITE: &str = "
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;
CREATE TRIGGER audit_details_no_delete BEFORE DELETE ON audit_details
BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;
-- Details are erased, never changed.
CREATE TRIGGER audit_details_no_update BEFORE UPDATE ON audit_details WHEN NEW.content IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, TABLES).await?;
        let rules = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        crate::ddl(manager, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite deletes the rows of a table it drops, which the triggers would refuse.
        if manager.get_database_backend() == DbBackend::Sqlite {
            crate::ddl(
                manager,
                "DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete;
                 DROP TRIGGER audit_details_no_delete; DROP TRIGGER audit_details_no_update;",
            )
            .await?;
        }
        crate::ddl(manager, "DROP TABLE audit_heads; DROP TABLE audit_details; DROP TABLE audit_entries;")
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            crate::ddl(manager, "DROP FUNCTION audit_append_only();").await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
