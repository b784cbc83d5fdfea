//! A claim on a matching round: only the process that has the claim works on the round.

use chrono::{DateTime, TimeDelta, Utc};

use super::model::{MatchingRoundFailure, MatchingRoundStatus, MatchingRoundStep};
use super::store::{self, Lease};
use crate::db::Tx;
use crate::http::App;
use crate::ids::MatchingRoundId;
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// A matching round that this process has claimed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimed {
    /// Id of the matching round.
    pub round: MatchingRoundId,
    /// Number of the claim.
    pub claim: i64,
    /// Length of the lease after each sign of progress.
    pub lease: TimeDelta,
}

impl Claimed {
    /// The lease, extended from `now` on.
    pub fn until(&self, now: DateTime<Utc>) -> Lease {
        Lease { round: self.round, claim: self.claim, until: now + self.lease }
    }

    /// Extends the lease within a transaction. False: another process has claimed the round.
    pub async fn goes_on(&self, tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
        store::renew(tx, self.until(now), None).await
    }

    /// Notes that a step begins. False: another process has claimed the round.
    pub async fn begins(&self, app: &App, step: MatchingRoundStep) -> Result<bool, Problem> {
        let mut tx = app.system_write().await?;
        let is_ours = store::renew(&mut tx, self.until(app.clock.now()), Some(step)).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    /// Ends the work with this status, and adds the event.
    pub async fn rest(
        &self,
        app: &App,
        status: MatchingRoundStatus,
        failure_reason: Option<MatchingRoundFailure>,
        event: Event,
    ) -> Result<(), Problem> {
        let now = app.clock.now();
        let mut tx = app.system_write().await?;
        if store::rest(&mut tx, self.until(now), status, failure_reason, now).await? {
            outbox::add(&mut tx, &app.clock, event, None).await?;
        }
        Ok(tx.commit().await?)
    }
}
