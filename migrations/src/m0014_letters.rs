//! Letters on paper: how a festival words them, and all of them in one file, for as long as it is kept.

crate::step!(
    "
CREATE TABLE letter_wordings (
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('certificate', 'volunteer', 'district', 'partner')),
    language text NOT NULL CHECK (language IN ('fa', 'en')),
    title text NOT NULL,
    greeting text NOT NULL,
    -- A paragraph a line.
    body text NOT NULL,
    closing text NOT NULL,
    signatory text NOT NULL,
    PRIMARY KEY (festival_id, kind, language)
);
CREATE TABLE letter_bundles (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    -- The kinds of letters in it, parted by blanks.
    kinds text NOT NULL,
    language text NOT NULL CHECK (language IN ('fa', 'en')),
    -- The date on the letters.
    issued_on {date} NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed')),
    -- How many letters are printed, of how many.
    printed integer NOT NULL DEFAULT 0,
    letters integer,
    size bigint NOT NULL DEFAULT 0,
    error text,
    created_at {time} NOT NULL,
    finished_at {time},
    UNIQUE (festival_id, id)
);
CREATE INDEX letter_bundles_age ON letter_bundles (created_at);
-- The ZIP file of a bundle, cut in pieces.
CREATE TABLE letter_bundle_pieces (
    festival_id {uuid} NOT NULL,
    bundle_id {uuid} NOT NULL,
    -- From 0.
    number integer NOT NULL,
    bytes {bytes} NOT NULL,
    PRIMARY KEY (bundle_id, number),
    FOREIGN KEY (festival_id, bundle_id) REFERENCES letter_bundles (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX letter_bundle_pieces_festival ON letter_bundle_pieces (festival_id, bundle_id);
",
    ["letter_bundle_pieces", "letter_bundles", "letter_wordings"]
);
