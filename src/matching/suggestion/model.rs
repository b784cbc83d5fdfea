//! What a suggestion is and how it lives: `open → accepted | dismissed | stale`.

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
use crate::programs::model::Model;
use crate::text::{Name, Sentence};

/// A mentor dismissed for a mentee is not suggested to them again for this long.
pub const DISMISSED_FOR: Months = Months::new(12);

/// Where a suggestion is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SuggestionStatus {
    /// Waits for an answer.
    Open,
    /// A pair came of it.
    Accepted,
    /// Somebody said no to it.
    Dismissed,
    /// It no longer holds: newer suggestions replaced it, or the two can no longer be paired. The reason is not given.
    Stale,
}

/// What to make of a suggestion: `high`, proceed with confidence; `medium`, review the reasoning, it may need extra support;
/// `low`, consider other options or wait. By `prior-1` a score is `high` from 7310, `medium` from 5676, `low` from 4324.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SuggestionLevel {
    /// Proceed with confidence.
    High,
    /// Review the reasoning, may need extra support.
    Medium,
    /// Consider other options or wait.
    Low,
}

/// Why somebody said no to a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DismissReason {
    /// It is not what the mentee needs.
    NotRelevant,
    /// The two would not click.
    NoChemistryExpected,
    /// The mentor is too far ahead.
    TooSenior,
    /// The mentor is not far enough ahead.
    TooJunior,
    /// There is no time for a pair now.
    NoTime,
    /// Something else.
    Other,
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
    /// What the person deciding is advised to do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::High => engine::Level::High.advice(),
            Self::Medium => engine::Level::Medium.advice(),
            Self::Low => engine::Level::Low.advice(),
        }
    }
}

/// The engine's name for a program's model.
pub const fn engine_model(model: Model) -> engine::Model {
    match model {
        Model::OneOnOne => engine::Model::OneOnOne,
        Model::Group => engine::Model::Group,
        Model::Peer => engine::Model::Peer,
        Model::Reverse => engine::Model::Reverse,
        Model::Virtual => engine::Model::Virtual,
        Model::Lateral => engine::Model::Lateral,
        Model::Career => engine::Model::Career,
        Model::SkillBased => engine::Model::SkillBased,
        Model::Rotational => engine::Model::Rotational,
        Model::Flash => engine::Model::Flash,
    }
}

/// How many mentors could not be suggested, each counted under one reason. What only some may know (a block, how an
/// earlier pair ended) is counted nowhere: such a mentor is absent exactly like one with a low score. Counted are all mentors
/// of the organisation, in a program too: else the counts would tell who takes part in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExcludedCounts {
    /// On leave.
    #[schema(minimum = 0)]
    not_active: u32,
    /// Take no new mentees for now.
    #[schema(minimum = 0)]
    not_opted_in: u32,
    /// Have as many live pairs as they offered to take.
    #[schema(minimum = 0)]
    at_capacity: u32,
    /// Too far above or below the mentee for the model.
    #[schema(minimum = 0)]
    level_outside_window: u32,
    /// Have no ladder role, so that levels cannot be compared.
    #[schema(minimum = 0)]
    level_unknown: u32,
    /// Above or below the mentee in the reporting line at any depth, or lead the mentee's team.
    #[schema(minimum = 0)]
    reporting_line: u32,
    /// Share no working language with the mentee.
    #[schema(minimum = 0)]
    no_shared_language: u32,
    /// Have a live pair with the mentee.
    #[schema(minimum = 0)]
    live_pair: u32,
}

impl ExcludedCounts {
    /// What may be told of these counts.
    pub fn of(tally: &Tally, level_unknown: usize) -> Self {
        let told = |why| tally.told().find_map(|(other, count)| (other == why).then_some(count)).unwrap_or(0);
        Self {
            not_active: told(Exclusion::NotActive),
            not_opted_in: told(Exclusion::NotOptedIn),
            at_capacity: told(Exclusion::AtCapacity),
            level_outside_window: told(Exclusion::LevelOutsideWindow),
            level_unknown: u32::try_from(level_unknown).unwrap_or(u32::MAX),
            reporting_line: told(Exclusion::ReportingLine),
            no_shared_language: told(Exclusion::NoSharedLanguage),
            live_pair: told(Exclusion::LivePair),
        }
    }
}

