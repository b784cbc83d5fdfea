//! Verifies the tables of the log, one after the other.

use sqlx::FromRow;
use uuid::Uuid;

use super::{Since, Verdict, Wrong};
use crate::audit_log::chain::{self, Link};
use crate::audit_log::event::{BEGINNING, Event};
use crate::audit_log::report::{GAP, TAMPERING};
use crate::audit_log::sign::{Checkpoint, Head, Signer};
use crate::db::{Tx, query};
use crate::ids::{AuditEventId, WriterId};

/// Number of checkpoints that one statement reads.
const BATCH: i64 = 1000;
/// Largest number of faults of the index to report.
const NAMED: i64 = 100;

pub(super) async fn all(
    tx: &mut Tx,
    signer: &Signer,
    since: Option<&Since>,
    verdict: &mut Verdict,
) -> sqlx::Result<()> {
    checkpoints(tx, signer, since, verdict).await?;
    let writers: Vec<(WriterId,)> = query!(
        tx,
        "select writer_id from audit_events union select writer_id from audit_checkpoints
         union select writer_id from audit_chains order by writer_id"
    )
    .all()
    .await?;
    if writers.is_empty() && query!(tx, "select exists (select 1 from pairs)").one::<(bool,)>().await?.0 {
        verdict.add(None, None, None, Wrong::Emptied);
    }
    for (writer,) in writers {
        match chain_of(tx, signer, writer, verdict).await {
            Err(error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => {
                verdict.add(Some(writer), None, None, Wrong::Unreadable(error.to_string()));
            }
            done => done?,
        }
    }
    triggers(tx, verdict).await?;
    doubles(tx, verdict).await?;
    index(tx, verdict).await
}

/// Reports triggers and rules on the tables of the log.
async fn triggers(tx: &mut Tx, verdict: &mut Verdict) -> sqlx::Result<()> {
    let found = query!(
        tx,
        Sql {
            sqlite: "select name from sqlite_schema
                where type = 'trigger' and tbl_name like 'audit\\_%' escape '\\' order by name",
            postgres: "select tgname::text from pg_trigger join pg_class on pg_class.oid = tgrelid
                where not tgisinternal and relname like 'audit\\_%'
                   and relnamespace = current_schema()::regnamespace
                union all select rulename::text from pg_rules
                where tablename like 'audit\\_%' and schemaname = current_schema() order by 1",
        }
    );
    for (name,) in found.all::<(String,)>().await? {
        verdict.add(None, None, None, Wrong::Trigger(name));
    }
    Ok(())
}

/// Verifies the chain of checkpoints: no checkpoint is missing, and each was signed by the service.
async fn checkpoints(tx: &mut Tx, signer: &Signer, since: Option<&Since>, verdict: &mut Verdict) -> sqlx::Result<()> {
    let (key, mut last, mut is_given) = (signer.public_key(), Since { place: 0, signature: Vec::new() }, false);
    let mut after = i64::MIN;
    loop {
        let page: Vec<Checkpoint> = query!(
            tx,
            "select place, previous, writer_id, seq, hash, at, signature from audit_checkpoints
             where place > :after order by place limit :limit",
            after,
            limit = BATCH
        )
        .all()
        .await?;
        let Some(end) = page.last() else { break };
        after = end.place;
        for checkpoint in page {
            let (writer, place) = (Some(checkpoint.writer_id), Some(checkpoint.place));
            if !key.has_signed(&checkpoint) {
                verdict.add(writer, place, None, Wrong::CheckpointForged);
            } else if checkpoint.place != last.place + 1 || checkpoint.previous != last.signature {
                verdict.add(None, Some(last.place + 1), None, Wrong::CheckpointRemoved);
            }
            verdict.found.checkpoints += u64::from(key.has_signed(&checkpoint));
            last = Since::of(&checkpoint);
            is_given |= Some(&last) == since;
        }
    }
    if since.is_some() && !is_given {
        verdict.add(None, None, None, Wrong::OlderThanGiven);
    }
    verdict.found.last = (last.place > 0).then_some(last);
    Ok(())
}

/// Verifies one chain: its links, its checkpoints, its recorded end, and its unchained events.
async fn chain_of(tx: &mut Tx, signer: &Signer, writer: WriterId, verdict: &mut Verdict) -> sqlx::Result<()> {
    let mut checkpoints: Vec<Checkpoint> = query!(
        tx,
        "select place, previous, writer_id, seq, hash, at, signature from audit_checkpoints
         where writer_id = :writer order by seq, place",
        writer
    )
    .all()
    .await?;
    let key = signer.public_key();
    // A forged checkpoint is reported already and proves nothing.
    checkpoints.retain(|checkpoint| key.has_signed(checkpoint));
    let head = chain::find_head(tx, writer).await?;
    let is_forged = head.as_ref().is_some_and(|head| !signer.has_written_head(head));
    if is_forged {
        verdict.add(Some(writer), None, None, Wrong::HeadForged);
    }
    let sound = head.as_ref().filter(|_| !is_forged);
    let last_signed = checkpoints.last().map_or(0, |checkpoint| checkpoint.seq);
    match sound.map_or(last_signed, |head| head.signed_seq) {
        recorded if recorded > last_signed => verdict.add(Some(writer), Some(recorded), None, Wrong::CheckpointRemoved),
        recorded if recorded < last_signed => verdict.add(Some(writer), Some(recorded), None, Wrong::HeadWrong),
        _ => {}
    }
    let mut walk = Walk {
        signer,
        writer,
        head: sound,
        last: 0,
        hash: Some(BEGINNING.to_vec()),
        signed: checkpoints.into_iter().peekable(),
    };
    let mut after = (i64::MIN, AuditEventId::first());
    loop {
        let links = chain::list(tx, writer, after).await?;
        let Some(end) = links.last() else { break };
        after = (end.seq.unwrap_or_default(), end.event.id);
        for link in links {
            walk.step(link, verdict);
        }
    }
    walk.end(head.is_some(), verdict);
    unchained(tx, signer, writer, sound.map_or(0, |head| head.settled), verdict).await
}

struct Walk<'w> {
    signer: &'w Signer,
    writer: WriterId,
    /// The recorded end. `None`: there is none, or the service did not write it.
    head: Option<&'w Head>,
    last: i64,
    /// The hash of the last link. `None`: that link is missing.
    hash: Option<Vec<u8>>,
    signed: std::iter::Peekable<std::vec::IntoIter<Checkpoint>>,
}

