//! What every handler needs.

use std::sync::atomic::{AtomicBool, Ordering};

use super::once::Once;
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::policy::Viewer;
use crate::problem::Problem;

/// The service as a handler sees it.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Time and chance.
    pub clock: Clock,
    is_stopping: AtomicBool,
}

impl App {
    /// A service on `db`.
    pub const fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, is_stopping: AtomicBool::new(false) }
    }

    /// Does one POST's work in one unit of work, once: asked again with the same
    /// `Idempotency-Key`, it only tells the id of the record that came of it the first time.
    pub async fn once<Id: From<uuid::Uuid> + Into<uuid::Uuid> + Copy>(
        &self,
        viewer: &Viewer,
        once: &Once,
        work: impl AsyncFnOnce(&mut Tx) -> Result<Id, Problem>,
    ) -> Result<Id, Problem> {
        let mut tx = self.db.write().await?;
        if let Some(before) = once.claim(&mut tx, viewer, self.clock.now()).await? {
            // On SQLite the first time may still wait for the commit that both share.
            tx.commit().await?;
            return Ok(before.into());
        }
        let id = work(&mut tx).await?;
        once.keep(&mut tx, viewer, id.into()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Turns readiness off: the balancer sends no more, what runs goes on.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the service is about to end.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
