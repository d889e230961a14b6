//! The tests of the whole, on SQLite and, where `TEST_DATABASE_URL` names a PostgreSQL server, on that too.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod advice;
mod answers;
mod api_tokens;
mod app;
mod attacks;
mod attendance;
mod audit;
mod auth;
mod calendars;
mod candidates;
mod codes;
mod contract;
mod covers;
mod devices;
mod drafts;
mod evening;
mod figures;
mod happenings;
mod house;
mod members;
mod messages;
mod migrations;
mod parts;
mod placements;
mod plans;
mod publications;
mod refusals;
mod registrations;
mod reports;
mod rights;
mod rules;
mod sample;
mod schedules;
mod second_factors;
mod senders;
mod set_up;
mod set_ups;
mod store;
mod story;
mod tables;
mod volunteer_import;
mod waiting;
mod webhooks;
