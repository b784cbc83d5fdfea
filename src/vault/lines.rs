//! How a key ring is written: a key a line, or a word, `name:` and base64url of 32 random bytes.

use std::fmt;

use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY};
use crate::secret::{self, SecretError};

/// What a key of the ring is called: 1 to 32 of `a-z`, `0-9`, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(String);

/// Why a ring is refused, or does not open a key.
#[derive(Debug)]
pub enum RingError {
    /// Its file, or one of its keys.
    Secret(SecretError),
    /// A line is not `name:key`; which, from 1.
    Line(usize),
    /// Two keys have this name, or one key has two.
    Twice(Label),
    /// It holds no key.
    Empty,
    /// It was given as text, so there is no file to change.
    NoFile,
    /// It has no key of this name.
    Unknown(Label),
    /// What was wrapped is not what it was.
    Altered,
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => error.fmt(f),
            Self::Line(number) => {
                write!(f, "line {number} is not `name:key`, the key being base64url of {KEY} random bytes")
            }
            Self::Twice(label) => write!(f, "holds the key `{label}` twice"),
            Self::Empty => f.write_str("holds no key"),
            Self::NoFile => f.write_str("is given as text, so there is no file to change"),
            Self::Unknown(label) => write!(f, "has no key `{label}`"),
            Self::Altered => f.write_str("what it wrapped was altered"),
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
    /// What it is called.
    pub label: Label,
    /// Tells it from every other, and nothing of what it is.
    pub fingerprint: Vec<u8>,
    /// The key at work.
    pub cipher: Cipher,
}

/// A new key with a new name.
pub fn fresh_line() -> String {
    let name = u32::from_be_bytes(secret::random());
    format!("{name:08x}:{}", secret::encode(&secret::random::<KEY>()))
}

/// The keys of a ring, at least one.
pub fn parse(text: &str) -> Result<Vec<RingKey>, RingError> {
    let mut keys: Vec<(Label, Zeroizing<[u8; KEY]>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words = line.split('#').next().unwrap_or_default();
        for word in words.split_whitespace() {
            let wrong = || RingError::Line(number + 1);
            let (label, key) = word.split_once(':').ok_or_else(wrong)?;
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
    fn what_is_wrong_with_a_ring_is_said_without_its_keys() {
        assert_eq!(refused(" # nothing\n"), "holds no key");
        assert_eq!(refused(&format!("{ONE}\n{TWO}\n{ONE}")), "holds the key `one` twice");
        assert_eq!(refused(&format!("{ONE} {}", ONE.replace("one", "other"))), "holds the key `other` twice");
        assert_eq!(refused("one:AAECAwQFBgc"), "holds fewer than 32 random bytes");
        assert_eq!(refused(&format!("one:{}", "A".repeat(43))), "holds fewer than 32 random bytes");
        assert_eq!(refused("one:?"), "is not base64url without padding");
        for line in ["one", "One:x", ":x"] {
            assert!(refused(&format!("{TWO}\n{line}")).starts_with("line 2 is not"), "{line}");
        }
    }
}
