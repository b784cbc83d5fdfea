//! One step of the chain of this process: write, chain, commit, then compare the database with what was written.

use std::sync::atomic::Ordering;

use super::chain::{self, Link};
use super::event::Event;
use super::own::Own;
use super::pending::Taken;
use super::queue::AuditLog;
use super::sign::{Checkpoint, Head};
use crate::db::{Engine, OnBehalfOf, Tx};
use crate::ids::AuditEventId;

/// The lock for writing checkpoints, which form one chain across all processes.
const CHECKPOINTS: uuid::Uuid = uuid::Uuid::from_u128(0x6d65_6e74_6f72_7368_6970_2061_7564_6974);

impl AuditLog {
    /// Writes and chains the events that wait, then compares. Rows that differ from what was written are reported, and
    /// the next step writes them again. Until then no sealed value opens and no change is accepted.
    pub(super) async fn advance(&self, own: &mut Own) -> sqlx::Result<()> {
        own.new.extend(self.numbered(self.0.alarms.take()));
        let Taken { committed, uncertain, settled } = self.0.pending.take();
        own.unchained.extend(committed);
        let mut tx = OnBehalfOf::Service.scope(self.0.db.write()).await?;
        tx.lock(self.0.writer.into()).await?;
        self.reconcile(&mut tx, own).await?;
        if own.is_to_restore {
            chain::restore(&mut tx, &own.unconfirmed).await?;
        }
        let refused = chain::insert(&mut tx, &self.0.signer, &mut own.new).await?;
        if !refused.is_empty() {
            self.alarm("refused", "audit_events", refused.iter().map(|id| id.uuid()));
            // They must not delay the report about them.
            own.hold_back(&refused);
            return Err(sqlx::Error::Protocol("the database did not store audit events unchanged".to_owned()));
        }
        let mut head = own.head.clone();
        let found = self.find_uncertain(&mut tx, &uncertain).await?;
        let events = own.unchained.iter().chain(&own.new).chain(&found).cloned();
        let links = chain::append(&mut head, events);
        chain::chain(&mut tx, &links).await?;
        let mut checkpoint = None;
        if !links.is_empty() || own.is_to_restore {
            (head.settled, head.chained_at) = (head.settled.max(settled), self.now());
            if head.signed_seq == 0 {
                // The first link is signed at once, so that the removal of a whole chain is noticed.
                checkpoint = self.sign(&mut tx, &mut head, own.checkpoint.as_ref()).await?;
            }
            chain::put_head(&mut tx, &self.0.signer, &mut head).await?;
        }
        let foreign = self.list_foreign(&mut tx).await?;
        tx.commit().await?;
        own.head = head;
        own.new.clear();
        own.unchained.clear();
        own.unconfirmed.extend(links);
        Self::publish(own, checkpoint);
        self.0.pending.resolve(&uncertain, &found, self.0.db.engine() == Engine::Sqlite);
        self.alarm("foreign", "audit_events", foreign.into_iter().map(AuditEventId::uuid));
        self.compare(own).await
    }

    /// Compares the head in the database with the head written last. Another instance may have continued this chain if
    /// this process seemed to have ended.
    async fn reconcile(&self, tx: &mut Tx, own: &mut Own) -> sqlx::Result<()> {
        let found = match chain::find_head(tx, self.0.writer).await? {
            None if own.head.seq == 0 => return Ok(()),
            Some(found) if found == own.head => return Ok(()),
            other => other.filter(|found| self.continues(&own.head, found)),
        };
        let Some(found) = found else {
            self.alarm("head", "audit_chains", [self.0.writer.into()]);
            own.is_to_restore = true;
            return Ok(());
        };
        let links = chain::list_between(tx, self.0.writer, own.head.seq + 1, found.seq).await?;
        let is_chained = |event: &Event| links.iter().any(|link| link.event == *event);
        own.new.retain(|event| !is_chained(event));
        own.unchained.retain(|event| !is_chained(event));
        own.head = found;
        Ok(())
    }

    /// Whether the service wrote `found` after `own`.
    fn continues(&self, own: &Head, found: &Head) -> bool {
        let is_later = (found.seq, found.signed_seq) > (own.seq, own.signed_seq)
            && (found.seq > own.seq || found.hash == own.hash);
        is_later && self.0.signer.has_written_head(found)
    }

    /// The uncertain events that are in the database.
    async fn find_uncertain(&self, tx: &mut Tx, uncertain: &[Event]) -> sqlx::Result<Vec<Event>> {
        if uncertain.is_empty() {
            return Ok(Vec::new());
        }
        let found = chain::find(tx, uncertain.iter().map(|event| event.id)).await?;
        let is_there = |event: &&Event| found.iter().any(|link| link.event.id == event.id && link.seq.is_none());
        Ok(uncertain.iter().filter(is_there).cloned().collect())
    }

