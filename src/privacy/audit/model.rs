//! Audit events as readers see them.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::audit_log::Event;
use crate::ids::{AuditEventId, PersonId};
use crate::policy::acts::{ReadAccess, ReadAuditEvent};
use crate::policy::{Guarded, NeverShared, Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::text::Name;

values! {
    /// Kind of an audit event.
    pub enum AuditEventKind {
        /// A private or never shared field was read.
        Read,
        /// A record was created, changed or deleted.
        Change,
    }
}

/// An audit event, as admins see it.
#[derive(Clone, Debug, FromRow)]
pub struct AuditEvent {
    /// The event as it was written.
    #[sqlx(flatten)]
    pub event: Event,
    /// Relation of the actor to the record.
    pub relation: Relation,
    /// Kind of the event.
    pub kind: AuditEventKind,
    /// Whether the service wrote the event.
    #[sqlx(skip)]
    pub is_genuine: bool,
}

/// Only admins have a relation to the log.
impl Related for AuditEvent {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

readable_as!(AuditEvent: ReadAuditEvent, "audit_events", id event.id);

impl Takes<ReadAuditEvent> for AuditEvent {}

/// A read event: another person or a service read what a person wrote.
#[derive(Clone, Debug)]
pub struct Access {
    /// Id of the event. Ids sort by time.
    pub id: AuditEventId,
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// Id of the person who wrote what was read.
    pub author_id: PersonId,
    /// The record that was read, and the reader.
    pub read_event: Guarded<NeverShared, ReadEvent>,
    /// Whether the service wrote the event.
    pub is_genuine: bool,
}

/// The reader and the record that was read.
#[derive(Clone, Debug, FromRow)]
pub struct ReadEvent {
    /// The event as it was written.
    #[sqlx(flatten)]
    pub event: Event,
    /// Name of the reader. `None`: the reader is not known any more.
    pub name: Option<Name>,
    /// Title of the reader.
    pub title: Option<Name>,
    /// Relation of the reader to the record at that time.
    pub relation: Relation,
}

/// Only the author has a relation to it.
impl Related for Access {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

readable_as!(Access: ReadAccess, "audit_events");

impl Takes<ReadAccess> for Access {}
