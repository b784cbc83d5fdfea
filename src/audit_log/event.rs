//! An event of the audit log, and the bytes that its authentication code and its link cover.

use aws_lc_rs::digest::{Context, SHA256, digest};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::{Builder, Uuid};

use crate::ids::{AuditEventId, PersonId, WriterId};

/// The person or service account that acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Id of the person or service account. All zeros: the operator on the command line, or the service itself.
    pub id: Uuid,
    /// Kind of the actor.
    pub kind: ActorKind,
}

values! {
    /// Kind of an actor.
    @may_grow pub enum ActorKind {
        /// A person.
        Person,
        /// A service account, or the service itself.
        Service,
    }
}

/// A row of the audit log, without its position in a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Event {
    /// Id of the event; ids sort by time.
    pub id: AuditEventId,
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// Id of the request in which it happened.
    pub request_id: Uuid,
    /// Id of the person or service account that acted.
    pub actor_id: Uuid,
    /// Kind of the actor.
    pub actor_kind: ActorKind,
    /// Relation of the actor to the record at that time.
    pub relation: String,
    /// `read` or `change`.
    pub kind: String,
    /// The act; `None` for a read.
    pub act: Option<String>,
    /// Kind of the records: the name of their table.
    pub record_kind: String,
    /// Ids of the records.
    pub record_ids: Json<Vec<Uuid>>,
    /// Names of the fields that were read.
    pub fields: Json<Vec<String>>,
    /// Id of the person who wrote the words that were read. `None` for a change.
    pub author_id: Option<PersonId>,
    /// Id of the process run that wrote the event.
    pub writer_id: WriterId,
    /// Number of the event, unique within the process run. Numbers of transactions that did not commit are missing.
    pub number: i64,
    /// Authentication code over all fields above. Making one requires the audit key.
    #[serde(serialize_with = "as_hex")]
    pub mac: Vec<u8>,
}

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// The hash before the first link of a chain.
pub(super) const BEGINNING: Hash = [0; 32];

impl Event {
    /// Derives the id from the time and the content, so that the same event written twice is one row.
    #[must_use]
    pub(super) fn with_id(mut self) -> Self {
        let hash = digest(&SHA256, &self.content());
        let chance = hash.as_ref().first_chunk().copied().unwrap_or_default();
        self.id = Builder::from_unix_timestamp_millis(millis(self.at), &chance).into_uuid().into();
        self
    }

    /// The hash of the link at position `seq` of its chain.
    pub(super) fn link(&self, seq: i64, before: &[u8]) -> Hash {
        let mut hash = Context::new(&SHA256);
        hash.update(before);
        hash.update(&seq.to_be_bytes());
        hash.update(&self.authenticated_bytes());
        hash.update(&self.mac);
        let mut link = Hash::default();
        link.copy_from_slice(hash.finish().as_ref());
        link
    }

    /// The bytes that the authentication code covers: every column. Process and number make them unique.
    pub(super) fn authenticated_bytes(&self) -> Vec<u8> {
        let place = (self.id, self.writer_id, self.number);
        [serde_json::to_vec(&place).unwrap_or_default(), self.content()].concat()
    }

    /// The content of the event, as a JSON array.
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
