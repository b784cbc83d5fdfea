//! A session as a calendar entry, with the fields that its reader may see.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::ids::SessionId;
use crate::notify::outline::OutlineView;
use crate::sessions::session::model::SessionStatus;
use crate::sessions::session::views::SessionView;

/// One entry of a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Id of the calendar event: the id of the first session of the series, or before all moves.
    pub uid: SessionId,
    /// Planned start within the series, which identifies the session there. `None`: not part of a series.
    pub occurrence_at: Option<DateTime<Utc>>,
    /// Version of the event.
    pub sequence: i64,
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// End of the session.
    pub ends_at: DateTime<Utc>,
    /// Time zone of the session.
    pub zone: Tz,
    /// Title of the event.
    pub summary: String,
    /// Whether the session is cancelled.
    pub is_cancelled: bool,
    /// Place of the session.
    pub place: Option<String>,
    /// Link to the online meeting.
    pub link: Option<String>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
}

/// The entry of a view. Returns `None` if the viewer may not see the time.
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
            zone: zone.rules(),
            summary: format!("Mentoring: {} and {}", $mentor, $mentee),
            is_cancelled: $view.status.clone().into_value()? == SessionStatus::Cancelled,
            place: None,
            link: None,
            updated_at: $view.updated_at,
        }
    }};
}

impl Entry {
    /// An entry without place and link, for calendars that other people may see.
    pub fn of(view: &OutlineView) -> Option<Self> {
        Some(entry!(view, view.mentor, view.mentee))
    }

    /// The entry as a single event, not part of a series, for feeds that list each session.
    #[must_use]
    pub fn alone(self, view: &OutlineView) -> Self {
        let uid = view.event_id.clone().into_value().unwrap_or(self.uid);
        Self { uid, occurrence_at: None, ..self }
    }

    /// An entry with everything that this viewer may see.
    pub fn in_full(view: &SessionView) -> Option<Self> {
        let entry = entry!(view, view.mentor.name, view.mentee.name);
        let place = view.place.clone().into_value().flatten().map(|place| place.to_string());
        let link = view.link.clone().into_value().flatten().map(|link| link.to_string());
        Some(Self { place, link, ..entry })
    }
}
