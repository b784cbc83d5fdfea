//! Who works on cohorts: one instance on each at a time, and another one goes on where it stops.

use std::sync::Arc;

use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Semaphore;

use super::model::{Cohort, CohortStatus, CohortStep, CohortTrouble};
use super::store::{self, Hold};
use super::{plan, publish, undo};
use crate::db::{Asker, Tx};
use crate::http::App;
use crate::ids::CohortId;
use crate::matching::roster::Roster;
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// Whoever says nothing for so long, besides the time for planning, has stopped.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
/// What went wrong so often is given up.
const AT_MOST: i64 = 5;

/// The work of this process on cohorts. One plan at a time: it takes all cores and much memory.
#[derive(Clone, Debug)]
pub struct Planner {
    app: Data<App>,
    roster: Data<Roster>,
    turn: Arc<Semaphore>,
}

/// A cohort that this process has taken up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    cohort: CohortId,
    claim: i64,
    /// Nobody else takes it up for so long after we said something.
    patience: TimeDelta,
}

impl Taken {
    /// The work, kept from now on.
    pub fn until(&self, now: DateTime<Utc>) -> Hold {
        Hold { cohort: self.cohort, claim: self.claim, until: now + self.patience }
    }

    /// Keeps the work within a unit of work; false where somebody else has taken it up.
    pub async fn goes_on(&self, tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
        store::keep(tx, self.until(now), None).await
    }

    /// Says that a step begins; false where somebody else has taken the work up.
    pub async fn begins(&self, app: &App, step: CohortStep) -> Result<bool, Problem> {
        let mut tx = app.chore().await?;
        let is_ours = store::keep(&mut tx, self.until(app.clock.now()), Some(step)).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    /// Lets the cohort rest, and tells of it.
    pub async fn rest(
        &self,
        app: &App,
        status: CohortStatus,
        trouble: Option<CohortTrouble>,
        event: Event,
    ) -> Result<(), Problem> {
        let now = app.clock.now();
        let mut tx = app.chore().await?;
        if store::rest(&mut tx, self.until(now), status, trouble, now).await? {
            outbox::add(&mut tx, &app.clock, event, None).await?;
        }
        Ok(tx.commit().await?)
    }
}

impl Planner {
    /// Works with these.
    pub fn new(app: Data<App>, roster: Data<Roster>) -> Self {
        Self { app, roster, turn: Arc::new(Semaphore::new(1)) }
    }

    /// The service.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Works on a cohort from now on, beside the request that asked for it.
    pub fn start(&self, id: CohortId) {
        let planner = self.clone();
        actix_web::rt::spawn(Asker::Service.scope(async move { planner.run(id).await }));
    }

    /// Takes up whatever should be worked on and nobody works on: asked for at an instance that stopped, or gone wrong.
    pub async fn resume(&self) -> sqlx::Result<()> {
        let waiting = store::list_waiting(&mut self.app.look().await?, self.app.clock.now()).await?;
        for (id,) in waiting {
            self.run(id).await;
        }
        Ok(())
    }

    /// Works on a cohort, unless somebody else does. What goes wrong is tried again by [`Planner::resume`].
    async fn run(&self, id: CohortId) {
        if let Err(problem) = self.work(id).await {
            tracing::warn!(code = %problem.code, cause = problem.cause, "a cohort has to wait");
        }
    }

    async fn work(&self, id: CohortId) -> Result<(), Problem> {
        let Some((taken, cohort)) = self.take_up(id).await? else { return Ok(()) };
        let app = self.app();
        let done = match cohort.status {
            CohortStatus::Planning => match self.turn.acquire().await {
                Ok(_turn) => plan::plan(app, &self.roster, &taken, &cohort).await,
                Err(_) => Ok(()),
            },
            CohortStatus::Publishing => publish::publish(app, &taken, &cohort).await,
            CohortStatus::Undoing => undo::undo(app, &taken, &cohort).await,
            CohortStatus::Drafted | CohortStatus::Published | CohortStatus::Failed => Ok(()),
        };
        if done.is_err() {
            let mut tx = app.chore().await?;
            store::let_go(&mut tx, taken.until(app.clock.now())).await?;
            tx.commit().await?;
        }
        done
    }

    /// Takes a cohort up as it is now, unless somebody else works on it or it went wrong too often.
    async fn take_up(&self, id: CohortId) -> Result<Option<(Taken, Cohort)>, Problem> {
        let (app, now) = (self.app(), self.app.clock.now());
        let mut tx = app.chore().await?;
        tx.hold(id.into()).await?;
        let Some(cohort) = store::find(&mut tx, id).await? else { return Ok(None) };
        let patience = PATIENCE + TimeDelta::seconds(cohort.seconds);
        let Some(claim) = store::claim(&mut tx, id, now, now + patience).await? else { return Ok(None) };
        tx.commit().await?;
        let taken = Taken { cohort: id, claim: claim.claims, patience };
        if claim.attempts > AT_MOST {
            give_up(app, &taken, &cohort).await?;
            return Ok(None);
        }
        Ok(Some((taken, cohort)))
    }
}

/// What was done stays done; the lead decides how it goes on.
async fn give_up(app: &App, taken: &Taken, cohort: &Cohort) -> Result<(), Problem> {
    let status = match cohort.status {
        CohortStatus::Publishing => CohortStatus::Drafted,
        CohortStatus::Undoing => CohortStatus::Published,
        _ => cohort.without_plan(),
    };
    taken.rest(app, status, Some(CohortTrouble::GaveUp), Event::CohortFailed(cohort.id)).await
}
