//! Access tokens: JWTs signed with Ed25519.

use std::{
    collections::HashMap,
    fmt,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use khademyar_storage::{
    StorageError, Store,
    refresh_tokens::Holder,
    signing_keys::{self, SigningKey},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::secret::{hash, random};

/// How long an access token is good for.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// Who issues the tokens.
pub(super) const ISSUER: &str = "khademyar";
/// Whom they are for.
const AUDIENCE: &str = "khademyar-api";
/// How far the clocks of two of our machines may lie apart.
const LEEWAY_SECONDS: i64 = 30;

/// After how many seconds a process asks the database again which keys there are.
const RELOAD_SECONDS: i64 = 60;
/// For an id that is not known it asks earlier, but no more often than this.
const MISSING_SECONDS: i64 = 2;
/// For how long a key verifies once there is a newer one: until the last token that a process signed with it, before it
/// heard of the newer, has run out.
pub const STALE_SECONDS: i64 = RELOAD_SECONDS + ACCESS_SECONDS + LEEWAY_SECONDS;

/// What comes before the 32 bytes of the secret in an Ed25519 key's PKCS#8 v1 document (RFC 8410).
pub(super) const ED25519_PKCS8_V1: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The keys that access tokens are signed with and checked against, as the database has them.
pub struct Keys {
    store: Store,
    ring: RwLock<Arc<Ring>>,
    // Whoever asks the database holds it.
    reloading: Mutex<()>,
    // By the hash of a token, what its signature vouches for: that does not change while the key is good.
    seen: RwLock<HashMap<[u8; 32], Vouched>>,
}

/// What the signature of a token vouches for.
#[derive(Debug)]
struct Vouched {
    kid: String,
    holder: Holder,
    /// The instants between which it is good, in seconds.
    good: Range<i64>,
}

/// How many tokens are remembered: more than a city's volunteers have at once. Then all begin anew.
const MOST_SEEN: usize = 50_000;

/// The keys as they were read. Debug output shows the signing key's id only.
struct Ring {
    read_at: DateTime<Utc>,
    kid: String,
    signing: EncodingKey,
    verifying: Vec<Verifying>,
}

/// A key that tokens are checked against.
struct Verifying {
    jwk: Jwk,
    kid: String,
    key: DecodingKey,
    /// When a newer one came.
    replaced_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    sid: Uuid,
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Why a token does not serve.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The token is not one of ours, or not any more.
    #[error("the access token is not valid")]
    Invalid,
    /// Whether it is cannot be told now.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

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
            let db = store.begin().await?;
            signing_keys::insert_first(&db, generate(now)?).await?;
            stored = signing_keys::list(&db).await?;
            db.commit().await?;
        }
        let ring = RwLock::new(Arc::new(Ring::new(&stored, now)?));
        Ok(Self { store: store.clone(), ring, reloading: Mutex::default(), seen: RwLock::default() })
    }

    /// An access token for `holder`, good for [`ACCESS_SECONDS`] from `now`.
    ///
    /// # Errors
    /// [`KeysError`] when the key does not sign, or the newest cannot be read.
    pub async fn sign(&self, holder: Holder, now: DateTime<Utc>) -> Result<String, KeysError> {
        self.fresh(now).await?.sign(holder, now)
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] for one that we did not sign, or not for this, or that is not good at `now`.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Holder, VerifyError> {
        let unread = |error| match error {
            KeysError::Storage(error) => VerifyError::Storage(error),
            KeysError::Key(_) => VerifyError::Invalid,
        };
        let mut ring = self.fresh(now).await.map_err(unread)?;
        let hash = hash(token);
        if let Some(holder) = self.seen(&hash, &ring, now) {
            return holder;
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| VerifyError::Invalid)?;
        let kid = header.kid.ok_or(VerifyError::Invalid)?;
        if !ring.knows(&kid) {
            // Another process may sign with a newer one already.
            ring = self.reload(now, MISSING_SECONDS).await.map_err(unread)?;
        }
        let vouched = ring.verify(&kid, token, now).ok_or(VerifyError::Invalid)?;
        let holder = vouched.at(now).ok_or(VerifyError::Invalid)?;
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_SEEN {
            seen.clear();
        }
        seen.insert(hash, vouched);
        Ok(holder)
    }

    /// The public halves of the keys that verify.
    ///
    /// # Errors
    /// [`KeysError`] when they cannot be read.
    pub async fn public(&self, now: DateTime<Utc>) -> Result<Vec<Jwk>, KeysError> {
        let ring = self.fresh(now).await?;
        Ok(ring.verifying.iter().filter(|key| key.is_good(now)).map(|key| key.jwk.clone()).collect())
    }

    /// Whose token the one of this hash is, if its signature was found good before and its key still is.
    fn seen(&self, hash: &[u8; 32], ring: &Ring, now: DateTime<Utc>) -> Option<Result<Holder, VerifyError>> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let vouched = seen.get(hash).filter(|vouched| ring.key(&vouched.kid, now).is_some())?;
        Some(vouched.at(now).ok_or(VerifyError::Invalid))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn fresh(&self, now: DateTime<Utc>) -> Result<Arc<Ring>, KeysError> {
        self.reload(now, RELOAD_SECONDS).await
    }

    /// The keys as the database had them no longer than `seconds` ago.
    async fn reload(&self, now: DateTime<Utc>, seconds: i64) -> Result<Arc<Ring>, KeysError> {
        let is_fresh = |ring: &Ring| (now - ring.read_at).num_seconds() < seconds;
        let ring = self.ring();
        if is_fresh(&ring) {
            return Ok(ring);
        }
        let _turn = self.reloading.lock().await;
        let ring = self.ring();
        if is_fresh(&ring) {
            return Ok(ring);
        }
        let stored = signing_keys::list(&self.store.reader()).await?;
        let ring = Arc::new(Ring::new(&stored, now)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
        Ok(ring)
    }
}

/// Makes a key that signs from now on; tells its id. Those before it verify until their tokens are stale, or no longer at
/// all where they are `leaked`. Processes hear of it within a minute.
///
/// # Errors
/// [`KeysError`] when none can be made or stored.
pub async fn rotate(store: &Store, leaked: bool, now: DateTime<Utc>) -> Result<String, KeysError> {
    let key = generate(now)?;
    let kid = key.kid.clone();
    let db = store.begin().await?;
    let stale = if leaked { now } else { now - TimeDelta::seconds(STALE_SECONDS) };
    signing_keys::rotate(&db, key, stale).await?;
    db.commit().await?;
    Ok(kid)
}

fn generate(now: DateTime<Utc>) -> Result<SigningKey, KeysError> {
    let mut der = ED25519_PKCS8_V1.to_vec();
    der.extend(random().map_err(|error| KeysError::Key(error.to_string()))?);
    let (kid, _) = public(&EncodingKey::from_ed_der(&der))?;
    // As PostgreSQL keeps it.
    Ok(SigningKey { kid, private_der: der, created_at: now.trunc_subsecs(6) })
}

impl Ring {
    /// From keys of which the newest comes first: it signs, all of them verify.
    fn new(stored: &[SigningKey], now: DateTime<Utc>) -> Result<Self, KeysError> {
        let mut verifying = Vec::new();
        let mut replaced_at = None;
        for SigningKey { private_der, created_at, .. } in stored {
            let (kid, jwk) = public(&EncodingKey::from_ed_der(private_der))?;
            let key = DecodingKey::from_jwk(&jwk)?;
            verifying.push(Verifying { jwk, kid, key, replaced_at });
            replaced_at = Some(*created_at);
        }
        let missing = || KeysError::Key("none is stored".to_owned());
        let newest = stored.first().ok_or_else(missing)?;
        let kid = verifying.first().ok_or_else(missing)?.kid.clone();
        Ok(Self { read_at: now, kid, signing: EncodingKey::from_ed_der(&newest.private_der), verifying })
    }

    fn knows(&self, kid: &str) -> bool {
        self.verifying.iter().any(|key| key.kid == kid)
    }

    fn sign(&self, holder: Holder, now: DateTime<Utc>) -> Result<String, KeysError> {
        let now = now.timestamp();
        let claims = Claims {
            sub: holder.user_id.uuid(),
            sid: holder.device_id.uuid(),
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

    fn key(&self, kid: &str, now: DateTime<Utc>) -> Option<&Verifying> {
        self.verifying.iter().find(|key| key.kid == kid && key.is_good(now))
    }

    /// What the signature of a token vouches for, if it is good.
    fn verify(&self, kid: &str, token: &str, now: DateTime<Utc>) -> Option<Vouched> {
        let key = self.key(kid, now)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Against the caller's clock, below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation).ok()?.claims;
        let from = claims.nbf.saturating_sub(LEEWAY_SECONDS);
        let until = claims.exp.saturating_add(LEEWAY_SECONDS);
        let holder = Holder { user_id: claims.sub.into(), device_id: claims.sid.into() };
        Some(Vouched { kid: kid.to_owned(), holder, good: from..until })
    }
}

impl Vouched {
    /// Whose token it is, where it is good at `now`.
    fn at(&self, now: DateTime<Utc>) -> Option<Holder> {
        self.good.contains(&now.timestamp()).then_some(self.holder)
    }
}

impl Verifying {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.replaced_at.is_none_or(|at| now < at + TimeDelta::seconds(STALE_SECONDS))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("kid", &self.ring().kid).finish_non_exhaustive()
    }
}

/// The key's id, which is its RFC 7638 thumbprint, and its public half, which names it.
pub(super) fn public(key: &EncodingKey) -> Result<(String, Jwk), KeysError> {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::EdDSA)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((kid, jwk))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    fn stored(secret: u8, created_at: DateTime<Utc>) -> SigningKey {
        let private_der = [&ED25519_PKCS8_V1[..], &[secret; 32]].concat();
        SigningKey { kid: secret.to_string(), private_der, created_at }
    }

    /// Keys of these secrets, the newest first; each came a day after the one before.
    fn keys(secrets: &[u8]) -> Ring {
        let stored: Vec<SigningKey> =
            (0..).zip(secrets).map(|(age, &secret)| stored(secret, now() - TimeDelta::days(age))).collect();
        Ring::new(&stored, now()).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn holder() -> Holder {
        Holder { user_id: Uuid::from_u128(42).into(), device_id: Uuid::from_u128(43).into() }
    }

    /// Whose token it is, as its header names the key.
    fn verify(ring: &Ring, token: &str, now: DateTime<Utc>) -> Option<Holder> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        ring.verify(&kid, token, now)?.at(now)
    }

    #[test]
    fn what_is_signed_is_verified_also_after_a_newer_key_signs() {
        let token = keys(&[1]).sign(holder(), now()).unwrap();
        assert_eq!(verify(&keys(&[1]), &token, now()), Some(holder()));
        assert_eq!(verify(&keys(&[2, 1]), &token, now()), Some(holder()));
        assert_eq!(verify(&keys(&[2]), &token, now()), None);
    }

    #[test]
    fn an_older_key_verifies_until_its_last_token_is_stale() {
        let rotated = Ring::new(&[stored(2, now()), stored(1, now() - TimeDelta::days(90))], now()).unwrap();
        let late = now() + TimeDelta::seconds(RELOAD_SECONDS);
        let last = keys(&[1]).sign(holder(), late).unwrap();

        let end = late + TimeDelta::seconds(ACCESS_SECONDS + LEEWAY_SECONDS);
        assert_eq!(verify(&rotated, &last, end - TimeDelta::seconds(1)), Some(holder()));

        let never_stale = keys(&[1]).sign(holder(), end).unwrap();
        assert_eq!(verify(&rotated, &never_stale, end), None);
    }

    #[test]
    fn a_token_is_good_from_now_for_a_quarter_of_an_hour() {
        let token = keys(&[1]).sign(holder(), now()).unwrap();
        let after = |age| verify(&keys(&[1]), &token, now() + TimeDelta::seconds(age));
        assert_eq!(after(0), Some(holder()));
        assert_eq!(after(ACCESS_SECONDS - 1), Some(holder()));
        assert_eq!(after(ACCESS_SECONDS + LEEWAY_SECONDS), None);
        assert_eq!(after(-LEEWAY_SECONDS), Some(holder()));
        assert_eq!(after(-LEEWAY_SECONDS - 1), None);
    }

    /// A token with another header and other claims than `sign` writes, signed with the right key as it says.
    fn forged(header: &Header, change: impl FnOnce(&mut Value), key: &EncodingKey) -> String {
        let now = now().timestamp();
        let mut claims = json!({
            "sub": holder().user_id, "sid": holder().device_id, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now,
            "exp": now + 60,
        });
        change(&mut claims);
        jsonwebtoken::encode(header, &claims, key).unwrap()
    }

    #[test]
    fn forged_tokens_are_refused() {
        let ours = keys(&[1]);
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(ours.kid.clone());
        assert_eq!(verify(&ours, &forged(&header, |_| (), &ours.signing), now()), Some(holder()));
        for claim in ["sub", "sid", "iss", "aud", "nbf", "exp"] {
            let without = |claims: &mut Value| {
                claims.as_object_mut().unwrap().remove(claim);
            };
            assert_eq!(verify(&ours, &forged(&header, without, &ours.signing), now()), None, "{claim}");
        }
        for claim in ["iss", "aud"] {
            let other = |claims: &mut Value| claims[claim] = json!("somewhere-else");
            assert_eq!(verify(&ours, &forged(&header, other, &ours.signing), now()), None, "{claim}");
        }

        let theirs = keys(&[9]);
        assert_eq!(verify(&ours, &forged(&header, |_| (), &theirs.signing), now()), None, "another key");
        let nameless = Header::new(Algorithm::EdDSA);
        assert_eq!(verify(&ours, &forged(&nameless, |_| (), &ours.signing), now()), None, "no kid");

        // The public key is no secret: it must not serve as one.
        let jwk = Jwk::from_encoding_key(&ours.signing, Algorithm::EdDSA).unwrap();
        let public = serde_json::to_value(&jwk).unwrap()["x"].as_str().unwrap().to_owned();
        for secret in [public.clone().into_bytes(), URL_SAFE_NO_PAD.decode(&public).unwrap()] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = Some(ours.kid.clone());
            let token = forged(&header, |_| (), &EncodingKey::from_secret(&secret));
            assert_eq!(verify(&ours, &token, now()), None, "HS256");
        }

        let token = ours.sign(holder(), now()).unwrap();
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
            assert_eq!(verify(&ours, &token, now()), None, "{token}");
        }
    }
}
