//! The mentor request and its status: `open → matched | exhausted | withdrawn`. Each choice: `waiting → asked →
//! accepted | declined | lapsed`, or `unavailable` or `dropped` on the way.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;

use super::message::MentorRequestMessage;
use crate::ids::{MentorInvitationId, MentorRequestId, PairId, PersonId, ProgramId, SuggestionId};
use crate::matching::mentor_invitation::model::MentorInvitation;
use crate::number::scales;
use crate::policy::acts::{AnswerMentorInvitation, AskMentors, ReadMentorRequest, WithdrawMentorRequest};
use crate::policy::{Permit, Related, Relation, Relations, Sealed, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::Name;

/// Highest number of choices in one request.
pub const MAX_CHOICES: usize = 5;
/// Highest number of open requests of a mentee, each in another program.
pub const MAX_LIVE: i64 = 3;

scales! {
    /// Time that each mentor has to answer, in days.
    DaysToAnswer from 2 to 14, such as 5;
}

impl Default for DaysToAnswer {
    fn default() -> Self {
        Self(5)
    }
}

values! {
    /// Status of a mentor request.
    pub enum MentorRequestStatus {
        /// A mentor is invited, or will be within a minute.
        Open,
        /// A mentor accepted and a pair was created.
        Matched,
        /// No choice is left: no mentor accepted.
        Exhausted,
        /// The mentee withdrew the request, or left the program or the organisation.
        Withdrawn,
    }
}

values! {
    /// Status of a choice in a mentor request.
    pub enum MentorChoiceStatus {
        /// The mentor is not invited yet and does not know about the request.
        Waiting,
        /// The mentor is invited and may answer.
        Asked,
        /// The mentor accepted.
        Accepted,
        /// The mentor declined.
        Declined,
        /// The mentor did not answer in time.
        Lapsed,
        /// The mentor could not be invited or left, or the mentee already had another mentor in the program.
        Unavailable,
        /// The choice was closed without an answer: another mentor accepted, or the request was withdrawn.
        Dropped,
    }
}

/// One choice of a mentor request.
#[derive(Clone, Debug, FromRow)]
pub struct MentorChoice {
    /// Mentor request.
    pub request_id: MentorRequestId,
    /// Rank; the mentor with rank 1 is invited first.
    pub rank: i64,
    /// Suggestion that proposed the mentor.
    pub suggestion_id: SuggestionId,
    /// Mentor.
    pub mentor_id: PersonId,
    /// Their name.
    pub mentor_name: Name,
    /// Their title.
    pub mentor_title: Option<Name>,
    /// Status.
    pub status: MentorChoiceStatus,
    /// Id of the invitation. It is made when the mentor is invited, so it does not reveal when the request was made.
    pub ask_id: Option<MentorInvitationId>,
    /// Time of the invitation.
    pub asked_at: Option<DateTime<Utc>>,
    /// End of the time to answer.
    pub answer_by: Option<DateTime<Utc>>,
    /// Time when it was answered or closed.
    pub closed_at: Option<DateTime<Utc>>,
}

impl MentorChoice {
    /// Whether the mentor did not accept, so that the suggestion becomes stale.
    pub const fn has_failed(&self) -> bool {
        use MentorChoiceStatus::{Declined, Lapsed, Unavailable};
        matches!(self.status, Declined | Lapsed | Unavailable)
    }

    const fn close(&mut self, status: MentorChoiceStatus, now: DateTime<Utc>) {
        (self.status, self.closed_at) = (status, Some(now));
    }
}

/// A mentor request with its choices.
#[derive(Clone, Debug, FromRow)]
pub struct MentorRequest {
    /// Id of the request.
    pub id: MentorRequestId,
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
    /// Message of the mentee to the invited mentors.
    pub message: Option<Sealed<MentorRequestMessage>>,
    /// Time that each mentor has to answer, in days.
    pub days_to_answer: i64,
    /// Status.
    pub status: MentorRequestStatus,
    /// Pair that was created from it.
    pub pair_id: Option<PairId>,
    /// End of the current turn. `None`: the request is over.
    pub due_at: Option<DateTime<Utc>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for the ETag.
    pub revision: i64,
    /// Choices by rank. Read from their own table.
    #[sqlx(skip)]
    pub choices: Vec<MentorChoice>,
}

impl MentorRequest {
    /// Choices that are not invited yet, by rank.
    pub fn waiting(&self) -> impl Iterator<Item = &MentorChoice> {
        self.choices.iter().filter(|choice| choice.status == MentorChoiceStatus::Waiting)
    }

    /// The mentors who are not invited yet, and the mentee.
    pub fn people(&self) -> Vec<PersonId> {
        self.waiting().map(|choice| choice.mentor_id).chain([self.mentee_id]).collect()
    }

    /// Invites the choice `rank`; the waiting ones before it are unavailable. `None`: no choice is left.
    pub fn pass_to(&mut self, rank: Option<i64>, invitation: MentorInvitationId, now: DateTime<Utc>) {
        let until = now + TimeDelta::days(self.days_to_answer);
        self.updated_at = now;
        for choice in self.choices.iter_mut().filter(|choice| choice.status == MentorChoiceStatus::Waiting) {
            if rank == Some(choice.rank) {
                choice.status = MentorChoiceStatus::Asked;
                (choice.ask_id, choice.asked_at, choice.answer_by) = (Some(invitation), Some(now), Some(until));
                self.due_at = Some(until);
                return;
            }
            choice.close(MentorChoiceStatus::Unavailable, now);
        }
        self.end(MentorRequestStatus::Exhausted, now);
    }

    /// The invited mentor accepts.
    pub fn accept(&mut self, by: &Permit<AnswerMentorInvitation, MentorInvitation>, pair: PairId, now: DateTime<Utc>) {
        self.close_turn(by.id, MentorChoiceStatus::Accepted, now);
        self.pair_id = Some(pair);
        self.end(MentorRequestStatus::Matched, now);
    }

    /// The invited mentor declines: the turn is over.
    pub fn decline(&mut self, by: &Permit<AnswerMentorInvitation, MentorInvitation>, now: DateTime<Utc>) {
        self.close_turn(by.id, MentorChoiceStatus::Declined, now);
        (self.due_at, self.updated_at) = (Some(now), now);
    }

    /// Ends the current turn if its time is over. `false`: the turn still runs.
    pub fn lapse(&mut self, now: DateTime<Utc>) -> bool {
        let is_over = self.due_at.is_some_and(|due| due <= now);
        if is_over {
            self.close_all(&[MentorChoiceStatus::Asked], MentorChoiceStatus::Lapsed, now);
        }
        is_over
    }

    /// The mentee withdraws the request.
    pub fn withdraw(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != MentorRequestStatus::Open {
            return Err(Problem::wrong_state("The mentor request is not `open` any more, so it cannot be withdrawn."));
        }
        self.end(MentorRequestStatus::Withdrawn, now);
        Ok(())
    }

    fn close_turn(&mut self, invitation: MentorInvitationId, status: MentorChoiceStatus, now: DateTime<Utc>) {
        for choice in self.choices.iter_mut().filter(|choice| choice.ask_id == Some(invitation)) {
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

/// Only the mentee, leads of the program and admins are related. An invited mentor reads the `MentorInvitation`, which
/// shows no rank and no other choice.
impl Related for MentorRequest {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let is_mentee = viewer.is(self.mentee_id);
        let relations = viewer.relations().and(Relation::Author, is_mentee);
        relations.and(Relation::Party, is_mentee || viewer.leads(self.program_id))
    }
}

readable_as!(MentorRequest: ReadMentorRequest, "mentor_requests");

impl Takes<ReadMentorRequest> for MentorRequest {}
impl Takes<AskMentors> for MentorRequest {}
impl Takes<WithdrawMentorRequest> for MentorRequest {}
