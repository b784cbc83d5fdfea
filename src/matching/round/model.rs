//! The matching round and its status: `planning → drafted → publishing → published → undoing → drafted`. A `drafted`
//! round can be planned again. A round without any plan is `failed`.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{MatchingRoundId, PersonId, ProgramId};
use crate::number::scales;
use crate::policy::acts::{ChangeMatchingRound, PlanMatchingRound, PublishMatchingRound, ReadMatchingRound};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::programs::model::Program;
use crate::text::Name;
use crate::time::Day;

scales! {
    /// Time limit for planning, in seconds.
    Seconds from 1 to 60, such as 30;
    /// Points of the score that one more pair of the same mentor costs.
    Penalty from 1 to 10_000, such as 300;
    /// Seed that decides between equally good plans.
    Seed from 0 to 2_147_483_647, such as 7;
}

values! {
    /// Status of a matching round.
    pub enum MatchingRoundStatus {
        /// The service searches for the best plan.
        Planning,
        /// The plan is ready: its drafts can be reviewed, changed and published.
        Drafted,
        /// The service makes pairs from the drafts.
        Publishing,
        /// The pairs are made. Drafts that were refused are `failed`.
        Published,
        /// The service takes the pairs back.
        Undoing,
        /// There is no plan. `failure_reason` says why.
        Failed,
    }
}

impl MatchingRoundStatus {
    /// Whether the service works on the matching round.
    pub const fn is_busy(self) -> bool {
        matches!(self, Self::Planning | Self::Publishing | Self::Undoing)
    }

    /// Refuses changes of drafts in every status but `drafted`.
    pub fn check_is_in_review(self) -> Result<(), Problem> {
        match self {
            Self::Drafted => Ok(()),
            Self::Published => {
                Err(Problem::wrong_state("The matching round is `published`. Undo it before you change its drafts."))
            }
            Self::Failed => Err(Problem::wrong_state("The matching round is `failed` and has no plan. Plan it again.")),
            Self::Planning | Self::Publishing | Self::Undoing => Err(busy()),
        }
    }
}

values! {
    /// Current step of planning.
    pub enum MatchingRoundStep {
        /// The service reads the participants of the program.
        Reading,
        /// The service scores every mentor for every mentee.
        Scoring,
        /// The service searches for the best plan.
        Solving,
        /// The service saves the drafts.
        Writing,
    }
}

values! {
    /// Objective by which the service compares plans.
    #[derive(Default)]
    pub enum MatchingRoundObjective {
        /// The plan with the highest sum of scores.
        #[default]
        Total,
        /// The plan with the most pairs. Among plans with equally many pairs, the highest sum of scores.
        CoverageFirst,
        /// The plan with the highest product of scores. It raises the lowest scores and hardly lowers the sum.
        Nash,
        /// The plan with the highest sum of scores less penalties. The second pair of a mentor costs `penalty`, the
        /// third twice `penalty`, and so on.
        Balance,
        /// A stable plan: no mentee and mentor prefer each other to what the plan gives them. Preferences are the
        /// `wishes` of the enrolments; people who are not in the wishes follow, ordered by score.
        Stable,
    }
}

values! {
    /// Reason why planning, publishing or undoing did not succeed.
    @may_grow pub enum MatchingRoundFailure {
        /// The program is too large: more than 50,000 pairs could be made, or more than 500 million combinations would
        /// have to be compared. Divide the program.
        TooLarge,
        /// The work failed five times and was stopped. The log of the service has the cause. Start the step again.
        GaveUp,
    }
}

/// A matching round: the plan for a whole program.
#[derive(Clone, Debug, FromRow)]
pub struct MatchingRound {
    /// Id of the matching round.
    pub id: MatchingRoundId,
    /// The program.
    pub program_id: ProgramId,
    /// Its name.
    pub program_name: Name,
    /// Lead who started the last step. Pairs are made in the name of this person.
    pub lead_id: PersonId,
    /// Status.
    pub status: MatchingRoundStatus,
    /// Current step; `None` outside `planning`.
    pub step: Option<MatchingRoundStep>,
    /// Objective of the plan.
    pub objective: MatchingRoundObjective,
    /// Penalty of the objective `balance`; `None` for other objectives.
    pub penalty: Option<i64>,
    /// Time limit for planning, in seconds.
    pub seconds: i64,
    /// Seed that decides between equally good plans.
    pub seed: i64,
    /// First day of its pairs; `None`: the day on which it is published.
    pub starts_on: Option<Day>,
    /// Planned last day of its pairs.
    pub ends_on: Option<Day>,
    /// Number of mentees without a mentor when it was planned.
    pub mentees: Option<i64>,
    /// Free places of the mentors when it was planned.
    pub capacity: Option<i64>,
    /// Value of the plan by its objective.
    pub value: Option<i64>,
    /// Upper bound: no plan has a higher value.
    pub bound: Option<i64>,
    /// Version of the model that made the scores.
    pub model_version: Option<String>,
    /// Reason of the last failure.
    pub failure_reason: Option<MatchingRoundFailure>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last plan.
    pub planned_at: Option<DateTime<Utc>>,
    /// Time of publishing; `None` when it is not published.
    pub published_at: Option<DateTime<Utc>>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for the ETag.
    pub revision: i64,
    /// Number of drafts per status. Counted from the table of drafts when the viewer may read the round.
    #[sqlx(skip)]
    pub drafts: DraftCounts,
}

