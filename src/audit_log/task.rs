//! The background task of the audit log: collects reads, then writes, chains, compares and signs events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::event::{Actor, Event};
use super::queue::{AuditLog, Inner, Message};
use crate::ids::PersonId;

/// Longest time that a read waits to be written.
const BATCH_WAIT: Duration = Duration::from_millis(100);
/// Number of entries at which a batch is written at once.
const FULL_BATCH: usize = 500;
/// Time until the next attempt after a failed write.
const RETRY_WAIT: Duration = Duration::from_millis(500);
/// Longest time that the shutdown waits for the last events.
const STOP_WAIT: Duration = Duration::from_secs(10);

/// What one row stands for: request, actor, relation, table and author.
type Key = (Uuid, Uuid, &'static str, &'static str, Option<PersonId>);

/// Reads that are not written yet.
#[derive(Default)]
struct Batch {
    entries: BTreeMap<Key, Entry>,
    settling: Vec<oneshot::Sender<()>>,
    is_last: bool,
}

struct Entry {
    actor: Actor,
    at: DateTime<Utc>,
    rows: BTreeSet<Uuid>,
    columns: BTreeSet<&'static str>,
}

impl Batch {
    fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Reads { request_id, actor, at, reads }) => {
                for read in reads {
                    let key = (request_id, actor.id, read.relation, read.table, read.author_id);
                    let entry = self.entries.entry(key).or_insert_with(|| Entry {
                        actor,
                        at,
                        rows: BTreeSet::new(),
                        columns: BTreeSet::new(),
                    });
                    entry.rows.extend(read.rows);
                    entry.columns.extend(read.columns);
                }
            }
            Some(Message::Settle(written)) => self.settling.push(written),
            Some(Message::Stop) | None => self.is_last = true,
        }
    }

    /// Whether the batch must be written now: a caller waits for it, or it is full.
    fn is_due(&self) -> bool {
        self.is_last || !self.settling.is_empty() || self.entries.len() >= FULL_BATCH
    }

    /// The reads as events of the log.
    fn events(&mut self, audit_log: &AuditLog) -> Vec<Event> {
        let entries = std::mem::take(&mut self.entries);
        let events = entries.into_iter().map(|((request_id, _, relation, table, author), entry)| Event {
            kind: "read".to_owned(),
            relation: relation.to_owned(),
            record_kind: table.to_owned(),
            record_ids: entry.rows.into_iter().collect::<Vec<_>>().into(),
            fields: entry.columns.into_iter().map(str::to_owned).collect::<Vec<_>>().into(),
            author_id: author,
            ..audit_log.blank(request_id, entry.actor, entry.at)
        });
        events.collect()
    }
}

/// Marks the log as failing when the task ends: without the task no sealed value opens.
struct Running<'t>(&'t Inner);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.is_failing.store(true, Ordering::Relaxed);
    }
}

impl AuditLog {
    /// Runs the background task until [`stop`](AuditLog::stop) is called.
    pub async fn run(&self) {
        let mut queue = self.0.receiver.lock().await;
        let _running = Running(&self.0);
        let mut minute = interval(Duration::from_mins(1));
        let mut batch = Batch::default();
        while !batch.is_last {
            batch = Batch::default();
            tokio::select! {
                message = queue.recv() => batch.take(message),
                () = self.0.changes.notified() => {}
                _ = minute.tick() => {
                    if let Err(error) = self.sign_and_finish().await {
                        tracing::warn!(
                            event = "audit.checkpoint_failed", retry_seconds = 60, %error,
                            "audit log: no checkpoint could be signed; events are still written; retrying in 1 minute"
                        );
                    }
                    continue;
                }
            }
            let end = Instant::now() + BATCH_WAIT;
            while !batch.is_due() {
                let Ok(message) = timeout_at(end, queue.recv()).await else { break };
                batch.take(message);
            }
            self.write(&mut batch).await;
        }
    }

    /// Writes and chains a batch and repeats that until it succeeds. Meanwhile no sealed value opens, and callers that
    /// wait for this batch get an error.
    async fn write(&self, batch: &mut Batch) {
        let mut own = self.0.own.lock().await;
        let read = self.numbered(batch.events(self));
        own.new.extend(read);
        loop {
            match self.advance(&mut own).await {
                // Reports of tampering are written at once.
                Ok(()) if self.0.is_tampered.load(Ordering::Relaxed) => {}
                Ok(()) if !self.0.alarms.is_empty() => continue,
                Ok(()) if own.held_back.is_empty() => break,
                Ok(()) => {
                    let held_back = std::mem::take(&mut own.held_back);
                    own.new.extend(held_back);
                }
                Err(error) => tracing::error!(
                    event = "audit.write_failed", retry_seconds = RETRY_WAIT.as_secs_f64(), %error,
                    "audit log: events cannot be written; private text stays closed, and changes get 503; retrying in 0.5 s"
                ),
            }
            self.0.is_failing.store(true, Ordering::Relaxed);
            batch.settling.clear();
            sleep(RETRY_WAIT).await;
        }
        if self.0.is_failing.swap(false, Ordering::Relaxed) {
            tracing::info!(
                event = "audit.write_recovered",
                "audit log: events are written again; private text opens, and changes are accepted"
            );
        }
        for written in batch.settling.drain(..) {
            // The caller may have gone away.
            let _ = written.send(());
        }
    }

    /// Gives events their numbers. They belong to no request, so only the task tracks them.
    pub(super) fn numbered(&self, events: Vec<Event>) -> Vec<Event> {
        let events = self.0.pending.open(&self.0.signer, events);
        self.0.pending.close(&events);
        events
    }

    /// Writes, chains and signs the last events. A value that opens after this is not recorded.
    pub async fn stop(&self) {
        let last = async {
            // Fails only if the task does not run: then no event waits.
            let _ = self.0.sender.send(Message::Stop).await;
            // Free once the task has ended.
            let _queue = self.0.receiver.lock().await;
            self.sign_own().await
        };
        match timeout(STOP_WAIT, last).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(
                event = "audit.last_checkpoint_failed", %error,
                "audit log: the last events could not be chained or signed before the process ended; they are stored; another \
                 instance or the next start does it after 2 minutes"
            ),
            Err(_) => tracing::error!(
                event = "audit.last_write_failed",
                "audit log: the last events could not be written within 10 s before the process ended; the reads of the last \
                 moment are lost; after the next start run `mentorship audit verify`"
            ),
        }
    }
}
