//! What the API does, one file a resource.

pub(crate) mod answers;
pub(crate) mod assignments;
pub(crate) mod batches;
pub(crate) mod calendars;
pub(crate) mod candidates;
pub(crate) mod coverage;
pub(crate) mod covers;
pub(crate) mod drafts;
pub(crate) mod festival_problems;
pub(crate) mod festivals;
pub(crate) mod happenings;
pub(crate) mod health;
pub(crate) mod me;
pub(crate) mod members;
pub(crate) mod placements;
pub(crate) mod plan_events;
pub(crate) mod plans;
pub(crate) mod recruitment;
pub(crate) mod reports;
pub(crate) mod schedules;
pub(crate) mod tokens;
pub(crate) mod volunteer_import;
pub(crate) mod waiting;
