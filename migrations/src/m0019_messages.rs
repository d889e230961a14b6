//! What people are written: a message is there if and only if what it tells of was committed.

crate::step!(
    "
-- Messages are written in the transaction of what they tell of: nobody has to look for what is untold.
DROP INDEX events_untold;
ALTER TABLE events DROP COLUMN told_at;

CREATE TABLE messages (
    -- Receivers know by it what they were sent already.
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('sms')),
    -- Whoever it is for: the volunteer, or the user who looks after a district.
    recipient_id {uuid} NOT NULL,
    volunteer_id {uuid},
    user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,
    -- The events of one transaction, of which it tells those that concern the recipient.
    first_number bigint,
    last_number bigint,
    -- What a reminder reminds of.
    assignment_id {uuid},
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'dead', 'dropped')),
    attempts integer NOT NULL DEFAULT 0,
    -- Rises with every worker that takes it: one that comes back late writes nothing.
    token bigint NOT NULL DEFAULT 0,
    next_at {time} NOT NULL,
    lease_until {time},
    error text,
    created_at {time} NOT NULL,
    sent_at {time},
    CHECK ((volunteer_id IS NULL) <> (user_id IS NULL)),
    CHECK ((first_number IS NULL) = (last_number IS NULL)),
    CHECK ((first_number IS NULL) <> (assignment_id IS NULL)),
    -- Each transaction tells each person once.
    CONSTRAINT messages_once UNIQUE (festival_id, recipient_id, last_number),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX messages_due ON messages (next_at, id) WHERE state = 'queued';
CREATE INDEX messages_festival ON messages (festival_id, id);
CREATE INDEX messages_volunteer ON messages (festival_id, volunteer_id);
CREATE INDEX messages_user ON messages (user_id);
-- Each seat is reminded of once.
CREATE UNIQUE INDEX messages_reminder ON messages (assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX messages_assignment ON messages (festival_id, assignment_id);

CREATE TABLE message_preferences (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} PRIMARY KEY,
    language text NOT NULL CHECK (language IN ('fa', 'en')),
    -- The kinds that they do not want, by channel.
    unwanted {json} NOT NULL,
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX message_preferences_volunteer ON message_preferences (festival_id, volunteer_id);
",
    "
DROP TABLE message_preferences;
DROP TABLE messages;
ALTER TABLE events ADD COLUMN told_at {time};
CREATE INDEX events_untold ON events (festival_id, number) WHERE told_at IS NULL;
"
);
