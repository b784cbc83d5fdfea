//! Which data keys the rows of a statement are sealed with.
//!
//! Opening is not the place to wait for a database, and no handler has to think of it: while a row
//! is decoded, each envelope leaves word here of the key it needs, and takes along the slot in
//! which it will be. When all rows are decoded, the keys are fetched together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, OnceLock};

use super::key::DataKey;
use crate::ids::DataKeyId;

thread_local! {
    /// What the row that this thread is decoding needs.
    static MET: RefCell<Needed> = RefCell::default();
}

/// Where a key will be; empty as long as nobody found any.
#[derive(Debug, Default)]
pub struct Slot(OnceLock<Found>);

/// What became of a key.
#[derive(Debug)]
pub enum Found {
    /// Here it is.
    Key(Arc<DataKey>),
    /// It was destroyed.
    Destroyed,
    /// It does not unwrap.
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
    /// Decodes one row, and remembers the keys that its envelopes need.
    pub fn while_decoding<T>(&mut self, decode: impl FnOnce() -> T) -> T {
        MET.replace(mem::take(self));
        let decoded = decode();
        *self = MET.take();
        decoded
    }

    /// Where the key of an envelope will be.
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
