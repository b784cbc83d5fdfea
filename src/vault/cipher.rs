//! XChaCha20-Poly1305 with a random nonce in front of what it seals. 24 bytes of nonce are enough
//! to draw them blindly: no counter to keep, none to lose.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::secret;

/// Bytes of a key.
pub const KEY: usize = 32;
/// Bytes that sealing adds: the nonce and the tag.
pub const ADDED: usize = NONCE + 16;
const NONCE: usize = 24;

/// A key at work; overwritten when it goes.
pub struct Cipher(XChaCha20Poly1305);

impl Cipher {
    pub fn new(key: &[u8; KEY]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Appends the sealed `text` to `to`. It opens only beside the same `aad`.
    pub fn seal(&self, text: &[u8], aad: &[u8], to: &mut Vec<u8>) {
        let nonce = XNonce::from(secret::random::<NONCE>());
        let sealed = self.0.encrypt(&nonce, Payload { msg: text, aad });
        to.extend_from_slice(&nonce);
        to.extend_from_slice(&sealed.expect("only a text of 256 GiB is too long"));
    }

    /// The text, if nobody touched it.
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
