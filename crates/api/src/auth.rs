//! Who someone is: passwords, the tokens they are exchanged for, and the keys these are signed with.

mod keys;
pub mod password;
pub mod secret;

pub use keys::{ACCESS_SECONDS, InvalidToken, Keys, KeysError};
