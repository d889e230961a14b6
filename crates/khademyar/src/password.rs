//! Passwords for those who cannot choose one here.

use anyhow::anyhow;
use khademyar_api::auth::secret::Secret;

/// 16 random letters, digits, dashes and underscores: 96 bits.
pub(crate) fn random() -> anyhow::Result<String> {
    let secret = Secret::generate().map_err(|error| anyhow!("the system has no randomness: {error}"))?;
    Ok(secret.as_str().chars().take(16).collect())
}
