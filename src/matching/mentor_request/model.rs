//! What a request for a mentor is and how it lives: `open → matched | exhausted | withdrawn`; and each of its choices:
//! `waiting → asked → accepted | declined | lapsed`.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{MentorAskId, MentorRequestId, PairId, PersonId, ProgramId, SuggestionId};
use crate::matching::mentor_ask::model::MentorAsk;
use crate::number::scales;
use crate::policy::acts::{AnswerMentorAsk, AskMentors, ReadMentorRequest, WithdrawMentorRequest};
use crate::policy::{Permit, Readable, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::text::{Name, Text};

/// A mentee asks for so many mentors in one request.
pub const MOST_CHOICES: usize = 5;
/// A mentee has so many live requests, each in another program.
pub const MOST_LIVE: i64 = 3;

scales! {
    /// How many days each mentor has to answer.
    DaysToAnswer from 2 to 14, such as 5;
}

impl Default for DaysToAnswer {
    fn default() -> Self {
        Self(5)
    }
}

/// Where a request is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MentorRequestStatus {
    /// Somebody is asked, or will be within a minute.
    Open,
    /// Somebody said yes: a pair came of it.
    Matched,
    /// Nobody is left to ask.
    Exhausted,
    /// The mentee asks no further, or left: the organisation or the program.
    Withdrawn,
}

/// What became of one choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MentorChoiceStatus {
    /// Its turn may come; the mentor does not know of it.
    Waiting,
    /// It is the mentor's turn to answer.
    Asked,
    /// The mentor said yes.
    Accepted,
    /// The mentor said no.
    Declined,
    /// The mentor did not answer in time.
    Lapsed,
    /// The mentor could not be asked when their turn came, or left; or the mentee had another mentor in the program by then.
    Unavailable,
    /// It did not come to that: another said yes, or the mentee asked no further.
    Dropped,
}

// About the mentee, and goes with them: sealed with their own key.
places! {
    /// What the mentee writes to those whom they ask.
    MentorRequestMessage = mentor_requests.message of MentorRequestId, OfPerson: Private Text;
}

/// One mentor whom the mentee would like.
#[derive(Clone, Debug, FromRow)]
pub struct MentorChoice {
    /// The request it belongs to.
    pub request_id: MentorRequestId,
    /// 1 is asked first.
    pub rank: i64,
    /// Where the mentee knows the mentor from.
    pub suggestion_id: SuggestionId,
    /// Who would be asked.
    pub mentor_id: PersonId,
    /// Their name.
    pub mentor_name: Name,
    /// Their title.
    pub mentor_title: Option<Name>,
    /// What became of it.
    pub status: MentorChoiceStatus,
    /// What the mentor knows it by. Made when their turn comes, so that it tells nothing of the time before.
    pub ask_id: Option<MentorAskId>,
    /// When their turn came.
    pub asked_at: Option<DateTime<Utc>>,
    /// Until when they may answer.
    pub answer_by: Option<DateTime<Utc>>,
    /// When it was answered, or fell.
    pub closed_at: Option<DateTime<Utc>>,
}

impl MentorChoice {
    /// Whether the mentor could not be had, so that the suggestion holds no more.
    pub const fn has_failed(&self) -> bool {
        use MentorChoiceStatus::{Declined, Lapsed, Unavailable};
        matches!(self.status, Declined | Lapsed | Unavailable)
    }

    const fn close(&mut self, status: MentorChoiceStatus, now: DateTime<Utc>) {
        (self.status, self.closed_at) = (status, Some(now));
    }
}

/// That a mentee asks for a mentor, and whom.
#[derive(Clone, Debug, FromRow)]
pub struct MentorRequest {
    /// Names the request.
    pub id: MentorRequestId,
    /// Who asks.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// The program whose coordinators see it.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// What the mentee writes to those whom they ask.
    pub message: Option<Sealed<MentorRequestMessage>>,
    /// How many days each has to answer.
    pub days_to_answer: i64,
    /// Where it is in its life.
    pub status: MentorRequestStatus,
    /// The pair that came of it.
    pub pair_id: Option<PairId>,
    /// When the turn of whoever is asked is over. `None`: the request is.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Whom, the first one first. Filled from their own table.
    #[sqlx(skip)]
    pub choices: Vec<MentorChoice>,
}

