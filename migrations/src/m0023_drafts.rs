//! What kind of plan it is, and how little a repair changes.

crate::step!(
    "
ALTER TABLE plans ADD COLUMN kind text NOT NULL DEFAULT 'solve' CHECK (kind IN ('solve', 'repair', 'draft'));
-- Of a repair: how many published assignments it gives up, and how few any plan could.
ALTER TABLE plans ADD COLUMN changes_dropped bigint;
ALTER TABLE plans ADD COLUMN changes_bound bigint;
-- The plan that was the roster before this one was published.
ALTER TABLE plans ADD COLUMN published_after_id {uuid};
",
    "
ALTER TABLE plans DROP COLUMN published_after_id;
ALTER TABLE plans DROP COLUMN changes_bound;
ALTER TABLE plans DROP COLUMN changes_dropped;
ALTER TABLE plans DROP COLUMN kind;
"
);
