//! The weights of a program.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::basis::{Basis, ModelVersion};
use super::factor_weights::FactorWeights;
use crate::ids::ProgramId;
use crate::matching::engine::learn::Curve;
use crate::matching::engine::{self, Rules, Weights};
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;

/// Weights of a program, with the match model in use.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ProgramWeights {
    /// Program.
    pub program_id: ProgramId,
    /// Weights of the program; `None`: those of the match model.
    pub weights: Option<Json<FactorWeights>>,
    /// Whether mentors of the same team and department are preferred.
    pub prefers_near_team: bool,
    /// Number of changes.
    pub version: i64,
    /// Time of the last change.
    pub updated_at: Option<DateTime<Utc>>,
    /// The match model in use.
    #[sqlx(flatten)]
    pub basis: Basis,
}

impl ProgramWeights {
    /// The weights outside all programs.
    pub const fn none(basis: Basis) -> Self {
        let program_id = ProgramId::first();
        Self { program_id, weights: None, prefers_near_team: false, version: 0, updated_at: None, basis }
    }

    /// Whether a replacement would change nothing.
    pub fn equals(&self, weights: Option<FactorWeights>, prefers_near_team: bool) -> bool {
        self.weights.map(|own| own.0) == weights && self.prefers_near_team == prefers_near_team
    }

    /// Replaces the weights.
    pub fn replace(
        &mut self,
        weights: Option<FactorWeights>,
        prefers_near_team: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        if let Some(weights) = weights {
            Weights::try_from(weights).map_err(|wrong| Problem::invalid("/weights", wrong.to_string()))?;
        }
        self.weights = weights.map(Json);
        self.prefers_near_team = prefers_near_team;
        self.version += 1;
        self.updated_at = Some(now);
        Ok(())
    }

    /// Weights of the factors.
    pub fn weights(&self) -> Weights {
        self.weights.and_then(|own| own.0.try_into().ok()).unwrap_or_else(|| self.basis.weights())
    }

    /// Chance that belongs to a score. For weights set by the program: the initial curve, because no outcomes exist for
    /// their scores.
    pub fn curve(&self) -> Curve {
        if self.weights.is_some() { Curve::default() } else { self.basis.curve() }
    }

    /// Rules for searches and assessments in the program.
    pub fn rules(&self, model: engine::MentoringModel) -> Rules<'static> {
        Rules { weights: self.weights(), prefers_near_team: self.prefers_near_team, ..Rules::of(model) }
    }

    /// Version of what makes a score. For weights of a program it contains the end of the id of the program, the part
    /// that differs even between programs created at the same moment.
    pub fn model_version(&self) -> String {
        let basis = if self.weights.is_some() { ModelVersion::FIRST } else { self.basis.version };
        if self.weights.is_none() && !self.prefers_near_team {
            return basis.to_string();
        }
        let program = self.program_id.uuid().as_u128() & 0xffff_ffff;
        format!("{basis}+program-{program:08x}-{}", self.version)
    }
}

/// The same relations as to the program.
impl Related for ProgramWeights {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.leads(Some(self.program_id)))
    }
}

readable_as!(ProgramWeights: ReadProgram, "program_weights", id program_id);

impl Takes<ReadProgram> for ProgramWeights {}
impl Takes<ChangeProgram> for ProgramWeights {}
