//! What happened to a published roster, in the order in which it was committed: the outbox that messages are made from,
//! and what live views follow.

crate::step!(
    "
-- The number of the festival's last event. Raising it locks the row until the commit, so that numbers rise in commit order.
ALTER TABLE festivals ADD COLUMN event_number bigint NOT NULL DEFAULT 0;

CREATE TABLE events (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    number bigint NOT NULL,
    kind text NOT NULL,
    at {time} NOT NULL,
    by_user_id {uuid} REFERENCES users (id) ON DELETE SET NULL,
    district_id {uuid},
    volunteer_id {uuid},
    assignment_id {uuid},
    assignment_version bigint,
    position_id {uuid},
    body {json} NOT NULL,
    -- When messages were made of it; null as long as nobody did.
    told_at {time},
    UNIQUE (festival_id, number),
    -- Each change of an assignment is told once.
    UNIQUE (assignment_id, assignment_version),
    CHECK ((assignment_id IS NULL) = (assignment_version IS NULL)),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX events_untold ON events (festival_id, number) WHERE told_at IS NULL;
CREATE INDEX events_volunteer ON events (festival_id, volunteer_id, number);
CREATE INDEX events_district ON events (festival_id, district_id, number);
CREATE INDEX events_assignment ON events (festival_id, assignment_id);
CREATE INDEX events_position ON events (festival_id, position_id);
",
    "DROP TABLE events; ALTER TABLE festivals DROP COLUMN event_number;"
);
