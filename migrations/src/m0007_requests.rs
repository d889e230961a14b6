//! What makes a repeated request harmless, and the secret addresses calendars are read from.

crate::step!(
    "
CREATE TABLE idempotency_keys (
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL,
    -- SHA-256 of method, path and body: the same key with another request is a mistake.
    request_hash {bytes} NOT NULL,
    status integer NOT NULL,
    headers {json} NOT NULL,
    body {bytes} NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE calendar_feeds (
    token_hash {bytes} PRIMARY KEY,
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    created_at {time} NOT NULL,
    revoked_at {time},
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_feeds_volunteer ON calendar_feeds (festival_id, volunteer_id);
",
    ["calendar_feeds", "idempotency_keys"]
);
