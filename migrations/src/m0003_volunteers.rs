//! Volunteers with all that a roster must know of them, and users' parts in a festival.

crate::step!(
    "
CREATE TABLE volunteers (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    -- The name as searches fold it: no half-spaces, no variants of a letter.
    name_search text NOT NULL,
    phone text,
    home_district_id {uuid} NOT NULL,
    centre_id {uuid},
    gender text NOT NULL CHECK (gender IN ('woman', 'man')),
    birth_year integer,
    always_available boolean NOT NULL,
    max_travel_minutes integer CHECK (max_travel_minutes >= 0),
    max_nights integer CHECK (max_nights >= 1),
    max_consecutive_nights integer CHECK (max_consecutive_nights >= 1),
    max_shifts_per_night integer NOT NULL CHECK (max_shifts_per_night >= 1),
    min_shifts integer NOT NULL CHECK (min_shifts >= 0),
    CONSTRAINT volunteers_code UNIQUE (festival_id, code),
    CONSTRAINT volunteers_phone UNIQUE (festival_id, phone),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, home_district_id) REFERENCES districts (festival_id, id),
    FOREIGN KEY (festival_id, centre_id) REFERENCES centres (festival_id, id)
);
CREATE INDEX volunteers_home ON volunteers (festival_id, home_district_id);
CREATE INDEX volunteers_centre ON volunteers (festival_id, centre_id);
CREATE INDEX volunteers_name ON volunteers (festival_id, name_sort, id);

CREATE TABLE skills (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    specialty_id {uuid} NOT NULL,
    level integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    confirmed boolean NOT NULL,
    PRIMARY KEY (volunteer_id, specialty_id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, specialty_id) REFERENCES specialties (festival_id, id)
);
CREATE INDEX skills_specialty ON skills (festival_id, specialty_id);

-- A whole night, or a window.
CREATE TABLE availabilities (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    ordinal integer NOT NULL,
    night integer,
    from_at {time},
    to_at {time},
    PRIMARY KEY (volunteer_id, ordinal),
    CHECK ((night IS NULL) = (from_at IS NOT NULL) AND (night IS NULL) = (to_at IS NOT NULL)),
    CONSTRAINT availabilities_end_after_start CHECK (to_at > from_at),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, night) REFERENCES nights (festival_id, night)
);
CREATE INDEX availabilities_volunteer ON availabilities (festival_id, volunteer_id);

CREATE TABLE preferred_venues (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    venue_id {uuid} NOT NULL,
    PRIMARY KEY (volunteer_id, venue_id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, venue_id) REFERENCES venues (festival_id, id)
);
CREATE INDEX preferred_venues_venue ON preferred_venues (festival_id, venue_id);

CREATE TABLE wishes (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    night integer NOT NULL,
    want text NOT NULL CHECK (want IN ('serve', 'rest')),
    weight integer NOT NULL CHECK (weight >= 0),
    PRIMARY KEY (volunteer_id, night, want),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, night) REFERENCES nights (festival_id, night)
);
CREATE INDEX wishes_night ON wishes (festival_id, night);

-- Stored with the smaller id first, so that a pair is there once.
CREATE TABLE pairs (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('companions', 'apart')),
    first_id {uuid} NOT NULL,
    second_id {uuid} NOT NULL,
    CHECK (first_id < second_id),
    CONSTRAINT pairs_second_id UNIQUE (festival_id, kind, first_id, second_id),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, first_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, second_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX pairs_second ON pairs (festival_id, second_id);

CREATE TABLE pins (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    volunteer_id {uuid} NOT NULL,
    position_id {uuid} NOT NULL,
    CONSTRAINT pins_position_id UNIQUE (festival_id, volunteer_id, position_id),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX pins_position ON pins (festival_id, position_id);

CREATE TABLE members (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('organizer', 'coordinator', 'volunteer')),
    volunteer_id {uuid},
    CHECK ((role = 'volunteer') = (volunteer_id IS NOT NULL)),
    CONSTRAINT members_role UNIQUE (festival_id, user_id, role),
    CONSTRAINT members_volunteer_id UNIQUE (festival_id, volunteer_id),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE member_districts (
    festival_id {uuid} NOT NULL,
    member_id {uuid} NOT NULL,
    district_id {uuid} NOT NULL,
    PRIMARY KEY (member_id, district_id),
    FOREIGN KEY (festival_id, member_id) REFERENCES members (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX member_districts_district ON member_districts (festival_id, district_id);
",
    [
        "member_districts",
        "members",
        "pins",
        "pairs",
        "wishes",
        "preferred_venues",
        "availabilities",
        "skills",
        "volunteers",
    ]
);
