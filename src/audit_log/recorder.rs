//! Records what the viewer of one request reads and changes.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::OwnedPermit;
use uuid::Uuid;

use super::event::{Actor, Event};
use super::queue::{AuditLog, Message, OpenedValues};
use crate::db::Tx;
use crate::ids::PersonId;
use crate::problem::Problem;

/// Records the reads and changes of one request; all clones share one record. The default recorder records nothing, so
/// with it no sealed value opens and nothing may change.
#[derive(Clone, Debug, Default)]
pub struct RequestRecorder(Option<Arc<RecordedRequest>>);

/// The request whose reads and changes are recorded.
#[derive(Debug)]
struct RecordedRequest {
    audit_log: AuditLog,
    request_id: Uuid,
    actor: Actor,
    acts: Mutex<Vec<RecordedAct>>,
}

/// An act on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedAct {
    /// Name of the act.
    pub act: &'static str,
    /// The relation under which it was allowed.
    pub relation: &'static str,
    /// Kind of the record: the name of its table.
    pub record_kind: &'static str,
    /// Id of the record.
    pub record_id: Uuid,
}

impl AuditLog {
    /// A recorder for what `actor` reads and changes in one request.
    pub fn recorder(&self, actor: Actor, request_id: Uuid) -> RequestRecorder {
        let request = RecordedRequest { audit_log: self.clone(), request_id, actor, acts: Mutex::default() };
        RequestRecorder(Some(Arc::new(request)))
    }
}

impl RequestRecorder {
    /// Records an act. The next transaction of the request writes it; if that transaction is rolled back, the act is
    /// dropped. `permit` calls this; other code calls it only for an act that needs no permit.
    pub fn note(&self, act: RecordedAct) {
        if let Some(request) = &self.0 {
            request.acts().push(act);
        }
    }

    /// The acts that a transaction has to write. `None` for the default recorder.
    pub fn changes(&self) -> Option<RecordedChanges> {
        self.0.clone().map(|request| RecordedChanges { request, about: None, events: Vec::new(), is_written: false })
    }
}

impl RecordedRequest {
    fn acts(&self) -> MutexGuard<'_, Vec<RecordedAct>> {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The events for these acts, numbered and authenticated. The caller must report whether they were committed.
    fn events_of(&self, acts: &[RecordedAct], about: Option<Uuid>) -> Vec<Event> {
        let audit_log = &self.audit_log;
        let at = audit_log.now();
        let mut events: Vec<Event> = Vec::new();
        for act in acts {
            let is_same = |event: &&mut Event| {
                event.act.as_deref() == Some(act.act)
                    && (event.relation.as_str(), event.record_kind.as_str()) == (act.relation, act.record_kind)
            };
            match events.iter_mut().find(is_same) {
                Some(event) if event.record_ids.contains(&act.record_id) => {}
                Some(event) => event.record_ids.push(act.record_id),
                None => events.push(Event {
                    kind: "change".to_owned(),
                    act: Some(act.act.to_owned()),
                    relation: act.relation.to_owned(),
                    record_kind: act.record_kind.to_owned(),
                    record_ids: vec![act.record_id].into(),
                    ..audit_log.blank(self.request_id, self.actor, at)
                }),
            }
        }
        for event in &mut events {
            let others = about.filter(|about| !event.record_ids.contains(about));
            event.record_ids.extend(others);
        }
        audit_log.0.pending.open(&audit_log.0.signer, events)
    }
}

/// The recorded acts of one transaction. Dropping this before `done` discards the acts that were not written.
#[derive(Debug)]
pub struct RecordedChanges {
    request: Arc<RecordedRequest>,
    about: Option<Uuid>,
    /// The audit events for these acts.
    events: Vec<Event>,
    /// Whether every event is in the transaction, so that its commit may begin.
    is_written: bool,
}

impl RecordedChanges {
    /// Adds a record that the acts concern: the record that they created, or the record that a permit for the whole
    /// organisation was used on.
    pub fn about(&mut self, record: Uuid) {
        self.about = Some(record);
    }

    /// Writes the acts, in the transaction that does them.
    pub async fn write(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let acts = mem::take(&mut *self.request.acts());
        self.events = self.request.events_of(&acts, self.about);
        self.request.audit_log.write_changes(tx, &mut self.events).await?;
        self.is_written = true;
        Ok(())
    }

    /// To be called after the commit: the events are durable and can be chained.
    pub fn done(mut self) {
        self.request.audit_log.0.pending.commit(mem::take(&mut self.events));
        self.request.audit_log.wake();
    }
}

impl Drop for RecordedChanges {
    fn drop(&mut self) {
        self.request.acts().clear();
        let audit_log = &self.request.audit_log;
        let events = mem::take(&mut self.events);
        if events.is_empty() {
            return;
        }
        if self.is_written {
            // The commit failed, or the request was dropped before it ended: the events may be in the database.
            audit_log.0.pending.mark_uncertain(events);
            audit_log.wake();
        } else {
            audit_log.0.pending.close(&events);
        }
    }
}

/// The sealed values that are opened for one answer. It reserves a slot in the queue before the first value opens. When
/// dropped it sends the reads to the queue, even if the answer failed.
pub struct RecordedReads {
    recorder: RequestRecorder,
    slot: Option<OwnedPermit<Message>>,
    is_refused: bool,
    opened: Vec<OpenedValues>,
}

impl RecordedReads {
    /// An empty list of reads.
    pub fn new(recorder: &RequestRecorder) -> Self {
        Self { recorder: recorder.clone(), slot: None, is_refused: false, opened: Vec::new() }
    }

    /// Whether a value may open. A value opens only if the read will be written to the log.
    pub fn may_open(&mut self) -> bool {
        if self.slot.is_none() {
            self.slot = self.recorder.0.as_ref().and_then(|request| request.audit_log.reserve_slot());
            self.is_refused = self.slot.is_none();
        }
        !self.is_refused
    }

    /// Whether a value stayed closed because no slot was free.
    pub const fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Records that a value was opened.
    pub fn note(
        &mut self,
        relation: &'static str,
        (table, row, column): (&'static str, Uuid, &'static str),
        author_id: Option<PersonId>,
    ) {
        let is_same = |opened: &&mut OpenedValues| {
            (opened.relation, opened.table, opened.author_id) == (relation, table, author_id)
        };
        let Some(opened) = self.opened.iter_mut().find(is_same) else {
            self.opened.push(OpenedValues { relation, table, author_id, rows: vec![row], columns: vec![column] });
            return;
        };
        if opened.rows.last() != Some(&row) {
            opened.rows.push(row);
        }
        if !opened.columns.contains(&column) {
            opened.columns.push(column);
        }
    }
}

impl Drop for RecordedReads {
    fn drop(&mut self) {
        if let (Some(slot), Some(request), false) = (self.slot.take(), self.recorder.0.take(), self.opened.is_empty()) {
            let at: DateTime<Utc> = request.audit_log.now();
            let (request_id, actor) = (request.request_id, request.actor);
            slot.send(Message::Reads { request_id, actor, at, reads: mem::take(&mut self.opened) });
        }
    }
}

impl fmt::Debug for RecordedReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} reads>", self.opened.len())
    }
}
