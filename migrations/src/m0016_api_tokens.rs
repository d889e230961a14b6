//! Tokens for other systems: named, for certain data of one festival, until a day.

crate::step!(
    "
CREATE TABLE api_tokens (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    -- Who made it: it can do no more than they.
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- As `roster:read people:write`.
    grants text NOT NULL CHECK (grants <> ''),
    hash {bytes} NOT NULL UNIQUE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_used_at {time},
    revoked_at {time},
    CHECK (expires_at > created_at)
);
CREATE INDEX api_tokens_festival ON api_tokens (festival_id, created_at);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
",
    ["api_tokens"]
);
