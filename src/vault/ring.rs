//! The key ring: the keys that wrap data keys. The first one wraps; the others unwrap the data keys that they wrapped.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::lines::{Label, RingError, RingKey, fresh_line, parse};
use crate::secret::{self, SecretError};

const VERSION: u8 = 1;

/// A key ring. Cheap to clone; all clones share one state.
#[derive(Clone, Debug)]
pub struct Ring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: Option<PathBuf>,
    held: RwLock<Held>,
}

#[derive(Debug)]
struct Held {
    /// At least one.
    keys: Vec<RingKey>,
    /// The version of the file that the keys were read from.
    stamp: Option<Stamp>,
}

/// Identifies a version of the file: time of the change, inode and length. The time alone is too coarse for two
/// rotations in a row.
type Stamp = (SystemTime, u64, u64);

impl Ring {
    /// A ring from a text: keys are separated by white space, and `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let held = RwLock::new(Held { keys: parse(text)?, stamp: None });
        Ok(Self(Arc::new(Inner { file: None, held })))
    }

    /// The ring in `file`. The file is read again when it has changed.
    pub fn read(file: &Path) -> Result<Self, RingError> {
        let held = RwLock::new(Held::read(file)?);
        Ok(Self(Arc::new(Inner { file: Some(file.to_owned()), held })))
    }

    /// The ring in `file`. Creates the file with one new key if it does not exist.
    pub fn read_or_make(file: &Path) -> Result<Self, RingError> {
        if !file.exists() {
            let comment =
                "# Opens the private texts in the database. Do not keep this file with backups of the database.\n";
            secret::make(file, &format!("{comment}{}\n", fresh_line()))?;
        }
        Self::read(file)
    }

    /// A ring with one new key and without a file: for throw-away databases.
    pub fn of_one() -> Self {
        Self::parse(&fresh_line()).expect("a fresh line is a line")
    }

    /// Adds a new key as the first of the file. Returns its name. Does not wrap data keys again.
    pub fn rotate(&self) -> Result<Label, RingError> {
        let file = self.0.file.as_ref().ok_or(RingError::NoFile)?;
        let text = Zeroizing::new(format!("{}\n{}", fresh_line(), secret::read(file)?));
        parse(&text)?;
        secret::replace(file, &text)?;
        self.refresh()?;
        Ok(self.first())
    }

    /// The name of the key in use.
    pub fn first(&self) -> Label {
        self.held().keys[0].label.clone()
    }

    /// The names of its keys, the one in use first.
    pub fn labels(&self) -> Vec<Label> {
        self.held().keys.iter().map(|key| key.label.clone()).collect()
    }

    /// The names and fingerprints of its keys, the one in use first.
    pub fn fingerprints(&self) -> Vec<(Label, Vec<u8>)> {
        self.held().keys.iter().map(|key| (key.label.clone(), key.fingerprint.clone())).collect()
    }

    /// The name of the key that wrapped this data key.
    pub(super) fn label(wrapped: &[u8]) -> Result<Label, RingError> {
        Ok(split(wrapped)?.0)
    }

    /// Wraps a data key with the key in use.
    pub(super) fn wrap(&self, key: &[u8], aad: impl FnOnce(&Label) -> Vec<u8>) -> Vec<u8> {
        // Another process may have added a key. If the file cannot be read now, the old key still works.
        if let Err(error) = self.refresh() {
            tracing::error!(
                event = "keys.ring_unreadable", %error,
                "keys: the file of the key ring cannot be read; the ring in memory stays in use, and the next start \
                 will fail; restore the file before you restart"
            );
        }
        let held = self.held();
        let RingKey { label, cipher, .. } = &held.keys[0];
        let length = u8::try_from(label.as_str().len()).expect("a label is short");
        let mut wrapped = vec![VERSION, length];
        wrapped.extend_from_slice(label.as_str().as_bytes());
        cipher.seal(key, &aad(label), &mut wrapped);
        wrapped
    }

    /// Unwraps a data key.
    pub(super) fn unwrap(
        &self,
        wrapped: &[u8],
        aad: impl FnOnce(&Label) -> Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, RingError> {
        let (label, sealed) = split(wrapped)?;
        if self.held().find(&label).is_none() {
            self.refresh()?;
        }
        let held = self.held();
        let cipher = held.find(&label).ok_or_else(|| RingError::Unknown(label.clone()))?;
        cipher.open(sealed, &aad(&label)).map(Zeroizing::new).ok_or(RingError::Altered)
    }

    /// Reads the file again if it has changed.
    fn refresh(&self) -> Result<(), RingError> {
        let Some(file) = &self.0.file else { return Ok(()) };
        if Some(stamp(file)?) == self.held().stamp {
            return Ok(());
        }
        let fresh = Held::read(file)?;
        *self.0.held.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn read(file: &Path) -> Result<Self, RingError> {
        // Taken before the text is read: a change in between is then read again.
        let stamp = Some(stamp(file)?);
        Ok(Self { keys: parse(&Zeroizing::new(secret::read(file)?))?, stamp })
    }

    fn find(&self, label: &Label) -> Option<&Cipher> {
        self.keys.iter().find(|key| key.label == *label).map(|key| &key.cipher)
    }
}

fn stamp(file: &Path) -> Result<Stamp, RingError> {
    let found = fs::metadata(file).map_err(SecretError::Unreadable)?;
    Ok((found.modified().map_err(SecretError::Unreadable)?, found.ino(), found.len()))
}

/// The parts of a wrapped key: version byte, length of the name, name, then nonce and sealed key.
fn split(wrapped: &[u8]) -> Result<(Label, &[u8]), RingError> {
    let [VERSION, length, rest @ ..] = wrapped else { return Err(RingError::Altered) };
    let (name, sealed) = rest.split_at_checked(usize::from(*length)).ok_or(RingError::Altered)?;
    let label = std::str::from_utf8(name).ok().and_then(Label::parse);
    Ok((label.ok_or(RingError::Altered)?, sealed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const ONE: &str = "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "two:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

    /// The file is readable only by its owner. A file that other users can read is refused.
    #[test]
    fn the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keyring");
        let ring = Ring::read_or_make(&file).expect("a ring");
        ring.rotate().expect("it rotates");
        assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left there");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("it is changed");
        let wrong = Ring::read(&file).expect_err("it is refused").to_string();
        assert_eq!(wrong, "can be read by other users; run `chmod 600` on the file");
    }

    /// A process that did not rotate can unwrap with the new key, and uses it from then on.
    #[test]
    fn rings_of_one_file_follow_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("keyring");
        let (here, there) = (Ring::read_or_make(&file).expect("a ring"), Ring::read(&file).expect("a ring"));
        let before = here.wrap(b"before", |_| Vec::new());
        let fresh = there.rotate().expect("it rotates");
        let after = there.wrap(b"after", |_| Vec::new());
        assert_eq!(&here.unwrap(&after, |_| Vec::new()).expect("it opens")[..], b"after");
        assert_eq!(&there.unwrap(&before, |_| Vec::new()).expect("it opens")[..], b"before");
        assert_eq!(Ring::label(&here.wrap(b"later", |_| Vec::new())).expect("a label"), fresh);
    }

    #[test]
    fn a_key_that_is_gone_is_named() {
        let wrapped = Ring::parse(ONE).expect("a ring").wrap(b"key", |_| Vec::new());
        let wrong = Ring::parse(TWO).expect("a ring").unwrap(&wrapped, |_| Vec::new()).expect_err("it is refused");
        assert_eq!(wrong.to_string(), "has no key `one`");
    }
}
