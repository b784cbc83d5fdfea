//! The key that signs checkpoints: Ed25519, so that others can verify what they cannot sign.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::FromRow;
use zeroize::Zeroizing;

use super::chain::hex;
use crate::ids::WriterId;
use crate::secret::{self, SecretError};

/// Signs checkpoints; cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Ed25519KeyPair>);

/// Verifies checkpoints.
#[derive(Clone, Debug)]
pub struct PublicKey(Vec<u8>);

/// A link that was signed.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Checkpoint {
    pub writer_id: WriterId,
    pub seq: i64,
    pub hash: Vec<u8>,
    pub at: DateTime<Utc>,
    pub signature: Vec<u8>,
}

impl Signer {
    /// Takes a key of 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, SecretError> {
        secret::check(secret)?;
        Ed25519KeyPair::from_seed_unchecked(secret).map(Arc::new).map(Self).map_err(|_| SecretError::TooWeak)
    }

    /// Reads the key in `file`.
    pub fn read(file: &Path) -> Result<Self, SecretError> {
        Self::new(&Zeroizing::new(secret::decode(secret::read(file)?.trim())?))
    }

    /// Reads the key in `file`, or makes one there that only the owner can read.
    pub fn read_or_make(file: &Path) -> Result<Self, SecretError> {
        if !file.exists() {
            let fresh = Zeroizing::new(secret::random::<{ secret::SHORTEST }>());
            secret::make(file, &format!("{}\n", secret::encode(&fresh[..])))?;
        }
        Self::read(file)
    }

    /// The half that others may have.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }

    pub(super) fn sign(&self, writer_id: WriterId, seq: i64, hash: Vec<u8>, at: DateTime<Utc>) -> Checkpoint {
        let mut checkpoint = Checkpoint { writer_id, seq, hash, at, signature: Vec::new() };
        checkpoint.signature = self.0.sign(&checkpoint.told()).as_ref().to_vec();
        checkpoint
    }
}

impl PublicKey {
    pub(super) fn has_signed(&self, checkpoint: &Checkpoint) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(&checkpoint.told(), &checkpoint.signature).is_ok()
    }
}

impl Checkpoint {
    /// What is signed.
    fn told(&self) -> Vec<u8> {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("mentorship audit checkpoint|{}|{}|{}|{at}", self.writer_id, self.seq, hex(&self.hash)).into_bytes()
    }

    /// For the log, which somebody else may keep.
    pub fn log(&self) {
        let (writer, seq, at) = (self.writer_id, self.seq, self.at);
        let (hash, signature) = (hex(&self.hash), secret::encode(&self.signature));
        tracing::info!(%writer, seq, hash, %at, signature, "audit checkpoint");
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
