//! The chain of this process, as its background task knows it.

use super::chain::Link;
use super::event::Event;
use super::sign::{Checkpoint, Head};
use crate::ids::{AuditEventId, WriterId};

/// What the task knows about the chain of its own process.
#[derive(Debug)]
pub(super) struct Own {
    /// The head that was written last.
    pub head: Head,
    /// Events that are not in the database yet.
    pub new: Vec<Event>,
    /// Events that the database did not store. They are written again after the report about them is written.
    pub held_back: Vec<Event>,
    /// Events that are in the database and not chained yet.
    pub unchained: Vec<Event>,
    /// Links that are not yet confirmed to be in the database as they were written.
    pub unconfirmed: Vec<Link>,
    /// Whether the database differs from these links, so that they must be written again.
    pub is_to_restore: bool,
    /// The last checkpoint of all processes that this process knows.
    pub checkpoint: Option<Checkpoint>,
}

impl Own {
    pub fn of(writer: WriterId) -> Self {
        Self {
            head: Head::of(writer),
            new: Vec::new(),
            held_back: Vec::new(),
            unchained: Vec::new(),
            unconfirmed: Vec::new(),
            is_to_restore: false,
            checkpoint: None,
        }
    }

    /// Puts aside the new events that the database did not store.
    pub fn hold_back(&mut self, refused: &[AuditEventId]) {
        self.held_back.extend(self.new.extract_if(.., |event| refused.contains(&event.id)));
    }
}
