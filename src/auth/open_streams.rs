//! The streams that are open at this instance. A stream outlives its request, and ends when its token ends.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::oneshot::{Receiver, Sender, channel};

use super::session::Session;
use super::store;
use crate::db::Db;

/// Every stream that is open at this instance.
#[derive(Debug, Default)]
pub(super) struct OpenStreams(Mutex<Vec<(Session, Sender<()>)>>);

impl OpenStreams {
    /// Registers a stream. It must end when the returned receiver completes.
    pub fn open(&self, session: Session) -> Receiver<()> {
        let (end, ended) = channel();
        self.streams().push((session, end));
        ended
    }

    /// Ends the streams of tokens that are no longer valid; one statement checks all tokens.
    pub async fn sweep(&self, db: &Db, now: DateTime<Utc>) -> sqlx::Result<()> {
        let sessions: Vec<Session> = {
            let mut streams = self.streams();
            streams.retain(|(session, end)| !end.is_closed() && session.expires_at > now);
            streams.iter().map(|(session, _)| *session).collect()
        };
        if sessions.is_empty() {
            return Ok(());
        }
        let standing = store::standing_of(&mut db.read_one().await?, &sessions, now).await?;
        self.streams().retain(|(session, _)| standing.admits(session, now));
        Ok(())
    }

    fn streams(&self) -> MutexGuard<'_, Vec<(Session, Sender<()>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
