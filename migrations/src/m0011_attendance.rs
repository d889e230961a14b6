//! Who was there: what phones told, which only grows, and what it comes to, in the assignment's own row.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const TABLE: &str = "
CREATE TABLE attendance_events (
    festival_id {uuid} NOT NULL,
    -- Given by the phone: what is sent twice is one row.
    id {uuid} NOT NULL,
    assignment_id {uuid} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('check_in', 'check_out', 'present', 'partial', 'absent', 'excused', 'undo')),
    minutes integer CHECK (minutes >= 1),
    undoes_id {uuid},
    -- When it happened, by the phone; and when it came here.
    at {time} NOT NULL,
    received_at {time} NOT NULL,
    -- No references: what happened stays true when the account or the sign-in is gone.
    by_user_id {uuid},
    device_id {uuid},
    PRIMARY KEY (festival_id, id),
    CHECK ((kind = 'partial') = (minutes IS NOT NULL)),
    CHECK ((kind = 'undo') = (undoes_id IS NOT NULL)),
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX attendance_events_assignment ON attendance_events (festival_id, assignment_id);

ALTER TABLE assignments ADD COLUMN attendance text NOT NULL DEFAULT 'unknown'
    CHECK (attendance IN ('unknown', 'present', 'partial', 'absent', 'excused'))
    -- Walk-ins of before this step are there though nothing was told of them.
    CHECK (attendance NOT IN ('present', 'partial') OR state IN ('checked_in', 'completed'))
    CHECK (attendance <> 'absent' OR state = 'no_show')
    CHECK (attendance <> 'excused' OR state = 'excused');
ALTER TABLE assignments ADD COLUMN came_at {time};
ALTER TABLE assignments ADD COLUMN left_at {time};
-- Credited: of the shift, by what happened.
ALTER TABLE assignments ADD COLUMN minutes_served integer NOT NULL DEFAULT 0 CHECK (minutes_served >= 0);
";

const POSTGRES: &str = "
CREATE FUNCTION attendance_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was told stays told' USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_only_grows';
END $$;
CREATE TRIGGER attendance_only_grows BEFORE UPDATE ON attendance_events
    FOR EACH ROW EXECUTE FUNCTION attendance_only_grows();
";

const SQLITE: &str = "
CREATE TRIGGER attendance_only_grows BEFORE UPDATE ON attendance_events
BEGIN SELECT RAISE(ABORT, 'attendance_only_grows'); END;
";

const DOWN: &str = "
DROP TABLE attendance_events;
ALTER TABLE assignments DROP COLUMN minutes_served;
ALTER TABLE assignments DROP COLUMN left_at;
ALTER TABLE assignments DROP COLUMN came_at;
ALTER TABLE assignments DROP COLUMN attendance;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, TABLE).await?;
        let rules = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        crate::ddl(manager, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, DOWN).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            crate::ddl(manager, "DROP FUNCTION attendance_only_grows();").await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
