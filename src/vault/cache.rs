//! A cache of recently used data keys, so that a page of private texts needs no further statement.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::key::{DataKey, Owner};
use crate::ids::DataKeyId;

/// The maximum age of a generation. A key that another process destroyed leaves this cache after at most twice this
/// time.
const GROWS_OLD_AFTER: Duration = Duration::from_secs(30);
/// The maximum number of keys in a generation.
const FULL: usize = 20_000;

#[derive(Debug, Default)]
pub struct Cache(Mutex<Both>);

#[derive(Debug, Default)]
struct Both {
    by_id: Generations<DataKeyId>,
    by_owner: Generations<Owner>,
}

/// Two generations: when the young one is full or old, it takes the place of the old one.
#[derive(Debug)]
struct Generations<K> {
    young: HashMap<K, Arc<DataKey>>,
    old: HashMap<K, Arc<DataKey>>,
    since: Instant,
}

impl Cache {
    pub fn find(&self, id: DataKeyId) -> Option<Arc<DataKey>> {
        self.both().by_id.find(&id)
    }

    pub fn find_of(&self, owner: Owner) -> Option<Arc<DataKey>> {
        self.both().by_owner.find(&owner)
    }

    pub fn keep(&self, owner: Owner, key: Arc<DataKey>) {
        let mut both = self.both();
        both.by_id.keep(key.id(), key.clone());
        both.by_owner.keep(owner, key);
    }

    pub fn clear(&self) {
        *self.both() = Both::default();
    }

    fn both(&self) -> MutexGuard<'_, Both> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Generations<K> {
    fn find(&mut self, id: &K) -> Option<Arc<DataKey>> {
        self.turn();
        self.young.get(id).or_else(|| self.old.get(id)).cloned()
    }

    fn keep(&mut self, id: K, key: Arc<DataKey>) {
        self.turn();
        self.young.insert(id, key);
    }

    fn turn(&mut self) {
        if self.young.len() >= FULL || self.since.elapsed() >= GROWS_OLD_AFTER {
            let age = self.since.elapsed();
            self.old = mem::take(&mut self.young);
            self.since = Instant::now();
            if age >= 2 * GROWS_OLD_AFTER {
                self.old.clear();
            }
        }
    }
}

impl<K> Default for Generations<K> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), since: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;
    use crate::vault::{Ring, WrappedKey};
    use uuid::Uuid;

    fn key(ring: &Ring) -> (Owner, DataKey) {
        let owner = Owner { scope_id: Uuid::nil(), author_id: PersonId::first() };
        let key = WrappedKey::new(owner, ring).unwrap(ring).expect("it unwraps").expect("it is there");
        (owner, key)
    }

    /// A key that another process destroyed leaves the cache by its age.
    #[test]
    fn keys_grow_old() {
        let (ring, cache) = (Ring::of_one(), Cache::default());
        let (owner, key) = key(&ring);
        let key = Arc::new(key);
        cache.keep(owner, key.clone());
        let Some(long_ago) = Instant::now().checked_sub(GROWS_OLD_AFTER) else { return };
        cache.both().by_id.since = long_ago;
        assert!(cache.find(key.id()).is_some(), "old");
        cache.both().by_id.since = long_ago;
        assert!(cache.find(key.id()).is_none(), "gone");
    }
}
