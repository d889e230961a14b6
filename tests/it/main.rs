//! The tests of the whole, on SQLite and, where `TEST_DATABASE_URL` names a PostgreSQL server, on that too.

mod contract;
mod house;
mod migrations;
mod plans;
mod publications;
mod refusals;
mod sample;
mod set_ups;
mod store;
mod tables;
