//! What a notice is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{NoticeId, PairId, PersonId};
use crate::policy::acts::{MarkNotice, ReadNotice};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};

/// One event, told to one person once: ids and a kind, never what a record says.
#[derive(Clone, Debug, FromRow)]
pub struct Notice {
    /// Names the notice. Ids grow in the order in which notices are written, on all instances together.
    pub id: NoticeId,
    /// The event's name.
    pub kind: String,
    /// The record that it happened to.
    pub record_id: Uuid,
    /// The pair it is about.
    pub pair_id: Option<PairId>,
    /// Who is told.
    pub recipient_id: PersonId,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When they said that they know.
    pub read_at: Option<DateTime<Utc>>,
}

/// Only who is told stands to a notice at all.
impl Related for Notice {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.recipient_id))
    }
}

impl Readable for Notice {
    type Read = ReadNotice;
    const KIND: &'static str = "notices";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadNotice> for Notice {}
impl Takes<MarkNotice> for Notice {}
