//! Passwords, kept as argon2id hashes.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use thiserror::Error;
use tokio::{sync::Semaphore, task};

/// What stands for the password of a user who has none.
pub const NONE: &str = "none";

/// A hash costs 19 MiB and tens of milliseconds of a core: no more than this many are made at a time.
const AT_ONCE: usize = 4;

static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// What an unknown user's password is compared with, so that the answer takes as long as for a known one's.
static NOBODY: LazyLock<String> = LazyLock::new(|| hashed("").unwrap_or_default());

/// The password could not be hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("passwords cannot be hashed now")]
pub struct HashError;

/// A password as it is stored: a PHC string with a salt of its own.
///
/// # Errors
/// [`HashError`] when there is no randomness or no memory.
pub async fn hash(password: String) -> Result<String, HashError> {
    in_turn(move || hashed(&password)).await?.ok_or(HashError)
}

/// Whether `password` is the one that `hash` was made of; never for a user that is none or has none, which takes as long.
///
/// # Errors
/// [`HashError`] when it could not be tried.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, HashError> {
    in_turn(move || {
        let known = hash.as_ref().and_then(|hash| PasswordHash::new(hash).ok());
        let is_known = known.is_some();
        let hash = known.or_else(|| PasswordHash::new(&NOBODY).ok());
        let matches =
            hash.is_some_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        is_known && matches
    })
    .await
}

fn hashed(password: &str) -> Option<String> {
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// Runs `work` off the threads that answer requests.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(|_| HashError)?;
    task::spawn_blocking(move || {
        let result = work();
        drop(turn);
        result
    })
    .await
    .map_err(|_| HashError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits_its_hash() {
        let hash = hash("کرامت و مهربانی".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert_eq!(verify("کرامت و مهربانی".to_owned(), Some(hash.clone())).await, Ok(true));
        assert_eq!(verify("کرامت و مهربانی ".to_owned(), Some(hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert_eq!(verify(String::new(), None).await, Ok(false));
        assert_eq!(verify(String::new(), Some("not a hash".to_owned())).await, Ok(false));
    }
}
