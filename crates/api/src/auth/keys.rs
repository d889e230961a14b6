//! Access tokens: JWTs signed with Ed25519.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, ThumbprintHash},
};
use khademyar_domain::{Id, member::User};
use khademyar_storage::{StorageError, Store, signing_keys};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// How long an access token is good for.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// Who issues the tokens.
const ISSUER: &str = "khademyar";
/// Whom they are for.
const AUDIENCE: &str = "khademyar-api";
/// How far the clocks of two of our machines may lie apart.
const LEEWAY_SECONDS: i64 = 30;

/// What comes before the 32 bytes of the secret in an Ed25519 key's PKCS#8 v1 document (RFC 8410).
const ED25519_PKCS8_V1: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The keys that access tokens are signed with and checked against. Debug output shows the signing key's id only.
pub struct Keys {
    kid: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The token is not one of ours, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the access token is not valid")]
pub struct InvalidToken;

/// Why there are no keys to sign with.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The database could not be asked.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A stored key is none, or a new one could not be made.
    #[error("no signing key: {0}")]
    Key(String),
}

impl From<jsonwebtoken::errors::Error> for KeysError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self::Key(error.to_string())
    }
}

impl Keys {
    /// The keys of the database; the first is made where there is none.
    ///
    /// # Errors
    /// [`KeysError`] when there is no usable key and none can be made.
    pub async fn load(store: &Store, now: DateTime<Utc>) -> Result<Self, KeysError> {
        let mut stored = signing_keys::list(&store.reader()).await?;
        if stored.is_empty() {
            let mut der = ED25519_PKCS8_V1.to_vec();
            der.resize(ED25519_PKCS8_V1.len() + 32, 0);
            getrandom::fill(&mut der[ED25519_PKCS8_V1.len()..]).map_err(|e| KeysError::Key(e.to_string()))?;
            let (kid, _) = public(&EncodingKey::from_ed_der(&der))?;
            let db = store.begin().await?;
            signing_keys::insert_first(&db, &kid, &der, now).await?;
            stored = signing_keys::list(&db).await?;
            db.commit().await?;
        }
        Self::new(&stored)
    }

    /// From private keys in PKCS#8 v1; the first signs, all of them verify.
    fn new(private: &[Vec<u8>]) -> Result<Self, KeysError> {
        let mut verifying = HashMap::new();
        let mut signing = None;
        for der in private {
            let key = EncodingKey::from_ed_der(der);
            let (kid, public) = public(&key)?;
            verifying.insert(kid.clone(), public);
            signing.get_or_insert((kid, key));
        }
        let (kid, signing) = signing.ok_or_else(|| KeysError::Key("none is stored".to_owned()))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Against the caller's clock, in `verify`.
        validation.validate_exp = false;
        Ok(Self { kid, signing, verifying, validation })
    }

    /// An access token for `user_id`, good for [`ACCESS_SECONDS`] from `now`.
    ///
    /// # Errors
    /// [`KeysError::Key`] when the key does not sign.
    pub fn sign(&self, user_id: Id<User>, now: DateTime<Utc>) -> Result<String, KeysError> {
        let now = now.timestamp();
        let claims = Claims {
            sub: user_id.uuid(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now,
            nbf: now,
            exp: now + ACCESS_SECONDS,
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, &claims, &self.signing)?)
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`InvalidToken`] for one that we did not sign, or not for this, or that is not good at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Id<User>, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken)?;
        let key = header.kid.and_then(|kid| self.verifying.get(&kid)).ok_or(InvalidToken)?;
        let claims =
            jsonwebtoken::decode::<Claims>(token, key, &self.validation).map_err(|_| InvalidToken)?.claims;
        let now = now.timestamp();
        let from = claims.nbf.saturating_sub(LEEWAY_SECONDS);
        let until = claims.exp.saturating_add(LEEWAY_SECONDS);
        if (from..until).contains(&now) { Ok(claims.sub.into()) } else { Err(InvalidToken) }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The key's id, which is its RFC 7638 thumbprint, and its public half.
