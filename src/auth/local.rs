//! The service's own key for tokens: HS256, made at the first start, in one file that only its owner can read.

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

/// The issuer and audience of the service's own tokens.
const NAMES: (&str, &str) = ("mentorship", "mentorship");
/// The key that signs and verifies the service's own tokens.
#[derive(Clone)]
pub struct LocalKey {
    secret: SecretSlice<u8>,
    verifier: DecodingKey,
}

/// The subject of a new token.
#[derive(Clone, Debug)]
pub enum TokenSubject {
    /// A person with roles (`admin`, `coordinator`).
    Person(PersonId, Vec<String>),
    /// A service account with the scopes that the token requests.
    Service(ServiceAccountId, Vec<Scope>),
}

impl LocalKey {
    /// A key of at least 32 bytes.
    pub fn new(secret: Vec<u8>) -> Result<Self, SecretError> {
        secret::check(&secret)?;
        Ok(Self { verifier: DecodingKey::from_secret(&secret), secret: secret.into() })
    }

    /// Reads the key in `file`.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        Self::new(secret::decode(secret::read(file)?.trim())?)
    }

    /// Reads the key in `file`. If there is no file, makes a key there that only the owner can read.
    pub fn read_or_make(file: &Path) -> Result<Self, SecretError> {
        if file.exists() {
            return Self::read(file);
        }
        let fresh = secret::random::<{ secret::SHORTEST }>();
        secret::make(file, &format!("{}\n", secret::encode(&fresh)))?;
        Self::new(fresh.to_vec())
    }

    /// Signs a token that is valid for `ttl`.
    pub fn sign(
        &self,
        subject: TokenSubject,
        now: DateTime<Utc>,
        ttl: TimeDelta,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let (sub, roles, scope) = match subject {
            TokenSubject::Person(id, roles) => (id.to_string(), roles, None),
            TokenSubject::Service(id, scopes) => {
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
            // Tokens of the same second differ, so that each can be revoked alone.
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

    /// The roles that a token of the service gives.
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
