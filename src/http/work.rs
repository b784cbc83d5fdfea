//! A unit of work that a viewer asked for.

use std::ops::{Deref, DerefMut};

use uuid::Uuid;

use crate::db::Tx;
use crate::policy::Viewer;
use crate::problem::Problem;
use crate::trail::Deeds;

/// A unit of work of which it is known who does it. Dropped without `commit`, it is undone, and
/// was not done.
pub struct Work {
    tx: Tx,
    deeds: Deeds,
}

impl Work {
    pub(super) fn new(tx: Tx, viewer: &Viewer) -> Result<Self, Problem> {
        let deeds = viewer.witness.deeds().ok_or_else(|| Problem::internal("nobody sees what this viewer does"))?;
        Ok(Self { tx, deeds })
    }

    /// Names the record that it comes to, where a permit can only name what it was made in.
    pub fn about(&mut self, record: impl Into<Uuid>) {
        self.deeds.about(record.into());
    }

    /// Makes it durable, together with who did what.
    pub async fn commit(mut self) -> Result<(), Problem> {
        self.deeds.write(&mut self.tx).await?;
        self.tx.commit().await?;
        self.deeds.done();
        Ok(())
    }

    /// Ends it where nothing was done that was not done before.
    pub(super) async fn commit_nothing(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

impl Deref for Work {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for Work {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
