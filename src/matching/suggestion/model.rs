//! The suggestion and its status: `open → accepted | dismissed | stale`.

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use super::assessment::Findings;
use crate::ids::{PairId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::matching::engine::{self, Exclusion, Tally};
use crate::policy::acts::{AnswerSuggestion, ReadFairness, ReadSuggestion, RequestSuggestions};
use crate::policy::{
    Counted, Home, Listed, MatchingInput, OfMatch, Place, Related, Relation, Relations, Sealed, Takes, Viewer, places,
};
use crate::problem::{Code, Problem};
use crate::programs::model::ProgramModel;
use crate::text::{Name, Sentence};

/// Time for which a dismissed mentor is not suggested to the mentee again.
pub const DISMISSED_FOR: Months = Months::new(12);

values! {
    /// Status of a suggestion.
    pub enum SuggestionStatus {
        /// The suggestion can be accepted or dismissed.
        Open,
        /// A pair was created from the suggestion.
        Accepted,
        /// The mentee or a lead dismissed the suggestion.
        Dismissed,
        /// The suggestion no longer holds: newer suggestions replaced it, or the two can no longer form a pair. The
        /// exact reason is not shown.
        Stale,
    }
}

values! {
    /// Level of a suggestion, with advice. In the model `prior-1` a score is `high` from 7310, `medium` from 5676 and
    /// `low` from 4324. Cautions lower the level.
    pub enum SuggestionLevel {
        /// Proceed with confidence.
        High,
        /// Review the reasons; the pair may need extra support.
        Medium,
        /// Consider other mentors, or wait.
        Low,
    }
}

values! {
    /// Reason for dismissing a suggestion.
    pub enum DismissReason {
        /// The mentor does not offer what the mentee needs.
        NotRelevant,
        /// The two would probably not get on well.
        NoChemistryExpected,
        /// The mentor is too senior for the mentee.
        TooSenior,
        /// The mentor is not senior enough for the mentee.
        TooJunior,
        /// The mentee has no time for a pair now.
        NoTime,
        /// Another reason.
        Other,
    }
}

impl From<engine::Level> for SuggestionLevel {
    fn from(level: engine::Level) -> Self {
        match level {
            engine::Level::High => Self::High,
            engine::Level::Medium => Self::Medium,
            engine::Level::Low => Self::Low,
        }
    }
}

impl From<SuggestionLevel> for engine::Level {
    fn from(level: SuggestionLevel) -> Self {
        match level {
            SuggestionLevel::High => Self::High,
            SuggestionLevel::Medium => Self::Medium,
            SuggestionLevel::Low => Self::Low,
        }
    }
}

impl SuggestionLevel {
    /// Advice for the person who decides.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::High => engine::Level::High.advice(),
            Self::Medium => engine::Level::Medium.advice(),
            Self::Low => engine::Level::Low.advice(),
        }
    }
}

/// The model of the engine that belongs to a program's model.
pub const fn engine_model(model: ProgramModel) -> engine::MentoringModel {
    match model {
        ProgramModel::OneOnOne => engine::MentoringModel::OneOnOne,
        ProgramModel::Group => engine::MentoringModel::Group,
        ProgramModel::Peer => engine::MentoringModel::Peer,
        ProgramModel::Reverse => engine::MentoringModel::Reverse,
        ProgramModel::Virtual => engine::MentoringModel::Virtual,
        ProgramModel::Lateral => engine::MentoringModel::Lateral,
        ProgramModel::Career => engine::MentoringModel::Career,
        ProgramModel::SkillBased => engine::MentoringModel::SkillBased,
        ProgramModel::Rotational => engine::MentoringModel::Rotational,
        ProgramModel::Flash => engine::MentoringModel::Flash,
    }
}

/// Number of mentors who could not be suggested, each counted under one reason. All mentors of the organisation count,
/// also for a program, so that the counts do not show who takes part in it. Blocks and how earlier pairs ended are not
/// counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExcludedCounts {
    /// Mentors on leave.
    #[schema(minimum = 0)]
    not_active: u32,
    /// Mentors who take no new mentees now.
    #[schema(minimum = 0)]
    not_opted_in: u32,
    /// Mentors without a free place.
    #[schema(minimum = 0)]
    at_capacity: u32,
    /// Mentors whose level is too far above or below that of the mentee for the model.
    #[schema(minimum = 0)]
    level_outside_window: u32,
    /// Mentors without a role of the career ladder, so that levels cannot be compared.
    #[schema(minimum = 0)]
    level_unknown: u32,
    /// Mentors above or below the mentee in the reporting line, and leads of the team of the mentee.
    #[schema(minimum = 0)]
    reporting_line: u32,
    /// Mentors who share no working language with the mentee.
    #[schema(minimum = 0)]
    no_shared_language: u32,
    /// Mentors who already have a live pair with the mentee.
    #[schema(minimum = 0)]
    live_pair: u32,
}

impl ExcludedCounts {
    /// The counts that may be shown.
    pub fn of(tally: &Tally, level_unknown: usize) -> Self {
        let shown = |why| tally.public_counts().find_map(|(other, count)| (other == why).then_some(count)).unwrap_or(0);
        Self {
            not_active: shown(Exclusion::NotActive),
            not_opted_in: shown(Exclusion::NotOptedIn),
            at_capacity: shown(Exclusion::AtCapacity),
            level_outside_window: shown(Exclusion::LevelOutsideWindow),
            level_unknown: u32::try_from(level_unknown).unwrap_or(u32::MAX),
            reporting_line: shown(Exclusion::ReportingLine),
            no_shared_language: shown(Exclusion::NoSharedLanguage),
            live_pair: shown(Exclusion::LivePair),
        }
    }
}