fn public(key: &EncodingKey) -> Result<(String, DecodingKey), KeysError> {
    let jwk = Jwk::from_encoding_key(key, Algorithm::EdDSA)?;
    Ok((jwk.thumbprint(ThumbprintHash::SHA256)?, DecodingKey::from_jwk(&jwk)?))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;

    fn keys(secrets: &[u8]) -> Keys {
        let private: Vec<Vec<u8>> =
            secrets.iter().map(|&secret| [&ED25519_PKCS8_V1[..], &[secret; 32]].concat()).collect();
        Keys::new(&private).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn user() -> Id<User> {
        Uuid::from_u128(42).into()
    }

    #[test]
    fn what_is_signed_is_verified_also_after_a_newer_key_signs() {
        let token = keys(&[1]).sign(user(), now()).unwrap();
        assert_eq!(keys(&[1]).verify(&token, now()), Ok(user()));
        assert_eq!(keys(&[2, 1]).verify(&token, now()), Ok(user()));
        assert_eq!(keys(&[2]).verify(&token, now()), Err(InvalidToken));
    }

    #[test]
    fn a_token_is_good_from_now_for_a_quarter_of_an_hour() {
        let token = keys(&[1]).sign(user(), now()).unwrap();
        let verify = |age| keys(&[1]).verify(&token, now() + TimeDelta::seconds(age));
        assert_eq!(verify(0), Ok(user()));
        assert_eq!(verify(ACCESS_SECONDS - 1), Ok(user()));
        assert_eq!(verify(ACCESS_SECONDS + LEEWAY_SECONDS), Err(InvalidToken));
        assert_eq!(verify(-LEEWAY_SECONDS), Ok(user()));
        assert_eq!(verify(-LEEWAY_SECONDS - 1), Err(InvalidToken));
    }

    /// A token with another header and other claims than `sign` writes, signed with the right key as it says.
    fn forged(header: &Header, change: impl FnOnce(&mut Value), key: &EncodingKey) -> String {
        let now = now().timestamp();
        let mut claims = json!({
            "sub": user().uuid(), "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 60,
        });
        change(&mut claims);
        jsonwebtoken::encode(header, &claims, key).unwrap()
    }

    #[test]
    fn forged_tokens_are_refused() {
        let ours = keys(&[1]);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(ours.kid.clone());
        assert_eq!(ours.verify(&forged(&header, |_| (), &ours.signing), now()), Ok(user()));
        for claim in ["sub", "iss", "aud", "nbf", "exp"] {
            let without = |claims: &mut Value| {
                claims.as_object_mut().unwrap().remove(claim);
            };
            assert_eq!(
                ours.verify(&forged(&header, without, &ours.signing), now()),
                Err(InvalidToken),
                "{claim}"
            );
        }
        for claim in ["iss", "aud"] {
            let other = |claims: &mut Value| claims[claim] = json!("somewhere-else");
            assert_eq!(
                ours.verify(&forged(&header, other, &ours.signing), now()),
                Err(InvalidToken),
                "{claim}"
            );
        }

        let theirs = keys(&[9]);
        assert_eq!(
            ours.verify(&forged(&header, |_| (), &theirs.signing), now()),
            Err(InvalidToken),
            "another key"
        );
        let nameless = Header::new(Algorithm::EdDSA);
        assert_eq!(
            ours.verify(&forged(&nameless, |_| (), &ours.signing), now()),
            Err(InvalidToken),
            "no kid"
        );

        // The public key is no secret: it must not serve as one.
        let jwk = Jwk::from_encoding_key(&ours.signing, Algorithm::EdDSA).unwrap();
        let public = serde_json::to_value(&jwk).unwrap()["x"].as_str().unwrap().to_owned();
        for secret in [public.clone().into_bytes(), URL_SAFE_NO_PAD.decode(&public).unwrap()] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some(ours.kid.clone());
            let token = forged(&header, |_| (), &EncodingKey::from_secret(&secret));
            assert_eq!(ours.verify(&token, now()), Err(InvalidToken), "HS256");
        }

        let token = ours.sign(user(), now()).unwrap();
        let (_, claims, signature) = {
            let mut parts = token.split('.');
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
        };
        let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "JWT", "kid": ours.kid}).to_string());
        for token in [
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{signature}"),
            token.replace('.', ""),
            String::new(),
            "..".to_owned(),
        ] {
            assert_eq!(ours.verify(&token, now()), Err(InvalidToken), "{token}");
        }
    }
}
