//! What makes a letter on paper believable: the facts that stand on it, signed with the festival's key, in its QR code;
//! and a seal at the end of its file, which breaks with the first byte that is changed. Both are checked without us, by
//! whoever has the festival's public key.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{Jwk, JwkSet},
};
use khademyar_domain::{Id, festival::Festival, letter::LetterKind};
use khademyar_reports::paper::Letter;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    festival_keys::FestivalKey,
    keys::{ISSUER, KeysError},
};

/// What the tokens say that they are, so that no other is taken for one (RFC 8725, explicit typing).
const LETTER_TYPE: &str = "khademyar-letter+jwt";
const SEAL_TYPE: &str = "khademyar-seal+jwt";

/// Where the QR code leads, after the service's address.
const PATH: &str = "/verify?token=";
/// What the last line of a letter's file begins with: to whatever reads PDF, a comment.
const SEAL: &[u8] = b"%khademyar-seal ";

/// What stands on a letter, as the festival signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "festival_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e", "kind": "certificate", "number": "1406-C-v17",
    "name": "علی‌اکبر مؤذن‌زاده", "festival": "دههٔ کرامت", "nights": 3, "minutes": 750, "issued_on": "2027-04-20"
}))]
pub struct LetterFacts {
    /// The festival whose key signed it.
    #[serde(rename(deserialize = "aud"))]
    #[schema(value_type = Uuid)]
    pub festival_id: Uuid,
    /// Of which kind it is.
    pub kind: LetterKind,
    /// By what it is filed.
    #[serde(rename(deserialize = "sub"))]
    pub number: String,
    /// Whom it is for.
    pub name: String,
    /// What the festival is called on it.
    pub festival: String,
    /// On how many nights they served, where it tells of service.
    #[serde(default)]
    pub nights: Option<usize>,
    /// For how many minutes, where it tells of service.
    #[serde(default)]
    pub minutes: Option<i64>,
    /// The date on it.
    pub issued_on: NaiveDate,
}

/// The facts as they are signed: short, for a camera reads them from paper.
#[derive(Serialize)]
struct LetterClaims<'a> {
    iss: &'a str,
    aud: Uuid,
    sub: &'a str,
    kind: LetterKind,
    name: &'a str,
    festival: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nights: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<i64>,
    issued_on: NaiveDate,
}

#[derive(Serialize, Deserialize)]
struct SealClaims {
    iss: String,
    /// SHA-256 of all bytes before the seal's line.
    sha256: String,
}

impl FestivalKey {
    /// The facts of a letter, signed.
    ///
    /// # Errors
    /// [`KeysError::Key`] when the key does not sign.
    pub(crate) fn letter(&self, letter: &Letter) -> Result<String, KeysError> {
        let claims = LetterClaims {
            iss: ISSUER,
            aud: self.festival_id().uuid(),
            sub: &letter.number,
            kind: letter.kind,
            name: &letter.name,
            festival: &letter.festival,
            nights: letter.nights,
            minutes: letter.minutes,
            issued_on: letter.issued_on,
        };
        self.sign(LETTER_TYPE, None, &claims)
    }

    /// A letter's file with its seal.
    ///
    /// # Errors
    /// [`KeysError::Key`] when the key does not sign.
    pub(crate) fn sealed(&self, mut pdf: Vec<u8>) -> Result<Vec<u8>, KeysError> {
        if !pdf.ends_with(b"\n") {
            pdf.push(b'\n');
        }
        let seal =
            self.sign(SEAL_TYPE, None, &SealClaims { iss: ISSUER.to_owned(), sha256: digest(&pdf) })?;
        pdf.extend_from_slice(SEAL);
        pdf.extend_from_slice(seal.as_bytes());
        pdf.push(b'\n');
        Ok(pdf)
    }
}

/// The page at which whoever holds the letter asks whether it is true.
pub(crate) fn link(address: &str, token: &str) -> String {
    format!("{address}{PATH}{token}")
}

/// Of which festival a token says that it is, before anything of it is believed.
pub(crate) fn claimed_festival(token: &str) -> Option<Id<Festival>> {
    #[derive(Deserialize)]
    struct Claimed {
        aud: Uuid,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claimed>(&claims).ok().map(|claimed| claimed.aud.into())
}

/// Why a letter is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Forged {
    /// Its file does not end with a seal.
    #[error("the file does not end with a seal: it is no letter of Khademyar, or something was added to it")]
    NoSeal,
    /// The seal is of other bytes.
    #[error("the file was changed after it was sealed")]
    Changed,
    /// None of the keys signed it.
    #[error("it is signed with none of these keys, or its signature was changed")]
    Unsigned,
}

/// Public keys of festivals.
#[derive(Clone)]
pub struct PublicKeys(Vec<Jwk>);

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKeys").field("keys", &self.0.len()).finish_non_exhaustive()
    }
}

impl PublicKeys {
    /// The keys of a JWK set (RFC 7517), as `/v1/festivals/{id}/keys` lists them.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<JwkSet>(json).map(|set| Self(set.keys))
    }

    /// The public half of a festival's key.
    pub(crate) fn of(key: &FestivalKey) -> Result<Self, KeysError> {
        Ok(Self(vec![key.public()?]))
    }

    /// What a letter's QR code says, given the token in it or the whole address.
    ///
    /// # Errors
    /// [`Forged::Unsigned`].
    pub fn letter(&self, text: &str) -> Result<LetterFacts, Forged> {
        let token = text.trim();
        let token = token.split_once(PATH).map_or(token, |(_, token)| token);
        self.checked(LETTER_TYPE, token).ok_or(Forged::Unsigned)
    }

    /// What a letter's file says.
    ///
    /// # Errors
    /// [`Forged`] where a byte of it is not as it was sealed.
    pub fn file(&self, file: &[u8]) -> Result<LetterFacts, Forged> {
        let body = file.strip_suffix(b"\n").ok_or(Forged::NoSeal)?;
        let last = body.iter().rposition(|&byte| byte == b'\n').ok_or(Forged::NoSeal)? + 1;
        let seal = body[last..].strip_prefix(SEAL).ok_or(Forged::NoSeal)?;
        let seal = std::str::from_utf8(seal).map_err(|_| Forged::NoSeal)?;
        let claims: SealClaims = self.checked(SEAL_TYPE, seal).ok_or(Forged::Unsigned)?;
        if claims.sha256 != digest(&file[..last]) {
            return Err(Forged::Changed);
        }
        self.letter(linked(&file[..last]).ok_or(Forged::Unsigned)?)
    }

    /// The claims of a token that one of the keys signed, and that is what it should be.
    fn checked<T: DeserializeOwned>(&self, what: &str, token: &str) -> Option<T> {
        if jsonwebtoken::decode_header(token).ok()?.typ? != what {
            return None;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["iss"]);
        // The key is the festival's own: whatever it signed is of that festival. What is certified stays true.
        validation.validate_aud = false;
        validation.validate_exp = false;
        self.0.iter().find_map(|key| {
            let key = DecodingKey::from_jwk(key).ok()?;
            Some(jsonwebtoken::decode::<T>(token, &key, &validation).ok()?.claims)
        })
    }
}

/// The token in the link of a letter's QR code.
fn linked(pdf: &[u8]) -> Option<&str> {
    let at = pdf.windows(PATH.len()).position(|window| window == PATH.as_bytes())? + PATH.len();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = pdf[at..].iter().position(|byte| !is_token(byte))?;
    std::str::from_utf8(&pdf[at..at + length]).ok()
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}
