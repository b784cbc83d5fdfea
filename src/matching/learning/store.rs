//! The SQL of match models.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::model::{MatchModel, MatchModelStatus};
use super::report::Report;
use super::shadow::{Comparison, REQUESTS_PER_UPDATE, Shadow};
use crate::db::{Query, Tx, UNLIMITED, insert, query};
use crate::matching::weighting::basis::{Basis, KeptCurve, ModelVersion};
use crate::matching::weighting::factor_weights::FactorWeights;
use crate::people::organisation::Organisation;
use crate::policy::acts::LearnMatchModel;
use crate::policy::{Changed, Permit};
use crate::problem::{Problem, saved};

/// Selects versions with the names of the admins and the published sums of the shadow.
const SELECT: &str =
    "select m.version, m.status, m.base, m.weights, m.curve, m.report, m.data_hash, m.seed, m.created_at,
         m.decided_at, m.promoted_by_id, promoter.name as promoted_by_name, promoter.title as promoted_by_title,
         m.promoted_at, m.rolled_back_by_id, returner.name as rolled_back_by_name,
         returner.title as rolled_back_by_title, m.rolled_back_at, m.revision,
         coalesce(s.told_requests, 0) as told_requests, coalesce(s.told_shown, 0) as told_shown,
         coalesce(s.told_stayed, 0) as told_stayed, coalesce(s.told_shifted, 0) as told_shifted
     from match_models m
     left join match_shadows s on s.version = m.version
     left join people promoter on promoter.id = m.promoted_by_id
     left join people returner on returner.id = m.rolled_back_by_id";

/// Reads one version.
pub async fn find(tx: &mut Tx, version: ModelVersion) -> sqlx::Result<Option<MatchModel>> {
    query!(tx, [SELECT, "where m.version = :version"], version).optional().await
}

/// Locks all versions: no other transaction can add a version or change which one is in use.
pub async fn find_all_for_update(tx: &mut Tx) -> sqlx::Result<()> {
    tx.lock(ModelVersion::FIRST.into()).await
}

/// One page of versions after `after`, oldest first.
pub async fn list(tx: &mut Tx, after: ModelVersion, limit: i64) -> sqlx::Result<Vec<MatchModel>> {
    listed(tx, after, limit).all().await
}

/// Number of versions on all pages.
pub async fn count(tx: &mut Tx) -> sqlx::Result<i64> {
    listed(tx, ModelVersion::before_all(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, after: ModelVersion, limit: i64) -> Query<'_> {
    query!(tx, [SELECT, "where m.version > :after order by m.version limit :limit"], after, limit)
}

/// Inserts the next version as `learning`. Refuses while another version is being learnt. Call
/// [`find_all_for_update`] before.
pub async fn insert(
    tx: &mut Tx,
    _leave: &Permit<LearnMatchModel, Organisation>,
    seed: i64,
    now: DateTime<Utc>,
) -> Result<ModelVersion, Problem> {
    let learning = query!(tx, "select version from match_models where status = 'learning'");
    if let Some((version,)) = learning.optional::<(ModelVersion,)>().await? {
        let detail = format!("{version} is being learnt. Wait until it is finished, then try again.");
        return Err(Problem::wrong_state(detail));
    }
    let (newest,): (ModelVersion,) =
        query!(tx, "select version from match_models order by version desc limit 1").one().await?;
    insert!(
        tx,
        "match_models",
        version = newest.next(),
        status = "learning",
        seed,
        attempts = 0_i64,
        created_at = now,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(newest.next())
}

/// A version to be learnt, with the lease of this instance.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The version.
    pub version: ModelVersion,
    /// Decides how outcomes are divided into groups to test the version.
    pub seed: i64,
    /// Number of attempts, with this one.
    pub attempts: i64,
    /// End of the lease. It also distinguishes this claim from a later one.
    pub until: DateTime<Utc>,
}

/// Whether a version waits to be learnt.
pub async fn is_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let due = query!(
        tx,
        "select version from match_models where status = 'learning' and coalesce(claimed_until <= :now, true)",
        now
    );
    Ok(due.optional::<(ModelVersion,)>().await?.is_some())
}

