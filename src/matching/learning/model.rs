//! A version of what makes a score, and how it lives: `learning → kept | shadow | failed`, `shadow → in_use | retired`,
//! `in_use ⇄ retired`. Exactly one is in use.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::report::Report;
use super::shadow::{Compared, SHADOW_LASTS};
use crate::ids::PersonId;
use crate::matching::weighting::basis::{KeptCurve, ModelVersion};
use crate::matching::weighting::model::FactorWeights;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LearnMatchModel, PromoteMatchModel, ReadMatchModel, RollBackMatchModel};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Name;

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MatchModelStatus {
    /// Is being learnt.
    Learning,
    /// Did not deserve to be used; what was in use stayed.
    Kept,
    /// Is asked along and only counted, until somebody promotes it.
    Shadow,
    /// Makes the scores.
    InUse,
    /// Was in the shadow or in use.
    Retired,
    /// Could not be learnt; the log of the service says why.
    Failed,
}

/// A version of what makes a score.
#[derive(Clone, Debug, FromRow)]
pub struct MatchModel {
    /// Which.
    pub version: ModelVersion,
    /// Where it is in its life.
    pub status: MatchModelStatus,
    /// The version in use that it was learnt against; `None` of the first.
    pub base: Option<ModelVersion>,
    /// How much each factor counts; `None` of the first, and of what was never usable.
    pub weights: Option<Json<FactorWeights>>,
    /// What a score means.
    pub curve: Option<Json<KeptCurve>>,
    /// What came of learning.
    pub report: Option<Json<Report>>,
    /// Names what there was to learn from.
    pub data_hash: Option<String>,
    /// Decides which outcomes are judged together.
    pub seed: i64,
    /// When somebody asked for it.
    pub created_at: DateTime<Utc>,
    /// When it was learnt.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who let it be used.
    pub promoted_by_id: Option<PersonId>,
    /// Their name.
    pub promoted_by_name: Option<Name>,
    /// Their title.
    pub promoted_by_title: Option<Name>,
    /// When.
    pub promoted_at: Option<DateTime<Utc>>,
    /// Who went back to the version before it.
    pub rolled_back_by_id: Option<PersonId>,
    /// Their name.
    pub rolled_back_by_name: Option<Name>,
    /// Their title.
    pub rolled_back_by_title: Option<Name>,
    /// When.
    pub rolled_back_at: Option<DateTime<Utc>>,
    /// What was counted in its shadow.
    #[sqlx(flatten)]
    pub compared: Compared,
    /// Counts changes.
    pub revision: i64,
}

impl MatchModel {
    /// From when on it may be promoted, if it is in the shadow.
    pub fn ripe_at(&self) -> Option<DateTime<Utc>> {
        self.decided_at.filter(|_| self.status == MatchModelStatus::Shadow).map(|since| since + SHADOW_LASTS)
    }

    /// Lets it be used from now on.
    pub fn promote(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            MatchModelStatus::Shadow => {}
            MatchModelStatus::InUse => return Err(Problem::wrong_state("This version is in use already.")),
            MatchModelStatus::Learning => return Err(Problem::wrong_state("This version is still being learnt.")),
            MatchModelStatus::Kept | MatchModelStatus::Failed => {
                return Err(Problem::wrong_state("Nothing was learnt that deserves to be used."));
            }
            MatchModelStatus::Retired => {
                return Err(Problem::wrong_state("This version is retired; learn again."));
            }
        }
        if let Some(ripe_at) = self.ripe_at().filter(|ripe_at| *ripe_at > now) {
            let until = ripe_at.format("%-d %B %Y, %H:%M UTC");
            return Err(Problem::wrong_state(format!("This version stays in the shadow until {until}.")));
        }
        self.status = MatchModelStatus::InUse;
        (self.promoted_by_id, self.promoted_at) = (Some(by), Some(now));
        Ok(())
    }

    /// Goes back to the version before it.
    pub fn roll_back(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != MatchModelStatus::InUse {
            return Err(Problem::wrong_state("Only the version in use can be rolled back."));
        }
        if self.base.is_none() {
            return Err(Problem::wrong_state("Nothing came before the first version."));
        }
        self.status = MatchModelStatus::Retired;
        (self.rolled_back_by_id, self.rolled_back_at) = (Some(by), Some(now));
        Ok(())
    }
}

/// Whether the viewer coordinates a program or is an admin: they answer for what is suggested.
pub fn may_look(viewer: &Viewer) -> bool {
    viewer.is_admin || !viewer.programs.is_empty()
}

/// Those who coordinate see it, the admins decide.
impl Related for MatchModel {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, may_look(viewer)).and(Relation::Lead, viewer.is_admin)
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
