//! Learning, by whichever instance takes it up first.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{MissedTickBehavior, interval};

use super::lesson::Lessons;
use super::model::MatchModelStatus;
use super::report::{MatchModelFinding, Report};
use super::store::{self, Claim, Finished};
use crate::http::App;
use crate::matching::engine::Weights;
use crate::matching::engine::learn::{Learner, Verdict};
use crate::matching::weighting::basis::{Basis, KeptCurve};
use crate::matching::weighting::store::find_basis;
use crate::policy::note_matching_run;
use crate::problem::Problem;

/// Of all versions the same, so that nobody looks for a lucky one.
pub const SEED: i64 = 1;
/// Whoever learns has so long; then another instance takes it up. A million outcomes take a minute.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// What instances died of so often is given up.
const MOST_ATTEMPTS: i64 = 3;
/// So many outcomes are added before any are looked at again: what differs between two versions is never the doing of a
/// few pairs.
const LEAST_NEW: i64 = 20;
/// Between two looks whether there is anything to learn.
const PAUSE: Duration = Duration::from_secs(5);

/// Learns what is asked for, until the service stops.
pub async fn work(app: &App) {
    let mut moment = interval(PAUSE);
    moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !app.is_stopping() {
        moment.tick().await;
        // What happens on a held clock is a play: then it is learnt when the play says so.
        if !app.clock.is_held()
            && let Err(error) = learn(app).await
        {
            tracing::warn!(%error, "nothing is learnt now");
        }
    }
}

/// Learns the version that waits for it, if there is one and no other instance is at it.
pub async fn learn(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    if !store::is_due(&mut app.look().await?, now).await? {
        return Ok(());
    }
    let mut tx = app.chore().await?;
    let claimed = store::claim(&mut tx, now, now + LEASE).await?;
    // Durable before the work: should this process die of it, the attempt counts.
    tx.commit().await?;
    let Some(claim) = claimed else { return Ok(()) };
    if claim.attempts > MOST_ATTEMPTS {
        tracing::error!(version = %claim.version, "whoever learnt it died of it");
        return settle(app, &claim, None, Finished::failed()).await;
    }
    let (basis, done) = match find_out(app, &claim).await {
        Ok((basis, done)) => (Some(basis), done),
        Err(NotLearnt::Store(error)) => {
            give_back(app, &claim).await?;
            return Err(error);
        }
        Err(NotLearnt::Unlogged(problem)) => {
            tracing::warn!(%problem, version = %claim.version, event = "learning.unlogged",
                "learning: the audit log cannot be written, so nothing is read; tried again in {} s", PAUSE.as_secs());
            return give_back(app, &claim).await;
        }
        Err(NotLearnt::Engine) => (None, Finished::failed()),
    };
    tracing::info!(version = %claim.version, status = ?done.status, "learnt from outcomes");
    settle(app, &claim, basis, done).await
}

enum NotLearnt {
    Store(sqlx::Error),
    Unlogged(Problem),
    Engine,
}

/// Lets the next one learn it.
async fn give_back(app: &App, claim: &Claim) -> sqlx::Result<()> {
    let mut tx = app.chore().await?;
    store::give_back(&mut tx, claim).await?;
    tx.commit().await
}

impl From<sqlx::Error> for NotLearnt {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error)
    }
}

async fn find_out(app: &App, claim: &Claim) -> Result<(Basis, Finished), NotLearnt> {
    let mut tx = app.read().await?;
    let basis = find_basis(&mut tx).await?;
    note_matching_run(app.trail(), &Lessons::INPUTS).map_err(NotLearnt::Unlogged)?;
    let lessons = Lessons::read(&mut tx).await?;
    let data_hash = lessons.hash();
    if let Some(before) = store::find_same(&mut tx, &data_hash, basis.version).await? {
        let done = Finished::kept(&basis, Report::same_as(before), Some(data_hash));
        return Ok((basis, done));
    }
    let outcomes = lessons.outcomes();
    if let Some(before) = store::find_outcomes(&mut tx, &data_hash).await?
        && outcomes < before + LEAST_NEW
    {
        // What is gone by now will be missing later, too: so who is new is counted from the fewest.
        let outcomes = Some(before.min(outcomes));
        let done = Finished { outcomes, ..Finished::kept(&basis, Report::too_little_new(), None) };
        return Ok((basis, done));
    }
    drop(tx);
    let learner = Learner { first: Weights::default(), incumbent: basis.weights(), seed: claim.seed.cast_unsigned() };
    let (today, lacks_style) = (app.clock.today(), lessons.lacks_style);
    let learnt = tokio::task::spawn_blocking(move || learner.learn(&lessons.cases(today))).await;
    let verdict = learnt.map_err(|error| {
        tracing::error!(%error, "the engine of learning failed");
        NotLearnt::Engine
    })?;
    let done = Finished::of(&basis, &verdict, lacks_style, data_hash);
    // Below a hundred nothing but their number was told, in tens.
    let was_looked_at = done.report.as_ref().is_some_and(|report| report.finding != MatchModelFinding::TooFewOutcomes);
    Ok((basis, Finished { outcomes: was_looked_at.then_some(outcomes), ..done }))
}

/// Writes what came of it; where another version came into use meanwhile, it is learnt anew.
async fn settle(app: &App, claim: &Claim, basis: Option<Basis>, done: Finished) -> sqlx::Result<()> {
    let mut tx = app.chore().await?;
    store::hold_all(&mut tx).await?;
    let in_use = find_basis(&mut tx).await?.version;
    if basis.is_some_and(|basis| basis.version != in_use) {
        store::give_back(&mut tx, claim).await?;
    } else if !store::finish(&mut tx, claim, done, app.clock.now()).await? {
        // Somebody else took it up, since it took so long. What was in the shadow stays there.
        return Ok(());
    }
    tx.commit().await
}

impl Finished {
    const fn failed() -> Self {
        let status = MatchModelStatus::Failed;
        Self { status, base: None, weights: None, curve: None, report: None, data_hash: None, outcomes: None }
    }

    fn kept(basis: &Basis, report: Report, data_hash: Option<String>) -> Self {
        let (status, base) = (MatchModelStatus::Kept, Some(basis.version));
        Self { status, base, weights: None, curve: None, report: Some(report), data_hash, outcomes: None }
    }

    fn of(basis: &Basis, verdict: &Verdict, lacks_style: bool, data_hash: String) -> Self {
        let kept = Self::kept(basis, Report::of(verdict, lacks_style), Some(data_hash));
        let is_better = kept.report.as_ref().is_some_and(|report| report.finding == MatchModelFinding::Better);
        let candidate = verdict.trial.as_ref().filter(|_| is_better).map(|trial| &trial.candidate);
        // The engine's weights are each within the bounds of a factor's.
        let weights = candidate.and_then(|candidate| candidate.weights.try_into().ok());
        let Some((candidate, weights)) = candidate.zip(weights) else { return kept };
        let curve = Some(KeptCurve::from(&candidate.curve));
        Self { status: MatchModelStatus::Shadow, weights: Some(weights), curve, ..kept }
    }
}
