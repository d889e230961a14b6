//! More roles: secretaries of a centre, venue leads, partners. The tables are made anew, for SQLite cannot change a check.

crate::step!(
    "
CREATE TABLE members_before AS SELECT * FROM members;
CREATE TABLE member_districts_before AS SELECT * FROM member_districts;
DROP TABLE member_districts;
DROP TABLE members;

CREATE TABLE members (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL
        CHECK (role IN ('organizer', 'coordinator', 'secretary', 'venue_lead', 'volunteer', 'partner')),
    volunteer_id {uuid},
    centre_id {uuid},
    venue_id {uuid},
    CHECK ((role = 'volunteer') = (volunteer_id IS NOT NULL)),
    CHECK ((role = 'secretary') = (centre_id IS NOT NULL)),
    CHECK ((role = 'venue_lead') = (venue_id IS NOT NULL)),
    CONSTRAINT members_role UNIQUE (festival_id, user_id, role),
    CONSTRAINT members_volunteer_id UNIQUE (festival_id, volunteer_id),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, centre_id) REFERENCES centres (festival_id, id),
    FOREIGN KEY (festival_id, venue_id) REFERENCES venues (festival_id, id)
);
CREATE INDEX members_user ON members (user_id);
CREATE INDEX members_centre ON members (festival_id, centre_id);
CREATE INDEX members_venue ON members (festival_id, venue_id);

CREATE TABLE member_districts (
    festival_id {uuid} NOT NULL,
    member_id {uuid} NOT NULL,
    district_id {uuid} NOT NULL,
    PRIMARY KEY (member_id, district_id),
    FOREIGN KEY (festival_id, member_id) REFERENCES members (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX member_districts_district ON member_districts (festival_id, district_id);

INSERT INTO members (id, festival_id, version, user_id, role, volunteer_id)
    SELECT id, festival_id, version, user_id, role, volunteer_id FROM members_before;
INSERT INTO member_districts (festival_id, member_id, district_id)
    SELECT festival_id, member_id, district_id FROM member_districts_before;
DROP TABLE members_before;
DROP TABLE member_districts_before;
",
    "
CREATE TABLE members_before AS SELECT * FROM members WHERE role IN ('organizer', 'coordinator', 'volunteer');
CREATE TABLE member_districts_before AS SELECT * FROM member_districts;
DROP TABLE member_districts;
DROP TABLE members;

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

INSERT INTO members (id, festival_id, version, user_id, role, volunteer_id)
    SELECT id, festival_id, version, user_id, role, volunteer_id FROM members_before;
INSERT INTO member_districts (festival_id, member_id, district_id)
    SELECT festival_id, member_id, district_id FROM member_districts_before
    WHERE member_id IN (SELECT id FROM members);
DROP TABLE members_before;
DROP TABLE member_districts_before;
"
);
