//! The home of a sealed text: its row and its owners, taken from its record. Opening compares them with the data key
//! and with the sealed values. So a row that was changed in the database is refused, and so is an older text that was
//! put back.

use std::fmt;
use std::marker::PhantomData;

use uuid::Uuid;

use super::guarded::{Bare, Confidential as _, Guarded, Private};
use super::place::{ForBoth, ForOneself, OfMatch, OfPerson, Place};
use crate::ids::{PairId, PersonId};
use crate::vault::{Address, Bound};

/// A pair and its two people, taken from the record that the text belongs to.
#[derive(Clone, Copy, Debug)]
pub struct PairPeople {
    /// The pair.
    pub pair_id: PairId,
    /// Its mentor.
    pub mentor_id: PersonId,
    /// Its mentee.
    pub mentee_id: PersonId,
}

/// The author of the text, taken from a record.
pub trait SaysAuthor {
    /// The author. `None`: the record does not say.
    fn author(&self) -> Option<PersonId>;
}

impl SaysAuthor for PersonId {
    fn author(&self) -> Option<PersonId> {
        Some(*self)
    }
}

impl SaysAuthor for Option<PersonId> {
    fn author(&self) -> Option<PersonId> {
        *self
    }
}

impl SaysAuthor for Guarded<Private, Bare<Option<PersonId>>> {
    fn author(&self) -> Option<PersonId> {
        self.inner().0
    }
}

/// The row and the owners of a sealed text.
///
/// It can be made only from the values that the ownership of the column needs. For a note of a pair, a person is not
/// enough:
/// ```compile_fail
/// use mentorship::ids::{NoteId, PersonId};
/// use mentorship::policy::Home;
/// use mentorship::sessions::note::model::NoteText;
/// fn home(id: NoteId, author: PersonId) -> Home<NoteText> { Home::of_person(id, author, 0) }
/// ```
/// The pair, the author and the session are needed:
/// ```
/// use mentorship::ids::{NoteId, PersonId, SessionId};
/// use mentorship::policy::{Home, PairPeople};
/// use mentorship::sessions::note::model::NoteText;
/// fn home(id: NoteId, two: PairPeople, author: PersonId, session: SessionId) -> Home<NoteText> {
///     Home::for_both(id, two, &author, session, 0)
/// }
/// ```
pub struct Home<P> {
    row: Uuid,
    bound: Bound,
    place: PhantomData<P>,
}

impl<P: Place<Ownership = ForBoth>> Home<P> {
    /// Text of `author` (`None`: the record does not say which of the two people), which belongs to the record `on`.
    /// `revision` counts how often the texts of the row were written.
    pub fn for_both(
        row: P::Row,
        two: PairPeople,
        author: &impl SaysAuthor,
        on: impl Into<Uuid>,
        revision: i64,
    ) -> Self {
        let around = [two.mentor_id.uuid(), two.mentee_id.uuid(), on.into(), Uuid::nil()];
        Self::new(row, Bound { scope_id: two.pair_id.uuid(), author_id: author.author(), around, revision })
    }

    /// Text in a row that `creator` made. Either person of the pair may have written it.
    pub fn of_either(row: P::Row, two: PairPeople, creator: PersonId, on: impl Into<Uuid>, revision: i64) -> Self {
        let around = [two.mentor_id.uuid(), two.mentee_id.uuid(), on.into(), creator.uuid()];
        Self::new(row, Bound { scope_id: two.pair_id.uuid(), author_id: None, around, revision })
    }
}

impl<P: Place<Ownership = ForOneself>> Home<P> {
    /// Text of `author` for themselves in a pair, which belongs to the record `on`.
    pub fn for_oneself(row: P::Row, pair: PairId, author: PersonId, on: impl Into<Uuid>, revision: i64) -> Self {
        let around = [Uuid::nil(), Uuid::nil(), on.into(), Uuid::nil()];
        Self::new(row, Bound { scope_id: pair.uuid(), author_id: Some(author), around, revision })
    }
}

impl<P: Place<Ownership = OfPerson>> Home<P> {
    /// Text that belongs to a person.
    pub fn of_person(row: P::Row, person: PersonId, revision: i64) -> Self {
        let bound = Bound { scope_id: person.uuid(), author_id: Some(person), around: [Uuid::nil(); 4], revision };
        Self::new(row, bound)
    }
}

impl<P: Place<Ownership = OfMatch>> Home<P> {
    /// Text about a mentee and a mentor, which belongs to the mentee.
    pub fn of_match(row: P::Row, mentee: PersonId, mentor: PersonId) -> Self {
        let around = [mentor.uuid(), mentee.uuid(), Uuid::nil(), Uuid::nil()];
        Self::new(row, Bound { scope_id: mentee.uuid(), author_id: Some(mentee), around, revision: 0 })
    }
}

impl<P: Place> Home<P> {
    fn new(row: P::Row, bound: Bound) -> Self {
        Self { row: row.into(), bound, place: PhantomData }
    }

    /// The home after the texts of the row are written again.
    #[must_use]
    pub(super) const fn next(self) -> Self {
        let Bound { scope_id, author_id, around, revision } = self.bound;
        Self { bound: Bound { scope_id, author_id, around, revision: revision + 1 }, ..self }
    }

    /// Id of the row.
    pub(super) const fn row(&self) -> Uuid {
        self.row
    }

    /// The scope of the data key.
    pub(super) const fn scope(&self) -> Uuid {
        self.bound.scope_id
    }

    pub(super) fn address(&self) -> Address {
        let Self { row, bound, .. } = *self;
        Address { table: P::TABLE, row, column: P::COLUMN, tier: P::Tier::TIER.name(), bound }
    }
}

impl<P> Clone for Home<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Home<P> {}

impl<P: Place> fmt::Debug for Home<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)
    }
}
