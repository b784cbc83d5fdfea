//! A sealed text: a version byte, the id of its data key, the nonce, the text with its tag.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use uuid::Uuid;

use super::cipher::ADDED;
use super::key::DataKey;
use super::needed::{Found, Needed, Slot};
use crate::ids::{DataKeyId, PersonId};

const VERSION: u8 = 1;
/// Bytes before the nonce.
const HEAD: usize = 17;
/// Texts are filled up to a multiple of this, in bytes: of a few words the length would tell which.
const STEP: usize = 32;

/// A hash of a sealed text as it is stored.
pub type Mark = [u8; 32];

/// Where a text belongs. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// Its table.
    pub table: &'static str,
    /// Its row.
    pub row: Uuid,
    /// Its column.
    pub column: &'static str,
    /// Its tier, as the policy calls it.
    pub tier: &'static str,
}

impl Address {
    fn with(self, key: DataKeyId) -> Vec<u8> {
        format!("{}|{}|{}|{}|{key}", self.table, self.row, self.column, self.tier).into_bytes()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

/// A sealed text, with the place where its key will be.
#[derive(Clone)]
pub struct Envelope {
    bytes: Vec<u8>,
    key: Arc<Slot>,
}

/// Why an envelope stays closed.
#[derive(Debug, PartialEq, Eq)]
pub enum Unopened {
    /// Its key was destroyed: who wrote it was erased.
    Destroyed,
    /// Its key is nowhere: the keys are older than the rows, or the envelope was altered.
    NoKey,
    /// Its key does not unwrap.
    Locked(String),
    /// It is not what was sealed here: a flipped bit, another row's text.
    Altered,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destroyed => f.write_str("its data key was destroyed"),
            Self::NoKey => f.write_str("its data key is missing; are the keys older than the data?"),
            Self::Locked(why) => write!(f, "its data key does not unwrap: {why}"),
            Self::Altered => f.write_str("it is not what was sealed in this place"),
        }
    }
}

impl DataKey {
    /// Seals a JSON text for its place.
    pub fn seal(self: &Arc<Self>, mut json: Vec<u8>, place: Address) -> Envelope {
        // JSON may end in blanks.
        json.resize(json.len().next_multiple_of(STEP), b' ');
        let mut bytes = Vec::with_capacity(HEAD + ADDED + json.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(self.id().uuid().as_bytes());
        self.cipher().seal(&json, &place.with(self.id()), &mut bytes);
        Envelope { bytes, key: Arc::new(Slot::with(Found::Key(self.clone()))) }
    }
}

impl Envelope {
    /// Who wrote it, if its key is at hand.
    pub fn author(&self) -> Option<PersonId> {
        match self.key.found() {
            Some(Found::Key(key)) => Some(key.owner().author_id),
            _ => None,
        }
    }

    /// Tells this writing from every other, and nothing of what it says: no two are sealed alike.
    pub fn mark(&self) -> Mark {
        let mut mark = [0; 32];
        mark.copy_from_slice(digest(&SHA256, &self.bytes).as_ref());
        mark
    }

    /// Whether who wrote it was erased.
    pub fn is_destroyed(&self) -> bool {
        matches!(self.key.found(), Some(Found::Destroyed))
    }

    /// The JSON text, if it was sealed for this place and nobody touched it.
    pub fn open(&self, place: Address) -> Result<Vec<u8>, Unopened> {
        match self.key.found() {
            Some(Found::Key(key)) => {
                let sealed = self.bytes.get(HEAD..).unwrap_or_default();
                key.cipher().open(sealed, &place.with(key.id())).ok_or(Unopened::Altered)
            }
            Some(Found::Destroyed) => Err(Unopened::Destroyed),
            Some(Found::Locked(why)) => Err(Unopened::Locked(why.clone())),
            None if key_id(&self.bytes).is_none() => Err(Unopened::Altered),
            None => Err(Unopened::NoKey),
        }
    }
}

/// The key that the head names, if it is a head.
fn key_id(bytes: &[u8]) -> Option<DataKeyId> {
    let (version, rest) = bytes.split_first()?;
    let (id, _) = rest.split_first_chunk()?;
    (*version == VERSION).then(|| Uuid::from_bytes(*id).into())
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<sealed>")
    }
}

impl<DB: Database> Type<DB> for Envelope
where
    Vec<u8>: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <Vec<u8> as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <Vec<u8> as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Envelope
where
    Vec<u8>: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes = Vec::decode(value)?;
        let key = key_id(&bytes).map(Needed::meet).unwrap_or_default();
        Ok(Self { bytes, key })
    }
}

impl<'q, DB: Database> Encode<'q, DB> for Envelope
where
    Vec<u8>: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<u8> as Encode<'q, DB>>::encode_by_ref(&self.bytes, buffer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vault::{Owner, Ring, WrappedKey};

    const PLACE: Address = Address { table: "notes", row: Uuid::nil(), column: "text", tier: "private" };

    fn key() -> Arc<DataKey> {
        let (ring, owner) = (Ring::of_one(), Owner { scope_id: Uuid::nil(), author_id: PersonId::first() });
        Arc::new(WrappedKey::new(owner, &ring).unwrap(&ring).expect("it unwraps").expect("it is there"))
    }

    fn sealed(text: &str) -> Envelope {
        key().seal(serde_json::to_vec(text).expect("JSON"), PLACE)
    }

    proptest! {
        /// What goes in comes out.
        #[test]
        fn a_text_opens_in_its_place(text in ".*") {
            let opened = sealed(&text).open(PLACE).expect("it opens");
            prop_assert_eq!(serde_json::from_slice::<String>(&opened).expect("JSON"), text);
        }

        /// Every bit counts.
        #[test]
        fn a_flipped_bit_is_noticed(text in ".{0,80}", at in 0_usize..10_000) {
            let mut envelope = sealed(&text);
            let at = HEAD * 8 + at % ((envelope.bytes.len() - HEAD) * 8);
            envelope.bytes[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(envelope.open(PLACE), Err(Unopened::Altered));
        }

        /// A shortened envelope is no shorter text.
        #[test]
        fn a_cut_is_noticed(text in ".{0,80}", left in 0_usize..1000) {
            let mut envelope = sealed(&text);
            envelope.bytes.truncate(left % envelope.bytes.len());
            prop_assert_eq!(envelope.open(PLACE), Err(Unopened::Altered));
        }
    }

    /// Another table, row, column or tier, and another key.
    #[test]
    fn a_text_opens_nowhere_else() {
        let envelope = sealed("hush");
        let row = Uuid::from_u128(1);
        for place in [
            Address { table: "blockers", ..PLACE },
            Address { row, ..PLACE },
            Address { column: "topic", ..PLACE },
            Address { tier: "never_shared", ..PLACE },
        ] {
            assert_eq!(envelope.open(place), Err(Unopened::Altered), "{place}");
        }
        let other = Envelope { key: Arc::new(Slot::with(Found::Key(key()))), ..envelope };
        assert_eq!(other.open(PLACE), Err(Unopened::Altered));
    }

    /// Which of a few words it is, the length does not tell.
    #[test]
    fn short_words_are_equally_long() {
        let lengths = ["weekly", "biweekly", "monthly", "as_needed"].map(|word| sealed(word).bytes.len());
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
    }
}
