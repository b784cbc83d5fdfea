//! Reads a provider's key set: which keys can verify tokens, and why the others cannot.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters as Kind, EllipticCurve, Jwk, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;

/// A key that verifies tokens.
pub(super) struct ProviderKey {
    /// Id of the key (`kid`). `None`: only tokens without a key id can use it.
    pub id: Option<String>,
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

impl ProviderKey {
    fn is_twin_of(&self, other: &Self) -> bool {
        (&self.id, self.algorithm) == (&other.id, other.algorithm)
    }
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.id, self.algorithm)
    }
}

/// A key that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub id: String,
    pub reason: &'static str,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {:?} {}", self.id, self.reason)
    }
}

/// Longest key id in the log, in characters; a longer id is cut.
const LONGEST_ID: usize = 100;

/// Reads a key set. A key that cannot be used does not affect the other keys.
pub(super) fn read(set: &[Value]) -> (Vec<ProviderKey>, Vec<LeftOut>) {
    let (mut usable, mut left_out): (Vec<ProviderKey>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    for key in set {
        let reason = match take(key) {
            Ok(key) if key.id.is_some() && usable.iter().any(|known| known.is_twin_of(&key)) => {
                "has the id of another key"
            }
            Ok(key) => {
                usable.push(key);
                continue;
            }
            Err(reason) => reason,
        };
        let id = key["kid"].as_str().unwrap_or("without an id").chars().take(LONGEST_ID).collect();
        left_out.push(LeftOut { id, reason });
    }
    (usable, left_out)
}

fn take(key: &Value) -> Result<ProviderKey, &'static str> {
    let Some(members) = key.as_object() else { return Err("is not an object") };
    if members.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err("is not for signatures (`use`)");
    }
    let key: Jwk = serde_json::from_value(key.clone()).map_err(|_| "is of a kind or form that is not known")?;
    let (algorithm, declared) = match &key.algorithm {
        Kind::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        Kind::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => (Algorithm::ES256, KeyAlgorithm::ES256),
        Kind::OctetKeyPair(curve) if curve.curve == EllipticCurve::Ed25519 => (Algorithm::EdDSA, KeyAlgorithm::EdDSA),
        Kind::OctetKey(_) => return Err("is a secret, not a public key"),
        _ => return Err("is on a curve that is not accepted (P-256 and Ed25519 are)"),
    };
    if key.common.key_algorithm.is_some_and(|stated| stated != declared) {
        return Err("is for another algorithm than RS256, ES256 and EdDSA (`alg`)");
    }
    let id = key.common.key_id.clone();
    let key = DecodingKey::from_jwk(&key).map_err(|_| "cannot be read as a key")?;
    Ok(ProviderKey { id, algorithm, key })
}
