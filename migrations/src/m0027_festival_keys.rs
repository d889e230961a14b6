//! What each festival's own key is made from: it signs what must be checked without asking us, also years later.

crate::step!(
    "
CREATE TABLE festival_key_seed (
    -- There is one.
    only_one integer PRIMARY KEY CHECK (only_one = 1),
    seed {bytes} NOT NULL,
    created_at {time} NOT NULL
);
",
    ["festival_key_seed"]
);
