//! What one process knows about the events it wrote: their numbers, and what became of the transactions that wrote them.
//! The database is compared with it, so that a row that is dropped, changed or added there is noticed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use super::sign::Signer;
use crate::ids::AuditEventId;

/// A commit of which nobody heard the end has ended by now: PostgreSQL ends an idle transaction after a minute.
const ENDED: Duration = Duration::from_mins(2);

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    /// The last number given.
    last: i64,
    /// Events of transactions at work, by number.
    open: BTreeMap<i64, Event>,
    /// Events of transactions that committed and are not chained.
    committed: Vec<Event>,
    /// Events of transactions whose commit began, and of which nobody heard the end.
    doubtful: Vec<(Event, Instant)>,
}

/// What is to be chained.
#[derive(Debug)]
pub(super) struct Taken {
    /// Events that are in the database for certain.
    pub committed: Vec<Event>,
    /// Events that may be.
    pub doubtful: Vec<Event>,
    /// No event with a number up to this one can still come, besides `committed`.
    pub settled: i64,
}

impl Ledger {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives events their ids, numbers and authentication codes. Until somebody says what became of them, they are open.
    pub fn open(&self, signer: &Signer, events: Vec<Event>) -> Vec<Event> {
        let mut books = self.books();
        let finished = |event: Event| {
            books.last += 1;
            let mut event = Event { number: books.last, ..event.with_id() };
            signer.authenticate(&mut event);
            books.open.insert(event.number, event.clone());
            event
        };
        events.into_iter().map(finished).collect()
    }

    /// They are in the database: now they can be chained.
    pub fn commit(&self, events: Vec<Event>) {
        let mut books = self.books();
        books.close(&events);
        books.committed.extend(events);
    }

    /// They never came to the database, or somebody else takes care of them.
    pub fn close(&self, events: &[Event]) {
        self.books().close(events);
    }

    /// Their commit began, and nobody heard its end.
    pub fn doubt(&self, events: Vec<Event>) {
        let mut books = self.books();
        books.close(&events);
        let now = Instant::now();
        books.doubtful.extend(events.into_iter().map(|event| (event, now)));
    }

    pub fn take(&self) -> Taken {
        let mut books = self.books();
        let doubtful: Vec<_> = books.doubtful.iter().map(|(event, _)| event.clone()).collect();
        let first_open = books.open.keys().copied().chain(doubtful.iter().map(|event| event.number)).min();
        let settled = first_open.map_or(books.last, |number| number - 1);
        Taken { committed: std::mem::take(&mut books.committed), doubtful, settled }
    }

    /// Forgets doubtful events: those that were found, and those that cannot come any more. With `is_certain` that is each
    /// of `asked`.
    pub fn resolve(&self, asked: &[Event], found: &[Event], is_certain: bool) {
        self.books().doubtful.retain(|(event, since)| {
            let is_over = asked.contains(event) && (is_certain || since.elapsed() > ENDED);
            !is_over && !found.contains(event)
        });
    }

    /// Whether this process wrote the event and it is not chained yet.
    pub fn knows(&self, id: AuditEventId) -> bool {
        let books = self.books();
        let mut all = books.open.values().chain(&books.committed).chain(books.doubtful.iter().map(|(event, _)| event));
        all.any(|event| event.id == id)
    }
}

impl Books {
    fn close(&mut self, events: &[Event]) {
        for event in events {
            self.open.remove(&event.number);
        }
    }
}
