//! Private and never-shared fields. The database stores them sealed, each one for its own row and column.

use std::fmt;

use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};

use super::guarded::Confidential as _;
use super::home::Home;
use super::place::Place;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::vault::{Address, Envelope, Owner, Unopened};

/// A field of a record that is sealed in the database. It is readable only from the request to [`close`], and when a
/// `Clearance` opens it for a viewer who may see it. If the column may be null, the field is an `Option` of this.
///
/// It has no `Serialize`, no `Display`, no `Deref` and no getter, and it cannot be bound to a statement:
/// ```compile_fail
/// # use mentorship::pairs::model::PairNoteText;
/// # use mentorship::{db::Tx, policy::Sealed};
/// async fn forgotten(tx: &mut Tx, text: &Sealed<PairNoteText>) {
///     tx.query("update pair_notes set text = $1").bind(text).run().await.unwrap();
/// }
/// ```
/// It must be closed first, for its row:
/// ```
/// # use mentorship::pairs::model::PairNoteText;
/// # use mentorship::{db::Tx, policy::{Home, Sealed, close}};
/// async fn closed(tx: &mut Tx, text: &Sealed<PairNoteText>, home: Home<PairNoteText>) {
///     let text = close(tx, home, text).await.unwrap();
///     tx.query("update pair_notes set text = $1").bind(text).run().await.unwrap();
/// }
/// ```
pub struct Sealed<P: Place>(Content<P::Value>);

#[derive(Clone)]
enum Content<V> {
    /// A new value and its author.
    Fresh(PersonId, V),
    /// The sealed value from the database.
    Stored(Envelope),
}

impl<P: Place> Sealed<P> {
    /// A new value. It will be sealed with the key of `author`.
    pub const fn new(author: PersonId, value: P::Value) -> Self {
        Self(Content::Fresh(author, value))
    }

    /// A sealed value from the database.
    pub(super) const fn stored(envelope: Envelope) -> Self {
        Self(Content::Stored(envelope))
    }

    /// The author, if known.
    pub(super) fn author(&self) -> Option<PersonId> {
        match &self.0 {
            Content::Fresh(author, _) => Some(*author),
            Content::Stored(envelope) => envelope.owner().map(|owner| owner.author_id),
        }
    }

    /// Opens the value. Only `policy` may use this.
    pub(super) fn open(self, home: Home<P>) -> Result<P::Value, Unsealed> {
        match self.0 {
            Content::Fresh(_, value) => Ok(value),
            Content::Stored(envelope) => {
                let place = home.address();
                let refused = |why| Unsealed { place: Box::new(place), why, key: envelope.owner() };
                let json = envelope.open(place).map_err(refused)?;
                serde_json::from_slice(&json).map_err(|_| refused(Unopened::Altered))
            }
        }
    }
}

/// A sealed value that could not be opened. It has the place of the value, but nothing of its content.
#[derive(Debug)]
pub struct Unsealed {
    place: Box<Address>,
    why: Unopened,
    /// The owner of the key that sealed it, if known.
    key: Option<Owner>,
}

impl Unsealed {
    /// Whether the author was erased. Then this is not an error.
    pub fn is_erased(&self) -> bool {
        self.why == Unopened::Destroyed
    }

    /// Logs the error for the operator: the place, the owner by the row, and the owner by the key.
    pub fn log(&self) {
        let Address { table, column, row, bound, .. } = *self.place;
        tracing::error!(
            event = "sealed_text.refused",
            why = %self.why,
            table,
            column,
            %row,
            scope_of_row = %bound.scope_id,
            author_of_row = ?bound.author_id,
            scope_of_key = ?self.key.map(|key| key.scope_id),
            author_of_key = ?self.key.map(|key| key.author_id),
            "sealed text: it does not fit its record and was not shown; the database was changed outside the service, \
             or data keys are missing; compare the row with a backup, see docs/keys-and-backups.md"
        );
    }
}

impl fmt::Display for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be opened: {}", self.place, self.why)
    }
}

