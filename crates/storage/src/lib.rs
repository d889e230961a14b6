//! The only crate that knows SQL: one file per table family, the functions named by bare verbs (`plans::get`), for the
//! module is the noun.
//!
//! Everything runs on a [`Db`]: the pool itself, a snapshot, or a transaction. Festival-scoped functions take the
//! festival's id and can return no other festival's row.

pub mod api_tokens;
pub mod archives;
pub mod assignments;
pub mod attendance;
pub mod audit;
pub mod backup;
pub mod batches;
pub mod calendar_feeds;
pub mod centres;
pub mod contributions;
pub mod counts;
pub mod covers;
pub mod devices;
pub mod districts;
pub mod erasure;
mod error;
pub mod events;
pub mod festival_keys;
pub mod festivals;
pub mod figures;
pub mod held;
pub mod idempotency;
pub mod jobs;
pub mod letter_bundles;
pub mod letter_wordings;
pub mod listing;
pub mod members;
pub mod messages;
mod moment;
pub mod nights;
pub mod pairs;
pub mod partners;
pub mod phones;
pub mod pins;
pub mod plans;
pub mod positions;
mod reference;
pub mod refresh_tokens;
pub mod registrations;
pub mod rolls;
pub mod schedules;
pub mod seats;
pub mod second_factors;
pub mod services;
pub mod set_ups;
pub mod shifts;
pub mod sign_in_challenges;
pub mod sign_in_codes;
pub mod sign_ins;
pub mod signing_keys;
pub mod specialties;
pub mod standbys;
mod store;
pub mod table;
pub mod users;
pub mod venues;
pub mod volunteers;
pub mod waiting;
pub mod webhooks;
pub mod weekly_reports;
mod word;
pub mod worklog;

pub use error::StorageError;
pub use moment::Moment;
pub use reference::{Reference, Target, missing};
pub use store::{Db, Store};
pub use table::Table;
