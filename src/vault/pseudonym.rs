//! Keyed hashes of names (external ids and e-mail addresses). A known name can be compared; an unknown one not
//! recovered.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use unicode_normalization::UnicodeNormalization as _;

use super::key::WrappedKey;
use super::lines::RingError;
use super::ring::Ring;

/// Makes pseudonyms. Its key is derived from the data key of the service, so it stays the same when the key ring
/// rotates. Neither the database nor a backup contains it.
#[derive(Debug)]
pub struct Pseudonyms(Key);

/// The keyed hash of a name.
pub type Pseudonym = [u8; 32];

impl Pseudonyms {
    /// Derives the key from the data key of the service. `None`: that key was destroyed.
    pub fn new(service: &WrappedKey, ring: &Ring) -> Result<Option<Self>, RingError> {
        let bare = service.bare(ring)?;
        Ok(bare.map(|bare| {
            let derived = sign(&Key::new(HMAC_SHA256, &bare[..]), b"mentorship pseudonyms of people");
            Self(Key::new(HMAC_SHA256, derived.as_ref()))
        }))
    }

    /// The pseudonym of a name of this kind. Ignores case, Unicode composition and repeated spaces.
    pub fn of(&self, kind: &str, name: &str) -> Pseudonym {
        let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut pseudonym = Pseudonym::default();
        pseudonym.copy_from_slice(sign(&self.0, format!("{kind}|{folded}").as_bytes()).as_ref());
        pseudonym
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(key: &[u8]) -> Pseudonyms {
        Pseudonyms(Key::new(HMAC_SHA256, key))
    }

    #[test]
    fn one_name_in_other_letters_is_the_same_name() {
        let ours = pseudonyms(b"ours");
        for (one, same) in [
            ("E-9", "e-9"),
            ("J\u{f6}rg", "jo\u{308}rg"),
            (" a  b ", "A B"),
            ("\u{212a}-1", "k-1"),
            ("\u{ff25}-1", "e-1"),
        ] {
            assert_eq!(ours.of("external_id", one), ours.of("external_id", same), "{one}");
        }
        assert_ne!(ours.of("external_id", "E-9"), ours.of("external_id", "E-90"));
        assert_ne!(ours.of("external_id", "E-9"), ours.of("email", "E-9"));
        assert_ne!(ours.of("email", "E-9"), pseudonyms(b"theirs").of("email", "E-9"));
    }
}
