//! One type a kind of record, so that a pair's id never passes for a person's.

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
            /// A new id; ids sort by the time they were made.
            pub fn new(clock: &Clock) -> Self {
                Self(clock.uuid())
            }

            /// Sorts before every id: where a list begins.
            pub const fn first() -> Self {
                Self(Uuid::nil())
            }

            /// Sorts after every id: where a list begins that goes backwards.
            pub const fn last() -> Self {
                Self(Uuid::max())
            }

            /// The same 128 bits without the kind.
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
    /// Names a person.
    PersonId,
    /// Names an entry of a person's history.
    HistoryEntryId,
    /// Names a service account.
    ServiceAccountId,
    /// Names a department.
    DepartmentId,
    /// Names a team.
    TeamId,
    /// Names a skill.
    SkillId,
    /// Names a career ladder.
    CareerLadderId,
    /// Names a step of a career ladder.
    LadderRoleId,
    /// Names a program.
    ProgramId,
    /// Names an enrolment in a program.
    EnrolmentId,
    /// Names a pair.
    PairId,
    /// Names what one of a pair wrote for both.
    PairNoteId,
    /// Names a session.
    SessionId,
    /// Names an agenda item.
    AgendaItemId,
    /// Names a note of a session.
    NoteId,
    /// Names an action item.
    ActionItemId,
    /// Names a reflection on a session.
    ReflectionId,
    /// Names an entry of somebody's own notebook.
    NotebookEntryId,
    /// Names a goal.
    GoalId,
    /// Names a key result.
    KeyResultId,
    /// Names a check-in on a goal.
    CheckInId,
    /// Names a blocker of a goal.
    BlockerId,
    /// Names a celebration of a goal.
    CelebrationId,
    /// Names a step of a goal's action plan.
    PlanStepId,
    /// Names a request for suggestions.
    SuggestionRequestId,
    /// Names a suggestion.
    SuggestionId,
    /// Names a plan for a whole program.
    CohortId,
    /// Names what such a plan has for one mentee.
    CohortDraftId,
    /// Names what fairness is asked about.
    FairnessAttributeId,
    /// Names a group of people who have that in common.
    FairnessGroupId,
    /// Names that a person belongs to a group.
    FairnessMemberId,
    /// Names a mentee's request to be mentored by one of several.
    MentorRequestId,
    /// Names what the mentor knows of it whose turn it is.
    MentorAskId,
    /// Names the disclosure of one private value.
    DisclosureId,
    /// Names an event of the outbox.
    EventId,
    /// Names the delivery of an event.
    DeliveryId,
    /// Names a webhook.
    WebhookId,
    /// Names a notice: an event told to one person.
    NoticeId,
    /// Names a key that private words are sealed with.
    DataKeyId,
    /// Names an event of the audit log.
    AuditEventId,
    /// Names who writes a chain of the audit log: one run of one process.
    WriterId,
}
