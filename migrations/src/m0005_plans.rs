//! Plans as the solver makes them, and the jobs that make them.

crate::step!(
    "
CREATE TABLE plans (
    id {uuid} PRIMARY KEY,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 1,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    seconds integer NOT NULL CHECK (seconds >= 1),
    seed bigint NOT NULL,
    cancel_asked boolean NOT NULL DEFAULT FALSE,
    -- Of the best roster so far; each pair is there together or not at all.
    essential bigint,
    cost bigint,
    bound_essential bigint,
    bound_cost bigint,
    -- The cost by term, an object of whole numbers.
    terms {json},
    error text,
    created_by {uuid} REFERENCES users (id) ON DELETE SET NULL,
    created_at {time} NOT NULL,
    started_at {time},
    finished_at {time},
    -- The last publication, and how many assignments it offered anew, kept and cancelled.
    published_at {time},
    published_offered integer,
    published_kept integer,
    published_cancelled integer,
    CHECK ((essential IS NULL) = (cost IS NULL)),
    CHECK ((bound_essential IS NULL) = (bound_cost IS NULL)),
    UNIQUE (festival_id, id)
);
CREATE INDEX plans_festival ON plans (festival_id, created_at);

CREATE TABLE plan_assignments (
    festival_id {uuid} NOT NULL,
    plan_id {uuid} NOT NULL,
    position_id {uuid} NOT NULL,
    volunteer_id {uuid} NOT NULL,
    PRIMARY KEY (plan_id, position_id, volunteer_id),
    FOREIGN KEY (festival_id, plan_id) REFERENCES plans (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, position_id) REFERENCES positions (festival_id, id) ON DELETE CASCADE,
    FOREIGN KEY (festival_id, volunteer_id) REFERENCES volunteers (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX plan_assignments_volunteer ON plan_assignments (festival_id, volunteer_id);
CREATE INDEX plan_assignments_position ON plan_assignments (festival_id, position_id);

-- The curve of score and bound while a plan is solved.
CREATE TABLE plan_progress (
    festival_id {uuid} NOT NULL,
    plan_id {uuid} NOT NULL,
    step integer NOT NULL,
    at_millis bigint NOT NULL,
    essential bigint NOT NULL,
    cost bigint NOT NULL,
    bound_essential bigint NOT NULL,
    bound_cost bigint NOT NULL,
    PRIMARY KEY (plan_id, step),
    FOREIGN KEY (festival_id, plan_id) REFERENCES plans (festival_id, id) ON DELETE CASCADE
);
CREATE INDEX plan_progress_plan ON plan_progress (festival_id, plan_id);

-- Work to be done after the answer was sent, enqueued in the transaction that asks for it.
CREATE TABLE jobs (
    id {uuid} PRIMARY KEY,
    kind text NOT NULL,
    festival_id {uuid} NOT NULL REFERENCES festivals (id) ON DELETE CASCADE,
    subject_id {uuid} NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    run_at {time} NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    -- Rises with each claim; who holds an older one has lost the job.
    token bigint NOT NULL DEFAULT 0,
    lease_until {time},
    last_error text,
    created_at {time} NOT NULL,
    finished_at {time}
);
CREATE INDEX jobs_next ON jobs (state, run_at);
CREATE INDEX jobs_festival ON jobs (festival_id);
",
    ["jobs", "plan_progress", "plan_assignments", "plans"]
);
