//! The data keys that the rows of a statement are sealed with.
//!
//! Opening a text must not wait for the database. So while a row is decoded, each envelope registers the key that it
//! needs and gets the slot where the key will be. After all rows are decoded, the keys are read together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, OnceLock};

use super::key::DataKey;
use crate::ids::DataKeyId;

thread_local! {
    /// The keys that the rows being decoded on this thread need.
    static MET: RefCell<Needed> = RefCell::default();
}

/// The slot for a key. Empty until the key was looked for and found.
#[derive(Debug, Default)]
pub struct Slot(OnceLock<Found>);

/// The result of looking for a key.
#[derive(Debug)]
pub enum Found {
    /// The key.
    Key(Arc<DataKey>),
    /// The key was destroyed.
    Destroyed,
    /// The key ring cannot unwrap the key. The text says why.
    Locked(String),
}

/// The keys that some rows need.
#[derive(Debug, Default)]
pub struct Needed(HashMap<DataKeyId, Arc<Slot>>);

impl Slot {
    pub fn with(found: Found) -> Self {
        Self(OnceLock::from(found))
    }

    pub fn found(&self) -> Option<&Found> {
        self.0.get()
    }

    pub fn fill(&self, found: Found) {
        self.0.get_or_init(|| found);
    }
}

impl Needed {
    /// Decodes one row and records the keys that its envelopes need.
    pub fn while_decoding<T>(&mut self, decode: impl FnOnce() -> T) -> T {
        MET.replace(mem::take(self));
        let decoded = decode();
        *self = MET.take();
        decoded
    }

    /// Registers the key of an envelope. Returns the slot where the key will be.
    pub(super) fn meet(id: DataKeyId) -> Arc<Slot> {
        MET.with_borrow_mut(|met| met.0.entry(id).or_default().clone())
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = (DataKeyId, &Slot)> {
        self.0.iter().map(|(id, slot)| (*id, &**slot))
    }

    pub(super) fn fill(&self, id: DataKeyId, found: Found) {
        if let Some(slot) = self.0.get(&id) {
            slot.fill(found);
        }
    }
}
