//! The key that each festival has for itself: what it signs is checked by whoever has the public half, without asking us.
//! A volunteer's pass is such a thing: a phone at the gate knows it to be true without a network.

use std::fmt;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use khademyar_domain::{Id, festival::Festival, volunteer::Volunteer};
use khademyar_storage::{Store, festival_keys};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::{
    keys::{ED25519_PKCS8_V1, ISSUER, KeysError, public},
    secret::random,
};

/// What a pass says that it is, so that no other token is taken for one (RFC 8725, explicit typing).
const PASS_TYPE: &str = "khademyar-pass+jwt";

/// What the keys of all festivals are made from. Debug output shows nothing of it.
pub struct FestivalKeys {
    seed: Vec<u8>,
}

/// The key of one festival.
pub(crate) struct FestivalKey {
    festival_id: Id<Festival>,
    secret: [u8; 32],
}

/// What a pass says: nothing of who its bearer is but an id that the roll knows.
#[derive(Serialize, Deserialize)]
struct PassClaims {
    iss: String,
    /// The festival.
    aud: Uuid,
    /// The volunteer.
    sub: Uuid,
    exp: i64,
}

impl FestivalKeys {
    /// As the database has them; the seed is made where there is none.
    ///
    /// # Errors
    /// [`KeysError`] when there is none and none can be made.
    pub async fn load(store: &Store, now: DateTime<Utc>) -> Result<Self, KeysError> {
        if let Some(seed) = festival_keys::seed(&store.reader()).await? {
            return Ok(Self { seed });
        }
        let new = random().map_err(|error| KeysError::Key(error.to_string()))?;
        let db = store.begin().await?;
        festival_keys::insert_first(&db, &new, now).await?;
        let seed = festival_keys::seed(&db).await?;
        db.commit().await?;
        let seed = seed.ok_or_else(|| KeysError::Key("no seed is stored".to_owned()))?;
        Ok(Self { seed })
    }

    /// The key of a festival: of the same one, always the same.
    ///
    /// # Errors
    /// [`KeysError::Key`] when none can be made of the seed.
    pub(crate) fn of(&self, festival_id: Id<Festival>) -> Result<FestivalKey, KeysError> {
        Ok(FestivalKey { festival_id, secret: mac(&self.seed, festival_id.uuid().as_bytes())? })
    }
}