    /// Unchained rows with the id of this process that it did not write.
    async fn list_foreign(&self, tx: &mut Tx) -> sqlx::Result<Vec<AuditEventId>> {
        let (mut foreign, mut last) = (Vec::new(), AuditEventId::first());
        loop {
            let events = chain::list_unchained(tx, self.0.writer, last).await?;
            let Some(end) = events.last() else { return Ok(foreign) };
            last = end.id;
            foreign.extend(events.iter().map(|event| event.id).filter(|id| !self.0.pending.knows(*id)));
        }
    }

    /// Checks after the commit that the database has what was written.
    async fn compare(&self, own: &mut Own) -> sqlx::Result<()> {
        if own.unconfirmed.is_empty() && !own.is_to_restore {
            return Ok(());
        }
        let mut tx = OnBehalfOf::Service.scope(self.0.db.service_read_one()).await?;
        let mut bad = Vec::new();
        for some in own.unconfirmed.chunks(chain::BATCH) {
            let (Some(first), Some(last)) =
                (some.first().and_then(|link| link.seq), some.last().and_then(|link| link.seq))
            else {
                continue;
            };
            let found = chain::list_between(&mut tx, self.0.writer, first, last).await?;
            let is_bad = |link: &&Link| !found.contains(link);
            let some_bad: Vec<_> = some.iter().filter(is_bad).cloned().collect();
            self.alarm("changed", "audit_events", some_bad.iter().map(|link| link.event.id.uuid()));
            if chain::is_indexed(&mut tx, some).await? {
                bad.extend(some_bad);
            } else {
                self.alarm("unindexed", "audit_records", some.iter().map(|link| link.event.id.uuid()));
                bad.extend(some.iter().cloned());
            }
        }
        let head = chain::find_head(&mut tx, self.0.writer).await?;
        let is_head_bad =
            head.as_ref() != Some(&own.head) && !head.is_some_and(|head| self.continues(&own.head, &head));
        if is_head_bad {
            self.alarm("head", "audit_chains", [self.0.writer.into()]);
        }
        own.unconfirmed = bad;
        own.is_to_restore = is_head_bad || !own.unconfirmed.is_empty();
        if own.is_to_restore {
            self.0.is_failing.store(true, Ordering::Relaxed);
        }
        self.0.is_tampered.store(own.is_to_restore, Ordering::Relaxed);
        // The background task does the rest, if it did not call this itself.
        if own.is_to_restore || !self.0.alarms.is_empty() {
            self.wake();
        }
        Ok(())
    }

    /// Signs the end of a chain if it is not signed yet. Takes the lock on checkpoints until the transaction ends.
    pub(super) async fn sign(
        &self,
        tx: &mut Tx,
        head: &mut Head,
        known: Option<&Checkpoint>,
    ) -> sqlx::Result<Option<Checkpoint>> {
        if head.signed_seq >= head.seq {
            return Ok(None);
        }
        tx.lock(CHECKPOINTS).await?;
        let last = chain::find_last_checkpoint(tx).await?;
        let is_known =
            known.is_none_or(|known| last.as_ref().is_some_and(|last| last.place > known.place || last == known));
        let is_ours = last.as_ref().is_none_or(|last| self.0.signer.public_key().has_signed(last));
        if !is_known || !is_ours {
            self.alarm("checkpoint", "audit_checkpoints", [head.writer_id.into()]);
        }
        // A place is never given twice, so that a removed checkpoint leaves a gap.
        let previous = last.as_ref().filter(|_| is_known).or(known);
        let previous = previous.map(|last| (last.place, last.signature.clone())).unwrap_or_default();
        let checkpoint = self.0.signer.sign(previous, head, self.now());
        chain::insert_checkpoint(tx, &checkpoint).await?;
        head.signed_seq = head.seq;
        Ok(Some(checkpoint))
    }

    /// Remembers and logs a checkpoint that was committed.
    pub(super) fn publish(own: &mut Own, checkpoint: Option<Checkpoint>) {
        if let Some(checkpoint) = checkpoint {
            checkpoint.log();
            own.checkpoint = Some(checkpoint);
        }
    }

    /// Chains the events that wait and signs the end of the chain of this process.
    pub(super) async fn sign_own(&self) -> sqlx::Result<()> {
        let mut own = self.0.own.lock().await;
        self.advance(&mut own).await?;
        if own.is_to_restore || !self.0.alarms.is_empty() {
            self.advance(&mut own).await?;
        }
        let own = &mut *own;
        if own.head.signed_seq >= own.head.seq {
            return Ok(());
        }
        let mut tx = OnBehalfOf::Service.scope(self.0.db.write()).await?;
        tx.lock(self.0.writer.into()).await?;
        self.reconcile(&mut tx, own).await?;
        let mut head = own.head.clone();
        let checkpoint = self.sign(&mut tx, &mut head, own.checkpoint.as_ref()).await?;
        chain::put_head(&mut tx, &self.0.signer, &mut head).await?;
        tx.commit().await?;
        own.head = head;
        Self::publish(own, checkpoint);
        self.compare(own).await
    }
}
