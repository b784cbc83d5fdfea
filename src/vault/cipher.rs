//! XChaCha20-Poly1305. A random nonce of 24 bytes precedes the encrypted text. It is long enough to be random, so no
//! counter must be kept.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::secret;

/// Length of a key, in bytes.
pub const KEY: usize = 32;
/// Number of bytes that sealing adds: the nonce and the tag.
pub const ADDED: usize = NONCE + 16;
const NONCE: usize = 24;

/// A cipher with its key. The key is overwritten when it is dropped.
pub struct Cipher(XChaCha20Poly1305);

impl Cipher {
    pub fn new(key: &[u8; KEY]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Appends the sealed `text` to `to`. It can be opened only with the same `aad`.
    pub fn seal(&self, text: &[u8], aad: &[u8], to: &mut Vec<u8>) {
        let nonce = XNonce::from(secret::random::<NONCE>());
        let sealed = self.0.encrypt(&nonce, Payload { msg: text, aad });
        to.extend_from_slice(&nonce);
        to.extend_from_slice(&sealed.expect("only a text of 256 GiB is too long"));
    }

    /// The text, if it was not altered.
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        self.0.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad }).ok()
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
