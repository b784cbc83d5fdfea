//! The write transaction of a viewer's request.

use std::ops::{Deref, DerefMut};

use uuid::Uuid;

use crate::audit_log::RecordedChanges;
use crate::db::Tx;
use crate::policy::Viewer;
use crate::problem::Problem;

/// A write transaction with the acts of the viewer for the audit log. Dropped without `commit`, it is rolled back and
/// records nothing.
pub struct WriteTx {
    tx: Tx,
    changes: RecordedChanges,
}

impl WriteTx {
    pub(super) fn new(tx: Tx, viewer: &Viewer) -> Result<Self, Problem> {
        let changes = viewer
            .recorder
            .changes()
            .ok_or_else(|| Problem::internal("the viewer has no recorder for the audit log"))?;
        Ok(Self { tx, changes })
    }

    /// Adds the record that the acts concern, if the permit was for another one, such as the pair of a new note.
    pub fn about(&mut self, record: impl Into<Uuid>) {
        self.changes.about(record.into());
    }

    /// Commits the changes together with their audit events.
    pub async fn commit(mut self) -> Result<(), Problem> {
        self.changes.write(&mut self.tx).await?;
        self.tx.commit().await?;
        self.changes.done();
        Ok(())
    }

    /// Commits without audit events. For a repeated request, which does nothing.
    pub(super) async fn commit_nothing(self) -> sqlx::Result<()> {
        self.tx.commit().await
    }
}

impl Deref for WriteTx {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
