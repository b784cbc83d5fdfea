//! A notice.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{NoticeId, PairId, PersonId};
use crate::policy::acts::{MarkNotice, ReadNotice};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};

/// One event for one person. It has ids and a kind, never the content of a record.
#[derive(Clone, Debug, FromRow)]
pub struct Notice {
    /// Id of the notice. Ids grow in the order in which all instances write notices.
    pub id: NoticeId,
    /// Name of the event.
    pub kind: String,
    /// Id of the record that the event is about.
    pub record_id: Uuid,
    /// Id of the pair. `None`: the event is not about a pair.
    pub pair_id: Option<PairId>,
    /// Id of the person who gets the notice.
    pub recipient_id: PersonId,
    /// Time of the event.
    pub created_at: DateTime<Utc>,
    /// When the person marked the notice as read. `None`: it is unread.
    pub read_at: Option<DateTime<Utc>>,
}

/// Only the recipient has a relation to a notice.
impl Related for Notice {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.recipient_id))
    }
}

readable_as!(Notice: ReadNotice, "notices");

impl Takes<ReadNotice> for Notice {}
impl Takes<MarkNotice> for Notice {}
