//! Who keeps the trail: writes what was seen, chains it, signs it, and looks after the chains of
//! writers that ended without doing so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use uuid::Uuid;

use super::chain::{self, extend};
use super::event::{Event, first_id_at};
use super::queue::{Inner, Message, Trail};
use super::witness::Present;
use crate::db::Asker;
use crate::ids::{PersonId, WriterId};

/// What was seen waits at most this long to be written.
const GATHER: Duration = Duration::from_millis(100);
/// So many entries are written without waiting longer.
const FULL: usize = 500;
/// After a failure.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How long the end of the service waits for the last of it.
const LAST: Duration = Duration::from_secs(10);
/// Whoever has not chained or signed for this long, in seconds, will not do it any more.
const LEFT: TimeDelta = TimeDelta::seconds(120);

/// What goes into one row: who saw what of whom, as what, in one request.
type Key = (Uuid, Uuid, &'static str, &'static str, Option<PersonId>);

/// What was seen and is not written.
#[derive(Default)]
struct Batch {
    entries: BTreeMap<Key, Entry>,
    settling: Vec<oneshot::Sender<()>>,
    is_last: bool,
}

struct Entry {
    present: Arc<Present>,
    at: DateTime<Utc>,
    rows: BTreeSet<Uuid>,
    columns: BTreeSet<&'static str>,
}

impl Batch {
    fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Seen { present, at, looks }) => {
                for look in looks {
                    let key = (present.request_id, present.actor.id, look.relation, look.table, look.author_id);
                    let entry = self.entries.entry(key).or_insert_with(|| Entry {
                        present: present.clone(),
                        at,
                        rows: BTreeSet::new(),
                        columns: BTreeSet::new(),
                    });
                    entry.rows.extend(look.rows);
                    entry.columns.extend(look.columns);
                }
            }
            Some(Message::Settle(asked)) => self.settling.push(asked),
            Some(Message::Stop) | None => self.is_last = true,
        }
    }

    /// Whether somebody waits, or there is enough.
    fn is_due(&self) -> bool {
        self.is_last || !self.settling.is_empty() || self.entries.len() >= FULL
    }

    fn events(&self, trail: &Trail) -> Vec<Event> {
        let events = self.entries.iter().map(|((_, _, relation, table, author), entry)| Event {
            kind: "read".to_owned(),
            relation: (*relation).to_owned(),
            record_kind: (*table).to_owned(),
            record_ids: entry.rows.iter().copied().collect::<Vec<_>>().into(),
            fields: entry.columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>().into(),
            author_id: *author,
            ..trail.blank(&entry.present, entry.at)
        });
        events.map(Event::with_id).collect()
    }
}

/// While nobody keeps the trail, nothing opens.
struct Kept<'t>(&'t Inner);

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.0.is_failing.store(true, Ordering::Relaxed);
    }
}

impl Trail {
    /// Keeps the trail until it is told to [`stop`](Trail::stop).
    pub async fn keep(&self) {
        let mut queue = self.0.receiver.lock().await;
        let _kept = Kept(&self.0);
        let mut minute = interval(Duration::from_mins(1));
        let mut batch = Batch::default();
        while !batch.is_last {
            batch = Batch::default();
            tokio::select! {
                message = queue.recv() => batch.take(message),
                () = self.0.deeds.notified() => {}
                _ = minute.tick() => {
                    if let Err(error) = self.tend().await {
                        tracing::warn!(%error, "no checkpoint of the audit log; it comes later");
                    }
                    continue;
                }
            }
            let end = Instant::now() + GATHER;
            while !batch.is_due() {
                let Ok(message) = timeout_at(end, queue.recv()).await else { break };
                batch.take(message);
            }
            self.write(&mut batch).await;
        }
    }

    /// Writes and chains, however often it takes: meanwhile nothing opens, and nobody is told that
    /// it is done.
    async fn write(&self, batch: &mut Batch) {
        while let Err(error) = self.try_to_write(batch).await {
            tracing::error!(%error, "the audit log cannot be written; what is private stays closed until it can");
            self.0.is_failing.store(true, Ordering::Relaxed);
            batch.settling.clear();
            sleep(TRY_AGAIN).await;
        }
        self.0.is_failing.store(false, Ordering::Relaxed);
        for asked in batch.settling.drain(..) {
            // Whoever asked may be gone.
            let _ = asked.send(());
        }
    }

    async fn try_to_write(&self, batch: &Batch) -> sqlx::Result<()> {
        let mut tx = Asker::Service.scope(self.0.db.write()).await?;
        chain::insert(&mut tx, batch.events(self)).await?;
        extend(&mut tx, self.0.writer, self.now()).await?;
        tx.commit().await
    }

    /// Once a minute: signs its own chain, and chains and signs what others left.
    pub async fn tend(&self) -> sqlx::Result<()> {
        self.sign(self.0.writer).await?;
        let long_ago = self.now() - LEFT;
        let mut tx = Asker::Service.scope(self.0.db.look()).await?;
        let left = chain::list_left(&mut tx, self.0.writer, first_id_at(long_ago), long_ago).await?;
        drop(tx);
        for writer in left {
            self.sign(writer).await?;
        }
        Ok(())
    }

    async fn sign(&self, writer: WriterId) -> sqlx::Result<()> {
        let mut tx = Asker::Service.scope(self.0.db.write()).await?;
        extend(&mut tx, writer, self.now()).await?;
        let checkpoint = chain::sign(&mut tx, &self.0.signer, writer, self.now()).await?;
        tx.commit().await?;
        if let Some(checkpoint) = checkpoint {
            checkpoint.log();
        }
        Ok(())
    }

    /// Writes, chains and signs the last of it. What is opened afterwards, if anything, is lost.
    pub async fn stop(&self) {
        let last = async {
            // Fails only if nobody keeps the trail: then nothing waits.
            let _ = self.0.sender.send(Message::Stop).await;
            // Free once the keeper has gone.
            let _queue = self.0.receiver.lock().await;
            self.sign(self.0.writer).await
        };
        match timeout(LAST, last).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the last checkpoint of the audit log is missing"),
            Err(_) => tracing::error!("the last of the audit log could not be written"),
        }
    }
}
