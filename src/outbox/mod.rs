//! Events, written in the same transaction as the change. Notices, mails and webhooks are made from them. An event has
//! a kind and ids, never a value.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::{Tx, query};
use crate::ids::{
    ActionItemId, DisclosureId, EnrolmentId, EventId, GoalId, MatchingRoundId, MentorInvitationId, MentorRequestId,
    PairId, PersonId, ProgramId, SessionId, SuggestionId, SuggestionRequestId, WebhookId,
};

macro_rules! events {
    ($($(#[$doc:meta])* $event:ident($id:ty) = $kind:literal;)+) => {
        /// Something that happened to a record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum Event { $($(#[$doc])* $event($id)),+ }

        impl Event {
            /// Stable name of the event.
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$event(_) => $kind),+ }
            }

            /// Names of all events.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The event with this name and record. `None`: this version has no such event.
            pub fn named(kind: &str, record: Uuid) -> Option<Self> {
                match kind {
                    $($kind => Some(Self::$event(record.into())),)+
                    _ => None,
                }
            }

            /// Id of the record that the event is about.
            pub const fn record(self) -> Uuid {
                match self { $(Self::$event(id) => id.uuid()),+ }
            }
        }
    };
}

events! {
    /// A person was added.
    PersonCreated(PersonId) = "person.created";
    /// A person's public record changed.
    PersonChanged(PersonId) = "person.changed";
    /// A person departed.
    PersonDeparted(PersonId) = "person.departed";
    /// The personal data of a person was erased.
    PersonErased(PersonId) = "person.erased";
    /// An admin opened a new first sign-in for a person. Only this person gets the event.
    IdentityRebindOpened(PersonId) = "identity.rebind_opened";
    /// A new account signed in as a person and waits for the person's confirmation. Only this person gets the event.
    IdentityRebindWaiting(PersonId) = "identity.rebind_waiting";
    /// A program was added.
    ProgramCreated(ProgramId) = "program.created";
    /// A program changed.
    ProgramChanged(ProgramId) = "program.changed";
    /// A program entered its next stage.
    ProgramAdvanced(ProgramId) = "program.advanced";
    /// A person applied to a program.
    EnrolmentRequested(EnrolmentId) = "enrolment.requested";
    /// A person waits for a free place in a program.
    EnrolmentQueued(EnrolmentId) = "enrolment.queued";
    /// A person takes part in a program.
    EnrolmentAccepted(EnrolmentId) = "enrolment.accepted";
    /// A lead declined an enrolment.
    EnrolmentDeclined(EnrolmentId) = "enrolment.declined";
    /// A person withdrew from a program.
    EnrolmentWithdrawn(EnrolmentId) = "enrolment.withdrawn";
    /// A lead ended an enrolment.
    EnrolmentEnded(EnrolmentId) = "enrolment.ended";
    /// A pair was proposed.
    PairProposed(PairId) = "pair.proposed";
    /// A pair started.
    PairStarted(PairId) = "pair.started";
    /// The mentor or the mentee declined a proposed pair.
    PairDeclined(PairId) = "pair.declined";
    /// A pair's public record changed.
    PairChanged(PairId) = "pair.changed";
    /// A pair was paused.
    PairPaused(PairId) = "pair.paused";
    /// A pair was resumed.
    PairResumed(PairId) = "pair.resumed";
    /// A pair ended.
    PairEnded(PairId) = "pair.ended";
    /// A session was scheduled.
    SessionScheduled(SessionId) = "session.scheduled";
    /// A session's length or kind changed.
    SessionChanged(SessionId) = "session.changed";
    /// A session's place or link changed. Only the mentor and the mentee get the event.
    SessionPlaceChanged(SessionId) = "session.place_changed";
    /// A session took place.
    SessionCompleted(SessionId) = "session.completed";
    /// A session was cancelled.
    SessionCancelled(SessionId) = "session.cancelled";
    /// A session was rescheduled; a new session record has the new time.
    SessionRescheduled(SessionId) = "session.rescheduled";
    /// An action item was added. Only the mentor and the mentee get events about action items.
    ActionItemAdded(ActionItemId) = "action_item.added";
    /// An action item was completed.
    ActionItemCompleted(ActionItemId) = "action_item.completed";
    /// A completed action item was reopened.
    ActionItemReopened(ActionItemId) = "action_item.reopened";
    /// A goal was set.
    GoalSet(GoalId) = "goal.set";
    /// A pair started to work towards a goal.
    GoalActivated(GoalId) = "goal.activated";
    /// A goal changed.
    GoalChanged(GoalId) = "goal.changed";
    /// Progress was reported.
    GoalCheckedIn(GoalId) = "goal.checked_in";
    /// A goal was celebrated.
    GoalCelebrated(GoalId) = "goal.celebrated";
    /// A goal was achieved, missed or abandoned.
    GoalClosed(GoalId) = "goal.closed";
    /// Suggestions were made. The list may be empty.
    SuggestionsMade(SuggestionRequestId) = "suggestions.made";
    /// A suggestion became a pair.
    SuggestionAccepted(SuggestionId) = "suggestion.accepted";
    /// A suggestion was dismissed.
    SuggestionDismissed(SuggestionId) = "suggestion.dismissed";
    /// The drafts of a matching round are ready for review.
    MatchingRoundDrafted(MatchingRoundId) = "matching_round.drafted";
    /// A matching round was published as pairs.
    MatchingRoundPublished(MatchingRoundId) = "matching_round.published";
    /// The pairs of a matching round were undone.
    MatchingRoundUndone(MatchingRoundId) = "matching_round.undone";
    /// A matching round could not be planned, published or undone.
    MatchingRoundFailed(MatchingRoundId) = "matching_round.failed";
    /// A mentee sent a mentor request, which asks mentors one after the other.
    MentorRequestMade(MentorRequestId) = "mentor_request.made";
    /// A mentor did not accept, and the mentor request went to the next mentor.
    MentorRequestPassedOn(MentorRequestId) = "mentor_request.passed_on";
    /// A mentor accepted a mentor request.
    MentorRequestMatched(MentorRequestId) = "mentor_request.matched";
    /// No mentor of a mentor request accepted.
    MentorRequestExhausted(MentorRequestId) = "mentor_request.exhausted";
    /// The mentee withdrew a mentor request.
    MentorRequestWithdrawn(MentorRequestId) = "mentor_request.withdrawn";
    /// A mentor got a mentor invitation.
    MentorInvitationMade(MentorInvitationId) = "mentor_invitation.made";
    /// A person disclosed a private value to one audience.
    ValueDisclosed(DisclosureId) = "value.disclosed";
    /// A disclosure was revoked.
    DisclosureRevoked(DisclosureId) = "disclosure.revoked";
    /// An admin tested a webhook.
    WebhookTested(WebhookId) = "webhook.test";
    /// A session starts within a day.
    SessionUpcoming(SessionId) = "session.upcoming";
    /// A session that starts within a day has no agenda. Only the mentee gets the event.
    AgendaMissing(SessionId) = "agenda.missing";
    /// An action item is due today. Only its owner gets the event.
    ActionItemDue(ActionItemId) = "action_item.due";
    /// A goal has had no check-in for 30 days.
    GoalCheckInDue(GoalId) = "goal.check_in_due";
    /// A pair has been active for another month.
    PairReviewDue(PairId) = "pair.review_due";
    /// A pair has been active for three months.
    PairMidpoint(PairId) = "pair.midpoint";
    /// A pair needs attention. Only the mentor and the mentee get the event; leads see it later.
    PairNeedsAttention(PairId) = "pair.needs_attention";
    /// A proposed pair expires in three days.
    PairExpiring(PairId) = "pair.expiring";
    /// A person's digest is due.
    DigestDue(PersonId) = "digest.due";
}

/// Writes an event. The events of one `pair` are delivered in the order in which they were written.
pub async fn add(tx: &mut Tx, clock: &Clock, event: Event, pair: Option<PairId>) -> sqlx::Result<()> {
    add_as(tx, clock, EventId::new(clock), event, pair).await
}

/// Writes an event with a given id, to which other records refer.
pub async fn add_as(tx: &mut Tx, clock: &Clock, id: EventId, event: Event, pair: Option<PairId>) -> sqlx::Result<()> {
    let now: DateTime<Utc> = clock.now();
    // Locks the pair, if this transaction has not locked it yet. Otherwise an event with a later number could be
    // delivered while an earlier one is still being written.
    query!(
        tx,
        Sql {
            sqlite: "insert into events (id, kind, record_id, pair_id, created_at)
                values (:id, :kind, :record, :pair, :now)",
            postgres: "insert into events (id, kind, record_id, pair_id, created_at)
                select :id, :kind, :record, :pair, :now from (select pg_advisory_xact_lock(:lock)) held",
        },
        id,
        kind = event.kind(),
        record = event.record(),
        pair,
        now,
        lock = pair.map(|pair| Tx::name_of(pair.uuid()))
    )
    .run()
    .await
    .map(drop)
}
