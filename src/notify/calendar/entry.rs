//! A session as a calendar shows it, made of what its reader may see.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use crate::ids::{PersonId, SessionId};
use crate::policy::acts::ReadSession;
use crate::policy::{Clearance, Guarded, Readable, Related, Relations, Viewed, Viewer, view};
use crate::sessions::session::api::SessionView;
use crate::sessions::session::model::{LengthMinutes, Session, SessionStatus};
use crate::text::{Name, TimeZone};

/// A session on its way into a calendar that others look into as well: without place and link.
#[derive(Clone, Debug)]
pub struct CalendarSession(pub Session);

view! {
    /// What calendars show of a session.
    CalendarSessionView {
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
        /// Where it is in its life.
        manager_visible status: SessionStatus,
        /// When anything of this changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Related for CalendarSession {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for CalendarSession {
    type Read = ReadSession;
    const KIND: &'static str = Session::KIND;

    fn id(&self) -> Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for CalendarSession {
    type View = CalendarSessionView;

    fn view(self, clearance: &Clearance) -> CalendarSessionView {
        let session = self.0;
        CalendarSessionView {
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
            status: clearance.open(Guarded::new(session.status)),
            updated_at: session.updated_at,
            withheld: clearance.withheld::<CalendarSessionView>(),
        }
    }
}

/// One entry of a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The same however often it moves: the first session of the chain, or of the series.
    pub uid: SessionId,
    /// Which one of its series it is: when it was to be.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// Its version.
    pub sequence: i64,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where the clock stands.
    pub zone: Tz,
    /// What it is called.
    pub summary: String,
    /// Whether it will not take place.
    pub is_cancelled: bool,
    /// Where they meet.
    pub place: Option<String>,
    /// Where they meet, online.
    pub link: Option<String>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
}

/// An entry of a view, if the viewer sees when it is.
macro_rules! entry {
    ($view:expr, $mentor:expr, $mentee:expr) => {{
        let starts_at = $view.starts_at.clone().into_value()?;
        let (event_id, series_id) = ($view.event_id.clone().into_value()?, $view.series_id.clone().into_value()?);
        let zone = $view.time_zone.clone().into_value()?;
        Entry {
            uid: series_id.unwrap_or(event_id),
            occurrence_at: $view.occurrence_at.clone().into_value()?,
            sequence: $view.sequence.clone().into_value()?,
            starts_at,
            ends_at: starts_at + $view.length_minutes.clone().into_value()?.span(),
            zone: zone.as_str().parse().unwrap_or_default(),
            summary: format!("Mentoring: {} and {}", $mentor, $mentee),
            is_cancelled: $view.status.clone().into_value()? == SessionStatus::Cancelled,
            place: None,
            link: None,
            updated_at: $view.updated_at,
        }
    }};
}

impl Entry {
    /// What anybody who looks into the calendar may know.
    pub fn of(view: &CalendarSessionView) -> Option<Self> {
        Some(entry!(view, view.mentor, view.mentee))
    }

    /// By itself, as no part of a series: for calendars that get all sessions.
    #[must_use]
    pub fn alone(self, view: &CalendarSessionView) -> Self {
        let uid = view.event_id.clone().into_value().unwrap_or(self.uid);
        Self { uid, occurrence_at: None, ..self }
    }

    /// All that this viewer sees.
    pub fn in_full(view: &SessionView) -> Option<Self> {
        let entry = entry!(view, view.mentor.name, view.mentee.name);
        let place = view.place.clone().into_value().flatten().map(|place| place.to_string());
        let link = view.link.clone().into_value().flatten().map(|link| link.to_string());
        Some(Self { place, link, ..entry })
    }
}
