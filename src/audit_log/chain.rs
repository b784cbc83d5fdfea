//! The SQL that reads and writes the audit log. One statement writes many rows, as JSON. The JSON functions of the two
//! engines differ, so most statements have two versions.

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::event::{Event, hex};
use super::sign::{Checkpoint, Head, Signer};
use crate::db::{Ids, Tx, insert, query};
use crate::ids::{AuditEventId, WriterId};

/// Number of rows that one statement reads or chains.
pub(super) const BATCH: usize = 1000;

/// Selects every column of an event.
const SELECT: &str =
    "select id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
        author_id, writer_id, number, mac, seq, hash
     from audit_events";

/// Reads the columns from a JSON list of events, on SQLite.
const COLUMNS_OF_JSON: &str =
    "(id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields, author_id,
        writer_id, number, mac, seq, hash)
     select unhex(value ->> 'id', '-'), value ->> 'at', unhex(value ->> 'request_id', '-'),
        unhex(value ->> 'actor_id', '-'), value ->> 'actor_kind', value ->> 'relation', value ->> 'kind',
        value ->> 'act', value ->> 'record_kind', value -> 'record_ids', value -> 'fields',
        unhex(value ->> 'author_id', '-'), unhex(value ->> 'writer_id', '-'), value ->> 'number',
        unhex(value ->> 'mac'), value ->> 'seq', unhex(value ->> 'hash')
     from json_each(:events) where true";

/// The same on PostgreSQL.
const COLUMNS_OF_JSONB: &str =
    "(id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields, author_id,
        writer_id, number, mac, seq, hash)
     select id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
        author_id, writer_id, number, decode(mac, 'hex'), seq, decode(hash, 'hex')
     from jsonb_to_recordset(:events) as new (id uuid, at timestamptz, request_id uuid, actor_id uuid,
        actor_kind text, relation text, kind text, act text, record_kind text, record_ids jsonb, fields jsonb,
        author_id uuid, writer_id uuid, number bigint, mac text, seq bigint, hash text)";

/// Leaves a row that exists, and returns the rows that were written.
const UNLESS_KNOWN: &str = "on conflict (id) do nothing
     returning id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
        author_id, writer_id, number, mac, seq, hash";

/// An event with its position in the chain. `seq` and `hash` are `None` before it is chained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub(super) struct Link {
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub event: Event,
    pub seq: Option<i64>,
    #[serde(serialize_with = "as_hex")]
    pub hash: Option<Vec<u8>>,
}

#[expect(clippy::ref_option, reason = "serde asks for it")]
fn as_hex<S: serde::Serializer>(hash: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    hash.as_deref().map(hex).serialize(serializer)
}

/// Writes events that are not chained yet. Returns the ids of events that the database did not store unchanged: someone
/// who can write to the database dropped or changed them. An event that is stored already under another number is the
/// same event; it is removed from `events`.
pub(super) async fn insert(tx: &mut Tx, signer: &Signer, events: &mut Vec<Event>) -> sqlx::Result<Vec<AuditEventId>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<_> = events.iter().map(|event| Link { event: event.clone(), seq: None, hash: None }).collect();
    let written: Vec<Link> = query!(
        tx,
        Sql {
            sqlite: ["insert into audit_events", COLUMNS_OF_JSON, UNLESS_KNOWN],
            postgres: ["insert into audit_events", COLUMNS_OF_JSONB, UNLESS_KNOWN],
        },
        events = Json(&new)
    )
    .all()
    .await?;
    if written == new {
        return Ok(Vec::new());
    }
    let missing: Vec<_> = new.iter().filter(|new| !written.contains(new)).map(|new| new.event.id).collect();
    let mut known: Vec<_> = find(tx, missing.iter().copied()).await?.into_iter().map(|link| link.event).collect();
    known.retain(|event| signer.has_written(event));
    let is_same = |known: &Event, event: &Event| (known.writer_id, known.number) == (event.writer_id, event.number);
    events.retain(|event| !known.iter().any(|known| known.id == event.id && !is_same(known, event)));
    Ok(missing.into_iter().filter(|id| !known.iter().any(|known| known.id == *id)).collect())
}

