//! Devices: what someone is signed in on. Each is the family of the refresh tokens that came of one sign-in.
//!
//! What was signed in before is signed out, for nobody knows on what it was.

crate::step!(
    "
DROP TABLE refresh_tokens;

-- Signing out deletes the row, and with it the tokens.
CREATE TABLE devices (
    id {uuid} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Browser and system in a few words; not what the client sent.
    description text,
    -- Where it was last used from.
    address text,
    created_at {time} NOT NULL,
    last_used_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    UNIQUE (user_id, id)
);

-- A refresh token is used once; its successor is the same device's, so that a stolen one ends them all.
CREATE TABLE refresh_tokens (
    hash {bytes} PRIMARY KEY,
    device_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    FOREIGN KEY (user_id, device_id) REFERENCES devices (user_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_device ON refresh_tokens (user_id, device_id);
",
    "
DROP TABLE refresh_tokens;
DROP TABLE devices;

CREATE TABLE refresh_tokens (
    hash {bytes} PRIMARY KEY,
    family {uuid} NOT NULL,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at {time} NOT NULL,
    used_at {time},
    revoked_at {time}
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
"
);
