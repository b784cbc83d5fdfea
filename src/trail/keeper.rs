//! The keeper of the log: gathers what was read, and has it written, chained, compared and signed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::chain::Link;
use super::event::Event;
use super::queue::{Inner, Message, Trail};
use super::sign::{Checkpoint, Head};
use super::witness::Present;
use crate::ids::{AuditEventId, PersonId, WriterId};

/// What was seen waits at most this long to be written.
const GATHER: Duration = Duration::from_millis(100);
/// So many entries are written without waiting longer.
const FULL: usize = 500;
/// After a failure.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How long the end of the service waits for the last of it.
const LAST: Duration = Duration::from_secs(10);

/// What goes into one row: who saw what of whom, as what, in one request.
type Key = (Uuid, Uuid, &'static str, &'static str, Option<PersonId>);

/// What was seen and is not written.
#[derive(Default)]
struct Batch {
    entries: BTreeMap<Key, Entry>,
    settling: Vec<oneshot::Sender<()>>,
    is_last: bool,
}

struct Entry {
    present: Arc<Present>,
    at: DateTime<Utc>,
    rows: BTreeSet<Uuid>,
    columns: BTreeSet<&'static str>,
}

impl Batch {
    fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Seen { present, at, looks }) => {
                for look in looks {
                    let key = (present.request_id, present.actor.id, look.relation, look.table, look.author_id);
                    let entry = self.entries.entry(key).or_insert_with(|| Entry {
                        present: present.clone(),
                        at,
                        rows: BTreeSet::new(),
                        columns: BTreeSet::new(),
                    });
                    entry.rows.extend(look.rows);
                    entry.columns.extend(look.columns);
                }
            }
            Some(Message::Settle(asked)) => self.settling.push(asked),
            Some(Message::Stop) | None => self.is_last = true,
        }
    }

    /// Whether somebody waits, or there is enough.
    fn is_due(&self) -> bool {
        self.is_last || !self.settling.is_empty() || self.entries.len() >= FULL
    }

    /// What was read, as events of the log.
    fn events(&mut self, trail: &Trail) -> Vec<Event> {
        let entries = std::mem::take(&mut self.entries);
        let events = entries.into_iter().map(|((_, _, relation, table, author), entry)| Event {
            kind: "read".to_owned(),
            relation: relation.to_owned(),
            record_kind: table.to_owned(),
            record_ids: entry.rows.into_iter().collect::<Vec<_>>().into(),
            fields: entry.columns.into_iter().map(str::to_owned).collect::<Vec<_>>().into(),
            author_id: author,
            ..trail.blank(entry.present.request_id, entry.present.actor, entry.at)
        });
        events.collect()
    }
}

/// What the keeper knows of the chain of its own process.
#[derive(Debug)]
pub(super) struct Own {
    /// The head as it was written last.
    pub head: Head,
    /// Events that are not in the database yet.
    pub new: Vec<Event>,
    /// Events that the database did not take. They are tried again once the report of it is written.
    pub held_back: Vec<Event>,
    /// Events that are, and are not chained.
    pub unchained: Vec<Event>,
    /// Links that are not known to be in the database as they were written.
    pub unproven: Vec<Link>,
    /// The database did not have them as they were written: they are written again.
    pub is_to_restore: bool,
    /// The last checkpoint of all, as far as this process knows.
    pub checkpoint: Option<Checkpoint>,
}

impl Own {
    pub fn of(writer: WriterId) -> Self {
        Self {
            head: Head::of(writer),
            new: Vec::new(),
            held_back: Vec::new(),
            unchained: Vec::new(),
            unproven: Vec::new(),
            is_to_restore: false,
            checkpoint: None,
        }
    }

    /// Puts new events aside that the database did not take.
    pub fn hold_back(&mut self, refused: &[AuditEventId]) {
        self.held_back.extend(self.new.extract_if(.., |event| refused.contains(&event.id)));
    }
}

/// While nobody keeps the log, nothing opens.
struct Kept<'t>(&'t Inner);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.0.is_failing.store(true, Ordering::Relaxed);
    }
}

impl Trail {
    /// Keeps the log until it is told to [`stop`](Trail::stop).
    pub async fn keep(&self) {
        let mut queue = self.0.receiver.lock().await;
        let _kept = Kept(&self.0);
        let mut minute = interval(Duration::from_mins(1));
        let mut batch = Batch::default();
        while !batch.is_last {
            batch = Batch::default();
            tokio::select! {
                message = queue.recv() => batch.take(message),
                () = self.0.deeds.notified() => {}
                _ = minute.tick() => {
                    if let Err(error) = self.tend().await {
                        tracing::warn!(
                            event = "audit.checkpoint_failed", %error,
                            "audit log: no checkpoint could be signed; trying again in a minute"
                        );
                    }
                    continue;
                }
            }
            let end = Instant::now() + GATHER;
            while !batch.is_due() {
                let Ok(message) = timeout_at(end, queue.recv()).await else { break };
                batch.take(message);
            }
            self.write(&mut batch).await;
        }
    }

    /// Writes and chains, however often it takes: meanwhile nothing opens, and nobody is told that it is done.
    async fn write(&self, batch: &mut Batch) {
        let mut own = self.0.own.lock().await;
        let read = self.numbered(batch.events(self));
        own.new.extend(read);
        loop {
            match self.advance(&mut own).await {
                // Reports are written at once.
                Ok(()) if self.0.is_thinned.load(Ordering::Relaxed) => {}
                Ok(()) if !self.0.alarms.is_empty() => continue,
                Ok(()) if own.held_back.is_empty() => break,
                Ok(()) => {
                    let held_back = std::mem::take(&mut own.held_back);
                    own.new.extend(held_back);
                }
                Err(error) => tracing::error!(
                    event = "audit.write_failed", %error,
                    "audit log: events cannot be written; private words stay closed; trying again at once"
                ),
            }
            self.0.is_failing.store(true, Ordering::Relaxed);
            batch.settling.clear();
            sleep(TRY_AGAIN).await;
        }
        self.0.is_failing.store(false, Ordering::Relaxed);
        for asked in batch.settling.drain(..) {
            // Whoever asked may be gone.
            let _ = asked.send(());
        }
    }

    /// Gives events their numbers. The keeper alone takes care of them.
    pub(super) fn numbered(&self, events: Vec<Event>) -> Vec<Event> {
        let events = self.0.ledger.open(&self.0.signer, events);
        self.0.ledger.close(&events);
        events
    }

    /// Writes, chains and signs the last of it. What is opened afterwards, if anything, is lost.
    pub async fn stop(&self) {
        let last = async {
            // Fails only if nobody keeps the log: then nothing waits.
            let _ = self.0.sender.send(Message::Stop).await;
            // Free once the keeper has gone.
            let _queue = self.0.receiver.lock().await;
            self.sign_own().await
        };
        match timeout(LAST, last).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(
                event = "audit.last_checkpoint_failed", %error,
                "audit log: the last events are not chained or not signed; another instance does it after two minutes"
            ),
            Err(_) => tracing::error!(
                event = "audit.last_write_failed",
                "audit log: the last events could not be written before the process ended"
            ),
        }
    }
}
