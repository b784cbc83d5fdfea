//! Data keys: one for each author and scope (a pair, or the author). Destroying the keys of a person erases their text.

use sqlx::FromRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY};
use super::lines::{Label, RingError};
use super::ring::Ring;
use crate::ids::{DataKeyId, PersonId};
use crate::secret;

/// The author and the scope of a data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromRow)]
pub struct Owner {
    /// The pair that the text is for, or the author.
    pub scope_id: Uuid,
    /// The author of the text.
    pub author_id: PersonId,
}

impl Owner {
    /// The service itself, for its own secrets. They belong to no person and are never erased.
    pub const SERVICE: Self = Self { scope_id: Uuid::nil(), author_id: PersonId::first() };
}

/// A data key that can seal and open text.
#[derive(Debug)]
pub struct DataKey {
    id: DataKeyId,
    owner: Owner,
    number: Option<i64>,
    cipher: Cipher,
}

/// A data key as the database stores it: wrapped by a key of the key ring.
#[derive(Debug, FromRow)]
pub struct WrappedKey {
    /// Id of the key.
    pub id: DataKeyId,
    /// Its author and scope.
    #[sqlx(flatten)]
    pub owner: Owner,
    /// The wrapped key. `None`: it was destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// Its number in the order of creation, given by the database. `None`: not stored yet.
    pub number: Option<i64>,
}

impl DataKey {
    /// Id of the key.
    pub const fn id(&self) -> DataKeyId {
        self.id
    }

    /// Its author and scope.
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// Its number in the order of creation.
    pub const fn number(&self) -> Option<i64> {
        self.number
    }

    pub(super) const fn cipher(&self) -> &Cipher {
        &self.cipher
    }
}

impl WrappedKey {
    /// A new random key, wrapped.
    pub fn new(owner: Owner, ring: &Ring) -> Self {
        let id = uuid::Builder::from_random_bytes(secret::random()).into_uuid().into();
        let key = Zeroizing::new(secret::random::<KEY>());
        Self { id, owner, wrapped: Some(ring.wrap(&key[..], |label| aad(id, owner, label))), number: None }
    }

    /// The unwrapped key. `None`: it was destroyed.
    pub fn unwrap(&self, ring: &Ring) -> Result<Option<DataKey>, RingError> {
        let key = self.bare(ring)?;
        Ok(key.map(|key| DataKey { id: self.id, owner: self.owner, number: self.number, cipher: Cipher::new(&key) }))
    }

    /// The same key, wrapped by the first key of the ring. `None`: it already is, or it was destroyed.
    pub fn rewrapped(&self, ring: &Ring) -> Result<Option<Vec<u8>>, RingError> {
        if self.label()? == Some(ring.first()) {
            return Ok(None);
        }
        Ok(self.bare(ring)?.map(|key| ring.wrap(&key[..], |label| aad(self.id, self.owner, label))))
    }

    /// The name of the key of the ring that wraps it.
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

/// The associated data: a wrapped key can be unwrapped only with its own id and owner.
fn aad(id: DataKeyId, owner: Owner, label: &Label) -> Vec<u8> {
    format!("data_key|{id}|{}|{}|{label}", owner.scope_id, owner.author_id).into_bytes()
}
