//! One request's hold on the trail: what its viewer looks at and does.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::OwnedPermit;
use uuid::Uuid;

use super::event::{Actor, Event};
use super::queue::{Message, Trail};
use crate::db::Tx;
use crate::ids::PersonId;
use crate::problem::Problem;

/// Sees what the viewer of one request does; all clones are the same. The default one is blind:
/// before its eyes nothing opens and nothing changes.
#[derive(Clone, Debug, Default)]
pub struct Witness(Option<Arc<Present>>);

/// Who is seen, and in which request.
#[derive(Debug)]
pub(super) struct Present {
    trail: Trail,
    pub request_id: Uuid,
    pub actor: Actor,
    deeds: Mutex<Vec<Deed>>,
}

/// What was done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The act.
    pub act: &'static str,
    /// The relation under which it was allowed.
    pub relation: &'static str,
    /// The kind of record, as its table is called.
    pub record_kind: &'static str,
    /// The record.
    pub record_id: Uuid,
}

/// Values of one author that were opened.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub relation: &'static str,
    pub table: &'static str,
    pub author_id: Option<PersonId>,
    pub rows: Vec<Uuid>,
    pub columns: Vec<&'static str>,
}

impl Witness {
    pub(super) fn new(trail: Trail, actor: Actor, request_id: Uuid) -> Self {
        Self(Some(Arc::new(Present { trail, request_id, actor, deeds: Mutex::default() })))
    }

    /// Notes a deed. The unit of work that commits next writes it down, and one that does not takes
    /// it back. `permit` calls this; only what is done without a permit has to.
    pub fn note(&self, deed: Deed) {
        if let Some(present) = &self.0 {
            present.deeds().push(deed);
        }
    }

    /// The deeds that a unit of work is to write; `None` if nobody sees them.
    pub fn deeds(&self) -> Option<Deeds> {
        self.0.clone().map(|present| Deeds { present, about: None, events: Vec::new(), is_written: false })
    }
}

impl Present {
    fn deeds(&self) -> MutexGuard<'_, Vec<Deed>> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The deeds of a transaction. What was not written when this goes was not done.
#[derive(Debug)]
pub struct Deeds {
    present: Arc<Present>,
    about: Option<Uuid>,
    /// What they are in the log.
    events: Vec<Event>,
    /// All of them are in the transaction, whose commit may begin.
    is_written: bool,
}

impl Deeds {
    /// Adds a record to what they were done to: the one that came of them, or the one that a permit
    /// for the whole organisation was used on.
    pub fn about(&mut self, record: Uuid) {
        self.about = Some(record);
    }

    /// Writes them; within the transaction that does them.
    pub async fn write(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let deeds = mem::take(&mut *self.present.deeds());
        let trail = &self.present.trail;
        self.events = trail.events_of(&self.present, &deeds, self.about);
        trail.write_deeds(tx, &mut self.events).await?;
        self.is_written = true;
        Ok(())
    }

    /// Says that what was written is durable: now it can be chained.
    pub fn done(mut self) {
        self.present.trail.0.ledger.commit(mem::take(&mut self.events));
        self.present.trail.wake();
    }
}

impl Drop for Deeds {
    fn drop(&mut self) {
        self.present.deeds().clear();
        let trail = &self.present.trail;
        let events = mem::take(&mut self.events);
        if events.is_empty() {
            return;
        }
        if self.is_written {
            // The commit failed or nobody waited for it: it may have come to pass.
            trail.0.ledger.doubt(events);
            trail.wake();
        } else {
            trail.0.ledger.close(&events);
        }
    }
}

/// What is opened for one answer. It takes its place in the queue before the first value opens, and
/// is handed over when it goes, whatever became of the answer.
pub struct Looks {
    witness: Witness,
    place: Option<OwnedPermit<Message>>,
    is_refused: bool,
    seen: Vec<Look>,
}

impl Looks {
    /// Nothing yet.
    pub fn new(witness: &Witness) -> Self {
        Self { witness: witness.clone(), place: None, is_refused: false, seen: Vec::new() }
    }

    /// Whether a value may open: only what will be written down does.
    pub fn may_open(&mut self) -> bool {
        if self.place.is_none() {
            self.place = self.witness.0.as_ref().and_then(|present| present.trail.place());
            self.is_refused = self.place.is_none();
        }
        !self.is_refused
    }

    /// Whether something had to stay closed for want of a place.
    pub const fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Notes that a value was opened.
    pub fn note(
        &mut self,
        relation: &'static str,
        (table, row, column): (&'static str, Uuid, &'static str),
        author_id: Option<PersonId>,
    ) {
        let is_same = |look: &&mut Look| (look.relation, look.table, look.author_id) == (relation, table, author_id);
        let Some(look) = self.seen.iter_mut().find(is_same) else {
            self.seen.push(Look { relation, table, author_id, rows: vec![row], columns: vec![column] });
            return;
        };
        if look.rows.last() != Some(&row) {
            look.rows.push(row);
        }
        if !look.columns.contains(&column) {
            look.columns.push(column);
        }
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        if let (Some(place), Some(present), false) = (self.place.take(), self.witness.0.take(), self.seen.is_empty()) {
            let at: DateTime<Utc> = present.trail.now();
            place.send(Message::Seen { present, at, looks: mem::take(&mut self.seen) });
        }
    }
}

impl fmt::Debug for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} looks>", self.seen.len())
    }
}
