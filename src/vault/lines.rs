//! The text form of a key ring: keys on lines or separated by spaces, each `name:` and base64url of 32 random bytes.

use std::fmt;

use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY};
use crate::secret::{self, SecretError};

/// The name of a key of the ring: 1 to 32 characters of `a-z`, `0-9`, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

/// Why a key ring is refused or cannot unwrap a data key.
#[derive(Debug)]
pub enum RingError {
    /// Its file or one of its keys is wrong.
    Secret(SecretError),
    /// A line is not `name:key`. The number of the line, from 1.
    Line(usize),
    /// Two keys have this name, or the same key is there under two names.
    Twice(Label),
    /// It has no key.
    Empty,
    /// It was given as text, so there is no file to change.
    NoFile,
    /// It has no key of this name.
    Unknown(Label),
    /// The wrapped data key was altered.
    Altered,
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => error.fmt(f),
            Self::Line(number) => {
                write!(f, "line {number} is not `name:key` with a key of {KEY} random bytes in base64url")
            }
            Self::Twice(label) => write!(f, "has the key `{label}` twice"),
            Self::Empty => f.write_str("has no key"),
            Self::NoFile => f.write_str("is given as text, so there is no file to change"),
            Self::Unknown(label) => write!(f, "has no key `{label}`"),
            Self::Altered => f.write_str("a data key that it wrapped was altered"),
        }
    }
}

impl std::error::Error for RingError {}

impl From<SecretError> for RingError {
    fn from(error: SecretError) -> Self {
        Self::Secret(error)
    }
}

impl Label {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_fine = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        is_fine.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key of a ring.
#[derive(Debug)]
pub struct RingKey {
    /// Its name.
    pub label: Label,
    /// A hash that identifies the key and does not reveal it.
    pub fingerprint: Vec<u8>,
    /// The cipher of the key.
    pub cipher: Cipher,
}

/// A line with a new key and a new name.
pub fn fresh_line() -> String {
    let name = u32::from_be_bytes(secret::random());
    format!("{name:08x}:{}", secret::encode(&secret::random::<KEY>()))
}

/// Parses the keys of a ring. There is at least one.
pub fn parse(text: &str) -> Result<Vec<RingKey>, RingError> {
    let mut keys: Vec<(Label, Zeroizing<[u8; KEY]>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let entries = line.split('#').next().unwrap_or_default();
        for entry in entries.split_whitespace() {
            let wrong = || RingError::Line(number + 1);
            let (label, key) = entry.split_once(':').ok_or_else(wrong)?;
            let label = Label::parse(label).ok_or_else(wrong)?;
            let key = Zeroizing::new(secret::decode(key)?);
            let key = Zeroizing::new(<[u8; KEY]>::try_from(&key[..]).map_err(|_| wrong())?);
            if keys.iter().any(|(known, other)| *known == label || *other == key) {
                return Err(RingError::Twice(label));
            }
            keys.push((label, key));
        }
    }
    if keys.is_empty() {
        return Err(RingError::Empty);
    }
    let key = |(label, key): (Label, Zeroizing<[u8; KEY]>)| RingKey {
        fingerprint: secret::fingerprint("keyring", &key[..]),
        cipher: Cipher::new(&key),
        label,
    };
    Ok(keys.into_iter().map(key).collect())
}

#[cfg(test)]
mod tests {
    use crate::vault::Ring;

    const ONE: &str = "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    const TWO: &str = "two:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

    fn refused(text: &str) -> String {
        Ring::parse(text).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_ring_is_lines_or_words_with_comments() {
        for text in [format!("# first\n{ONE} # in use\n\n{TWO}\n"), format!("{ONE} {TWO}")] {
            let ring = Ring::parse(&text).expect("a ring");
            assert_eq!(ring.labels().iter().map(ToString::to_string).collect::<Vec<_>>(), ["one", "two"]);
        }
    }

    #[test]
    fn errors_of_a_ring_do_not_contain_its_keys() {
        assert_eq!(refused(" # nothing\n"), "has no key");
        assert_eq!(refused(&format!("{ONE}\n{TWO}\n{ONE}")), "has the key `one` twice");
        assert_eq!(refused(&format!("{ONE} {}", ONE.replace("one", "other"))), "has the key `other` twice");
        assert_eq!(refused("one:AAECAwQFBgc"), "has fewer than 32 random bytes");
        assert_eq!(refused(&format!("one:{}", "A".repeat(43))), "has fewer than 32 random bytes");
        assert_eq!(refused("one:?"), "is not base64url without padding");
        for line in ["one", "One:x", ":x"] {
            assert!(refused(&format!("{TWO}\n{line}")).starts_with("line 2 is not"), "{line}");
        }
    }
}
