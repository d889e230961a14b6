//! Who someone is: passwords, the tokens they are exchanged for, and the keys these are signed with.

mod bearer;
mod festival_keys;
mod keys;
pub(crate) mod letters;
pub mod password;
pub(crate) mod second_factor;
pub mod secret;
pub mod strength;

pub(crate) use bearer::{API_TOKEN_PREFIX, Bearer, Credential, token as bearer_token};
pub(crate) use festival_keys::FestivalKey;
pub use festival_keys::FestivalKeys;
pub use keys::{ACCESS_SECONDS, Keys, KeysError, STALE_SECONDS, VerifyError, rotate};
pub use letters::{Forged, LetterFacts, PublicKeys};
