//! What a cohort is and how it lives: `planning → drafted → publishing → published → undoing → drafted`; planned again
//! whenever it rests as `drafted`; `failed` where it could not be planned at all.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{CohortId, PersonId, ProgramId};
use crate::number::scales;
use crate::policy::acts::{ChangeCohort, PlanCohort, PublishCohort, ReadCohort};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::programs::model::Program;
use crate::text::Name;
use crate::time::Day;

scales! {
    /// For how many seconds a plan may be looked for.
    Seconds from 1 to 60, such as 30;
    /// What one more pair of the same mentor costs, in points of the score.
    Penalty from 1 to 10_000, such as 300;
    /// Decides between equals.
    Seed from 0 to 2_147_483_647, such as 7;
}

/// Where a cohort is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CohortStatus {
    /// The service looks for the best plan.
    Planning,
    /// There are drafts to review.
    Drafted,
    /// The drafts become pairs.
    Publishing,
    /// They are pairs.
    Published,
    /// The pairs are taken back.
    Undoing,
    /// There is no plan; `trouble` says why.
    Failed,
}

impl CohortStatus {
    /// Whether the service is at work on it.
    pub const fn is_busy(self) -> bool {
        matches!(self, Self::Planning | Self::Publishing | Self::Undoing)
    }

    /// Refuses changes of drafts unless they are there to be changed.
    pub fn check_is_in_review(self) -> Result<(), Problem> {
        match self {
            Self::Drafted => Ok(()),
            Self::Published => Err(Problem::wrong_state("It is published: undo it before you change drafts.")),
            Self::Failed => Err(Problem::wrong_state("There is no plan; plan it again.")),
            Self::Planning | Self::Publishing | Self::Undoing => Err(busy()),
        }
    }
}

/// What planning is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CohortStep {
    /// Reads who takes part.
    Reading,
    /// Scores every mentor for every mentee.
    Scoring,
    /// Looks for the best plan.
    Solving,
    /// Writes the drafts down.
    Writing,
}

/// What a plan is to be best at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CohortObjective {
    /// The highest sum of scores.
    #[default]
    Total,
    /// As many pairs as can be made; among such plans the highest sum of scores.
    CoverageFirst,
    /// The highest product of scores: costs the sum next to nothing and lifts the worst pairs.
    Nash,
    /// The highest sum of scores after a penalty for each further pair of one mentor: once `penalty` for the second, twice
    /// for the third, and so on.
    Balance,
    /// No two who would both rather have each other than what they have, by the `wishes` of their enrolments; whoever is
    /// not among them comes after, by score.
    Stable,
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CohortTrouble {
    /// More than 50 000 pairs might be made, or more than 500 million couples would have to be compared: divide the program.
    TooLarge,
    /// It went wrong five times; the operator's log says how. Plan it again.
    GaveUp,
}

/// A plan for a whole program.
#[derive(Clone, Debug, FromRow)]
pub struct Cohort {
    /// Names the cohort.
    pub id: CohortId,
    /// The program.
    pub program_id: ProgramId,
    /// Its name.
    pub program_name: Name,
    /// Who asked last that something be done, and in whose name pairs are made.
    pub lead_id: PersonId,
    /// Where it is in its life.
    pub status: CohortStatus,
    /// What planning is at.
    pub step: Option<CohortStep>,
    /// What it is to be best at.
    pub objective: CohortObjective,
    /// Of `balance`.
    pub penalty: Option<i64>,
    /// For how long to look.
    pub seconds: i64,
    /// Decides between equals.
    pub seed: i64,
    /// First day of its pairs; `None`: the day on which it is published.
    pub starts_on: Option<Day>,
    /// Their planned last day.
    pub ends_on: Option<Day>,
    /// How many mentees were to be matched.
    pub mentees: Option<i64>,
    /// How many places their mentors had.
    pub places: Option<i64>,
    /// What the plan counted for its objective.
    pub value: Option<i64>,
    /// What no plan could exceed.
    pub bound: Option<i64>,
    /// What made the scores.
    pub model_version: Option<String>,
    /// Why there is no plan.
    pub trouble: Option<CohortTrouble>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was planned last.
    pub planned_at: Option<DateTime<Utc>>,
    /// When it was published last.
    pub published_at: Option<DateTime<Utc>>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// How its drafts are. Counted from their own table, for whoever may read it.
    #[sqlx(skip)]
    pub drafts: DraftCounts,
}

/// How many drafts of a cohort are how.
#[derive(Clone, Copy, Debug, Default)]
pub struct DraftCounts {
    /// Without a mentor.
    pub unmatched: i64,
    /// With one, and no pair yet.
    pub drafted: i64,
    /// A pair.
    pub published: i64,
    /// Refused by the rules of pairs.
    pub failed: i64,
}

