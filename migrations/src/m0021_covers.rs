//! Seats that are to be taken over, who is asked to, who waits for a seat, and who stands by.

crate::step!(
    "
CREATE TABLE covers (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    state text NOT NULL CHECK (state IN ('open', 'taken', 'approved', 'declined', 'cancelled', 'expired')),
    -- Who asks, and for which assignment; null where a coordinator asks for an empty seat.
    volunteer_id {uuid},
    assignment_id {uuid},
    -- What the asker wants in return, where it is a swap.
    return_assignment_id {uuid},
    position_id {uuid} NOT NULL,
    district_id {uuid} NOT NULL,
    starts_at {time} NOT NULL,
    wave_size integer NOT NULL CHECK (wave_size >= 1),
    wave_minutes integer NOT NULL CHECK (wave_minutes >= 1),
    -- When the next are asked; null when everyone was.
    next_wave_at {time},
    taken_by_id {uuid},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CHECK ((volunteer_id IS NULL) = (assignment_id IS NULL)),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, taken_by_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, return_assignment_id) REFERENCES assignments (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id) ON DELETE CASCADE
);
-- A seat is offered to be taken over once at a time.
CREATE UNIQUE INDEX covers_assignment ON covers (assignment_id) WHERE state IN ('open', 'taken');
CREATE INDEX covers_alive ON covers (next_wave_at, starts_at) WHERE state IN ('open', 'taken');
CREATE INDEX covers_festival ON covers (festival_id, id);
CREATE INDEX covers_volunteer ON covers (festival_id, volunteer_id);
CREATE INDEX covers_taken_by ON covers (festival_id, taken_by_id);
CREATE INDEX covers_of_assignment ON covers (festival_id, assignment_id);
CREATE INDEX covers_return ON covers (festival_id, return_assignment_id);
CREATE INDEX covers_position ON covers (festival_id, position_id);
CREATE INDEX covers_district ON covers (festival_id, district_id);

CREATE TABLE cover_asks (
    festival_id {uuid} NOT NULL,
    cover_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    -- Whose turn is before whose.
    ordinal integer NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'asked', 'yes', 'no', 'told')),
    asked_at {time},
    answered_at {time},
    PRIMARY KEY (cover_id, volunteer_id),
    FOREIGN KEY (festival_id, cover_id) REFERENCES covers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX cover_asks_cover ON cover_asks (festival_id, cover_id);
CREATE INDEX cover_asks_volunteer ON cover_asks (festival_id, volunteer_id, asked_at);

CREATE TABLE waiting (
    festival_id {uuid} NOT NULL,
    position_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    since {time} NOT NULL,
    PRIMARY KEY (position_id, volunteer_id),
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX waiting_position ON waiting (festival_id, position_id, since);
CREATE INDEX waiting_volunteer ON waiting (festival_id, volunteer_id);

CREATE TABLE standbys (
    festival_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    night integer NOT NULL,
    since {time} NOT NULL,
    PRIMARY KEY (volunteer_id, night),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, night) REFERENCES nights (festival_id, night) ON DELETE CASCADE
);
CREATE INDEX standbys_volunteer ON standbys (festival_id, volunteer_id);
CREATE INDEX standbys_night ON standbys (festival_id, night);
",
    ["standbys", "waiting", "cover_asks", "covers"]
);
