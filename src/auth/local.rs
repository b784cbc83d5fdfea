//! The service's own key: HS256, made on first start, kept in one file that only its owner reads.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::claims::{self, Claims};
use crate::ids::{PersonId, ServiceAccountId};
use crate::policy::Scope;

/// The issuer and audience of our own tokens.
const NAMES: (&str, &str) = ("mentorship", "mentorship");
/// Shorter keys are refused, in bytes.
const SHORTEST_KEY: usize = 32;

/// The key that signs and verifies our own tokens.
#[derive(Clone)]
pub struct LocalKey {
    secret: SecretSlice<u8>,
    verifier: DecodingKey,
}

/// Why the key file is refused.
#[derive(Debug)]
pub enum KeyError {
    /// The file cannot be read or made.
    Unreadable(std::io::Error),
    /// Others than the owner can read it.
    TooOpen,
    /// It is not base64url.
    NotBase64,
    /// It holds fewer than 32 bytes, or hardly varies.
    TooWeak,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read or made: {error}"),
            Self::TooOpen => f.write_str("can be read by others than its owner; chmod 600"),
            Self::NotBase64 => f.write_str("is not base64url without padding"),
            Self::TooWeak => write!(f, "holds fewer than {SHORTEST_KEY} random bytes"),
        }
    }
}

impl std::error::Error for KeyError {}

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
    pub fn new(secret: Vec<u8>) -> Result<Self, KeyError> {
        let mut distinct = secret.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if secret.len() < SHORTEST_KEY || distinct.len() < SHORTEST_KEY / 2 {
            return Err(KeyError::TooWeak);
        }
        Ok(Self { verifier: DecodingKey::from_secret(&secret), secret: secret.into() })
    }

    /// Reads the key in `file`.
    pub fn read(file: &Path) -> Result<Self, KeyError> {
        let mode = fs::metadata(file).map_err(KeyError::Unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen);
        }
        let text = fs::read_to_string(file).map_err(KeyError::Unreadable)?;
        let secret = BASE64_URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| KeyError::NotBase64)?;
        Self::new(secret)
    }

    /// Reads the key in `file`, or makes one there that only the owner can read.
    pub fn read_or_make(file: &Path) -> Result<Self, KeyError> {
        if file.exists() {
            return Self::read(file);
        }
        let mut secret = [0; SHORTEST_KEY];
        aws_lc_rs::rand::fill(&mut secret).map_err(|_| KeyError::Unreadable(std::io::Error::other("no randomness")))?;
        let mut open = OpenOptions::new();
        let made = open.write(true).create_new(true).mode(0o600).open(file).map_err(KeyError::Unreadable)?;
        writeln!(&made, "{}", BASE64_URL_SAFE_NO_PAD.encode(secret)).map_err(KeyError::Unreadable)?;
        made.sync_all().map_err(KeyError::Unreadable)?;
        Self::new(secret.to_vec())
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
        let claims = Claims {
            iss: NAMES.0.to_owned(),
            aud: NAMES.1.to_owned(),
            exp: (now + ttl).timestamp(),
            nbf: Some(now.timestamp()),
            sub,
            roles,
            scope,
            email: None,
            email_verified: None,
        };
        let header = jsonwebtoken::Header::new(Algorithm::HS256);
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(self.secret.expose_secret()))
    }

    pub(super) fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        claims::verify(token, &self.verifier, Algorithm::HS256, NAMES, now)
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
