//! The SQL that reads the audit log, newest first.

use uuid::Uuid;

use super::model::{Access, AuditEvent, EventKind, Look};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{AuditEventId, PersonId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadAuditEvent;
use crate::policy::{Guarded, Permit};
use crate::trail::Trail;

/// Which part of the log: its ids lie from `from` up to, not including, `to`.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Of this record.
    pub record: Option<Uuid>,
    /// By this person or service.
    pub actor: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// The first that counts.
    pub from: AuditEventId,
    /// The first that does not.
    pub to: AuditEventId,
}

/// One text for each filter that has an index: a record's, an actor's, a kind's, all.
macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "select e.id, e.at, e.request_id, e.actor_id, e.actor_kind, e.relation, e.kind, e.act, e.record_kind,
                e.record_ids, e.fields, e.author_id, e.writer_id, e.number, e.mac
             from audit_events e ",
            $rest
        )
    };
}

/// One page of the log. The trail tells which of the events the service wrote.
pub async fn list(
    tx: &mut Tx,
    trail: &Trail,
    _: &Permit<ReadAuditEvent, Organisation>,
    filter: Filter,
    limit: i64,
) -> sqlx::Result<Vec<AuditEvent>> {
    let mut events: Vec<AuditEvent> = listed(tx, filter, limit).all().await?;
    for event in &mut events {
        event.is_genuine = trail.has_written(&event.event);
    }
    Ok(events)
}

/// How many events there are on all pages.
pub async fn count(tx: &mut Tx, _: &Permit<ReadAuditEvent, Organisation>, filter: Filter) -> sqlx::Result<i64> {
    listed(tx, filter, UNLIMITED).count().await
}

fn listed(tx: &mut Tx, filter: Filter, limit: i64) -> Query<'_> {
    let Filter { record, actor, kind, from, to } = filter;
    match (record, actor, kind) {
        (Some(record), actor, kind) => tx
            .query(select_events!(
                "join audit_records r on r.event_id = e.id
                 where r.record_id = $4 and r.event_id >= $1 and r.event_id < $2
                    and coalesce(e.actor_id = $5, $5 is null) and coalesce(e.kind = $6, $6 is null)
                 order by r.event_id desc limit $3"
            ))
            .bind(from)
            .bind(to)
            .bind(limit)
            .bind(record)
            .bind(actor)
            .bind(kind),
        (None, Some(actor), kind) => tx
            .query(select_events!(
                "where e.actor_id = $4 and e.id >= $1 and e.id < $2 and coalesce(e.kind = $5, $5 is null)
                 order by e.id desc limit $3"
            ))
            .bind(from)
            .bind(to)
            .bind(limit)
            .bind(actor)
            .bind(kind),
        (None, None, Some(kind)) => tx
            .query(select_events!("where e.kind = $4 and e.id >= $1 and e.id < $2 order by e.id desc limit $3"))
            .bind(from)
            .bind(to)
            .bind(limit)
            .bind(kind),
        (None, None, None) => tx
            .query(select_events!("where e.id >= $1 and e.id < $2 order by e.id desc limit $3"))
            .bind(from)
            .bind(to)
            .bind(limit),
    }
}

/// One page of the looks of others at what `author` wrote, before the event `before`. The trail tells which of them the
/// service wrote.
pub async fn list_accesses(
    tx: &mut Tx,
    trail: &Trail,
    author: PersonId,
    before: AuditEventId,
    limit: i64,
) -> sqlx::Result<Vec<Access>> {
    let looks: Vec<Look> = accesses(tx, author, before, limit).all().await?;
    let access = |look: Look| {
        let (id, at, is_genuine) = (look.event.id, look.event.at, trail.has_written(&look.event));
        Access { id, at, author_id: author, look: Guarded::new(look), is_genuine }
    };
    Ok(looks.into_iter().map(access).collect())
}

/// How many looks there are on all pages.
pub async fn count_accesses(tx: &mut Tx, author: PersonId) -> sqlx::Result<i64> {
    accesses(tx, author, AuditEventId::last(), UNLIMITED).count().await
}

fn accesses(tx: &mut Tx, author: PersonId, before: AuditEventId, limit: i64) -> Query<'_> {
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::PartnersReads.is_planted() {
        let query = tx.query(
            "select e.id, e.at, e.request_id, e.actor_id, e.actor_kind, e.relation, e.kind, e.act, e.record_kind,
                e.record_ids, e.fields, e.author_id, e.writer_id, e.number, e.mac, p.name, p.title
             from audit_events e left join people p on p.id = e.actor_id
             where ((e.author_id = $1 and e.actor_id <> e.author_id) or (e.actor_id = e.author_id and e.actor_id in
                (select mentor_id from pairs where mentee_id = $1 union select mentee_id from pairs where mentor_id = $1)))
                and e.id < $2 order by e.id desc limit $3",
        );
        return query.bind(author).bind(before).bind(limit);
    }
    let query = tx.query(
        "select e.id, e.at, e.request_id, e.actor_id, e.actor_kind, e.relation, e.kind, e.act, e.record_kind,
                e.record_ids, e.fields, e.author_id, e.writer_id, e.number, e.mac, p.name, p.title
             from audit_events e left join people p on p.id = e.actor_id
             where e.author_id = $1 and e.actor_id <> e.author_id and e.id < $2 order by e.id desc limit $3",
    );
    query.bind(author).bind(before).bind(limit)
}
