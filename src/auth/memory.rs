//! Tokens that were verified a moment ago, and whom they let in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::claims::Claims;
use super::naming::Roles;
use super::session::Session;
use crate::policy::Viewer;

/// A verified token is not verified again for this long, in seconds.
const REMEMBERED_SECONDS: i64 = 60;
/// More verified tokens than this are not remembered.
const REMEMBERED_TOKENS: usize = 20_000;
/// A viewer is looked up again after this long, in seconds, though nothing here changed: somebody
/// may have written into the file with a tool of their own.
const ADMITTED_SECONDS: i64 = 1;

/// SHA-256 of a token.
pub(super) type Hash = [u8; 32];

/// Claims that hold, whether our own key signed them, and the roles they give.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub claims: Claims,
    pub is_ours: bool,
    pub roles: Roles,
    pub token_id: Uuid,
}

/// What is known of a token.
#[derive(Debug)]
struct Remembered {
    known: Known,
    /// Until when it is not verified again.
    until: DateTime<Utc>,
    /// Until when it counts as seen before.
    expires: DateTime<Utc>,
    /// Whom it let in last.
    admitted: Option<Admitted>,
}

/// A viewer, as of a moment.
#[derive(Debug)]
struct Admitted {
    viewer: Viewer,
    session: Session,
    /// What `Db::admission` said before the viewer was looked up.
    as_of: u64,
    until: DateTime<Utc>,
}

/// Verified tokens by their hash.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Hash, Remembered>>);

impl Memory {
    /// Whether the token was verified before, however long ago.
    pub fn knows(&self, hash: &Hash) -> bool {
        self.tokens().contains_key(hash)
    }

    /// What was verified a moment ago.
    pub fn known(&self, hash: &Hash, now: DateTime<Utc>) -> Option<Known> {
        self.tokens().get(hash).filter(|token| now < token.until).map(|token| token.known.clone())
    }

    /// Whom this token let in a moment ago, if nothing can have changed since.
    pub fn admitted(&self, hash: &Hash, as_of: u64, now: DateTime<Utc>) -> Option<(Viewer, Session)> {
        let tokens = self.tokens();
        let admitted = tokens.get(hash).filter(|token| now < token.until)?.admitted.as_ref()?;
        (admitted.as_of == as_of && now < admitted.until).then(|| (admitted.viewer.clone(), admitted.session))
    }

    /// Remembers a verified token.
    pub fn keep(&self, hash: Hash, known: &Known, now: DateTime<Utc>) {
        let expires = DateTime::from_timestamp(known.claims.exp, 0).unwrap_or(now);
        let until = expires.min(now + TimeDelta::seconds(REMEMBERED_SECONDS));
        let mut tokens = self.tokens();
        if tokens.len() >= REMEMBERED_TOKENS {
            tokens.clear();
        }
        tokens.insert(hash, Remembered { known: known.clone(), until, expires, admitted: None });
    }

    /// Remembers whom it let in.
    pub fn admit(&self, hash: &Hash, viewer: &Viewer, session: Session, as_of: u64, now: DateTime<Utc>) {
        if let Some(token) = self.tokens().get_mut(hash) {
            let until = now + TimeDelta::seconds(ADMITTED_SECONDS);
            token.admitted = Some(Admitted { viewer: viewer.clone(), session, as_of, until });
        }
    }

    /// The token is not accepted any more.
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

/// What a token is called when it is taken back. Signatures of ECDSA have a twin that is as good, so only what they sign
/// counts.
pub(super) fn token_id(token: &str) -> Uuid {
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    let hash = hash_of(signed);
    Uuid::from_slice(&hash[..16]).unwrap_or_default()
}
