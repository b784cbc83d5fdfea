//! The part of a session that mails and calendars show. Only these fields are opened, so that the audit log has no
//! other read.

use chrono::{DateTime, Utc};

use crate::ids::{PersonId, SessionId};
use crate::policy::acts::ReadSession;
use crate::policy::{Guarded, Related, Relations, Viewer, readable_as, view};
use crate::sessions::session::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use crate::text::{Name, TimeZone};

/// A session without place and link, because mails and calendars pass through other systems.
#[derive(Clone, Debug)]
pub struct Outline(pub Session);

view! {
    /// The part of a session that mails and calendars show.
    OutlineView of outline: Outline, clearance {
        let session = outline.0;
        /// Id of the session.
        public id: SessionId = session.id,
        /// Id of the mentor.
        public mentor_id: PersonId = session.standing.mentor_id,
        /// Name of the mentor.
        public mentor: Name = session.mentor_name,
        /// Name of the mentee.
        public mentee: Name = session.mentee_name,
        /// Id of the calendar event: the same after the session moves.
        manager_visible event_id: SessionId = clearance.open(Guarded::new(session.event_id)),
        /// Version of the calendar event.
        manager_visible sequence: i64 = clearance.open(Guarded::new(session.sequence)),
        /// Id of the series. `null`: the session does not belong to a series.
        manager_visible series_id: Option<SessionId> = clearance.open(Guarded::new(session.series_id)),
        /// Planned start within the series. `null`: the session does not belong to a series.
        manager_visible occurrence_at: Option<DateTime<Utc>> = clearance.open(Guarded::new(session.occurrence_at)),
        /// Start of the session.
        manager_visible starts_at: DateTime<Utc> = clearance.open(Guarded::new(session.starts_at)),
        /// Time zone of the session.
        manager_visible time_zone: TimeZone = clearance.open(session.time_zone),
        /// Length in minutes.
        manager_visible length_minutes: LengthMinutes = clearance.open(Guarded::new(session.length_minutes)),
        /// Kind of session.
        manager_visible kind: SessionKind = clearance.open(session.kind),
        /// Status of the session.
        manager_visible status: SessionStatus = clearance.open(Guarded::new(session.status)),
        /// Time of the last change.
        public updated_at: DateTime<Utc> = session.updated_at,
    }
}

impl Related for Outline {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

readable_as!(Outline: ReadSession, Session::KIND, id 0.id);