// All of these are about the mentee and are erased with the mentee: sealed with the key of the mentee.
places! {
    /// Number of excluded mentors per reason.
    Excluded = suggestion_requests.excluded of SuggestionRequestId, OfPerson: Private ExcludedCounts;
    /// Findings of a suggestion.
    SuggestionAssessment = suggestions.assessment of SuggestionId, OfMatch: Private Findings;
    /// Reason of a dismissal.
    SuggestionDismissReason = suggestions.dismiss_reason of SuggestionId, OfMatch: Private DismissReason;
    /// Note of a dismissal.
    SuggestionDismissNote = suggestions.dismiss_note of SuggestionId, OfMatch: Private Sentence;
}

/// Learning reads only whether the mentor was dismissed as not relevant.
impl MatchingInput for SuggestionDismissReason {
    type Condition = Listed;
}

/// The fairness report checks whether factors of suggestions correlate with groups of people.
impl Counted for SuggestionAssessment {
    type By = ReadFairness;
}

/// A request for suggestions with its result.
#[derive(Clone, Debug, FromRow)]
pub struct SuggestionRequest {
    /// Id of the request.
    pub id: SuggestionRequestId,
    /// Mentee.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// Program whose coordinators see it.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// Mentoring model.
    pub model: ProgramModel,
    /// Number of excluded mentors per reason.
    pub excluded: Sealed<Excluded>,
    /// Time of the request.
    pub created_at: DateTime<Utc>,
    /// The suggestions, best first. Read from their own table.
    #[sqlx(skip)]
    pub suggestions: Vec<Suggestion>,
}

/// A suggestion: one mentor for one mentee.
#[derive(Clone, Debug, FromRow)]
pub struct Suggestion {
    /// Id of the suggestion.
    pub id: SuggestionId,
    /// Request that it belongs to.
    pub request_id: SuggestionRequestId,
    /// Mentee.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// Suggested mentor.
    pub mentor_id: PersonId,
    /// Their name.
    pub mentor_name: Name,
    /// Their title.
    pub mentor_title: Option<Name>,
    /// Program whose coordinators see it.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// Mentoring model.
    pub model: ProgramModel,
    /// Status.
    pub status: SuggestionStatus,
    /// Score, 0 to 10,000.
    pub score: i64,
    /// Level.
    pub level: SuggestionLevel,
    /// Findings.
    pub assessment: Sealed<SuggestionAssessment>,
    /// Version of the model that made the score.
    pub model_version: String,
    /// Pair that was created from it.
    pub pair_id: Option<PairId>,
    /// Reason of the dismissal.
    pub dismiss_reason: Option<Sealed<SuggestionDismissReason>>,
    /// Note of the dismissal.
    pub dismiss_note: Option<Sealed<SuggestionDismissNote>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for the ETag.
    pub revision: i64,
}

impl SuggestionRequest {
    /// The place at which the counts are sealed.
    pub fn home(&self) -> Home<Excluded> {
        Home::of_person(self.id, self.mentee_id, 0)
    }
}

impl Suggestion {
    /// The place at which its findings, reason and note are sealed. Each is written once.
    pub fn home<P: Place<Row = SuggestionId, Ownership = OfMatch>>(&self) -> Home<P> {
        Home::of_match(self.id, self.mentee_id, self.mentor_id)
    }

    /// Refuses a suggestion that is answered or stale.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            SuggestionStatus::Open => Ok(()),
            SuggestionStatus::Accepted => {
                Err(Problem::wrong_state("The suggestion is `accepted`: a pair was already created from it."))
            }
            SuggestionStatus::Dismissed => {
                Err(Problem::wrong_state("The suggestion is `dismissed`. Request new suggestions."))
            }
            SuggestionStatus::Stale => Err(stale()),
        }
    }

    /// Notes the pair that was created from it.
    pub fn accept(&mut self, pair: PairId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.status, self.pair_id, self.updated_at) = (SuggestionStatus::Accepted, Some(pair), now);
        Ok(())
    }

    /// Dismisses the suggestion.
    pub fn dismiss(&mut self, why: DismissReason, note: Option<Sentence>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.status, self.updated_at) = (SuggestionStatus::Dismissed, now);
        let mentee = self.mentee_id;
        self.dismiss_reason = Some(Sealed::new(mentee, why));
        self.dismiss_note = note.map(|note| Sealed::new(mentee, note));
        Ok(())
    }
}

/// The suggestion cannot become a pair any more. One text for all causes, because some causes are confidential.
pub fn stale() -> Problem {
    let detail = "The suggestion no longer holds: one of the two is away, has no free place or has changed the profile, or newer \
                  suggestions replaced it. Request new suggestions.";
    Problem::new(Code::SuggestionStale, detail)
}

/// Only the mentee, leads of the program and admins are related. The mentor does not learn about the suggestion.
fn relations(viewer: &Viewer, mentee: PersonId, program: Option<ProgramId>) -> Relations {
    viewer.relations().and(Relation::Party, viewer.is(mentee) || viewer.leads(program))
}

impl Related for SuggestionRequest {
    fn relations(&self, viewer: &Viewer) -> Relations {
        relations(viewer, self.mentee_id, self.program_id)
    }
}

impl Related for Suggestion {
    fn relations(&self, viewer: &Viewer) -> Relations {
        relations(viewer, self.mentee_id, self.program_id)
    }
}

impl Takes<RequestSuggestions> for SuggestionRequest {}
impl Takes<ReadSuggestion> for SuggestionRequest {}
impl Takes<ReadSuggestion> for Suggestion {}
impl Takes<AnswerSuggestion> for Suggestion {}
