//! Codes that an app makes from a secret and the time (RFC 6238), and recovery codes for when it is lost.

use chrono::{DateTime, Utc};
use khademyar_domain::persian;
use khademyar_storage::refresh_tokens::TokenHash;
use totp_rs::{Builder, Secret as Seed, Totp};

use super::secret::{NoRandomness, hash, random};

/// How many recovery codes are handed out.
const RECOVERY_CODES: usize = 10;
/// Who the codes are for, as apps show it.
const ISSUER: &str = "Khademyar";

/// What an app makes its codes from: 20 random bytes, as RFC 4226 asks.
pub(crate) struct AppSecret(Seed);

impl AppSecret {
    /// A new one.
    pub(crate) fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(Seed::from(random()?[..20].to_vec())))
    }

    /// One that was stored.
    pub(crate) fn stored(bytes: Vec<u8>) -> Self {
        Self(Seed::from(bytes))
    }

    /// As it is stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// As it is typed into an app.
    pub(crate) fn text(&self) -> String {
        self.0.to_base32()
    }

    /// As apps read it from a picture.
    pub(crate) fn uri(&self, username: &str) -> String {
        let escaped: String = username
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        format!("otpauth://totp/{ISSUER}:{escaped}?secret={}&issuer={ISSUER}", self.text())
    }

    /// The time step whose code this is: the present one, or the one before or after, for no two clocks agree.
    pub(crate) fn step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let totp: Totp = Builder::new().with_secret(self.0.clone()).build().ok()?;
        let step = totp.check(&persian::normalise(code), u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }
}

/// New recovery codes: 80 random bits each, written as `abcd-efgh-ijkl-mnop`.
///
/// # Errors
/// [`NoRandomness`] when the system has none.
pub(crate) fn recovery_codes() -> Result<Vec<String>, NoRandomness> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let letters = Seed::from(random()?[..10].to_vec()).to_base32().to_lowercase();
            let parts: Vec<&str> = (0..4).map(|k| &letters[4 * k..4 * (k + 1)]).collect();
            Ok(parts.join("-"))
        })
        .collect()
}

/// What a recovery code is stored as, however it is typed. It is random, so a plain hash hides it.
pub(crate) fn recovery_hash(code: &str) -> TokenHash {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let folded: String = letters
        .map(|letter| match letter.to_ascii_lowercase() {
            // No digit of base 32 looks like these.
            '0' => 'o',
            '1' => 'l',
            letter => letter,
        })
        .collect();
    hash(&folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, of which apps show the last six digits.
        let secret = AppSecret::stored(b"12345678901234567890".to_vec());
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(secret.step(code, at(seconds)), Some(seconds / 30), "{code}");
        }
        assert_eq!(secret.step("۲۸۷۰۸۲", at(59)), Some(1));
    }

    #[test]
    fn a_code_is_good_a_step_before_and_after_its_own() {
        let secret = AppSecret::stored(b"12345678901234567890".to_vec());
        for (seconds, good) in [(0, true), (30, true), (89, true), (90, false), (150, false)] {
            assert_eq!(secret.step("287082", at(seconds)).is_some(), good, "{seconds}");
        }
        for other in ["", "28708", "2870820", "287083", "abcdef", "287 082 "] {
            assert_eq!(secret.step(other, at(59)), None, "{other}");
        }
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            assert_eq!(code.len(), 19, "{code}");
            let typed = code.replace('-', " ").to_uppercase().replace('O', "0").replace('L', "1");
            assert_eq!(recovery_hash(&typed), recovery_hash(code));
        }
        assert_ne!(recovery_hash(&codes[0]), recovery_hash(&codes[1]));
    }

    #[test]
    fn an_app_is_told_whose_codes_they_are() {
        let secret = AppSecret::stored(b"12345678901234567890".to_vec());
        assert_eq!(
            secret.uri("a+b@c"),
            "otpauth://totp/Khademyar:a%2Bb%40c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Khademyar"
        );
    }
}