impl Walk<'_> {
    fn step(&mut self, link: Link, verdict: &mut Verdict) {
        let Link { event, seq, hash } = link;
        let (seq, hash) = (seq.unwrap_or_default(), hash.unwrap_or_default());
        let mut bad = |seq, event_id, wrong| verdict.add(Some(self.writer), Some(seq), event_id, wrong);
        let is_genuine = self.signer.has_written(&event);
        if seq <= self.last {
            bad(seq, Some(event.id), if is_genuine { Wrong::Replayed } else { Wrong::Foreign });
            return;
        }
        if seq > self.last + 1 {
            bad(self.last + 1, None, Wrong::Removed(seq - self.last - 1));
            self.hash = None;
        }
        let is_within = self.head.is_none_or(|head| seq <= head.seq);
        let is_linked = self.hash.as_ref().is_none_or(|before| hash == event.link(seq, before));
        match (is_genuine, is_within, is_linked) {
            (false, true, _) if self.head.is_some() => bad(seq, Some(event.id), Wrong::Altered),
            (false, _, _) => bad(seq, Some(event.id), Wrong::Foreign),
            (true, false, _) => bad(seq, Some(event.id), Wrong::BehindTheEnd),
            (true, true, false) => bad(seq, Some(event.id), Wrong::Reordered),
            (true, true, true) => {}
        }
        while let Some(checkpoint) = self.signed.next_if(|checkpoint| checkpoint.seq <= seq) {
            if checkpoint.seq < seq {
                bad(checkpoint.seq, None, Wrong::Missing);
            } else if checkpoint.hash != hash {
                bad(seq, Some(event.id), Wrong::Rewritten);
            }
        }
        if is_genuine {
            self.note_finding(&event, seq, verdict);
        }
        verdict.found.events += 1;
        verdict.found.last_at = verdict.found.last_at.max(Some(event.at));
        (self.last, self.hash) = (seq, Some(hash));
    }

    /// Adds what the service itself reported in this event.
    fn note_finding(&self, event: &Event, seq: i64, verdict: &mut Verdict) {
        let fields = event.fields.join(" ");
        match event.act.as_deref() {
            Some(TAMPERING) => {
                let what = format!("{fields}, in {}", event.record_kind);
                verdict.add(Some(self.writer), Some(seq), Some(event.id), Wrong::Noticed(what));
            }
            Some(GAP) => {
                let ended = event.record_ids.first().map(Uuid::to_string).unwrap_or_default();
                verdict.found.gaps.push(format!(
                    "writer {ended} ended without chaining its last events, and numbers {fields} are missing: their \
                     transactions were rolled back, or the rows were removed before they were chained"
                ));
            }
            _ => {}
        }
    }

    fn end(mut self, has_head: bool, verdict: &mut Verdict) {
        let mut bad = |seq, wrong| verdict.add(Some(self.writer), Some(seq), None, wrong);
        let last_signed = self.signed.by_ref().map(|checkpoint| checkpoint.seq).last();
        if let Some(seq) = last_signed {
            bad(seq, Wrong::Missing);
        }
        match self.head {
            Some(head) if head.seq > self.last => bad(self.last + 1, Wrong::Removed(head.seq - self.last)),
            Some(head) if head.seq == self.last && self.hash.as_ref() != Some(&head.hash) => {
                bad(head.seq, Wrong::HeadWrong);
            }
            None if !has_head && (self.last > 0 || last_signed.is_some()) => bad(self.last, Wrong::HeadMissing),
            Some(_) | None => {}
        }
    }
}

