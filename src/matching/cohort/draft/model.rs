//! What a draft is: a mentee with a mentor, or without one and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use super::assess::DraftAssessment;
use crate::ids::{CohortDraftId, CohortId, PairId, PersonId, ProgramId};
use crate::matching::cohort::model::CohortStatus;
use crate::policy::acts::{ChangeCohort, ReadCohort};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::programs::model::Model;
use crate::text::Name;

/// Where a draft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DraftStatus {
    /// The mentee has no mentor in this plan.
    Unmatched,
    /// Waits to be published.
    Drafted,
    /// A pair came of it.
    Published,
    /// The rules of pairs refused it; `problem` says why.
    Failed,
}

/// Why a mentee has no mentor in a plan. `nobody_suitable`: nobody in the program whom they may have would do enough for
/// them; look at the program's model and levels, or enrol mentors with their skills and languages. `places_taken`: those who
/// would do are more needed elsewhere; enrol more mentors or raise their places. `refused`: a lead refused the mentor they
/// had, `mentor_left`: that one takes no part any more; plan again. `takes_no_pair`: paused, opted out, on leave, or without a ladder role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum UnmatchedReason {
    /// There is no mentor in the program whom they may have and who would do enough for them: look at the program's model
    /// and levels, or enrol mentors with their skills and languages.
    NobodySuitable,
    /// Those who would do have no place left, or are more needed elsewhere: enrol more mentors or raise their places.
    PlacesTaken,
    /// A lead refused the mentor they had; plan again.
    Refused,
    /// The mentor they had left; plan again.
    MentorLeft,
    /// They take no pair now: paused, opted out, on leave, or without a ladder role to compare.
    TakesNoPair,
}

/// What a cohort has for one mentee.
#[derive(Clone, Debug, FromRow)]
pub struct Draft {
    /// Names the draft.
    pub id: CohortDraftId,
    /// The cohort.
    pub cohort_id: CohortId,
    /// Where the cohort is in its life.
    pub cohort_status: CohortStatus,
    /// Its program.
    pub program_id: ProgramId,
    /// The way of mentoring of the program.
    pub model: Model,
    /// The mentee.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// The mentor.
    pub mentor_id: Option<PersonId>,
    /// Their name.
    pub mentor_name: Option<Name>,
    /// Their title.
    pub mentor_title: Option<Name>,
    /// Where it is.
    pub status: DraftStatus,
    /// The score when it was planned.
    pub score: Option<i64>,
    /// Planning again leaves it as it is.
    pub is_locked: bool,
    /// Why there is no mentor.
    pub reason: Option<UnmatchedReason>,
    /// What refused it.
    pub problem: Option<String>,
    /// The pair that came of it.
    pub pair_id: Option<PairId>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// What speaks for it, as things are now. Reckoned when it is read.
    #[sqlx(skip)]
    pub assessment: Option<DraftAssessment>,
}

impl Draft {
    /// A lead gives the mentee this mentor, with this score, and means it: it is locked.
    pub fn give(&mut self, mentor: PersonId, score: u16, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.mentor_id, self.score, self.is_locked) = (Some(mentor), Some(score.into()), true);
        (self.status, self.reason, self.problem, self.updated_at) = (DraftStatus::Drafted, None, None, now);
        Ok(())
    }

    /// Planning again leaves it as it is, or not.
    pub fn lock(&mut self, is_locked: bool, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        if is_locked && self.mentor_id.is_none() {
            return Err(Problem::invalid("/is_locked", "there is no mentor to keep; name one as `mentor_id`"));
        }
        (self.is_locked, self.updated_at) = (is_locked, now);
        Ok(())
    }

    /// A lead does not want the two together. Tells whom the mentee loses.
    pub fn refuse(&mut self, now: DateTime<Utc>) -> Result<PersonId, Problem> {
        self.check_is_open()?;
        let mentor = self.mentor_id.take().ok_or_else(|| Problem::wrong_state("There is no mentor to refuse."))?;
        (self.status, self.reason, self.problem) = (DraftStatus::Unmatched, Some(UnmatchedReason::Refused), None);
        (self.score, self.is_locked, self.updated_at) = (None, false, now);
        Ok(mentor)
    }

    fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            DraftStatus::Published => Err(Problem::wrong_state("A pair came of this draft; change the pair.")),
            DraftStatus::Unmatched | DraftStatus::Drafted | DraftStatus::Failed => Ok(()),
        }
    }
}

/// As its cohort.
impl Related for Draft {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.leads(Some(self.program_id)))
    }
}

impl Readable for Draft {
    type Read = ReadCohort;
    const KIND: &'static str = "cohort_drafts";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadCohort> for Draft {}
impl Takes<ChangeCohort> for Draft {}
