//! The audit log of one process: a bounded queue of reads, and the state that its background task needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::{Mutex, Notify, oneshot};
use uuid::{Builder, Uuid};

use super::alarm::Alarms;
use super::chain;
use super::event::{Actor, Event};
use super::own::Own;
use super::pending::PendingEvents;
use super::sign::Signer;
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::ids::{AuditEventId, PersonId, WriterId};
use crate::problem::{Code, Problem};
use crate::secret;

/// Number of answers whose reads may wait to be written. When the queue is full, no sealed value opens.
const WAITING: usize = 8192;

/// Writes who read and who changed what in this process; cheap to clone. A task must [`run`](AuditLog::run) it:
/// otherwise the queue fills up and private values stay closed.
#[derive(Clone, Debug)]
pub struct AuditLog(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub db: Db,
    pub clock: Clock,
    pub signer: Signer,
    pub writer: WriterId,
    pub sender: mpsc::Sender<Message>,
    pub receiver: Mutex<mpsc::Receiver<Message>>,
    /// Whether the last attempt to write events failed.
    pub is_failing: AtomicBool,
    /// Signals that changes wait to be chained.
    pub changes: Notify,
    /// Whether the database differs from what was written. Until it is restored, every change is refused too.
    pub is_tampered: AtomicBool,
    pub pending: PendingEvents,
    pub alarms: Alarms,
    /// The chain of this process.
    pub own: Mutex<Own>,
}

/// A message to the background task.
#[derive(Debug)]
pub(super) enum Message {
    /// Sealed values were opened.
    Reads { request_id: Uuid, actor: Actor, at: DateTime<Utc>, reads: Vec<OpenedValues> },
    /// A caller waits until every message before this one is written.
    Settle(oneshot::Sender<()>),
    /// The last message.
    Stop,
}

/// Values of one author that were opened.
#[derive(Clone, Debug)]
pub(super) struct OpenedValues {
    pub relation: &'static str,
    pub table: &'static str,
    pub author_id: Option<PersonId>,
    pub rows: Vec<Uuid>,
    pub columns: Vec<&'static str>,
}

impl AuditLog {
    /// An audit log with a new chain.
    pub fn new(db: Db, clock: Clock, signer: Signer) -> Self {
        Self::with_capacity(db, clock, signer, WAITING)
    }

    fn with_capacity(db: Db, clock: Clock, signer: Signer, capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity);
        let writer = Builder::from_random_bytes(secret::random()).into_uuid().into();
        let (receiver, is_failing, changes) = (Mutex::new(receiver), AtomicBool::new(false), Notify::new());
        Self(Arc::new(Inner {
            db,
            clock,
            signer,
            writer,
            sender,
            receiver,
            is_failing,
            changes,
            is_tampered: AtomicBool::new(false),
            pending: PendingEvents::default(),
            alarms: Alarms::default(),
            own: Mutex::new(Own::of(writer)),
        }))
    }

    /// Id of the process run whose chain this is.
    pub fn writer(&self) -> WriterId {
        self.0.writer
    }

    /// Waits until every earlier read and change of this process is written and chained.
    pub async fn settle(&self) -> Result<(), Problem> {
        let busy = || {
            Problem::new(Code::Overloaded, "The audit log cannot be written at the moment. Try again in a few seconds.")
        };
        let (written, is_written) = oneshot::channel();
        if self.0.is_failing.load(Ordering::Relaxed) {
            return Err(busy());
        }
        self.0.sender.send(Message::Settle(written)).await.map_err(|_| busy())?;
        is_written.await.map_err(|_| busy())
    }

    /// Whether the service wrote this event with this content. Other events prove nothing.
    pub fn has_written(&self, event: &Event) -> bool {
        self.0.signer.has_written(event)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Reserves a slot for the reads of one answer. `None`: the queue is full, or events cannot be written.
    pub(super) fn reserve_slot(&self) -> Option<OwnedPermit<Message>> {
        let is_failing = self.0.is_failing.load(Ordering::Relaxed);
        if is_failing { None } else { self.0.sender.clone().try_reserve_owned().ok() }
    }

    pub(super) fn wake(&self) {
        self.0.changes.notify_one();
    }

    /// Writes events in the transaction that makes the changes. Fails if the database does not store them unchanged: a
    /// change that cannot be logged must not happen.
    pub(super) async fn write_changes(&self, tx: &mut Tx, events: &mut Vec<Event>) -> Result<(), Problem> {
        let unlogged = |cause: Option<String>| Problem {
            cause,
            ..Problem::new(
                Code::Overloaded,
                "Nothing was changed, because the audit log could not be written. Try again in a few seconds.",
            )
        };
        if self.0.is_tampered.load(Ordering::Relaxed) && !events.is_empty() {
            return Err(unlogged(None));
        }
        let all = events.clone();
        let refused = chain::insert(tx, &self.0.signer, events).await.map_err(|error| {
            let problem = Problem::from(error);
            if problem.code == Code::Internal { unlogged(problem.cause) } else { problem }
        })?;
        if refused.is_empty() {
            let known: Vec<_> = all.into_iter().filter(|event| !events.contains(event)).collect();
            self.0.pending.close(&known);
            return Ok(());
        }
        self.alarm("refused", "audit_events", refused.into_iter().map(AuditEventId::uuid));
        self.wake();
        Err(unlogged(Some("the database did not store audit events unchanged".to_owned())))
    }

    /// An event with its actor, time and request; the other fields are empty.
    pub(super) fn blank(&self, request_id: Uuid, actor: Actor, at: DateTime<Utc>) -> Event {
        Event {
            id: AuditEventId::first(),
            at,
            request_id,
            actor_id: actor.id,
            actor_kind: actor.kind,
            relation: String::new(),
            kind: String::new(),
            act: None,
            record_kind: String::new(),
            record_ids: Vec::new().into(),
            fields: Vec::new().into(),
            author_id: None,
            writer_id: self.0.writer,
            number: 0,
            mac: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit_log::{ActorKind, RecordedReads, RequestRecorder};
    use crate::db::Durability;
    use crate::vault::Ring;

    async fn audit_log(capacity: usize, folder: &tempfile::TempDir) -> AuditLog {
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, 1, Durability::Relaxed, Ring::of_one()).await.expect("it opens");
        let signer = Signer::new(b"0123456789abcdefghijklmnopqrstuv").expect("a key");
        AuditLog::with_capacity(db, Clock::system(), signer, capacity)
    }

    /// A full queue, and the default recorder.
    #[actix_web::test]
    async fn no_value_opens_without_a_slot_in_the_queue() {
        let folder = tempfile::tempdir().expect("a folder");
        let audit_log = audit_log(2, &folder).await;
        let recorder = audit_log.recorder(Actor { id: Uuid::nil(), kind: ActorKind::Person }, Uuid::nil());
        let mut all = [(); 3].map(|()| RecordedReads::new(&recorder));
        assert_eq!(all.each_mut().map(RecordedReads::may_open), [true, true, false]);
        assert_eq!(all.each_ref().map(RecordedReads::is_refused), [false, false, true]);
        all[0].note("author", ("notes", Uuid::nil(), "text"), None);
        drop(all);
        // The reads of the first wait to be written; the slot that the second did not use is free again.
        let mut all = [(); 2].map(|()| RecordedReads::new(&recorder));
        assert_eq!(all.each_mut().map(RecordedReads::may_open), [true, false]);
        assert!(!RecordedReads::new(&RequestRecorder::default()).may_open());
    }
}
