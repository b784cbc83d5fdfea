//! One id type for each kind of record, so that the id of a pair cannot be used as the id of a person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. Ids sort by the time they were made.
            pub fn new(clock: &Clock) -> Self {
                Self(clock.uuid())
            }

            /// An id that sorts before every other: the start of an ascending list.
            pub const fn first() -> Self {
                Self(Uuid::nil())
            }

            /// An id that sorts after every other: the start of a descending list.
            pub const fn last() -> Self {
                Self(Uuid::max())
            }

            /// The UUID without the kind of record.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// Id of the person.
    PersonId,
    /// Id of the entry in a person's history.
    HistoryEntryId,
    /// Id of the service account.
    ServiceAccountId,
    /// Id of the department.
    DepartmentId,
    /// Id of the team.
    TeamId,
    /// Id of the skill.
    SkillId,
    /// Id of the career ladder.
    CareerLadderId,
    /// Id of the role on a career ladder.
    LadderRoleId,
    /// Id of the program.
    ProgramId,
    /// Id of the enrolment in a program.
    EnrolmentId,
    /// Id of the pair.
    PairId,
    /// Id of the note that one person of a pair wrote for both.
    PairNoteId,
    /// Id of the session.
    SessionId,
    /// Id of the agenda item.
    AgendaItemId,
    /// Id of the note of a session.
    NoteId,
    /// Id of the action item.
    ActionItemId,
    /// Id of the reflection on a session.
    ReflectionId,
    /// Id of the entry in a person's notebook.
    NotebookEntryId,
    /// Id of the goal.
    GoalId,
    /// Id of the key result.
    KeyResultId,
    /// Id of the check-in on a goal.
    CheckInId,
    /// Id of the blocker of a goal.
    BlockerId,
    /// Id of the celebration of a goal.
    CelebrationId,
    /// Id of the step in a goal's action plan.
    PlanStepId,
    /// Id of the request for suggestions.
    SuggestionRequestId,
    /// Id of the suggestion.
    SuggestionId,
    /// Id of the matching round.
    MatchingRoundId,
    /// Id of the draft: the mentor that a matching round proposes for one mentee.
    MatchingDraftId,
    /// Id of the attribute that fairness is measured by.
    FairnessAttributeId,
    /// Id of the fairness group: people who share a value of an attribute.
    FairnessGroupId,
    /// Id of a person's membership in a fairness group.
    FairnessMemberId,
    /// Id of the mentor request: what a mentee sends to one or more mentors.
    MentorRequestId,
    /// Id of the mentor invitation: what a mentor answers.
    MentorInvitationId,
    /// Id of the disclosure of one private value.
    DisclosureId,
    /// Id of the event in the outbox.
    EventId,
    /// Id of the delivery of an event.
    DeliveryId,
    /// Id of the webhook.
    WebhookId,
    /// Id of the notice: an event for one person.
    NoticeId,
    /// Id of the data key: it seals private texts.
    DataKeyId,
    /// Id of the event in the audit log.
    AuditEventId,
    /// Id of the writer of one chain in the audit log: one run of one process.
    WriterId,
}
