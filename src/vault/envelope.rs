//! A sealed text: a version byte, the id of its data key, the id of this writing, the nonce, the encrypted text with
//! tag.

use std::fmt;
use std::sync::Arc;

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use uuid::Uuid;

use super::cipher::ADDED;
use super::key::{DataKey, Owner};
use super::needed::{Found, Needed, Slot};
use crate::ids::{DataKeyId, PersonId};
use crate::secret;

const VERSION: u8 = 2;
/// Bytes before the nonce: the version, the id of the key, the id of the writing.
const HEAD: usize = 1 + 16 + 16;
/// Texts are padded to a multiple of this, in bytes. Otherwise the length would reveal which of a few words it is.
const STEP: usize = 32;

/// The place and the owner of a sealed text. The text cannot be opened for any other place or owner.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The table.
    pub table: &'static str,
    /// The id of the row.
    pub row: Uuid,
    /// The column.
    pub column: &'static str,
    /// The name of the tier.
    pub tier: &'static str,
    /// The other values of the row that the text is bound to.
    pub bound: Bound,
}

/// The values of its row that a sealed text is bound to, besides its place. They are compared with the data key and
/// with the sealed values, so a row that was changed in the database cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The scope of the data key: the pair that the text is for, or the person that it is about.
    pub scope_id: Uuid,
    /// The author, who owns the data key. `None`: the row has no author.
    pub author_id: Option<PersonId>,
    /// The two people of the pair, the record that the text belongs to, and the creator of the row if another person
    /// may write its text, too. Nil: there is none.
    pub around: [Uuid; 4],
    /// How often the sealed texts of the row were written. An older text cannot be opened under a newer number.
    pub revision: i64,
}

impl Address {
    fn with(self, key: DataKeyId, writing: &[u8]) -> Vec<u8> {
        let Bound { around: [one, two, on, creator], revision, .. } = self.bound;
        let mut aad = format!(
            "{}|{}|{}|{}|{key}|{one}|{two}|{on}|{creator}|{revision}|",
            self.table, self.row, self.column, self.tier
        )
        .into_bytes();
        aad.extend_from_slice(writing);
        aad
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

/// A sealed text, with the slot where its key will be.
#[derive(Clone)]
pub struct Envelope {
    bytes: Vec<u8>,
    key: Arc<Slot>,
}

/// Why an envelope stays closed.
#[derive(Debug, PartialEq, Eq)]
pub enum Unopened {
    /// Its key was destroyed, because its author was erased.
    Destroyed,
    /// Its key is missing: the keys are older than the rows, or the envelope was altered.
    NoKey,
    /// The key ring cannot unwrap its key. The text says why.
    Locked(String),
    /// It is not the text that was sealed last for this place: it was altered, or is from another row, or is older.
    Altered,
    /// Its key belongs to another author, pair or person than the row.
    NotTheirs,
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Destroyed => f.write_str("its data key was destroyed"),
            Self::NoKey => f.write_str("its data key is missing; the keys may be from an older backup than the rows"),
            Self::Locked(why) => write!(f, "its data key cannot be unwrapped: {why}"),
            Self::Altered => f.write_str("it is not the text that was sealed last for this place and these people"),
            Self::NotTheirs => f.write_str("its data key belongs to another author, pair or person than the row says"),
        }
    }
}

impl DataKey {
    /// Seals a JSON text for its place.
    pub fn seal(self: &Arc<Self>, json: Vec<u8>, place: Address) -> Envelope {
        self.seal_as(&secret::random::<16>(), json, place)
    }

    fn seal_as(self: &Arc<Self>, writing: &[u8], mut json: Vec<u8>, place: Address) -> Envelope {
        // JSON may end with blanks.
        json.resize(json.len().next_multiple_of(STEP), b' ');
        let mut bytes = Vec::with_capacity(HEAD + ADDED + json.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(self.id().uuid().as_bytes());
        bytes.extend_from_slice(writing);
        self.cipher().seal(&json, &place.with(self.id(), writing), &mut bytes);
        Envelope { bytes, key: Arc::new(Slot::with(Found::Key(self.clone()))) }
    }
}

impl Envelope {
    /// The owner of its key, if the key was found.
    pub fn owner(&self) -> Option<Owner> {
        self.key().ok().map(|key| key.owner())
    }

    /// Whether its author was erased.
    pub fn is_destroyed(&self) -> bool {
        matches!(self.key.found(), Some(Found::Destroyed))
    }

    /// The JSON text, if it was sealed for this place and neither it nor its row was altered.
    pub fn open(&self, place: Address) -> Result<Vec<u8>, Unopened> {
        let key = self.key()?;
        let (owner, bound) = (key.owner(), place.bound);
        if owner.scope_id != bound.scope_id || bound.author_id.is_some_and(|author| author != owner.author_id) {
            return Err(Unopened::NotTheirs);
        }
        let (head, sealed) = self.bytes.split_at_checked(HEAD).ok_or(Unopened::Altered)?;
        key.cipher().open(sealed, &place.with(key.id(), &head[17..])).ok_or(Unopened::Altered)
    }

    /// The same writing, sealed for another place or revision.
    pub fn moved(&self, from: Address, to: Address) -> Result<Self, Unopened> {
        let json = self.open(from)?;
        Ok(self.key()?.seal_as(&self.bytes[17..HEAD], json, to))
    }

    /// A proof of `statement` about this writing that only the service can make. See [`is_vouched`](Self::is_vouched).
    pub fn vouch(&self, statement: &str) -> Result<Vec<u8>, Unopened> {
        let mut voucher = Vec::new();
        self.key()?.cipher().seal(b"", &self.about(statement), &mut voucher);
        Ok(voucher)
    }

