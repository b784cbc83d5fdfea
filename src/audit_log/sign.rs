//! The audit key. It signs checkpoints with Ed25519, so that others can verify them with the public key. A derived key
//! makes the authentication codes of events and of heads of chains.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::FromRow;
use zeroize::Zeroizing;

use super::event::{BEGINNING, Event, hex};
use crate::ids::WriterId;
use crate::secret::{self, SecretError};

/// Purpose of the derived key; a key is never used for two purposes.
const CODES: &[u8] = b"mentorship audit authentication codes 1";

/// Signs checkpoints and authenticates events; cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Pair>);

struct Pair {
    signing: Ed25519KeyPair,
    authenticating: hmac::Key,
}

/// Verifies checkpoints.
#[derive(Clone, Debug)]
pub struct PublicKey(Vec<u8>);

/// A signed link. All checkpoints form a chain of their own: each holds the signature of the previous checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(super) struct Checkpoint {
    pub place: i64,
    pub previous: Vec<u8>,
    pub writer_id: WriterId,
    pub seq: i64,
    pub hash: Vec<u8>,
    pub at: DateTime<Utc>,
    pub signature: Vec<u8>,
}

/// The end of a chain.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(super) struct Head {
    pub writer_id: WriterId,
    /// Position of the last link.
    pub seq: i64,
    /// Hash of the last link.
    pub hash: Vec<u8>,
    /// No event with a number up to this one can still appear.
    pub settled: i64,
    /// Position of the last link that was signed.
    pub signed_seq: i64,
    pub chained_at: DateTime<Utc>,
    /// Authentication code over all fields above.
    pub mac: Vec<u8>,
}

impl Head {
    /// The head of a chain without links.
    pub fn of(writer_id: WriterId) -> Self {
        let (hash, mac, chained_at) = (BEGINNING.to_vec(), Vec::new(), DateTime::UNIX_EPOCH);
        Self { writer_id, seq: 0, hash, settled: 0, signed_seq: 0, chained_at, mac }
    }

    fn authenticated_bytes(&self) -> Vec<u8> {
        let at = self.chained_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let (hash, numbers) = (hex(&self.hash), (self.seq, self.settled, self.signed_seq));
        format!("head|{}|{numbers:?}|{hash}|{at}", self.writer_id).into_bytes()
    }
}

impl Signer {
    /// A signer with this key of 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, SecretError> {
        secret::check(secret)?;
        let signing = Ed25519KeyPair::from_seed_unchecked(secret).map_err(|_| SecretError::TooWeak)?;
        let derived = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret), CODES);
        let authenticating = hmac::Key::new(HMAC_SHA256, derived.as_ref());
        Ok(Self(Arc::new(Pair { signing, authenticating })))
    }

    /// Reads the key in `file`.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        Self::new(&Zeroizing::new(secret::decode(secret::read(file)?.trim())?))
    }

    /// Reads the key in `file`. If there is no file, makes a key there that only the owner can read.
    pub fn read_or_make(file: &Path) -> Result<Self, SecretError> {
        if !file.exists() {
            let fresh = Zeroizing::new(secret::random::<{ secret::SHORTEST }>());
            secret::make(file, &format!("{}\n", secret::encode(&fresh[..])))?;
        }
        Self::read(file)
    }

    /// The public key, which others need to verify checkpoints.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.signing.public_key().as_ref().to_vec())
    }

    /// The checkpoint after `previous` for the head of a chain.
    pub(super) fn sign(&self, previous: (i64, Vec<u8>), head: &Head, at: DateTime<Utc>) -> Checkpoint {
        let (place, previous) = (previous.0.saturating_add(1), previous.1);
        let (writer_id, seq, hash) = (head.writer_id, head.seq, head.hash.clone());
        let mut checkpoint = Checkpoint { place, previous, writer_id, seq, hash, at, signature: Vec::new() };
        checkpoint.signature = self.0.signing.sign(&checkpoint.authenticated_bytes()).as_ref().to_vec();
        checkpoint
    }

    /// Gives an event its authentication code.
    pub(super) fn authenticate(&self, event: &mut Event) {
        event.mac = self.code(&event.authenticated_bytes());
    }

    /// Whether the service wrote this event with this content.
    pub(super) fn has_written(&self, event: &Event) -> bool {
        hmac::verify(&self.0.authenticating, &event.authenticated_bytes(), &event.mac).is_ok()
    }

    /// Gives a head its authentication code.
    pub(super) fn authenticate_head(&self, head: &mut Head) {
        head.mac = self.code(&head.authenticated_bytes());
    }

    /// Whether the service wrote this head.
    pub(super) fn has_written_head(&self, head: &Head) -> bool {
        hmac::verify(&self.0.authenticating, &head.authenticated_bytes(), &head.mac).is_ok()
    }

    fn code(&self, bytes: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0.authenticating, bytes).as_ref().to_vec()
    }
}

impl PublicKey {
    pub(super) fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(&checkpoint.authenticated_bytes(), &checkpoint.signature)
            .is_ok()
    }
}

impl Checkpoint {
    /// The bytes that the signature covers.
    fn authenticated_bytes(&self) -> Vec<u8> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let (previous, hash) = (hex(&self.previous), hex(&self.hash));
        let (place, writer, seq) = (self.place, self.writer_id, self.seq);
        format!("mentorship audit checkpoint 2|{place}|{previous}|{writer}|{seq}|{hash}|{at}").into_bytes()
    }

    /// Logs the checkpoint, so that a copy exists outside the database.
    pub fn log(&self) {
        let (place, writer, seq, at) = (self.place, self.writer_id, self.seq, self.at);
        let (hash, signature) = (hex(&self.hash), secret::encode(&self.signature));
        tracing::info!(event = "audit.checkpoint", place, %writer, seq, hash, %at, signature, "audit log: checkpoint signed");
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&secret::encode(&self.0))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
