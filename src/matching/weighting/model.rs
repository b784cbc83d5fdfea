//! The weights of a program.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::basis::{Basis, ModelVersion};
use crate::ids::ProgramId;
use crate::matching::engine::learn::Curve;
use crate::matching::engine::{self, Factor, Rules, WHOLE, Weights, WrongSum};
use crate::number::scales;
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;

scales! {
    /// How much one factor counts, in ten-thousandths of the whole.
    FactorWeight from 0 to 10_000, such as 1_000;
}

macro_rules! factor_weights {
    ($($(#[$doc:meta])* $name:ident = $factor:ident;)+) => {
        /// How much each factor counts; together 10 000.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct FactorWeights { $($(#[$doc])* pub $name: FactorWeight,)+ }

        impl TryFrom<FactorWeights> for Weights {
            type Error = WrongSum;

            fn try_from(told: FactorWeights) -> Result<Self, WrongSum> {
                // Each is at most the whole, as its type says.
                let weight = |weight: FactorWeight| u16::try_from(i64::from(weight)).unwrap_or(WHOLE);
                Self::by(|factor| match factor { $(Factor::$factor => weight(told.$name),)+ })
            }
        }

        impl TryFrom<Weights> for FactorWeights {
            type Error = &'static str;

            fn try_from(weights: Weights) -> Result<Self, Self::Error> {
                Ok(Self { $($name: i64::from(weights.of(Factor::$factor)).try_into()?,)+ })
            }
        }
    };
}

factor_weights! {
    /// How much of what the mentee wants to learn the mentor can teach.
    skill_coverage = SkillCoverage;
    /// By how many levels the mentor stands above the mentee.
    level_gap = LevelGap;
    /// Whether the mentor holds, held or is near the role that the mentee aims for.
    aspiration = Aspiration;
    /// Whether the two named each other or the same topic.
    mutual_interest = MutualInterest;
    /// How much longer the mentor has worked here.
    experience_gap = ExperienceGap;
    /// How far apart the two work in the organisation.
    team_distance = TeamDistance;
    /// How many working hours the two share.
    availability = Availability;
    /// How much of the mentor's capacity is free.
    workload = Workload;
    /// Whether the two like to meet in the same way.
    format = Format;
    /// How alike the two like to work, of those who let it count.
    personal_fit = Style;
}

/// What a program says of suggestions.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ProgramWeights {
    /// The program.
    pub program_id: ProgramId,
    /// How much each factor counts in it; `None`: as everywhere.
    pub weights: Option<Json<FactorWeights>>,
    /// Whether mentors from nearby are preferred to those from afar.
    pub prefers_near_team: bool,
    /// Counts changes.
    pub version: i64,
    /// When it changed last.
    pub updated_at: Option<DateTime<Utc>>,
    /// What counts everywhere.
    #[sqlx(flatten)]
    pub basis: Basis,
}

impl ProgramWeights {
    /// What counts outside all programs.
    pub const fn none(basis: Basis) -> Self {
        let program_id = ProgramId::first();
        Self { program_id, weights: None, prefers_near_team: false, version: 0, updated_at: None, basis }
    }

    /// Whether it says just this already.
    pub fn says(&self, weights: Option<FactorWeights>, prefers_near_team: bool) -> bool {
        self.weights.map(|told| told.0) == weights && self.prefers_near_team == prefers_near_team
    }

    /// Lets these count from now on.
    pub fn weigh(
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

    /// How much each factor counts.
    pub fn weights(&self) -> Weights {
        self.weights.and_then(|told| told.0.try_into().ok()).unwrap_or_else(|| self.basis.weights())
    }

    /// What a score means: as first believed where the program has weights of its own, since outcomes were only ever
    /// held against the scores of others.
    pub fn curve(&self) -> Curve {
        if self.weights.is_some() { Curve::default() } else { self.basis.curve() }
    }

    /// What searches and judgements in the program follow.
    pub fn rules(&self, model: engine::Model) -> Rules<'static> {
        Rules { weights: self.weights(), prefers_near_team: self.prefers_near_team, ..Rules::of(model) }
    }

    /// Names what makes a score. Of a program's own it has the end of the program's id, which programs made at the same
    /// moment do not share either.
    pub fn model_version(&self) -> String {
        let basis = if self.weights.is_some() { ModelVersion::FIRST } else { self.basis.version };
        if self.weights.is_none() && !self.prefers_near_team {
            return basis.to_string();
        }
        let program = self.program_id.uuid().as_u128() & 0xffff_ffff;
        format!("{basis}+program-{program:08x}-{}", self.version)
    }
}

/// As the program.
impl Related for ProgramWeights {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.leads(Some(self.program_id)))
    }
}

impl Readable for ProgramWeights {
    type Read = ReadProgram;
    const KIND: &'static str = "program_weights";

    fn id(&self) -> Uuid {
        self.program_id.uuid()
    }
}

impl Takes<ReadProgram> for ProgramWeights {}
impl Takes<ChangeProgram> for ProgramWeights {}
