//! The trail of one process: a bounded queue of what was seen, and what its keeper needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::{Mutex, Notify, oneshot};
use uuid::{Builder, Uuid};

use super::alarm::Alarms;
use super::chain;
use super::event::{Actor, Event};
use super::keeper::Own;
use super::ledger::Ledger;
use super::sign::Signer;
use super::witness::{Deed, Look, Present, Witness};
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::ids::{AuditEventId, WriterId};
use crate::problem::{Code, Problem};
use crate::secret;

/// So many answers may wait to be written down; then nothing opens any more.
const WAITING: usize = 8192;

/// Where one process writes down who looked and who changed what; cheap to clone. Somebody has to
/// [`keep`](Trail::keep) it: otherwise it fills up, and what is private stays closed.
#[derive(Clone, Debug)]
pub struct Trail(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub db: Db,
    pub clock: Clock,
    pub signer: Signer,
    pub writer: WriterId,
    pub sender: mpsc::Sender<Message>,
    pub receiver: Mutex<mpsc::Receiver<Message>>,
    /// What was seen could not be written the last time.
    pub is_failing: AtomicBool,
    /// Deeds wait to be chained.
    pub deeds: Notify,
    /// What was written came out otherwise: until it is put right nothing changes either.
    pub is_thinned: AtomicBool,
    pub ledger: Ledger,
    pub alarms: Alarms,
    /// The chain of this process.
    pub own: Mutex<Own>,
}

/// What the keeper gets.
#[derive(Debug)]
pub(super) enum Message {
    /// Values were opened.
    Seen { present: Arc<Present>, at: DateTime<Utc>, looks: Vec<Look> },
    /// Somebody wants to know when all before it is written.
    Settle(oneshot::Sender<()>),
    /// The last one.
    Stop,
}

impl Trail {
    /// A trail of its own, with a chain of its own.
    pub fn new(db: Db, clock: Clock, signer: Signer) -> Self {
        Self::with_room(db, clock, signer, WAITING)
    }

    fn with_room(db: Db, clock: Clock, signer: Signer, room: usize) -> Self {
        let (sender, receiver) = mpsc::channel(room);
        let writer = Builder::from_random_bytes(secret::random()).into_uuid().into();
        let (receiver, is_failing, deeds) = (Mutex::new(receiver), AtomicBool::new(false), Notify::new());
        Self(Arc::new(Inner {
            db,
            clock,
            signer,
            writer,
            sender,
            receiver,
            is_failing,
            deeds,
            is_thinned: AtomicBool::new(false),
            ledger: Ledger::default(),
            alarms: Alarms::default(),
            own: Mutex::new(Own::of(writer)),
        }))
    }

    /// Whose chain it writes.
    pub fn writer(&self) -> WriterId {
        self.0.writer
    }

    /// Who will see what `actor` does in one request.
    pub fn witness(&self, actor: Actor, request_id: Uuid) -> Witness {
        Witness::new(self.clone(), actor, request_id)
    }

    /// Waits until all that was seen and done here before is written and chained.
    pub async fn settle(&self) -> Result<(), Problem> {
        let busy = || Problem::new(Code::Overloaded, "The audit log cannot be written; try again in a moment.");
        let (written, is_written) = oneshot::channel();
        if self.0.is_failing.load(Ordering::Relaxed) {
            return Err(busy());
        }
        self.0.sender.send(Message::Settle(written)).await.map_err(|_| busy())?;
        is_written.await.map_err(|_| busy())
    }

