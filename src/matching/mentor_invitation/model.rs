//! The mentor invitation: readable until it is answered or expires, and only for the invited mentor.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{MentorInvitationId, MentorRequestId, PersonId, ProgramId, SuggestionId};
use crate::matching::mentor_request::message::MentorRequestMessage;
use crate::matching::suggestion::model::SuggestionAssessment;
use crate::policy::acts::{AnswerMentorInvitation, ReadMentorInvitation};
use crate::policy::{Related, Relation, Relations, Sealed, Takes, Viewer, readable_as};
use crate::programs::model::ProgramModel;
use crate::text::Name;

/// A mentor request as the invited mentor sees it.
#[derive(Clone, Debug, FromRow)]
pub struct MentorInvitation {
    /// Id of the invitation, made when the mentor is invited.
    pub id: MentorInvitationId,
    /// Request that it belongs to. The mentor sees nothing else of it.
    pub request_id: MentorRequestId,
    /// Invited mentor.
    pub mentor_id: PersonId,
    /// Mentee.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// Program of the pair.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// Mentoring model.
    pub model: ProgramModel,
    /// Message of the mentee.
    pub message: Option<Sealed<MentorRequestMessage>>,
    /// Suggestion on which it is based.
    pub suggestion_id: SuggestionId,
    /// Findings of the suggestion. The mentor sees only the growth areas.
    pub assessment: Sealed<SuggestionAssessment>,
    /// Time of the invitation.
    pub asked_at: DateTime<Utc>,
    /// End of the time to answer.
    pub answer_by: DateTime<Utc>,
}

/// Only the invited mentor is related. The mentee and the leads read the request instead.
impl Related for MentorInvitation {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.is(self.mentor_id))
    }
}

readable_as!(MentorInvitation: ReadMentorInvitation, "mentor_invitations");

impl Takes<ReadMentorInvitation> for MentorInvitation {}
impl Takes<AnswerMentorInvitation> for MentorInvitation {}
