//! A session with all that hangs on it: what reading one session answers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::api::{SessionView, session_view};
use super::model::{LengthMinutes, Session, SessionKind, SessionStatus, SessionWarning};
use crate::ids::{PairId, PersonId, SessionId};
use crate::pairs::api::AuthoredText;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadSession;
use crate::policy::{Clearance, Guarded, Private, Readable, Related, Relations, Viewed, Viewer};
use crate::sessions::action_item::api::ActionItemView;
use crate::sessions::action_item::model::ActionItem;
use crate::sessions::agenda::api::AgendaItemView;
use crate::sessions::agenda::model::AgendaItem;
use crate::sessions::note::api::NoteView;
use crate::sessions::note::model::Note;
use crate::text::{Link, Sentence, Text, TimeZone};

/// A session with all that hangs on it. The lists are filled for the two alone.
#[derive(Clone, Debug)]
pub struct SessionInFull {
    /// The session itself.
    pub session: Session,
    /// What this viewer should know.
    pub warnings: Guarded<Private, Vec<SessionWarning>>,
    /// What they want to talk about.
    pub agenda: Guarded<Private, Vec<AgendaItem>>,
    /// What was said.
    pub notes: Guarded<Private, Vec<Note>>,
    /// What was given to do.
    pub action_items: Guarded<Private, Vec<ActionItem>>,
    /// What is still open from earlier sessions.
    pub carried_over: Guarded<Private, Vec<ActionItem>>,
}

impl From<Session> for SessionInFull {
    fn from(session: Session) -> Self {
        Self {
            session,
            warnings: Guarded::default(),
            agenda: Guarded::default(),
            notes: Guarded::default(),
            action_items: Guarded::default(),
            carried_over: Guarded::default(),
        }
    }
}

impl Related for SessionInFull {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.session.relations(viewer)
    }
}

session_view! {
    /// When a pair talks, with all that hangs on it.
    SessionInFullView {
        /// What you should know; never a refusal. Only of sessions of your own.
        private warnings: Vec<SessionWarning>,
        /// What the two want to talk about, in order.
        private agenda: Vec<AgendaItemView>,
        /// What was said, in the order it was written.
        private notes: Vec<NoteView>,
        /// What was given to do in this session.
        private action_items: Vec<ActionItemView>,
        /// What is still open from earlier sessions: begin with these.
        private carried_over: Vec<ActionItemView>,
    }
}

impl Readable for SessionInFull {
    type Read = ReadSession;
    const KIND: &'static str = "sessions";

    fn id(&self) -> Uuid {
        self.session.id.uuid()
    }
}

impl Viewed for SessionInFull {
    type View = SessionInFullView;

    fn view(self, clearance: &Clearance) -> SessionInFullView {
        let SessionView {
            id,
            pair_id,
            mentor,
            mentee,
            starts_at,
            time_zone,
            length_minutes,
            kind,
            status,
            outcome,
            closed_at,
            event_id,
            sequence,
            predecessor_id,
            successor_id,
            series_id,
            occurrence_at,
            place,
            link,
            cancellation_reason,
            closed_by_id,
            created_at,
            updated_at,
            withheld: _,
        } = clearance.nested(self.session);
        let items = |items: Vec<ActionItem>| items.into_iter().map(|item| clearance.nested(item)).collect();
        SessionInFullView {
            id,
            pair_id,
            mentor,
            mentee,
            starts_at,
            time_zone,
            length_minutes,
            kind,
            status,
            outcome,
            closed_at,
            event_id,
            sequence,
            predecessor_id,
            successor_id,
            series_id,
            occurrence_at,
            place,
            link,
            cancellation_reason,
            closed_by_id,
            created_at,
            updated_at,
            warnings: clearance.open(self.warnings),
            agenda: clearance
                .open(self.agenda)
                .map(|items| items.into_iter().map(|item| clearance.nested(item)).collect()),
            notes: clearance
                .open(self.notes)
                .map(|notes| notes.into_iter().map(|note| clearance.nested(note)).collect()),
            action_items: clearance.open(self.action_items).map(items),
            carried_over: clearance.open(self.carried_over).map(items),
            withheld: clearance.withheld::<SessionInFullView>(),
        }
    }
}