    /// Whether the service wrote this event, and wrote it so. Only events that it did are evidence.
    pub fn has_written(&self, event: &Event) -> bool {
        self.0.signer.has_written(event)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// A place for the looks of one answer, if what is seen can be written at all.
    pub(super) fn place(&self) -> Option<OwnedPermit<Message>> {
        let is_failing = self.0.is_failing.load(Ordering::Relaxed);
        if is_failing { None } else { self.0.sender.clone().try_reserve_owned().ok() }
    }

    pub(super) fn wake(&self) {
        self.0.deeds.notify_one();
    }

    /// The events that deeds make, numbered and authenticated. Whoever gets them says what became of them.
    pub(super) fn events_of(&self, present: &Present, deeds: &[Deed], about: Option<Uuid>) -> Vec<Event> {
        let at = self.now();
        let mut events: Vec<Event> = Vec::new();
        for deed in deeds {
            let is_same = |event: &&mut Event| {
                event.act.as_deref() == Some(deed.act)
                    && (event.relation.as_str(), event.record_kind.as_str()) == (deed.relation, deed.record_kind)
            };
            match events.iter_mut().find(is_same) {
                Some(event) if event.record_ids.contains(&deed.record_id) => {}
                Some(event) => event.record_ids.push(deed.record_id),
                None => events.push(Event {
                    kind: "change".to_owned(),
                    act: Some(deed.act.to_owned()),
                    relation: deed.relation.to_owned(),
                    record_kind: deed.record_kind.to_owned(),
                    record_ids: vec![deed.record_id].into(),
                    ..self.blank(present.request_id, present.actor, at)
                }),
            }
        }
        for event in &mut events {
            let others = about.filter(|about| !event.record_ids.contains(about));
            event.record_ids.extend(others);
        }
        self.0.ledger.open(&self.0.signer, events)
    }

    /// Writes deeds in the transaction that does them. Fails if the log does not take them as they are: a deed that
    /// cannot be logged is not done.
    pub(super) async fn write_deeds(&self, tx: &mut Tx, events: &mut Vec<Event>) -> Result<(), Problem> {
        let unlogged = |cause: Option<String>| Problem {
            cause,
            ..Problem::new(
                Code::Overloaded,
                "Nothing was changed: the audit log could not be written. Try again in a moment.",
            )
        };
        if self.0.is_thinned.load(Ordering::Relaxed) && !events.is_empty() {
            return Err(unlogged(None));
        }
        let all = events.clone();
        let refused = chain::insert(tx, &self.0.signer, events).await.map_err(|error| {
            let problem = Problem::from(error);
            if problem.code == Code::Internal { unlogged(problem.cause) } else { problem }
        })?;
        if refused.is_empty() {
            let known: Vec<_> = all.into_iter().filter(|event| !events.contains(event)).collect();
            self.0.ledger.close(&known);
            return Ok(());
        }
        self.alarm("refused", "audit_events", refused.into_iter().map(AuditEventId::uuid));
        self.wake();
        Err(unlogged(Some("the database did not take audit events as they were written".to_owned())))
    }

    /// An event of which is known who, when and in which request.
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
    use crate::db::Durability;
    use crate::trail::{ActorKind, Looks};
    use crate::vault::Ring;

    async fn trail(room: usize, folder: &tempfile::TempDir) -> Trail {
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, 1, Durability::Relaxed, Ring::of_one()).await.expect("it opens");
        let signer = Signer::new(b"0123456789abcdefghijklmnopqrstuv").expect("a key");
        Trail::with_room(db, Clock::system(), signer, room)
    }

    /// A full queue, and a witness who sees nothing.
    #[actix_web::test]
    async fn nothing_opens_without_a_place_in_the_queue() {
        let folder = tempfile::tempdir().expect("a folder");
        let trail = trail(2, &folder).await;
        let witness = trail.witness(Actor { id: Uuid::nil(), kind: ActorKind::Person }, Uuid::nil());
        let mut all = [(); 3].map(|()| Looks::new(&witness));
        assert_eq!(all.each_mut().map(Looks::may_open), [true, true, false]);
        assert_eq!(all.each_ref().map(Looks::is_refused), [false, false, true]);
        all[0].note("author", ("notes", Uuid::nil(), "text"), None);
        drop(all);
        // What was seen waits to be written; the place that was not used is free again.
        let mut all = [(); 2].map(|()| Looks::new(&witness));
        assert_eq!(all.each_mut().map(Looks::may_open), [true, false]);
        assert!(!Looks::new(&Witness::default()).may_open());
    }
}
