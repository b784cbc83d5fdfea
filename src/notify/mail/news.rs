//! Pairs and sessions as a mail tells of them: only what it says is looked at, so that the audit log
//! tells of no other look.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::ids::{PairId, PersonId, SessionId};
use crate::pairs::model::{Pair, PairStatus};
use crate::policy::acts::{ReadPair, ReadSession};
use crate::policy::{Clearance, Guarded, Readable, Related, Relations, Viewed, Viewer, view};
use crate::sessions::session::model::{LengthMinutes, Session, SessionKind, SessionStatus};
use crate::text::{Name, Sentence};

/// A pair, as a mail tells of it.
#[derive(Clone, Debug)]
pub struct PairNews(pub Pair);

view! {
    /// What a mail tells of a pair.
    PairNewsView {
        /// Names the pair.
        public id: PairId,
        /// The mentor.
        public mentor_id: PersonId,
        /// The mentor's name.
        public mentor: Name,
        /// The mentee's name.
        public mentee: Name,
        /// The program's name.
        public program: Option<Name>,
        /// Where it is in its life.
        public status: PairStatus,
        /// Whether the mentor said yes.
        public mentor_accepted: bool,
        /// Whether the mentee said yes.
        public mentee_accepted: bool,
        /// The last day to answer.
        public expires_on: Option<NaiveDate>,
        /// What it is about.
        public goals_focus: Option<Sentence>,
        /// First day.
        public starts_on: NaiveDate,
        /// Planned last day.
        public ends_on: Option<NaiveDate>,
    }
}

impl Related for PairNews {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for PairNews {
    type Read = ReadPair;
    const KIND: &'static str = Pair::KIND;

    fn id(&self) -> Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for PairNews {
    type View = PairNewsView;

    fn view(self, clearance: &Clearance) -> PairNewsView {
        let pair = self.0;
        PairNewsView {
            id: pair.id,
            mentor_id: pair.standing.mentor_id,
            mentor: pair.mentor_name,
            mentee: pair.mentee_name,
            program: pair.program_name,
            status: pair.status,
            mentor_accepted: pair.mentor_accepted,
            mentee_accepted: pair.mentee_accepted,
            expires_on: pair.expires_on,
            goals_focus: pair.goals_focus,
            starts_on: pair.starts_on,
            ends_on: pair.ends_on,
            withheld: clearance.withheld::<PairNewsView>(),
        }
    }
}

/// A session, as a mail tells of it: without place and link, for a mail goes through other hands.
#[derive(Clone, Debug)]
pub struct SessionNews(pub Session);

view! {
    /// What a mail tells of a session.
    SessionNewsView {
        /// Names the session.
        public id: SessionId,
        /// The mentor.
        public mentor_id: PersonId,
        /// The mentor's name.
        public mentor: Name,
        /// The mentee's name.
        public mentee: Name,
        /// When it begins.
        manager_visible starts_at: DateTime<Utc>,
        /// How long it lasts, in minutes.
        manager_visible length_minutes: LengthMinutes,
        /// What it is for.
        manager_visible kind: SessionKind,
        /// Where it is in its life.
        manager_visible status: SessionStatus,
    }
}

impl Related for SessionNews {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for SessionNews {
    type Read = ReadSession;
    const KIND: &'static str = Session::KIND;

    fn id(&self) -> Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for SessionNews {
    type View = SessionNewsView;

    fn view(self, clearance: &Clearance) -> SessionNewsView {
        let session = self.0;
        SessionNewsView {
            id: session.id,
            mentor_id: session.standing.mentor_id,
            mentor: session.mentor_name,
            mentee: session.mentee_name,
            starts_at: clearance.open(Guarded::new(session.starts_at)),
            length_minutes: clearance.open(Guarded::new(session.length_minutes)),
            kind: clearance.open(session.kind),
            status: clearance.open(Guarded::new(session.status)),
            withheld: clearance.withheld::<SessionNewsView>(),
        }
    }
}
