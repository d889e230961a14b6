//! Other systems subscribe to what happens: what they are told is in the same outbox as what people are written.

/// The outbox anew, for SQLite changes no rule of a table that is there; what it holds is carried over.
macro_rules! outbox {
    ($channels:literal, $column:literal, $reference:literal, $recipient:literal, $kept:literal) => {
        concat!(
            "CREATE TABLE kept_messages AS SELECT * FROM messages WHERE ",
            $kept,
            ";
DROP TABLE messages;
CREATE TABLE messages (
    -- Receivers know by it what they were sent already.
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN (",
            $channels,
            ")),
    -- Whoever it is for: the volunteer, the user who looks after a district, the subscription.
    recipient_id {uuid} NOT NULL,
    volunteer_id {uuid},
    user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,",
            $column,
            "
    -- Events of one transaction, of which it tells those that concern the recipient.
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
    CHECK (",
            $recipient,
            "),
    CHECK ((first_number IS NULL) = (last_number IS NULL)),
    CHECK ((first_number IS NULL) <> (assignment_id IS NULL)),
    -- Each transaction tells each person once.
    CONSTRAINT messages_once UNIQUE (festival_id, recipient_id, last_number),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,",
            $reference,
            "
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE
);
INSERT INTO messages (id, festival_id, kind, channel, recipient_id, volunteer_id, user_id, first_number, last_number,
                      assignment_id, state, attempts, token, next_at, lease_until, error, created_at, sent_at)
SELECT id, festival_id, kind, channel, recipient_id, volunteer_id, user_id, first_number, last_number,
       assignment_id, state, attempts, token, next_at, lease_until, error, created_at, sent_at
FROM kept_messages;
DROP TABLE kept_messages;
CREATE INDEX messages_due ON messages (next_at, id) WHERE state = 'queued';
CREATE INDEX messages_festival ON messages (festival_id, id);
CREATE INDEX messages_volunteer ON messages (festival_id, volunteer_id);
CREATE INDEX messages_user ON messages (user_id);
-- Each seat is reminded of once.
CREATE UNIQUE INDEX messages_reminder ON messages (assignment_id) WHERE assignment_id IS NOT NULL;
CREATE INDEX messages_assignment ON messages (festival_id, assignment_id);
"
        )
    };
}

crate::step!(
    concat!(
        "
CREATE TABLE webhooks (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    name text NOT NULL,
    url text NOT NULL,
    -- The kinds of events, parted by blanks; empty: all.
    kinds text NOT NULL,
    -- What deliveries are signed with: it is needed as it is.
    secret {bytes} NOT NULL,
    created_at {time} NOT NULL,
    UNIQUE (festival_id, id)
);
",
        outbox!(
            "'sms', 'webhook'",
            "
    webhook_id {uuid},",
            "
    FOREIGN KEY (festival_id, webhook_id) REFERENCES webhooks (festival_id, id) ON DELETE CASCADE,",
            "(volunteer_id IS NOT NULL AND user_id IS NULL AND webhook_id IS NULL)
        OR (volunteer_id IS NULL AND user_id IS NOT NULL AND webhook_id IS NULL)
        OR (volunteer_id IS NULL AND user_id IS NULL AND webhook_id IS NOT NULL)",
            "1 = 1"
        ),
        "CREATE INDEX messages_webhook ON messages (festival_id, webhook_id);"
    ),
    concat!(
        outbox!("'sms'", "", "", "(volunteer_id IS NULL) <> (user_id IS NULL)", "channel = 'sms'"),
        "DROP TABLE webhooks;"
    )
);
