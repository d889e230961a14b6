//! How people answer: until when, when they did, and why not; what a festival lets them arrange by themselves.

crate::step!(
    "
ALTER TABLE festivals ADD COLUMN arrangements {json} NOT NULL DEFAULT '{}';
-- Rises with every write that concerns what rosters are made from: people and seats, not who has which.
ALTER TABLE festivals ADD COLUMN set_up_revision bigint NOT NULL DEFAULT 1;

ALTER TABLE assignments ADD COLUMN answer_until {time};
ALTER TABLE assignments ADD COLUMN answered_at {time};
-- Why it ended before its shift did.
ALTER TABLE assignments ADD COLUMN reason text;
-- Why an organizer put the volunteer there against the rules, and against which.
ALTER TABLE assignments ADD COLUMN note text;
ALTER TABLE assignments ADD COLUMN forced_against {json};
CREATE INDEX assignments_unanswered ON assignments (answer_until) WHERE state = 'offered';
",
    "
DROP INDEX assignments_unanswered;
ALTER TABLE assignments DROP COLUMN forced_against;
ALTER TABLE assignments DROP COLUMN note;
ALTER TABLE assignments DROP COLUMN reason;
ALTER TABLE assignments DROP COLUMN answered_at;
ALTER TABLE assignments DROP COLUMN answer_until;
ALTER TABLE festivals DROP COLUMN set_up_revision;
ALTER TABLE festivals DROP COLUMN arrangements;
"
);
