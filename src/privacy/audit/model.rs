//! What an event of the audit log is to who reads it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{AuditEventId, PersonId};
use crate::policy::acts::{ReadAccess, ReadAuditEvent};
use crate::policy::{Guarded, NeverShared, Readable, Related, Relation, Relations, Takes, Viewer};
use crate::text::Name;
use crate::trail::Event;

/// Whether somebody looked, or did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EventKind {
    /// Private or never shared words were read.
    Read,
    /// A record was made, changed or removed.
    Change,
}

/// An event, as the whole log has it.
#[derive(Clone, Debug, FromRow)]
pub struct AuditEvent {
    /// The event as it was written.
    #[sqlx(flatten)]
    pub event: Event,
    /// How the actor stood to the record.
    pub relation: Relation,
    /// Read or change.
    pub kind: EventKind,
    /// Whether the service wrote it.
    #[sqlx(skip)]
    pub is_genuine: bool,
}

/// The log is the admin's.
impl Related for AuditEvent {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

impl Readable for AuditEvent {
    type Read = ReadAuditEvent;
    const KIND: &'static str = "audit_events";

    fn id(&self) -> Uuid {
        self.event.id.uuid()
    }
}

impl Takes<ReadAuditEvent> for AuditEvent {}

/// A look at somebody's words by somebody else.
#[derive(Clone, Debug)]
pub struct Access {
    /// Names the event; ids sort by time.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who wrote what was read.
    pub author_id: PersonId,
    /// What was read, and by whom.
    pub look: Guarded<NeverShared, Look>,
    /// Whether the service wrote it.
    pub is_genuine: bool,
}

/// Who read what.
#[derive(Clone, Debug, FromRow)]
pub struct Look {
    /// The event as it was written.
    #[sqlx(flatten)]
    pub event: Event,
    /// What they are called; `None` once nobody knows them any more.
    pub name: Option<Name>,
    /// Their title.
    pub title: Option<Name>,
    /// How they stood to the record then.
    pub relation: Relation,
}

/// For the author alone.
impl Related for Access {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Readable for Access {
    type Read = ReadAccess;
    const KIND: &'static str = "audit_events";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadAccess> for Access {}
