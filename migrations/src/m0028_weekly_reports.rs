//! Weekly reports: when they are due and to whom they go, each one that was made, and its mails in the outbox of all messages.

/// The outbox anew, for SQLite changes no rule of a table that is there; what it holds is carried over.
macro_rules! outbox {
    ($channels:literal, $column:literal, $reference:literal, $recipient:literal, $occasion:literal, $kept:literal) => {
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
    -- Whoever it is for: the volunteer, the user who looks after a district, the subscription, the reader of weekly reports.
    recipient_id {uuid} NOT NULL,
    volunteer_id {uuid},
    user_id {uuid} REFERENCES users (id) ON DELETE CASCADE,
    webhook_id {uuid},",
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
    CHECK (",
            $occasion,
            "),
    -- Each transaction tells each person once.
    CONSTRAINT messages_once UNIQUE (festival_id, recipient_id, last_number),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, webhook_id) REFERENCES webhooks (festival_id, id) ON DELETE CASCADE,",
            $reference,
            "
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE
);
INSERT INTO messages (id, festival_id, kind, channel, recipient_id, volunteer_id, user_id, webhook_id, first_number,
                      last_number, assignment_id, state, attempts, token, next_at, lease_until, error, created_at, sent_at)
SELECT id, festival_id, kind, channel, recipient_id, volunteer_id, user_id, webhook_id, first_number,
       last_number, assignment_id, state, attempts, token, next_at, lease_until, error, created_at, sent_at
FROM kept_messages;
DROP TABLE kept_messages;
CREATE INDEX messages_due ON messages (next_at, id) WHERE state = 'queued';
CREATE INDEX messages_festival ON messages (festival_id, id);
CREATE INDEX messages_volunteer ON messages (festival_id, volunteer_id);
CREATE INDEX messages_user ON messages (user_id);
CREATE INDEX messages_webhook ON messages (festival_id, webhook_id);
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
CREATE TABLE weekly_report_settings (
    festival_id {uuid} PRIMARY KEY REFERENCES festivals (id) ON DELETE CASCADE,
    weekday text NOT NULL,
    hour integer NOT NULL CHECK (hour BETWEEN 0 AND 23),
    -- Parted by blanks.
    languages text NOT NULL,
    is_public boolean NOT NULL,
    -- What was due before is not made afterwards.
    since {time} NOT NULL
);

CREATE TABLE weekly_report_recipients (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES weekly_report_settings (festival_id) ON DELETE CASCADE,
    email text NOT NULL,
    UNIQUE (festival_id, email),
    UNIQUE (festival_id, id)
);

CREATE TABLE weekly_reports (
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    -- The day on which it was due: there is one of a week.
    day {date} NOT NULL,
    figures {json} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (festival_id, day)
);
",
        outbox!(
            "'sms', 'webhook', 'email'",
            "
    report_recipient_id {uuid},
    -- Which weekly report it is.
    report_day {date},",
            "
    FOREIGN KEY (festival_id, report_recipient_id) REFERENCES weekly_report_recipients (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, report_day) REFERENCES weekly_reports (festival_id, day) ON DELETE CASCADE,",
            "(CASE WHEN volunteer_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN user_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN webhook_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN report_recipient_id IS NULL THEN 0 ELSE 1 END) = 1",
            "(CASE WHEN first_number IS NULL THEN 0 ELSE 1 END) + (CASE WHEN assignment_id IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN report_day IS NULL THEN 0 ELSE 1 END) = 1 AND (report_day IS NULL) = (report_recipient_id IS NULL)",
            "1 = 1"
        ),
        "
-- Each reader is sent each report once.
CREATE UNIQUE INDEX messages_report ON messages (report_recipient_id, report_day) WHERE report_day IS NOT NULL;
CREATE INDEX messages_report_recipient ON messages (festival_id, report_recipient_id);
CREATE INDEX messages_report_day ON messages (festival_id, report_day);
"
    ),
    concat!(
        outbox!(
            "'sms', 'webhook'",
            "",
            "",
            "(volunteer_id IS NOT NULL AND user_id IS NULL AND webhook_id IS NULL)
        OR (volunteer_id IS NULL AND user_id IS NOT NULL AND webhook_id IS NULL)
        OR (volunteer_id IS NULL AND user_id IS NULL AND webhook_id IS NOT NULL)",
            "(first_number IS NULL) <> (assignment_id IS NULL)",
            "channel <> 'email'"
        ),
        "
DROP TABLE weekly_reports;
DROP TABLE weekly_report_recipients;
DROP TABLE weekly_report_settings;
"
    )
);
