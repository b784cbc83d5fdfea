//! Whether the log is what was written: every link of every chain, and every signature.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::FromRow;

use super::event::{BEGINNING, Event, Hash};
use super::sign::{Checkpoint, PublicKey};
use crate::db::Tx;
use crate::ids::{AuditEventId, WriterId};

/// So many links are looked at in one statement.
const AT_ONCE: i64 = 1000;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Sound(Soundness),
    /// This is the first thing that is.
    Bad(BadLink),
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Links.
    pub events: u64,
    /// Signed links.
    pub checkpoints: usize,
    /// Events that are not chained yet.
    pub unchained: i64,
    /// When the last chained event happened.
    pub last_at: Option<DateTime<Utc>>,
}

/// A place where a chain is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLink {
    /// Whose chain.
    pub writer_id: WriterId,
    /// Where in it.
    pub seq: i64,
    /// The event there, if there is one.
    pub event_id: Option<AuditEventId>,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What can be wrong with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It says something else than when it was written.
    Altered,
    /// It is not there.
    Removed,
    /// Another event stands in its place; its own stands there now.
    Reordered(i64),
    /// The chain was signed up to here, and ends before.
    Missing,
    /// The chain was signed here with another link: it was made anew.
    Rewritten,
    /// The signature is not the service's.
    Forged,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered => f.write_str("altered: it says something else than when it was written"),
            Self::Removed => f.write_str("removed: it is not there"),
            Self::Reordered(seq) => write!(f, "reordered: what belongs here stands at {seq}"),
            Self::Missing => f.write_str("missing: a checkpoint signed the chain up to here, and it ends before"),
            Self::Rewritten => f.write_str("rewritten: a checkpoint signed another link here"),
            Self::Forged => f.write_str("forged: the checkpoint here has a signature that is not the service's"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound(Soundness { events, checkpoints, unchained, last_at }) => {
                write!(f, "nothing wrong, {events} events, {checkpoints} checkpoints")?;
                if let Some(at) = last_at {
                    write!(f, ", last {}", at.to_rfc3339_opts(SecondsFormat::Micros, true))?;
                }
                if *unchained > 0 { write!(f, "; {unchained} events wait to be chained") } else { Ok(()) }
            }
            Self::Bad(BadLink { writer_id, seq, event_id, wrong }) => {
                write!(f, "bad link: writer {writer_id}, seq {seq}")?;
                if let Some(id) = event_id {
                    write!(f, ", event {id}")?;
                }
                write!(f, ": {wrong}")
            }
        }
    }
}

/// An event in its place.
#[derive(FromRow)]
struct Link {
    #[sqlx(flatten)]
    event: Event,
    seq: i64,
    hash: Vec<u8>,
}

/// Walks every chain. The snapshot sees all of it as of one moment.
pub async fn verify(tx: &mut Tx, key: &PublicKey) -> sqlx::Result<Verdict> {
    let mut found = Soundness::default();
    let writers: Vec<(WriterId,)> = tx
        .query(
            "select writer_id from audit_events where seq is not null union select writer_id from audit_checkpoints
             union select writer_id from audit_chains order by writer_id",
        )
        .all()
        .await?;
    for (writer,) in writers {
        if let Some((seq, event_id, wrong)) = walk(tx, writer, key, &mut found).await? {
            return Ok(Verdict::Bad(BadLink { writer_id: writer, seq, event_id, wrong }));
        }
    }
    (found.unchained,) = tx.query("select count(*) from audit_events where seq is null").one().await?;
    Ok(Verdict::Sound(found))
}

type Fault = (i64, Option<AuditEventId>, Wrong);

async fn walk(tx: &mut Tx, writer: WriterId, key: &PublicKey, found: &mut Soundness) -> sqlx::Result<Option<Fault>> {
    let signed: Vec<Checkpoint> = tx
        .query("select writer_id, seq, hash, at, signature from audit_checkpoints where writer_id = $1 order by seq")
        .bind(writer)
        .all()
        .await?;
    let mut signed = signed.into_iter().peekable();
    let (mut last, mut hash) = (0, BEGINNING);
    loop {
        let links = list(tx, writer, last).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            if link.seq != last + 1 {
                return Ok(Some((last + 1, None, Wrong::Removed)));
            }
            let should_be = link.event.link(link.seq, &hash);
            if link.hash != should_be {
                let elsewhere = find_elsewhere(tx, writer, link.seq, &hash).await?;
                let wrong = elsewhere.map_or(Wrong::Altered, Wrong::Reordered);
                return Ok(Some((link.seq, Some(link.event.id), wrong)));
            }
            if let Some(checkpoint) = signed.next_if(|checkpoint| checkpoint.seq <= link.seq) {
                if !key.has_signed(&checkpoint) {
                    return Ok(Some((checkpoint.seq, Some(link.event.id), Wrong::Forged)));
                }
                if checkpoint.hash != should_be {
                    return Ok(Some((link.seq, Some(link.event.id), Wrong::Rewritten)));
                }
                found.checkpoints += 1;
            }
            (last, hash) = (link.seq, should_be);
            found.events += 1;
            found.last_at = found.last_at.max(Some(link.event.at));
        }
    }
    if let Some(checkpoint) = signed.next() {
        let wrong = if key.has_signed(&checkpoint) { Wrong::Missing } else { Wrong::Forged };
        return Ok(Some((checkpoint.seq, None, wrong)));
    }
    // Not signed, and so no proof; but who removes the end of a chain may forget that this is there.
    let head: Option<(i64,)> =
        tx.query("select seq from audit_chains where writer_id = $1").bind(writer).optional().await?;
    Ok(head.filter(|(seq,)| *seq > last).map(|_| (last + 1, None, Wrong::Removed)))
}

async fn list(tx: &mut Tx, writer: WriterId, after: i64) -> sqlx::Result<Vec<Link>> {
    tx.query(
        "select id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields, author_id,
            writer_id, seq, hash
         from audit_events where writer_id = $1 and seq > $2 order by seq limit $3",
    )
    .bind(writer)
    .bind(after)
    .bind(AT_ONCE)
    .all()
    .await
}

/// Where the event now stands that was written as the link `seq`, if it is still there.
async fn find_elsewhere(tx: &mut Tx, writer: WriterId, seq: i64, before: &Hash) -> sqlx::Result<Option<i64>> {
    let mut last = seq;
    loop {
        let links = list(tx, writer, last).await?;
        let Some(end) = links.last() else { return Ok(None) };
        last = end.seq;
        if let Some(link) = links.iter().find(|link| link.hash == link.event.link(seq, before)) {
            return Ok(Some(link.seq));
        }
    }
}