// All of it is about the mentee, and goes with them: sealed with their own key.
places! {
    /// How many were left out, and why.
    Excluded = suggestion_requests.excluded of SuggestionRequestId, OfPerson: Private ExcludedCounts;
    /// The reasons of a suggestion.
    SuggestionAssessment = suggestions.assessment of SuggestionId, OfMatch: Private Findings;
    /// Why somebody said no.
    SuggestionDismissReason = suggestions.dismiss_reason of SuggestionId, OfMatch: Private DismissReason;
    /// In their words.
    SuggestionDismissNote = suggestions.dismiss_note of SuggestionId, OfMatch: Private Sentence;
}

/// What learning reads of a dismissal: whether the mentor was not relevant.
impl MatchingInput for SuggestionDismissReason {
    type Leave = Listed;
}

/// Whether what suggestions look at goes along with a group of people.
impl Counted for SuggestionAssessment {
    type By = ReadFairness;
}

/// That somebody asked for suggestions, and what came of it.
#[derive(Clone, Debug, FromRow)]
pub struct SuggestionRequest {
    /// Names the request.
    pub id: SuggestionRequestId,
    /// For whom.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// The program whose coordinators see it.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// For which way of mentoring.
    pub model: Model,
    /// How many were left out, and why.
    pub excluded: Sealed<Excluded>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What came of it, the best first. Filled from its own table.
    #[sqlx(skip)]
    pub suggestions: Vec<Suggestion>,
}

/// One mentor for one mentee.
#[derive(Clone, Debug, FromRow)]
pub struct Suggestion {
    /// Names the suggestion.
    pub id: SuggestionId,
    /// The request it came of.
    pub request_id: SuggestionRequestId,
    /// For whom it is.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// Who is suggested.
    pub mentor_id: PersonId,
    /// Their name.
    pub mentor_name: Name,
    /// Their title.
    pub mentor_title: Option<Name>,
    /// The program whose coordinators see it.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// For which way of mentoring.
    pub model: Model,
    /// Where it is in its life.
    pub status: SuggestionStatus,
    /// 0 to 10 000.
    pub score: i64,
    /// What to make of it.
    pub level: SuggestionLevel,
    /// The reasons.
    pub assessment: Sealed<SuggestionAssessment>,
    /// What made the score.
    pub model_version: String,
    /// The pair that came of it.
    pub pair_id: Option<PairId>,
    /// Why somebody said no.
    pub dismiss_reason: Option<Sealed<SuggestionDismissReason>>,
    /// In their words.
    pub dismiss_note: Option<Sealed<SuggestionDismissNote>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

impl SuggestionRequest {
    /// Where the counts live.
    pub fn home(&self) -> Home<Excluded> {
        Home::of_person(self.id, self.mentee_id, 0)
    }
}

impl Suggestion {
    /// Where what it says lives. Each is written once.
    pub fn home<P: Place<Row = SuggestionId, Kin = OfMatch>>(&self) -> Home<P> {
        Home::of_match(self.id, self.mentee_id, self.mentor_id)
    }

    /// Refuses where it has been answered, or no longer holds.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            SuggestionStatus::Open => Ok(()),
            SuggestionStatus::Accepted => Err(Problem::wrong_state("A pair came of this suggestion already.")),
            SuggestionStatus::Dismissed => Err(Problem::wrong_state("The suggestion was dismissed.")),
            SuggestionStatus::Stale => Err(stale()),
        }
    }

    /// A pair came of it.
    pub fn accept(&mut self, pair: PairId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.status, self.pair_id, self.updated_at) = (SuggestionStatus::Accepted, Some(pair), now);
        Ok(())
    }

    /// Somebody says no.
    pub fn dismiss(&mut self, why: DismissReason, note: Option<Sentence>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        (self.status, self.updated_at) = (SuggestionStatus::Dismissed, now);
        let mentee = self.mentee_id;
        self.dismiss_reason = Some(Sealed::new(mentee, why));
        self.dismiss_note = note.map(|note| Sealed::new(mentee, note));
        Ok(())
    }
}

/// The suggestion cannot become a pair any more. One text for every cause: some of them are not for everybody who asks.
pub fn stale() -> Problem {
    let detail = "The suggestion no longer holds: one of the two is away, full, or wants or offers something else by now, \
                  or newer suggestions replaced it. Ask for new suggestions.";
    Problem::new(Code::SuggestionStale, detail)
}

/// The mentee and the leads alone: the mentor does not learn that they were suggested.
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
