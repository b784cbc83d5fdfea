//! Data keys: one for all that a person writes in one place, so that erasing the person is
//! destroying their keys.

use sqlx::FromRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY};
use super::lines::{Label, RingError};
use super::ring::Ring;
use crate::ids::{DataKeyId, PersonId};
use crate::secret;

/// Whose words a key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct Owner {
    /// The pair that the words are for, or the author themselves.
    pub scope_id: Uuid,
    /// Who writes.
    pub author_id: PersonId,
}

impl Owner {
    /// The service itself: for secrets of its own, which are nobody's words and outlive everybody.
    pub const SERVICE: Self = Self { scope_id: Uuid::nil(), author_id: PersonId::first() };
}

/// A data key, ready to seal and to open.
#[derive(Debug)]
pub struct DataKey {
    id: DataKeyId,
    owner: Owner,
    number: Option<i64>,
    cipher: Cipher,
}

/// A data key as the database has it.
#[derive(Debug, FromRow)]
pub struct WrappedKey {
    /// Names the key.
    pub id: DataKeyId,
    /// Whose it is.
    #[sqlx(flatten)]
    pub owner: Owner,
    /// Wrapped by a key of the ring; `None` once it was destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// How many there were with it; the database counts.
    pub number: Option<i64>,
}

impl DataKey {
    /// Names the key.
    pub const fn id(&self) -> DataKeyId {
        self.id
    }

    /// Whose words it seals.
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// How many there were with it.
    pub const fn number(&self) -> Option<i64> {
        self.number
    }

    pub(super) const fn cipher(&self) -> &Cipher {
        &self.cipher
    }
}

impl WrappedKey {
    /// A new key of chance, wrapped.
    pub fn new(owner: Owner, ring: &Ring) -> Self {
        let id = uuid::Builder::from_random_bytes(secret::random()).into_uuid().into();
        let key = Zeroizing::new(secret::random::<KEY>());
        Self { id, owner, wrapped: Some(ring.wrap(&key[..], |label| aad(id, owner, label))), number: None }
    }

    /// The key; `None` once it was destroyed.
    pub fn unwrap(&self, ring: &Ring) -> Result<Option<DataKey>, RingError> {
        let key = self.bare(ring)?;
        Ok(key.map(|key| DataKey { id: self.id, owner: self.owner, number: self.number, cipher: Cipher::new(&key) }))
    }

    /// The same key wrapped by the ring's first key; `None` where it is already, or destroyed.
    pub fn rewrapped(&self, ring: &Ring) -> Result<Option<Vec<u8>>, RingError> {
        if self.label()? == Some(ring.first()) {
            return Ok(None);
        }
        Ok(self.bare(ring)?.map(|key| ring.wrap(&key[..], |label| aad(self.id, self.owner, label))))
    }

    /// Which key of the ring wraps it.
    pub fn label(&self) -> Result<Option<Label>, RingError> {
        self.wrapped.as_deref().map(Ring::label).transpose()
    }

    pub(super) fn bare(&self, ring: &Ring) -> Result<Option<Zeroizing<[u8; KEY]>>, RingError> {
        let Some(wrapped) = &self.wrapped else { return Ok(None) };
        let key = ring.unwrap(wrapped, |label| aad(self.id, self.owner, label))?;
        let key = <[u8; KEY]>::try_from(&key[..]).map_err(|_| RingError::Altered)?;
        Ok(Some(Zeroizing::new(key)))
    }
}

/// A wrapped key opens only as the key it is, for its owner.
fn aad(id: DataKeyId, owner: Owner, label: &Label) -> Vec<u8> {
    format!("data_key|{id}|{}|{}|{label}", owner.scope_id, owner.author_id).into_bytes()
}
