//! A version of the match model and its statuses: `learning → kept | shadow | failed`, `shadow → in_use | retired`,
//! `in_use ⇄ retired`. Exactly one version is in use.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::report::Report;
use super::shadow::{Compared, SHADOW_PERIOD};
use crate::ids::PersonId;
use crate::matching::weighting::basis::{KeptCurve, ModelVersion};
use crate::matching::weighting::factor_weights::FactorWeights;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LearnMatchModel, PromoteMatchModel, ReadMatchModel, RollBackMatchModel};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Name;

values! {
    /// Status of a match model.
    pub enum MatchModelStatus {
        /// The service is learning this version.
        Learning,
        /// The new weights are not used. The version in use stays in use.
        Kept,
        /// The version predicts clearly better. It is only compared with the version in use until an admin promotes it.
        Shadow,
        /// This version computes the scores.
        InUse,
        /// The version was in the shadow or in use, and is not any more.
        Retired,
        /// Learning failed. The log of the service says why.
        Failed,
    }
}

/// A version of the match model.
#[derive(Clone, Debug, FromRow)]
pub struct MatchModel {
    /// Version of the model.
    pub version: ModelVersion,
    /// Status of the version.
    pub status: MatchModelStatus,
    /// The version that was in use when this one was learnt. `None`: the first version.
    pub base: Option<ModelVersion>,
    /// How much each factor counts. `None`: the first version, or a version that may not be used.
    pub weights: Option<Json<FactorWeights>>,
    /// The chance that belongs to each score.
    pub curve: Option<Json<KeptCurve>>,
    /// Result of learning.
    pub report: Option<Json<Report>>,
    /// SHA-256 of the data the version was learnt from.
    pub data_hash: Option<String>,
    /// Decides how outcomes are divided into groups to test the version.
    pub seed: i64,
    /// Time of the request to learn.
    pub created_at: DateTime<Utc>,
    /// Time when learning was finished.
    pub decided_at: Option<DateTime<Utc>>,
    /// Id of the admin who promoted it.
    pub promoted_by_id: Option<PersonId>,
    /// Name of the admin who promoted it.
    pub promoted_by_name: Option<Name>,
    /// Title of the admin who promoted it.
    pub promoted_by_title: Option<Name>,
    /// Time of the promotion.
    pub promoted_at: Option<DateTime<Utc>>,
    /// Id of the admin who rolled it back.
    pub rolled_back_by_id: Option<PersonId>,
    /// Name of the admin who rolled it back.
    pub rolled_back_by_name: Option<Name>,
    /// Title of the admin who rolled it back.
    pub rolled_back_by_title: Option<Name>,
    /// Time of the roll-back.
    pub rolled_back_at: Option<DateTime<Utc>>,
    /// The published sums of its shadow.
    #[sqlx(flatten)]
    pub compared: Compared,
    /// Number of the last change.
    pub revision: i64,
}

impl MatchModel {
    /// Time from which on it may be promoted. `None`: it is not in the shadow.
    pub fn ripe_at(&self) -> Option<DateTime<Utc>> {
        self.decided_at.filter(|_| self.status == MatchModelStatus::Shadow).map(|since| since + SHADOW_PERIOD)
    }

    /// Puts the version into use.
    pub fn promote(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            MatchModelStatus::Shadow => {}
            MatchModelStatus::InUse => return Err(Problem::wrong_state("This version is already in use.")),
            MatchModelStatus::Learning => {
                return Err(Problem::wrong_state("This version is still being learnt. Read it again in some seconds."));
            }
            MatchModelStatus::Kept | MatchModelStatus::Failed => {
                return Err(Problem::wrong_state("This version has no weights to use. Learn a new version."));
            }
            MatchModelStatus::Retired => {
                return Err(Problem::wrong_state("This version is retired. Learn a new version."));
            }
        }
        if let Some(ripe_at) = self.ripe_at().filter(|ripe_at| *ripe_at > now) {
            let until = ripe_at.format("%-d %B %Y, %H:%M UTC");
            let detail = format!("This version stays in the shadow until {until}. Promote it after that.");
            return Err(Problem::wrong_state(detail));
        }
        self.status = MatchModelStatus::InUse;
        (self.promoted_by_id, self.promoted_at) = (Some(by), Some(now));
        Ok(())
    }

    /// Takes the version out of use, so that the version before it is used again.
    pub fn roll_back(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != MatchModelStatus::InUse {
            return Err(Problem::wrong_state(
                "This version is not in use. Only the version in use can be rolled back.",
            ));
        }
        if self.base.is_none() {
            return Err(Problem::wrong_state("This is the first version. There is no earlier version to return to."));
        }
        self.status = MatchModelStatus::Retired;
        (self.rolled_back_by_id, self.rolled_back_at) = (Some(by), Some(now));
        Ok(())
    }
}

/// Whether the viewer is an admin or coordinates a program. They are responsible for what is suggested.
pub fn may_read(viewer: &Viewer) -> bool {
    viewer.is_admin || !viewer.programs.is_empty()
}

/// Coordinators may read a version, admins decide about it.
impl Related for MatchModel {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, may_read(viewer)).and(Relation::Lead, viewer.is_admin)
    }
}

impl Readable for MatchModel {
    type Read = ReadMatchModel;
    const KIND: &'static str = "match_models";

    fn id(&self) -> Uuid {
        self.version.into()
    }
}

impl Takes<ReadMatchModel> for MatchModel {}
impl Takes<PromoteMatchModel> for MatchModel {}
impl Takes<RollBackMatchModel> for MatchModel {}
impl Takes<LearnMatchModel> for Organisation {}