/// A sealed field that is required or optional.
pub trait SealedField {
    /// Its column.
    type Place: Place;
    /// The type in a view.
    type Value;
    /// The sealed value. `None`: the field is empty.
    fn sealed(&self) -> Option<&Sealed<Self::Place>>;
    /// Opens the sealed value, if there is one.
    fn open_by<E>(
        self,
        open: impl FnOnce(Sealed<Self::Place>) -> Result<<Self::Place as Place>::Value, E>,
    ) -> Result<Self::Value, E>;
}

impl<P: Place> SealedField for Sealed<P> {
    type Place = P;
    type Value = P::Value;

    fn sealed(&self) -> Option<&Self> {
        Some(self)
    }

    fn open_by<E>(self, open: impl FnOnce(Self) -> Result<P::Value, E>) -> Result<P::Value, E> {
        open(self)
    }
}

impl<P: Place> SealedField for Option<Sealed<P>> {
    type Place = P;
    type Value = Option<P::Value>;

    fn sealed(&self) -> Option<&Sealed<P>> {
        self.as_ref()
    }

    fn open_by<E>(self, open: impl FnOnce(Sealed<P>) -> Result<P::Value, E>) -> Result<Option<P::Value>, E> {
        self.map(open).transpose()
    }
}

/// Closes a field of a new row, so that it can be bound. It is sealed with the key of its author for the scope of its
/// home (a pair, or the person that it is about). A value from the database stays as it is.
pub async fn close<F: SealedField>(tx: &Tx, home: Home<F::Place>, field: &F) -> sqlx::Result<Option<Envelope>> {
    match field.sealed().map(|sealed| &sealed.0) {
        None => Ok(None),
        Some(Content::Stored(envelope)) => Ok(Some(envelope.clone())),
        Some(Content::Fresh(author, value)) => seal::<F::Place>(tx, home, *author, value).await.map(Some),
    }
}

/// Closes a field of a row that is written again, for its next revision; the statement adds 1 to `words_revision`. An
/// unchanged text is sealed again, so that no text of an earlier revision can be opened.
pub async fn close_again<F: SealedField>(tx: &Tx, home: Home<F::Place>, field: &F) -> sqlx::Result<Option<Envelope>> {
    carry(tx, home, home.next(), field).await
}

/// Closes a field that moves with its record to a new row.
pub async fn carry<F: SealedField>(
    tx: &Tx,
    from: Home<F::Place>,
    to: Home<F::Place>,
    field: &F,
) -> sqlx::Result<Option<Envelope>> {
    match field.sealed().map(|sealed| &sealed.0) {
        None => Ok(None),
        Some(Content::Fresh(author, value)) => seal::<F::Place>(tx, to, *author, value).await.map(Some),
        Some(Content::Stored(envelope)) => match envelope.moved(from.address(), to.address()) {
            Ok(moved) => Ok(Some(moved)),
            // It could not be opened before and cannot be opened later, so it stays as it is.
            Err(Unopened::Destroyed | Unopened::Altered | Unopened::NotTheirs) => Ok(Some(envelope.clone())),
            // Its key may be restored later, so the text must not be lost: the write fails.
            Err(why @ (Unopened::NoKey | Unopened::Locked(_))) => {
                let unsealed = Unsealed { place: Box::new(from.address()), why, key: None };
                unsealed.log();
                Err(sqlx::Error::Decode(unsealed.to_string().into()))
            }
        },
    }
}

async fn seal<P: Place>(tx: &Tx, home: Home<P>, author_id: PersonId, value: &P::Value) -> sqlx::Result<Envelope> {
    let json = serde_json::to_vec(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let key = tx.key_of(Owner { scope_id: home.scope(), author_id }).await?;
    Ok(key.seal(json, home.address()))
}

impl<P: Place> Clone for Sealed<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Place> fmt::Debug for Sealed<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{:?}>", P::Tier::TIER)
    }
}

impl<DB: Database, P: Place> Type<DB> for Sealed<P>
where
    Envelope: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        Envelope::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        Envelope::compatible(ty)
    }
}

impl<'r, DB: Database, P: Place> Decode<'r, DB> for Sealed<P>
where
    Envelope: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Envelope::decode(value).map(Self::stored)
    }
}
