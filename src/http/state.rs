//! The state that all handlers share.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::idempotency::IdempotencyKey;
use super::write_tx::WriteTx;
use crate::audit_log::AuditLog;
use crate::clock::Clock;
use crate::db::{Db, FormerName, Tx};
use crate::ids::PersonId;
use crate::policy::Viewer;
use crate::problem::Problem;

/// The service as a handler sees it.
#[derive(Debug)]
pub struct App {
    db: Db,
    /// The source of the time and of ids.
    pub clock: Clock,
    audit_log: AuditLog,
    is_stopping: AtomicBool,
    is_warming_up: AtomicBool,
}

impl App {
    /// A service on `db` that writes its audit events to `audit_log`.
    pub const fn new(db: Db, clock: Clock, audit_log: AuditLog) -> Self {
        Self { db, clock, audit_log, is_stopping: AtomicBool::new(false), is_warming_up: AtomicBool::new(false) }
    }

    /// The audit log.
    pub const fn audit_log(&self) -> &AuditLog {
        &self.audit_log
    }

    /// Begins a read of one statement. One statement sees one consistent state by itself.
    pub async fn read_one(&self) -> sqlx::Result<Tx> {
        self.db.read_one().await
    }

    /// Begins a short read for the service itself. Its connection is never used by a viewer's request.
    pub async fn service_read_one(&self) -> sqlx::Result<Tx> {
        self.db.service_read_one().await
    }

    /// Begins a read transaction: several statements that see the same state.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        self.db.read().await
    }

    /// Begins the write transaction of a viewer. Its commit also writes the audit events.
    pub async fn write(&self, viewer: &Viewer) -> Result<WriteTx, Problem> {
        WriteTx::new(self.db.write().await?, viewer)
    }

    /// Begins a write transaction of the service itself, without a viewer.
    pub async fn system_write(&self) -> sqlx::Result<Tx> {
        self.db.write().await
    }

    /// Destroys the data keys of an erased person, at once and permanently. Records the person's names.
    pub async fn destroy_keys(
        &self,
        author: PersonId,
        names: &[FormerName<'_>],
        at: DateTime<Utc>,
    ) -> sqlx::Result<u64> {
        self.db.keys().note_names(author, names).await?;
        self.db.keys().destroy(author, at).await
    }

    /// Runs the work of a `POST` and reads its answer, in one transaction. If the same request was done before with the
    /// same `Idempotency-Key`, only the answer is read, about the record of the first time.
    pub async fn once<Id: From<uuid::Uuid> + Into<uuid::Uuid> + Copy, A>(
        &self,
        viewer: &Viewer,
        once: &IdempotencyKey,
        work: impl AsyncFnOnce(&mut Tx) -> Result<Id, Problem>,
        answer: impl AsyncFnOnce(&mut Tx, Id) -> Result<A, Problem>,
    ) -> Result<A, Problem> {
        let mut tx = self.write(viewer).await?;
        if let Some(before) = once.claim(&mut tx, viewer, self.clock.now()).await? {
            let answer = answer(&mut tx, before.into()).await?;
            // On SQLite the first request may still wait for the shared commit, so this one must wait for it, too.
            tx.commit_nothing().await?;
            return Ok(answer);
        }
        let id = work(&mut tx).await?;
        once.keep(&mut tx, viewer, id.into()).await?;
        let answer = answer(&mut tx, id).await?;
        tx.about(id);
        tx.commit().await?;
        Ok(answer)
    }

    /// Turns readiness off, so that the load balancer sends no more requests. Running requests continue.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Fails if the database cannot be written now.
    pub async fn check_writable(&self) -> sqlx::Result<()> {
        self.db.check_writable().await
    }

    /// Whether the service is stopping.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Sets whether the service is still loading the index of mentors. Until it is loaded, the service answers
    /// requests, but it is not ready.
    pub fn warm_up(&self, is_warming_up: bool) {
        self.is_warming_up.store(is_warming_up, Ordering::Relaxed);
    }

    /// Whether the service is still loading the index of mentors.
    pub fn is_warming_up(&self) -> bool {
        self.is_warming_up.load(Ordering::Relaxed)
    }

    /// Writes the remaining audit events and closes every connection.
    pub async fn close(&self) {
        self.audit_log.stop().await;
        self.db.close().await;
    }
}