/// Verifies the unchained rows: the service must have written each, and none may be chained already.
async fn unchained(
    tx: &mut Tx,
    signer: &Signer,
    writer: WriterId,
    settled: i64,
    verdict: &mut Verdict,
) -> sqlx::Result<()> {
    let mut last = AuditEventId::first();
    loop {
        let events = chain::list_unchained(tx, writer, last).await?;
        let Some(end) = events.last() else { return Ok(()) };
        last = end.id;
        for event in events {
            let wrong = match (signer.has_written(&event), event.number > settled) {
                (true, true) => {
                    verdict.found.unchained += 1;
                    continue;
                }
                (true, false) => Wrong::Replayed,
                (false, _) => Wrong::Foreign,
            };
            verdict.add(Some(writer), None, Some(event.id), wrong);
        }
    }
}

/// Reports numbers that two rows have, which needs a dropped unique index.
async fn doubles(tx: &mut Tx, verdict: &mut Verdict) -> sqlx::Result<()> {
    let doubles: Vec<(WriterId, i64)> = query!(
        tx,
        "select writer_id, number from audit_events group by writer_id, number having count(*) > 1
         order by 1, 2 limit :limit",
        limit = NAMED
    )
    .all()
    .await?;
    for (writer, number) in doubles {
        let what = format!("number {number} exists more than once");
        verdict.add(Some(writer), None, None, Wrong::Unreadable(what));
    }
    Ok(())
}

#[derive(FromRow)]
struct IndexFault {
    event_id: AuditEventId,
}

/// Verifies the index by record: it has each record of each chained event, and nothing else.
async fn index(tx: &mut Tx, verdict: &mut Verdict) -> sqlx::Result<()> {
    let missing: Vec<IndexFault> = query!(
        tx,
        Sql {
            sqlite: "select distinct e.id as event_id from audit_events e, json_each(e.record_ids) r
                     where e.seq is not null and not exists (select 1 from audit_records x
                        where x.record_id = unhex(r.value, '-') and x.event_id = e.id) limit :limit",
            postgres: "select distinct e.id as event_id
                       from audit_events e, jsonb_array_elements_text(e.record_ids) r (value)
                       where e.seq is not null and not exists (select 1 from audit_records x
                          where x.record_id = r.value::uuid and x.event_id = e.id) limit :limit",
        },
        limit = NAMED
    )
    .all()
    .await?;
    for fault in missing {
        verdict.add(None, None, Some(fault.event_id), Wrong::NotIndexed);
    }
    let foreign: Vec<IndexFault> = query!(
        tx,
        Sql {
            sqlite: "select distinct x.event_id from audit_records x
                     left join audit_events e on e.id = x.event_id
                     where e.seq is null or not exists (
                        select 1 from json_each(e.record_ids) r
                        where unhex(r.value, '-') = x.record_id) limit :limit",
            postgres: "select distinct x.event_id from audit_records x
                       left join audit_events e on e.id = x.event_id
                       where e.seq is null or not exists (
                          select 1 from jsonb_array_elements_text(e.record_ids) r (value)
                          where r.value::uuid = x.record_id) limit :limit",
        },
        limit = NAMED
    )
    .all()
    .await?;
    for fault in foreign {
        verdict.add(None, None, Some(fault.event_id), Wrong::WronglyIndexed);
    }
    Ok(())
}
