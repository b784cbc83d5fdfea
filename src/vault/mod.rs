//! Private words at rest. Each is sealed with the data key of who wrote it, and data keys are
//! wrapped by a key ring. `db` keeps the wrapped keys, `policy` says what is sealed and who opens it.

mod cache;
mod cipher;
mod envelope;
mod key;
mod lines;
mod needed;
mod pseudonym;
mod ring;

use std::sync::Arc;

pub use envelope::{Address, Bound, Envelope, Unopened};
pub use key::{DataKey, Owner, WrappedKey};
pub use lines::{Label, RingError};
pub use needed::Needed;
pub use pseudonym::{Pseudonym, Pseudonyms};
pub use ring::Ring;

use cache::Cache;
use needed::Found;

use crate::ids::DataKeyId;

/// The key ring, and the data keys that were asked for of late; cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Ring,
    cache: Cache,
}

impl Vault {
    /// A vault whose data keys this ring wraps.
    pub fn new(ring: Ring) -> Self {
        Self(Arc::new(Inner { ring, cache: Cache::default() }))
    }

    /// What wraps the data keys.
    pub fn ring(&self) -> &Ring {
        &self.0.ring
    }

    /// Gives the envelopes the keys that are at hand, and tells which are not.
    pub fn supply(&self, needed: &Needed) -> Vec<DataKeyId> {
        let mut missing = Vec::new();
        for (id, slot) in needed.slots() {
            match self.0.cache.find(id) {
                Some(key) => slot.fill(Found::Key(key)),
                None => missing.push(id),
            }
        }
        missing
    }

    /// Gives the envelopes the keys that were not at hand, as the database has them.
    pub fn deliver(&self, needed: &Needed, keys: Vec<WrappedKey>) {
        for wrapped in keys {
            let found = match wrapped.unwrap(self.ring()) {
                Ok(Some(key)) => Found::Key(self.keep(wrapped.owner, key)),
                Ok(None) => Found::Destroyed,
                Err(error) => Found::Locked(error.to_string()),
            };
            needed.fill(wrapped.id, found);
        }
    }

    /// The key of an owner, if it is at hand.
    pub fn key_of(&self, owner: Owner) -> Option<Arc<DataKey>> {
        self.0.cache.find_of(owner)
    }

    /// Keeps a key that is in the database, for a while.
    pub fn keep(&self, owner: Owner, key: DataKey) -> Arc<DataKey> {
        let key = Arc::new(key);
        self.0.cache.keep(owner, key.clone());
        key
    }

    /// Forgets every data key, because some of them are no more.
    pub fn forget(&self) {
        self.0.cache.clear();
    }
}
