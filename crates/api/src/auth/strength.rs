//! Which passwords are too easy to guess.

use khademyar_domain::Fault;
use tokio::task;
use zxcvbn::{Score, zxcvbn};

/// Guesses a second that the weakest password accepted would hold out against for years, by zxcvbn's count: it knows the
/// passwords that everyone uses, names, dates, and rows of keys.
const WEAKEST: Score = Score::Three;

/// What is wrong with a password at `path`, if it is too easy to guess by whoever knows its owner's `names`.
pub async fn fault(path: &'static str, password: &str, names: &[&str]) -> Option<Fault> {
    let password = password.to_owned();
    let mut known: Vec<String> = Vec::new();
    for name in names {
        let parts: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
        known.extend([(*name).to_owned(), parts.concat()]);
        known.extend(parts.into_iter().map(str::to_owned));
    }
    // It takes milliseconds of a core.
    let weak = task::spawn_blocking(move || {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        zxcvbn(&password, &known).score() < WEAKEST
    });
    weak.await.unwrap_or(true).then(|| {
        Fault::new(
            path,
            "weak_password",
            "This is easily guessed: take several words that do not belong together.",
            "این گذرواژه به‌آسانی حدس زده می‌شود: چند واژهٔ بی‌ربط را کنار هم بگذارید.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_everyone_uses_is_refused() {
        for weak in [
            "password123",
            "1234567890",
            "qwertyuiop",
            "iloveyou123",
            "zahra.karimi",
            "zahrakarimi1370",
            "aaaaaaaaaaaa",
            "13700101",
            "abc123abc123",
        ] {
            assert!(fault("/password", weak, &["zahra.karimi", "زهرا کریمی"]).await.is_some(), "{weak}");
        }
        for strong in ["سپید و سبز و بهار", "correct horse battery staple", "qK7!m2vR_x0Lb4"] {
            assert!(fault("/password", strong, &["zahra.karimi"]).await.is_none(), "{strong}");
        }
    }
}
