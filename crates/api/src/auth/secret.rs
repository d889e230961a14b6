//! Secrets that are handed out once and stored as hashes.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use khademyar_storage::refresh_tokens::TokenHash;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// 32 random bytes, written in base64url: 43 letters, behind a prefix where it has one. Debug output does not show it.
pub struct Secret(String);

/// The system has no randomness to make a secret of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no randomness")]
pub struct NoRandomness;

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system has none.
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random()?)))
    }

    /// A new one that begins with `prefix`.
    ///
    /// # Errors
    /// [`NoRandomness`] when the system has none.
    pub fn with_prefix(prefix: &str) -> Result<Self, NoRandomness> {
        Ok(Self(format!("{prefix}{}", Self::generate()?.0)))
    }

    /// As it is handed out.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is stored.
    pub fn hash(&self) -> TokenHash {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// 32 random bytes.
///
/// # Errors
/// [`NoRandomness`] when the system has none.
pub fn random() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// What a secret that someone brings is stored as. The secret is random, so a plain hash hides it.
pub fn hash(secret: &str) -> TokenHash {
    Sha256::digest(secret.as_bytes()).into()
}
