//! What happened, written in the same unit of work as the change: the one source for whoever
//! tells others. Events carry ids and a kind, never a value.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::{Sql, Tx};
use crate::ids::{
    ActionItemId, CohortId, DisclosureId, EnrolmentId, EventId, GoalId, MentorAskId, MentorRequestId, PairId, PersonId,
    ProgramId, SessionId, SuggestionId, SuggestionRequestId, WebhookId,
};

macro_rules! events {
    ($($(#[$doc:meta])* $event:ident($id:ty) = $kind:literal;)+) => {
        /// Something that happened to a record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum Event { $($(#[$doc])* $event($id)),+ }

        impl Event {
            /// Its stable name.
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$event(_) => $kind),+ }
            }

            /// The name of each.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The event of this name that happened to the record. `None`: no event of this version.
            pub fn named(kind: &str, record: Uuid) -> Option<Self> {
                match kind {
                    $($kind => Some(Self::$event(record.into())),)+
                    _ => None,
                }
            }

            /// The record it happened to.
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
    /// A person left.
    PersonDeparted(PersonId) = "person.departed";
    /// Everything that said who a person was is gone.
    PersonErased(PersonId) = "person.erased";
    /// An admin opened a new first sign-in for a person: for that person alone, as what comes of it.
    IdentityRebindOpened(PersonId) = "identity.rebind_opened";
    /// Somebody signed in as a person in a new way, and sealed words wait for the person's yes.
    IdentityRebindWaiting(PersonId) = "identity.rebind_waiting";
    /// A program was added.
    ProgramCreated(ProgramId) = "program.created";
    /// A program changed.
    ProgramChanged(ProgramId) = "program.changed";
    /// A program entered its next stage.
    ProgramAdvanced(ProgramId) = "program.advanced";
    /// Somebody would like to take part in a program.
    EnrolmentRequested(EnrolmentId) = "enrolment.requested";
    /// Somebody may take part as soon as there is room.
    EnrolmentQueued(EnrolmentId) = "enrolment.queued";
    /// Somebody takes part in a program.
    EnrolmentAccepted(EnrolmentId) = "enrolment.accepted";
    /// A lead said no.
    EnrolmentDeclined(EnrolmentId) = "enrolment.declined";
    /// Somebody takes no part any more, by their own will.
    EnrolmentWithdrawn(EnrolmentId) = "enrolment.withdrawn";
    /// Somebody takes no part any more: a lead took them out.
    EnrolmentEnded(EnrolmentId) = "enrolment.ended";
    /// Somebody proposed a pair.
    PairProposed(PairId) = "pair.proposed";
    /// A pair began.
    PairStarted(PairId) = "pair.started";
    /// The other party said no.
    PairDeclined(PairId) = "pair.declined";
    /// A pair's public record changed.
    PairChanged(PairId) = "pair.changed";
    /// A pair pauses.
    PairPaused(PairId) = "pair.paused";
    /// A pair goes on.
    PairResumed(PairId) = "pair.resumed";
    /// A pair ended.
    PairEnded(PairId) = "pair.ended";
    /// A session was scheduled.
    SessionScheduled(SessionId) = "session.scheduled";
    /// A session's length or kind changed.
    SessionChanged(SessionId) = "session.changed";
    /// A session's place or link changed: for the two alone.
    SessionPlaceChanged(SessionId) = "session.place_changed";
    /// A session took place.
    SessionCompleted(SessionId) = "session.completed";
    /// A session will not take place.
    SessionCancelled(SessionId) = "session.cancelled";
    /// A session moved; its successor has the new time.
    SessionRescheduled(SessionId) = "session.rescheduled";
    /// Somebody was given something to do: for the two alone, as what becomes of it.
    ActionItemAdded(ActionItemId) = "action_item.added";
    /// It is done.
    ActionItemCompleted(ActionItemId) = "action_item.completed";
    /// It is not done after all.
    ActionItemReopened(ActionItemId) = "action_item.reopened";
    /// A goal was set.
    GoalSet(GoalId) = "goal.set";
    /// A pair began to work towards a goal.
    GoalActivated(GoalId) = "goal.activated";
    /// A goal changed.
    GoalChanged(GoalId) = "goal.changed";
    /// Progress was reported.
    GoalCheckedIn(GoalId) = "goal.checked_in";
    /// A goal was celebrated.
    GoalCelebrated(GoalId) = "goal.celebrated";
    /// A goal was achieved, missed or abandoned.
    GoalClosed(GoalId) = "goal.closed";
    /// Suggestions were made, none perhaps.
    SuggestionsMade(SuggestionRequestId) = "suggestions.made";
    /// A suggestion became a pair.
    SuggestionAccepted(SuggestionId) = "suggestion.accepted";
    /// A suggestion was dismissed.
    SuggestionDismissed(SuggestionId) = "suggestion.dismissed";
    /// There are drafts of a cohort to review.
    CohortDrafted(CohortId) = "cohort.drafted";
    /// A cohort became pairs.
    CohortPublished(CohortId) = "cohort.published";
    /// Its pairs were taken back.
    CohortUndone(CohortId) = "cohort.undone";
    /// A cohort could not be planned, published or undone.
    CohortFailed(CohortId) = "cohort.failed";
    /// A mentee asks mentors, one after the other.
    MentorRequestMade(MentorRequestId) = "mentor_request.made";
    /// The one did not say yes, and it is the turn of the next.
    MentorRequestPassedOn(MentorRequestId) = "mentor_request.passed_on";
    /// Somebody said yes.
    MentorRequestMatched(MentorRequestId) = "mentor_request.matched";
    /// Nobody is left to ask.
    MentorRequestExhausted(MentorRequestId) = "mentor_request.exhausted";
    /// The mentee asks no further.
    MentorRequestWithdrawn(MentorRequestId) = "mentor_request.withdrawn";
    /// It is a mentor's turn to answer.
    MentorAskMade(MentorAskId) = "mentor_ask.made";
    /// Somebody opened a private value of theirs for one audience.
    ValueDisclosed(DisclosureId) = "value.disclosed";
    /// They took it back.
    DisclosureRevoked(DisclosureId) = "disclosure.revoked";
    /// An admin tries out a webhook.
    WebhookTested(WebhookId) = "webhook.test";
    /// A session is a day away.
    SessionUpcoming(SessionId) = "session.upcoming";
    /// It has no agenda: for the two alone.
    AgendaMissing(SessionId) = "agenda.missing";
    /// It is the day on which something was to be done: for the two alone.
    ActionItemDue(ActionItemId) = "action_item.due";
    /// Nobody has reported on a goal for a month.
    GoalCheckInDue(GoalId) = "goal.check_in_due";
    /// A pair has been at work for another month.
    PairReviewDue(PairId) = "pair.review_due";
    /// A pair has been at work for three months.
    PairMidpoint(PairId) = "pair.midpoint";
    /// Something about a pair needs attention: for the two first, and so for them alone.
    PairNeedsAttention(PairId) = "pair.needs_attention";
    /// A proposal lapses in three days.
    PairExpiring(PairId) = "pair.expiring";
    /// It is the hour of a person's digest.
    DigestDue(PersonId) = "digest.due";
}

/// Writes down what happened. The events of one `pair` are told in the order in which they were written down.
pub async fn add(tx: &mut Tx, clock: &Clock, event: Event, pair: Option<PairId>) -> sqlx::Result<()> {
    add_as(tx, clock, EventId::new(clock), event, pair).await
}

/// The same under an id that others refer to.
pub async fn add_as(tx: &mut Tx, clock: &Clock, id: EventId, event: Event, pair: Option<PairId>) -> sqlx::Result<()> {
    let now: DateTime<Utc> = clock.now();
    // Whoever writes under a pair holds it, and whoever did not yet holds it from here on: else a later number
    // could be told while an earlier one is still being written.
    let added = tx.query(Sql {
        sqlite: "insert into events (id, kind, record_id, pair_id, created_at) values ($1, $2, $3, $4, $5)",
        postgres: "insert into events (id, kind, record_id, pair_id, created_at)
            select $1, $2, $3, $4, $5 from (select pg_advisory_xact_lock($6)) held",
    });
    let added = added.bind(id).bind(event.kind()).bind(event.record()).bind(pair).bind(now);
    added.bind(pair.map(|pair| Tx::name_of(pair.uuid()))).run().await.map(drop)
}
