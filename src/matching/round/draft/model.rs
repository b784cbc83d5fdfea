//! The draft: a mentee with the proposed mentor, or without a mentor and the reason.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{MatchingDraftId, MatchingRoundId, PairId, PersonId, ProgramId};
use crate::matching::round::model::MatchingRoundStatus;
use crate::matching::suggestion::assessment::{
    SuggestionCapacity, SuggestionCaution, SuggestionGrowthArea, SuggestionReason, SuggestionRemark,
};
use crate::matching::suggestion::model::SuggestionLevel;
use crate::policy::acts::{ChangeMatchingRound, ReadMatchingRound};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::programs::model::ProgramModel;
use crate::text::Name;

values! {
    /// Status of a draft.
    pub enum DraftStatus {
        /// The plan has no mentor for the mentee.
        Unmatched,
        /// The draft has a mentor and waits for publishing.
        Drafted,
        /// The draft became a pair.
        Published,
        /// The rules of pairs refused the draft at publishing. `problem` has the code.
        Failed,
    }
}

values! {
    /// Reason why a mentee has no mentor in a plan.
    @may_grow pub enum UnmatchedReason {
        /// No mentor of the program is allowed for the mentee and has a sufficient score. Check the model and the
        /// levels of the program, or enrol mentors with the skills and languages of the mentee.
        NoSuitableMentor,
        /// The suitable mentors have no free place, or their places are used better for other mentees. Enrol more
        /// mentors, or raise their capacity.
        NoFreePlace,
        /// A lead refused the mentor. Plan again.
        Refused,
        /// The mentor no longer takes part. Plan again.
        MentorLeft,
        /// The mentee takes no pair now: paused, opted out, on leave, or without a role of the career ladder to
        /// compare.
        TakesNoPair,
    }
}

/// Assessment of a draft with current data.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftAssessment {
    /// Score, 0 to 10,000: the sum of the contributions of all `reasons`. It may differ from the `score` of the draft,
    /// which is from the time of planning.
    #[schema(minimum = 0, maximum = 10_000, examples(7412))]
    pub score: u16,
    /// Level of the combination, after `cautions`. Also `low` if the current score or a caution would exclude the
    /// mentor from suggestions; see `percent` and `cautions`.
    pub level: SuggestionLevel,
    /// Advice that belongs to the level.
    #[schema(max_length = 100, examples("proceed with confidence"))]
    pub advice: &'static str,
    /// Estimated chance in percent that such a pair does well, before cautions. The model `prior-1` and weights set by
    /// a program are rules of thumb; learned models estimate it from outcomes.
    #[schema(minimum = 0, maximum = 100, examples(81))]
    pub percent: u8,
    /// Reasons why the level is lower than the score alone gives.
    #[schema(max_items = 3)]
    pub cautions: Vec<SuggestionCaution>,
    /// Contribution of each factor to the score, with a sentence. The sentences address the mentee.
    #[schema(max_items = 10)]
    pub reasons: Vec<SuggestionReason>,
    /// The strongest reasons for the combination, at most three.
    #[schema(max_items = 3)]
    pub strengths: Vec<SuggestionRemark>,
    /// Points to consider before you publish.
    #[schema(max_items = 10)]
    pub considerations: Vec<SuggestionRemark>,
    /// Skills that the mentee wants to learn, best covered first.
    #[schema(max_items = 200)]
    pub growth_areas: Vec<SuggestionGrowthArea>,
    /// Capacity of the mentor without this pair.
    pub mentor_capacity: SuggestionCapacity,
}

/// The mentor that a matching round proposes for one mentee.
#[derive(Clone, Debug, FromRow)]
pub struct Draft {
    /// Id of the draft.
    pub id: MatchingDraftId,
    /// Id of the matching round.
    pub matching_round_id: MatchingRoundId,
    /// Status of the matching round.
    pub matching_round_status: MatchingRoundStatus,
    /// Its program.
    pub program_id: ProgramId,
    /// Mentoring model of the program.
    pub model: ProgramModel,
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
    /// Status.
    pub status: DraftStatus,
    /// Score at the time of planning, or when a lead chose the mentor.
    pub score: Option<i64>,
    /// Whether planning again leaves the draft as it is.
    pub is_locked: bool,
    /// Why there is no mentor.
    pub reason: Option<UnmatchedReason>,
    /// Code of the problem at publishing.
    pub problem: Option<String>,
    /// Pair that was made from the draft.
    pub pair_id: Option<PairId>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for the ETag.
    pub revision: i64,
    /// Assessment with current data. Computed when the draft is read.
    #[sqlx(skip)]
    pub assessment: Option<DraftAssessment>,
}

impl Draft {
    /// A lead chooses this mentor with this score. The draft is locked.
    pub fn give(&mut self, mentor: PersonId, score: u16, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.mentor_id, self.score, self.is_locked) = (Some(mentor), Some(score.into()), true);
        (self.status, self.reason, self.problem, self.updated_at) = (DraftStatus::Drafted, None, None, now);
        Ok(())
    }

    /// Locks or unlocks the draft.
    pub fn lock(&mut self, is_locked: bool, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        if is_locked && self.mentor_id.is_none() {
            return Err(Problem::invalid(
                "/is_locked",
                "must be false while the draft has no mentor; give a `mentor_id`",
            ));
        }
        (self.is_locked, self.updated_at) = (is_locked, now);
        Ok(())
    }

    /// A lead refuses the mentor. Returns the id of that mentor.
    pub fn refuse(&mut self, now: DateTime<Utc>) -> Result<PersonId, Problem> {
        self.check_is_open()?;
        let mentor = self.mentor_id.take().ok_or_else(|| Problem::wrong_state("The draft has no mentor to refuse."))?;
        (self.status, self.reason, self.problem) = (DraftStatus::Unmatched, Some(UnmatchedReason::Refused), None);
        (self.score, self.is_locked, self.updated_at) = (None, false, now);
        Ok(mentor)
    }

    fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            DraftStatus::Published => {
                Err(Problem::wrong_state("The draft is `published`: it became a pair. Change the pair instead."))
            }
            DraftStatus::Unmatched | DraftStatus::Drafted | DraftStatus::Failed => Ok(()),
        }
    }
}

/// The same relations as to its matching round.
impl Related for Draft {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.leads(Some(self.program_id)))
    }
}

readable_as!(Draft: ReadMatchingRound, "matching_drafts");

impl Takes<ReadMatchingRound> for Draft {}
impl Takes<ChangeMatchingRound> for Draft {}
