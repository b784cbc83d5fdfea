//! Signs the chain of this process once a minute, and finishes the chains of processes that ended without doing so.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::chain;
use super::event::{Event, first_id_at};
use super::queue::AuditLog;
use super::sign::Head;
use crate::db::{OnBehalfOf, Tx, query};
use crate::ids::{AuditEventId, WriterId};

/// A process that has not chained or signed for this long is taken as ended.
const ABANDONED_AFTER: TimeDelta = TimeDelta::seconds(120);
/// Largest number of ranges of missing numbers in a report.
const NAMED: usize = 50;

impl AuditLog {
    /// Signs the chain of this process, then chains and signs the events of processes that ended. Runs once a minute.
    pub async fn sign_and_finish(&self) -> sqlx::Result<()> {
        self.sign_own().await?;
        let long_ago = self.now() - ABANDONED_AFTER;
        let mut tx = OnBehalfOf::Service.scope(self.0.db.read_one()).await?;
        let unfinished = list_unfinished(&mut tx, self.0.writer, first_id_at(long_ago), long_ago).await?;
        drop(tx);
        for writer in unfinished {
            self.finish(writer).await?;
        }
        Ok(())
    }

    /// Chains the unchained events of a process that ended, and signs the end of its chain. Rows that the service did
    /// not write are reported and never chained.
    async fn finish(&self, writer: WriterId) -> sqlx::Result<()> {
        let mut own = self.0.own.lock().await;
        let mut tx = OnBehalfOf::Service.scope(self.0.db.write()).await?;
        tx.lock(writer.into()).await?;
        let head = chain::find_head(&mut tx, writer).await?;
        let is_sound = match &head {
            Some(head) => self.0.signer.has_written_head(head),
            None => !chain::has_chain(&mut tx, writer).await?,
        };
        if !is_sound {
            self.alarm("head", "audit_chains", [writer.into()]);
            self.wake();
            return Ok(());
        }
        let mut head = head.unwrap_or_else(|| Head::of(writer));
        let (genuine, missing) = self.list_genuine(&mut tx, &head).await?;
        let links = chain::append(&mut head, genuine.into_iter());
        chain::chain(&mut tx, &links).await?;
        if !links.is_empty() {
            head.chained_at = self.now();
        }
        let checkpoint = self.sign(&mut tx, &mut head, own.checkpoint.as_ref()).await?;
        if checkpoint.is_some() {
            chain::put_head(&mut tx, &self.0.signer, &mut head).await?;
        }
        tx.commit().await?;
        if !links.is_empty() && !missing.is_empty() {
            self.report_gap(writer.into(), missing);
        }
        Self::publish(&mut own, checkpoint);
        if !self.0.alarms.is_empty() {
            self.wake();
        }
        Ok(())
    }

    /// The unchained events of a process that the service wrote, ordered by number; and the missing numbers.
    async fn list_genuine(&self, tx: &mut Tx, head: &Head) -> sqlx::Result<(Vec<Event>, Vec<String>)> {
        let chained: BTreeSet<_> = chain::list_numbers(tx, head.writer_id, head.settled).await?.into_iter().collect();
        let (mut genuine, mut foreign, mut last) = (Vec::new(), Vec::new(), AuditEventId::first());
        loop {
            let events = chain::list_unchained(tx, head.writer_id, last).await?;
            let Some(end) = events.last() else { break };
            last = end.id;
            for event in events {
                let is_new = event.number > head.settled && !chained.contains(&event.number);
                if is_new && self.0.signer.has_written(&event) {
                    genuine.push(event);
                } else {
                    foreign.push(event.id.uuid());
                }
            }
        }
        self.alarm("foreign", "audit_events", foreign);
        genuine.sort_by_key(|event| event.number);
        let known: BTreeSet<_> = chained.into_iter().chain(genuine.iter().map(|event| event.number)).collect();
        Ok((genuine, missing_among(&known, head.settled)))
    }
}

/// The numbers after `settled` that are missing before the last of `known`, as `3` or `5-9`.
fn missing_among(known: &BTreeSet<i64>, settled: i64) -> Vec<String> {
    let (mut missing, mut next) = (Vec::new(), settled + 1);
    for number in known {
        match number - next {
            ..=0 => {}
            1 => missing.push(next.to_string()),
            _ => missing.push(format!("{next}-{}", number - 1)),
        }
        next = number + 1;
    }
    missing.truncate(NAMED);
    missing
}

/// Processes other than `own` with unchained events or unsigned links from before these times. They ended without
/// finishing, or are very slow.
async fn list_unfinished(
    tx: &mut Tx,
    own: WriterId,
    before: AuditEventId,
    unsigned_since: DateTime<Utc>,
) -> sqlx::Result<Vec<WriterId>> {
    let unfinished: Vec<(WriterId,)> = query!(
        tx,
        "select writer_id from audit_events where seq is null and id < :before and writer_id <> :own
         union select writer_id from audit_chains
         where signed_seq < seq and chained_at < :unsigned_since and writer_id <> :own",
        own,
        before,
        unsigned_since
    )
    .all()
    .await?;
    Ok(unfinished.into_iter().map(|(writer,)| writer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_numbers_are_named_in_ranges() {
        assert_eq!(missing_among(&[3, 5, 9].into(), 2), ["4", "6-8"]);
        assert_eq!(missing_among(&[1, 2].into(), 0), Vec::<String>::new());
        assert_eq!(missing_among(&[].into(), 7), Vec::<String>::new());
    }
}
