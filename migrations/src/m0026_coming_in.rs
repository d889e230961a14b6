//! How people come in: the second factor of those who staff a festival, and people who register by themselves.

crate::step!(
    "
-- Whose app makes which codes. Not confirmed: enrolment is under way, and nothing asks for it yet.
CREATE TABLE second_factors (
    user_id {uuid} PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret {bytes} NOT NULL,
    created_at {time} NOT NULL,
    confirmed_at {time},
    -- The time step of the last code that was accepted: no code is accepted twice.
    last_step bigint NOT NULL DEFAULT 0
);

-- Each is good once, in place of a code.
CREATE TABLE recovery_codes (
    user_id {uuid} NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    hash {bytes} NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Sign-ins whose password was right and whose second factor is still to come.
CREATE TABLE sign_in_challenges (
    hash {bytes} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at {time} NOT NULL,
    tries integer NOT NULL CHECK (tries BETWEEN 0 AND 5)
);
CREATE INDEX sign_in_challenges_user ON sign_in_challenges (user_id);

-- The festivals where people may register by themselves.
CREATE TABLE open_registrations (
    festival_id {uuid} PRIMARY KEY REFERENCES festivals (id) ON DELETE CASCADE,
    opened_at {time} NOT NULL
);

-- Those who registered and wait. Whoever is let in becomes the volunteer of the same id, and whoever is not is forgotten.
CREATE TABLE registrations (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    name text NOT NULL,
    phone text NOT NULL,
    gender text NOT NULL CHECK (gender IN ('woman', 'man')),
    birth_year integer,
    home_district_id {uuid} NOT NULL,
    centre_id {uuid},
    -- The nights they can come, as `0 3 4`; none: all.
    nights text,
    created_at {time} NOT NULL,
    CONSTRAINT registrations_phone UNIQUE (festival_id, phone),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, home_district_id) REFERENCES districts (festival_id, id),
    FOREIGN KEY (festival_id, centre_id) REFERENCES centres (festival_id, id)
);
CREATE INDEX registrations_district ON registrations (festival_id, home_district_id);
CREATE INDEX registrations_centre ON registrations (festival_id, centre_id);
",
    ["registrations", "open_registrations", "sign_in_challenges", "recovery_codes", "second_factors"]
);