/// The events with these ids, in no particular order.
pub(super) async fn find(tx: &mut Tx, ids: impl Iterator<Item = AuditEventId>) -> sqlx::Result<Vec<Link>> {
    query!(tx, [SELECT, "where id = any(:ids)"], ids = ids.collect::<Ids>()).all().await
}

/// Unchained events of a writer, in the order of their ids.
pub(super) async fn list_unchained(tx: &mut Tx, writer: WriterId, after: AuditEventId) -> sqlx::Result<Vec<Event>> {
    let links: Vec<Link> = query!(
        tx,
        [SELECT, "where writer_id = :writer and seq is null and id > :after order by id limit :limit"],
        writer,
        after,
        limit = limit()
    )
    .all()
    .await?;
    Ok(links.into_iter().map(|link| link.event).collect())
}

/// One page of the links of a chain after the position and id `after`.
pub(super) async fn list(tx: &mut Tx, writer: WriterId, after: (i64, AuditEventId)) -> sqlx::Result<Vec<Link>> {
    query!(
        tx,
        [
            SELECT,
            "where writer_id = :writer and (seq, id) > (:after_seq, :after_id)
             order by seq, id limit :limit"
        ],
        writer,
        after_seq = after.0,
        after_id = after.1,
        limit = limit()
    )
    .all()
    .await
}

/// Links of a chain in this range of positions.
pub(super) async fn list_between(tx: &mut Tx, writer: WriterId, first: i64, last: i64) -> sqlx::Result<Vec<Link>> {
    query!(tx, [SELECT, "where writer_id = :writer and seq between :first and :last order by seq"], writer, first, last)
        .all()
        .await
}

/// Numbers above `settled` of events in the chain.
pub(super) async fn list_numbers(tx: &mut Tx, writer: WriterId, settled: i64) -> sqlx::Result<Vec<i64>> {
    let numbers: Vec<(i64,)> = query!(
        tx,
        "select number from audit_events
         where writer_id = :writer and number > :settled and seq is not null order by 1",
        writer,
        settled
    )
    .all()
    .await?;
    Ok(numbers.into_iter().map(|(number,)| number).collect())
}

fn limit() -> i64 {
    i64::try_from(BATCH).unwrap_or(i64::MAX)
}

/// Appends events to a chain: moves the head and returns the links.
pub(super) fn append(head: &mut Head, events: impl Iterator<Item = Event>) -> Vec<Link> {
    let link = |event: Event| {
        head.seq += 1;
        head.hash = event.link(head.seq, &head.hash).to_vec();
        Link { event, seq: Some(head.seq), hash: Some(head.hash.clone()) }
    };
    events.map(link).collect()
}

/// Stores the positions of events that are in the database already, and indexes the events by record.
pub(super) async fn chain(tx: &mut Tx, links: &[Link]) -> sqlx::Result<()> {
    for some in links.chunks(BATCH) {
        query!(
            tx,
            Sql {
                sqlite: "update audit_events set seq = value ->> 'seq', hash = unhex(value ->> 'hash')
                    from json_each(:links) where audit_events.id = unhex(value ->> 'id', '-')",
                postgres: "update audit_events set seq = link.seq, hash = decode(link.hash, 'hex')
                    from jsonb_to_recordset(:links) as link (id uuid, seq bigint, hash text)
                    where audit_events.id = link.id",
            },
            links = Json(some)
        )
        .run()
        .await?;
    }
    index(tx, links).await
}

/// Overwrites a row that exists with the values that the service wrote.
const AS_WRITTEN: &str = "on conflict (id) do update set at = excluded.at, request_id = excluded.request_id,
    actor_id = excluded.actor_id, actor_kind = excluded.actor_kind, relation = excluded.relation,
    kind = excluded.kind, act = excluded.act, record_kind = excluded.record_kind,
    record_ids = excluded.record_ids, fields = excluded.fields, author_id = excluded.author_id,
    writer_id = excluded.writer_id, number = excluded.number, mac = excluded.mac, seq = excluded.seq,
    hash = excluded.hash";

/// Writes links again: restores rows that were removed or changed.
pub(super) async fn restore(tx: &mut Tx, links: &[Link]) -> sqlx::Result<()> {
    for some in links.chunks(BATCH) {
        query!(
            tx,
            Sql {
                sqlite: ["insert into audit_events", COLUMNS_OF_JSON, AS_WRITTEN],
                postgres: ["insert into audit_events", COLUMNS_OF_JSONB, AS_WRITTEN],
            },
            events = Json(some)
        )
        .run()
        .await?;
    }
    index(tx, links).await
}

