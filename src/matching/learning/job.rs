//! The background job that learns a requested version. Only one instance does it at a time.

use chrono::TimeDelta;

use super::model::MatchModelStatus;
use super::report::{MatchModelFinding, Report};
use super::store::{self, Claim, Finished};
use super::training_set::TrainingSet;
use crate::http::App;
use crate::matching::engine::Weights;
use crate::matching::engine::learn::{Learner, Verdict};
use crate::matching::weighting::basis::{Basis, KeptCurve};
use crate::matching::weighting::store::find_basis;
use crate::policy::note_matching_run;
use crate::problem::Problem;

/// The same for all versions, so that no one can try seeds until one gives a lucky result.
pub const SEED: i64 = 1;
/// How long one instance may learn. After that another instance takes over. A million outcomes take a minute.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// If the process ends this often while it learns a version, the version fails.
const MAX_ATTEMPTS: i64 = 3;
/// This many new outcomes are needed before the service learns again. A few pairs alone must never make the difference
/// between two versions.
const MIN_NEW_OUTCOMES: i64 = 20;

/// Learns the requested version, if there is one and no other instance is working on it.
pub async fn learn(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    if !store::is_due(&mut app.read_one().await?, now).await? {
        return Ok(());
    }
    let mut tx = app.system_write().await?;
    let claimed = store::claim(&mut tx, now, now + LEASE).await?;
    // Committed before the work: if the process dies during the work, the attempt counts.
    tx.commit().await?;
    let Some(claim) = claimed else { return Ok(()) };
    if claim.attempts > MAX_ATTEMPTS {
        tracing::error!(
            event = "learning.gave_up", version = %claim.version,
            "learning: the process ended during each of 3 attempts to learn this version; the version is now `failed`; check \
             the memory of the process, then request a new version"
        );
        return settle(app, &claim, None, Finished::failed()).await;
    }
    let (basis, done) = match find_out(app, &claim).await {
        Ok((basis, done)) => (Some(basis), done),
        Err(NotLearnt::Store(error)) => {
            give_back(app, &claim).await?;
            return Err(error);
        }
        Err(NotLearnt::Unlogged(problem)) => {
            tracing::warn!(
                event = "learning.unlogged", version = %claim.version, code = %problem.code, cause = problem.cause,
                "learning: the audit log cannot be written, so nothing is read; the version waits for the next run of the job"
            );
            return give_back(app, &claim).await;
        }
        Err(NotLearnt::Engine) => (None, Finished::failed()),
    };
    tracing::info!(
        event = "learning.finished", version = %claim.version, status = ?done.status,
        "learning: a version is finished; read its result with GET /v1/match-models"
    );
    settle(app, &claim, basis, done).await
}

enum NotLearnt {
    Store(sqlx::Error),
    Unlogged(Problem),
    Engine,
}

/// Releases the version, so that it is learnt at the next attempt.
async fn give_back(app: &App, claim: &Claim) -> sqlx::Result<()> {
    let mut tx = app.system_write().await?;
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
    note_matching_run(app.audit_log(), &TrainingSet::INPUTS).map_err(NotLearnt::Unlogged)?;
    let training_set = TrainingSet::read(&mut tx).await?;
    let data_hash = training_set.hash();
    if let Some(before) = store::find_same(&mut tx, &data_hash, basis.version).await? {
        let done = Finished::kept(&basis, Report::same_as(before), Some(data_hash));
        return Ok((basis, done));
    }
    let outcomes = training_set.outcomes();
    if let Some(before) = store::find_outcomes(&mut tx, &data_hash).await?
        && outcomes < before + MIN_NEW_OUTCOMES
    {
        // Outcomes that are gone now will be missing later too, so new ones are counted from the smaller number.
        let outcomes = Some(before.min(outcomes));
        let done = Finished { outcomes, ..Finished::kept(&basis, Report::too_little_new(), None) };
        return Ok((basis, done));
    }
    drop(tx);
    let learner = Learner { first: Weights::default(), incumbent: basis.weights(), seed: claim.seed.cast_unsigned() };
    let (today, lacks_style) = (app.clock.today(), training_set.lacks_style);
    let learnt = tokio::task::spawn_blocking(move || learner.learn(&training_set.cases(today))).await;
    let verdict = learnt.map_err(|error| {
        tracing::error!(
            event = "learning.engine_failed", %error,
            "learning: the calculation stopped because of a fault in the program; the version is now `failed`; report this line"
        );
        NotLearnt::Engine
    })?;
    let done = Finished::of(&basis, &verdict, lacks_style, data_hash);
    // With fewer than 100 outcomes the answer contains only their number, in tens.
    let was_looked_at = done.report.as_ref().is_some_and(|report| report.finding != MatchModelFinding::TooFewOutcomes);
    Ok((basis, Finished { outcomes: was_looked_at.then_some(outcomes), ..done }))
}

/// Stores the result. If another version came into use in the meantime, the version is learnt again.
async fn settle(app: &App, claim: &Claim, basis: Option<Basis>, done: Finished) -> sqlx::Result<()> {
    let mut tx = app.system_write().await?;
    store::find_all_for_update(&mut tx).await?;
    let in_use = find_basis(&mut tx).await?.version;
    if basis.is_some_and(|basis| basis.version != in_use) {
        store::give_back(&mut tx, claim).await?;
    } else if !store::finish(&mut tx, claim, done, app.clock.now()).await? {
        // Another instance took over, because this one took too long. The version in the shadow stays there.
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
