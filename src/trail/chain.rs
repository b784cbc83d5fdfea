//! The SQL of the log, and how its rows become links. What is written in one unit of work is
//! written in one statement, however many rows it has; that is why most have two spellings.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::event::{BEGINNING, Event, Hash};
use super::sign::{Checkpoint, Signer};
use crate::db::{Sql, Tx};
use crate::ids::{AuditEventId, WriterId};

/// So many rows are chained in one statement.
const AT_ONCE: i64 = 1000;

/// How far a chain goes.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Head {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub signed_seq: i64,
}

/// A link as it is written.
#[derive(Serialize)]
struct Link {
    id: AuditEventId,
    seq: i64,
    hash: String,
}

/// Writes events that have no place in a chain yet. What is there already is the same.
pub(super) async fn insert(tx: &mut Tx, events: Vec<Event>) -> sqlx::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let insert = tx.query(Sql {
        sqlite: "insert into audit_events (id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind,
                    record_ids, fields, author_id, writer_id)
                 select unhex(value ->> 'id', '-'), value ->> 'at', unhex(value ->> 'request_id', '-'),
                    unhex(value ->> 'actor_id', '-'), value ->> 'actor_kind', value ->> 'relation', value ->> 'kind',
                    value ->> 'act', value ->> 'record_kind', value -> 'record_ids', value -> 'fields',
                    unhex(value ->> 'author_id', '-'), unhex(value ->> 'writer_id', '-')
                 from json_each($1) where true on conflict do nothing",
        postgres: "insert into audit_events (id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind,
                      record_ids, fields, author_id, writer_id)
                   select id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
                      author_id, writer_id
                   from jsonb_to_recordset($1) as new (id uuid, at timestamptz, request_id uuid, actor_id uuid,
                      actor_kind text, relation text, kind text, act text, record_kind text, record_ids jsonb,
                      fields jsonb, author_id uuid, writer_id uuid)
                   on conflict do nothing",
    });
    insert.bind(Json(events)).run().await?;
    Ok(())
}

/// Chains what a writer has written and not chained, and tells how many links that makes. Two who
/// do it for one writer wait for each other.
pub(super) async fn extend(tx: &mut Tx, writer: WriterId, now: DateTime<Utc>) -> sqlx::Result<usize> {
    tx.hold(writer.into()).await?;
    let mut count = 0;
    loop {
        let events: Vec<Event> = tx
            .query(
                "select id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
                    author_id, writer_id
                 from audit_events where writer_id = $1 and seq is null order by id limit $2",
            )
            .bind(writer)
            .bind(AT_ONCE)
            .all()
            .await?;
        if events.is_empty() {
            return Ok(count);
        }
        count += events.len();
        append(tx, writer, &events, now).await?;
    }
}

async fn append(tx: &mut Tx, writer: WriterId, events: &[Event], now: DateTime<Utc>) -> sqlx::Result<()> {
    let head = find_head(tx, writer).await?;
    let mut seq = head.as_ref().map_or(0, |head| head.seq);
    let mut hash = head.map_or(Some(BEGINNING), |head| Hash::try_from(head.hash).ok()).unwrap_or(BEGINNING);
    let mut links = Vec::with_capacity(events.len());
    let mut places: Vec<(Uuid, AuditEventId)> = Vec::new();
    for event in events {
        seq += 1;
        hash = event.link(seq, &hash);
        links.push(Link { id: event.id, seq, hash: hex(&hash) });
        places.extend(event.record_ids.iter().map(|record| (*record, event.id)));
    }
    let update = tx.query(Sql {
        sqlite: "update audit_events set seq = value ->> 'seq', hash = unhex(value ->> 'hash') from json_each($1)
                 where audit_events.id = unhex(value ->> 'id', '-')",
        postgres: "update audit_events set seq = link.seq, hash = decode(link.hash, 'hex')
                   from jsonb_to_recordset($1) as link (id uuid, seq bigint, hash text)
                   where audit_events.id = link.id",
    });
    update.bind(Json(links)).run().await?;
    let index = tx.query(Sql {
        sqlite: "insert into audit_records (record_id, event_id)
                 select unhex(value ->> 0, '-'), unhex(value ->> 1, '-') from json_each($1) where true
                 on conflict do nothing",
        postgres: "insert into audit_records (record_id, event_id)
                   select (value ->> 0)::uuid, (value ->> 1)::uuid from jsonb_array_elements($1) as place (value)
                   on conflict do nothing",
    });
    index.bind(Json(places)).run().await?;
    tx.query(
        "insert into audit_chains (writer_id, seq, hash, signed_seq, chained_at) values ($1, $2, $3, 0, $4)
         on conflict (writer_id) do update set seq = $2, hash = $3, chained_at = $4",
    )
    .bind(writer)
    .bind(seq)
    .bind(hash.to_vec())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

async fn find_head(tx: &mut Tx, writer: WriterId) -> sqlx::Result<Option<Head>> {
    let head = tx.query("select seq, hash, signed_seq from audit_chains where writer_id = $1");
    head.bind(writer).optional().await
}

/// Signs how far a chain goes, unless that is signed.
pub(super) async fn sign(
    tx: &mut Tx,
    signer: &Signer,
    writer: WriterId,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Checkpoint>> {
    tx.hold(writer.into()).await?;
    let Some(head) = find_head(tx, writer).await?.filter(|head| head.signed_seq < head.seq) else { return Ok(None) };
    let checkpoint = signer.sign(writer, head.seq, head.hash, now);
    tx.query("insert into audit_checkpoints (writer_id, seq, hash, at, signature) values ($1, $2, $3, $4, $5)")
        .bind(writer)
        .bind(checkpoint.seq)
        .bind(&checkpoint.hash)
        .bind(checkpoint.at)
        .bind(&checkpoint.signature)
        .run()
        .await?;
    tx.query("update audit_chains set signed_seq = $2 where writer_id = $1")
        .bind(writer)
        .bind(checkpoint.seq)
        .run()
        .await?;
    Ok(Some(checkpoint))
}

/// Writers besides `own` who left rows unchained, or links unsigned, before these moments: they
/// ended without doing it, or are very slow.
pub(super) async fn list_left(
    tx: &mut Tx,
    own: WriterId,
    before: AuditEventId,
    unsigned_since: DateTime<Utc>,
) -> sqlx::Result<Vec<WriterId>> {
    let left: Vec<(WriterId,)> = tx
        .query(
            "select writer_id from audit_events where seq is null and id < $2 and writer_id <> $1
             union select writer_id from audit_chains where signed_seq < seq and chained_at < $3 and writer_id <> $1",
        )
        .bind(own)
        .bind(before)
        .bind(unsigned_since)
        .all()
        .await?;
    Ok(left.into_iter().map(|(writer,)| writer).collect())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}
