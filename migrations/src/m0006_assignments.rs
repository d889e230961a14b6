//! The published roster, and the two rules the database itself keeps: nobody is in two places at once, and no position
//! holds more people than it desires.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

const TABLE: &str = "
CREATE TABLE assignments (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    volunteer_id {uuid} NOT NULL,
    position_id {uuid} NOT NULL,
    shift_id {uuid} NOT NULL,
    -- The shift's own times, kept the same by the references below: what the overlap rule compares.
    starts_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    state text NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn', 'cancelled', 'replaced',
                                         'checked_in', 'completed', 'no_show', 'excused')),
    source text NOT NULL CHECK (source IN ('solver', 'coordinator', 'self', 'swap', 'import')),
    plan_id {uuid},
    -- Rises with every change a calendar must hear of.
    sequence integer NOT NULL DEFAULT 0,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id),
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id),
    FOREIGN KEY (position_id, shift_id) REFERENCES positions (id, shift_id) ON UPDATE CASCADE,
    FOREIGN KEY (shift_id, starts_at, ends_at) REFERENCES shifts (id, starts_at, ends_at) ON UPDATE CASCADE
);
CREATE INDEX assignments_volunteer ON assignments (festival_id, volunteer_id, starts_at);
CREATE INDEX assignments_position ON assignments (position_id, state);
CREATE INDEX assignments_shift ON assignments (shift_id, starts_at, ends_at);
CREATE UNIQUE INDEX assignments_once ON assignments (volunteer_id, position_id)
    WHERE state IN ('offered', 'accepted', 'checked_in', 'completed');
";

const POSTGRES: &str = "
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE assignments ADD CONSTRAINT assignments_no_overlap
    EXCLUDE USING gist (volunteer_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
    WHERE (state IN ('offered', 'accepted', 'checked_in', 'completed'));

-- The position's row is locked first: of two who take the last seat at once, the second counts the first.
CREATE FUNCTION assignments_within_desired() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE seats integer;
BEGIN
    SELECT desired INTO seats FROM positions WHERE id = NEW.position_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM assignments
        WHERE position_id = NEW.position_id AND id <> NEW.id
          AND state IN ('offered', 'accepted', 'checked_in', 'completed')) >= seats THEN
        RAISE EXCEPTION 'position is full' USING ERRCODE = 'check_violation', CONSTRAINT = 'assignments_within_desired';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignments_within_desired BEFORE INSERT OR UPDATE OF position_id, state ON assignments
    FOR EACH ROW WHEN (NEW.state IN ('offered', 'accepted', 'checked_in', 'completed'))
    EXECUTE FUNCTION assignments_within_desired();

-- When a shift is moved, its assignments move by reference: calendars must hear of it.
CREATE FUNCTION assignments_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence = OLD.sequence + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER assignments_moved BEFORE UPDATE OF starts_at, ends_at ON assignments
    FOR EACH ROW WHEN (NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at)
    EXECUTE FUNCTION assignments_moved();

CREATE FUNCTION positions_seats_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM assignments
        WHERE position_id = NEW.id AND state IN ('offered', 'accepted', 'checked_in', 'completed')) > NEW.desired THEN
        RAISE EXCEPTION 'more people than seats' USING ERRCODE = 'check_violation', CONSTRAINT = 'positions_seats_taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER positions_seats_taken BEFORE UPDATE OF desired ON positions
    FOR EACH ROW WHEN (NEW.desired < OLD.desired) EXECUTE FUNCTION positions_seats_taken();
";

const SQLITE: &str = "
CREATE TRIGGER assignments_no_overlap_insert BEFORE INSERT ON assignments
WHEN NEW.state IN ('offered', 'accepted', 'checked_in', 'completed') AND EXISTS (
    SELECT 1 FROM assignments
    WHERE festival_id = NEW.festival_id AND volunteer_id = NEW.volunteer_id AND id <> NEW.id
      AND state IN ('offered', 'accepted', 'checked_in', 'completed')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'assignments_no_overlap'); END;

CREATE TRIGGER assignments_no_overlap_update AFTER UPDATE OF volunteer_id, starts_at, ends_at, state ON assignments
WHEN NEW.state IN ('offered', 'accepted', 'checked_in', 'completed') AND EXISTS (
    SELECT 1 FROM assignments
    WHERE festival_id = NEW.festival_id AND volunteer_id = NEW.volunteer_id AND id <> NEW.id
      AND state IN ('offered', 'accepted', 'checked_in', 'completed')
      AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at)
BEGIN SELECT RAISE(ABORT, 'assignments_no_overlap'); END;

CREATE TRIGGER assignments_within_desired_insert AFTER INSERT ON assignments
WHEN NEW.state IN ('offered', 'accepted', 'checked_in', 'completed')
 AND (SELECT count(*) FROM assignments
      WHERE position_id = NEW.position_id AND state IN ('offered', 'accepted', 'checked_in', 'completed'))
   > (SELECT desired FROM positions WHERE id = NEW.position_id)
BEGIN SELECT RAISE(ABORT, 'assignments_within_desired'); END;

CREATE TRIGGER assignments_within_desired_update AFTER UPDATE OF position_id, state ON assignments
WHEN NEW.state IN ('offered', 'accepted', 'checked_in', 'completed')
 AND (SELECT count(*) FROM assignments
      WHERE position_id = NEW.position_id AND state IN ('offered', 'accepted', 'checked_in', 'completed'))
   > (SELECT desired FROM positions WHERE id = NEW.position_id)
BEGIN SELECT RAISE(ABORT, 'assignments_within_desired'); END;

-- When a shift is moved, its assignments move by reference: calendars must hear of it.
CREATE TRIGGER assignments_moved AFTER UPDATE OF starts_at, ends_at ON assignments
WHEN NEW.starts_at <> OLD.starts_at OR NEW.ends_at <> OLD.ends_at
BEGIN UPDATE assignments SET sequence = sequence + 1 WHERE id = NEW.id; END;

CREATE TRIGGER positions_seats_taken BEFORE UPDATE OF desired ON positions
WHEN (SELECT count(*) FROM assignments
      WHERE position_id = NEW.id AND state IN ('offered', 'accepted', 'checked_in', 'completed')) > NEW.desired
BEGIN SELECT RAISE(ABORT, 'positions_seats_taken'); END;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl(manager, TABLE).await?;
        let rules = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        crate::ddl(manager, rules).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            crate::ddl(
                manager,
                "DROP TRIGGER positions_seats_taken ON positions; DROP FUNCTION positions_seats_taken();
                 DROP TABLE assignments; DROP FUNCTION assignments_within_desired(); DROP FUNCTION assignments_moved();",
            )
            .await
        } else {
            crate::ddl(manager, "DROP TRIGGER positions_seats_taken; DROP TABLE assignments;").await
        }
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
