//! Private and never-shared fields as the database keeps them: sealed, each for its own place.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Type};
use uuid::Uuid;

use super::guarded::Confidential;
use super::home::{Home, Kin};
use crate::db::Tx;
use crate::ids::PersonId;
use crate::vault::{Address, Envelope, Owner, Unopened};

/// The column that a sealed field is kept in; declared by `places!` beside the model.
pub trait Place: 'static {
    /// How far the field may travel.
    type Tier: Confidential;
    /// What names its row.
    type Row: Into<Uuid>;
    /// Whose words it holds. A record without what this asks for cannot make the [`Home`] that opening takes.
    type Kin: Kin;
    /// What it holds.
    type Value: Clone + Serialize + DeserializeOwned + Send + Sync;
    /// Its table.
    const TABLE: &'static str;
    /// Its column.
    const COLUMN: &'static str;
}

/// Declares where sealed fields are kept: `NoteText = notes.text of NoteId, ForBoth: Private Text;`.
macro_rules! places {
    ($($(#[$meta:meta])* $name:ident = $table:ident.$column:ident of $row:ty, $kin:ident: $tier:ident $value:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl $crate::policy::Place for $name {
            type Tier = $crate::policy::$tier;
            type Row = $row;
            type Kin = $crate::policy::$kin;
            type Value = $value;
            const TABLE: &'static str = stringify!($table);
            const COLUMN: &'static str = stringify!($column);
        }
    )+};
}
pub(crate) use places;

/// A field of a record that is sealed in the database: in the open only between the request that
/// brings it and [`close`], and again where a `Clearance` opens it for its audience. Where the
/// column may be null the field is an `Option` of this.
///
/// It has no `Serialize`, no `Display`, no `Deref` and no getter, and it cannot be bound:
/// ```compile_fail
/// # use mentorship::pairs::model::PairNoteText;
/// # use mentorship::{db::Tx, policy::Sealed};
/// async fn forgotten(tx: &mut Tx, text: &Sealed<PairNoteText>) {
///     tx.query("update pair_notes set text = $1").bind(text).run().await.unwrap();
/// }
/// ```
/// It has to be closed first, for its row:
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
    /// As its author wrote it just now.
    Fresh(PersonId, V),
    /// As the database has it.
    Stored(Envelope),
}

impl<P: Place> Sealed<P> {
    /// What `author` writes. It will be sealed with their key.
    pub const fn new(author: PersonId, value: P::Value) -> Self {
        Self(Content::Fresh(author, value))
    }

    /// As the database has it.
    pub(super) const fn stored(envelope: Envelope) -> Self {
        Self(Content::Stored(envelope))
    }

    /// Who wrote it, if that is known.
    pub(super) fn author(&self) -> Option<PersonId> {
        match &self.0 {
            Content::Fresh(author, _) => Some(*author),
            Content::Stored(envelope) => envelope.owner().map(|owner| owner.author_id),
        }
    }

    /// For `policy` alone.
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

/// A value that stayed closed; names its place, and nothing of what it holds.
#[derive(Debug)]
pub struct Unsealed {
    place: Box<Address>,
    why: Unopened,
    /// Whose key sealed it, if that is known.
    key: Option<Owner>,
}

impl Unsealed {
    /// Who wrote it was erased: nobody's fault.
    pub fn is_erased(&self) -> bool {
        self.why == Unopened::Destroyed
    }

    /// Tells the operator, who alone can mend it: which place, whose it is by its row, and whose by its key.
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
             or its data keys are missing; compare the row with a backup, see docs/keys-and-backups.md"
        );
    }
}

impl fmt::Display for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stays closed: {}", self.place, self.why)
    }
}

/// A sealed field, or one that may be empty.
pub trait SealedField {
    /// Where it is kept.
    type Place: Place;
    /// What a view shows of it.
    type Value;
    /// What is sealed of it.
    fn sealed(&self) -> Option<&Sealed<Self::Place>>;
    /// Opens what is sealed of it.
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

/// Closes a field of a new row, to be bound: sealed with its author's key for the scope of its home (a pair, or the person
/// it is about). What came from the database goes back as it came.
pub async fn close<F: SealedField>(tx: &Tx, home: Home<F::Place>, field: &F) -> sqlx::Result<Option<Envelope>> {
    match field.sealed().map(|sealed| &sealed.0) {
        None => Ok(None),
        Some(Content::Stored(envelope)) => Ok(Some(envelope.clone())),
        Some(Content::Fresh(author, value)) => seal::<F::Place>(tx, home, *author, value).await.map(Some),
    }
}

/// Closes a field of a row that is written again, for its next revision: the statement adds 1 to `words_revision`. What
/// stays as it was is sealed anew, so that no text of an earlier revision opens.
pub async fn close_again<F: SealedField>(tx: &Tx, home: Home<F::Place>, field: &F) -> sqlx::Result<Option<Envelope>> {
    carry(tx, home, home.next(), field).await
}

/// Closes a field that moves with its record to a row that is new.
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
            // It opened nowhere before, and opens nowhere now.
            Err(Unopened::Destroyed | Unopened::Altered | Unopened::NotTheirs) => Ok(Some(envelope.clone())),
            // Its key may come back, and must find it as it was.
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
