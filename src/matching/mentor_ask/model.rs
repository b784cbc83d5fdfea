//! What a mentor is asked: there while it waits for their answer, and for them alone.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{MentorAskId, MentorRequestId, PersonId, ProgramId, SuggestionId};
use crate::matching::mentor_request::model::MentorRequestMessage;
use crate::matching::suggestion::model::SuggestionAssessment;
use crate::policy::acts::{AnswerMentorAsk, ReadMentorAsk};
use crate::policy::{Readable, Related, Relation, Relations, Sealed, Takes, Viewer};
use crate::programs::model::Model;
use crate::text::Name;

/// That a mentee would like somebody as their mentor, as that one knows it.
#[derive(Clone, Debug, FromRow)]
pub struct MentorAsk {
    /// Names it. Made when it became their turn.
    pub id: MentorAskId,
    /// The request it belongs to, of which they know nothing else.
    pub request_id: MentorRequestId,
    /// Who is asked.
    pub mentor_id: PersonId,
    /// Who asks.
    pub mentee_id: PersonId,
    /// Their name.
    pub mentee_name: Name,
    /// Their title.
    pub mentee_title: Option<Name>,
    /// In which program.
    pub program_id: Option<ProgramId>,
    /// Its name.
    pub program_name: Option<Name>,
    /// For which way of mentoring.
    pub model: Model,
    /// What the mentee wrote.
    pub message: Option<Sealed<MentorRequestMessage>>,
    /// Which suggestion it is about.
    pub suggestion_id: SuggestionId,
    /// What the suggestion says; of it the mentor sees the growth areas.
    pub assessment: Sealed<SuggestionAssessment>,
    /// When it became their turn.
    pub asked_at: DateTime<Utc>,
    /// Until when they may answer.
    pub answer_by: DateTime<Utc>,
}

/// Only who is asked stands to it at all: the mentee and the leads read the request.
impl Related for MentorAsk {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Party, viewer.is(self.mentor_id))
    }
}

impl Readable for MentorAsk {
    type Read = ReadMentorAsk;
    const KIND: &'static str = "mentor_asks";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadMentorAsk> for MentorAsk {}
impl Takes<AnswerMentorAsk> for MentorAsk {}