/// The rows of the index: record and event.
fn index_rows(links: &[Link]) -> Json<Vec<(Uuid, AuditEventId)>> {
    let of = |link: &Link| {
        let mut records = link.event.record_ids.0.clone();
        records.sort_unstable();
        records.dedup();
        records.into_iter().map(|record| (record, link.event.id)).collect::<Vec<_>>()
    };
    Json(links.iter().flat_map(of).collect())
}

async fn index(tx: &mut Tx, links: &[Link]) -> sqlx::Result<()> {
    for some in links.chunks(BATCH) {
        query!(
            tx,
            Sql {
                sqlite: "insert into audit_records (record_id, event_id)
                    select unhex(value ->> 0, '-'), unhex(value ->> 1, '-') from json_each(:rows) where true
                    on conflict do nothing",
                postgres: "insert into audit_records (record_id, event_id)
                    select (value ->> 0)::uuid, (value ->> 1)::uuid
                    from jsonb_array_elements(:rows) as entry (value)
                    on conflict do nothing",
            },
            rows = index_rows(some)
        )
        .run()
        .await?;
    }
    Ok(())
}

/// Whether the index has every record of these events.
pub(super) async fn is_indexed(tx: &mut Tx, links: &[Link]) -> sqlx::Result<bool> {
    let rows = index_rows(links);
    let expected = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let (found,): (i64,) = query!(
        tx,
        Sql {
            sqlite: "select count(*) from json_each(:rows) join audit_records
                on record_id = unhex(value ->> 0, '-') and event_id = unhex(value ->> 1, '-')",
            postgres: "select count(*) from jsonb_array_elements(:rows) as entry (value) join audit_records
                on record_id = (value ->> 0)::uuid and event_id = (value ->> 1)::uuid",
        },
        rows
    )
    .one()
    .await?;
    Ok(found == expected)
}

/// The stored head of a chain; its authentication code is not checked.
pub(super) async fn find_head(tx: &mut Tx, writer: WriterId) -> sqlx::Result<Option<Head>> {
    query!(
        tx,
        "select writer_id, seq, hash, settled, signed_seq, chained_at, mac from audit_chains
         where writer_id = :writer",
        writer
    )
    .optional()
    .await
}

/// Whether a writer has chained events or checkpoints.
pub(super) async fn has_chain(tx: &mut Tx, writer: WriterId) -> sqlx::Result<bool> {
    let exists = query!(
        tx,
        "select writer_id from audit_checkpoints where writer_id = :writer
         union all select writer_id from audit_events where writer_id = :writer and seq is not null limit 1",
        writer
    );
    Ok(exists.optional::<(WriterId,)>().await?.is_some())
}

pub(super) async fn put_head(tx: &mut Tx, signer: &Signer, head: &mut Head) -> sqlx::Result<()> {
    signer.authenticate_head(head);
    query!(
        tx,
        "insert into audit_chains (writer_id, seq, hash, settled, signed_seq, chained_at, mac)
         values (:writer_id, :seq, :hash, :settled, :signed_seq, :chained_at, :mac)
         on conflict (writer_id) do update set seq = :seq, hash = :hash, settled = :settled,
            signed_seq = :signed_seq, chained_at = :chained_at, mac = :mac",
        writer_id = head.writer_id,
        seq = head.seq,
        hash = &head.hash,
        settled = head.settled,
        signed_seq = head.signed_seq,
        chained_at = head.chained_at,
        mac = &head.mac
    )
    .run()
    .await?;
    Ok(())
}

/// The last checkpoint of all writers.
pub(super) async fn find_last_checkpoint(tx: &mut Tx) -> sqlx::Result<Option<Checkpoint>> {
    query!(
        tx,
        "select place, previous, writer_id, seq, hash, at, signature from audit_checkpoints
         order by place desc limit 1"
    )
    .optional()
    .await
}

pub(super) async fn insert_checkpoint(tx: &mut Tx, checkpoint: &Checkpoint) -> sqlx::Result<()> {
    insert!(tx, "audit_checkpoints", checkpoint { place, previous, writer_id, seq, hash, at, signature }).run().await?;
    Ok(())
}
