//! Caches tokens that were verified a moment ago, and their viewers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::claims::Claims;
use super::naming::Roles;
use super::session::Session;
use crate::policy::Viewer;

/// Time during which a verified token is not verified again, in seconds.
const REMEMBERED_SECONDS: i64 = 60;
/// Largest number of tokens in the cache.
const REMEMBERED_TOKENS: usize = 20_000;
/// Time after which a viewer is looked up again, in seconds, even if this process changed nothing: another program may
/// have written to the database file.
const ADMITTED_SECONDS: i64 = 1;

/// SHA-256 of a token.
pub(super) type Hash = [u8; 32];

/// The verified claims of a token, whether the service's own key signed them, and the roles that they give.
#[derive(Clone, Debug)]
pub(super) struct VerifiedToken {
    pub claims: Claims,
    pub is_ours: bool,
    pub roles: Roles,
    pub token_id: Uuid,
}

/// A token in the cache.
#[derive(Debug)]
struct Remembered {
    known: VerifiedToken,
    /// Until when the token is not verified again.
    until: DateTime<Utc>,
    /// Until when the token counts as verified before.
    expires: DateTime<Utc>,
    /// The viewer that was looked up last.
    admitted: Option<CachedViewer>,
}

/// A viewer, as looked up at one time.
#[derive(Debug)]
struct CachedViewer {
    viewer: Viewer,
    session: Session,
    /// The value of `Db::admission` before the viewer was looked up.
    as_of: u64,
    until: DateTime<Utc>,
}

/// Verified tokens by their hash.
#[derive(Debug, Default)]
pub(super) struct TokenCache(Mutex<HashMap<Hash, Remembered>>);

impl TokenCache {
    /// Whether the token was verified before and has not expired.
    pub fn knows(&self, hash: &Hash) -> bool {
        self.tokens().contains_key(hash)
    }

    /// The token, if it was verified a moment ago.
    pub fn known(&self, hash: &Hash, now: DateTime<Utc>) -> Option<VerifiedToken> {
        self.tokens().get(hash).filter(|token| now < token.until).map(|token| token.known.clone())
    }

    /// The viewer of this token, if it was looked up a moment ago and nothing can have changed since.
    pub fn admitted(&self, hash: &Hash, as_of: u64, now: DateTime<Utc>) -> Option<(Viewer, Session)> {
        let tokens = self.tokens();
        let admitted = tokens.get(hash).filter(|token| now < token.until)?.admitted.as_ref()?;
        (admitted.as_of == as_of && now < admitted.until).then(|| (admitted.viewer.clone(), admitted.session))
    }

    /// Remembers a verified token.
    pub fn keep(&self, hash: Hash, known: &VerifiedToken, now: DateTime<Utc>) {
        let expires = DateTime::from_timestamp(known.claims.exp, 0).unwrap_or(now);
        let until = expires.min(now + TimeDelta::seconds(REMEMBERED_SECONDS));
        let mut tokens = self.tokens();
        if tokens.len() >= REMEMBERED_TOKENS {
            tokens.clear();
        }
        tokens.insert(hash, Remembered { known: known.clone(), until, expires, admitted: None });
    }

    /// Remembers the viewer of a token.
    pub fn admit(&self, hash: &Hash, viewer: &Viewer, session: Session, as_of: u64, now: DateTime<Utc>) {
        if let Some(token) = self.tokens().get_mut(hash) {
            let until = now + TimeDelta::seconds(ADMITTED_SECONDS);
            token.admitted = Some(CachedViewer { viewer: viewer.clone(), session, as_of, until });
        }
    }

    /// Forgets a token that is no longer accepted.
    pub fn forget(&self, hash: &Hash) {
        self.tokens().remove(hash);
    }

    /// Forgets tokens that expired.
    pub fn tidy(&self, now: DateTime<Utc>) {
        self.tokens().retain(|_, token| now < token.expires);
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<Hash, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn hash_of(token: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

/// Id of a token in `revoked_tokens`: a hash without the signature, because an ECDSA signature has two valid forms.
pub(super) fn token_id(token: &str) -> Uuid {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let hash = hash_of(signed);
    Uuid::from_slice(&hash[..16]).unwrap_or_default()
}