    /// Whether `voucher` proves `statement` for this writing.
    pub fn is_vouched(&self, statement: &str, voucher: &[u8]) -> bool {
        self.key().is_ok_and(|key| key.cipher().open(voucher, &self.about(statement)).is_some())
    }

    fn about(&self, statement: &str) -> Vec<u8> {
        let mut aad = format!("voucher|{statement}|").into_bytes();
        aad.extend_from_slice(self.bytes.get(..HEAD).unwrap_or_default());
        aad
    }

    fn key(&self) -> Result<&Arc<DataKey>, Unopened> {
        match self.key.found() {
            Some(Found::Key(key)) => Ok(key),
            Some(Found::Destroyed) => Err(Unopened::Destroyed),
            Some(Found::Locked(why)) => Err(Unopened::Locked(why.clone())),
            None if key_id(&self.bytes).is_none() => Err(Unopened::Altered),
            None => Err(Unopened::NoKey),
        }
    }
}

/// The id of the key in the first bytes, if the version is known.
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
    use crate::vault::{Ring, WrappedKey};

    const BOUND: Bound = Bound { scope_id: Uuid::nil(), author_id: None, around: [Uuid::nil(); 4], revision: 0 };
    const PLACE: Address = Address { table: "notes", row: Uuid::nil(), column: "text", tier: "private", bound: BOUND };

    fn key() -> Arc<DataKey> {
        let (ring, owner) = (Ring::of_one(), Owner { scope_id: Uuid::nil(), author_id: PersonId::first() });
        Arc::new(WrappedKey::new(owner, &ring).unwrap(&ring).expect("it unwraps").expect("it is there"))
    }

    fn sealed(text: &str) -> Envelope {
        key().seal(serde_json::to_vec(text).expect("JSON"), PLACE)
    }

    proptest! {
        /// Opening gives back the sealed text.
        #[test]
        fn a_text_opens_in_its_place(text in ".*") {
            let opened = sealed(&text).open(PLACE).expect("it opens");
            prop_assert_eq!(serde_json::from_slice::<String>(&opened).expect("JSON"), text);
        }

        /// A change of any bit is detected.
        #[test]
        fn a_flipped_bit_is_noticed(text in ".{0,80}", at in 0_usize..10_000) {
            let mut envelope = sealed(&text);
            // Not the id of the key, which selects another key.
            let at = 17 * 8 + at % ((envelope.bytes.len() - 17) * 8);
            envelope.bytes[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(envelope.open(PLACE), Err(Unopened::Altered));
        }

        /// A shortened envelope cannot be opened.
        #[test]
        fn a_cut_is_noticed(text in ".{0,80}", left in 0_usize..1000) {
            let mut envelope = sealed(&text);
            envelope.bytes.truncate(left % envelope.bytes.len());
            prop_assert_eq!(envelope.open(PLACE), Err(Unopened::Altered));
        }
    }

    /// Not with another table, row, column or tier, and not with another key.
    #[test]
    fn a_text_opens_nowhere_else() {
        let envelope = sealed("hush");
        let row = Uuid::from_u128(1);
        for place in [
            Address { table: "blockers", ..PLACE },
            Address { row, ..PLACE },
            Address { column: "topic", ..PLACE },
            Address { tier: "never_shared", ..PLACE },
            Address { bound: Bound { revision: 1, ..BOUND }, ..PLACE },
            Address { bound: Bound { around: [row, Uuid::nil(), Uuid::nil(), Uuid::nil()], ..BOUND }, ..PLACE },
            Address { bound: Bound { around: [Uuid::nil(), row, Uuid::nil(), Uuid::nil()], ..BOUND }, ..PLACE },
            Address { bound: Bound { around: [Uuid::nil(), Uuid::nil(), row, Uuid::nil()], ..BOUND }, ..PLACE },
            Address { bound: Bound { around: [Uuid::nil(), Uuid::nil(), Uuid::nil(), row], ..BOUND }, ..PLACE },
        ] {
            assert_eq!(envelope.open(place), Err(Unopened::Altered), "{place}");
        }
        for bound in [Bound { scope_id: row, ..BOUND }, Bound { author_id: Some(row.into()), ..BOUND }] {
            assert_eq!(envelope.open(Address { bound, ..PLACE }), Err(Unopened::NotTheirs), "{bound:?}");
        }
        let other = Envelope { key: Arc::new(Slot::with(Found::Key(key()))), ..envelope };
        assert_eq!(other.open(PLACE), Err(Unopened::Altered));
    }

    /// A text that is sealed again for another revision is the same writing. A text that is written again is a new one.
    #[test]
    fn a_voucher_is_for_one_writing_and_one_statement() {
        let (one, next) = (sealed("hush"), Address { bound: Bound { revision: 1, ..BOUND }, ..PLACE });
        let voucher = one.vouch("to the manager").expect("its key is there");
        let moved = one.moved(PLACE, next).expect("it opens");
        assert_eq!(moved.open(PLACE), Err(Unopened::Altered));
        assert!(moved.open(next).is_ok_and(|json| json.starts_with(b"\"hush\"")));
        assert!(one.is_vouched("to the manager", &voucher) && moved.is_vouched("to the manager", &voucher));
        assert!(!one.is_vouched("to the lead", &voucher) && !one.is_vouched("to the manager", b""));
        let again = one.key().expect("a key").seal(b"\"hush\"".to_vec(), PLACE);
        assert!(!again.is_vouched("to the manager", &voucher));
    }

    /// The length does not reveal which of a few words it is.
    #[test]
    fn short_words_are_equally_long() {
        let lengths = ["weekly", "biweekly", "monthly", "as_needed"].map(|word| sealed(word).bytes.len());
        assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
    }
}
