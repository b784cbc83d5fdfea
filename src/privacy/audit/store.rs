//! The SQL that reads the audit log, newest first.

use uuid::Uuid;

use super::model::{Access, AuditEvent, AuditEventKind, ReadEvent};
use crate::audit_log::AuditLog;
use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::{AuditEventId, PersonId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadAuditEvent;
use crate::policy::{Guarded, Permit};

/// Filter of the log. Ids are at least `from` and less than `to`.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Only events of this record.
    pub record: Option<Uuid>,
    /// Only events of this person or service.
    pub actor: Option<Uuid>,
    /// Only events of this kind.
    pub kind: Option<AuditEventKind>,
    /// First id that is included.
    pub from: AuditEventId,
    /// First id that is not included.
    pub to: AuditEventId,
}

/// Selects audit events. Each filter with an index has its own SQL text: record, actor, kind, none.
const SELECT: &str =
    "select e.id, e.at, e.request_id, e.actor_id, e.actor_kind, e.relation, e.kind, e.act, e.record_kind,
        e.record_ids, e.fields, e.author_id, e.writer_id, e.number, e.mac
     from audit_events e";

/// One page of the log. The audit log checks which events the service wrote.
pub async fn list(
    tx: &mut Tx,
    audit_log: &AuditLog,
    _: &Permit<ReadAuditEvent, Organisation>,
    filter: Filter,
    limit: i64,
) -> sqlx::Result<Vec<AuditEvent>> {
    let mut events: Vec<AuditEvent> = listed(tx, filter, limit).all().await?;
    for event in &mut events {
        event.is_genuine = audit_log.has_written(&event.event);
    }
    Ok(events)
}

/// Number of events on all pages.
pub async fn count(tx: &mut Tx, _: &Permit<ReadAuditEvent, Organisation>, filter: Filter) -> sqlx::Result<i64> {
    listed(tx, filter, UNLIMITED).count().await
}

fn listed(tx: &mut Tx, filter: Filter, limit: i64) -> Query<'_> {
    let Filter { record, actor, kind, from, to } = filter;
    match (record, actor, kind) {
        (Some(record), actor, kind) => query!(
            tx,
            [
                SELECT,
                "join audit_records r on r.event_id = e.id
                 where r.record_id = :record and r.event_id >= :from and r.event_id < :to
                    and coalesce(e.actor_id = :actor, :actor is null)
                    and coalesce(e.kind = :kind, :kind is null)
                 order by r.event_id desc limit :limit"
            ],
            from,
            to,
            limit,
            record,
            actor,
            kind
        ),
        (None, Some(actor), kind) => query!(
            tx,
            [
                SELECT,
                "where e.actor_id = :actor and e.id >= :from and e.id < :to
                    and coalesce(e.kind = :kind, :kind is null)
                 order by e.id desc limit :limit"
            ],
            from,
            to,
            limit,
            actor,
            kind
        ),
        (None, None, Some(kind)) => query!(
            tx,
            [SELECT, "where e.kind = :kind and e.id >= :from and e.id < :to order by e.id desc limit :limit"],
            from,
            to,
            limit,
            kind
        ),
        (None, None, None) => {
            query!(tx, [SELECT, "where e.id >= :from and e.id < :to order by e.id desc limit :limit"], from, to, limit)
        }
    }
}

/// One page of the read events by others of what `author` wrote, before the event `before`. The audit log checks which
/// events the service wrote.
pub async fn list_accesses(
    tx: &mut Tx,
    audit_log: &AuditLog,
    author: PersonId,
    before: AuditEventId,
    limit: i64,
) -> sqlx::Result<Vec<Access>> {
    let read_events: Vec<ReadEvent> = accesses(tx, author, before, limit).all().await?;
    let access = |read: ReadEvent| {
        let (id, at, is_genuine) = (read.event.id, read.event.at, audit_log.has_written(&read.event));
        Access { id, at, author_id: author, read_event: Guarded::new(read), is_genuine }
    };
    Ok(read_events.into_iter().map(access).collect())
}

/// Number of read events on all pages.
pub async fn count_accesses(tx: &mut Tx, author: PersonId) -> sqlx::Result<i64> {
    accesses(tx, author, AuditEventId::last(), UNLIMITED).count().await
}

fn accesses(tx: &mut Tx, author: PersonId, before: AuditEventId, limit: i64) -> Query<'_> {
    query!(
        tx,
        "select e.id, e.at, e.request_id, e.actor_id, e.actor_kind, e.relation, e.kind, e.act, e.record_kind,
            e.record_ids, e.fields, e.author_id, e.writer_id, e.number, e.mac, p.name, p.title
         from audit_events e left join people p on p.id = e.actor_id
         where e.author_id = :author and e.actor_id <> e.author_id and e.id < :before
         order by e.id desc limit :limit",
        author,
        before,
        limit
    )
}
