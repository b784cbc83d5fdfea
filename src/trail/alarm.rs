//! What happens when the audit log is not as the service wrote it: a log line, a figure, and an event in the chain itself,
//! after which `audit verify` fails for good.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::event::{Actor, ActorKind, Event};
use super::queue::Trail;

/// The act of an event that says that somebody tampered with the log.
pub(super) const TAMPERING: &str = "tampering_noticed";
/// The act of an event that says that numbers of a process that ended are missing.
pub(super) const GAP: &str = "audit_gap_noticed";
/// So many reports are remembered, in order not to repeat them.
const REMEMBERED: usize = 10_000;
/// So many records are named in one event.
const NAMED: usize = 100;

/// Reports that are to be written into the chain.
#[derive(Debug, Default)]
pub(super) struct Alarms(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<Event>,
    reported: BTreeSet<(&'static str, Uuid)>,
}

impl Alarms {
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).events.is_empty()
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).events)
    }
}

impl Trail {
    /// Reports tampering, once for each row: `what` is wrong with rows of this table.
    pub(super) fn alarm(&self, what: &'static str, table: &str, ids: impl IntoIterator<Item = Uuid>) {
        let mut waiting = self.0.alarms.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.reported.len() > REMEMBERED {
            waiting.reported.clear();
        }
        let new: Vec<_> = ids.into_iter().filter(|id| waiting.reported.insert((what, *id))).collect();
        if new.is_empty() {
            return;
        }
        metrics::counter!("audit_tampering_total", "what" => what).increment(new.len() as u64);
        tracing::error!(
            event = "audit.tampered",
            what,
            table,
            count = new.len(),
            first = %new[0],
            "audit log: rows are not as the service wrote them; somebody else can write to the database. This is now \
             part of the log. Run `mentorship audit verify` and find out who has access"
        );
        let named = new.into_iter().take(NAMED).collect();
        waiting.events.push(self.notice(TAMPERING, table, named, vec![what.to_owned()]));
    }

    /// Reports numbers of a process that ended without chaining them: its transactions were undone, or the rows were
    /// removed before anybody could chain them.
    pub(super) fn report_gap(&self, writer: Uuid, missing: Vec<String>) {
        tracing::warn!(
            event = "audit.gap",
            %writer,
            missing = missing.join(" "),
            "audit log: a process ended without chaining its last events, and some of its numbers are missing. That is \
             usual after a crash with transactions at work; it can also mean that rows were removed"
        );
        let mut waiting = self.0.alarms.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.events.push(self.notice(GAP, "audit_chains", vec![writer], missing));
    }

    /// An event of the service itself.
    fn notice(&self, act: &str, table: &str, record_ids: Vec<Uuid>, fields: Vec<String>) -> Event {
        Event {
            kind: "change".to_owned(),
            act: Some(act.to_owned()),
            relation: "service".to_owned(),
            record_kind: table.to_owned(),
            record_ids: record_ids.into(),
            fields: fields.into(),
            ..self.blank(Uuid::nil(), Actor { id: Uuid::nil(), kind: ActorKind::Service }, self.now())
        }
    }
}
