//! Background work on matching rounds. One process works on a round at a time; if it stops, another process continues.

use std::sync::Arc;

use actix_web::web::Data;
use chrono::TimeDelta;
use tokio::sync::Semaphore;

use super::claim::Claimed;
use super::model::{MatchingRound, MatchingRoundFailure, MatchingRoundStatus};
use super::{plan, publish, store, undo};
use crate::db::OnBehalfOf;
use crate::http::App;
use crate::ids::MatchingRoundId;
use crate::matching::mentor_index::MentorIndex;
use crate::outbox::Event;
use crate::problem::Problem;

/// Length of a lease, besides the time limit for planning. After this time without news another process may claim the
/// round.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Attempts after which the work is given up.
const MAX_ATTEMPTS: i64 = 5;

/// Works on matching rounds in this process. One plan at a time, because planning uses all cores and much memory.
#[derive(Clone, Debug)]
pub struct Planner {
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    turn: Arc<Semaphore>,
}

impl Planner {
    /// A planner of this service.
    pub fn new(app: Data<App>, mentor_index: Data<MentorIndex>) -> Self {
        Self { app, mentor_index, turn: Arc::new(Semaphore::new(1)) }
    }

    /// The service.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Starts work on a matching round in the background.
    pub fn start(&self, id: MatchingRoundId) {
        let planner = self.clone();
        actix_web::rt::spawn(OnBehalfOf::Service.scope(async move { planner.run(id).await }));
    }

    /// Continues rounds that no process works on: their process stopped, or a step failed.
    pub async fn resume(&self) -> sqlx::Result<()> {
        let waiting = store::list_waiting(&mut self.app.read_one().await?, self.app.clock.now()).await?;
        for (id,) in waiting {
            self.run(id).await;
        }
        Ok(())
    }

    /// Works on a matching round unless another process does. [`Planner::resume`] repeats failed steps.
    async fn run(&self, id: MatchingRoundId) {
        if let Err(problem) = self.work(id).await {
            tracing::warn!(
                event = "matching_round.work_failed", retry_seconds = 10, %id, code = %problem.code, cause = problem.cause,
                "matching round: a step failed; completed steps stay; retrying within 10 s, at most 5 attempts"
            );
        }
    }

    async fn work(&self, id: MatchingRoundId) -> Result<(), Problem> {
        let Some((claimed, round)) = self.claim(id).await? else { return Ok(()) };
        let app = self.app();
        let done = match round.status {
            MatchingRoundStatus::Planning => match self.turn.acquire().await {
                Ok(_turn) => plan::plan(app, &self.mentor_index, &claimed, &round).await,
                Err(_) => Ok(()),
            },
            MatchingRoundStatus::Publishing => publish::publish(app, &claimed, &round).await,
            MatchingRoundStatus::Undoing => undo::undo(app, &claimed, &round).await,
            MatchingRoundStatus::Drafted | MatchingRoundStatus::Published | MatchingRoundStatus::Failed => Ok(()),
        };
        if done.is_err() {
            let mut tx = app.system_write().await?;
            store::release(&mut tx, claimed.until(app.clock.now())).await?;
            tx.commit().await?;
        }
        done
    }

    /// Claims a matching round. `None`: another process works on it, or it failed too often.
    async fn claim(&self, id: MatchingRoundId) -> Result<Option<(Claimed, MatchingRound)>, Problem> {
        let (app, now) = (self.app(), self.app.clock.now());
        let mut tx = app.system_write().await?;
        tx.lock(id.into()).await?;
        let Some(round) = store::find(&mut tx, id).await? else { return Ok(None) };
        let lease = LEASE + TimeDelta::seconds(round.seconds);
        let Some(claim) = store::claim(&mut tx, id, now, now + lease).await? else { return Ok(None) };
        tx.commit().await?;
        let claimed = Claimed { round: id, claim: claim.claims, lease };
        if claim.attempts > MAX_ATTEMPTS {
            give_up(app, &claimed, &round).await?;
            return Ok(None);
        }
        Ok(Some((claimed, round)))
    }
}

/// Stops the work after too many failures. Completed steps stay; a lead decides how to continue.
async fn give_up(app: &App, claimed: &Claimed, round: &MatchingRound) -> Result<(), Problem> {
    tracing::error!(
        event = "matching_round.gave_up", id = %round.id, status = ?round.status,
        "matching round: 5 attempts failed, so the work was given up; completed steps stay; find the cause in the lines \
         `matching_round.work_failed`, then a lead of the program starts the step again"
    );
    let status = match round.status {
        MatchingRoundStatus::Publishing => MatchingRoundStatus::Drafted,
        MatchingRoundStatus::Undoing => MatchingRoundStatus::Published,
        _ => round.without_plan(),
    };
    claimed.rest(app, status, Some(MatchingRoundFailure::GaveUp), Event::MatchingRoundFailed(round.id)).await
}
