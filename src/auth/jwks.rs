//! The company's identity provider: its public keys, fetched from its JWKS address.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::Url;
use tokio::sync::{Mutex, RwLock};

use super::claims::{self, Claims, Header, PersonClaim};

/// An unknown key id makes us ask again, at most this often.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);
/// Keys older than this are fetched anew, so that withdrawn ones stop to work.
const KEYS_ARE_FRESH_FOR: TimeDelta = TimeDelta::seconds(600);
/// The provider's answer is waited for this long, body included.
const PATIENCE: Duration = Duration::from_secs(5);
/// No key set is larger, in bytes.
const LARGEST_SET: usize = 256 * 1024;

/// The trusted keys of one issuer.
#[derive(Debug)]
pub struct Jwks {
    issuer: String,
    audience: String,
    /// How its tokens name a person.
    pub person_claim: PersonClaim,
    source: Arc<Source>,
}

/// Where the keys come from, and those that came.
#[derive(Debug)]
struct Source {
    address: Url,
    client: reqwest::Client,
    keys: RwLock<Keys>,
    /// Held by the one who asks; the others go on with the keys there are.
    asking: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, (Algorithm, DecodingKey)>,
    asked_at: Option<DateTime<Utc>>,
}

impl Keys {
    /// Whether they were asked for within `span`; a clock that was set back says nothing.
    fn asked_within(&self, span: TimeDelta, now: DateTime<Utc>) -> bool {
        self.asked_at.is_some_and(|at| at <= now && now < at + span)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_id.keys()).finish()
    }
}

/// Why the settings of the identity provider are refused.
#[derive(Debug)]
pub enum JwksError {
    /// Not a web address.
    NotAnAddress,
    /// Neither https nor this machine.
    NotHttps,
    /// The HTTP client cannot be built.
    Client(reqwest::Error),
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnAddress => f.write_str("is not a web address"),
            Self::NotHttps => f.write_str("must be https, unless it is on this machine"),
            Self::Client(error) => write!(f, "no client for it: {error}"),
        }
    }
}

impl std::error::Error for JwksError {}

impl Jwks {
    /// Trusts the keys at `address` for tokens of `issuer` to `audience`.
    pub fn new(address: &str, issuer: &str, audience: &str, person_claim: PersonClaim) -> Result<Self, JwksError> {
        let address = Url::parse(address).map_err(|_| JwksError::NotAnAddress)?;
        let is_here = matches!(address.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if address.scheme() != "https" && !(is_here && address.scheme() == "http") {
            return Err(JwksError::NotHttps);
        }
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(JwksError::Client)?;
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        let source = Source { address, client, keys: RwLock::default(), asking: Arc::default() };
        Ok(Self { issuer, audience, person_claim, source: Arc::new(source) })
    }

    pub(super) async fn verify(&self, token: &str, header: &Header, now: DateTime<Utc>) -> Option<Claims> {
        let (algorithm, key) = self.source.key(header.key_id.as_deref()?, now).await?;
        // The key decides on the algorithm; a token that names another one is refused.
        if algorithm != header.algorithm {
            return None;
        }
        claims::verify(token, &key, algorithm, (&self.issuer, &self.audience), now)
    }
}

impl Source {
    async fn key(self: &Arc<Self>, id: &str, now: DateTime<Utc>) -> Option<(Algorithm, DecodingKey)> {
        let known = {
            let keys = self.keys.read().await;
            let known = keys.by_id.get(id).cloned();
            if known.is_some() && keys.asked_within(KEYS_ARE_FRESH_FOR, now) {
                return known;
            }
            known
        };
        // A key that is there serves on while somebody asks whether it still holds.
        let asking = if known.is_some() {
            let Ok(asking) = self.asking.clone().try_lock_owned() else { return known };
            asking
        } else {
            self.asking.clone().lock_owned().await
        };
        if !self.keys.read().await.asked_within(ASK_AGAIN_AFTER, now) {
            // A task of its own: whoever goes away must not leave the others without keys.
            let source = self.clone();
            let asked = tokio::spawn(async move {
                source.ask(now).await;
                drop(asking);
            });
            asked.await.ok()?;
        }
        self.keys.read().await.by_id.get(id).cloned()
    }

    async fn ask(&self, now: DateTime<Utc>) {
        let fetched = self.fetch().await;
        let mut keys = self.keys.write().await;
        keys.asked_at = Some(now);
        match fetched {
            Ok(fresh) => keys.by_id = fresh,
            Err(cause) => tracing::warn!(cause, "the identity provider's keys cannot be fetched"),
        }
    }

    async fn fetch(&self) -> Result<HashMap<String, (Algorithm, DecodingKey)>, String> {
        let mut answer = self.client.get(self.address.clone()).send().await.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_SET {
                return Err(format!("larger than {LARGEST_SET} bytes"));
            }
        }
        let set: serde_json::Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        let keys = set["keys"].as_array().ok_or("no member `keys`")?;
        // A key of a kind we do not know is left out; it must not cost us the others.
        Ok(keys.iter().filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok()).filter_map(usable).collect())
    }
}

/// The key under its id, if it is a signing key of an algorithm that we accept.
fn usable(key: Jwk) -> Option<(String, (Algorithm, DecodingKey))> {
    use jsonwebtoken::jwk::AlgorithmParameters as Kind;
    use jsonwebtoken::jwk::{EllipticCurve, KeyAlgorithm};
    if key.common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
        return None;
    }
    let (algorithm, declared) = match &key.algorithm {
        Kind::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        Kind::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => (Algorithm::ES256, KeyAlgorithm::ES256),
        Kind::OctetKeyPair(curve) if curve.curve == EllipticCurve::Ed25519 => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
        _ => return None,
    };
    if key.common.key_algorithm.is_some_and(|stated| stated != declared) {
        return None;
    }
    let id = key.common.key_id.clone()?;
    Some((id, (algorithm, DecodingKey::from_jwk(&key).ok()?)))
}
