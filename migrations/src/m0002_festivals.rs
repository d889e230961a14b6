//! A festival's set-up: nights, districts, centres, specialties, venues, shifts, positions; users' parts in it.
//!
//! Every reference names the festival too, so that no row can point into another festival.

crate::step!(
    "
CREATE TABLE festivals (
    id {uuid} PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    -- Rises with every write that concerns the festival: what a reader saw is fresh while it stands.
    revision bigint NOT NULL DEFAULT 1,
    name_fa text NOT NULL,
    name_en text,
    timezone text NOT NULL,
    min_rest_minutes integer NOT NULL CHECK (min_rest_minutes >= 0),
    weight_desired bigint NOT NULL CHECK (weight_desired >= 0),
    weight_travel bigint NOT NULL CHECK (weight_travel >= 0),
    weight_venue bigint NOT NULL CHECK (weight_venue >= 0),
    weight_wish bigint NOT NULL CHECK (weight_wish >= 0),
    weight_idle bigint NOT NULL CHECK (weight_idle >= 0),
    weight_fairness bigint NOT NULL CHECK (weight_fairness >= 0),
    weight_continuity bigint NOT NULL CHECK (weight_continuity >= 0),
    weight_companion bigint NOT NULL CHECK (weight_companion >= 0),
    weight_stability bigint NOT NULL CHECK (weight_stability >= 0),
    published_plan_id {uuid},
    created_at {time} NOT NULL
);

CREATE TABLE nights (
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    night integer NOT NULL CHECK (night >= 0),
    date {date} NOT NULL,
    PRIMARY KEY (festival_id, night),
    UNIQUE (festival_id, date)
);

-- What was created by one call, so that it can be undone by one call.
CREATE TABLE batches (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    resource text NOT NULL,
    rows_created integer NOT NULL,
    created_by {uuid} REFERENCES users (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    undone_at {time}
);
CREATE INDEX batches_festival ON batches (festival_id, id);

CREATE TABLE districts (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    -- The order in which they were set up, which is the order of the travel matrix.
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    priority integer NOT NULL CHECK (priority BETWEEN 1 AND 5),
    mayor text,
    CONSTRAINT districts_code UNIQUE (festival_id, code),
    UNIQUE (festival_id, id)
);

CREATE TABLE travel_minutes (
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    from_district_id {uuid} NOT NULL,
    to_district_id {uuid} NOT NULL,
    minutes integer NOT NULL CHECK (minutes >= 0),
    PRIMARY KEY (festival_id, from_district_id, to_district_id),
    FOREIGN KEY (festival_id, from_district_id) REFERENCES districts (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, to_district_id) REFERENCES districts (festival_id, id) ON DELETE CASCADE
);

CREATE TABLE centres (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    district_id {uuid} NOT NULL,
    secretary text,
    CONSTRAINT centres_code UNIQUE (festival_id, code),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX centres_district ON centres (festival_id, district_id);

CREATE TABLE specialties (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    CONSTRAINT specialties_code UNIQUE (festival_id, code),
    UNIQUE (festival_id, id)
);

CREATE TABLE venues (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fixed', 'mobile')),
    district_id {uuid},
    address text,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    CONSTRAINT venues_code UNIQUE (festival_id, code),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX venues_district ON venues (festival_id, district_id);

CREATE TABLE venue_stands (
    festival_id {uuid} NOT NULL,
    venue_id {uuid} NOT NULL,
    night integer NOT NULL,
    district_id {uuid} NOT NULL,
    PRIMARY KEY (venue_id, night),
    FOREIGN KEY (festival_id, venue_id) REFERENCES venues (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, night) REFERENCES nights (festival_id, night),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX venue_stands_night ON venue_stands (festival_id, night);
CREATE INDEX venue_stands_district ON venue_stands (festival_id, district_id);

CREATE TABLE shifts (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    venue_id {uuid} NOT NULL,
    district_id {uuid} NOT NULL,
    night integer NOT NULL,
    starts_at {time} NOT NULL,
    ends_at {time} NOT NULL,
    CONSTRAINT shifts_code UNIQUE (festival_id, code),
    CONSTRAINT shifts_end_after_start CHECK (ends_at > starts_at),
    UNIQUE (festival_id, id),
    UNIQUE (id, starts_at, ends_at),
    FOREIGN KEY (festival_id, venue_id) REFERENCES venues (festival_id, id),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id),
    FOREIGN KEY (festival_id, night) REFERENCES nights (festival_id, night)
);
CREATE INDEX shifts_venue ON shifts (festival_id, venue_id);
CREATE INDEX shifts_district ON shifts (festival_id, district_id);
CREATE INDEX shifts_night ON shifts (festival_id, night);

CREATE TABLE positions (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    shift_id {uuid} NOT NULL,
    specialty_id {uuid} NOT NULL,
    min_level integer NOT NULL CHECK (min_level BETWEEN 1 AND 3),
    gender text NOT NULL CHECK (gender IN ('any', 'woman', 'man')),
    minimum integer NOT NULL CHECK (minimum >= 0),
    desired integer NOT NULL,
    weight integer NOT NULL CHECK (weight BETWEEN 1 AND 10),
    CONSTRAINT positions_code UNIQUE (festival_id, code),
    CONSTRAINT positions_minimum_within_desired CHECK (minimum <= desired),
    UNIQUE (festival_id, id),
    UNIQUE (id, shift_id),
    FOREIGN KEY (festival_id, shift_id) REFERENCES shifts (festival_id, id),
    FOREIGN KEY (festival_id, specialty_id) REFERENCES specialties (festival_id, id)
);
CREATE INDEX positions_shift ON positions (festival_id, shift_id);
CREATE INDEX positions_specialty ON positions (festival_id, specialty_id);
",
    [
        "positions",
        "shifts",
        "venue_stands",
        "venues",
        "specialties",
        "centres",
        "travel_minutes",
        "districts",
        "batches",
        "nights",
        "festivals",
    ]
);
