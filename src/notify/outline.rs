//! A session as it leaves the house: only what mails and calendars tell is looked at, so that the audit log
//! tells of no other look.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{PersonId, SessionId};
use crate::policy::acts::ReadSession;
use crate::policy::{Clearance, Guarded, Readable, Related, Relations, Viewed, Viewer, view};
use crate::sessions::session::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use crate::text::{Name, TimeZone};

/// A session on its way out: without place and link, for mails and calendars go through other hands.
#[derive(Clone, Debug)]
pub struct Outline(pub Session);

view! {
    /// What mails and calendars tell of a session.
    OutlineView {
        /// Names the session.
        public id: SessionId,
        /// The mentor.
        public mentor_id: PersonId,
        /// The mentor's name.
        public mentor: Name,
        /// The mentee's name.
        public mentee: Name,
        /// The calendar event.
        manager_visible event_id: SessionId,
        /// Its version.
        manager_visible sequence: i64,
        /// The series it belongs to.
        manager_visible series_id: Option<SessionId>,
        /// When it is in its series.
        manager_visible occurrence_at: Option<DateTime<Utc>>,
        /// When it begins.
        manager_visible starts_at: DateTime<Utc>,
        /// Where the clock stands.
        manager_visible time_zone: TimeZone,
        /// How long it lasts, in minutes.
        manager_visible length_minutes: LengthMinutes,
        /// What it is for.
        manager_visible kind: SessionKind,
        /// Where it is in its life.
        manager_visible status: SessionStatus,
        /// When anything of this changed last.
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
