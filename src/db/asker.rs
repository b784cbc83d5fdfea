//! Whom a conversation speaks for, as PostgreSQL's row security is told at its start.

use std::fmt;

use uuid::Uuid;

tokio::task_local! {
    static ASKER: Asker;
}

/// Whom the service speaks for. Where nothing says it, nobody: then nothing private is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// The viewer of a request.
    Viewer(Uuid),
    /// Nobody in particular: the service has to know for itself, and tells nobody.
    Service,
}

impl Asker {
    /// Does `work` for them: each conversation that begins in it speaks for them.
    pub async fn scope<W: Future>(self, work: W) -> W::Output {
        ASKER.scope(self, work).await
    }

    /// For whom the work here is done.
    pub(super) fn current() -> Option<Self> {
        ASKER.try_with(|asker| *asker).ok()
    }
}

/// As the policies read it.
impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Viewer(id) => id.fmt(f),
            Self::Service => f.write_str("service"),
        }
    }
}