impl MentorRequest {
    /// Whose turn may come, in their order.
    pub fn waiting(&self) -> impl Iterator<Item = &MentorChoice> {
        self.choices.iter().filter(|choice| choice.status == MentorChoiceStatus::Waiting)
    }

    /// Everybody whose turn may come, and who asks.
    pub fn people(&self) -> Vec<PersonId> {
        self.waiting().map(|choice| choice.mentor_id).chain([self.mentee_id]).collect()
    }

    /// It is the turn of the choice `rank`; those before it could not be asked. `None`: nobody is left.
    pub fn pass_to(&mut self, rank: Option<i64>, ask: MentorAskId, now: DateTime<Utc>) {
        let until = now + TimeDelta::days(self.days_to_answer);
        self.updated_at = now;
        for choice in self.choices.iter_mut().filter(|choice| choice.status == MentorChoiceStatus::Waiting) {
            if rank == Some(choice.rank) {
                choice.status = MentorChoiceStatus::Asked;
                (choice.ask_id, choice.asked_at, choice.answer_by) = (Some(ask), Some(now), Some(until));
                self.due_at = Some(until);
                return;
            }
            choice.close(MentorChoiceStatus::Unavailable, now);
        }
        self.end(MentorRequestStatus::Exhausted, now);
    }

    /// The mentor whose turn it is says yes.
    pub fn accept(&mut self, by: &Permit<AnswerMentorAsk, MentorAsk>, pair: PairId, now: DateTime<Utc>) {
        self.close_turn(by.id, MentorChoiceStatus::Accepted, now);
        self.pair_id = Some(pair);
        self.end(MentorRequestStatus::Matched, now);
    }

    /// The mentor whose turn it is says no: the turn is over.
    pub fn decline(&mut self, by: &Permit<AnswerMentorAsk, MentorAsk>, now: DateTime<Utc>) {
        self.close_turn(by.id, MentorChoiceStatus::Declined, now);
        (self.due_at, self.updated_at) = (Some(now), now);
    }

    /// The turn of whoever is asked is over. `false`: it is not.
    pub fn lapse(&mut self, now: DateTime<Utc>) -> bool {
        let is_over = self.due_at.is_some_and(|due| due <= now);
        if is_over {
            self.close_all(&[MentorChoiceStatus::Asked], MentorChoiceStatus::Lapsed, now);
        }
        is_over
    }

    /// The mentee asks no further.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != MentorRequestStatus::Open {
            return Err(Problem::wrong_state("The request is over."));
        }
        self.end(MentorRequestStatus::Withdrawn, now);
        Ok(())
    }

    fn close_turn(&mut self, ask: MentorAskId, status: MentorChoiceStatus, now: DateTime<Utc>) {
        for choice in self.choices.iter_mut().filter(|choice| choice.ask_id == Some(ask)) {
            choice.close(status, now);
        }
    }

    fn close_all(&mut self, of: &[MentorChoiceStatus], status: MentorChoiceStatus, now: DateTime<Utc>) {
        for choice in self.choices.iter_mut().filter(|choice| of.contains(&choice.status)) {
            choice.close(status, now);
        }
    }

    fn end(&mut self, status: MentorRequestStatus, now: DateTime<Utc>) {
        use MentorChoiceStatus::{Asked, Dropped, Waiting};
        self.close_all(&[Waiting, Asked], Dropped, now);
        (self.status, self.due_at, self.updated_at) = (status, None, now);
    }
}

/// The mentee and the leads alone. Whoever is asked knows of a `MentorAsk`, and of no rank and no other.
impl Related for MentorRequest {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let is_mentee = viewer.is(self.mentee_id);
        let relations = viewer.relations().and(Relation::Author, is_mentee);
        relations.and(Relation::Party, is_mentee || viewer.leads(self.program_id))
    }
}

impl Readable for MentorRequest {
    type Read = ReadMentorRequest;
    const KIND: &'static str = "mentor_requests";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadMentorRequest> for MentorRequest {}
impl Takes<AskMentors> for MentorRequest {}
impl Takes<WithdrawMentorRequest> for MentorRequest {}
