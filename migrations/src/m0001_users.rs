//! Who can sign in, and the keys and tokens they sign in with.

crate::step!(
    "
CREATE TABLE users (
    id {uuid} PRIMARY KEY,
    username text NOT NULL UNIQUE CHECK (username = lower(username)),
    name text NOT NULL,
    password_hash text NOT NULL,
    operator boolean NOT NULL DEFAULT FALSE,
    created_at {time} NOT NULL
);

-- A refresh token is used once; its successor has the same family, so that a stolen one ends them all.
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

-- Attempts to sign in since the first that counts; signing in forgets them.
CREATE TABLE sign_in_attempts (
    username text PRIMARY KEY,
    attempts integer NOT NULL,
    since {time} NOT NULL
);

-- The newest signs; all of them verify.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    private_der {bytes} NOT NULL,
    created_at {time} NOT NULL
);
",
    ["signing_keys", "sign_in_attempts", "refresh_tokens", "users"]
);
