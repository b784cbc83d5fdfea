//! The part of a session that mails and calendars show. Only these fields are opened, so that the audit log has no
//! other read.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{PersonId, SessionId};
use crate::policy::acts::ReadSession;
use crate::policy::{Clearance, Guarded, Readable, Related, Relations, Viewed, Viewer, view};
use crate::sessions::session::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use crate::text::{Name, TimeZone};

/// A session without place and link, because mails and calendars pass through other systems.
#[derive(Clone, Debug)]
pub struct Outline(pub Session);

view! {
    /// The part of a session that mails and calendars show.
    OutlineView {
        /// Id of the session.
        public id: SessionId,
        /// Id of the mentor.
        public mentor_id: PersonId,
        /// Name of the mentor.
        public mentor: Name,
        /// Name of the mentee.
        public mentee: Name,
        /// Id of the calendar event: the same after the session moves.
        manager_visible event_id: SessionId,
        /// Version of the calendar event.
        manager_visible sequence: i64,
        /// Id of the series. `null`: the session does not belong to a series.
        manager_visible series_id: Option<SessionId>,
        /// Planned start within the series. `null`: the session does not belong to a series.
        manager_visible occurrence_at: Option<DateTime<Utc>>,
        /// Start of the session.
        manager_visible starts_at: DateTime<Utc>,
        /// Time zone of the session.
        manager_visible time_zone: TimeZone,
        /// Length in minutes.
        manager_visible length_minutes: LengthMinutes,
        /// Kind of session.
        manager_visible kind: SessionKind,
        /// Status of the session.
        manager_visible status: SessionStatus,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

impl Related for Outline {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for Outline {
    type Read = ReadSession;
    const KIND: &'static str = Session::KIND;

    fn id(&self) -> Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for Outline {
    type View = OutlineView;

    fn view(self, clearance: &Clearance) -> OutlineView {
        let session = self.0;
        OutlineView {
            id: session.id,
            mentor_id: session.standing.mentor_id,
            mentor: session.mentor_name,
            mentee: session.mentee_name,
            event_id: clearance.open(Guarded::new(session.event_id)),
            sequence: clearance.open(Guarded::new(session.sequence)),
            series_id: clearance.open(Guarded::new(session.series_id)),
            occurrence_at: clearance.open(Guarded::new(session.occurrence_at)),
            starts_at: clearance.open(Guarded::new(session.starts_at)),
            time_zone: clearance.open(session.time_zone),
            length_minutes: clearance.open(Guarded::new(session.length_minutes)),
            kind: clearance.open(session.kind),
            status: clearance.open(Guarded::new(session.status)),
            updated_at: session.updated_at,
            withheld: clearance.withheld::<OutlineView>(),
        }
    }
}
