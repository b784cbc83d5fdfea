//! Pairs as a mail tells of them: only what it says is looked at, so that the audit log tells of no other
//! look.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::ids::{PairId, PersonId};
use crate::pairs::model::{Pair, PairStatus};
use crate::policy::acts::ReadPair;
use crate::policy::{Clearance, Readable, Related, Relations, Viewed, Viewer, view};
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
