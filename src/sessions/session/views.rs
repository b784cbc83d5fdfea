//! The view of a session: what each viewer sees of it.

use chrono::{DateTime, Utc};

use super::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use crate::ids::{PairId, PersonId, SessionId};
use crate::pairs::api::AuthoredText;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadSession;
use crate::policy::{Bare, Clearance, Guarded, Viewed, readable_as, view};
use crate::text::{Link, Sentence, Text, TimeZone};

/// Declares a view of a session: the shared fields, and the fields that this view adds.
macro_rules! session_view {
    ($(#[$meta:meta])* $name:ident { $($more:tt)* }) => {
        view! {
            $(#[$meta])*
            $name {
                /// Id of the session.
                public id: SessionId,
                /// Id of the pair.
                public pair_id: PairId,
                /// The mentor.
                public mentor: PersonRef,
                /// The mentee.
                public mentee: PersonRef,
                /// Start of the session.
                manager_visible starts_at: DateTime<Utc>,
                /// Time zone of the person who scheduled the session. Show `starts_at` in this zone.
                manager_visible time_zone: TimeZone,
                /// Length in minutes.
                manager_visible length_minutes: LengthMinutes,
                /// Purpose of the session.
                manager_visible kind: SessionKind,
                /// Status of the session.
                manager_visible status: SessionStatus,
                /// Outcome of the session, for development planning. `null`: no outcome was given.
                manager_visible outcome: Option<Text>,
                /// Time when the session was completed, cancelled or rescheduled. `null`: it is still scheduled.
                manager_visible closed_at: Option<DateTime<Utc>>,
                /// Id of the calendar event: the id of the first session of the chain. It stays the same when the
                /// session is rescheduled.
                manager_visible event_id: SessionId,
                /// Version of the calendar event. A larger number replaces a smaller one.
                manager_visible sequence: i64,
                /// Id of the session that was rescheduled to this one. `null`: this is the first session of the chain.
                manager_visible predecessor_id: Option<SessionId>,
                /// Id of the session that replaced this one. `null`: this session was not rescheduled.
                manager_visible successor_id: Option<SessionId>,
                /// Id of the series: the id of its first session. `null`: the session belongs to no series.
                manager_visible series_id: Option<SessionId>,
                /// Start as planned in the series. It stays the same when the session is rescheduled. `null`: the
                /// session belongs to no series.
                manager_visible occurrence_at: Option<DateTime<Utc>>,
                /// Place where the mentor and the mentee meet. `null`: no place was given.
                private place: Option<Sentence>,
                /// Link to join the session online. `null`: no link was given.
                private link: Option<Link>,
                /// Reason why the session was cancelled. `null`: it was not cancelled, or no reason was given.
                private cancellation_reason: Option<AuthoredText>,
                /// Id of the person who completed, cancelled or rescheduled the session. `null`: no person did.
                private closed_by_id: Option<PersonId>,
                /// Time of creation.
                public created_at: DateTime<Utc>,
                /// Time of the last change to a field that the mentee's manager can see.
                public updated_at: DateTime<Utc>,
                $($more)*
            }
        }
    };
}
pub(super) use session_view;

session_view! {
    /// A session of a pair, without agenda, notes and action items.
    SessionView {}
}

readable_as!(Session: ReadSession, "sessions");

impl Viewed for Session {
    type View = SessionView;

    fn view(self, clearance: &Clearance) -> SessionView {
        let (place, link, reason) = (self.home(), self.home(), self.home_of_reason());
        let closed_by = clearance.open(self.closed_by_id).map(|Bare(person)| person);
        let closed_at = clearance.open(self.closed_at);
        let reason = clearance.unseal(reason, self.cancellation_reason).map(|reason| {
            let author_id = closed_by.clone().into_value().flatten();
            let written_at = closed_at.clone().into_value().flatten();
            reason.zip(author_id.zip(written_at)).map(|(text, (author_id, written_at))| AuthoredText {
                author_id,
                text,
                written_at,
            })
        });
        SessionView {
            id: self.id,
            pair_id: self.pair_id,
            mentor: PersonRef::new(self.standing.mentor_id, self.mentor_name, self.mentor_title),
            mentee: PersonRef::new(self.standing.mentee_id, self.mentee_name, self.mentee_title),
            starts_at: clearance.open(Guarded::new(self.starts_at)),
            time_zone: clearance.open(self.time_zone),
            length_minutes: clearance.open(Guarded::new(self.length_minutes)),
            kind: clearance.open(self.kind),
            status: clearance.open(Guarded::new(self.status)),
            outcome: clearance.open(self.outcome),
            closed_at,
            event_id: clearance.open(Guarded::new(self.event_id)),
            sequence: clearance.open(Guarded::new(self.sequence)),
            predecessor_id: clearance.open(self.predecessor_id),
            successor_id: clearance.open(self.successor_id),
            series_id: clearance.open(Guarded::new(self.series_id)),
            occurrence_at: clearance.open(Guarded::new(self.occurrence_at)),
            place: clearance.unseal(place, self.place),
            link: clearance.unseal(link, self.link),
            cancellation_reason: reason,
            closed_by_id: closed_by,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<SessionView>(),
        }
    }
}
