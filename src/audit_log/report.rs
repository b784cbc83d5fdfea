//! Reports that the audit log is not as the service wrote it: a log line, a metric, and an event in the chain itself.
//! After such an event `audit verify` always fails.

use uuid::Uuid;

use super::event::{Actor, ActorKind, Event};
use super::queue::AuditLog;

/// The act of an event that reports tampering with the log.
pub(super) const TAMPERING: &str = "tampering_noticed";
/// The act of an event that reports missing numbers of a process that ended.
pub(super) const GAP: &str = "audit_gap_noticed";
/// Largest number of record ids in one event.
const NAMED: usize = 100;

impl AuditLog {
    /// Reports tampering with rows of a table, once for each row. `what`: the kind of fault, as in the metric.
    pub(super) fn alarm(&self, what: &'static str, table: &str, ids: impl IntoIterator<Item = Uuid>) {
        let new = self.0.alarms.not_reported(what, ids);
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
            "audit log: rows are not as the service wrote them; someone else can write to the database; this finding is now \
             part of the log; run `mentorship audit verify` and find out who has access"
        );
        let named = new.into_iter().take(NAMED).collect();
        self.0.alarms.add(self.notice(TAMPERING, table, named, vec![what.to_owned()]));
    }

    /// Reports the missing numbers of a process that ended. Its transactions were rolled back, or the rows were removed
    /// before they were chained.
    pub(super) fn report_gap(&self, writer: Uuid, missing: Vec<String>) {
        tracing::warn!(
            event = "audit.gap",
            %writer,
            missing = missing.join(" "),
            "audit log: a process ended without chaining its last events, and some of its numbers are missing; this is \
             usual after a crash during transactions; without a crash at that time rows may have been removed"
        );
        self.0.alarms.add(self.notice(GAP, "audit_chains", vec![writer], missing));
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
