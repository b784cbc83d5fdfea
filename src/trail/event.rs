//! What an event of the audit log is, and the bytes that its code and its link vouch for.

use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
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

/// A row of the audit log, before it has its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Event {
    /// Id of the event; ids sort by time.
    pub id: AuditEventId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Id of the request in which it happened.
    pub request_id: Uuid,
    /// Id of the person or service account that acted.
    pub actor_id: Uuid,
    /// What the actor is.
    pub actor_kind: ActorKind,
    /// How the actor stood to the record then.
    pub relation: String,
    /// `read` or `change`.
    pub kind: String,
    /// The act; `None` for a read.
    pub act: Option<String>,
    /// The kind of record, as its table is called.
    pub record_kind: String,
    /// Ids of the records.
    pub record_ids: Json<Vec<Uuid>>,
    /// Names of the fields that were read.
    pub fields: Json<Vec<String>>,
    /// Who wrote what was read.
    pub author_id: Option<PersonId>,
    /// The process run that wrote the event.
    pub writer_id: WriterId,
    /// The number that the process gave the event: each number once. Numbers of transactions that did not commit are
    /// missing.
    pub number: i64,
    /// Authentication code over all of the above. Only who has the audit key can make one.
    #[serde(serialize_with = "as_hex")]
    pub mac: Vec<u8>,
}

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// What the first link of a chain builds on.
pub(super) const BEGINNING: Hash = [0; 32];

impl Event {
    /// Its id follows from the moment and from what happened: written twice it is still one event.
    #[must_use]
    pub(super) fn with_id(mut self) -> Self {
        let hash = digest(&SHA256, &self.content());
        let chance = hash.as_ref().first_chunk().copied().unwrap_or_default();
        self.id = Builder::from_unix_timestamp_millis(millis(self.at), &chance).into_uuid().into();
        self
    }

    /// The link at this place of its chain.
    pub(super) fn link(&self, seq: i64, before: &[u8]) -> Hash {
        let mut hash = Context::new(&SHA256);
        hash.update(before);
        hash.update(&seq.to_be_bytes());
        hash.update(&self.vouched_for());
        hash.update(&self.mac);
        let mut link = Hash::default();
        link.copy_from_slice(hash.finish().as_ref());
        link
    }

    /// What the authentication code covers: every column, and the process and number that keep two events apart.
    pub(super) fn vouched_for(&self) -> Vec<u8> {
        let place = (self.id, self.writer_id, self.number);
        [serde_json::to_vec(&place).unwrap_or_default(), self.content()].concat()
    }

    /// What happened, as a JSON array.
    fn content(&self) -> Vec<u8> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let what = (self.request_id, self.actor_id, self.actor_kind, &self.relation, &self.kind, &self.act);
        let whose = (&self.record_kind, &self.record_ids, &self.fields, self.author_id);
        serde_json::to_vec(&(at, what, whose)).unwrap_or_default()
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex(bytes))
}

fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default()
}

/// The lowest id that an event of this millisecond can have.
pub fn first_id_at(at: DateTime<Utc>) -> AuditEventId {
    Builder::from_unix_timestamp_millis(millis(at), &[0; 10]).into_uuid().into()
}
