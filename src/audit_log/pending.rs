//! Remembers the events that this process wrote and did not chain yet: their numbers, and how their transactions ended.
//! The database is compared with this list, so that a row that was removed, changed or added there is noticed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::event::Event;
use super::sign::Signer;
use crate::ids::AuditEventId;

/// A commit with an unknown result has ended after this time: PostgreSQL ends an idle transaction after a minute.
const ENDED: Duration = Duration::from_mins(2);

#[derive(Debug, Default)]
pub(super) struct PendingEvents(Mutex<Pending>);

#[derive(Debug, Default)]
struct Pending {
    /// The last number that was given to an event.
    last: i64,
    /// Events of transactions that are still open, by number.
    open: BTreeMap<i64, Event>,
    /// Events of transactions that committed and are not chained.
    committed: Vec<Event>,
    /// Events of transactions whose commit began and whose result is unknown.
    uncertain: Vec<(Event, Instant)>,
}

/// The events to chain next.
#[derive(Debug)]
pub(super) struct Taken {
    /// Events that are certainly in the database.
    pub committed: Vec<Event>,
    /// Events that may be in the database.
    pub uncertain: Vec<Event>,
    /// No event with a number up to this one can still appear, except those in `committed`.
    pub settled: i64,
}

impl PendingEvents {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives events their ids, numbers and authentication codes. They stay open until `commit`, `close` or
    /// `mark_uncertain` is called for them.
    pub fn open(&self, signer: &Signer, events: Vec<Event>) -> Vec<Event> {
        let mut pending = self.pending();
        let finished = |event: Event| {
            pending.last += 1;
            let mut event = Event { number: pending.last, ..event.with_id() };
            signer.authenticate(&mut event);
            pending.open.insert(event.number, event.clone());
            event
        };
        events.into_iter().map(finished).collect()
    }

    /// The events are in the database and can be chained.
    pub fn commit(&self, events: Vec<Event>) {
        let mut pending = self.pending();
        pending.close(&events);
        pending.committed.extend(events);
    }

    /// The events are not in the database, or the background task tracks them itself.
    pub fn close(&self, events: &[Event]) {
        self.pending().close(events);
    }

    /// The commit of the events began, and its result is unknown.
    pub fn mark_uncertain(&self, events: Vec<Event>) {
        let mut pending = self.pending();
        pending.close(&events);
        let now = Instant::now();
        pending.uncertain.extend(events.into_iter().map(|event| (event, now)));
    }

    pub fn take(&self) -> Taken {
        let mut pending = self.pending();
        let uncertain: Vec<_> = pending.uncertain.iter().map(|(event, _)| event.clone()).collect();
        let first_open = pending.open.keys().copied().chain(uncertain.iter().map(|event| event.number)).min();
        let settled = first_open.map_or(pending.last, |number| number - 1);
        Taken { committed: std::mem::take(&mut pending.committed), uncertain, settled }
    }

    /// Forgets the uncertain events that were found or that cannot appear any more. With `is_certain` no event of
    /// `asked` can appear any more.
    pub fn resolve(&self, asked: &[Event], found: &[Event], is_certain: bool) {
        self.pending().uncertain.retain(|(event, since)| {
            let is_over = asked.contains(event) && (is_certain || since.elapsed() > ENDED);
            !is_over && !found.contains(event)
        });
    }

    /// Whether this process wrote the event and did not chain it yet.
    pub fn knows(&self, id: AuditEventId) -> bool {
        let pending = self.pending();
        let uncertain = pending.uncertain.iter().map(|(event, _)| event);
        let mut all = pending.open.values().chain(&pending.committed).chain(uncertain);
        all.any(|event| event.id == id)
    }
}

impl Pending {
    fn close(&mut self, events: &[Event]) {
        for event in events {
            self.open.remove(&event.number);
        }
    }
}
