//! Signing in by phone and code, and what is counted so that nobody tries too often.

crate::step!(
    "
-- The phone someone proved to have; how volunteers sign in.
ALTER TABLE users ADD COLUMN phone text;
CREATE UNIQUE INDEX users_phone ON users (phone);
CREATE INDEX volunteers_phone_anywhere ON volunteers (phone);

-- The newest code of a phone, also of phones that nobody here has: nothing tells them apart. The phone is kept as a hash.
CREATE TABLE sign_in_codes (
    phone_hash {bytes} PRIMARY KEY,
    code_hash text NOT NULL,
    expires_at {time} NOT NULL,
    tries integer NOT NULL CHECK (tries BETWEEN 0 AND 5)
);

-- What was done since the first that counts.
CREATE TABLE counts (
    kind text NOT NULL,
    of_whom text NOT NULL,
    done integer NOT NULL CHECK (done >= 1),
    since {time} NOT NULL,
    until {time} NOT NULL,
    PRIMARY KEY (kind, of_whom)
);
CREATE INDEX counts_until ON counts (until);
",
    "
DROP TABLE counts;
DROP TABLE sign_in_codes;
DROP INDEX volunteers_phone_anywhere;
DROP INDEX users_phone;
ALTER TABLE users DROP COLUMN phone;
"
);
