//! A session as a calendar shows it, made of what its reader may see.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::ids::SessionId;
use crate::notify::outline::OutlineView;
use crate::sessions::session::api::SessionView;
use crate::sessions::session::model::SessionStatus;

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
    /// What anybody who looks into the calendar may know.
    pub fn of(view: &OutlineView) -> Option<Self> {
        Some(entry!(view, view.mentor, view.mentee))
    }

    /// By itself, as no part of a series: for calendars that get all sessions.
    #[must_use]
    pub fn alone(self, view: &OutlineView) -> Self {
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