/// Number of drafts per status.
#[derive(Clone, Copy, Debug, Default)]
pub struct DraftCounts {
    /// Drafts without a mentor.
    pub unmatched: i64,
    /// Drafts with a mentor that are not yet pairs.
    pub drafted: i64,
    /// Drafts that became pairs.
    pub published: i64,
    /// Drafts that the rules of pairs refused.
    pub failed: i64,
}

impl MatchingRound {
    /// Status when planning ends without a new plan. An earlier plan stays in use.
    pub const fn without_plan(&self) -> MatchingRoundStatus {
        if self.planned_at.is_some() { MatchingRoundStatus::Drafted } else { MatchingRoundStatus::Failed }
    }

    /// Starts planning again.
    pub fn plan(&mut self, how: How, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            MatchingRoundStatus::Drafted | MatchingRoundStatus::Failed => {}
            MatchingRoundStatus::Published => {
                return Err(Problem::wrong_state(
                    "The matching round is `published`. Undo it first, or plan another matching round.",
                ));
            }
            MatchingRoundStatus::Planning | MatchingRoundStatus::Publishing | MatchingRoundStatus::Undoing => {
                return Err(busy());
            }
        }
        how.apply(self);
        self.enter(MatchingRoundStatus::Planning, by, now);
        Ok(())
    }

    /// Starts publishing.
    pub fn publish(
        &mut self,
        (starts_on, ends_on): (Option<Day>, Option<Day>),
        by: PersonId,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        match self.status {
            MatchingRoundStatus::Drafted => {}
            MatchingRoundStatus::Published => {
                return Err(Problem::wrong_state("The matching round is already `published`."));
            }
            MatchingRoundStatus::Failed => {
                return Err(Problem::wrong_state(
                    "The matching round is `failed` and has no plan to publish. Plan it again.",
                ));
            }
            MatchingRoundStatus::Planning | MatchingRoundStatus::Publishing | MatchingRoundStatus::Undoing => {
                return Err(busy());
            }
        }
        (self.starts_on, self.ends_on) = (starts_on, ends_on);
        self.enter(MatchingRoundStatus::Publishing, by, now);
        Ok(())
    }

    /// Starts undoing.
    pub fn undo(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        match self.status {
            MatchingRoundStatus::Published => {}
            MatchingRoundStatus::Planning | MatchingRoundStatus::Publishing | MatchingRoundStatus::Undoing => {
                return Err(busy());
            }
            MatchingRoundStatus::Drafted | MatchingRoundStatus::Failed => {
                return Err(Problem::wrong_state(
                    "Only a `published` matching round can be undone. This one is not published.",
                ));
            }
        }
        self.enter(MatchingRoundStatus::Undoing, by, now);
        Ok(())
    }

    fn enter(&mut self, status: MatchingRoundStatus, by: PersonId, now: DateTime<Utc>) {
        (self.status, self.step, self.failure_reason, self.lead_id, self.updated_at) = (status, None, None, by, now);
    }
}

fn busy() -> Problem {
    Problem::wrong_state(
        "The service still works on this matching round. Wait until its `status` is `drafted`, `published` or \
             `failed`.",
    )
}

/// Settings of planning.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Objective of the plan.
    pub objective: MatchingRoundObjective,
    /// Penalty of the objective `balance`. `None`: 300.
    pub penalty: Option<Penalty>,
    /// Time limit, in seconds.
    pub seconds: Seconds,
    /// Seed that decides between equally good plans.
    pub seed: Seed,
}

impl How {
    /// Refuses a penalty for an objective that does not use it.
    pub fn check(&self) -> Result<(), Problem> {
        if self.penalty.is_some() && self.objective != MatchingRoundObjective::Balance {
            return Err(Problem::invalid("/penalty", "must be absent unless `objective` is `balance`"));
        }
        Ok(())
    }

    fn apply(self, round: &mut MatchingRound) {
        round.objective = self.objective;
        round.penalty =
            (self.objective == MatchingRoundObjective::Balance).then(|| self.penalty.unwrap_or_default().into());
        (round.seconds, round.seed) = (self.seconds.into(), self.seed.into());
    }

    /// A new matching round, to be planned.
    pub fn begin(self, id: MatchingRoundId, program: &Program, by: PersonId, now: DateTime<Utc>) -> MatchingRound {
        let mut round = MatchingRound {
            id,
            program_id: program.id,
            program_name: program.name.clone(),
            lead_id: by,
            status: MatchingRoundStatus::Planning,
            step: None,
            objective: self.objective,
            penalty: None,
            seconds: self.seconds.into(),
            seed: self.seed.into(),
            starts_on: None,
            ends_on: None,
            mentees: None,
            capacity: None,
            value: None,
            bound: None,
            model_version: None,
            failure_reason: None,
            created_at: now,
            planned_at: None,
            published_at: None,
            updated_at: now,
            revision: 1,
            drafts: DraftCounts::default(),
        };
        self.apply(&mut round);
        round
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

/// Only leads of the program may read a plan: its participants learn the result when it is published.
impl Related for MatchingRound {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.leads(Some(self.program_id)))
    }
}

readable_as!(MatchingRound: ReadMatchingRound, "matching_rounds");

impl Takes<ReadMatchingRound> for MatchingRound {}
impl Takes<ChangeMatchingRound> for MatchingRound {}
impl Takes<PublishMatchingRound> for MatchingRound {}
impl Takes<PlanMatchingRound> for Program {}
