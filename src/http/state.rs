//! What every handler needs.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::once::Once;
use super::work::Work;
use crate::clock::Clock;
use crate::db::{Db, FormerName, Tx};
use crate::ids::PersonId;
use crate::policy::Viewer;
use crate::problem::Problem;
use crate::trail::Trail;

/// The service as a handler sees it.
#[derive(Debug)]
pub struct App {
    db: Db,
    /// Time and chance.
    pub clock: Clock,
    trail: Trail,
    is_stopping: AtomicBool,
    is_warming_up: AtomicBool,
}

impl App {
    /// A service on `db`, which writes down on `trail` who looks and who changes what.
    pub const fn new(db: Db, clock: Clock, trail: Trail) -> Self {
        Self { db, clock, trail, is_stopping: AtomicBool::new(false), is_warming_up: AtomicBool::new(false) }
    }

    /// Who looked and who changed what.
    pub const fn trail(&self) -> &Trail {
        &self.trail
    }

    /// For a read of one statement, which is a snapshot by itself.
    pub async fn look(&self) -> sqlx::Result<Tx> {
        self.db.look().await
    }

    /// For a short read of the service itself, on a connection that no viewer's request can hold.
    pub async fn service_look(&self) -> sqlx::Result<Tx> {
        self.db.service_look().await
    }

    /// Begins a snapshot: several statements that see the same moment.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        self.db.read().await
    }

    /// Begins what the viewer changes. Its commit also writes down what they did.
    pub async fn write(&self, viewer: &Viewer) -> Result<Work, Problem> {
        Work::new(self.db.write().await?, viewer)
    }

    /// Begins a chore of the service itself, which no viewer asked for.
    pub async fn chore(&self) -> sqlx::Result<Tx> {
        self.db.write().await
    }

    /// Destroys what opens the words of an erased person, at once and for good.
    pub async fn destroy_keys(
        &self,
        author: PersonId,
        names: &[FormerName<'_>],
        at: DateTime<Utc>,
    ) -> sqlx::Result<u64> {
        self.db.keys().note_names(author, names).await?;
        self.db.keys().destroy(author, at).await
    }

    /// Does one POST's work in one unit of work, once: asked again with the same
    /// `Idempotency-Key`, it only tells the id of the record that came of it the first time.
    pub async fn once<Id: From<uuid::Uuid> + Into<uuid::Uuid> + Copy>(
        &self,
        viewer: &Viewer,
        once: &Once,
        work: impl AsyncFnOnce(&mut Tx) -> Result<Id, Problem>,
    ) -> Result<Id, Problem> {
        let mut tx = self.write(viewer).await?;
        if let Some(before) = once.claim(&mut tx, viewer, self.clock.now()).await? {
            // On SQLite the first time may still wait for the commit that both share.
            tx.commit_nothing().await?;
            return Ok(before.into());
        }
        let id = work(&mut tx).await?;
        once.keep(&mut tx, viewer, id.into()).await?;
        tx.about(id);
        tx.commit().await?;
        Ok(id)
    }

    /// Turns readiness off: the balancer sends no more, what runs goes on.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Why nothing can be stored now, if that is so.
    pub async fn trouble(&self) -> sqlx::Result<()> {
        self.db.trouble().await
    }

    /// Whether the service is about to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// Says whether what makes requests fast is still being made: until then the service is not ready, though it serves.
    pub fn warm_up(&self, is_warming_up: bool) {
        self.is_warming_up.store(is_warming_up, Ordering::Relaxed);
    }

    /// Whether the service still warms up.
    pub fn is_warming_up(&self) -> bool {
        self.is_warming_up.load(Ordering::Relaxed)
    }

    /// Writes the last of the trail, and closes every connection.
    pub async fn close(&self) {
        self.trail.stop().await;
        self.db.close().await;
    }
}
