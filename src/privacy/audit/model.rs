//! What an event of the audit log is to who reads it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{AuditEventId, PersonId};
use crate::policy::acts::{ReadAccess, ReadAuditEvent};
use crate::policy::{Guarded, NeverShared, Readable, Related, Relation, Relations, Takes, Viewer};
use crate::text::Name;
use crate::trail::ActorKind;

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

/// Something that somebody did, as the whole log has it.
#[derive(Clone, Debug, FromRow)]
pub struct AuditEvent {
    /// Names the event; ids sort by time.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// In which request.
    pub request_id: Uuid,
    /// Who.
    pub actor_id: Uuid,
    /// What the actor is.
    pub actor_kind: ActorKind,
    /// How the actor stood to the record.
    pub relation: Relation,
    /// Whether it was a look or a deed.
    pub kind: EventKind,
    /// The act, of a deed.
    pub act: Option<String>,
    /// The kind of record.
    pub record_kind: String,
    /// The records.
    pub record_ids: Json<Vec<Uuid>>,
    /// The fields that were read.
    pub fields: Json<Vec<String>>,
    /// Who wrote what was read.
    pub author_id: Option<PersonId>,
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
        self.id.uuid()
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
}

/// Who read what.
#[derive(Clone, Debug, FromRow)]
pub struct Look {
    /// Who.
    pub actor_id: PersonId,
    /// What they are called; `None` once nobody knows them any more.
    pub name: Option<Name>,
    /// Their title.
    pub title: Option<Name>,
    /// How they stood to the record then.
    pub relation: Relation,
    /// The kind of record.
    pub record_kind: String,
    /// The records.
    pub record_ids: Json<Vec<Uuid>>,
    /// The fields.
    pub fields: Json<Vec<String>>,
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
