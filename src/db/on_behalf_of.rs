//! On whose behalf a transaction runs. PostgreSQL's row-level security gets this at the start of each transaction.

use std::fmt;

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: OnBehalfOf;
}

/// On whose behalf the current task runs. If it is not set, row-level security hides all private rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// The viewer of a request.
    Viewer(Uuid),
    /// The service itself, for its own work. It shows the rows to no viewer.
    Service,
}

impl OnBehalfOf {
    /// Runs `work` on this behalf: it applies to each transaction that begins in it.
    pub async fn scope<W: Future>(self, work: W) -> W::Output {
        CURRENT.scope(self, work).await
    }

    /// On whose behalf the current task runs.
    pub(super) fn current() -> Option<Self> {
        CURRENT.try_with(|current| *current).ok()
    }
}

/// The value that the policies compare.
impl fmt::Display for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Viewer(id) => id.fmt(f),
            Self::Service => f.write_str("service"),
        }
    }
}
