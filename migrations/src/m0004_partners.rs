//! Partners and what they gave.

crate::step!(
    "
CREATE TABLE partners (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    code text NOT NULL,
    name_fa text NOT NULL,
    name_en text,
    name_sort {bytes} NOT NULL,
    district_id {uuid},
    contact text,
    CONSTRAINT partners_code UNIQUE (festival_id, code),
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, district_id) REFERENCES districts (festival_id, id)
);
CREATE INDEX partners_district ON partners (festival_id, district_id);

CREATE TABLE contributions (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    batch_id {uuid},
    ordinal bigint NOT NULL,
    partner_id {uuid} NOT NULL,
    kind text NOT NULL CHECK (kind IN ('place', 'equipment', 'money', 'people')),
    description text NOT NULL,
    amount bigint CHECK (amount >= 0),
    unit text,
    venue_id {uuid},
    UNIQUE (festival_id, id),
    FOREIGN KEY (festival_id, partner_id) REFERENCES partners (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, venue_id) REFERENCES venues (festival_id, id)
);
CREATE INDEX contributions_partner ON contributions (festival_id, partner_id);
CREATE INDEX contributions_venue ON contributions (festival_id, venue_id);
",
    ["contributions", "partners"]
);
