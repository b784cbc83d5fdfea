//! The token behind a request, as far as what outlives the request asks about it: streams end with their token.

use std::future::{Ready, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot::{Receiver, Sender, channel};
use uuid::Uuid;

use super::store;
use crate::db::Db;
use crate::ids::PersonId;
use crate::problem::Problem;

/// Without the moment of issue a token is refused for so long after a sign-out.
const UNDATED_REFUSED: TimeDelta = TimeDelta::hours(24);

/// A verified token in short.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Whose it is, if a person's.
    pub(super) person: Option<PersonId>,
    /// What `revoked_tokens` calls it.
    pub(super) token_id: Uuid,
    /// The provider's subject, as `identity_bindings` calls it.
    pub(super) binding: Option<Uuid>,
    pub(super) issued_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Whether a token issued then is from before a sign-out.
pub(super) fn is_signed_out(
    signed_out_at: Option<DateTime<Utc>>,
    issued_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    signed_out_at.is_some_and(|at| issued_at.map_or(now < at + UNDATED_REFUSED, |issued_at| issued_at <= at))
}

impl FromRequest for Session {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().copied().ok_or_else(Problem::unauthenticated))
    }
}

/// Every stream that is open at this instance.
#[derive(Debug, Default)]
pub(super) struct OpenStreams(Mutex<Vec<(Session, Sender<()>)>>);

impl OpenStreams {
    /// Takes a stream in; it has to end when the returned receiver is done.
    pub fn open(&self, session: Session) -> Receiver<()> {
        let (end, ended) = channel();
        self.streams().push((session, end));
        ended
    }

    /// Ends the streams of tokens that are no longer good; one statement for all of them.
    pub async fn sweep(&self, db: &Db, now: DateTime<Utc>) -> sqlx::Result<()> {
        let sessions: Vec<Session> = {
            let mut streams = self.streams();
            streams.retain(|(session, end)| !end.is_closed() && session.expires_at > now);
            streams.iter().map(|(session, _)| *session).collect()
        };
        if sessions.is_empty() {
            return Ok(());
        }
        let standing = store::standing_of(&mut db.look().await?, &sessions, now).await?;
        self.streams().retain(|(session, _)| standing.admits(session, now));
        Ok(())
    }

    fn streams(&self) -> MutexGuard<'_, Vec<(Session, Sender<()>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
