//! The tests of the whole, on SQLite and, where `TEST_DATABASE_URL` names a PostgreSQL server, on that too.

mod app;
mod contract;
mod house;
mod migrations;
mod parts;
mod plans;
mod publications;
mod refusals;
mod reports;
mod sample;
mod set_ups;
mod store;
mod tables;
mod volunteer_import;
