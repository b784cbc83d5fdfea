//! What an event of the log is, and the bytes that its link vouches for.

use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::{Builder, Uuid};

use crate::ids::{AuditEventId, PersonId, WriterId};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A person or a service account; whoever runs the service and used the command line has the
    /// id of zeros.
    pub id: Uuid,
    /// Which of the two.
    pub kind: ActorKind,
}

/// The two kinds of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    Person,
    /// Another system.
    Service,
}

/// A row of the log, before it has its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub(super) struct Event {
    pub id: AuditEventId,
    pub at: DateTime<Utc>,
    pub request_id: Uuid,
    pub actor_id: Uuid,
    pub actor_kind: ActorKind,
    pub relation: String,
    pub kind: String,
    pub act: Option<String>,
    pub record_kind: String,
    pub record_ids: Json<Vec<Uuid>>,
    pub fields: Json<Vec<String>>,
    pub author_id: Option<PersonId>,
    pub writer_id: WriterId,
}

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// What the first link of a chain builds on.
pub(super) const BEGINNING: Hash = [0; 32];

impl Event {
    /// Its id follows from the moment and from what happened: written twice it is still one event.
    pub fn with_id(mut self) -> Self {
        let hash = digest(&SHA256, &self.told(None));
        let chance = hash.as_ref().first_chunk().copied().unwrap_or_default();
        self.id = Builder::from_unix_timestamp_millis(millis(self.at), &chance).into_uuid().into();
        self
    }

    /// The link at this place of its chain.
    pub fn link(&self, seq: i64, before: &Hash) -> Hash {
        let mut hash = Context::new(&SHA256);
        hash.update(before);
        hash.update(&self.told(Some(seq)));
        let mut link = Hash::default();
        link.copy_from_slice(hash.finish().as_ref());
        link
    }

    /// The columns in the order of the table, as a JSON array.
    fn told(&self, seq: Option<i64>) -> Vec<u8> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let place = seq.map(|seq| (self.id, self.writer_id, seq));
        let what = (self.request_id, self.actor_id, self.actor_kind, &self.relation, &self.kind, &self.act);
        let whose = (&self.record_kind, &self.record_ids, &self.fields, self.author_id);
        serde_json::to_vec(&(place, at, what, whose)).unwrap_or_default()
    }
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default()
}

/// The lowest id that an event of this millisecond can have.
pub fn first_id_at(at: DateTime<Utc>) -> AuditEventId {
    Builder::from_unix_timestamp_millis(millis(at), &[0; 10]).into_uuid().into()
}