impl FestivalKey {
    fn signing(&self) -> EncodingKey {
        EncodingKey::from_ed_der(&[&ED25519_PKCS8_V1[..], &self.secret].concat())
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeysError::Key`] when there is none of the key.
    pub(crate) fn public(&self) -> Result<Jwk, KeysError> {
        Ok(public(&self.signing())?.1)
    }

    /// The pass of a volunteer, good until `until`: always the same, so that a phone keeps one.
    ///
    /// # Errors
    /// [`KeysError::Key`] when the key does not sign.
    pub(crate) fn pass(
        &self,
        volunteer_id: Id<Volunteer>,
        until: DateTime<Utc>,
    ) -> Result<String, KeysError> {
        let claims = PassClaims {
            iss: ISSUER.to_owned(),
            aud: self.festival_id.uuid(),
            sub: volunteer_id.uuid(),
            exp: until.timestamp(),
        };
        self.sign(PASS_TYPE, Some(public(&self.signing())?.0), &claims)
    }

    /// What `claims` say, signed, as a token that says what it is. One that is drawn as a QR code names no key: the festival
    /// has one.
    pub(super) fn sign(
        &self,
        what: &str,
        kid: Option<String>,
        claims: &impl Serialize,
    ) -> Result<String, KeysError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(what.to_owned());
        header.kid = kid;
        Ok(jsonwebtoken::encode(&header, claims, &self.signing())?)
    }

    /// The festival.
    pub(crate) fn festival_id(&self) -> Id<Festival> {
        self.festival_id
    }

    /// Whose pass it is, as it was shown at `at`.
    pub(crate) fn bearer(&self, pass: &str, at: DateTime<Utc>) -> Option<Id<Volunteer>> {
        if jsonwebtoken::decode_header(pass).ok()?.typ? != PASS_TYPE {
            return None;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[self.festival_id.uuid()]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Phones tell hours later what they saw: it was good when it was shown.
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(&self.public().ok()?).ok()?;
        let claims = jsonwebtoken::decode::<PassClaims>(pass, &key, &validation).ok()?.claims;
        (at.timestamp() < claims.exp).then(|| claims.sub.into())
    }

    /// What a volunteer says where no camera reads the pass: six digits. Few people are on a roll, and whoever types it
    /// sees whom it finds.
    ///
    /// # Errors
    /// [`KeysError::Key`] when none can be made of the key.
    pub(crate) fn code(&self, volunteer_id: Id<Volunteer>) -> Result<String, KeysError> {
        let [a, b, c, d, ..] = mac(&self.secret, volunteer_id.uuid().as_bytes())?;
        Ok(format!("{:06}", u32::from_be_bytes([a, b, c, d]) % 1_000_000))
    }
}

/// HMAC-SHA256 (RFC 2104).
fn mac(key: &[u8], of: &[u8]) -> Result<[u8; 32], KeysError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| KeysError::Key(error.to_string()))?;
    mac.update(of);
    Ok(mac.finalize().into_bytes().into())
}

impl fmt::Debug for FestivalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FestivalKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use chrono::TimeDelta;

    use super::*;

    fn keys(seed: u8) -> FestivalKeys {
        FestivalKeys { seed: vec![seed; 32] }
    }

    fn id<T>(of: u128) -> Id<T> {
        Uuid::from_u128(of).into()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[test]
    fn a_pass_is_its_bearers_until_it_runs_out() {
        let key = keys(1).of(id(1)).unwrap();
        let pass = key.pass(id(7), now()).unwrap();
        assert_eq!(pass, key.pass(id(7), now()).unwrap(), "a phone keeps one");
        assert_eq!(key.bearer(&pass, now() - TimeDelta::seconds(1)), Some(id(7)));
        assert_eq!(key.bearer(&pass, now()), None);
    }

    #[test]
    fn a_pass_of_another_festival_or_installation_or_of_another_kind_is_none() {
        let key = keys(1).of(id(1)).unwrap();
        let at = now() - TimeDelta::days(1);
        let signed = |typ: Option<&str>, aud: u128, iss: &str, signing: &EncodingKey| {
            let mut header = Header::new(Algorithm::EdDSA);
            header.typ = typ.map(str::to_owned);
            let claims = PassClaims {
                iss: iss.to_owned(),
                aud: Uuid::from_u128(aud),
                sub: Uuid::from_u128(7),
                exp: now().timestamp(),
            };
            jsonwebtoken::encode(&header, &claims, signing).unwrap()
        };
        assert_eq!(key.bearer(&signed(Some(PASS_TYPE), 1, ISSUER, &key.signing()), at), Some(id(7)));
        assert_eq!(key.bearer(&signed(None, 1, ISSUER, &key.signing()), at), None);
        assert_eq!(key.bearer(&signed(Some("JWT"), 1, ISSUER, &key.signing()), at), None);
        assert_eq!(key.bearer(&signed(Some(PASS_TYPE), 2, ISSUER, &key.signing()), at), None);
        assert_eq!(key.bearer(&signed(Some(PASS_TYPE), 1, "somebody", &key.signing()), at), None);
        for other in [keys(1).of(id(2)).unwrap(), keys(2).of(id(1)).unwrap()] {
            assert_eq!(key.bearer(&other.pass(id(7), now()).unwrap(), at), None);
            assert_eq!(key.bearer(&signed(Some(PASS_TYPE), 1, ISSUER, &other.signing()), at), None);
        }
        // The public half is no secret: it must not serve as one.
        let public = serde_json::to_value(key.public().unwrap()).unwrap()["x"].as_str().unwrap().to_owned();
        let secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public).unwrap());
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(PASS_TYPE.to_owned());
        let claims = PassClaims {
            iss: ISSUER.to_owned(),
            aud: Uuid::from_u128(1),
            sub: Uuid::from_u128(7),
            exp: now().timestamp(),
        };
        assert_eq!(key.bearer(&jsonwebtoken::encode(&header, &claims, &secret).unwrap(), at), None);
        for nonsense in ["", "..", "a.b.c"] {
            assert_eq!(key.bearer(nonsense, at), None);
        }
    }

    #[test]
    fn a_code_is_six_digits_of_ones_own() {
        let key = keys(1).of(id(1)).unwrap();
        let codes: std::collections::BTreeSet<String> =
            (0..1000).map(|of| key.code(id(of)).unwrap()).collect();
        assert!(codes.len() > 990, "{} of 1000 differ", codes.len());
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())));
        assert_ne!(key.code(id(7)).unwrap(), keys(1).of(id(2)).unwrap().code(id(7)).unwrap());
    }
}
