//! A session with agenda, notes and action items: the answer to reading one session.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{LengthMinutes, MAX_ITEMS, Session, SessionKind, SessionStatus};
use super::store::{JOINS, SELECT};
use super::views::{SessionView, session_view};
use crate::db::{Tx, query};
use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::pairs::api::AuthoredText;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadSession;
use crate::policy::{Clearance, Guarded, Private, Related, Relations, Viewed, Viewer, readable_as, view};
use crate::sessions::action_item::api::ActionItemView;
use crate::sessions::action_item::model::ActionItem;
use crate::sessions::agenda::api::AgendaItemView;
use crate::sessions::agenda::model::AgendaItem;
use crate::sessions::note::api::NoteView;
use crate::sessions::note::model::Note;
use crate::sessions::{action_item, agenda, note};
use crate::text::{Link, Sentence, Text, TimeZone};

values! {
    /// Something you should know about a session. A warning never refuses a request.
    @may_grow pub enum SessionWarning {
        /// You have another scheduled session at that time. Sessions of the other person are not checked.
        Overlaps,
    }
}

/// A session with agenda, notes and action items. The lists are filled only for the mentor and the mentee.
#[derive(Clone, Debug)]
pub struct SessionInFull {
    /// The session.
    pub session: Session,
    /// Warnings for this viewer.
    pub warnings: Guarded<Private, Vec<SessionWarning>>,
    /// The agenda.
    pub agenda: Guarded<Private, Vec<AgendaItem>>,
    /// The notes.
    pub notes: Guarded<Private, Vec<Note>>,
    /// The action items of this session.
    pub action_items: Guarded<Private, Vec<ActionItem>>,
    /// The open action items of earlier sessions.
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

/// A session, and which of its lists are not empty. Empty lists need no query.
#[expect(clippy::struct_excessive_bools, reason = "each says whether one more query is needed")]
#[derive(FromRow)]
struct SessionRow {
    #[sqlx(flatten)]
    session: Session,
    has_agenda: bool,
    has_notes: bool,
    has_action_items: bool,
    has_carried_over: bool,
    overlaps: bool,
}

/// One session. The mentor and the mentee also get agenda, notes and action items.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: SessionId) -> sqlx::Result<Option<SessionInFull>> {
    // Only the viewer's own sessions are searched for overlaps. `closed_at is null` means scheduled; `status =
    // 'scheduled'` would make SQLite use the index of all scheduled sessions.
    let found = query!(
        tx,
        [
            SELECT,
            ", exists (select 1 from agenda_items a where a.session_id = s.id) as has_agenda, exists (select 1
             from notes n where n.session_id = s.id) as has_notes, exists (select 1 from action_items i
             where i.session_id = s.id) as has_action_items, exists (select 1 from action_items i
             where i.pair_id = s.pair_id and i.status = 'open' and i.session_id <> s.id) as has_carried_over,
             s.status = 'scheduled' and exists ( select 1 from (select id from pairs
             where mentor_id = :viewer union all select id from pairs
             where mentee_id = :viewer) own cross join sessions o where o.pair_id = own.id
             and o.starts_at < s.ends_at and o.ends_at > s.starts_at and o.closed_at is null
             and o.id <> s.id) as overlaps",
            "from sessions s",
            JOINS,
            "where s.id = :id"
        ],
        id,
        viewer = viewer.person()
    );
    let Some(found) = found.optional::<SessionRow>().await? else { return Ok(None) };
    let mut full = SessionInFull::from(found.session);
    if !full.session.standing.has(viewer) {
        return Ok(Some(full));
    }
    full.warnings = Guarded::new(found.overlaps.then_some(SessionWarning::Overlaps).into_iter().collect());
    if found.has_agenda {
        full.agenda = Guarded::new(agenda::store::list(tx, id, agenda::store::FIRST, MAX_ITEMS).await?);
    }
    if found.has_notes {
        full.notes = Guarded::new(note::store::list(tx, id, NoteId::first(), MAX_ITEMS).await?);
    }
    if found.has_action_items {
        full.action_items = Guarded::new(action_item::store::list_of_session(tx, id, MAX_ITEMS).await?);
    }
    if found.has_carried_over {
        full.carried_over = Guarded::new(action_item::store::list_carried_over(tx, &full.session, MAX_ITEMS).await?);
    }
    Ok(Some(full))
}

session_view! {
    /// A session of a pair, with agenda, notes and action items.
    SessionInFullView {
        /// Things you should know about the session. A warning never refuses a request. Warnings consider only your own
        /// sessions.
        private warnings: Vec<SessionWarning>,
        /// Agenda items, by position.
        private agenda: Vec<AgendaItemView>,
        /// Notes, oldest first.
        private notes: Vec<NoteView>,
        /// Action items of this session, oldest first.
        private action_items: Vec<ActionItemView>,
        /// Open action items of earlier sessions, oldest first. Start the session with these.
        private carried_over: Vec<ActionItemView>,
    }
}

readable_as!(SessionInFull: ReadSession, "sessions", id session.id);

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
