//! Encryption of private text in the database. Each text is sealed with the data key of its author, and a key ring
//! wraps the data keys. `db` stores the wrapped keys; `policy` decides which fields are sealed and who can open them.

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

/// The key ring and the cache of data keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: Ring,
    cache: Cache,
}

impl Vault {
    /// A vault with this key ring.
    pub fn new(ring: Ring) -> Self {
        Self(Arc::new(Inner { ring, cache: Cache::default() }))
    }

    /// The key ring, which wraps the data keys.
    pub fn ring(&self) -> &Ring {
        &self.0.ring
    }

    /// Gives the envelopes the keys in the cache. Returns the ids of the missing ones.
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

    /// Gives the envelopes the missing keys, as read from the database.
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

    /// The key of an owner, if it is in the cache.
    pub fn key_of(&self, owner: Owner) -> Option<Arc<DataKey>> {
        self.0.cache.find_of(owner)
    }

    /// Puts a stored key into the cache.
    pub fn keep(&self, owner: Owner, key: DataKey) -> Arc<DataKey> {
        let key = Arc::new(key);
        self.0.cache.keep(owner, key.clone());
        key
    }

    /// Empties the cache, because keys were destroyed.
    pub fn forget(&self) {
        self.0.cache.clear();
    }
}