/// Claims the version that waits to be learnt.
pub async fn claim(tx: &mut Tx, now: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<Option<Claim>> {
    let claimed: Option<(ModelVersion, i64, i64)> = query!(
        tx,
        "update match_models set claimed_until = :until, attempts = attempts + 1
         where status = 'learning' and coalesce(claimed_until <= :now, true)
         returning version, seed, attempts",
        now,
        until
    )
    .optional()
    .await?;
    Ok(claimed.map(|(version, seed, attempts)| Claim { version, seed, attempts, until }))
}

/// Gives up the lease of a version, so that it is learnt again. The process did not die, so the attempt does not count.
pub async fn give_back(tx: &mut Tx, claim: &Claim) -> sqlx::Result<u64> {
    query!(
        tx,
        "update match_models set claimed_until = null, attempts = attempts - 1
         where version = :version and status = 'learning' and claimed_until = :until",
        version = claim.version,
        until = claim.until
    )
    .run()
    .await
}

/// The version that was learnt from the same data and is still valid: in the shadow, in use, or kept and compared with
/// the same version in use.
pub async fn find_same(tx: &mut Tx, data_hash: &str, base: ModelVersion) -> sqlx::Result<Option<ModelVersion>> {
    let same = query!(
        tx,
        "select version from match_models
         where data_hash = :data_hash
            and (status in ('shadow', 'in_use') or (status = 'kept' and base = :base))
         order by version limit 1",
        data_hash,
        base
    );
    Ok(same.optional::<(ModelVersion,)>().await?.map(|(version,)| version))
}

/// Number of outcomes at the last learning, or fewer if some are gone since. `None`: nothing was learnt yet, or the
/// data is exactly the same, so learning again reveals nothing about a few pairs.
pub async fn find_outcomes(tx: &mut Tx, data_hash: &str) -> sqlx::Result<Option<i64>> {
    let last = query!(
        tx,
        "select outcomes from match_models where outcomes is not null
            and not exists (select 1 from match_models m where m.data_hash = :data_hash)
         order by version desc limit 1",
        data_hash
    );
    Ok(last.optional::<(i64,)>().await?.map(|(outcomes,)| outcomes))
}

/// The result of learning one version.
#[derive(Debug)]
pub struct Finished {
    /// New status of the version.
    pub status: MatchModelStatus,
    /// The version in use that it was compared with.
    pub base: Option<ModelVersion>,
    /// The learnt weights, if they may be used.
    pub weights: Option<FactorWeights>,
    /// The chance that belongs to each score.
    pub curve: Option<KeptCurve>,
    /// The data, and how well the version predicts.
    pub report: Option<Report>,
    /// SHA-256 of the data.
    pub data_hash: Option<String>,
    /// Number of outcomes that were used, or fewer if some are gone since.
    pub outcomes: Option<i64>,
}

/// Stores the result of learning if this instance still has the lease. A new version in the shadow replaces the one
/// that was there. Call [`find_all_for_update`] before.
pub async fn finish(tx: &mut Tx, claim: &Claim, done: Finished, now: DateTime<Utc>) -> sqlx::Result<bool> {
    if done.status == MatchModelStatus::Shadow {
        retire_shadow(tx).await?;
    }
    let finished = query!(
        tx,
        "update match_models set status = :status, base = :base, weights = :weights, curve = :curve,
            report = :report, data_hash = :data_hash, decided_at = :now, outcomes = :outcomes,
            claimed_until = null, revision = revision + 1
         where version = :version and status = 'learning' and claimed_until = :until",
        version = claim.version,
        until = claim.until,
        status = done.status,
        base = done.base,
        weights = done.weights.map(Json),
        curve = done.curve.map(Json),
        report = done.report.map(Json),
        data_hash = done.data_hash,
        now,
        outcomes = done.outcomes
    );
    let is_ours = finished.run().await? == 1;
    if is_ours && done.status == MatchModelStatus::Shadow {
        insert!(
            tx,
            "match_shadows",
            version = claim.version,
            requests = 0_i64,
            shown = 0_i64,
            stayed = 0_i64,
            shifted = 0_i64,
            told_requests = 0_i64,
            told_shown = 0_i64,
            told_stayed = 0_i64,
            told_shifted = 0_i64
        )
        .run()
        .await?;
    }
    Ok(is_ours)
}

async fn retire_shadow(tx: &mut Tx) -> sqlx::Result<u64> {
    query!(tx, "update match_models set status = 'retired', revision = revision + 1 where status = 'shadow'")
        .run()
        .await
}

/// Stores a version that is in use from now on and retires the one it was compared with. Call [`find_all_for_update`]
/// before.
pub async fn promote(tx: &mut Tx, model: &Changed<MatchModel>) -> Result<(), Problem> {
    let retired = query!(
        tx,
        "update match_models set status = 'retired', revision = revision + 1
         where status = 'in_use' and version = :base",
        base = model.base
    );
    saved(retired.run().await?)?;
    save(tx, model).await
}

/// Stores a version that is no longer in use, and puts the version before it into use. A version in the shadow was
/// compared with it, so it is retired too. Call [`find_all_for_update`] before.
pub async fn roll_back(tx: &mut Tx, model: &Changed<MatchModel>) -> Result<(), Problem> {
    retire_shadow(tx).await?;
    save(tx, model).await?;
    let back = query!(
        tx,
        "update match_models set status = 'in_use', revision = revision + 1 where version = :base",
        base = model.base
    );
    saved(back.run().await?)
}

async fn save(tx: &mut Tx, model: &Changed<MatchModel>) -> Result<(), Problem> {
    let touched = query!(
        tx,
        "update match_models set status = :status, promoted_by_id = :promoted_by_id, promoted_at = :promoted_at,
            rolled_back_by_id = :rolled_back_by_id, rolled_back_at = :rolled_back_at, revision = revision + 1
         where version = :version and revision = :revision",
        version = model.version,
        revision = model.revision,
        status = model.status,
        promoted_by_id = model.promoted_by_id,
        promoted_at = model.promoted_at,
        rolled_back_by_id = model.rolled_back_by_id,
        rolled_back_at = model.rolled_back_at
    )
    .run()
    .await?;
    saved(touched)
}

/// Reads the version in the shadow, if there is one.
pub async fn find_shadow(tx: &mut Tx) -> sqlx::Result<Option<Shadow>> {
    let found: Option<Basis> = query!(
        tx,
        "select version as base_version, weights as base_weights, curve as base_curve
         from match_models where status = 'shadow'"
    )
    .optional()
    .await?;
    Ok(found.map(|basis| Shadow::new(basis.version, basis.weights(), basis.curve())))
}

/// Counts one request. The published sums (`told_…`) are updated with every 20th request.
pub async fn compare(tx: &mut Tx, comparison: &Comparison) -> sqlx::Result<u64> {
    query!(
        tx,
        "update match_shadows set requests = requests + 1, shown = shown + :shown, stayed = stayed + :stayed,
            shifted = shifted + :shifted,
            told_requests = case when (requests + 1) % :per_update = 0 then requests + 1 else told_requests end,
            told_shown = case when (requests + 1) % :per_update = 0 then shown + :shown else told_shown end,
            told_stayed = case when (requests + 1) % :per_update = 0 then stayed + :stayed else told_stayed end,
            told_shifted = case when (requests + 1) % :per_update = 0 then shifted + :shifted else told_shifted end
         where version = :version",
        version = comparison.version,
        shown = comparison.shown,
        stayed = comparison.stayed,
        shifted = comparison.shifted,
        per_update = REQUESTS_PER_UPDATE
    )
    .run()
    .await
}