impl Cohort {
    /// Where it rests when there is no new plan: what was planned before stays.
    pub const fn without_plan(&self) -> CohortStatus {
        if self.planned_at.is_some() { CohortStatus::Drafted } else { CohortStatus::Failed }
    }

    /// It is to be planned anew.
    pub fn plan(&mut self, how: How, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            CohortStatus::Drafted | CohortStatus::Failed => {}
            CohortStatus::Published => {
                return Err(Problem::wrong_state("It is published: undo it first, or plan another cohort."));
            }
            CohortStatus::Planning | CohortStatus::Publishing | CohortStatus::Undoing => return Err(busy()),
        }
        how.apply(self);
        self.enter(CohortStatus::Planning, by, now);
        Ok(())
    }

    /// Its drafts are to become pairs.
    pub fn publish(
        &mut self,
        (starts_on, ends_on): (Option<Day>, Option<Day>),
        by: PersonId,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        match self.status {
            CohortStatus::Drafted => {}
            CohortStatus::Published => return Err(Problem::wrong_state("It is published already.")),
            CohortStatus::Failed => return Err(Problem::wrong_state("There is no plan to publish.")),
            CohortStatus::Planning | CohortStatus::Publishing | CohortStatus::Undoing => return Err(busy()),
        }
        (self.starts_on, self.ends_on) = (starts_on, ends_on);
        self.enter(CohortStatus::Publishing, by, now);
        Ok(())
    }

    /// Its pairs are to be taken back.
    pub fn undo(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            CohortStatus::Published => {}
            CohortStatus::Planning | CohortStatus::Publishing | CohortStatus::Undoing => return Err(busy()),
            CohortStatus::Drafted | CohortStatus::Failed => {
                return Err(Problem::wrong_state("Only what is published can be taken back."));
            }
        }
        self.enter(CohortStatus::Undoing, by, now);
        Ok(())
    }

    fn enter(&mut self, status: CohortStatus, by: PersonId, now: DateTime<Utc>) {
        (self.status, self.step, self.trouble, self.lead_id, self.updated_at) = (status, None, None, by, now);
    }
}

fn busy() -> Problem {
    Problem::wrong_state("The service is at work on this cohort; wait until it rests.")
}

/// How to plan.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// What the plan is to be best at.
    pub objective: CohortObjective,
    /// Of `balance`.
    pub penalty: Option<Penalty>,
    /// For how long to look at most.
    pub seconds: Seconds,
    /// Decides between equals.
    pub seed: Seed,
}

impl How {
    /// Refuses a penalty that nothing would count.
    pub fn check(&self) -> Result<(), Problem> {
        if self.penalty.is_some() && self.objective != CohortObjective::Balance {
            return Err(Problem::invalid("/penalty", "counts only with the objective `balance`"));
        }
        Ok(())
    }

    fn apply(self, cohort: &mut Cohort) {
        cohort.objective = self.objective;
        cohort.penalty = (self.objective == CohortObjective::Balance).then(|| self.penalty.unwrap_or_default().into());
        (cohort.seconds, cohort.seed) = (self.seconds.into(), self.seed.into());
    }

    /// A cohort that is yet to be planned.
    pub fn begin(self, id: CohortId, program: &Program, by: PersonId, now: DateTime<Utc>) -> Cohort {
        let mut cohort = Cohort {
            id,
            program_id: program.id,
            program_name: program.name.clone(),
            lead_id: by,
            status: CohortStatus::Planning,
            step: None,
            objective: self.objective,
            penalty: None,
            seconds: self.seconds.into(),
            seed: self.seed.into(),
            starts_on: None,
            ends_on: None,
            mentees: None,
            places: None,
            value: None,
            bound: None,
            model_version: None,
            trouble: None,
            created_at: now,
            planned_at: None,
            published_at: None,
            updated_at: now,
            revision: 1,
            drafts: DraftCounts::default(),
        };
        self.apply(&mut cohort);
        cohort
    }
}

impl Default for Penalty {
    fn default() -> Self {
        Self(300)
    }
}

impl Default for Seconds {
    fn default() -> Self {
        Self(30)
    }
}

/// For the leads of the program alone: until it is published, a plan is nobody's business, least of all of those in it.
impl Related for Cohort {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.leads(Some(self.program_id)))
    }
}

impl Readable for Cohort {
    type Read = ReadCohort;
    const KIND: &'static str = "cohorts";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadCohort> for Cohort {}
impl Takes<ChangeCohort> for Cohort {}
impl Takes<PublishCohort> for Cohort {}
impl Takes<PlanCohort> for Program {}
