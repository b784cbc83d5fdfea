//! The service's own key: HS256, made on first start, kept in one file that only its owner reads.

use std::fmt;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::{ExposeSecret as _, SecretSlice};
use serde_json::json;

use super::claims::{self, Claims};
use super::naming::{RoleClaim, Roles};
use super::refusal::Refusal;
use crate::ids::{PersonId, ServiceAccountId};
use crate::policy::Scope;
use crate::secret::{self, SecretError};

/// The issuer and audience of our own tokens.
const NAMES: (&str, &str) = ("mentorship", "mentorship");
/// The key that signs and verifies our own tokens.
#[derive(Clone)]
pub struct LocalKey {
    secret: SecretSlice<u8>,
    verifier: DecodingKey,
}

/// What a new token is for.
#[derive(Clone, Debug)]
pub enum Mint {
    /// A person with roles (`admin`, `coordinator`).
    Person(PersonId, Vec<String>),
    /// A service account with the scopes it asks for.
    Service(ServiceAccountId, Vec<Scope>),
}

impl LocalKey {
    /// Takes a key of at least 32 bytes.
    pub fn new(secret: Vec<u8>) -> Result<Self, SecretError> {
        secret::check(&secret)?;
        Ok(Self { verifier: DecodingKey::from_secret(&secret), secret: secret.into() })
    }

    /// Reads the key in `file`.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        Self::new(secret::decode(secret::read(file)?.trim())?)
    }

    /// Reads the key in `file`, or makes one there that only the owner can read.
    pub fn read_or_make(file: &Path) -> Result<Self, SecretError> {
        if file.exists() {
            return Self::read(file);
        }
        let fresh = secret::random::<{ secret::SHORTEST }>();
        secret::make(file, &format!("{}\n", secret::encode(&fresh)))?;
        Self::new(fresh.to_vec())
    }

    /// Signs a token that is good for `ttl`.
    pub fn sign(&self, mint: Mint, now: DateTime<Utc>, ttl: TimeDelta) -> Result<String, jsonwebtoken::errors::Error> {
        let (sub, roles, scope) = match mint {
            Mint::Person(id, roles) => (id.to_string(), roles, None),
            Mint::Service(id, scopes) => {
                let scopes: Vec<_> = scopes.into_iter().map(Scope::name).collect();
                (id.to_string(), Vec::new(), Some(scopes.join(" ")))
            }
        };
        let mut claims = json!({
            "iss": NAMES.0,
            "aud": NAMES.1,
            "exp": (now + ttl).timestamp(),
            "nbf": now.timestamp(),
            "iat": now.timestamp(),
            // Two tokens of one second are two: either can be taken back alone.
            "jti": secret::encode(&secret::random::<16>()),
            "sub": sub,
        });
        if !roles.is_empty() {
            claims["roles"] = json!(roles);
        }
        if let Some(scope) = scope {
            claims["scope"] = json!(scope);
        }
        let header = jsonwebtoken::Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(self.secret.expose_secret()))
    }

    /// The roles that a token of ours gives.
    pub(super) fn roles(claims: &Claims) -> Roles {
        RoleClaim::default().read(&claims.all)
    }

    pub(super) fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, Refusal> {
        claims::verify(token, &self.verifier, Algorithm::HS256, NAMES, now)
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
